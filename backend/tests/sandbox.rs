//! The sandboxes for real: every test starts processes, none is simulated. Kinds that this machine lacks say so.

#[path = "sandbox/bench.rs"]
mod bench;
#[path = "sandbox/ending.rs"]
mod ending;
#[path = "sandbox/isolation.rs"]
mod isolation;
#[path = "sandbox/logs.rs"]
mod logs;
