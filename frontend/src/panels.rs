//! The panels around the canvas. They read the store and give it commands; none does I/O but through `net`.

pub mod arrivals;
pub mod copy_link;
pub mod difference;
pub mod document_text;
pub mod editing;
pub mod inspector;
pub mod keys;
pub mod manage;
pub mod palette;
pub mod parameters;
pub mod problems;
pub mod run;
pub mod run_form;
pub mod run_notes;
pub mod share;
pub mod templates;
pub mod tour;
pub mod workflow;
pub mod yaml_panel;
