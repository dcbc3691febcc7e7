//! What happened in a run: the difference between the fold of its stored events and what its Workflow shows. Pure, and it
//! converges: from any fold that it made and any later status, however many were missed, it comes to the same state.

mod attempts;
mod begun;
mod ending;
mod inputs;
mod messages;

pub use begun::begun;

use super::run::AttemptNode;
use super::workflow::{Node, NodesError, Workflow};
use crate::artifacts::keys;
use crate::engine::rules::why_never;
use crate::store::TimedFact;
use dagwright_shared::plan::{Plan, PlanTask};
use dagwright_shared::run::{AttemptState, PortValue, RunEvent, RunFact, RunPhase, RunState, TaskPhase};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// Artifacts that were looked at in S3: key → what is there.
pub type KnownArtifacts = BTreeMap<String, PortValue>;

/// What a status brings.
#[derive(Debug, Default)]
pub struct Observation {
    /// New facts with their times, in order.
    pub facts: Vec<TimedFact>,
    /// All attempts that the Workflow shows.
    pub attempts: Vec<AttemptNode>,
    /// Why the nodes could not be read; the run ends by its Workflow's phase then.
    pub unreadable: Option<NodesError>,
}

/// Compares. `now` (milliseconds since 1970) dates what the Workflow does not; artifacts that are not among `known` come
/// with size 0, to be looked up and given the next time.
pub fn observe(plan: &Plan, state: &RunState, seen: &Workflow, known: &KnownArtifacts, now: u64) -> Observation {
    if state.phase.is_final() {
        return Observation { attempts: attempts_of(plan, seen), ..Observation::default() };
    }
    let (nodes, unreadable) = match seen.nodes() {
        Ok(nodes) => (nodes, None),
        Err(error) => (Cow::Owned(BTreeMap::new()), Some(error)),
    };
    let by_name = nodes.values().map(|node| (node.name.as_str(), node)).collect();
    let mut view = View { plan, seen, by_name, known, now, state: state.clone(), facts: Vec::new() };
    view.begin();
    for task in &plan.tasks {
        view.task(task);
    }
    if seen.is_final() {
        view.end(unreadable.as_ref());
    }
    let mut facts = view.facts;
    let attempts = node_list(plan, seen.name(), &nodes);
    // The order in which things happened; what follows from one another keeps its order.
    let place = |fact: &RunFact| match fact {
        RunFact::RunStarted => 0,
        RunFact::RunFinished { .. } => 2,
        _ => 1,
    };
    facts.sort_by_key(|(time, fact)| (place(fact), *time));
    Observation { facts, attempts, unreadable }
}

/// The attempts that a Workflow shows; none where its nodes cannot be read.
pub fn attempts_of(plan: &Plan, seen: &Workflow) -> Vec<AttemptNode> {
    seen.nodes().map(|nodes| node_list(plan, seen.name(), &nodes)).unwrap_or_default()
}

/// The facts of a run whose Workflow is there no more.
pub fn gone(plan: &Plan, state: &RunState, workflow: &str, now: u64) -> Vec<TimedFact> {
    let message = format!("The Workflow {workflow} was deleted from the cluster before the run ended.");
    ended_from_outside(plan, state, &message, now)
}

/// The facts of a run that comes to an end for a reason that no task has: the Workflow was refused, or deleted.
pub fn ended_from_outside(plan: &Plan, state: &RunState, message: &str, now: u64) -> Vec<TimedFact> {
    if state.phase.is_final() {
        return Vec::new();
    }
    let seen = Workflow::default();
    let known = KnownArtifacts::new();
    let mut view = View {
        plan,
        seen: &seen,
        by_name: HashMap::new(),
        known: &known,
        now,
        state: state.clone(),
        facts: Vec::new(),
    };
    view.cut(message);
    view.facts
}

/// The folder of a run's artifacts: `runs/<workflow>/<task>/<output>`.
fn artifact_key(workflow: &str, task: &str, output: &str) -> String {
    // Slugs and Workflows' names are plain segments always.
    keys::output_key(workflow, &[task], output).unwrap_or_default()
}

