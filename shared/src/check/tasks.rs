//! Tasks: their components, what feeds their inputs, the order they ask for.

use super::mends::Mends;
use super::{Report, Scope, in_task, listed, secrets, settings, volumes};
use crate::component::{Component, IfCondition, Implementation, Placeholder};
use crate::diagnostic::{Diagnostic, DiagnosticCode, Place};
use crate::graph::TaskGraph;
use crate::pipeline::text::{self, TextPiece};
use crate::pipeline::{Argument, Task};
use crate::ports::ResolvedInput;
use crate::types::{ParameterType, PortType};
use crate::values::{MAXIMUM_ARGUMENT_BYTES, ValueProblem, ValueRules, parameter_port_type, plain_text, zero_byte};
use dagwright_texts::t;
use serde_json::Value;
use std::collections::HashMap;

pub(super) fn check(scope: &Scope, report: &mut Report) {
    let order = TaskGraph::new(scope.graph);
    let mut mends = Mends::new(scope, &order);
    let conditions: HashMap<&str, Vec<&str>> =
        scope.graph.components.iter().map(|(key, component)| (key.as_str(), condition_inputs(component))).collect();
    for (name, task) in &scope.graph.tasks {
        if let Some(component) = scope.component(task) {
            inputs(scope, name, task, component, &mut mends, report);
            let asked = conditions.get(task.component.as_str()).map(Vec::as_slice).unwrap_or_default();
            at_run_time(name, task, asked, report);
        } else {
            let message = t!(
                "The component {component} of task {name} is not in the pipeline.",
                component = task.component,
                name
            );
            report.add(DiagnosticCode::ComponentMissing, in_task(name, "component"), message);
            // Wires of a missing component still have to lead to tasks and parameters that are there.
            for (input, argument) in &task.arguments {
                source(scope, name, input, argument, report);
            }
        }
        for (index, before) in task.after.iter().enumerate() {
            if !scope.graph.tasks.contains_key(before) {
                let message = t!("There is no task {before} to come after.", before);
                report.add(DiagnosticCode::TaskUnknown, in_task(name, format!("after/{index}")), message);
            }
        }
        volumes::mounts(scope, name, task, report);
        settings::check(name, task, report);
    }
}

fn inputs(scope: &Scope, name: &str, task: &Task, component: &Component, mends: &mut Mends, report: &mut Report) {
    let Some(ports) = scope.ports(task) else { return };
    for (input, argument) in &task.arguments {
        let Some(port) = ports.input(input) else {
            let known = listed(component.inputs.iter().map(|port| port.name.as_str()));
            let message = t!(
                "Component {component} has no input {input}; its inputs are: {known}.",
                component = task.component,
                input,
                known
            );
            report.add(DiagnosticCode::InputUnknown, argument_place(name, input), message);
            continue;
        };
        if let Some(types) = source(scope, name, input, argument, report) {
            fits(name, port, argument, &types, report);
        }
    }
    for port in ports.inputs.iter().filter(|port| port.required() && !task.arguments.contains_key(&port.name)) {
        let message = t!("Input {port} has no value.", port = port.name);
        let found = report.add(DiagnosticCode::InputMissing, argument_place(name, &port.name), message);
        found.mend = mends.wire(name, &port.name, &port.port_type);
        if found.mend.is_none() && !port.port_type.is_artifact() {
            found.hint = String::from(t!("Wire an output to it or give it a value."));
        } else {
            found.hint = String::from(t!("Wire an output to it."));
        }
    }
}

