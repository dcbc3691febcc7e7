//! Text arrives byte for byte: every nasty text in every place, through the simulated substitutions of Argo and Kubernetes,
//! against what the Plan says.

use crate::sample::*;
use crate::simulator::{Variables, run};
use dagwright_shared::check::Arguments;
use dagwright_shared::compile::compile;
use dagwright_shared::component::Placeholder;
use dagwright_shared::export::argo::export;
use dagwright_shared::pipeline::{EnvValue, Pipeline};
use dagwright_shared::plan::{Plan, PlanEnvValue, PlanPiece, PlanSource, PlanTask, PlanValuePiece};
use std::collections::BTreeMap;

pub(crate) const NASTY: &[&str] = &[
    "plain",
    "",
    "{{workflow.name}}",
    "{{inputs.parameters.text}} and {{tasks.make.outputs.parameters.result}}",
    "{{=1 + 1}}",
    "{{",
    "}}",
    "{{{",
    "{",
    "}",
    "{\"a\": {\"b\": {}}}",
    "{%s}",
    "$",
    "$$",
    "$$$ (x)",
    "$(HOME) ${HOME} $HOME",
    "ends with $",
    "(starts with a bracket)",
    "\"double\" 'single' `back` \\ \\n",
    "two\nlines\n",
    " spaces\tand tabs ",
    "학습 é 🙂 \u{a0}\u{200b}",
    "\u{1b}[1mbold\u{7}",
    "\u{e0001}\u{10ffff}",
    "y",
    "null",
    "1e3",
    "# no comment: x",
    "{{ item }} $(DAGWRIGHT_BRACE) {$(DAGWRIGHT_BRACE)",
];

/// Upstream values that arrive everywhere.
pub(crate) const UPSTREAM: &[&str] = &["plain", "", "$$", "$(HOME)", "$", "(x) \"y\" \\ 'z'\nlines", "학습 🙂"];

/// Upstream values that arrive in commands; in files Argo itself changes braces that only the run brings.
pub(crate) const UPSTREAM_IN_COMMANDS: &[&str] = &[
    "{{workflow.name}}",
    "{{=1 + 1}} {{inputs.parameters.constant}}",
    "{{",
    "}} {{{ }}}",
    "{\"a\": {\"b\": {}}} {% x %}",
    "ends with {",
    "{",
    "\u{1b}[1mbold\u{7}",
];

/// One task that takes a text in every way there is.
fn everywhere(nasty: &str) -> Pipeline {
    let mut pipeline = pipeline("everywhere");
    let graph = &mut pipeline.graph;
    add_parameter(graph, "given", typed("String", nasty));
    add_component(
        graph,
        "make",
        container("make", &[], &["result: String"], [text("sh"), text("-c"), text("true"), out("result")]),
    );
    let inputs = [
        "constant: String",
        "parameter: String",
        "mixed: String",
        "upstream: String",
        "as file: String",
        "parameter as file: String",
        "both: String",
        "upstream as file: String",
        "content: Dataset",
        "read: Dataset",
    ];
    let command = [
        text("program"),
        text(nasty),
        value("constant"),
        value("parameter"),
        value("mixed"),
        value("upstream"),
        path("as file"),
        path("parameter as file"),
        path("upstream as file"),
        value("both"),
        path("both"),
        path("content"),
        value("read"),
        Placeholder::Concat(vec![text(nasty), value("upstream"), text(nasty), value("constant"), value("parameter")]),
        Placeholder::Concat(vec![text("{"), value("upstream"), text("}"), text("$"), value("upstream")]),
    ];
    let mut use_all = container("use", &inputs, &[], command);
    super::sample::command(&mut use_all).env.insert(String::from("FROM_COMPONENT"), String::from(nasty));
    add_component(graph, "use", use_all);
    add_task(graph, "make", task("make", []));
    let escaped = nasty.replace('$', "$$");
    let mut all = task(
        "use",
        [
            ("constant", constant(nasty)),
            ("parameter", parameter("given")),
            ("mixed", written(&format!("{escaped}${{make.result}}{escaped}${{given}}${{make.result}}"))),
            ("upstream", output("make", "result")),
            ("as file", constant(nasty)),
            ("parameter as file", parameter("given")),
            ("both", constant(nasty)),
            ("upstream as file", output("make", "result")),
            ("content", constant(nasty)),
            ("read", constant(nasty)),
        ],
    );
    all.env.insert(String::from("FROM_TASK"), EnvValue::Value(String::from(nasty)));
    add_task(graph, "all", all);
    pipeline
}

