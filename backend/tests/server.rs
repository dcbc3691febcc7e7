//! The server as its users meet it: requests against the router, and the real binary.

#[path = "server/engine.rs"]
mod engine;
#[path = "server/guards.rs"]
mod guards;
#[path = "server/harness.rs"]
mod harness;
#[path = "server/plans.rs"]
mod plans;
#[path = "server/store.rs"]
mod store;
