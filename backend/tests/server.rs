//! The server as its users meet it: requests against the router, and the real binary.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so by a panic")]

#[path = "server/components.rs"]
mod components;
#[path = "server/description.rs"]
mod description;
#[path = "server/doctor.rs"]
mod doctor;
#[path = "server/engine.rs"]
mod engine;
#[path = "server/guards.rs"]
mod guards;
#[path = "server/harness.rs"]
mod harness;
#[path = "server/kill.rs"]
mod kill;
#[path = "server/libraries.rs"]
mod libraries;
#[path = "server/links.rs"]
mod links;
#[path = "server/outputs.rs"]
mod outputs;
#[path = "server/plans.rs"]
mod plans;
#[expect(dead_code, reason = "the cluster's tests use the rest")]
#[path = "server/process.rs"]
mod process;
#[path = "server/run_lists.rs"]
mod run_lists;
#[path = "server/runs.rs"]
mod runs;
#[path = "server/storage.rs"]
mod storage;
#[path = "server/store.rs"]
mod store;
#[path = "server/versions.rs"]
mod versions;
