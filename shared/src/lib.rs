//! Dagwright's pure core: the document, its checks, the compiler, the plan and the run.
//! No I/O, no clock, no randomness, no async; builds for the host and for wasm32.

pub mod api;
pub mod check;
pub mod compare;
pub mod compile;
pub mod component;
pub mod diagnostic;
pub mod export;
pub mod graph;
pub mod layout;
pub mod link;
pub mod pipeline;
pub mod plan;
pub mod ports;
pub mod python;
pub mod quantity;
pub mod run;
pub mod slug;
pub mod types;
pub mod values;
pub mod yaml;
