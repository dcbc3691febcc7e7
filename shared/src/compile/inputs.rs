//! What feeds each input of a task, once parameters have values: the Plan's arguments, and the texts known before the run.

use super::templates::Templates;
use super::{Missing, Scope, problem, slug_of};
use crate::check::tasks::{argument_place, too_long};
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::pipeline::text::{self, TextPiece};
use crate::pipeline::{Argument, Task};
use crate::plan::{PlanArgument, PlanParameter, PlanSource, PlanValuePiece};
use crate::ports::ResolvedInput;
use crate::types::PortType;
use crate::values::{MAXIMUM_ARGUMENT_BYTES, ValueRules, plain_text};
use dagwright_texts::t;
use serde_json::Value;
use std::collections::HashMap;

/// Looks up what arguments refer to.
pub(super) struct Inputs<'a> {
    scope: &'a Scope<'a>,
    /// Those that have a value, or will have one.
    parameters: HashMap<&'a str, &'a PlanParameter>,
    by_slug: HashMap<&'a str, &'a PlanParameter>,
    task_slugs: &'a HashMap<&'a str, String>,
}

/// The inputs of one task, in the component's order.
pub(super) struct Resolved {
    pub(super) inputs: Vec<ResolvedArgument>,
}

/// One input of one task.
pub(super) struct ResolvedArgument {
    /// The input's slug in its component.
    pub(super) slug: String,
    /// `None`: optional, and without a value.
    pub(super) source: Option<PlanSource>,
    /// The whole text, where it is known before the run.
    pub(super) text: Option<String>,
}

impl Resolved {
    pub(super) fn into_arguments(self) -> Vec<PlanArgument> {
        let given = self.inputs.into_iter();
        given.filter_map(|input| Some(PlanArgument { input: input.slug, source: input.source? })).collect()
    }
}

impl<'a> Inputs<'a> {
    pub(super) fn new(
        scope: &'a Scope<'a>,
        parameters: &'a [PlanParameter],
        task_slugs: &'a HashMap<&'a str, String>,
        missing: Missing,
    ) -> Self {
        let by_slug = parameters.iter().map(|parameter| (parameter.slug.as_str(), parameter)).collect();
        let is_optional = |name: &str| scope.graph.parameters.get(name).is_some_and(|parameter| parameter.optional);
        let parameters = parameters
            .iter()
            .filter(|found| found.value.is_some() || (missing == Missing::LeftOpen && !is_optional(&found.name)))
            .map(|parameter| (parameter.name.as_str(), parameter))
            .collect();
        Self { scope, parameters, by_slug, task_slugs }
    }

    pub(super) fn resolve(&self, name: &str, task: &Task, templates: &Templates) -> Result<Resolved, Vec<Diagnostic>> {
        let Some(ports) = self.scope.ports(task) else { return Ok(Resolved { inputs: Vec::new() }) };
        let mut inputs = Vec::with_capacity(ports.inputs.len());
        let mut problems = Vec::new();
        for (port, slug) in ports.inputs.iter().zip(templates.input_slugs(&task.component)) {
            let source = match task.arguments.get(&port.name) {
                Some(argument) => self.source(name, port, argument, templates),
                None => Ok(None),
            };
            let source = source.and_then(|source| match (source, &port.default) {
                (Some(source), _) => Ok(Some(source)),
                (None, Some(default)) => match (constant(name, port, default), default.as_str()) {
                    // KFP passes a default that is a text as it stands, whatever the type; `check` has warned.
                    (Err(_), Some(text)) => Ok(Some(PlanSource::Value(vec![PlanValuePiece::Text(String::from(text))]))),
                    (constant, _) => constant,
                },
                (None, None) if port.optional => Ok(None),
                (None, None) => {
                    let message = t!("Input {port} has no value.", port = port.name);
                    Err(problem(DiagnosticCode::InputMissing, name, &port.name, message))
                }
            });
            match source {
                Ok(source) => {
                    let text = source.as_ref().and_then(|source| self.known_text(source));
                    if let Some(text) =
                        text.as_ref().filter(|text| port.as_value && text.len() > MAXIMUM_ARGUMENT_BYTES)
                    {
                        problems.push(too_long(&port.name, text.len(), argument_place(name, &port.name)));
                    }
                    inputs.push(ResolvedArgument { slug: slug.clone(), source, text });
                }
                Err(found) => problems.push(*found),
            }
        }
        if problems.is_empty() { Ok(Resolved { inputs }) } else { Err(problems) }
    }

