//! What to do next in a run: a pure function of the Plan, the fold of the log, and what is seen right now.
//! Same input, same answer; safe to ask again at any moment. Knows no clock, no processes, no store.

use crate::engine::rules::{finish, retry_at, why_never};
use dagwright_shared::plan::{Plan, PlanTask};
use dagwright_shared::run::{PortValue, RunFact, RunPhase, RunState, TaskPhase};
use std::collections::{BTreeMap, BTreeSet};

/// What is seen right now.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Milliseconds since 1970.
    pub now: u64,
    /// Slots in hand: attempts that may be started at once.
    pub slots: usize,
    /// Slugs of tasks whose attempt this server has in hand.
    pub alive: BTreeSet<String>,
    /// Attempts that have ended and are not in the log yet, in the order of their ends.
    pub ended: Vec<Ended>,
    /// Somebody pressed Stop again.
    pub stop_at_once: bool,
}

/// An attempt that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// The task's slug.
    pub task: String,
    /// From 1.
    pub attempt: u32,
    /// How.
    pub how: HowEnded,
    /// Its stored log; `None`: it wrote nothing.
    pub log: Option<StoredLog>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub enum HowEnded {
    /// With its outputs stored.
    Succeeded(BTreeMap<String, PortValue>),
    /// Not as wanted; another attempt may do better.
    Failed {
        /// The program's exit code, where it had one.
        exit_code: Option<i32>,
        /// Why, for people.
        message: String,
    },
    /// In a way that another attempt cannot mend (a secret that is not there, a path the sandbox has not).
    Refused(String),
    /// By a stop.
    Stopped,
}

/// A log in S3.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredLog {
    /// Its key.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// Whether it is whole.
    pub complete: bool,
}

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Append facts to the log, then fold them and decide again.
    Record(RunFact),
    /// Record that the attempt starts, then start it.
    Start {
        /// The task's slug.
        task: String,
        /// From 1.
        attempt: u32,
    },
    /// End an attempt that is in hand.
    Stop {
        /// The task's slug.
        task: String,
        /// Whether without grace.
        at_once: bool,
    },
    /// A task is ready and no slot is in hand.
    WantSlot,
    /// Nothing can happen before this time (milliseconds since 1970) unless something is observed.
    WakeAt(u64),
}

/// Decides. An empty answer means: wait for what is in hand.
pub fn decide(plan: &Plan, state: &RunState, observed: &Observed) -> Vec<Action> {
    if state.phase.is_final() {
        return Vec::new();
    }
    if state.phase == RunPhase::Waiting {
        return vec![Action::Record(RunFact::RunStarted)];
    }
    let mut actions = Vec::new();
    ended(plan, state, observed, &mut actions);
    lost(plan, state, observed, &mut actions);
    if !actions.is_empty() {
        // The log moves on first: what follows depends on it.
        return actions;
    }
    if state.phase == RunPhase::Stopping {
        stopping(plan, state, observed, &mut actions);
    } else {
        going_on(plan, state, observed, &mut actions);
    }
    if actions.is_empty() && plan.tasks.iter().all(|task| state.task_phase(&task.slug).is_final()) {
        actions.push(Action::Record(finish(plan, state)));
    }
    actions
}

fn ended(plan: &Plan, state: &RunState, observed: &Observed, actions: &mut Vec<Action>) {
    for Ended { task, attempt, how, log } in &observed.ended {
        if let Some(StoredLog { key, size, complete }) = log.clone() {
            let fact = RunFact::LogStored { task: task.clone(), attempt: *attempt, key, size, complete };
            actions.push(Action::Record(fact));
        }
        let (task, attempt) = (task.clone(), *attempt);
        let stopping = state.phase == RunPhase::Stopping;
        let fact = match how {
            HowEnded::Succeeded(outputs) => RunFact::TaskSucceeded { task, attempt, outputs: outputs.clone() },
            HowEnded::Stopped => RunFact::TaskStopped { task },
            HowEnded::Failed { .. } | HowEnded::Refused(_) if stopping => RunFact::TaskStopped { task },
            HowEnded::Refused(message) => {
                RunFact::AttemptFailed { task, attempt, exit_code: None, message: message.clone(), retry_at: None }
            }
            HowEnded::Failed { exit_code, message } => {
                let retry = plan.task(&task).and_then(|found| plan.template(&found.template)).and_then(|t| t.retry);
                let retry_at = retry.and_then(|retry| retry_at(&retry, state.tasks.get(&task), observed.now));
                RunFact::AttemptFailed { task, attempt, exit_code: *exit_code, message: message.clone(), retry_at }
            }
        };
        actions.push(Action::Record(fact));
    }
}

