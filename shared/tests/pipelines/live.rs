//! Exported Workflows on a real cluster: what is said of Argo in the exporter is true. `make test-cluster` sets the
//! environment; elsewhere each test says that it was skipped.

mod artifacts;
mod cluster;
mod examples;
#[path = "../../../e2e/cluster/kubectl.rs"]
mod kubectl;
mod settings;
mod size;
mod texts;
mod versions;
