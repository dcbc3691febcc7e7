//! Files and the wire: one tree for both (`reference/document.yaml`), one way from text to model and back.
//! Here are the entrances; what a field means and where it stands is in `file/read.rs` and `file/write.rs`.

mod write;

pub use write::{component_to_value, pipeline_to_value};
