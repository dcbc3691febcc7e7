//! Names: present, and each once among its likes. Maps cannot hold a name twice; lists of ports can.

use super::{Report, in_component, in_parameter, in_task, in_volume};
use crate::diagnostic::{DiagnosticCode, Place};
use crate::pipeline::Pipeline;
use std::collections::HashSet;

pub(super) fn check(pipeline: &Pipeline, report: &mut Report) {
    let graph = &pipeline.graph;
    if is_blank(&pipeline.metadata.name) {
        report.add(DiagnosticCode::NameEmpty, Place::Pipeline, "The pipeline has no name.");
    }
    for name in graph.parameters.keys().filter(|name| is_blank(name)) {
        report.add(DiagnosticCode::NameEmpty, in_parameter(name, ""), "A parameter has no name.");
    }
    for name in graph.volumes.keys().filter(|name| is_blank(name)) {
        report.add(DiagnosticCode::NameEmpty, in_volume(name, ""), "A volume has no name.");
    }
    for name in graph.tasks.keys().filter(|name| is_blank(name)) {
        report.add(DiagnosticCode::NameEmpty, in_task(name, ""), "A task has no name.");
    }
    for (key, component) in &graph.components {
        let inputs = component.inputs.iter().map(|port| port.name.as_str());
        let outputs = component.outputs.iter().map(|port| port.name.as_str());
        ports(key, "input", inputs, report);
        ports(key, "output", outputs, report);
    }
}

fn ports<'a>(key: &str, kind: &str, names: impl Iterator<Item = &'a str>, report: &mut Report) {
    let mut seen = HashSet::new();
    for (index, name) in names.enumerate() {
        let place = in_component(key, format!("{kind}s/{index}/name"));
        if is_blank(name) {
            let message = format!("An {kind} of component {key} has no name.");
            report.add(DiagnosticCode::NameEmpty, place, message);
        } else if !seen.insert(name) {
            let message = format!("Component {key} has two {kind}s named {name}.");
            report.add(DiagnosticCode::NameTwice, place, message);
        }
    }
}

fn is_blank(name: &str) -> bool {
    name.trim().is_empty()
}
