//! Everything that is wrong or doubtful about a pipeline, as diagnostics: never fails, tells all, changes nothing.
//! The live problems panel and the compiler ask here; what only engines or readers can know is raised there.

mod components;
mod graph;
mod kept;
mod mends;
mod names;
mod parameters;
mod secrets;
pub(crate) mod settings;
pub(crate) mod tasks;
mod volumes;

use crate::component::Component;
use crate::diagnostic::{Diagnostic, DiagnosticCode, Place};
use crate::pipeline::{Graph, Pipeline, Task};
use crate::ports::{Ports, ports};
use dagwright_texts::t;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// A run's values for the pipeline's parameters, by name.
pub type Arguments = Map<String, Value>;

/// Checks a pipeline as it is edited. A parameter without a default is fine here: the run form will ask.
pub fn check(pipeline: &Pipeline) -> Vec<Diagnostic> {
    let scope = Scope::new(&pipeline.graph);
    let mut report = Report::default();
    kept::check(pipeline, &mut report);
    names::check(pipeline, &mut report);
    settings::kubernetes(&pipeline.kubernetes, &mut report);
    parameters::check(&scope, &mut report);
    volumes::check(&scope, &mut report);
    components::check(&scope, &mut report);
    tasks::check(&scope, &mut report);
    graph::check(&scope, &mut report);
    report.found
}

/// Checks the values of one run: every parameter has one of its type, within its limits, and none is unknown.
pub fn check_arguments(pipeline: &Pipeline, arguments: &Arguments) -> Vec<Diagnostic> {
    let mut report = Report::default();
    parameters::check_arguments(&pipeline.graph, arguments, &mut report);
    report.found
}

/// A graph with each component's ports read once.
pub(crate) struct Scope<'a> {
    pub(crate) graph: &'a Graph,
    ports: HashMap<&'a str, Ports>,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(graph: &'a Graph) -> Self {
        let ports = graph.components.iter().map(|(key, component)| (key.as_str(), ports(component)));
        Self { graph, ports: ports.collect() }
    }

    pub(crate) fn component(&self, task: &Task) -> Option<&'a Component> {
        self.graph.components.get(&task.component)
    }

    pub(crate) fn ports(&self, task: &Task) -> Option<&Ports> {
        self.ports.get(task.component.as_str())
    }

    pub(crate) fn ports_of_component(&self, key: &str) -> Option<&Ports> {
        self.ports.get(key)
    }
}

/// What was found, in the order it was found.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) found: Vec<Diagnostic>,
}

impl Report {
    fn add(&mut self, code: DiagnosticCode, place: Place, message: impl Into<String>) -> &mut Diagnostic {
        self.push(Diagnostic::new(code, place, message))
    }

    fn push(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        let index = self.found.len();
        self.found.push(diagnostic);
        &mut self.found[index]
    }
}

/// A place in a task.
pub(crate) fn in_task(task: &str, field: impl Into<String>) -> Place {
    Place::Task { task: String::from(task), field: field.into() }
}

/// A place in a component.
pub(crate) fn in_component(key: &str, field: impl Into<String>) -> Place {
    Place::Component { component: String::from(key), field: field.into() }
}

/// A place in a parameter.
pub(crate) fn in_parameter(name: &str, field: &str) -> Place {
    Place::Parameter { parameter: String::from(name), field: String::from(field) }
}

/// A place in a volume.
pub(crate) fn in_volume(name: &str, field: &str) -> Place {
    Place::Volume { volume: String::from(name), field: String::from(field) }
}

/// Names as a sentence lists them: `a`, `a and b`, `a, b and c`.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.as_slice() {
        [] => String::from(t!("none")),
        [one] => String::from(*one),
        [others @ .., last] => t!("{others} and {last}", others = others.join(", "), last),
    }
}