    /// What an argument comes to; `None` when it is an optional parameter without a value.
    fn source(
        &self,
        task: &str,
        port: &ResolvedInput,
        argument: &Argument,
        templates: &Templates,
    ) -> Result<Option<PlanSource>, Box<Diagnostic>> {
        match argument {
            Argument::Value(value) if value.is_null() => Ok(None),
            Argument::Value(value) => constant(task, port, value),
            Argument::Parameter(name) => {
                let Some(parameter) = self.parameters.get(name.as_str()) else {
                    return Ok(None);
                };
                if parameter.port_type.is_artifact() {
                    return Ok(Some(PlanSource::StoredParameter(parameter.slug.clone())));
                }
                Ok(Some(PlanSource::Value(vec![PlanValuePiece::Parameter(parameter.slug.clone())])))
            }
            Argument::Output { task: producer, output } => {
                let (task, port_type, output) = self.output(producer, output, templates);
                if port_type.is_some_and(PortType::is_artifact) {
                    return Ok(Some(PlanSource::Artifact { task, output }));
                }
                Ok(Some(PlanSource::Value(vec![PlanValuePiece::Output { task, output }])))
            }
            Argument::Text(written) => self.text(task, port, written, templates).map(Some),
            Argument::Artifact(reference) => Ok(Some(PlanSource::Stored(reference.clone()))),
            Argument::Unknown(_) => Ok(None),
        }
    }

    fn text(
        &self,
        task: &str,
        port: &ResolvedInput,
        written: &str,
        templates: &Templates,
    ) -> Result<PlanSource, Box<Diagnostic>> {
        let pieces = text::parse(written)
            .map_err(|error| problem(DiagnosticCode::TextSyntax, task, &port.name, error.to_string()))?;
        let pieces = pieces.into_iter().map(|piece| match piece {
            TextPiece::Text(text) => Ok(PlanValuePiece::Text(text)),
            TextPiece::Parameter(name) => {
                let parameter = self.parameters.get(name.as_str());
                parameter.map(|found| PlanValuePiece::Parameter(found.slug.clone())).ok_or_else(|| {
                    let message = t!(
                        "The text of input {port} needs parameter {name}, which has no value.",
                        port = port.name,
                        name
                    );
                    problem(DiagnosticCode::ParameterWithoutValue, task, &port.name, message)
                })
            }
            TextPiece::Output { task, output } => {
                let (task, _, output) = self.output(&task, &output, templates);
                Ok(PlanValuePiece::Output { task, output })
            }
        });
        let mut pieces = pieces.collect::<Result<Vec<_>, _>>()?;
        if pieces.is_empty() {
            pieces.push(PlanValuePiece::Text(String::new()));
        }
        Ok(PlanSource::Value(pieces))
    }

    /// The slug of a task, the type of its output, and the output's slug.
    fn output(&self, task: &str, output: &str, templates: &Templates) -> (String, Option<&PortType>, String) {
        let producer = self.scope.graph.tasks.get(task);
        let ports = producer.and_then(|producer| self.scope.ports(producer));
        let index = ports.and_then(|ports| ports.outputs.iter().position(|port| port.name == output));
        let port_type = ports.zip(index).map(|(ports, index)| &ports.outputs[index].port_type);
        let slugs = producer.map(|producer| templates.output_slugs(&producer.component)).unwrap_or_default();
        let slug = index.and_then(|index| slugs.get(index)).cloned().unwrap_or_default();
        (slug_of(self.task_slugs, task), port_type, slug)
    }

    /// The text of a source that holds no output.
    fn known_text(&self, source: &PlanSource) -> Option<String> {
        let PlanSource::Value(pieces) = source else { return None };
        let mut text = String::new();
        for piece in pieces {
            match piece {
                PlanValuePiece::Text(piece) => text.push_str(piece),
                PlanValuePiece::Parameter(slug) => {
                    let parameter = self.by_slug.get(slug.as_str())?;
                    text.push_str(parameter.value.as_deref()?);
                }
                PlanValuePiece::Output { .. } => return None,
            }
        }
        Some(text)
    }
}

fn constant(task: &str, port: &ResolvedInput, value: &Value) -> Result<Option<PlanSource>, Box<Diagnostic>> {
    let text = match ValueRules::of_input(port) {
        Some(rules) => rules.check(value).map_err(|refused| {
            let message = t!("Input {port}: {problem}", port = port.name, problem = refused.message());
            problem(DiagnosticCode::ValueForm, task, &port.name, message)
        })?,
        None => plain_text(value),
    };
    Ok(Some(PlanSource::Value(vec![PlanValuePiece::Text(text)])))
}
