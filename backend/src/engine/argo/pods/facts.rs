//! What matters of a pod and of its events, taken out of the API's objects: a thousand pods are kept in mind at once, and
//! a pod of Argo's carries its whole template in its environment. Pure.

use crate::engine::argo::names::RUN;
use k8s_openapi::api::core::v1::{ContainerStatus, Event, Pod};

/// Label that Argo gives to every pod, with the Workflow's name.
pub const WORKFLOW_LABEL: &str = "workflows.argoproj.io/workflow";
/// Container of the task's own program.
pub const MAIN: &str = "main";

const NODE_ID: &str = "workflows.argoproj.io/node-id";
const NODE_NAME: &str = "workflows.argoproj.io/node-name";

/// A pod of a Workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodFacts {
    /// Its name.
    pub name: String,
    /// The run's id.
    pub run: String,
    /// The Workflow's name.
    pub workflow: String,
    /// Id of the node in the Workflow's status.
    pub node_id: String,
    /// Name of the node in the Workflow's status, such as `digits-x7.train(0)`.
    pub node_name: String,
    /// `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`.
    pub phase: String,
    /// Why it ended as a whole, such as `Evicted`; empty: nothing is said.
    pub reason: String,
    /// The words to that.
    pub message: String,
    /// Whether somebody deletes it.
    pub is_deleted: bool,
    /// Whether it has a node.
    pub is_scheduled: bool,
    /// Why the scheduler finds no node; empty: it does not say.
    pub unschedulable: String,
    /// Reason and words of a disruption (eviction, preemption, a node that went).
    pub disruption: Option<(String, String)>,
    /// Init containers first, then the others, as the pod lists them.
    pub containers: Vec<ContainerFacts>,
    /// Claims that it mounts.
    pub claims: Vec<String>,
    /// Since when the program runs, milliseconds since 1970.
    pub running_since: Option<u64>,
    /// The program's memory limit, as written.
    pub memory_limit: Option<String>,
}

/// A container of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerFacts {
    /// `init`, `wait`, `main`.
    pub name: String,
    /// The image's name.
    pub image: String,
    /// Where it stands.
    pub state: ContainerState,
}

/// Where a container stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ContainerState {
    /// Nothing is said yet.
    #[default]
    Unknown,
    /// It waits.
    Waiting {
        /// Such as `ErrImagePull`.
        reason: String,
        /// The words to that.
        message: String,
    },
    /// It runs.
    Running,
    /// It has ended.
    Ended {
        /// Its exit code.
        exit_code: i32,
        /// Such as `OOMKilled`.
        reason: String,
        /// The words to that.
        message: String,
    },
}

/// An event about a pod or a claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFacts {
    /// Such as `FailedScheduling`.
    pub reason: String,
    /// The words to that.
    pub message: String,
    /// The container it is about; empty: the whole pod.
    pub container: String,
    /// Whether it warns.
    pub is_warning: bool,
}

impl PodFacts {
    /// What matters of a pod.
    pub fn of(pod: &Pod) -> Self {
        let metadata = &pod.metadata;
        let label = |name: &str| metadata.labels.as_ref().and_then(|all| all.get(name)).cloned().unwrap_or_default();
        let note =
            |name: &str| metadata.annotations.as_ref().and_then(|all| all.get(name)).cloned().unwrap_or_default();
        let mut facts = Self {
            name: metadata.name.clone().unwrap_or_default(),
            run: label(RUN),
            workflow: label(WORKFLOW_LABEL),
            node_id: note(NODE_ID),
            node_name: note(NODE_NAME),
            is_deleted: metadata.deletion_timestamp.is_some(),
            ..Self::default()
        };
        if let Some(spec) = &pod.spec {
            let volumes = spec.volumes.iter().flatten();
            facts.claims = volumes
                .filter_map(|volume| volume.persistent_volume_claim.as_ref())
                .map(|claim| claim.claim_name.clone())
                .collect();
            facts.is_scheduled = spec.node_name.as_ref().is_some_and(|node| !node.is_empty());
            for container in spec.init_containers.iter().flatten().chain(&spec.containers) {
                let image = container.image.clone().unwrap_or_default();
                let name = container.name.clone();
                if name == MAIN {
                    let limits = container.resources.as_ref().and_then(|resources| resources.limits.as_ref());
                    facts.memory_limit = limits.and_then(|limits| limits.get("memory")).map(|limit| limit.0.clone());
                }
                facts.containers.push(ContainerFacts { name, image, state: ContainerState::Unknown });
            }
        }
        if let Some(status) = &pod.status {
            facts.phase = status.phase.clone().unwrap_or_default();
            facts.reason = status.reason.clone().unwrap_or_default();
            facts.message = status.message.clone().unwrap_or_default();
            for condition in status.conditions.iter().flatten() {
                let words = condition.message.clone().unwrap_or_default();
                match condition.type_.as_str() {
                    "PodScheduled" if condition.status == "False" => facts.unschedulable = words,
                    "DisruptionTarget" if condition.status == "True" => {
                        facts.disruption = Some((condition.reason.clone().unwrap_or_default(), words));
                    }
                    _ => {}
                }
            }
            let statuses = status.init_container_statuses.iter().flatten();
            for found in statuses.chain(status.container_statuses.iter().flatten()) {
                if found.name == MAIN {
                    let running = found.state.as_ref().and_then(|state| state.running.as_ref());
                    let since = running.and_then(|running| running.started_at.as_ref());
                    facts.running_since = since.and_then(|since| u64::try_from(since.0.as_millisecond()).ok());
                }
                if let Some(container) = facts.containers.iter_mut().find(|container| container.name == found.name) {
                    container.state = state(found);
                }
            }
        }
        facts
    }

    /// The container of the task's own program.
    pub fn main(&self) -> Option<&ContainerFacts> {
        self.containers.iter().find(|container| container.name == MAIN)
    }

    /// Whether the pod has come to its end.
    pub fn has_ended(&self) -> bool {
        matches!(self.phase.as_str(), "Succeeded" | "Failed")
    }
}

fn state(status: &ContainerStatus) -> ContainerState {
    let Some(state) = &status.state else { return ContainerState::Unknown };
    if let Some(ended) = &state.terminated {
        let (reason, message) = (ended.reason.clone().unwrap_or_default(), ended.message.clone().unwrap_or_default());
        return ContainerState::Ended { exit_code: ended.exit_code, reason, message };
    }
    if state.running.is_some() {
        return ContainerState::Running;
    }
    match &state.waiting {
        Some(waiting) => ContainerState::Waiting {
            reason: waiting.reason.clone().unwrap_or_default(),
            message: waiting.message.clone().unwrap_or_default(),
        },
        None => ContainerState::Unknown,
    }
}

impl EventFacts {
    /// What matters of an event.
    pub fn of(event: &Event) -> Self {
        let path = event.involved_object.field_path.as_deref().unwrap_or_default();
        let container = path.split_once('{').and_then(|(_, rest)| rest.strip_suffix('}')).unwrap_or_default();
        Self {
            reason: event.reason.clone().unwrap_or_default(),
            message: event.message.clone().unwrap_or_default(),
            container: String::from(container),
            is_warning: event.type_.as_deref() == Some("Warning"),
        }
    }
}
