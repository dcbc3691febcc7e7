//! An Argo Workflow as the engine reads it: only the fields that observing needs, so that what is not needed is never
//! kept. Nodes come plainly or as `compressedNodes`; offloaded ones are said to be so. Decides nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::api::ObjectMeta;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::OnceLock;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Largest status that is unpacked, bytes: Argo packs what is over 1 MiB, and text packs to a tenth and less.
const LARGEST_STATUS: u64 = 256 << 20;

/// A Workflow.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Workflow {
    /// Name, labels, uid, times.
    #[serde(default)]
    pub metadata: ObjectMeta,
    /// What was asked for.
    #[serde(default)]
    pub spec: WorkflowSpec,
    /// What happened.
    #[serde(default)]
    pub status: WorkflowStatus,
}

/// What was asked for and is looked at.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct WorkflowSpec {
    /// `Stop` or `Terminate`, once somebody asked for it.
    pub shutdown: Option<String>,
}

/// What happened.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowStatus {
    /// `Pending`, `Running`, `Succeeded`, `Failed` or `Error`; empty: the controller has not seen it.
    #[serde(default)]
    pub phase: String,
    /// Why.
    #[serde(default)]
    pub message: String,
    /// Milliseconds since 1970.
    #[serde(default, deserialize_with = "milliseconds")]
    pub started_at: Option<u64>,
    /// Milliseconds since 1970.
    #[serde(default, deserialize_with = "milliseconds")]
    pub finished_at: Option<u64>,
    /// Node id → node.
    #[serde(default)]
    nodes: Option<BTreeMap<String, Node>>,
    /// The same as base64 of gzip of JSON, where the plain form would be too large.
    #[serde(default)]
    compressed_nodes: Option<String>,
    /// Set where the controller keeps the nodes in a database.
    #[serde(default)]
    offload_node_status_version: Option<String>,
    /// Where its artifacts go, as Argo found it out.
    #[serde(default, rename = "artifactRepositoryRef")]
    pub repository: Option<RepositoryRef>,
    /// What was unpacked: every look at the same status shares it.
    #[serde(skip)]
    unpacked: OnceLock<Result<BTreeMap<String, Node>, NodesError>>,
}

/// The artifact repository of a Workflow: an entry of a ConfigMap.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryRef {
    /// The ConfigMap; empty: the controller's own default.
    #[serde(default)]
    pub config_map: String,
    /// Its entry.
    #[serde(default)]
    pub key: String,
    /// The ConfigMap's namespace.
    #[serde(default)]
    pub namespace: String,
    #[serde(default)]
    artifact_repository: Repository,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Repository {
    s3: Option<RepositoryS3>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RepositoryS3 {
    access_key_secret: Option<SecretKey>,
    secret_key_secret: Option<SecretKey>,
}

/// A key of a Secret.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SecretKey {
    /// The Secret.
    #[serde(default)]
    pub name: String,
    /// What of it.
    #[serde(default)]
    pub key: String,
}

impl RepositoryRef {
    /// Where pods take their S3 keys from: the access key and the secret key. `None`: not from Secrets.
    pub fn secrets(&self) -> Option<[&SecretKey; 2]> {
        let s3 = self.artifact_repository.s3.as_ref()?;
        Some([s3.access_key_secret.as_ref()?, s3.secret_key_secret.as_ref()?])
    }

    /// Which entry of which ConfigMap it is, in words.
    pub fn place(&self) -> String {
        let Self { config_map, key, namespace, .. } = self;
        if config_map.is_empty() {
            return String::from("Argo's own configuration");
        }
        format!("the entry {key} of the ConfigMap {config_map} in the namespace {namespace}")
    }
}

/// A node: an attempt, a task with its retries, or the whole graph.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// `<workflow>-<hash of the name>`; pods carry it in an annotation.
    pub id: String,
    /// `<workflow>.<task>`, for an attempt of a task with retries `<workflow>.<task>(<n>)`, from 0.
    pub name: String,
    /// `Pod`, `Retry`, `Skipped`, `DAG`, …
    #[serde(rename = "type", default)]
    pub kind: String,
    /// `Pending`, `Running`, `Succeeded`, `Skipped`, `Failed`, `Error` or `Omitted`.
    #[serde(default)]
    pub phase: String,
    /// Why.
    #[serde(default)]
    pub message: String,
    /// Milliseconds since 1970.
    #[serde(default, deserialize_with = "milliseconds")]
    pub started_at: Option<u64>,
    /// Milliseconds since 1970.
    #[serde(default, deserialize_with = "milliseconds")]
    pub finished_at: Option<u64>,
    /// What it brought.
    #[serde(default)]
    pub outputs: Option<NodeOutputs>,
    /// `Some(false)`: the outputs have not been reported yet.
    #[serde(default)]
    pub task_result_synced: Option<bool>,
}

