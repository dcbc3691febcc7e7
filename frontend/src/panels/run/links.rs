//! Paths of links to a run's task and to an artifact of it. What they lead to is the run page's matter.

use crate::net::client::segment;

/// To a task.
pub fn task_path(run: &str, task: &str) -> String {
    format!("/runs/{}?task={}", segment(run), segment(task))
}

/// To an output of a task.
pub fn output_path(run: &str, task: &str, output: &str) -> String {
    format!("{}&output={}", task_path(run, task), segment(output))
}
