//! What a document keeps without effect: fields that are unknown or could not be read. Reading a file tells of them
//! once; here they are told for as long as they are there, so that no run goes on without what its author wrote.

use super::Report;
use crate::component::{Component, Extra, Implementation};
use crate::diagnostic::{Diagnostic, DiagnosticCode, Place};
use crate::pipeline::file::{pipeline_from_value, pipeline_to_value};
use crate::pipeline::{Graph, Pipeline, Task};

pub(super) fn check(pipeline: &Pipeline, report: &mut Report) {
    // Reading all of it again costs as much as reading it did: only where there is something to find.
    let keeps = !pipeline.extra.is_empty()
        || !pipeline.metadata.extra.is_empty()
        || !pipeline.kubernetes.extra.is_empty()
        || graph(&pipeline.graph);
    if keeps {
        let told = pipeline_from_value(&pipeline_to_value(pipeline)).diagnostics;
        report.found.extend(told.into_iter().filter(|diagnostic| !is_told_elsewhere(diagnostic)));
    }
}

/// Ports of one name and components without an implementation are in the model, where `check` finds them.
fn is_told_elsewhere(diagnostic: &Diagnostic) -> bool {
    matches!(&diagnostic.place, Place::Component { field, .. }
        if diagnostic.code == DiagnosticCode::NameTwice.code()
            || (diagnostic.code == DiagnosticCode::FieldMissing.code() && field.is_empty()))
}

fn graph(graph: &Graph) -> bool {
    ["tasks", "volumes"].iter().any(|section| graph.layout_extra.contains_key(*section))
        || graph.parameters.values().any(|parameter| !parameter.extra.is_empty())
        || graph.volumes.values().any(|volume| !volume.extra.is_empty())
        || graph.components.values().any(component)
        || graph.tasks.values().any(task)
}

fn task(task: &Task) -> bool {
    !task.extra.is_empty()
        || task.mounts.iter().any(|mount| !mount.extra.is_empty())
        || task.retry.as_ref().is_some_and(|retry| !retry.extra.is_empty())
        || task.for_each.as_ref().is_some_and(|for_each| !for_each.extra.is_empty())
}

fn component(component: &Component) -> bool {
    let unexpected = |extra: &Extra, expected: &[&str]| extra.keys().any(|key| !expected.contains(&key.as_str()));
    let inside = match &component.implementation {
        Implementation::Container(container) => !container.extra.is_empty(),
        Implementation::Python(python) => !python.extra.is_empty(),
        Implementation::Graph(inner) => !inner.extra.is_empty() || graph(&inner.graph),
        Implementation::Unknown(_) => false,
    };
    inside
        || unexpected(&component.extra, &["metadata"])
        || component.inputs.iter().any(|port| unexpected(&port.extra, &["annotations", "enum"]))
        || component.outputs.iter().any(|port| unexpected(&port.extra, &["annotations"]))
}
