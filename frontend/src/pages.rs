//! One file a page. A page fetches, arranges panels, and holds no model code.

pub mod compare;
pub mod editor;
pub mod experiments;
pub mod frame;
pub mod home;
pub mod not_found;
pub mod open_file;
pub mod run;
pub mod runs;
pub mod settings;
pub mod versions;
pub mod volumes;
