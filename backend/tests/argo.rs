//! What is done by hand against a real Argo: recording statuses as test data, and measuring. It waits for
//! `DAGWRIGHT_BY_HAND`; the cluster's own tests stand elsewhere.

#![expect(clippy::unwrap_used, reason = "what is done by hand fails loudly")]

#[path = "argo/bench.rs"]
mod bench;
#[path = "argo/record.rs"]
mod record;
