//! What an engine has to say about a run before it starts: problems, and what has no effect where it would run.

use crate::diagnostic::Diagnostic;
use serde::{Deserialize, Serialize};
use serde_json::Value;

api! {
    /// `POST /api/runs/check`: what the engine says about a run that is not started.
    pub struct CheckRun {
        /// The pipeline's id, as it is stored.
        pub pipeline: String,
        /// Parameter name → value; those left out take their defaults, or stay open.
        #[serde(default)]
        pub arguments: serde_json::Map<String, Value>,
        /// Engine's name; the server's default when empty.
        #[serde(default)]
        pub engine: String,
    }

    /// Answer of `POST /api/runs/check` and `GET /api/runs/{id}/notes`.
    pub struct RunNotes {
        /// Errors keep a run from starting; warnings and notes say what has no effect where it runs.
        pub notes: Vec<Diagnostic>,
    }
}
