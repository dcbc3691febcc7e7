//! The document: a pipeline with its parameters, volumes, components, tasks and their places on the canvas.
//! Data only; edits go through `change`, files through `file`. Names are the identities: every map is keyed by name.

#[cfg(any(test, feature = "testing"))]
pub mod arbitrary;
pub mod change;
pub mod digest;
pub mod edit;
pub mod file;
pub mod history;
pub mod origin;
pub mod record;
pub mod text;

use crate::component::{Component, Extra};
use crate::types::TypeSpec;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The `apiVersion` of files written by this version.
pub const API_VERSION: &str = "dagwright.dev/v1";

/// A pipeline: a graph with a name. What a file, a link and the store hold.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Pipeline {
    /// Name and description.
    pub metadata: Metadata,
    /// What all its pods have in common.
    pub kubernetes: KubernetesSettings,
    /// Parameters, volumes, components, tasks.
    pub graph: Graph,
    /// Unknown fields at the top of the file.
    pub extra: Extra,
}

/// `metadata` of the file.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Metadata {
    /// What people call it; any Unicode text.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// Unknown fields.
    pub extra: Extra,
}

/// `kubernetes` of the file: what all pods of a pipeline have in common. Without effect on this machine's engine.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct KubernetesSettings {
    /// The service account that pods run as; `None` is the namespace's default.
    pub service_account: Option<String>,
    /// Secrets of type `kubernetes.io/dockerconfigjson`, by name, that images are pulled with.
    pub image_pull_secrets: Vec<String>,
    /// Unknown fields.
    pub extra: Extra,
}

/// The body of a pipeline or of a sub-pipeline. All maps keep the author's order.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Graph {
    /// By name; for a sub-pipeline these are its inputs.
    pub parameters: IndexMap<String, Parameter>,
    /// By name.
    pub volumes: IndexMap<String, Volume>,
    /// Every component in use, by the key that tasks refer to.
    pub components: IndexMap<String, Component>,
    /// By name.
    pub tasks: IndexMap<String, Task>,
    /// Name of an exit task, run whatever happened. Carried; not run yet.
    pub on_exit: Option<String>,
    /// Outputs of a sub-pipeline: name → what feeds it.
    pub outputs: IndexMap<String, Argument>,
    /// Frames, notes and whatever else `layout` held.
    pub layout_extra: Extra,
}

/// A pipeline parameter. Artifact types are allowed: the run form then takes a file or a key.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Parameter {
    /// The type as written; `None` means String.
    pub type_spec: Option<TypeSpec>,
    /// The value when a run gives none.
    pub default: Option<Value>,
    /// For people.
    pub description: Option<String>,
    /// The only values allowed; empty means any.
    pub choices: Vec<Value>,
    /// Smallest number allowed.
    pub minimum: Option<f64>,
    /// Largest number allowed.
    pub maximum: Option<f64>,
    /// Whether a run may leave it without a value.
    pub optional: bool,
    /// Unknown fields.
    pub extra: Extra,
}

/// Persistent storage that the pipeline declares.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Volume {
    /// A Kubernetes quantity, such as `1Gi`. `None` for an existing claim.
    pub size: Option<String>,
    /// Kubernetes' names: ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod.
    pub access_modes: Vec<String>,
    /// A StorageClass's name; `None` takes the cluster's default.
    pub storage_class: Option<String>,
    /// How long it lives.
    pub lifetime: VolumeLifetime,
    /// Where its drum stands on the canvas.
    pub position: Option<Point>,
    /// Unknown fields.
    pub extra: Extra,
}

/// How long a volume lives (CONTRACTS.md, "Volumes and order").
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum VolumeLifetime {
    /// One per pipeline and name; survives runs and is shared by them.
    #[default]
    Kept,
    /// Made for a run, removed at its end.
    Run,
    /// An existing PersistentVolumeClaim by its name.
    Claim(String),
}

/// A place on the canvas, in canvas units (CSS px at zoom 1): the top left corner, y downwards.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

