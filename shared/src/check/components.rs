//! Components: implementations, images, placeholders and their ports. Python sources are read in `dagwright-python`.

use super::settings::is_env_name;
use super::{Report, Scope, in_component, listed, secrets};
use crate::component::{Component, ContainerImplementation, IfCondition, Implementation, Placeholder};
use crate::diagnostic::{DiagnosticCode, Severity};
use crate::pipeline::digest::is_stale;
use crate::python;
use crate::values::{MAXIMUM_ARGUMENT_BYTES, ValueRules};
use dagwright_texts::t;
use indexmap::IndexMap;

pub(super) fn check(scope: &Scope, report: &mut Report) {
    for (key, component) in &scope.graph.components {
        match &component.implementation {
            Implementation::Container(container) => {
                image(key, &container.image, "implementation/container/image", report);
                self::container(key, component, container, report);
                environment(key, &container.env, "implementation/container/env", report);
                written(scope, key, report);
            }
            Implementation::Python(python) => {
                image(key, &python.image, "implementation/python/image", report);
                environment(key, &python.env, "implementation/python/env", report);
                if let Some(found) = python::oversized(key, python) {
                    report.push(found);
                }
            }
            Implementation::Graph(_) => {
                let message = t!("Component {key} is a sub-pipeline; sub-pipelines cannot run yet.", key);
                report.add(DiagnosticCode::NotRunYet, in_component(key, "implementation/graph"), message);
            }
            Implementation::Unknown(_) => {
                let message = t!("Component {key} has no implementation that this version can run.", key);
                report.add(DiagnosticCode::ImplementationUnknown, in_component(key, "implementation"), message);
            }
        }
        if is_stale(component) {
            let message = t!("Component {key} is not the one whose digest it carries.", key);
            report.add(DiagnosticCode::DigestMismatch, in_component(key, "digest"), message);
        }
        defaults(scope, key, report);
    }
}

fn image(key: &str, image: &str, field: &str, report: &mut Report) {
    if image.trim().is_empty() {
        report.add(DiagnosticCode::ImageMissing, in_component(key, field), t!("Component {key} has no image.", key));
    } else if image.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '{' | '}' | '"' | '\\')) {
        let message = t!("{image} cannot be the name of an image.", image = format!("{image:?}"));
        let found = report.add(DiagnosticCode::ImageMissing, in_component(key, field), message);
        found.hint =
            String::from(t!("Write it as registries do: python:3.11-slim or registry.example/team/image:tag."));
    }
}

fn container(key: &str, component: &Component, container: &ContainerImplementation, report: &mut Report) {
    if container.command.is_empty() {
        let message = t!("Component {key} names no command: only the image knows what to run.", key);
        report.add(DiagnosticCode::CommandMissing, in_component(key, "implementation/container/command"), message);
    }
    for (list, placeholders) in [("command", &container.command), ("args", &container.args)] {
        for (index, placeholder) in placeholders.iter().enumerate() {
            let field = format!("implementation/container/{list}/{index}");
            placeholder.walk(&mut |piece| self::placeholder(key, component, &field, piece, report));
        }
    }
    for output in container.file_outputs.keys() {
        if component.outputs.iter().all(|port| port.name != *output) {
            let place = in_component(key, format!("implementation/container/fileOutputs/{output}"));
            let message = t!("fileOutputs names an output {output} that the component does not have.", output);
            report.add(DiagnosticCode::PlaceholderUnknownPort, place, message);
        }
    }
}

