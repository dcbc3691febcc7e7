//! What both engines say in the same way: when a failed attempt is followed by another, why a task will never run, how a
//! run ends. Pure functions of the Plan and the fold of the log.

use dagwright_shared::plan::{Plan, PlanRetry};
use dagwright_shared::run::{RunFact, RunPhase, RunState, TaskPhase, TaskState};

/// When the next attempt starts, counting the failure that is about to be recorded. `None`: never.
pub(super) fn retry_at(retry: &PlanRetry, task: Option<&TaskState>, now: u64) -> Option<u64> {
    let attempts = task.map(|task| task.attempts.as_slice()).unwrap_or_default();
    let earlier = attempts.iter().filter(|attempt| attempt.phase == TaskPhase::Failed && !attempt.lost).count();
    if earlier >= retry.limit as usize {
        return None;
    }
    let wait = retry.backoff_seconds as f64 * retry.factor.max(0.0).powi(i32::try_from(earlier).unwrap_or(i32::MAX));
    let longest = retry.max_backoff_seconds.map_or(f64::from(u32::MAX), |seconds| seconds as f64);
    Some(now.saturating_add((wait.min(longest) * 1000.0) as u64))
}

/// Why a task will never run whose dependency stands so; `None`: it may yet.
pub(super) fn why_never(plan: &Plan, dependency: &str, phase: TaskPhase) -> Option<String> {
    let what = match phase {
        TaskPhase::Waiting | TaskPhase::Starting | TaskPhase::Running | TaskPhase::Succeeded => return None,
        TaskPhase::Failed => "failed",
        TaskPhase::Skipped => "was skipped",
        TaskPhase::Stopped => "was stopped",
    };
    Some(format!("{} {what}", name_of(plan, dependency)))
}

/// How a run ends whose tasks have all come to their ends.
pub(super) fn finish(plan: &Plan, state: &RunState) -> RunFact {
    let of = |phase| plan.tasks.iter().filter(move |task| state.task_phase(&task.slug) == phase);
    let failed: Vec<_> = of(TaskPhase::Failed).collect();
    if let [first, rest @ ..] = failed.as_slice() {
        let why = state.tasks.get(&first.slug).map_or("", |task| task.detail.as_str());
        let more = if rest.is_empty() { String::new() } else { format!(" ({} more failed)", rest.len()) };
        let message = format!("{} failed: {why}{more}", first.name);
        let phase = if state.phase == RunPhase::Stopping { RunPhase::Stopped } else { RunPhase::Failed };
        return RunFact::RunFinished { phase, message };
    }
    if of(TaskPhase::Stopped).next().is_some() {
        return RunFact::RunFinished { phase: RunPhase::Stopped, message: String::from("Stopped before its end.") };
    }
    RunFact::RunFinished { phase: RunPhase::Succeeded, message: String::new() }
}

/// A task's name as its author wrote it.
pub(super) fn name_of<'a>(plan: &'a Plan, slug: &'a str) -> &'a str {
    plan.task(slug).map_or(slug, |task| task.name.as_str())
}
