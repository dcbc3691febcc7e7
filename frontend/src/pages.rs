//! One file a page. A page fetches, arranges panels, and holds no model code.

pub mod arrive;
pub mod compare;
pub mod editor;
pub mod experiments;
mod extras;
pub mod frame;
pub mod home;
pub mod link;
pub mod not_found;
pub mod open_file;
pub mod run;
pub mod runs;
pub mod settings;
pub mod start;
pub mod versions;
pub mod volumes;
pub mod workbench;