/// One use of a component.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Task {
    /// The key in the graph's `components`.
    pub component: String,
    /// Input name → what feeds it. An input without an entry takes its default.
    pub arguments: IndexMap<String, Argument>,
    /// Volumes put into the task.
    pub mounts: Vec<Mount>,
    /// Tasks that must have succeeded before, without data.
    pub after: Vec<String>,
    /// CPU, memory, GPU, …
    pub resources: Resources,
    /// Environment variables, over the component's own.
    pub env: IndexMap<String, EnvValue>,
    /// What happens when an attempt fails.
    pub retry: Option<Retry>,
    /// How long one attempt may take, as written (`30m`, `1h30m`, `90s`).
    pub timeout: Option<String>,
    /// Kubernetes node labels to run on.
    pub node_selector: IndexMap<String, String>,
    /// Kubernetes tolerations, in Kubernetes' own form.
    pub tolerations: Vec<Value>,
    /// Whether a known result may be taken. Carried; not run yet.
    pub cache: Option<bool>,
    /// Run only if this holds. Carried; not run yet.
    pub when: Option<Value>,
    /// Run once for each item. Carried; not run yet.
    pub for_each: Option<ForEach>,
    /// Where the node stands on the canvas.
    pub position: Option<Point>,
    /// Unknown fields.
    pub extra: Extra,
}

/// What feeds an input.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// `{value: 3}`: a constant; any JSON value. For an artifact input: its content as text.
    Value(Value),
    /// `{parameter: name}`: a pipeline parameter.
    Parameter(String),
    /// `{task: name, output: port}`: an upstream output.
    Output {
        /// The producing task.
        task: String,
        /// Its output port.
        output: String,
    },
    /// `{text: "digit ${image_number}"}`: a text with references; grammar in `pipeline/text.rs`.
    Text(String),
    /// `{artifact: "upload:<sha256>/<name>"}` or `{artifact: "s3://bucket/key"}`: a stored file or folder.
    Artifact(String),
    /// A form that this version cannot read: kept verbatim, reported by check.
    Unknown(Value),
}

/// A volume put into a task at a path.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Mount {
    /// The volume's name.
    pub volume: String,
    /// Absolute path inside the task.
    pub path: String,
    /// Whether the task may only read.
    pub read_only: bool,
    /// A folder inside the volume instead of its root.
    pub sub_path: Option<String>,
    /// Tasks that hand the volume over (KFP's `pvolumes`): order edges.
    pub from: Vec<String>,
    /// Unknown fields.
    pub extra: Extra,
}

/// Kubernetes resources: name (`cpu`, `memory`, `nvidia.com/gpu`) → quantity. The simple field sets both.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Resources {
    /// What the scheduler reserves.
    pub requests: IndexMap<String, String>,
    /// What it may use at most.
    pub limits: IndexMap<String, String>,
}

/// An environment variable's value.
#[derive(Clone, Debug, PartialEq)]
pub enum EnvValue {
    /// Plain text.
    Value(String),
    /// `{secret: name/key}`: never in documents, links, plans or events.
    Secret {
        /// The secret's name.
        name: String,
        /// The key in it.
        key: String,
    },
    /// A form that this version cannot read.
    Unknown(Value),
}

/// What happens when an attempt fails.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Retry {
    /// Attempts after the first.
    pub limit: u32,
    /// Wait before the first retry, as written (`10s`).
    pub backoff: Option<String>,
    /// Each wait is this times the last; 1 when absent.
    pub factor: Option<f64>,
    /// The longest wait, as written.
    pub max_backoff: Option<String>,
    /// Unknown fields.
    pub extra: Extra,
}

/// A loop over items. Carried by the model; engines cannot run it yet.
#[derive(Clone, Debug, PartialEq)]
pub struct ForEach {
    /// The items.
    pub items: Argument,
    /// What an item is called inside.
    pub name: String,
    /// How many at once.
    pub limit: Option<u32>,
    /// Unknown fields.
    pub extra: Extra,
}
