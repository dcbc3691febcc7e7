//! Typed fields: one component for the inspector, the run form and the multi-edit. They check while typing and say
//! the limit and the default; what is stored is decided by the shared table of values.

pub mod artifact_field;
pub mod code_field;
pub mod experiment_field;
pub mod text_field;
pub mod value_field;