/// Checks that what an argument refers to is there, and gives the types of its references (none for a constant).
/// `None` when something was wrong.
fn source(scope: &Scope, task: &str, input: &str, argument: &Argument, report: &mut Report) -> Option<Vec<PortType>> {
    let place = || argument_place(task, input);
    match argument {
        Argument::Value(_) => Some(Vec::new()),
        Argument::Parameter(name) => Some(vec![parameter(scope, name, place(), report)?]),
        Argument::Output { task, output: port } => Some(vec![output(scope, task, port, place(), report)?]),
        Argument::Text(written) => match text::parse(written) {
            Ok(pieces) => {
                let types = pieces.iter().map(|piece| match piece {
                    TextPiece::Text(_) => Some(None),
                    TextPiece::Parameter(name) => parameter(scope, name, place(), report).map(Some),
                    TextPiece::Output { task, output: port } => output(scope, task, port, place(), report).map(Some),
                });
                let types: Option<Vec<_>> = types.collect();
                Some(types?.into_iter().flatten().collect())
            }
            Err(problem) => {
                report.add(
                    DiagnosticCode::TextSyntax,
                    place(),
                    t!("The text of input {input}: {problem}.", input, problem),
                );
                None
            }
        },
        Argument::Artifact(reference) => {
            if settings::is_artifact_reference(reference) {
                return Some(Vec::new());
            }
            let message =
                t!("{reference} is neither an uploaded file nor an s3:// key.", reference = format!("{reference:?}"));
            report.add(DiagnosticCode::ArtifactReference, place(), message);
            None
        }
        Argument::Unknown(_) => {
            let message = t!("What feeds input {input} has a form that is not known.", input);
            report.add(DiagnosticCode::ArgumentUnknown, place(), message);
            None
        }
    }
}

fn parameter(scope: &Scope, name: &str, place: Place, report: &mut Report) -> Option<PortType> {
    let Some(parameter) = scope.graph.parameters.get(name) else {
        report.add(DiagnosticCode::ParameterUnknown, place, t!("There is no parameter {name}.", name));
        return None;
    };
    Some(parameter_port_type(parameter))
}

fn output(scope: &Scope, task: &str, output: &str, place: Place, report: &mut Report) -> Option<PortType> {
    let Some(producer) = scope.graph.tasks.get(task) else {
        report.add(DiagnosticCode::TaskUnknown, place, t!("There is no task {task}.", task));
        return None;
    };
    // A producer whose component is missing is reported once, at the producer.
    let ports = scope.ports(producer)?;
    let Some(port) = ports.output(output) else {
        let known = listed(ports.outputs.iter().map(|port| port.name.as_str()));
        let message = t!("Task {task} has no output {output}; its outputs are: {known}.", task, output, known);
        report.add(DiagnosticCode::OutputUnknown, place, message);
        return None;
    };
    Some(port.port_type.clone())
}

/// Whether an argument whose references have these types fits the input.
fn fits(task: &str, port: &ResolvedInput, argument: &Argument, types: &[PortType], report: &mut Report) {
    let place = argument_place(task, &port.name);
    match argument {
        Argument::Value(value) => constant(port, value, place, report),
        Argument::Parameter(from) => {
            let fitting = types.iter().all(|from| from.fits(&port.port_type));
            let what = t!("parameter {from}", from);
            mismatch(fitting, &what, types, port, place, report);
        }
        Argument::Output { task, output } => {
            let fitting = types.iter().all(|from| from.fits(&port.port_type));
            mismatch(fitting, &format!("{task}, {output}"), types, port, place, report);
        }
        Argument::Text(_) => {
            if let Some(artifact) = types.iter().find(|port_type| port_type.is_artifact()) {
                let message =
                    t!("A text cannot hold a file: one of its references is a {artifact}.", artifact = artifact.name());
                let found = report.add(DiagnosticCode::TypeMismatch, place, message);
                found.hint = String::from(t!("Refer to parameters and to outputs that are values."));
                return;
            }
            let numeric = matches!(
                port.port_type,
                PortType::Parameter(ParameterType::Integer | ParameterType::Double | ParameterType::Boolean)
            );
            if matches!(argument, Argument::Text(text) if text.contains('\0')) {
                let message = t!("The text of input {port}: {problem}", port = port.name, problem = zero_byte());
                report.add(DiagnosticCode::ValueForm, place.clone(), message);
            }
            if numeric {
                let message = t!(
                    "A text does not fit input {port} of type {port_type}.",
                    port = port.name,
                    port_type = port.port_type.name()
                );
                report.add(DiagnosticCode::TypeMismatch, place, message);
            }
        }
        Argument::Artifact(_) if !port.port_type.is_artifact() => {
            let message = t!(
                "A stored file does not fit input {port} of type {port_type}.",
                port = port.name,
                port_type = port.port_type.name()
            );
            report.add(DiagnosticCode::TypeMismatch, place, message);
        }
        Argument::Artifact(_) | Argument::Unknown(_) => {}
    }
}

