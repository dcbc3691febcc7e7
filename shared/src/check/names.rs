//! Names: present, and each once among its likes. Maps cannot hold a name twice; lists of ports can.

use super::{Report, in_component, in_parameter, in_task, in_volume};
use crate::diagnostic::{DiagnosticCode, Place};
use crate::pipeline::Pipeline;
use dagwright_texts::t;
use std::collections::HashSet;

pub(super) fn check(pipeline: &Pipeline, report: &mut Report) {
    let graph = &pipeline.graph;
    if is_blank(&pipeline.metadata.name) {
        report.add(DiagnosticCode::NameEmpty, Place::Pipeline, t!("The pipeline has no name."));
    }
    for name in graph.parameters.keys().filter(|name| is_blank(name)) {
        report.add(DiagnosticCode::NameEmpty, in_parameter(name, ""), t!("A parameter has no name."));
    }
    for name in graph.volumes.keys().filter(|name| is_blank(name)) {
        report.add(DiagnosticCode::NameEmpty, in_volume(name, ""), t!("A volume has no name."));
    }
    for name in graph.tasks.keys().filter(|name| is_blank(name)) {
        report.add(DiagnosticCode::NameEmpty, in_task(name, ""), t!("A task has no name."));
    }
    for (key, component) in &graph.components {
        let inputs = component.inputs.iter().map(|port| port.name.as_str());
        let outputs = component.outputs.iter().map(|port| port.name.as_str());
        ports(key, Side::Input, inputs, report);
        ports(key, Side::Output, outputs, report);
    }
}

/// Which ports of a component.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Input,
    Output,
}

fn ports<'a>(key: &str, kind: Side, names: impl Iterator<Item = &'a str>, report: &mut Report) {
    let mut seen = HashSet::new();
    for (index, name) in names.enumerate() {
        let place =
            in_component(key, format!("{}/{index}/name", if kind == Side::Input { "inputs" } else { "outputs" }));
        if is_blank(name) {
            let message = match kind {
                Side::Input => t!("An input of component {key} has no name.", key),
                Side::Output => t!("An output of component {key} has no name.", key),
            };
            report.add(DiagnosticCode::NameEmpty, place, message);
        } else if !seen.insert(name) {
            let message = match kind {
                Side::Input => t!("Component {key} has two inputs named {name}.", key, name),
                Side::Output => t!("Component {key} has two outputs named {name}.", key, name),
            };
            report.add(DiagnosticCode::NameTwice, place, message);
        }
    }
}

fn is_blank(name: &str) -> bool {
    name.trim().is_empty()
}
