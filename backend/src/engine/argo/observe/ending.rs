//! The end of a run: by its Workflow's, or because there is none any more. Leaves no task without an end.

use super::super::workflow::NodesError;
use super::View;
use crate::engine::rules::finish;
use dagwright_shared::run::{RunFact, RunPhase, TaskPhase};

impl View<'_> {
    /// The Workflow is at its end: so is every task, and the run.
    pub(super) fn end(&mut self, unreadable: Option<&NodesError>) {
        let status = &self.seen.status;
        let time = status.finished_at.unwrap_or(self.now);
        let message = match unreadable {
            Some(error) => format!("The Workflow ended as {}, but {error}.", status.phase),
            None if status.message.is_empty() => format!("The Workflow ended as {}", status.phase),
            None => status.message.clone(),
        };
        self.close_tasks(&message, time);
        let time = time.max(self.facts.iter().map(|(time, _)| *time).max().unwrap_or(0));
        let mut fact = finish(self.plan, &self.state);
        let succeeded = status.phase == "Succeeded" && unreadable.is_none();
        if let RunFact::RunFinished { phase: phase @ RunPhase::Succeeded, message: said } = &mut fact
            && !succeeded
        {
            // No task failed, and yet: a limit of the Workflow as a whole, or a controller's error.
            *phase = if self.state.phase == RunPhase::Stopping { RunPhase::Stopped } else { RunPhase::Failed };
            *said = message;
        }
        self.push(time, fact);
    }

    /// The run ends for a reason that is not in its Workflow.
    pub(super) fn cut(&mut self, message: &str) {
        self.close_tasks(message, self.now);
        let phase = if self.stopping() { RunPhase::Stopped } else { RunPhase::Failed };
        self.push(self.now, RunFact::RunFinished { phase, message: String::from(message) });
    }

    fn close_tasks(&mut self, message: &str, time: u64) {
        for task in &self.plan.tasks {
            let slug = task.slug.clone();
            match self.state.task_phase(&slug) {
                TaskPhase::Waiting => self.never(task, message, time),
                TaskPhase::Starting | TaskPhase::Running if self.stopping() => {
                    self.push(time, RunFact::TaskStopped { task: slug });
                }
                TaskPhase::Starting | TaskPhase::Running => {
                    let attempt = self.state.tasks.get(&slug).map_or(1, |task| task.attempts.len() as u32);
                    let message = String::from(message);
                    let fact = RunFact::AttemptFailed { task: slug, attempt, exit_code: None, message, retry_at: None };
                    self.push(time, fact);
                }
                TaskPhase::Succeeded | TaskPhase::Failed | TaskPhase::Skipped | TaskPhase::Stopped => {}
            }
        }
    }
}
