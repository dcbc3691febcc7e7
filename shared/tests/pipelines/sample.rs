//! Pipelines made in code, for tests.

use dagwright_shared::component::{
    Component, ContainerImplementation, Implementation, InputPort, OutputPort, Placeholder,
};
use dagwright_shared::pipeline::{Argument, Graph, Metadata, Mount, Parameter, Pipeline, Task, Volume};
use dagwright_shared::types::TypeSpec;
use serde_json::Value;

pub(crate) fn text(text: &str) -> Placeholder {
    Placeholder::Text(String::from(text))
}

pub(crate) fn value(input: &str) -> Placeholder {
    Placeholder::InputValue(String::from(input))
}

pub(crate) fn path(input: &str) -> Placeholder {
    Placeholder::InputPath(String::from(input))
}

pub(crate) fn out(output: &str) -> Placeholder {
    Placeholder::OutputPath(String::from(output))
}

/// Ports are written as `name: Type`, or `name` for an untyped one; inputs may have ` = default`.
fn port(written: &str) -> (String, Option<TypeSpec>, Option<Value>) {
    let (written, default) = match written.split_once(" = ") {
        Some((written, default)) => (written, Some(Value::from(default))),
        None => (written, None),
    };
    match written.split_once(": ") {
        Some((name, type_name)) => (String::from(name), Some(TypeSpec::Named(String::from(type_name))), default),
        None => (String::from(written), None, default),
    }
}

pub(crate) fn container<const N: usize>(
    name: &str,
    inputs: &[&str],
    outputs: &[&str],
    command: [Placeholder; N],
) -> Component {
    let inputs = inputs.iter().map(|written| {
        let (name, type_spec, default) = port(written);
        InputPort { name, type_spec, default, ..InputPort::default() }
    });
    let outputs = outputs.iter().map(|written| {
        let (name, type_spec, _) = port(written);
        OutputPort { name, type_spec, ..OutputPort::default() }
    });
    let implementation = ContainerImplementation {
        image: String::from("python:3.11-slim"),
        command: command.into(),
        ..ContainerImplementation::default()
    };
    Component {
        name: String::from(name),
        inputs: inputs.collect(),
        outputs: outputs.collect(),
        implementation: Implementation::Container(implementation),
        ..Component::default()
    }
}

/// The command of a component made by [`container`].
pub(crate) fn command(component: &mut Component) -> &mut ContainerImplementation {
    let Implementation::Container(container) = &mut component.implementation else { panic!("not a container") };
    container
}

pub(crate) fn task<const N: usize>(component: &str, arguments: [(&str, Argument); N]) -> Task {
    let arguments = arguments.into_iter().map(|(name, argument)| (String::from(name), argument));
    Task { component: String::from(component), arguments: arguments.collect(), ..Task::default() }
}

pub(crate) fn constant(value: impl Into<Value>) -> Argument {
    Argument::Value(value.into())
}

pub(crate) fn parameter(name: &str) -> Argument {
    Argument::Parameter(String::from(name))
}

pub(crate) fn output(task: &str, output: &str) -> Argument {
    Argument::Output { task: String::from(task), output: String::from(output) }
}

pub(crate) fn written(text: &str) -> Argument {
    Argument::Text(String::from(text))
}

pub(crate) fn typed(type_name: &str, default: impl Into<Value>) -> Parameter {
    Parameter {
        type_spec: Some(TypeSpec::Named(String::from(type_name))),
        default: Some(default.into()),
        ..Parameter::default()
    }
}

pub(crate) fn mount(volume: &str, path: &str) -> Mount {
    Mount { volume: String::from(volume), path: String::from(path), ..Mount::default() }
}

pub(crate) fn volume(size: &str) -> Volume {
    Volume { size: Some(String::from(size)), ..Volume::default() }
}

pub(crate) fn pipeline(name: &str) -> Pipeline {
    Pipeline { metadata: Metadata { name: String::from(name), ..Metadata::default() }, ..Pipeline::default() }
}

/// Two tasks that are right in every way: `make` writes a text and a model, `read` takes both.
pub(crate) fn pair() -> Pipeline {
    let mut pair = pipeline("pair");
    let graph = &mut pair.graph;
    add_parameter(graph, "greeting", typed("String", "hello"));
    let make = container(
        "make",
        &["text: String", "times: Integer = 2"],
        &["result: String", "model: Model"],
        [text("make"), value("text"), value("times"), out("result"), out("model")],
    );
    let read = container("read", &["text: String", "model: Model"], &[], [text("read"), value("text"), path("model")]);
    add_component(graph, "make", make);
    add_component(graph, "read", read);
    add_task(graph, "first", task("make", [("text", parameter("greeting"))]));
    add_task(graph, "second", task("read", [("text", output("first", "result")), ("model", output("first", "model"))]));
    pair
}

pub(crate) fn add_parameter(graph: &mut Graph, name: &str, parameter: Parameter) {
    graph.parameters.insert(String::from(name), parameter);
}

pub(crate) fn add_volume(graph: &mut Graph, name: &str, volume: Volume) {
    graph.volumes.insert(String::from(name), volume);
}

pub(crate) fn add_component(graph: &mut Graph, key: &str, component: Component) {
    graph.components.insert(String::from(key), component);
}

pub(crate) fn add_task(graph: &mut Graph, name: &str, task: Task) {
    graph.tasks.insert(String::from(name), task);
}