fn placeholder(key: &str, component: &Component, field: &str, placeholder: &Placeholder, report: &mut Report) {
    let has_input = |name: &str| component.inputs.iter().any(|port| port.name == name);
    let unknown = match placeholder {
        Placeholder::InputValue(name) if !has_input(name) => Some(("inputValue", "input", name)),
        Placeholder::InputPath(name) if !has_input(name) => Some(("inputPath", "input", name)),
        Placeholder::If { condition: IfCondition::IsPresent(name), .. } if !has_input(name) => {
            Some(("isPresent", "input", name))
        }
        Placeholder::OutputPath(name) if component.outputs.iter().all(|port| port.name != *name) => {
            Some(("outputPath", "output", name))
        }
        Placeholder::Text(text) if text.len() > MAXIMUM_ARGUMENT_BYTES => {
            let message = t!(
                "An argument of component {key} is {kib} KiB long; 128 KiB is the most.",
                key,
                kib = text.len().div_ceil(1024)
            );
            report.add(DiagnosticCode::ArgumentTooLong, in_component(key, field), message);
            None
        }
        Placeholder::Text(text) if text.contains('\0') => {
            let message =
                t!("An argument of component {key} contains a zero byte, which no command line can hold.", key);
            let found = report.add(DiagnosticCode::FieldForm, in_component(key, field), message);
            found.hint = String::from(t!("Remove it."));
            None
        }
        Placeholder::Unknown(value) => {
            let name = value.as_object().and_then(|map| map.keys().next()).map_or("?", String::as_str);
            let message = t!("The placeholder {name} of component {key} cannot be carried out.", name, key);
            report.add(DiagnosticCode::PlaceholderUnsupported, in_component(key, field), message);
            None
        }
        _ => None,
    };
    if let Some((written, side, name)) = unknown {
        let message = match side {
            "input" => t!("{written} names an input {name} that component {key} does not have.", written, name, key),
            _ => t!("{written} names an output {name} that component {key} does not have.", written, name, key),
        };
        report.add(DiagnosticCode::PlaceholderUnknownPort, in_component(key, field), message);
    }
}

fn environment(key: &str, env: &IndexMap<String, String>, field: &str, report: &mut Report) {
    for (variable, value) in env {
        let place = in_component(key, format!("{field}/{variable}"));
        if !is_env_name(variable) {
            let message =
                t!("{variable} cannot be the name of an environment variable.", variable = format!("{variable:?}"));
            report.add(DiagnosticCode::EnvName, place.clone(), message);
        }
        if secrets::is_secret(variable, value) {
            let message = t!("The value of {variable} looks like a secret, and is stored openly.", variable);
            report.add(DiagnosticCode::SecretInPlainText, place, message);
        }
    }
}

fn written(scope: &Scope, key: &str, report: &mut Report) {
    let Some(ports) = scope.ports_of_component(key) else { return };
    let lost: Vec<(usize, &str)> = ports
        .outputs
        .iter()
        .enumerate()
        .filter(|(_, port)| !port.written)
        .map(|(i, port)| (i, port.name.as_str()))
        .collect();
    if let Some((index, _)) = lost.first() {
        let names = listed(lost.iter().map(|(_, name)| *name));
        let message = t!("Nothing in the command of component {key} writes: {names}.", key, names);
        report.add(DiagnosticCode::OutputNeverWritten, in_component(key, format!("outputs/{index}")), message);
    }
}

fn defaults(scope: &Scope, key: &str, report: &mut Report) {
    let Some(ports) = scope.ports_of_component(key) else { return };
    for (index, input) in ports.inputs.iter().enumerate() {
        let Some(default) = input.default.as_ref() else { continue };
        let Some(rules) = ValueRules::of_input(input) else { continue };
        if let Err(problem) = (ValueRules { default: None, ..rules }).check(default) {
            let message =
                t!("The default of input {input}: {problem}", input = input.name, problem = problem.message());
            let place = in_component(key, format!("inputs/{index}/default"));
            let found = report.add(DiagnosticCode::ValueForm, place, message);
            if default.is_string() {
                // Files of KFP's often have `default: ''` for a list; KFP passes the text as it is.
                found.severity = Severity::Warning;
                found.hint = String::from(t!("The text is passed as it stands, as Kubeflow Pipelines does."));
            }
        }
    }
}