/// Attempts that the log has going and nobody has in hand: an earlier server was cut.
fn lost(plan: &Plan, state: &RunState, observed: &Observed, actions: &mut Vec<Action>) {
    for task in &plan.tasks {
        let slug = &task.slug;
        let going = matches!(state.task_phase(slug), TaskPhase::Starting | TaskPhase::Running);
        let known = observed.alive.contains(slug) || observed.ended.iter().any(|ended| ended.task == *slug);
        if !going || known {
            continue;
        }
        let attempt = state.tasks.get(slug).map_or(1, |task| task.attempts.len() as u32);
        let (task, message) = (slug.clone(), String::from("The server ended while this attempt ran; it starts again."));
        actions.push(Action::Record(match state.phase {
            RunPhase::Stopping => RunFact::TaskStopped { task },
            _ => RunFact::AttemptLost { task, attempt, message },
        }));
    }
}

fn stopping(plan: &Plan, state: &RunState, observed: &Observed, actions: &mut Vec<Action>) {
    for task in &plan.tasks {
        let slug = task.slug.clone();
        match state.task_phase(&slug) {
            TaskPhase::Waiting => actions.push(Action::Record(RunFact::TaskStopped { task: slug })),
            TaskPhase::Starting | TaskPhase::Running => {
                actions.push(Action::Stop { task: slug, at_once: observed.stop_at_once });
            }
            TaskPhase::Succeeded | TaskPhase::Failed | TaskPhase::Skipped | TaskPhase::Stopped => {}
        }
    }
}

fn going_on(plan: &Plan, state: &RunState, observed: &Observed, actions: &mut Vec<Action>) {
    let mut skipped = BTreeSet::new();
    let mut slots = observed.slots;
    let mut wanting = false;
    let mut wake: Option<u64> = None;
    for task in &plan.tasks {
        if state.task_phase(&task.slug) != TaskPhase::Waiting {
            continue;
        }
        match readiness(plan, task, state, &skipped) {
            Readiness::Never(reason) => {
                skipped.insert(task.slug.as_str());
                actions.push(Action::Record(RunFact::TaskSkipped { task: task.slug.clone(), reason }));
            }
            Readiness::Later => {}
            Readiness::Ready => {
                let known = state.tasks.get(&task.slug);
                match known.and_then(|known| known.retry_at).filter(|at| *at > observed.now) {
                    Some(at) => wake = Some(wake.map_or(at, |earlier| earlier.min(at))),
                    None if slots > 0 => {
                        slots -= 1;
                        let attempt = known.map_or(0, |known| known.attempts.len() as u32) + 1;
                        actions.push(Action::Start { task: task.slug.clone(), attempt });
                    }
                    None => wanting = true,
                }
            }
        }
    }
    if wanting {
        actions.push(Action::WantSlot);
    }
    if let Some(at) = wake {
        actions.push(Action::WakeAt(at));
    }
}

enum Readiness {
    Ready,
    Later,
    Never(String),
}

/// Tasks stand in topological order, so whoever is to be skipped in this very answer is known already.
fn readiness(plan: &Plan, task: &PlanTask, state: &RunState, skipped: &BTreeSet<&str>) -> Readiness {
    let mut later = false;
    for dependency in &task.dependencies {
        let phase = state.task_phase(dependency);
        let phase = if skipped.contains(dependency.as_str()) { TaskPhase::Skipped } else { phase };
        match why_never(plan, dependency, phase) {
            Some(reason) => return Readiness::Never(reason),
            None => later |= phase != TaskPhase::Succeeded,
        }
    }
    if later { Readiness::Later } else { Readiness::Ready }
}

#[cfg(test)]
mod tests;
