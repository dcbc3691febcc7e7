//! The command line as people type it: the real binary, its words, its exit status, and runs to their end.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so by a panic")]

#[path = "cli/files.rs"]
mod files;
#[path = "cli/harness.rs"]
mod harness;
#[path = "cli/help.rs"]
mod help;
#[expect(dead_code, reason = "the server's tests use the rest")]
#[path = "server/process.rs"]
mod process;
#[path = "cli/runs.rs"]
mod runs;
