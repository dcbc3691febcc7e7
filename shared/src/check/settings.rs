//! Settings of a task: environment, resources, retries, timeouts, node selectors; and the forms of Kubernetes' names.

use super::{Report, in_task, secrets};
use crate::diagnostic::{DiagnosticCode, Place, Severity};
use crate::pipeline::{EnvValue, KubernetesSettings, Task};
use crate::quantity::{quantity, seconds};
use crate::values::MAXIMUM_ARGUMENT_BYTES;
use dagwright_texts::t;

pub(super) fn check(name: &str, task: &Task, report: &mut Report) {
    environment(name, task, report);
    resources(name, task, report);
    times(name, task, report);
    placement(name, task, report);
    not_run_yet(name, task, report);
}

/// What all pods have in common.
pub(super) fn kubernetes(settings: &KubernetesSettings, report: &mut Report) {
    if let Some(account) = settings.service_account.as_deref().filter(|name| !is_subdomain(name)) {
        let message = t!("{account} cannot be the name of a service account.", account = format!("{account:?}"));
        report.add(DiagnosticCode::KubernetesName, graph_place("kubernetes/serviceAccount"), message);
    }
    for (index, secret) in settings.image_pull_secrets.iter().enumerate().filter(|(_, name)| !is_subdomain(name)) {
        let message = t!("{secret} cannot be the name of a secret.", secret = format!("{secret:?}"));
        let place = graph_place(&format!("kubernetes/imagePullSecrets/{index}"));
        report.add(DiagnosticCode::KubernetesName, place, message);
    }
}

fn environment(name: &str, task: &Task, report: &mut Report) {
    for (variable, value) in &task.env {
        let field = format!("env/{variable}");
        if !is_env_name(variable) {
            let message =
                t!("{variable} cannot be the name of an environment variable.", variable = format!("{variable:?}"));
            report.add(DiagnosticCode::EnvName, in_task(name, &field), message);
        }
        match value {
            EnvValue::Value(text) if secrets::is_secret(variable, text) => {
                let message = t!("The value of {variable} looks like a secret, and is stored openly.", variable);
                report.add(DiagnosticCode::SecretInPlainText, in_task(name, field), message);
            }
            EnvValue::Value(text) if text.contains('\0') || text.len() > MAXIMUM_ARGUMENT_BYTES => {
                let message = t!("No environment can hold the value of {variable}.", variable);
                let found = report.add(DiagnosticCode::ArgumentTooLong, in_task(name, field), message);
                found.hint = String::from(t!("Keep it under 128 KiB and without zero bytes."));
            }
            EnvValue::Value(_) => {}
            EnvValue::Secret { name: secret, key } => {
                if !is_subdomain(secret) {
                    let message = t!("{secret} cannot be the name of a secret.", secret = format!("{secret:?}"));
                    report.add(DiagnosticCode::KubernetesName, in_task(name, &field), message);
                }
                if !is_secret_key(key) {
                    let message = t!("{key} cannot be a key of a secret.", key = format!("{key:?}"));
                    let found = report.add(DiagnosticCode::KubernetesName, in_task(name, field), message);
                    found.hint = String::from(t!("Use letters, digits, '-', '_' and '.', at most 253 characters."));
                }
            }
            EnvValue::Unknown(_) => {
                let message = t!("The value of {variable} has a form that is not known.", variable);
                let found = report.add(DiagnosticCode::FieldForm, in_task(name, field), message);
                found.hint = String::from(t!("Write a text, or {secret: name/key}."));
            }
        }
    }
}

fn resources(name: &str, task: &Task, report: &mut Report) {
    for (kind, map) in [("requests", &task.resources.requests), ("limits", &task.resources.limits)] {
        for (resource, amount) in map {
            let place = in_task(name, format!("resources/{kind}/{resource}"));
            if !is_qualified_name(resource) {
                let message = t!("{resource} cannot be the name of a resource.", resource = format!("{resource:?}"));
                let found = report.add(DiagnosticCode::KubernetesName, place, message);
                found.hint = String::from(t!("Use cpu, memory, or a name such as nvidia.com/gpu."));
            } else if quantity(amount).is_none() {
                let message = t!("{amount} is not an amount of {resource}.", amount = format!("{amount:?}"), resource);
                report.add(DiagnosticCode::Quantity, place, message);
            }
        }
    }
    for (resource, request) in &task.resources.requests {
        let Some(limit) = task.resources.limits.get(resource) else { continue };
        if let (Some(asked), Some(most)) = (quantity(request), quantity(limit))
            && asked > most
        {
            let message =
                t!("The request of {request} {resource} is more than the limit of {limit}.", request, resource, limit);
            let found =
                report.add(DiagnosticCode::Quantity, in_task(name, format!("resources/requests/{resource}")), message);
            found.hint = String::from(t!("Lower the request or raise the limit."));
        }
    }
}

