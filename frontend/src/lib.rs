//! The browser app: pages over panels, canvas and forms, over the store, over the pure editor. Only `net` does I/O.

// The whole app nests deep view types; the compiler needs the room.
#![recursion_limit = "512"]

pub mod app;
pub mod canvas;
pub mod form;
pub mod i18n;
pub mod net;
pub mod pages;
pub mod panels;
pub mod store;
pub mod ui;
pub mod viewers;