/// What the Plan says that a task's program sees.
fn meant(
    plan: &Plan,
    task: &PlanTask,
    upstream: &str,
) -> (Vec<String>, BTreeMap<String, String>, BTreeMap<String, String>) {
    let template = plan.template(&task.template).unwrap();
    let values: BTreeMap<&str, String> = task
        .arguments
        .iter()
        .map(|argument| {
            let PlanSource::Value(pieces) = &argument.source else { panic!("only values here") };
            let text = pieces.iter().map(|piece| match piece {
                PlanValuePiece::Text(text) => text.clone(),
                PlanValuePiece::Parameter(slug) => {
                    plan.parameters.iter().find(|parameter| parameter.slug == *slug).unwrap().value.clone().unwrap()
                }
                PlanValuePiece::Output { .. } => String::from(upstream),
            });
            (argument.input.as_str(), text.collect())
        })
        .collect();
    let input_path = |slug: &str| format!("/tmp/inputs/{slug}/data");
    let words = template.command.iter().chain(&template.args).map(|pieces| {
        let pieces = pieces.iter().map(|piece| match piece {
            PlanPiece::Text(text) => text.clone(),
            PlanPiece::InputValue(slug) => values[slug.as_str()].clone(),
            PlanPiece::InputPath(slug) => input_path(slug),
            PlanPiece::OutputPath(slug) => format!("/tmp/outputs/{slug}/data"),
        });
        pieces.collect()
    });
    let env = template.env.iter().map(|variable| {
        let PlanEnvValue::Text(text) = &variable.value else { panic!("no secrets here") };
        (variable.name.clone(), text.clone())
    });
    let files = template.inputs.iter().filter(|input| input.as_file);
    let files = files.map(|input| (input_path(&input.slug), values[input.slug.as_str()].clone()));
    (words.collect(), env.collect(), files.collect())
}

fn assert_arrives(nasty: &str, pipeline: &Pipeline, upstream: &[&str]) {
    let plan = compile(pipeline, &Arguments::new()).unwrap();
    let export = export(&plan).unwrap_or_else(|problems| panic!("{nasty:?}: {problems:?}"));
    let task = plan.tasks.iter().find(|task| task.name == "all").unwrap();
    for upstream in upstream {
        let outputs: Variables =
            [(String::from("tasks.make.outputs.parameters.result"), String::from(*upstream))].into();
        let seen = run(&export.workflow, &export.documents, &task.slug, &outputs)
            .unwrap_or_else(|error| panic!("{nasty:?} {upstream:?}: {error}\n{}", export.to_yaml()));
        let (command, env, files) = meant(&plan, task, upstream);
        assert_eq!(seen.command, command, "{nasty:?}\n{}", export.to_yaml());
        assert_eq!(seen.env, env, "{nasty:?}");
        assert_eq!(seen.files, files, "{nasty:?}\n{}", export.to_yaml());
    }
}

#[test]
fn every_text_arrives_in_every_place() {
    for nasty in NASTY {
        let mut pipeline = everywhere(nasty);
        assert_arrives(nasty, &pipeline, UPSTREAM);
        pipeline.graph.tasks["all"].arguments["upstream as file"] = constant("plain");
        assert_arrives(nasty, &pipeline, UPSTREAM_IN_COMMANDS);
    }
}

#[test]
fn what_templates_share_arrives_too() {
    let long = format!("import os\nprint('$$ $(HOME) {{}}', \"é\")\n{}", "# more\n".repeat(400));
    let mut pipeline = everywhere("plain");
    for key in ["one", "other"] {
        let show = container(key, &[], &[], [text("python3"), text("-c"), text(&long), text(key)]);
        add_component(&mut pipeline.graph, key, show);
        add_task(&mut pipeline.graph, key, task(key, []));
    }
    let plan = compile(&pipeline, &Arguments::new()).unwrap();
    let export = export(&plan).unwrap();
    assert_eq!(export.to_yaml().matches("import os").count(), 1);
    for key in ["one", "other"] {
        let seen = run(&export.workflow, &export.documents, key, &Variables::new()).unwrap();
        assert_eq!(seen.command, ["python3", "-c", long.as_str(), key]);
    }
}

/// Argo takes a template of more than 128 KiB out of the variable in which Kubernetes would read `$$` as `$`.
#[test]
fn long_files_with_dollar_signs_lie_in_a_config_map() {
    let long = "echo $(HOME) $x\n".repeat(9000);
    let mut pipeline = pair();
    add_task(&mut pipeline.graph, "long", task("read", [("text", constant("x")), ("model", constant(long.clone()))]));
    let export = export(&compile(&pipeline, &Arguments::new()).unwrap()).unwrap();
    assert_eq!(export.documents.len(), 1);
    assert_eq!(export.documents[0]["data"]["data"], long);
    assert!(!export.workflow.to_string().contains("$$(HOME)"));
}

/// Each is short enough by itself; together they make the template as long.
#[test]
fn many_files_with_dollar_signs_lie_in_config_maps() {
    let (mut pipeline, file) = (pair(), "echo $(HOME) $x\n".repeat(1000));
    let arguments = [("text", constant("x".repeat(20_000))), ("model", constant(file.clone()))];
    add_task(&mut pipeline.graph, "long", task("read", arguments));
    let export = export(&compile(&pipeline, &Arguments::new()).unwrap()).unwrap();
    assert_eq!(export.documents[0]["data"]["data"], file);
    assert!(!export.workflow.to_string().contains("$$(HOME)"));
}

#[test]
fn braces_beside_a_value_of_the_run_in_a_file_are_refused() {
    let mut pipeline = everywhere("plain");
    pipeline.graph.tasks["all"].arguments["as file"] = written("{{x}} ${make.result}");
    let problems = export(&compile(&pipeline, &Arguments::new()).unwrap()).unwrap_err();
    insta::assert_json_snapshot!(problems);
}

#[test]
fn how_braces_are_carried() {
    insta::assert_snapshot!(crate::export::yaml(&everywhere("cost: $$5, {{name}}")));
}
