//! The server as its users meet it: requests against the router, and the real binary.

#[path = "server/guards.rs"]
mod guards;
#[path = "server/harness.rs"]
mod harness;
#[path = "server/store.rs"]
mod store;
