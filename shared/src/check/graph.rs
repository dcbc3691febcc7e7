//! The graph as a whole: circles, order, and what nothing uses.

use super::{Report, Scope, in_component, in_parameter, in_task, settings, volumes};
use crate::diagnostic::{DiagnosticCode, Place, Severity};
use crate::graph::TaskGraph;
use crate::pipeline::Argument;
use crate::pipeline::text;
use dagwright_texts::t;
use std::collections::HashSet;

pub(super) fn check(scope: &Scope, report: &mut Report) {
    let graph = scope.graph;
    if graph.tasks.is_empty() {
        report.add(DiagnosticCode::PipelineEmpty, Place::Pipeline, t!("The pipeline has no task."));
    }
    if let Some(task) = &graph.on_exit {
        let message = t!("An exit handler ({task}) cannot run yet.", task);
        report.add(DiagnosticCode::NotRunYet, settings::graph_place("onExit"), message);
    }
    if !graph.outputs.is_empty() {
        let message = t!("Outputs of a whole pipeline are not kept yet.");
        // The tasks run as they are; only nobody collects these.
        report.add(DiagnosticCode::NotRunYet, settings::graph_place("outputs"), message).severity = Severity::Warning;
    }
    let order = TaskGraph::new(graph);
    let cycles = order.cycles();
    for cycle in &cycles {
        let [first, others @ ..] = cycle.0.as_slice() else { continue };
        let message = if others.is_empty() {
            t!("{first} waits for itself.", first)
        } else {
            let circle: Vec<&str> = cycle.0.iter().copied().chain([*first]).collect();
            t!("Tasks wait for each other: {circle}.", circle = circle.join(t!(" waits for ")))
        };
        report.add(DiagnosticCode::Cycle, in_task(first, ""), message);
    }
    if cycles.is_empty() {
        volumes::use_and_order(scope, &order, report);
    }
    unused(scope, report);
}

fn unused(scope: &Scope, report: &mut Report) {
    let graph = scope.graph;
    let mut parameters = HashSet::new();
    let components: HashSet<&str> = graph.tasks.values().map(|task| task.component.as_str()).collect();
    let arguments = graph.tasks.values().flat_map(|task| task.arguments.values());
    let looped = graph.tasks.values().filter_map(|task| task.for_each.as_ref()).map(|each| &each.items);
    for argument in arguments.chain(looped).chain(graph.outputs.values()) {
        match argument {
            Argument::Parameter(name) => {
                parameters.insert(name.clone());
            }
            Argument::Text(written) => parameters.extend(text::parameters(written)),
            _ => {}
        }
    }
    let idle: Vec<&str> =
        graph.parameters.keys().map(String::as_str).filter(|name| !parameters.contains(*name)).collect();
    for name in idle {
        let message = t!("Nothing uses parameter {name}.", name);
        report.add(DiagnosticCode::ParameterUnused, in_parameter(name, ""), message);
    }
    for key in graph.components.keys().filter(|key| !components.contains(key.as_str())) {
        report.add(DiagnosticCode::ComponentUnused, in_component(key, ""), t!("No task uses component {key}.", key));
    }
}
