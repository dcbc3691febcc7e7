//! Requests and responses of the HTTP API, and its paths: the one place that browser and server share.
//! Envelopes refuse unknown fields by name; documents inside them keep theirs. No HTTP types here.

use crate::diagnostic::Diagnostic;
use crate::plan::Plan;
use crate::run::{RunPhase, RunState};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Secret values that are shorter are not masked in logs: they would hide half of any text. In bytes.
pub const SHORTEST_MASKED: usize = 4;

/// Declares an API structure: camelCase, unknown fields refused, described for OpenAPI where that is asked for.
macro_rules! api {
    ($($(#[$meta:meta])* pub struct $name:ident { $($(#[$fmeta:meta])* pub $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name { $($(#[$fmeta])* pub $field: $type,)* }
    )*};
}

mod claims;
mod components;
mod doctor;
mod notes;
mod runs;
mod versions;

pub use claims::{ClaimList, ClaimSummary};
pub use components::{
    AddLibrary, ComponentList, ComponentText, ComponentVersion, Library, LibraryList, LibraryProblem, SaveComponent,
    StoredComponent,
};
pub use doctor::{CheckState, DoctorCheck, DoctorReport, RunDoctor};
pub use notes::{CheckRun, RunNotes};
pub use runs::{ChangeExperiment, ChangeRun, RUNS_COUNTED, RunSort};
pub use versions::{ChangeVersion, NameVersion, StoredVersion, VersionList, VersionSummary};

api! {
    /// The one error body: every answer that is not 2xx.
    pub struct ErrorBody {
        /// Stable, kebab-case: `not-found`, `revision-conflict`, `field-unknown`, …
        pub code: String,
        /// What is wrong and where, for people.
        pub message: String,
        /// How to mend it; may be empty.
        #[serde(default)]
        pub hint: String,
        /// Problems of a document, where that is what was wrong.
        #[serde(default)]
        pub diagnostics: Vec<Diagnostic>,
        /// More, by code: `revision-conflict` has `{revision, document}` of the stored side.
        #[serde(default)]
        pub details: Option<Value>,
    }

    /// `GET /api/server`: what this server is.
    pub struct ServerInfo {
        /// Dagwright's version.
        pub version: String,
        /// Engines that a run may name.
        pub engines: Vec<EngineInfo>,
        /// `embedded`, or the S3 endpoint in use.
        pub storage: String,
        /// The bucket.
        pub bucket: String,
        /// Bytes that one upload may have.
        pub upload_limit: u64,
        /// Days that runs are kept after their end; `None`: for good.
        #[serde(default)]
        pub keep_runs: Option<u32>,
        /// Base of links to this server, without a slash at its end, where one was set; else take the page's own origin.
        #[serde(default)]
        pub public_url: Option<String>,
    }

    /// An engine, as the run page shows it.
    pub struct EngineInfo {
        /// `local` or `argo`.
        pub name: String,
        /// `container`, `bubblewrap` or `process`; for argo the namespace.
        pub sandbox: String,
        /// What that means, in a sentence or two; further lines say what else was tried on this machine, and why it is not used.
        pub meaning: String,
        /// Tasks at once.
        pub slots: u32,
        /// Whether a task can see the user's own files: the page asks once before the first run.
        pub sees_host: bool,
    }

    /// A pipeline in a list.
    pub struct PipelineSummary {
        /// Its id.
        pub id: String,
        /// As in the document.
        pub name: String,
        /// As in the document.
        pub description: String,
        /// Save counter.
        pub revision: u64,
        /// Number of tasks.
        pub tasks: u32,
        /// Milliseconds since 1970.
        pub edited: u64,
        /// Runs in all.
        pub runs: u64,
        /// The newest runs, newest first, at most 12.
        pub recent: Vec<RunSummary>,
        /// Nodes and edges of a thumbnail: boxes in canvas units, and pairs of indices into them.
        pub thumbnail: Thumbnail,
    }

    /// A small picture of a graph.
    pub struct Thumbnail {
        /// `[x, y]` of each task's node.
        pub nodes: Vec<[f64; 2]>,
        /// Index of the earlier and of the later node.
        pub edges: Vec<[u32; 2]>,
    }

    /// `GET /api/pipelines`.
    pub struct PipelineList {
        /// Last edited first.
        pub pipelines: Vec<PipelineSummary>,
    }

    /// `POST /api/pipelines`: a new pipeline, from a document (JSON) or from a file's text (YAML); one of the two.
    pub struct CreatePipeline {
        /// The document as JSON.
        #[serde(default)]
        pub document: Option<Value>,
        /// A file's text. Its comments and order are kept.
        #[serde(default)]
        pub text: Option<String>,
        /// An example's name, in place of both.
        #[serde(default)]
        pub example: Option<String>,
    }

    /// A stored pipeline: answer of create, get and save.
    pub struct StoredPipeline {
        /// Its id.
        pub id: String,
        /// Save counter; `If-Match` of the next save.
        pub revision: u64,
        /// The document as JSON.
        pub document: Value,
        /// What reading it had to say (unknown fields, …); check's problems are the browser's to compute.
        pub diagnostics: Vec<Diagnostic>,
        /// Milliseconds since 1970.
        pub edited: u64,
        /// Whether it came from elsewhere and was never run here: the first run asks.
        pub foreign: bool,
    }

    /// `PUT /api/pipelines/{id}` with `If-Match: "<revision>"`; 412 `revision-conflict` with both sides otherwise.
    pub struct SavePipeline {
        /// The whole document as JSON. The stored text keeps its comments and its order.
        #[serde(default)]
        pub document: Option<Value>,
        /// The file's text in place of the document, stored byte for byte.
        #[serde(default)]
        pub text: Option<String>,
    }

    /// `POST /api/links`: keeps a pipeline for a short link; a document (JSON) or a file's text (YAML), one of the two.
    pub struct SharePipeline {
        /// The document as JSON.
        #[serde(default)]
        pub document: Option<Value>,
        /// A file's text. Its comments and order are kept.
        #[serde(default)]
        pub text: Option<String>,
    }

    /// A pipeline that a short link leads to: answer of `POST /api/links` and of `GET /api/links/{id}`. It never changes.
    pub struct SharedPipeline {
        /// 128 random bits, 22 characters.
        pub id: String,
        /// The whole link.
        pub link: String,
        /// The pipeline's file as it was shared.
        pub text: String,
        /// Milliseconds since 1970.
        pub created: u64,
    }

    /// `POST /api/documents/read`: reads a file's text (pipeline or component) without storing anything.
    pub struct ReadDocument {
        /// YAML or JSON.
        pub text: String,
    }

    /// Answer of `POST /api/documents/read`. One of the two is there unless the text cannot be read at all.
    pub struct ReadAnswer {
        /// The pipeline as JSON.
        pub pipeline: Option<Value>,
        /// The component as JSON.
        pub component: Option<Value>,
        /// With positions in the text.
        pub diagnostics: Vec<Diagnostic>,
    }

    /// `GET /api/catalog`: components for the palette.
    pub struct Catalog {
        /// What comes with Dagwright: groups in the order shown.
        pub groups: Vec<CatalogGroup>,
        /// The project's own components, by name.
        pub own: Vec<StoredComponent>,
        /// Libraries in the order they were added.
        pub libraries: Vec<Library>,
    }

    /// A group of the palette.
    pub struct CatalogGroup {
        /// Its heading.
        pub name: String,
        /// Components as JSON (component.yaml's form).
        pub components: Vec<Value>,
    }

    /// `GET /api/examples`.
    pub struct ExampleList {
        /// In the order shown.
        pub examples: Vec<Example>,
    }

    /// An example to open.
    pub struct Example {
        /// For `CreatePipeline.example`.
        pub name: String,
        /// Heading.
        pub title: String,
        /// One or two sentences.
        pub description: String,
        /// Picture.
        pub thumbnail: Thumbnail,
    }

    /// `POST /api/runs`: compiles and starts.
    pub struct StartRun {
        /// The pipeline's id.
        pub pipeline: String,
        /// The revision to run, as the browser last saved it; 412 if another is stored.
        pub revision: u64,
        /// A version of the pipeline to run instead of what is stored; `revision` then says nothing.
        #[serde(default)]
        pub version: Option<u64>,
        /// Parameter name → value; those left out take their defaults.
        #[serde(default)]
        pub arguments: serde_json::Map<String, Value>,
        /// The run's name; made from pipeline and number when empty.
        #[serde(default)]
        pub name: String,
        /// Experiment's name; made when new. `Default` when empty.
        #[serde(default)]
        pub experiment: String,
        /// Engine's name; the server's default when empty.
        #[serde(default)]
        pub engine: String,
        /// What the person has agreed to: `foreign` (somebody else's pipeline), `host` (a plain process sees the
        /// user's files), `volume` (a kept volume is in use by another run). Asked for by 409 `confirm`.
        #[serde(default)]
        pub confirmed: Vec<String>,
    }

    /// A run in a list.
    pub struct RunSummary {
        /// Its id (sortable by time).
        pub id: String,
        /// Its name.
        pub name: String,
        /// Counts up in each pipeline.
        pub number: u64,
        /// The pipeline's id.
        pub pipeline: String,
        /// The pipeline's name then.
        pub pipeline_name: String,
        /// The experiment's name.
        pub experiment: String,
        /// Engine's name.
        pub engine: String,
        /// The sandbox it ran in.
        pub sandbox: String,
        /// Where it stands.
        pub phase: RunPhase,
        /// Milliseconds since 1970.
        pub created: u64,
        /// Milliseconds since 1970.
        pub started: Option<u64>,
        /// Milliseconds since 1970.
        pub finished: Option<u64>,
        /// Tasks in all.
        pub tasks: u32,
        /// Task phase (`succeeded`, …) → how many.
        pub counts: BTreeMap<String, u32>,
        /// Bytes of its artifacts and stored logs so far.
        #[serde(default)]
        pub size: u64,
    }

    /// `GET /api/runs`.
    pub struct RunList {
        /// In the order asked for.
        pub runs: Vec<RunSummary>,
        /// Runs in all that the filter lets through, counted up to [`RUNS_COUNTED`]; without a filter, all.
        pub total: u64,
        /// For `?before=` in the same order; absent at the end.
        pub next: Option<String>,
    }

    /// `GET /api/runs/{id}`.
    pub struct RunDetail {
        /// As in the list.
        pub summary: RunSummary,
        /// The document as it was run, as JSON.
        pub document: Value,
        /// The version of the pipeline that it is.
        #[serde(default)]
        pub version: u64,
        /// Parameter name → value.
        pub arguments: serde_json::Map<String, Value>,
        /// What the engine runs.
        #[cfg_attr(feature = "openapi", schema(value_type = Object))]
        pub plan: Plan,
        /// The fold of all events up to `state.last_event`; go on with `/api/events?after=`.
        pub state: RunState,
    }

    /// A piece of a log: `GET /api/runs/{id}/tasks/{task}/attempts/{n}/log?from=<byte>`.
    pub struct LogPiece {
        /// Byte offset of `text`.
        pub from: u64,
        /// Byte offset after it: the next `from`.
        pub to: u64,
        /// Lossy UTF-8; secrets masked.
        pub text: String,
        /// Whether nothing will follow.
        pub end: bool,
        /// Whether the log is whole so far (false: cut, say so).
        pub complete: bool,
    }

    /// A live piece of a log on the event stream.
    ///
    /// `GET /api/events?after=<id>&logs=<run>/<task>/<attempt>:<byte>,…` is one stream for a browser (its tabs share it,
    /// since HTTP/1.1 has six connections an origin): `event: ready` first, with `{"lastEvent": id}`; then `event: run`
    /// with a `RunEvent` of any run, whose SSE id is the event's; and `event: log`, without an id, for the logs named.
    /// Without `after` it begins now: open it, wait for `ready`, then fetch what is shown, and fold only later events.
    /// Other logs: open it anew with `after` the last id seen. `Last-Event-ID` does the same by itself.
    pub struct LogEvent {
        /// The run's id.
        pub run: String,
        /// The task's slug.
        pub task: String,
        /// From 1.
        pub attempt: u32,
        /// Byte offset of `text`.
        pub from: u64,
        /// The text.
        pub text: String,
    }

    /// A file of an artifact: `GET /api/runs/{id}/tasks/{task}/outputs/{output}/files`.
    pub struct FileList {
        /// In key order.
        pub files: Vec<FileEntry>,
        /// For `?after=`; absent at the end.
        pub next: Option<String>,
    }

    /// One file or folder.
    pub struct FileEntry {
        /// Path inside the artifact or volume; empty for a single file.
        pub path: String,
        /// Bytes.
        pub size: u64,
        /// Whether it is a folder (volumes only).
        #[serde(default)]
        pub folder: bool,
    }

    /// A page of a table: `…/outputs/{output}/table?offset=&limit=`.
    pub struct TablePage {
        /// Column names.
        pub columns: Vec<String>,
        /// Rows as text.
        pub rows: Vec<Vec<String>>,
        /// Index of the first row.
        pub offset: u64,
        /// Rows in all, where it is cheap to say.
        pub total: Option<u64>,
    }

    /// Answer of an upload.
    pub struct Uploaded {
        /// `upload:<sha256>/<name>`: an artifact argument.
        pub artifact: String,
        /// Bytes in all.
        pub size: u64,
        /// Files; 1 for a single file.
        pub files: u64,
    }

    /// `GET /api/secrets`: names and keys, never values.
    pub struct SecretList {
        /// In name order.
        pub secrets: Vec<SecretEntry>,
    }

    /// One secret.
    pub struct SecretEntry {
        /// Kubernetes' name.
        pub name: String,
        /// Its keys.
        pub keys: Vec<String>,
    }

    /// `PUT /api/secrets/{name}/{key}`.
    pub struct SetSecret {
        /// The value; never given back.
        pub value: String,
    }

    /// `GET /api/volumes`.
    pub struct VolumeList {
        /// In name order.
        pub volumes: Vec<VolumeSummary>,
    }

    /// A volume on this machine.
    pub struct VolumeSummary {
        /// Its id: the claim's name.
        pub id: String,
        /// The volume's name in the document; the claim's name for an existing claim.
        pub name: String,
        /// `kept`, `claim` or `run`.
        pub lifetime: String,
        /// The pipeline it belongs to, where it does.
        pub pipeline: Option<String>,
        /// The pipeline's name.
        pub pipeline_name: Option<String>,
        /// Bytes on disk.
        pub size: u64,
        /// Files.
        pub files: u64,
        /// Size and files are only what could be counted in a second: there is more.
        #[serde(default)]
        pub partial: bool,
        /// Ids of runs that use it right now.
        pub used_by: Vec<String>,
        /// Milliseconds since 1970 of the last use.
        pub last_used: Option<u64>,
    }

    /// `GET /api/experiments`.
    pub struct ExperimentList {
        /// Last used first.
        pub experiments: Vec<Experiment>,
    }

    /// A named group of runs.
    pub struct Experiment {
        /// Its name.
        pub name: String,
        /// For people.
        pub description: String,
        /// Runs in it.
        pub runs: u64,
        /// Milliseconds since 1970 of its newest run.
        pub last_used: Option<u64>,
        /// The newest runs, newest first, at most 12.
        pub recent: Vec<RunSummary>,
    }

    /// `POST /api/experiments`.
    pub struct CreateExperiment {
        /// Its name.
        pub name: String,
        /// For people.
        #[serde(default)]
        pub description: String,
    }

    /// `POST /api/python/analyse`: the same analysis as the browser's module, for files and the command line.
    pub struct AnalysePython {
        /// The module's text.
        pub source: String,
        /// The function; the last one of the source when absent.
        #[serde(default)]
        pub function: Option<String>,
    }
}
