//! The artifact store against real servers: the embedded one and versitygw. One conformance suite for both.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod conformance;
mod embedded;
mod faults;
mod memory;
mod servers;
mod tls;
