//! Pipeline parameters: their defaults and limits, and a run's values for them.

use super::{Arguments, Report, Scope, in_parameter, listed, secrets};
use crate::diagnostic::DiagnosticCode;
use crate::pipeline::{Graph, Parameter};
use crate::values::{ValueProblem, ValueRules};
use dagwright_texts::t;
use serde_json::Value;

pub(super) fn check(scope: &Scope, report: &mut Report) {
    for (name, parameter) in &scope.graph.parameters {
        if let Some(default) = parameter.default.as_ref().filter(|default| !default.is_null()) {
            value(name, parameter, default, "default", report);
            if secrets::is_secret(name, default.as_str().unwrap_or_default()) {
                let message = t!("The default of parameter {name} looks like a secret.", name);
                report.add(DiagnosticCode::SecretInPlainText, in_parameter(name, "default"), message);
            }
        }
        if let (Some(minimum), Some(maximum)) = (parameter.minimum, parameter.maximum)
            && minimum > maximum
        {
            let message = t!(
                "Parameter {name} allows no value: its minimum {minimum} is over its maximum {maximum}.",
                name,
                minimum,
                maximum
            );
            report.add(DiagnosticCode::ValueRange, in_parameter(name, "minimum"), message);
        }
        if let Some(rules) = ValueRules::of_parameter(parameter) {
            let bare = ValueRules { choices: &[], minimum: None, maximum: None, ..rules };
            for choice in &parameter.choices {
                if let Err(problem) = bare.check(choice) {
                    let message =
                        t!("Choice {choice} of parameter {name}: {problem}", choice, name, problem = problem.message());
                    report.add(DiagnosticCode::ValueForm, in_parameter(name, "enum"), message);
                }
            }
        }
    }
}

pub(super) fn check_arguments(graph: &Graph, arguments: &Arguments, report: &mut Report) {
    for name in arguments.keys().filter(|name| !graph.parameters.contains_key(name.as_str())) {
        let known = listed(graph.parameters.keys().map(String::as_str));
        let message = t!("There is no parameter {name}; the pipeline's parameters are: {known}.", name, known);
        report.add(DiagnosticCode::ArgumentForUnknownParameter, in_parameter(name, ""), message);
    }
    for (name, parameter) in &graph.parameters {
        match arguments.get(name).filter(|value| !value.is_null()) {
            Some(given) => value(name, parameter, given, "", report),
            None if parameter.optional => {}
            None if parameter.default.as_ref().is_some_and(|default| !default.is_null()) => {}
            None => {
                let message = t!("Parameter {name} has no value.", name);
                report.add(DiagnosticCode::ParameterWithoutValue, in_parameter(name, ""), message);
            }
        }
    }
}

/// Checks one value against its parameter.
fn value(name: &str, parameter: &Parameter, value: &Value, field: &str, report: &mut Report) {
    let what = if field.is_empty() { t!("Parameter") } else { t!("The default of parameter") };
    match ValueRules::of_parameter(parameter) {
        Some(rules) => {
            // A default that is named as the remedy for itself helps nobody.
            let rules = if field.is_empty() { rules } else { ValueRules { default: None, ..rules } };
            if let Err(problem) = rules.check(value) {
                let code = match problem {
                    ValueProblem::Form(_) => DiagnosticCode::ValueForm,
                    ValueProblem::Range(_) => DiagnosticCode::ValueRange,
                };
                report.add(
                    code,
                    in_parameter(name, field),
                    t!("{what} {name}: {problem}", what, name, problem = problem.message()),
                );
            }
        }
        None if value.as_str().is_some_and(super::settings::is_artifact_reference) => {}
        None => {
            let message = t!("{what} {name} is neither an uploaded file nor an s3:// key.", what, name);
            report.add(DiagnosticCode::ArtifactReference, in_parameter(name, field), message);
        }
    }
}
