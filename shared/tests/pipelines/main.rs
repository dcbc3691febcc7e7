//! Tests of check, compile, export and layout on whole pipelines.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by a panic")]

mod check;
mod compile;
mod export;
mod features;
mod files;
mod layout;
mod live;
mod properties;
mod sample;
mod simulator;
mod size;
mod status;
mod substitution;
