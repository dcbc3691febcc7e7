//! One case for each code that concerns the model; a code without a case must be raised somewhere else.

use crate::sample::*;
use dagwright_shared::check::{Arguments, check, check_arguments};
use dagwright_shared::component::{
    GraphImplementation, IfCondition, Implementation, Placeholder, PythonImplementation,
};
use dagwright_shared::diagnostic::{Diagnostic, DiagnosticCode, Severity};
use dagwright_shared::pipeline::{Argument, EnvValue, ForEach, Pipeline, Retry, VolumeLifetime};
use serde_json::json;
use std::collections::BTreeSet;

/// Codes that the model alone cannot bring out, and who does.
const RAISED_ELSEWHERE: &[(DiagnosticCode, &str)] = &[
    (DiagnosticCode::YamlSyntax, "the file reader"),
    (DiagnosticCode::YamlTooLarge, "the file reader"),
    (DiagnosticCode::YamlDuplicateKey, "the file reader"),
    (DiagnosticCode::FileKind, "the file reader"),
    (DiagnosticCode::FileVersion, "the file reader"),
    (DiagnosticCode::FieldMissing, "the file reader"),
    (DiagnosticCode::FieldUnknown, "the file reader"),
    (DiagnosticCode::DigestMismatch, "the file reader"),
    (DiagnosticCode::PythonSyntax, "dagwright-python"),
    (DiagnosticCode::PythonSignature, "dagwright-python"),
    (DiagnosticCode::PythonFunctionMissing, "dagwright-python"),
    (DiagnosticCode::PythonDefault, "dagwright-python"),
    (DiagnosticCode::EngineCannot, "export and engines"),
    (DiagnosticCode::WorkflowTooLarge, "export::size"),
];

type Change = fn(&mut Pipeline);

fn given(name: &str, value: serde_json::Value) -> Arguments {
    [(String::from(name), value)].into_iter().collect()
}

