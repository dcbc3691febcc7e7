//! The panels around the canvas. They read the store and give it commands; none does I/O but through `net`.

pub mod run;
