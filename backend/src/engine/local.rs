//! The embedded engine: runs a Plan on this machine, each task in a sandbox.

pub mod sandbox;