/// What is changed in the pair, and the code that must come of it. Every case is a mistake that a person can make.
fn cases() -> Vec<(DiagnosticCode, &'static str, Change)> {
    use DiagnosticCode as Code;
    vec![
        (Code::FieldForm, "env of an unknown form", |p| {
            p.graph.tasks["first"].env.insert("A".into(), EnvValue::Unknown(json!({"configMap": "x"})));
        }),
        (Code::FieldForm, "a toleration that is a text", |p| p.graph.tasks["first"].tolerations.push(json!("gpu"))),
        (Code::NameTwice, "two inputs of one name", |p| {
            let port = p.graph.components["make"].inputs[0].clone();
            p.graph.components["make"].inputs.push(port);
        }),
        (Code::NameEmpty, "no name", |p| p.metadata.name = String::from(" ")),
        (Code::ComponentMissing, "an unknown component", |p| p.graph.tasks["first"].component = "gone".into()),
        (Code::ImplementationUnknown, "an implementation of another kind", |p| {
            p.graph.components["make"].implementation = Implementation::Unknown(json!({"spark": {}}));
        }),
        (Code::InputMissing, "an input without a value, one wire fits", |p| {
            p.graph.tasks["second"].arguments.shift_remove("model");
        }),
        (Code::InputMissing, "an input without a value, no wire fits", |p| {
            p.graph.tasks["first"].arguments.clear();
        }),
        (Code::InputUnknown, "an argument for nothing", |p| {
            p.graph.tasks["first"].arguments.insert("colour".into(), constant(1));
        }),
        (Code::ParameterUnknown, "an undeclared parameter", |p| {
            p.graph.tasks["first"].arguments["text"] = parameter("gone");
        }),
        (Code::TaskUnknown, "a wire from nowhere", |p| {
            p.graph.tasks["second"].arguments["model"] = output("gone", "model");
        }),
        (Code::TaskUnknown, "after nothing", |p| p.graph.tasks["second"].after.push("gone".into())),
        (Code::OutputUnknown, "a wire from an output that is not there", |p| {
            p.graph.tasks["second"].arguments["model"] = output("first", "gone");
        }),
        (Code::TypeMismatch, "a text into a model", |p| {
            p.graph.tasks["second"].arguments["model"] = output("first", "result");
        }),
        (Code::TypeMismatch, "a file inside a text", |p| {
            p.graph.tasks["second"].arguments["text"] = written("read ${first.model}");
        }),
        (Code::ValueForm, "a text for a number", |p| {
            p.graph.tasks["first"].arguments.insert("times".into(), constant("often"));
        }),
        (Code::ValueForm, "a default of the wrong type", |p| {
            p.graph.components["make"].inputs[1].default = Some(json!(2.5));
        }),
        (Code::ValueForm, "a sloppy default of KFP's, as a warning", |p| {
            p.graph.components["make"].inputs[1].default = Some(json!(""));
        }),
        (Code::ValueRange, "a default over the maximum", |p| {
            let mut number = typed("Integer", 7);
            number.maximum = Some(5.0);
            add_parameter(&mut p.graph, "number", number);
        }),
        (Code::Cycle, "three that wait for each other", |p| {
            add_task(&mut p.graph, "third", task("make", [("text", constant("x"))]));
            p.graph.tasks["third"].after.push("second".into());
            p.graph.tasks["first"].after.push("third".into());
        }),
        (Code::Cycle, "one that waits for itself", |p| p.graph.tasks["first"].after.push("first".into())),
        (Code::TextSyntax, "a reference that does not end", |p| {
            p.graph.tasks["first"].arguments["text"] = written("say ${greeting");
        }),
        (Code::ArgumentUnknown, "a form of a later version", |p| {
            p.graph.tasks["first"].arguments["text"] = Argument::Unknown(json!({"item": "image"}));
        }),
        (Code::PipelineEmpty, "no task", |p| p.graph.tasks.clear()),
        (Code::ParameterUnused, "an idle parameter", |p| add_parameter(&mut p.graph, "idle", typed("String", "x"))),
        (Code::ComponentUnused, "an idle component", |p| {
            let make = p.graph.components["make"].clone();
            add_component(&mut p.graph, "idle", make);
        }),
        (Code::PlaceholderUnknownPort, "a placeholder for nothing", |p| {
            command(&mut p.graph.components["make"]).command.push(value("gone"));
        }),
        (Code::PlaceholderUnsupported, "a placeholder of KFP's that needs its server", |p| {
            command(&mut p.graph.components["make"]).args.push(Placeholder::Unknown(json!({"inputUri": "text"})));
        }),
        (Code::ConditionAtRunTime, "an if on an upstream value", |p| {
            command(&mut p.graph.components["read"]).args.push(Placeholder::If {
                condition: IfCondition::Value(Box::new(value("text"))),
                then: vec![text("--loud")],
                otherwise: vec![],
            });
        }),
        (Code::ImageMissing, "no image", |p| command(&mut p.graph.components["make"]).image.clear()),
        (Code::ImageMissing, "an image with a space", |p| {
            command(&mut p.graph.components["make"]).image = "python 3".into();
        }),
        (Code::CommandMissing, "no command", |p| {
            let container = command(&mut p.graph.components["make"]);
            container.args = std::mem::take(&mut container.command);
        }),
        (Code::ArgumentTooLong, "a long constant", |p| {
            p.graph.tasks["first"].arguments["text"] = constant("x".repeat(200 * 1024));
        }),
        (Code::ArgumentTooLong, "a long source", |p| {
            let python = PythonImplementation {
                image: "python:3.11-slim".into(),
                function: "make".into(),
                source: "x".repeat(200 * 1024),
                ..PythonImplementation::default()
            };
            p.graph.components["make"].implementation = Implementation::Python(python);
        }),
        (Code::OutputNeverWritten, "an output that the command does not name", |p| {
            command(&mut p.graph.components["make"]).command.pop();
        }),
        (Code::VolumeUnknown, "an undeclared volume", |p| p.graph.tasks["first"].mounts.push(mount("gone", "/data"))),
        (Code::MountPath, "a relative path", |p| {
            add_volume(&mut p.graph, "data", volume("1Gi"));
            p.graph.tasks["first"].mounts.push(mount("data", "data"));
        }),
        (Code::MountPath, "two at one path", |p| {
            add_volume(&mut p.graph, "data", volume("1Gi"));
            p.graph.tasks["first"].mounts = vec![mount("data", "/data"), mount("data", "/data/")];
        }),
        (Code::MountPath, "a place that is taken", |p| {
            add_volume(&mut p.graph, "data", volume("1Gi"));
            p.graph.tasks["first"].mounts.push(mount("data", "/tmp/outputs/x"));
        }),
        (Code::Quantity, "a size in words", |p| {
            add_volume(&mut p.graph, "data", volume("one gigabyte"));
            p.graph.tasks["first"].mounts.push(mount("data", "/data"));
        }),
        (Code::Quantity, "a request over its limit", |p| {
            let resources = &mut p.graph.tasks["first"].resources;
            resources.requests.insert("memory".into(), "2Gi".into());
            resources.limits.insert("memory".into(), "512Mi".into());
        }),
        (Code::AccessMode, "a mode of one's own", |p| {
            let mut data = volume("1Gi");
            data.access_modes.push("ReadWrite".into());
            add_volume(&mut p.graph, "data", data);
        }),
        (Code::VolumeUnordered, "two writers without an order", |p| {
            add_volume(&mut p.graph, "data", volume("1Gi"));
            add_task(&mut p.graph, "other", task("make", [("text", constant("x"))]));
            p.graph.tasks["first"].mounts.push(mount("data", "/data"));
            p.graph.tasks["other"].mounts.push(mount("data", "/data"));
        }),
        (Code::HandOverWithoutMount, "handed over by one that has it not", |p| {
            add_volume(&mut p.graph, "data", volume("1Gi"));
            let mut data = mount("data", "/data");
            data.from.push("first".into());
            p.graph.tasks["second"].mounts.push(data);
        }),
        (Code::VolumeUnused, "an idle volume", |p| add_volume(&mut p.graph, "data", volume("1Gi"))),
        (Code::Duration, "a timeout without a unit", |p| p.graph.tasks["first"].timeout = Some("30".into())),
        (Code::Duration, "a wait in words", |p| {
            p.graph.tasks["first"].retry = Some(Retry { backoff: Some("a bit".into()), ..Retry::default() });
        }),
        (Code::KubernetesName, "a claim with capitals", |p| {
            let mut data = volume("1Gi");
            data.lifetime = VolumeLifetime::Claim("My Claim".into());
            add_volume(&mut p.graph, "data", data);
        }),
        (Code::KubernetesName, "a secret with a space", |p| {
            let secret = EnvValue::Secret { name: "my secret".into(), key: "password".into() };
            p.graph.tasks["first"].env.insert("PASSWORD".into(), secret);
        }),
        (Code::KubernetesName, "a service account with a capital letter", |p| {
            p.kubernetes.service_account = Some("Runner".into());
        }),
        (Code::KubernetesName, "an image pull secret with a slash", |p| {
            p.kubernetes.image_pull_secrets = vec!["registry".into(), "team/registry".into()];
        }),
        (Code::EnvName, "a variable with a hyphen", |p| {
            p.graph.tasks["first"].env.insert("LOG-LEVEL".into(), EnvValue::Value("debug".into()));
        }),
        (Code::SecretInPlainText, "a password in the environment", |p| {
            p.graph.tasks["first"].env.insert("DB_PASSWORD".into(), EnvValue::Value("hunter2".into()));
        }),
        (Code::ArtifactReference, "a path of this machine", |p| {
            p.graph.tasks["second"].arguments["model"] = Argument::Artifact("/home/me/model.bin".into());
        }),
        (Code::NotRunYet, "a condition", |p| p.graph.tasks["first"].when = Some(json!({"greeting": "hello"}))),
        (Code::NotRunYet, "a loop", |p| {
            let items = constant(json!([1, 2]));
            let each = ForEach { items, name: "image".into(), limit: None, extra: Default::default() };
            p.graph.tasks["first"].for_each = Some(each);
        }),
        (Code::NotRunYet, "an exit handler", |p| p.graph.on_exit = Some("second".into())),
        (Code::NotRunYet, "a sub-pipeline", |p| {
            p.graph.components["make"].implementation = Implementation::Graph(Box::<GraphImplementation>::default());
        }),
        (Code::NotRunYet, "outputs of the whole, as a warning", |p| {
            p.graph.outputs.insert("result".into(), output("first", "result"));
        }),
        (Code::NotRunYet, "a cache, as a note", |p| p.graph.tasks["first"].cache = Some(true)),
    ]
}

