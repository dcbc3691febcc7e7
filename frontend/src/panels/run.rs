//! The panels of a run: facts, timeline, a task's outputs, logs, attempts. They read one `LiveRun`.

pub mod canvas;
pub mod events;
pub mod facts;
pub mod links;
pub mod live;
pub mod log_view;
pub mod overview;
pub mod task;
pub mod timeline;
