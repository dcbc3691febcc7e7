//! How lists of runs are asked for, and what may be changed of a run and of an experiment after they were made.

use serde::{Deserialize, Serialize};

/// Runs that a filter lets through are counted up to here: `RunList.total` of so many means so many or more.
pub const RUNS_COUNTED: u64 = 10_000;

/// The order of a list of runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum RunSort {
    /// Last made first.
    #[default]
    Newest,
    /// What took longest first; runs that go on come last.
    Longest,
    /// What keeps most bytes first.
    Largest,
    /// By name, whatever its case.
    Name,
}

api! {
    /// `PATCH /api/runs/{id}`: what is absent stays.
    pub struct ChangeRun {
        /// Its new name; empty: the one that its number gives it.
        #[serde(default)]
        pub name: Option<String>,
        /// The experiment it moves to; made when new.
        #[serde(default)]
        pub experiment: Option<String>,
    }

    /// `PATCH /api/experiments/{name}`: what is absent stays.
    pub struct ChangeExperiment {
        /// Its new name, for all its runs.
        #[serde(default)]
        pub name: Option<String>,
        /// For people.
        #[serde(default)]
        pub description: Option<String>,
    }
}
