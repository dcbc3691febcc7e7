//! Claims of a cluster: the storage that pods have, listed beside the folders of this machine.

use serde::{Deserialize, Serialize};

api! {
    /// `GET /api/claims`: PersistentVolumeClaims of the cluster's namespace.
    pub struct ClaimList {
        /// The namespace; `None`: this server has no cluster.
        pub namespace: Option<String>,
        /// In name order.
        pub claims: Vec<ClaimSummary>,
    }

    /// A PersistentVolumeClaim.
    pub struct ClaimSummary {
        /// Its name.
        pub name: String,
        /// `kept` (made by Dagwright for a pipeline, until it is deleted), `run` (goes with its run) or `claim` (somebody else's).
        pub lifetime: String,
        /// The pipeline it was made for, where it was.
        pub pipeline: Option<String>,
        /// The pipeline's name.
        pub pipeline_name: Option<String>,
        /// What it has, or asks for while it has nothing, as Kubernetes writes it: `10Gi`.
        pub size: String,
        /// `Pending`, `Bound` or `Lost`; `Terminating` while it is being deleted.
        pub phase: String,
        /// As Kubernetes writes them: `ReadWriteOnce`, …
        pub access_modes: Vec<String>,
        /// Its storage class, where it has one.
        pub storage_class: Option<String>,
        /// Ids of runs that use it right now, of whichever Dagwright.
        pub used_by: Vec<String>,
        /// Names of pods that use it and are no run's.
        pub pods: Vec<String>,
    }
}