fn mismatch(fitting: bool, what: &str, types: &[PortType], port: &ResolvedInput, place: Place, report: &mut Report) {
    if fitting {
        return;
    }
    let from = types.first().map_or(t!("nothing"), PortType::name);
    let message = t!(
        "{from} ({what}) does not fit {port_type} (input {port}).",
        from,
        what,
        port_type = port.port_type.name(),
        port = port.name
    );
    report.add(DiagnosticCode::TypeMismatch, place, message);
}

fn constant(port: &ResolvedInput, value: &Value, place: Place, report: &mut Report) {
    let text = match ValueRules::of_input(port) {
        _ if value.is_null() && !port.required() => return,
        Some(rules) => match rules.check(value) {
            Ok(text) => text,
            Err(problem) => {
                let code = match problem {
                    ValueProblem::Form(_) => DiagnosticCode::ValueForm,
                    ValueProblem::Range(_) => DiagnosticCode::ValueRange,
                };
                report.add(code, place, t!("Input {port}: {problem}", port = port.name, problem = problem.message()));
                return;
            }
        },
        None => plain_text(value),
    };
    if port.as_value && text.len() > MAXIMUM_ARGUMENT_BYTES {
        report.push(too_long(&port.name, text.len(), place));
    } else if secrets::is_secret(&port.name, &text) {
        let message = t!("The value of input {port} looks like a secret, and is stored openly.", port = port.name);
        report.add(DiagnosticCode::SecretInPlainText, place, message);
    }
}

/// An argument that no command line can hold.
pub(crate) fn too_long(input: &str, bytes: usize, place: Place) -> Diagnostic {
    let message =
        t!("The value of input {input} is {kib} KiB long; 128 KiB is the most.", input, kib = bytes.div_ceil(1024));
    Diagnostic::new(DiagnosticCode::ArgumentTooLong, place, message)
}

/// An `if` on a value that only exists at run time.
fn at_run_time(name: &str, task: &Task, asked: &[&str], report: &mut Report) {
    for input in asked {
        let from_output = match task.arguments.get(*input) {
            Some(Argument::Output { .. }) => true,
            Some(Argument::Text(written)) => !text::tasks(written).is_empty(),
            _ => false,
        };
        if from_output {
            report.push(condition_at_run_time(name, input));
        }
    }
}

/// An `if` whose input is fed by an output.
pub(crate) fn condition_at_run_time(task: &str, input: &str) -> Diagnostic {
    let message = t!("The command asks for the value of input {input}, which is only known at run time.", input);
    Diagnostic::new(DiagnosticCode::ConditionAtRunTime, argument_place(task, input), message)
}

/// The inputs whose value, not only their presence, decides an `if`.
fn condition_inputs(component: &Component) -> Vec<&str> {
    let Implementation::Container(container) = &component.implementation else { return Vec::new() };
    let mut inputs = Vec::new();
    for placeholder in container.command.iter().chain(&container.args) {
        placeholder.walk(&mut |piece| {
            if let Placeholder::If { condition: IfCondition::Value(value), .. } = piece {
                value.walk(&mut |inner| {
                    if let Placeholder::InputValue(name) | Placeholder::InputPath(name) = inner {
                        inputs.push(name.as_str());
                    }
                });
            }
        });
    }
    inputs
}

/// The place of what feeds an input.
pub(crate) fn argument_place(task: &str, input: &str) -> Place {
    in_task(task, format!("arguments/{input}"))
}
