//! How big a Workflow is as Kubernetes keeps it, at the end of its run: what was submitted, and the status that Argo
//! writes into the same object. Feeds the live meter and the last check.

use super::argo::{ArgoExport, export};
use crate::check::Arguments;
use crate::compile::compile_for_export;
use crate::diagnostic::{Diagnostic, DiagnosticCode, Place};
use crate::pipeline::Pipeline;
use dagwright_texts::t;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::io;

/// Argo's limit for a Workflow, status included (`MAX_WORKFLOW_SIZE`).
pub const MAXIMUM_WORKFLOW_BYTES: usize = 1024 * 1024;

// What a node of the status takes once Argo has compressed all of them (`status.compressedNodes`: gzip, then base64),
// which it does before it gives up. Measured on Argo 3.7.14, see ARCHITECTURE.md; a little more than seen.

/// Names, labels, managed fields, and the status without its nodes.
const FRAME_BYTES: usize = 2048;
/// The DAG's own node, and gzip's start.
const FIRST_NODE_BYTES: usize = 1100;
/// A node with its id, times, log key and resources, without its name.
const NODE_BYTES: usize = 44;
/// A child's id.
const EDGE_BYTES: usize = 11;
/// A parameter's name; its value comes on top, since values seldom repeat.
const PARAMETER_BYTES: usize = 9;
/// An artifact with its path and key.
const ARTIFACT_BYTES: usize = 8;
/// A value that only the run brings.
const UNKNOWN_VALUE_BYTES: usize = 16;
/// Argo 3.5 keeps `"<workflow>-<10 digits>":true,` for each pod beside the nodes, uncompressed; the Workflow's name has
/// as many characters more than its `generateName`.
const COMPLETION_BYTES: usize = 20 + 6;

/// What a Workflow comes to, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkflowSize {
    /// What is submitted, as compact JSON, with what Kubernetes adds to it. Exact but for the latter.
    pub submitted: usize,
    /// The status at the end of the run, its nodes compressed. An estimate.
    pub status: usize,
}

impl WorkflowSize {
    /// Both: what has to stay under [`MAXIMUM_WORKFLOW_BYTES`].
    pub fn total(self) -> usize {
        self.submitted + self.status
    }
}

/// The bytes of the Workflow as JSON, without the status that it gets while it runs.
pub fn workflow_bytes(export: &ArgoExport) -> usize {
    json_bytes(&export.workflow)
}

/// The bytes of the Workflow at the end of its run.
pub fn workflow_size(export: &ArgoExport) -> WorkflowSize {
    let name = text(&export.workflow["metadata"]["generateName"]).len();
    let status = status_bytes(&export.workflow["spec"], name + COMPLETION_BYTES);
    WorkflowSize { submitted: workflow_bytes(export) + FRAME_BYTES, status }
}

/// The bytes of a pipeline's Workflow at the end of its run; `None` while the pipeline has errors.
pub fn pipeline_bytes(pipeline: &Pipeline) -> Option<usize> {
    let plan = compile_for_export(pipeline, &Arguments::new()).ok()?;
    Some(workflow_size(&export(&plan).ok()?).total())
}

/// The warning for a Workflow that does not fit; `None` when it does.
pub fn too_large(export: &ArgoExport) -> Option<Diagnostic> {
    let size = workflow_size(export);
    (size.total() > MAXIMUM_WORKFLOW_BYTES).then(|| {
        let message = t!("The Workflow would grow to {total} bytes ({submitted} as submitted, about {status} of status); Argo takes {most}.", total = size.total(), submitted = size.submitted, status = size.status, most = MAXIMUM_WORKFLOW_BYTES);
        Diagnostic::new(DiagnosticCode::WorkflowTooLarge, Place::Pipeline, message)
    })
}

fn status_bytes(spec: &Value, completion: usize) -> usize {
    let templates: HashMap<&str, &Value> =
        list(&spec["templates"]).iter().map(|template| (text(&template["name"]), template)).collect();
    let given: HashMap<&str, usize> = list(&spec["arguments"]["parameters"])
        .iter()
        .map(|parameter| (text(&parameter["name"]), text(&parameter["value"]).len()))
        .collect();
    let dags = list(&spec["templates"]).iter().flat_map(|template| list(&template["dag"]["tasks"]));
    let tasks = dags.map(|task| {
        let arguments = &task["arguments"];
        let values =
            list(&arguments["parameters"]).iter().map(|parameter| value_bytes(text(&parameter["value"]), &given));
        let raw =
            list(&arguments["artifacts"]).iter().map(|artifact| value_bytes(text(&artifact["raw"]["data"]), &given));
        let template = templates.get(text(&task["template"])).copied().unwrap_or(&Value::Null);
        let artifacts = list(&template["inputs"]["artifacts"]).len() + list(&template["outputs"]["artifacts"]).len();
        let inputs = list(&template["inputs"]["parameters"]).len();
        let outputs = list(&template["outputs"]["parameters"]).len();
        let node = NODE_BYTES
            + text(&task["name"]).len() * 6 / 5
            + (inputs + outputs) * PARAMETER_BYTES
            + outputs * UNKNOWN_VALUE_BYTES * 2 / 3
            + artifacts * ARTIFACT_BYTES
            + values.chain(raw).sum::<usize>();
        // A task with retries has a node of its own above its attempts; most need one or two.
        let (nodes, pods) = if template["retryStrategy"].is_object() { (3, 2) } else { (1, 1) };
        let edges = task["depends"].as_str().map_or(1, |depends| depends.split(" && ").count());
        node * nodes + pods * completion + edges * EDGE_BYTES
    });
    FIRST_NODE_BYTES + tasks.sum::<usize>()
}

/// A value once its tags are replaced.
fn value_bytes(value: &str, given: &HashMap<&str, usize>) -> usize {
    let mut bytes = 0;
    let mut rest = value;
    // A tag ends at the first `}}`, whatever stands in it.
    while let Some((literal, (tag, after))) =
        rest.split_once("{{").map(|(literal, tag)| (literal, tag.split_once("}}").unwrap_or((tag, ""))))
    {
        let known = tag.strip_prefix("workflow.parameters.").and_then(|name| given.get(name));
        bytes += literal.len() + known.copied().unwrap_or(UNKNOWN_VALUE_BYTES);
        rest = after;
    }
    // Compressed and in base64, written text takes 6 tenths, hexadecimal digits 8, letters without order 9.
    (bytes + rest.len()) * 9 / 10
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The length of a value's compact JSON, without making the text.
fn json_bytes(value: &impl Serialize) -> usize {
    struct Counter(usize);
    impl io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    match serde_json::to_writer(&mut counter, value) {
        Ok(()) => counter.0,
        // Only a map with keys that are no texts fails, and JSON values have none.
        Err(_) => usize::MAX,
    }
}
