//! Runs on a real Kubernetes with a real Argo and a real S3 server: `make test-cluster` finds or starts one and sets the
//! environment. Without that each test says that it was skipped.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "tests fail loudly, and say when they are skipped"
)]

#[path = "cluster/harness.rs"]
mod harness;
#[path = "cluster/reference.rs"]
mod reference;
