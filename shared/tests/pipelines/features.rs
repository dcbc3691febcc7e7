//! A pipeline for each thing that has to reach the pod: its Workflow as a snapshot, valid by Argo's own schema, and the
//! same text every time.

use crate::export::yaml;
use crate::sample::*;
use dagwright_shared::check::Arguments;
use dagwright_shared::compile::compile;
use dagwright_shared::component::{IfCondition, Implementation, Placeholder, PythonImplementation};
use dagwright_shared::export::argo::export;
use dagwright_shared::pipeline::{Argument, EnvValue, Pipeline, Retry, VolumeLifetime};
use dagwright_shared::types::TypeSpec;
use dagwright_shared::yaml::read_documents;
use serde_json::{Value, json};

fn with(change: impl FnOnce(&mut Pipeline)) -> Pipeline {
    let mut pipeline = pair();
    change(&mut pipeline);
    pipeline
}

pub(crate) fn features() -> Vec<(&'static str, Pipeline)> {
    vec![
        ("volumes", with(volumes)),
        ("settings", with(settings)),
        ("templates", with(templates)),
        ("stored", with(stored)),
        ("files-and-values", with(files_and_values)),
        ("conditions", with(conditions)),
        ("unicode", unicode()),
        ("python", with(python)),
        ("texts", with(texts)),
    ]
}

fn volumes(pipeline: &mut Pipeline) {
    let graph = &mut pipeline.graph;
    add_volume(graph, "data", volume("1Gi"));
    let mut scratch = volume("500Mi");
    scratch.lifetime = VolumeLifetime::Run;
    scratch.storage_class = Some(String::from("fast"));
    scratch.access_modes = vec![String::from("ReadWriteMany")];
    add_volume(graph, "scratch", scratch);
    let mut team = volume("1Gi");
    team.lifetime = VolumeLifetime::Claim(String::from("team-data"));
    add_volume(graph, "team", team);
    graph.tasks["first"].mounts = vec![mount("data", "/data"), mount("scratch", "/scratch")];
    let mut handed_over = mount("data", "/data");
    handed_over.from = vec![String::from("first")];
    handed_over.read_only = true;
    handed_over.sub_path = Some(String::from("models"));
    graph.tasks["second"].mounts = vec![handed_over, mount("team", "/team")];
}

