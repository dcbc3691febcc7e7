//! The engine on Kubernetes: a Plan as one Argo Workflow, submitted and watched. Argo schedules, retries and passes
//! artifacts; nothing here decides what runs when.

pub mod cluster;

/// The engine's name in requests and runs.
pub const NAME: &str = "argo";
