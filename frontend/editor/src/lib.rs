//! The editor as pure functions: `EditorAction`s go in, document edits and session state come out.
//! No leptos, no web-sys, no clock, no I/O: everything here runs under plain `cargo test`.

pub mod action;
pub mod catalogue;
pub mod clipboard;
pub mod content;
pub mod gesture;
pub mod hit;
pub mod keymap;
pub mod label;
pub mod path;
pub mod quick_add;
pub mod scene;
pub mod selection;
pub mod session;
pub mod space;
pub mod spatial;
pub mod update;
pub mod viewport;
pub mod wiring;
