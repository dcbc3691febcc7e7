//! The server of Dagwright: parts are modules, each saying in its head what it is.

pub mod artifacts;
pub mod catalog;
pub mod engine;
pub mod examples;
