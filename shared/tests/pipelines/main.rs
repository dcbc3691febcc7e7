//! Tests of check, compile and export on whole pipelines.

mod check;
mod compile;
mod sample;
