//! Who may do what: the server's account and that of Workflows' pods, by the engine's own table of rights.

use super::{ManifestSettings, NAME};
use crate::engine::argo::rights::{EXECUTOR_RIGHTS, RIGHTS, Right};
use serde_json::{Value, json};

const API: &str = "rbac.authorization.k8s.io/v1";
/// Name of the Role of Workflows' pods.
const EXECUTOR: &str = "dagwright-executor";

/// The server's account and what it may do.
pub(super) fn server(settings: &ManifestSettings) -> Vec<Value> {
    vec![account(settings, NAME), role(settings, NAME, RIGHTS), binding(settings, NAME, NAME)]
}

/// The account of Workflows' pods, where it is not the namespace's own, and what it may do.
pub(super) fn executor(settings: &ManifestSettings) -> Vec<Value> {
    let name = settings.executor_account.as_str();
    let mut objects = Vec::new();
    if name != "default" {
        objects.push(account(settings, name));
    }
    objects.push(role(settings, EXECUTOR, EXECUTOR_RIGHTS));
    objects.push(binding(settings, EXECUTOR, name));
    objects
}

fn account(settings: &ManifestSettings, name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": settings.metadata(name)})
}

fn role(settings: &ManifestSettings, name: &str, rights: &[Right]) -> Value {
    let rule =
        |right: &Right| json!({"apiGroups": [right.group], "resources": [right.role_name()], "verbs": right.verbs});
    let rules: Vec<Value> = rights.iter().map(rule).collect();
    json!({"apiVersion": API, "kind": "Role", "metadata": settings.metadata(name), "rules": rules})
}

fn binding(settings: &ManifestSettings, role: &str, account: &str) -> Value {
    json!({
        "apiVersion": API,
        "kind": "RoleBinding",
        "metadata": settings.metadata(role),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": settings.namespace}],
    })
}