fn settings(pipeline: &mut Pipeline) {
    let task = &mut pipeline.graph.tasks["first"];
    let amounts = |memory: &str| {
        [("cpu", "1"), ("memory", memory), ("nvidia.com/gpu", "1")].map(|(name, amount)| (name.into(), amount.into()))
    };
    task.resources.requests.extend(amounts("512Mi"));
    task.resources.limits.extend(amounts("1Gi"));
    task.env.insert("LEVEL".into(), EnvValue::Value("on".into()));
    task.env.insert("PASSWORD".into(), EnvValue::Secret { name: "database".into(), key: "password".into() });
    task.retry = Some(Retry { limit: 2, backoff: Some("10s".into()), factor: Some(2.0), ..Retry::default() });
    task.timeout = Some("1h30m".into());
    task.node_selector.insert("kubernetes.io/arch".into(), "amd64".into());
    task.tolerations.push(json!({"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}));
    pipeline.kubernetes.service_account = Some("pipeline-runner".into());
    pipeline.kubernetes.image_pull_secrets = vec!["registry".into(), "mirror".into()];
}

/// Five tasks of one component, three of them alike.
fn templates(pipeline: &mut Pipeline) {
    let graph = &mut pipeline.graph;
    for (number, timeout) in [(1, None), (2, Some("5m")), (3, None), (4, Some("300s"))] {
        let mut made = task("make", [("text", constant(format!("text {number}"))), ("times", constant(number))]);
        made.timeout = timeout.map(String::from);
        made.after.push(String::from("second"));
        add_task(graph, &format!("again {number}"), made);
    }
}

fn stored(pipeline: &mut Pipeline) {
    let graph = &mut pipeline.graph;
    let digest = "0123456789abcdef".repeat(4);
    let mut parameter = typed("Model", json!(format!("upload:{digest}/my model.bin")));
    parameter.description = Some(String::from("A model from before"));
    add_parameter(graph, "model", parameter);
    let reads = |from| task("read", [("text", constant("x")), ("model", from)]);
    add_task(graph, "uploaded", reads(Argument::Artifact(format!("upload:{digest}/digits.bin"))));
    add_task(graph, "from bucket", reads(Argument::Artifact(String::from("s3://models/digits/latest/"))));
    add_task(graph, "by parameter", reads(super::sample::parameter("model")));
    add_task(graph, "constant", reads(constant("weights: $$ {}")));
}

/// A parameter at inputPath, an artifact at inputValue, `fileOutputs`.
fn files_and_values(pipeline: &mut Pipeline) {
    let graph = &mut pipeline.graph;
    let mut show = container(
        "show",
        &["text: String", "model: Model", "both: String"],
        &["old"],
        [text("show"), path("text"), value("model"), path("model"), value("both"), path("both")],
    );
    command(&mut show).file_outputs.insert(String::from("old"), String::from("/var/old.txt"));
    add_component(graph, "show", show);
    let arguments =
        [("text", output("first", "result")), ("model", output("first", "model")), ("both", parameter("greeting"))];
    add_task(graph, "show", task("show", arguments));
}

fn conditions(pipeline: &mut Pipeline) {
    let graph = &mut pipeline.graph;
    let given = |name: &str, then: Vec<Placeholder>, otherwise: Vec<Placeholder>| Placeholder::If {
        condition: IfCondition::IsPresent(String::from(name)),
        then,
        otherwise,
    };
    let loud = Placeholder::If {
        condition: IfCondition::Value(Box::new(value("loud"))),
        then: vec![text("--loud")],
        otherwise: vec![],
    };
    let colour = given("colour", vec![text("--colour"), value("colour")], vec![text("--plain")]);
    let joined = Placeholder::Concat(vec![text("a="), value("colour"), text(";"), out("result")]);
    let mut choose =
        container("choose", &["colour", "loud: Boolean = False"], &["result"], [text("choose"), colour, loud, joined]);
    choose.inputs[0].optional = true;
    add_component(graph, "choose", choose);
    add_task(graph, "nothing", task("choose", []));
    add_task(graph, "colour", task("choose", [("colour", constant("red"))]));
    add_task(graph, "loud", task("choose", [("loud", constant(true))]));
    add_task(graph, "same as nothing", task("choose", [("colour", constant(json!(null)))]));
}

fn unicode() -> Pipeline {
    let mut pipeline = pipeline("손글씨 숫자");
    let graph = &mut pipeline.graph;
    add_parameter(graph, "인사", typed("String", "안녕"));
    add_parameter(graph, "no", typed("String", "on"));
    let train = container(
        "학습",
        &["자료: String", "no: String"],
        &["모델: Model", "모형: Model"],
        [text("학습"), value("자료"), value("no"), out("모델"), out("모형")],
    );
    add_component(graph, "학습", train);
    for name in ["학습", "훈련", "and", "1", "Print_Prediction!", "print-prediction"] {
        add_task(graph, name, task("학습", [("자료", parameter("인사")), ("no", parameter("no"))]));
    }
    graph.tasks["and"].after = vec![String::from("학습"), String::from("1")];
    pipeline
}

fn python(pipeline: &mut Pipeline) {
    let graph = &mut pipeline.graph;
    let source =
        "def count(text: str, model: InputPath('Model'), times: int = 3) -> int:\n    return len(f'{{text}}')\n";
    let mut count =
        container("count", &["text: String", "model: Model", "times: Integer = 3"], &["Output: Integer"], []);
    count.implementation = Implementation::Python(PythonImplementation {
        image: String::from("python:3.11-slim"),
        packages: vec![String::from("numpy==2.3.5")],
        function: String::from("count"),
        source: String::from(source),
        ..PythonImplementation::default()
    });
    count.outputs[0].type_spec = Some(TypeSpec::Named(String::from("Integer")));
    add_component(graph, "count", count);
    let arguments = [("text", output("first", "result")), ("model", output("first", "model"))];
    add_task(graph, "count", task("count", arguments));
}

fn texts(pipeline: &mut Pipeline) {
    let graph = &mut pipeline.graph;
    graph.tasks["second"].arguments["text"] = written("$$5 for ${greeting}: ${first.result}");
    add_task(graph, "braces", task("make", [("text", constant("Dear {{name}}, ${x}"))]));
    graph.tasks["braces"].after.push(String::from("second"));
}

#[test]
fn everything_reaches_the_pod() {
    for (name, pipeline) in features() {
        // The bootstrap of Python functions has its own tests; here it would drown what matters.
        let text = yaml(&pipeline);
        let text = match text.find("# Runs one Python function as a task.") {
            Some(start) => {
                let end = text.find("main(sys.argv[1:])").unwrap();
                format!("{}…{}", &text[..start], &text[end..])
            }
            None => text,
        };
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn everything_is_deterministic() {
    for (name, pipeline) in features() {
        let plan = compile(&pipeline, &Arguments::new()).unwrap();
        assert_eq!(plan, compile(&pipeline.clone(), &Arguments::new()).unwrap(), "{name}");
        assert_eq!(export(&plan), export(&plan.clone()), "{name}");
        let json = serde_json::to_string(&plan).unwrap();
        assert_eq!(plan, serde_json::from_str(&json).unwrap(), "{name}: the Plan survives JSON");
    }
}

#[test]
fn the_file_is_the_value() {
    for (name, pipeline) in features() {
        let export = export(&compile(&pipeline, &Arguments::new()).unwrap()).unwrap();
        let read: Vec<Value> =
            read_documents(&export.to_yaml()).into_iter().map(|document| document.value.unwrap()).collect();
        let written: Vec<Value> = export.documents.iter().chain([&export.workflow]).cloned().collect();
        assert_eq!(read, written, "{name}");
    }
}

#[test]
fn everything_is_valid_by_argos_schema() {
    let path =
        std::env::var("CARGO_MANIFEST_DIR").unwrap() + "/../../shared/reference/argo-workflows-v4.1.2.schema.json";
    let Ok(schema) = std::fs::read_to_string(path) else {
        println!("SKIPPED: Argo's JSON schema is not beside this repository");
        return;
    };
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let grid = crate::layout::grid(7, 8);
    for (name, pipeline) in features().into_iter().chain([("pair", pair()), ("grid", grid)]) {
        let export = export(&compile(&pipeline, &Arguments::new()).unwrap()).unwrap();
        let definition = json!({"$ref": "#/definitions/io.argoproj.workflow.v1alpha1.Workflow", "definitions": schema["definitions"]});
        let workflows = jsonschema::validator_for(&definition).unwrap();
        let errors: Vec<String> = workflows
            .iter_errors(&export.workflow)
            .map(|error| format!("{} at {}", error, error.instance_path))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        assert!(validator.is_valid(&export.workflow), "{name}");
    }
    let mut wrong =
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {}, "spec": {"entrypoint": 3}});
    assert!(!validator.is_valid(&wrong), "the schema must be able to refuse");
    wrong["spec"]["entrypoint"] = json!("x");
    assert!(validator.is_valid(&wrong));
}
