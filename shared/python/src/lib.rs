//! A Python function as a component: reads a source text with a real Python parser and says what ports it has.
//! Runs nothing and knows no files; what the signature becomes is `dagwright_shared::python`.

mod annotation;
mod docstring;
mod literal;
mod nesting;
mod position;
mod signature;

pub use signature::analyse;