fn node_list(plan: &Plan, workflow: &str, nodes: &BTreeMap<String, Node>) -> Vec<AttemptNode> {
    let by_name: HashMap<&str, &Node> = nodes.values().map(|node| (node.name.as_str(), node)).collect();
    let mut found = Vec::new();
    for task in &plan.tasks {
        for (index, node) in attempts::nodes(&by_name, workflow, &task.slug).into_iter().enumerate() {
            found.push(AttemptNode {
                task: task.slug.clone(),
                attempt: index as u32 + 1,
                node: node.id.clone(),
                ended: node.is_final() && node.finished_at.is_some(),
                archived: node.artifact_key("main-logs").map(String::from),
            });
        }
    }
    found
}

/// One comparison at work: the fold moves on with every fact that is found.
struct View<'a> {
    plan: &'a Plan,
    seen: &'a Workflow,
    by_name: HashMap<&'a str, &'a Node>,
    known: &'a KnownArtifacts,
    now: u64,
    state: RunState,
    facts: Vec<TimedFact>,
}

impl View<'_> {
    /// Takes a fact down and folds it in.
    fn push(&mut self, time: u64, fact: RunFact) {
        let time = time.max(self.earliest(&fact));
        let event = RunEvent { id: self.state.last_event + 1, run: String::new(), time, fact };
        match self.state.apply(&event) {
            Ok(()) => self.facts.push((time, event.fact)),
            Err(error) => tracing::error!("the Workflow {} shows what cannot be: {error}", self.seen.name()),
        }
    }

    /// Argo's clock has whole seconds: nothing may seem to be before what it follows.
    fn earliest(&self, fact: &RunFact) -> u64 {
        let (RunFact::TaskStarting { task, .. }
        | RunFact::TaskRunning { task, .. }
        | RunFact::TaskSucceeded { task, .. }
        | RunFact::AttemptFailed { task, .. }
        | RunFact::TaskSkipped { task, .. }
        | RunFact::TaskStopped { task }) = fact
        else {
            return self.state.started.unwrap_or(0);
        };
        let last = self.state.tasks.get(task).and_then(|task| task.attempts.last());
        let of = |attempt: &AttemptState| attempt.finished.or(attempt.running).unwrap_or(attempt.starting);
        last.map_or(self.state.started.unwrap_or(0), of)
    }

    fn stopping(&self) -> bool {
        self.state.phase == RunPhase::Stopping
    }

    fn begin(&mut self) {
        let seen = self.seen;
        let begun = seen.created().or(seen.status.started_at).unwrap_or(self.now);
        if self.state.phase == RunPhase::Waiting {
            self.push(begun, RunFact::RunStarted);
        }
        if let Some(how) = &seen.spec.shutdown
            && self.state.phase == RunPhase::Running
        {
            let time = if seen.is_final() { seen.status.finished_at.unwrap_or(self.now) } else { self.now };
            self.push(time, RunFact::StopRequested { by: format!("somebody on the cluster (shutdown: {how})") });
        }
    }

    fn task(&mut self, task: &PlanTask) {
        if self.state.task_phase(&task.slug).is_final() {
            return;
        }
        let name = format!("{}.{}", self.seen.name(), task.slug);
        let Some(node) = self.by_name.get(name.as_str()).copied() else { return };
        self.attempts(task, node);
        let waits = self.state.task_phase(&task.slug) == TaskPhase::Waiting;
        if waits && node.is_final() {
            // Omitted, or without another attempt though there might have been one.
            let time = node.finished_at.unwrap_or(self.now);
            self.never(task, &node.message, time);
        }
    }

    /// Ends a task that waits and never will begin (again).
    fn never(&mut self, task: &PlanTask, otherwise: &str, time: u64) {
        let why = task.dependencies.iter().find_map(|dependency| {
            let phase = self.state.task_phase(dependency);
            why_never(self.plan, dependency, phase).map(|reason| (phase, reason))
        });
        let task = task.slug.clone();
        let fact = match why {
            Some((TaskPhase::Failed | TaskPhase::Skipped, reason)) => RunFact::TaskSkipped { task, reason },
            _ if self.stopping() => RunFact::TaskStopped { task },
            Some((_, reason)) => RunFact::TaskSkipped { task, reason },
            None => RunFact::TaskSkipped { task, reason: String::from(otherwise) },
        };
        self.push(time, fact);
    }
}

#[cfg(test)]
mod tests;
