//! Runs on a real Kubernetes with a real Argo and a real S3 server: `make test-cluster` finds or starts one and sets the
//! environment. Without that each test says that it was skipped.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests fail loudly, and say when they are skipped"
)]

#[path = "cluster/claims.rs"]
mod claims;
#[path = "cluster/containers.rs"]
mod containers;
#[path = "cluster/contents.rs"]
mod contents;
#[path = "cluster/digits.rs"]
mod digits;
#[path = "cluster/failures.rs"]
mod failures;
#[path = "cluster/harness.rs"]
mod harness;
#[path = "cluster/interruptions.rs"]
mod interruptions;
#[path = "cluster/keys.rs"]
mod keys;
#[path = "../../e2e/cluster/kubectl.rs"]
mod kubectl;
#[path = "cluster/logs.rs"]
mod logs;
#[path = "sandbox/podman.rs"]
mod podman;
#[path = "cluster/pods.rs"]
mod pods;
#[expect(dead_code, reason = "the server's tests use the rest")]
#[path = "server/process.rs"]
mod process;
#[path = "cluster/proxy.rs"]
mod proxy;
#[path = "cluster/ready.rs"]
mod ready;
#[path = "cluster/reference.rs"]
mod reference;
#[path = "cluster/refusals.rs"]
mod refusals;
#[path = "cluster/server.rs"]
mod server;
