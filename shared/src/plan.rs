//! The Plan: a checked, resolved, ordered pipeline; what engines and exporters consume. Immutable, versioned, stored
//! with its run. It refers to everything by ASCII slugs and keeps the author's names beside them; no slug is ever undone.

use crate::pipeline::Resources;
use crate::types::PortType;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the Plan's form; engines refuse another.
pub const PLAN_VERSION: u32 = 1;

/// A compiled pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// [`PLAN_VERSION`].
    pub version: u32,
    /// The pipeline's name as written.
    pub pipeline: String,
    /// Its slug: a DNS label of at most 40 characters, room for a suffix to 63.
    pub slug: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The service account that pods run as; `None` is the namespace's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<String>,
    /// Names of the secrets that images are pulled with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub image_pull_secrets: Vec<String>,
    /// Parameters in the author's order, with this run's values.
    pub parameters: Vec<PlanParameter>,
    /// Volumes that some task mounts.
    pub volumes: Vec<PlanVolume>,
    /// Distinct rendered templates, in the order of first use.
    pub templates: Vec<PlanTemplate>,
    /// Tasks in topological order; among equals the document's order.
    pub tasks: Vec<PlanTask>,
}

/// A pipeline parameter with its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanParameter {
    /// As written.
    pub name: String,
    /// `[-a-zA-Z0-9_]+`.
    pub slug: String,
    /// What it carries.
    pub port_type: PortType,
    /// The value as text (CONTRACTS.md, "Values"); for an artifact its reference. `None`: optional and absent.
    pub value: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A volume with what it becomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanVolume {
    /// As written.
    pub name: String,
    /// A DNS label.
    pub slug: String,
    /// How long it lives, and under what name.
    pub lifetime: PlanLifetime,
    /// Kubernetes quantity; `None` for an existing claim.
    pub size: Option<String>,
    /// Kubernetes' access modes.
    pub access_modes: Vec<String>,
    /// StorageClass; `None` is the cluster's default.
    pub storage_class: Option<String>,
}

/// How long a volume lives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "claim", rename_all = "lowercase")]
pub enum PlanLifetime {
    /// One per pipeline and name. The claim's name (a DNS label): `<pipeline slug>-<volume slug>`.
    Kept(String),
    /// Made for the run.
    Run,
    /// An existing claim's name.
    Claim(String),
}

/// What tasks of one component share when all but their arguments is equal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanTemplate {
    /// `<component>`, `<component>-2`, …
    pub slug: String,
    /// The component's name as written.
    pub component: String,
    /// The image's reference.
    pub image: String,
    /// Entry point; empty is the image's own.
    pub command: Vec<PlanText>,
    /// Arguments.
    pub args: Vec<PlanText>,
    /// pip requirements of a Python function; the bootstrap installs what is not satisfied, an engine may prepare them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<String>,
    /// Environment, in name order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<PlanEnv>,
    /// Inputs that have a value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<PlanInput>,
    /// All outputs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<PlanOutput>,
    /// Mounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<PlanMount>,
    /// Requests and limits: resource name → quantity.
    #[serde(default, skip_serializing_if = "PlanResources::is_empty")]
    pub resources: PlanResources,
    /// What happens when an attempt fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<PlanRetry>,
    /// Longest time of one attempt, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// Kubernetes node labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub node_selector: BTreeMap<String, String>,
    /// Kubernetes tolerations, in Kubernetes' own form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tolerations: Vec<serde_json::Value>,
}

/// One argument of a command line: its pieces, joined.
pub type PlanText = Vec<PlanPiece>;

/// A piece of an argument; ports by slug.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PlanPiece {
    /// Literal text.
    Text(String),
    /// The input's value as text.
    InputValue(String),
    /// The path of the input's file or folder.
    InputPath(String),
    /// The path where the output is to be written.
    OutputPath(String),
}

/// An input of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanInput {
    /// As written.
    pub name: String,
    /// Unique in the template; ports of both sides share one space.
    pub slug: String,
    /// What it carries.
    pub port_type: PortType,
    /// Whether the command uses the value as text. An artifact used so is read as UTF-8, at most 128 KiB.
    pub as_value: bool,
    /// Whether the command uses a path.
    pub as_file: bool,
}

/// An output of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanOutput {
    /// As written.
    pub name: String,
    /// Unique in the template.
    pub slug: String,
    /// What it carries.
    pub port_type: PortType,
    /// A literal path (KFP v1's `fileOutputs`); `None`: the engine chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// A mount.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanMount {
    /// The volume's slug.
    pub volume: String,
    /// Absolute path inside the task.
    pub path: String,
    /// Whether the task may only read.
    #[serde(default)]
    pub read_only: bool,
    /// A folder inside the volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_path: Option<String>,
}

/// An environment variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanEnv {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: PlanEnvValue,
}

/// An environment variable's value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PlanEnvValue {
    /// Plain text.
    Text(String),
    /// By name and key only.
    Secret {
        /// The secret's name.
        name: String,
        /// The key in it.
        key: String,
    },
}

/// Requests and limits: resource name → quantity.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanResources {
    /// What the scheduler reserves.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub requests: BTreeMap<String, String>,
    /// What it may use at most.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, String>,
}

impl PlanResources {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.limits.is_empty()
    }
}

impl From<&Resources> for PlanResources {
    fn from(resources: &Resources) -> Self {
        let sorted = |map: &indexmap::IndexMap<String, String>| map.clone().into_iter().collect();
        Self { requests: sorted(&resources.requests), limits: sorted(&resources.limits) }
    }
}

/// What happens when an attempt fails.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanRetry {
    /// Attempts after the first.
    pub limit: u32,
    /// Wait before the first retry, seconds.
    pub backoff_seconds: u64,
    /// Each wait is this times the last.
    pub factor: f64,
    /// The longest wait, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_backoff_seconds: Option<u64>,
}

/// One task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanTask {
    /// As written.
    pub name: String,
    /// Unique in the Plan. The task path of S3 keys; with sub-pipelines it will have slashes.
    pub slug: String,
    /// The template's slug.
    pub template: String,
    /// Inputs with a value, in the template's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<PlanArgument>,
    /// Slugs of tasks that must have succeeded before (data, hand-overs and `after`), in document order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<String>,
}

/// What feeds one input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanArgument {
    /// The input's slug.
    pub input: String,
    /// Where the value comes from.
    pub source: PlanSource,
}

/// Where an input's value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PlanSource {
    /// A text put together when the task starts. Into an artifact input: the file's content.
    Value(Vec<PlanValuePiece>),
    /// An upstream artifact.
    Artifact {
        /// The producing task's slug.
        task: String,
        /// Its output's slug.
        output: String,
    },
    /// A stored file or folder: `upload:<sha256>/<name>` or `s3://bucket/key`.
    Stored(String),
    /// A pipeline parameter (by slug) of an artifact type: its value is such a reference.
    StoredParameter(String),
}

/// A piece of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PlanValuePiece {
    /// Literal text.
    Text(String),
    /// A pipeline parameter, by slug.
    Parameter(String),
    /// An upstream parameter output.
    Output {
        /// The producing task's slug.
        task: String,
        /// Its output's slug.
        output: String,
    },
}

impl Plan {
    /// The template of a task, if the Plan is whole.
    pub fn template(&self, slug: &str) -> Option<&PlanTemplate> {
        self.templates.iter().find(|template| template.slug == slug)
    }

    /// A task by its slug.
    pub fn task(&self, slug: &str) -> Option<&PlanTask> {
        self.tasks.iter().find(|task| task.slug == slug)
    }
}
