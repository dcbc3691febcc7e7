//! The only I/O of the browser app: requests to the server, its event stream, uploads and downloads.

pub mod client;
pub mod code_editor;
pub mod events;
pub mod files;
pub mod python;
pub mod texts;