fn times(name: &str, task: &Task, report: &mut Report) {
    let mut duration = |field: &str, text: &Option<String>, message: fn(String) -> String| {
        let Some(text) = text else { return };
        if seconds(text).is_none() {
            report.add(DiagnosticCode::Duration, in_task(name, field), message(format!("{text:?}")));
        }
    };
    duration("timeout", &task.timeout, |text| t!("{text} is not a timeout.", text));
    let Some(retry) = &task.retry else {
        if task.timeout.as_deref().and_then(seconds) == Some(0) {
            report.add(
                DiagnosticCode::Duration,
                in_task(name, "timeout"),
                t!("A timeout of 0 would end the task at once."),
            );
        }
        return;
    };
    let wait = |text| t!("{text} is not a wait.", text);
    duration("retry/backoff", &retry.backoff, wait);
    duration("retry/maxBackoff", &retry.max_backoff, wait);
    if retry.factor.is_some_and(|factor| !(1.0..=1000.0).contains(&factor)) {
        let message = t!("The factor of a retry must be between 1 and 1000.");
        report.add(DiagnosticCode::ValueRange, in_task(name, "retry/factor"), message);
    }
}

fn placement(name: &str, task: &Task, report: &mut Report) {
    for (label, value) in &task.node_selector {
        if !is_qualified_name(label) || !is_label_value(value) {
            let place = in_task(name, format!("nodeSelector/{label}"));
            let message = t!("{label}={value} cannot be a label of a node.", label, value);
            let found = report.add(DiagnosticCode::KubernetesName, place, message);
            found.hint = String::from(t!("Use letters, digits, '-', '_' and '.', at most 63 characters on each side."));
        }
    }
    for (index, toleration) in task.tolerations.iter().enumerate() {
        if !toleration.is_object() {
            let place = in_task(name, format!("tolerations/{index}"));
            let found = report.add(DiagnosticCode::FieldForm, place, t!("A toleration must be a mapping."));
            found.hint = String::from(t!("Write it in Kubernetes' form: {key, operator, value, effect}."));
        }
    }
}

fn not_run_yet(name: &str, task: &Task, report: &mut Report) {
    let mut carried = |field: &str, message: &str| {
        report.add(DiagnosticCode::NotRunYet, in_task(name, field), message);
    };
    if task.when.is_some() {
        carried("when", t!("A task with a condition (when) cannot run yet."));
    }
    if task.for_each.is_some() {
        carried("forEach", t!("A task in a loop (forEach) cannot run yet."));
    }
    if task.cache == Some(true) {
        // Running a task although its result might be known is right, only slower: no reason to refuse the run.
        let message = t!("Known results are not taken yet: the task runs every time.");
        let found = report.add(DiagnosticCode::NotRunYet, in_task(name, "cache"), message);
        found.severity = Severity::Note;
        found.hint = String::from(t!("Nothing needs to be done."));
    }
}

/// Whether a reference is an upload (`upload:<sha256>/<name>`) or `s3://bucket/key`.
pub(crate) fn is_artifact_reference(text: &str) -> bool {
    if let Some(upload) = text.strip_prefix("upload:") {
        let digest = upload.split('/').next().unwrap_or_default();
        return digest.len() == 64 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    }
    let Some((bucket, key)) = text.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) else { return false };
    let plain = !key.contains("{{") && !key.chars().any(char::is_control);
    let inside = key.split('/').all(|segment| segment != "." && segment != "..");
    is_subdomain(bucket)
        && !key.trim_matches('/').is_empty()
        && !key.starts_with('/')
        && key.len() <= 1024
        && plain
        && inside
}

/// An environment variable's name: `[A-Za-z_][A-Za-z0-9_]*`.
pub(super) fn is_env_name(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A DNS subdomain as Kubernetes names most objects: at most 253 of `[a-z0-9.-]`, each part with a letter or digit at its ends.
pub(super) fn is_subdomain(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    name.len() <= 253 && name.split('.').all(part)
}

fn is_secret_key(key: &str) -> bool {
    (1..=253).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// `[prefix/]name` as for labels and resources.
fn is_qualified_name(name: &str) -> bool {
    match name.split_once('/') {
        Some((prefix, name)) => is_subdomain(prefix) && !name.is_empty() && is_label_value(name),
        None => !name.is_empty() && is_label_value(name),
    }
}

fn is_label_value(value: &str) -> bool {
    let ends_well = |c: char| c.is_ascii_alphanumeric();
    value.len() <= 63
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && (value.is_empty() || (value.starts_with(ends_well) && value.ends_with(ends_well)))
}

/// A place in the pipeline as a whole that has no record of its own.
pub(super) fn graph_place(path: &str) -> Place {
    Place::File { path: String::from(path) }
}
