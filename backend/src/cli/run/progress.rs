//! A run's events as lines for a terminal. Decides nothing about the run.

use crate::cli::output::{duration, tell};
use crate::cli::server::Client;
use dagwright_shared::api::RunSummary;
use dagwright_shared::plan::Plan;
use dagwright_shared::run::{RunEvent, RunFact, RunState, TaskPhase};
use std::collections::HashMap;
use std::io::IsTerminal;

/// Lines of a failed task's log that are shown.
const LOG_LINES: usize = 20;
/// Failed tasks whose logs are shown.
const LOGS: usize = 3;

/// Tells what happens.
pub(super) struct Progress<'a> {
    names: HashMap<&'a str, &'a str>,
    width: usize,
    quiet: bool,
    /// A person watches: what begins is told too, not only what ends.
    watched: bool,
    done: usize,
}

impl<'a> Progress<'a> {
    pub(super) fn new(plan: &'a Plan, quiet: bool) -> Self {
        let names: HashMap<&str, &str> =
            plan.tasks.iter().map(|task| (task.slug.as_str(), task.name.as_str())).collect();
        let width = names.values().map(|name| name.chars().count()).max().unwrap_or_default().min(40);
        Self { names, width, quiet, watched: std::io::stderr().is_terminal(), done: 0 }
    }

    /// Tells an event that `state` holds already.
    pub(super) fn tell(&mut self, event: &RunEvent, state: &RunState) {
        let (task, what) = match &event.fact {
            RunFact::TaskStarting { task, detail, .. } if self.watched && !detail.is_empty() => (task, detail.clone()),
            RunFact::TaskRunning { task, attempt: 1, .. } if self.watched => (task, String::from("running")),
            RunFact::TaskRunning { task, attempt, .. } if *attempt > 1 => (task, format!("running, attempt {attempt}")),
            RunFact::TaskSucceeded { task, .. } => (task, format!("succeeded in {}", took(task, state))),
            RunFact::AttemptFailed { task, message, retry_at: None, .. } => (task, format!("failed: {message}")),
            RunFact::AttemptFailed { task, message, .. } => (task, format!("failed, will be tried again: {message}")),
            RunFact::AttemptLost { task, message, .. } => (task, message.clone()),
            RunFact::TaskSkipped { task, reason } => (task, format!("skipped: {reason}")),
            RunFact::TaskStopped { task } => (task, String::from("stopped")),
            _ => return,
        };
        let is_end = state.task_phase(task).is_final();
        self.done += usize::from(is_end);
        if self.quiet {
            return;
        }
        let all = self.names.len();
        let count = if is_end { format!("{}/{all}", self.done) } else { String::new() };
        let name = self.names.get(task.as_str()).copied().unwrap_or(task);
        tell(&format!("{count:>9}  {name:width$}  {what}\n", width = self.width));
    }
}

fn took(task: &str, state: &RunState) -> String {
    let attempt = state.tasks.get(task).and_then(|task| task.attempts.last());
    let times = attempt.and_then(|attempt| Some((attempt.running?, attempt.finished?)));
    duration(times.map_or(0, |(start, end)| end.saturating_sub(start)))
}

/// The ends of failed tasks' logs.
pub(super) async fn failures(client: &Client, run: &RunSummary, plan: &Plan, state: &RunState) {
    let failed = plan.tasks.iter().filter(|task| state.task_phase(&task.slug) == TaskPhase::Failed);
    for task in failed.take(LOGS) {
        let attempt = state.tasks.get(&task.slug).map_or(0, |task| task.attempts.len());
        let path = format!("/api/runs/{}/tasks/{}/attempts/{attempt}/log?download=1", run.id, task.slug);
        let Ok(log) = client.text(&path).await else { continue };
        let lines: Vec<&str> = log.lines().collect();
        if lines.is_empty() {
            continue;
        }
        tell(&format!("\nThe end of {}'s log:\n", task.name));
        lines.iter().skip(lines.len().saturating_sub(LOG_LINES)).for_each(|line| tell(&format!("    {line}\n")));
    }
}
