//! The settings of a task as templates have them, and the key by which tasks with equal ones find their template.

use super::inputs::Resolved;
use crate::component::ContainerImplementation;
use crate::pipeline::{EnvValue, Retry, Task};
use crate::plan::{PlanEnv, PlanEnvValue, PlanResources, PlanRetry};
use crate::quantity::seconds;
use std::collections::BTreeMap;

/// What makes a rendering differ from another of the same component.
pub(super) fn key(task: &Task, resolved: &Resolved, asks_values: bool) -> String {
    let mut key: String = resolved.inputs.iter().map(|input| if input.source.is_some() { '1' } else { '0' }).collect();
    if asks_values {
        for input in &resolved.inputs {
            key.push_str(&format!("|{:?}", input.text));
        }
    }
    if task.mounts.is_empty()
        && task.env.is_empty()
        && task.retry.is_none()
        && task.timeout.is_none()
        && task.node_selector.is_empty()
        && task.tolerations.is_empty()
        && task.resources.requests.is_empty()
        && task.resources.limits.is_empty()
    {
        return key;
    }
    let mounts: Vec<_> =
        task.mounts.iter().map(|mount| (&mount.volume, &mount.path, mount.read_only, &mount.sub_path)).collect();
    let env: BTreeMap<_, _> = task.env.iter().collect();
    let resources = PlanResources::from(&task.resources);
    let timeout = task.timeout.as_deref().and_then(seconds);
    let selector: BTreeMap<_, _> = task.node_selector.iter().collect();
    let retry = task.retry.as_ref().map(retry);
    key.push_str(&format!(
        "|{mounts:?}|{env:?}|{resources:?}|{retry:?}|{timeout:?}|{selector:?}|{:?}",
        task.tolerations
    ));
    key
}

/// The component's environment under the task's, in name order.
pub(super) fn environment(container: &ContainerImplementation, task: &Task) -> Vec<PlanEnv> {
    let mut variables: BTreeMap<&str, PlanEnvValue> =
        container.env.iter().map(|(name, value)| (name.as_str(), PlanEnvValue::Text(value.clone()))).collect();
    for (name, value) in &task.env {
        let value = match value {
            EnvValue::Value(text) => PlanEnvValue::Text(text.clone()),
            EnvValue::Secret { name, key } => PlanEnvValue::Secret { name: name.clone(), key: key.clone() },
            // `check` has refused it.
            EnvValue::Unknown(_) => continue,
        };
        variables.insert(name, value);
    }
    variables.into_iter().map(|(name, value)| PlanEnv { name: String::from(name), value }).collect()
}

/// Durations in seconds, with what is left out filled in.
pub(super) fn retry(retry: &Retry) -> PlanRetry {
    PlanRetry {
        limit: retry.limit,
        backoff_seconds: retry.backoff.as_deref().and_then(seconds).unwrap_or(0),
        factor: retry.factor.unwrap_or(1.0),
        max_backoff_seconds: retry.max_backoff.as_deref().and_then(seconds),
    }
}
