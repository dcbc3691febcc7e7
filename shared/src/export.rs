//! Plans as files for others. Pure: text in memory, nothing is written anywhere.

pub mod argo;
pub mod size;
