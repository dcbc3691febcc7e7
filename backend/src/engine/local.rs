//! The embedded engine: runs a Plan on this machine, each task in a sandbox.

pub mod decide;
pub mod sandbox;
