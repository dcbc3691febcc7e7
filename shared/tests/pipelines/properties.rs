//! Random pipelines: whatever the names, texts and wires, the Plan is in order and the Workflow holds no tag but ours.

use crate::sample::*;
use dagwright_shared::check::{Arguments, check};
use dagwright_shared::compile::compile;
use dagwright_shared::diagnostic::any_error;
use dagwright_shared::export::argo::export;
use dagwright_shared::graph::TaskGraph;
use dagwright_shared::layout::arrange;
use dagwright_shared::pipeline::{Argument, Pipeline};
use dagwright_shared::plan::Plan;
use dagwright_shared::yaml::read_documents;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// A name as people type them, or worse.
fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{1,2}", "[a-zA-Z0-9_ .\\-]{1,12}", "[가-힣]{1,4}", "\\PC{1,8}"]
        .prop_filter("a name is not blank", |name| !name.trim().is_empty())
}

/// A text with what Argo, Kubernetes and YAML read.
fn text_of_a_person() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z ]{0,6}",
        r"(\{\{|\}\}|\$\(|\$\$|\$|\{|\})",
        r"(\{\{workflow\.name\}\}|\{\{=1\}\}|\n|: |#|'|\x22)",
        "\\PC{0,4}"
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// What a task is made of: its name, its text, whether it has another component, and where its wires come from.
type TaskPlan = (String, String, bool, Vec<(prop::sample::Index, u8)>);

fn pipelines() -> impl Strategy<Value = Pipeline> {
    let wires = prop::collection::vec((any::<prop::sample::Index>(), 0..4_u8), 0..3);
    let task = (name(), text_of_a_person(), any::<bool>(), wires);
    (name(), text_of_a_person(), [name(), name(), name()], prop::collection::vec(task, 1..12), any::<u64>())
        .prop_map(|(name, given, ports, tasks, order)| build(&name, &given, &ports, &tasks, order))
}

fn build(name: &str, given: &str, ports: &[String; 3], tasks: &[TaskPlan], order: u64) -> Pipeline {
    let mut pipeline = pipeline(name);
    let graph = &mut pipeline.graph;
    add_parameter(graph, "given", typed("String", given));
    let [mut input, mut file, mut result] = ports.clone();
    // Ports with one name on a side are refused, and `name: Type` is how samples write types.
    for (number, port) in [&mut input, &mut file, &mut result].into_iter().enumerate() {
        *port = format!("{}{number}", port.replace([':', '='], ""));
    }
    for key in ["one", "other"] {
        let inputs = [format!("{input}: String"), format!("{file}: Dataset = none")];
        let outputs = [format!("{result}: String"), format!("{file}: Dataset")];
        let command = [text(given), value(&input), path(&file), out(&result), out(&file)];
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
        add_component(graph, key, container(key, &inputs, &outputs, command));
    }
    let mut names: Vec<String> = Vec::new();
    let mut made = Vec::new();
    for (written, content, other, wires) in tasks {
        let name = if names.contains(written) { format!("{written}{}", names.len()) } else { written.clone() };
        let mut task = task(if *other { "other" } else { "one" }, []);
        task.arguments.insert(input.clone(), constant(content.as_str()));
        for (index, kind) in wires.iter().filter(|_| !names.is_empty()) {
            let from = index.get(&names);
            match kind {
                0 => drop(task.arguments.insert(input.clone(), output(from, &result))),
                1 => drop(task.arguments.insert(file.clone(), output(from, &file))),
                2 => task.after.push(from.clone()),
                _ => drop(task.arguments.insert(input.clone(), Argument::Parameter(String::from("given")))),
            }
        }
        names.push(name.clone());
        made.push((name, task));
    }
    // The document's order is any order.
    made.sort_by_key(|(name, _)| {
        name.bytes().fold(order, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()))
    });
    made.into_iter().for_each(|(name, task)| add_task(graph, &name, task));
    pipeline
}

fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 128
        && !text.starts_with('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn assert_ordered(pipeline: &Pipeline, plan: &Plan) {
    let place: HashMap<&str, usize> =
        plan.tasks.iter().enumerate().map(|(place, task)| (task.slug.as_str(), place)).collect();
    assert_eq!(place.len(), pipeline.graph.tasks.len(), "slugs are unique and no task is lost");
    let view = TaskGraph::new(&pipeline.graph);
    for (index, task) in plan.tasks.iter().enumerate() {
        assert!(is_slug(&task.slug), "{:?}", task.slug);
        assert!(task.dependencies.iter().all(|before| place[before.as_str()] < index));
        assert_eq!(task.dependencies.len(), view.dependencies(&task.name).len());
        let template = plan.template(&task.template).unwrap();
        let ports = template.inputs.iter().map(|port| &port.slug).chain(template.outputs.iter().map(|port| &port.slug));
        let ports: Vec<&String> = ports.collect();
        assert_eq!(ports.len(), ports.iter().collect::<BTreeSet<_>>().len(), "ports are unique");
        assert!(ports.iter().all(|port| is_slug(port)), "{ports:?}");
    }
    assert!(is_slug(&plan.slug) && plan.slug.len() <= 40);
}

/// Every `{{…}}` in the value is one of ours, and names what is there.
fn assert_only_our_tags(value: &Value, plan: &Plan) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| assert_only_our_tags(value, plan)),
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            assert!(!key.contains("{{"));
            assert_only_our_tags(value, plan);
        }),
        Value::String(text) => {
            let mut rest = text.as_str();
            while let Some(start) = rest.find("{{") {
                let end = rest[start..].find("}}").unwrap_or_else(|| panic!("an open tag in {text:?}")) + start;
                let tag = &rest[start + 2..end];
                assert!(is_our_tag(tag, plan), "{tag:?} in {text:?}");
                rest = &rest[end + 2..];
            }
        }
        _ => {}
    }
}

fn is_our_tag(tag: &str, plan: &Plan) -> bool {
    let mut place = tag.strip_prefix('=').unwrap_or(tag);
    while let Some(inside) = place.strip_prefix("replace(").and_then(|inside| inside.strip_suffix(')')) {
        let Some((inner, _)) = inside.rsplit_once(", ").and_then(|(rest, _)| rest.rsplit_once(", ")) else {
            return false;
        };
        place = inner;
    }
    let place = place.replace("['", ".").replace("']", "");
    let words: Vec<&str> = place.split('.').collect();
    match words.as_slice() {
        ["workflow", "name"] => true,
        ["workflow", "parameters", slug] => plan.parameters.iter().any(|parameter| parameter.slug == *slug),
        ["tasks", task, "outputs", "parameters" | "artifacts", output] => {
            let task = plan.task(task).unwrap();
            plan.template(&task.template).unwrap().outputs.iter().any(|port| port.slug == *output)
        }
        ["inputs", "parameters", slug] => is_slug(slug),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_drawn_compiles_and_exports(pipeline in pipelines()) {
        let found = check(&pipeline);
        prop_assert!(!any_error(&found), "{:?}", found);
        let plan = compile(&pipeline, &Arguments::new()).unwrap();
        assert_ordered(&pipeline, &plan);
        prop_assert_eq!(&plan, &compile(&pipeline, &Arguments::new()).unwrap());

        let export = export(&plan).unwrap();
        assert_only_our_tags(&export.workflow, &plan);
        let read: Vec<Value> = read_documents(&export.to_yaml()).into_iter().map(|document| document.value.unwrap()).collect();
        prop_assert_eq!(read.last().unwrap(), &export.workflow);
        prop_assert_eq!(read.len(), export.documents.len() + 1);
        prop_assert_eq!(arrange(&pipeline.graph).tasks.len(), pipeline.graph.tasks.len());
    }

    #[test]
    fn no_pipeline_makes_check_panic(pipeline in pipelines(), task in "\\PC{0,5}", from in "\\PC{0,5}", text in "\\PC{0,20}") {
        let mut pipeline = pipeline;
        for changed in pipeline.graph.tasks.values_mut().take(2) {
            changed.after.push(from.clone());
            changed.arguments.insert(task.clone(), Argument::Text(text.clone()));
            changed.component.clone_from(&task);
            changed.timeout = Some(text.clone());
            changed.resources.limits.insert(from.clone(), text.clone());
            changed.mounts.push(mount(&task, &text));
        }
        let found = check(&pipeline);
        prop_assert!(any_error(&found));
        prop_assert!(compile(&pipeline, &Arguments::new()).is_err());
        arrange(&pipeline.graph);
    }
}
