//! Engines: what carries out a Plan. Nothing here knows HTTP.

pub mod local;