#[test]
fn a_right_pipeline_has_no_problems() {
    assert_eq!(check(&pair()), []);
    assert_eq!(check_arguments(&pair(), &Arguments::new()), []);
}

#[test]
fn every_code_has_a_case_or_is_raised_elsewhere() {
    let mut covered: BTreeSet<&str> = cases().iter().map(|(code, ..)| code.code()).collect();
    covered.extend(argument_cases().iter().map(|(code, ..)| code.code()));
    covered.extend(RAISED_ELSEWHERE.iter().map(|(code, _)| code.code()));
    let missing: Vec<_> =
        DiagnosticCode::ALL.iter().map(|code| code.code()).filter(|code| !covered.contains(code)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn every_mistake_is_told() {
    let mut told = String::new();
    for (code, what, change) in cases() {
        let mut pipeline = pair();
        change(&mut pipeline);
        let found = check(&pipeline);
        let wanted: Vec<_> = found.iter().filter(|diagnostic| diagnostic.code == code.code()).collect();
        assert!(!wanted.is_empty(), "{what}: {code:?} is missing in {found:#?}");
        told.push_str(&format!("{what}\n"));
        wanted.into_iter().for_each(|diagnostic| told.push_str(&line(diagnostic)));
    }
    insta::assert_snapshot!(told);
}

fn argument_cases() -> Vec<(DiagnosticCode, &'static str, Change, Arguments)> {
    use DiagnosticCode as Code;
    let nothing: Change = |_| {};
    vec![
        (
            Code::ParameterWithoutValue,
            "nothing given",
            |p| p.graph.parameters["greeting"].default = None,
            Arguments::new(),
        ),
        (Code::ArgumentForUnknownParameter, "a name misspelt", nothing, given("greting", json!("hi"))),
        (
            Code::ValueForm,
            "a word for a number",
            |p| p.graph.parameters["greeting"] = typed("Integer", 3),
            given("greeting", json!("many")),
        ),
        (
            Code::ValueRange,
            "over the maximum",
            |p| {
                p.graph.parameters["greeting"] = typed("Double", 0.9);
                p.graph.parameters["greeting"].minimum = Some(0.0);
                p.graph.parameters["greeting"].maximum = Some(1.0);
            },
            given("greeting", json!(2)),
        ),
        (
            Code::ArtifactReference,
            "a path for a file",
            |p| p.graph.parameters["greeting"] = typed("Dataset", json!(null)),
            given("greeting", json!("data.csv")),
        ),
    ]
}

#[test]
fn every_mistake_of_a_run_is_told() {
    let mut told = String::new();
    for (code, what, change, arguments) in argument_cases() {
        let mut pipeline = pair();
        change(&mut pipeline);
        let found = check_arguments(&pipeline, &arguments);
        assert!(found.iter().any(|diagnostic| diagnostic.code == code.code()), "{what}: {found:#?}");
        told.push_str(&format!("{what}\n"));
        found.iter().for_each(|diagnostic| told.push_str(&line(diagnostic)));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn messages_are_sentences_and_hints_are_there() {
    for (_, what, change) in cases() {
        let mut pipeline = pair();
        change(&mut pipeline);
        for diagnostic in check(&pipeline) {
            assert!(!diagnostic.hint.is_empty(), "{what}: no hint");
            assert!(diagnostic.message.ends_with('.'), "{what}: {}", diagnostic.message);
        }
    }
}

fn line(diagnostic: &Diagnostic) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut message = diagnostic.message.clone();
    if message.len() > 300 {
        message.truncate(300);
    }
    let place = serde_json::to_string(&diagnostic.place).unwrap();
    let mend = diagnostic.mend.as_ref().map(|mend| format!("\n      mend: {}", serde_json::to_string(mend).unwrap()));
    let mend = mend.unwrap_or_default();
    format!("  {severity} {}: {message}\n      at {place}\n      {}{mend}\n", diagnostic.code, diagnostic.hint)
}
