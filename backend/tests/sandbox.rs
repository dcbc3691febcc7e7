//! The sandboxes for real: every test starts processes, none is simulated. Kinds that this machine lacks say so.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests, and what they stand on, fail loudly")]

#[path = "sandbox/bench.rs"]
mod bench;
#[path = "sandbox/container.rs"]
mod container;
#[path = "sandbox/ending.rs"]
mod ending;
#[path = "sandbox/isolation.rs"]
mod isolation;
#[path = "sandbox/logs.rs"]
mod logs;
#[path = "sandbox/podman.rs"]
mod podman;
#[path = "sandbox/python.rs"]
mod python;
