//! Versions of a pipeline: immutable snapshots that runs are made from, and that a person can name, look at and restore.

use serde::{Deserialize, Serialize};
use serde_json::Value;

api! {
    /// `GET /api/pipelines/{id}/versions`.
    pub struct VersionList {
        /// Newest first.
        pub versions: Vec<VersionSummary>,
    }

    /// A version in a list.
    pub struct VersionSummary {
        /// Its id; counts up over all pipelines.
        pub id: u64,
        /// The revision of the pipeline that it is of.
        pub revision: u64,
        /// As a person called it; empty: only runs, or a restore, made it.
        pub name: String,
        /// Milliseconds since 1970.
        pub created: u64,
        /// Runs made from it.
        pub runs: u64,
        /// The number of the newest of them.
        pub last_run: Option<u64>,
    }

    /// `GET /api/pipelines/{id}/versions/{version}`.
    pub struct StoredVersion {
        /// As in the list.
        pub summary: VersionSummary,
        /// The document as JSON.
        pub document: Value,
    }

    /// `POST /api/pipelines/{id}/versions` with `If-Match`: keeps the stored document under a name.
    pub struct NameVersion {
        /// The name, 1 to 200 characters.
        pub name: String,
    }

    /// `PATCH /api/pipelines/{id}/versions/{version}`.
    pub struct ChangeVersion {
        /// The new name; empty: none, and a version that no run was made from goes.
        pub name: String,
    }
}
