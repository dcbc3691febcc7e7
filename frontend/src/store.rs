//! The one bridge from the pure editor to signals: one signal a record, so that an edit wakes only what it touched.

pub mod document_store;
pub mod keyed;
pub mod palette;
pub mod run_store;
pub mod server;

#[cfg(test)]
mod tests;
