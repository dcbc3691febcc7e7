//! The rights that the engine needs in its namespace, and those of its tasks' pods: the one table that `dagwright manifests`
//! grants and `dagwright doctor` asks about. Whoever calls the API server for something new adds it here.

/// Verbs on one kind of object in the namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right {
    /// API group; empty: the core's.
    pub group: &'static str,
    /// Plural, as in URLs.
    pub resource: &'static str,
    /// Part of an object that has rights of its own, such as `log`.
    pub subresource: Option<&'static str>,
    /// `get`, `list`, `watch`, `create`, `patch`, `delete`.
    pub verbs: &'static [&'static str],
    /// What for.
    pub purpose: &'static str,
}

impl Right {
    /// As Roles write it: `pods/log`.
    pub fn role_name(&self) -> String {
        let part = self.subresource.map(|part| format!("/{part}")).unwrap_or_default();
        format!("{}{part}", self.resource)
    }

    /// As kubectl takes it: `workflows.argoproj.io`, `pods/log`.
    pub fn kubectl_name(&self) -> String {
        if self.group.is_empty() { self.role_name() } else { format!("{}.{}", self.role_name(), self.group) }
    }
}

const fn core(resource: &'static str, verbs: &'static [&'static str], purpose: &'static str) -> Right {
    Right { group: "", resource, subresource: None, verbs, purpose }
}

/// The server's.
pub const RIGHTS: &[Right] = &[
    Right {
        group: "argoproj.io",
        resource: "workflows",
        subresource: None,
        verbs: &["create", "get", "list", "watch", "patch", "delete"],
        purpose: "start, watch, stop and clear up runs",
    },
    core("pods", &["get", "list", "watch"], "why a task waits, and whose logs are whose"),
    Right { group: "", resource: "pods", subresource: Some("log"), verbs: &["get"], purpose: "live logs" },
    core("events", &["list", "watch"], "why a task waits"),
    core("persistentvolumeclaims", &["create", "get", "list", "delete"], "volumes that are kept between runs"),
    core("configmaps", &["create", "get", "patch"], "long texts of runs, and where artifacts lie"),
];

/// Those of the pods of Workflows: Argo's executor reports outputs by them.
pub const EXECUTOR_RIGHTS: &[Right] = &[Right {
    group: "argoproj.io",
    resource: "workflowtaskresults",
    subresource: None,
    verbs: &["create", "patch"],
    purpose: "Argo's executor reports a task's outputs",
}];
