//! Artifacts looked at: metrics, matrix, curve, table, picture, text, page. One view chooses by type and first bytes.

pub mod classification;
pub mod detect;
pub mod metrics;
pub mod output;
pub mod table;
pub mod text;
