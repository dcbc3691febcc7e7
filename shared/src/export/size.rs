//! How big a Workflow is as Kubernetes keeps it: JSON, against Argo's limit. Feeds the live meter and the last check.

use super::argo::{ArgoExport, export};
use crate::check::Arguments;
use crate::compile::compile_for_export;
use crate::diagnostic::{Diagnostic, DiagnosticCode, Place};
use crate::pipeline::Pipeline;
use serde::Serialize;
use std::io;

/// Argo's limit for a Workflow, status included (`MAX_WORKFLOW_SIZE`).
pub const MAXIMUM_WORKFLOW_BYTES: usize = 1024 * 1024;

/// The bytes of the Workflow as JSON, without the status that it gets while it runs.
pub fn workflow_bytes(export: &ArgoExport) -> usize {
    json_bytes(&export.workflow)
}

/// The bytes of a pipeline's Workflow, for the live meter; `None` while the pipeline has errors.
pub fn pipeline_bytes(pipeline: &Pipeline) -> Option<usize> {
    let plan = compile_for_export(pipeline, &Arguments::new()).ok()?;
    Some(workflow_bytes(&export(&plan).ok()?))
}

/// The warning for a Workflow that does not fit; `None` when it does.
pub fn too_large(export: &ArgoExport) -> Option<Diagnostic> {
    let bytes = workflow_bytes(export);
    (bytes > MAXIMUM_WORKFLOW_BYTES).then(|| {
        let message = format!("The Workflow has {} KiB; Argo takes 1024 KiB.", bytes.div_ceil(1024));
        Diagnostic::new(DiagnosticCode::WorkflowTooLarge, Place::Pipeline, message)
    })
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