/// What a node brought.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeOutputs {
    #[serde(default)]
    parameters: Vec<NodeParameter>,
    #[serde(default)]
    artifacts: Vec<NodeArtifact>,
    #[serde(default)]
    exit_code: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct NodeParameter {
    name: String,
    value: Option<serde_json::Value>,
}

#[derive(Clone, Debug, Deserialize)]
struct NodeArtifact {
    name: String,
    s3: Option<NodeKey>,
}

#[derive(Clone, Debug, Deserialize)]
struct NodeKey {
    #[serde(default)]
    key: String,
}

/// Why a Workflow's nodes cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodesError {
    /// They are in the controller's database.
    #[error(
        "Argo's controller keeps the nodes of this Workflow in its database (nodeStatusOffLoad), where Dagwright cannot \
         read them: switch persistence.nodeStatusOffLoad off, or split the pipeline"
    )]
    Offloaded,
    /// `compressedNodes` is not what it should be.
    #[error("the Workflow's compressedNodes cannot be read: {0}")]
    Damaged(String),
}

impl Workflow {
    /// Its name.
    pub fn name(&self) -> &str {
        self.metadata.name.as_deref().unwrap_or_default()
    }

    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.metadata.labels.as_ref()?.get(name).map(String::as_str)
    }

    /// Whether Argo is done with it.
    pub fn is_final(&self) -> bool {
        matches!(self.status.phase.as_str(), "Succeeded" | "Failed" | "Error")
    }

    /// Milliseconds since 1970 when it was created.
    pub fn created(&self) -> Option<u64> {
        let created = self.metadata.creation_timestamp.as_ref()?;
        u64::try_from(created.0.as_millisecond()).ok()
    }

    /// Node id → node, however Argo keeps them.
    ///
    /// # Errors
    /// [`NodesError`].
    pub fn nodes(&self) -> Result<Cow<'_, BTreeMap<String, Node>>, NodesError> {
        match (&self.status.nodes, self.status.compressed_nodes.as_deref()) {
            (Some(nodes), _) if !nodes.is_empty() => Ok(Cow::Borrowed(nodes)),
            (_, Some(packed)) if !packed.is_empty() => {
                self.status.unpacked.get_or_init(|| unpack(packed)).as_ref().map(Cow::Borrowed).map_err(Clone::clone)
            }
            _ if self.status.offload_node_status_version.as_deref().is_some_and(|version| !version.is_empty()) => {
                Err(NodesError::Offloaded)
            }
            _ => Ok(Cow::Owned(BTreeMap::new())),
        }
    }
}

fn unpack(packed: &str) -> Result<BTreeMap<String, Node>, NodesError> {
    let damaged = |error: &dyn std::fmt::Display| NodesError::Damaged(error.to_string());
    let bytes = STANDARD.decode(packed).map_err(|error| damaged(&error))?;
    let mut text = Vec::new();
    let reader = flate2::read::GzDecoder::new(bytes.as_slice());
    reader.take(LARGEST_STATUS).read_to_end(&mut text).map_err(|error| damaged(&error))?;
    serde_json::from_slice(&text).map_err(|error| damaged(&error))
}

impl Node {
    /// Whether nothing more will happen to it.
    pub fn is_final(&self) -> bool {
        matches!(self.phase.as_str(), "Succeeded" | "Skipped" | "Failed" | "Error" | "Omitted")
    }

    /// The text of an output parameter, once it is reported.
    pub fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        let found = self.outputs.as_ref()?.parameters.iter().find(|parameter| parameter.name == name)?;
        match found.value.as_ref()? {
            serde_json::Value::String(text) => Some(Cow::Borrowed(text)),
            // Argo writes texts; older ones wrote numbers as numbers.
            other => Some(Cow::Owned(other.to_string())),
        }
    }

    /// The S3 key of an output artifact; `main-logs` is the archived log.
    pub fn artifact_key(&self, name: &str) -> Option<&str> {
        let found = self.outputs.as_ref()?.artifacts.iter().find(|artifact| artifact.name == name)?;
        found.s3.as_ref().map(|s3| s3.key.as_str()).filter(|key| !key.is_empty())
    }

    /// The program's exit code.
    pub fn exit_code(&self) -> Option<i32> {
        self.outputs.as_ref()?.exit_code.as_deref()?.parse().ok()
    }
}

/// RFC 3339 as milliseconds since 1970.
fn milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let time = OffsetDateTime::parse(&text, &Rfc3339).map_err(serde::de::Error::custom)?;
    Ok(u64::try_from(time.unix_timestamp_nanos() / 1_000_000).ok())
}

impl kube::Resource for Workflow {
    type DynamicType = ();
    type Scope = kube::core::NamespaceResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        Cow::Borrowed("Workflow")
    }

    fn group((): &()) -> Cow<'_, str> {
        Cow::Borrowed("argoproj.io")
    }

    fn version((): &()) -> Cow<'_, str> {
        Cow::Borrowed("v1alpha1")
    }

    fn plural((): &()) -> Cow<'_, str> {
        Cow::Borrowed("workflows")
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}
