//! A run that goes on, shared by everybody who has something to say about it: the driver, the pods' watch, the logs.
//! Facts are made from the state under its lock, so that two who speak at once never contradict each other.

use super::names;
use super::workflow::Workflow;
use crate::store::{AppendError, Store, TimedFact};
use dagwright_shared::plan::Plan;
use dagwright_shared::run::{RunState, TaskPhase};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What the cluster shows of a run.
#[derive(Debug)]
pub(super) enum Sighting {
    /// The Workflow as it is.
    Seen(Box<Workflow>),
    /// A whole list had it not: it may have gone, or it is not there yet.
    Unlisted,
    /// It was deleted, in this state.
    Deleted(Box<Workflow>),
    /// A pod of it shows that its program runs; see [`ActiveRun::pods_running`].
    PodRuns,
}

/// An attempt whose program runs, as its pod shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodRunning {
    /// The task's slug.
    pub task: String,
    /// From 1.
    pub attempt: u32,
    /// Milliseconds since 1970, in whole seconds.
    pub since: u64,
}

/// The node of an attempt: what finds its pod and its archived log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptNode {
    /// The task's slug.
    pub task: String,
    /// From 1.
    pub attempt: u32,
    /// The node's id; the pod carries it as annotation `workflows.argoproj.io/node-id`.
    pub node: String,
    /// Whether the node is at its end.
    pub ended: bool,
    /// S3 key of the log that Argo archived (`main-logs`), once there is one.
    pub archived: Option<String>,
}

/// A run that goes on.
pub struct ActiveRun {
    /// Its id.
    pub id: String,
    /// The name of its Workflow, and of its folder in S3.
    pub workflow: String,
    /// The Plan without its command lines, which nobody needs any more.
    pub plan: Plan,
    store: Store,
    state: tokio::sync::Mutex<RunState>,
    nodes: Mutex<HashMap<String, AttemptNode>>,
    running: Mutex<Vec<PodRunning>>,
    inbox: Mutex<Option<Sighting>>,
    news: Notify,
}

impl ActiveRun {
    /// A run with the fold of its events so far.
    pub fn new(store: Store, id: &str, plan: &Plan, state: RunState) -> Self {
        Self {
            id: String::from(id),
            workflow: names::workflow_name(plan, id),
            plan: outline(plan),
            store,
            state: tokio::sync::Mutex::new(state),
            nodes: Mutex::default(),
            running: Mutex::default(),
            inbox: Mutex::default(),
            news: Notify::new(),
        }
    }

    /// The fold of its events now.
    pub async fn state(&self) -> RunState {
        self.state.lock().await.clone()
    }

    /// Stores facts that follow from the state, which nobody changes meanwhile.
    ///
    /// # Errors
    /// [`AppendError`]; on [`AppendError::Illegal`] the state has been read anew from the store.
    pub async fn record(&self, facts: impl FnOnce(&RunState) -> Vec<TimedFact>) -> Result<(), AppendError> {
        let mut state = self.state.lock().await;
        let facts = facts(&state);
        if facts.is_empty() {
            return Ok(());
        }
        match self.store.append_timed(&self.id, facts).await {
            Ok(events) => {
                for event in events {
                    state.apply(&event)?;
                }
                Ok(())
            }
            Err(error) => {
                if matches!(error, AppendError::Illegal(_)) {
                    *state = self.store.run_state(&self.id).await?;
                }
                Err(error)
            }
        }
    }

    /// The attempt whose pod carries this node id, as far as the Workflow has shown it.
    pub fn attempt_of(&self, node: &str) -> Option<AttemptNode> {
        lock(&self.nodes).get(node).cloned()
    }

    /// Every attempt that the Workflow has shown.
    pub fn attempts(&self) -> Vec<AttemptNode> {
        lock(&self.nodes).values().cloned().collect()
    }

    /// Keeps what the Workflow shows of attempts; returns those that are new or have changed.
    pub(super) fn keep_nodes(&self, attempts: Vec<AttemptNode>) -> Vec<AttemptNode> {
        let mut nodes = lock(&self.nodes);
        let changed = attempts.into_iter().filter(|attempt| nodes.get(&attempt.node) != Some(attempt));
        let changed: Vec<_> = changed.collect();
        for attempt in &changed {
            nodes.insert(attempt.node.clone(), attempt.clone());
        }
        changed
    }

    /// A pod shows that the program of an attempt runs; again: nothing.
    pub(super) fn pod_runs(&self, pod: PodRunning) {
        let mut running = lock(&self.running);
        if !running.contains(&pod) {
            running.push(pod);
            drop(running);
            self.put(Sighting::PodRuns);
        }
    }

    /// Attempts that run as their pods show, and that the state may not have yet.
    pub(super) fn pods_running(&self, state: &RunState) -> Vec<PodRunning> {
        let mut running = lock(&self.running);
        running.retain(|PodRunning { task, attempt, .. }| {
            let known = state.tasks.get(task);
            let attempts = known.map_or(0, |task| task.attempts.len());
            let is_told = attempts > *attempt as usize
                || known.is_some_and(|known| attempts == *attempt as usize && known.phase != TaskPhase::Starting);
            !is_told && !state.phase.is_final()
        });
        running.clone()
    }

    /// Puts in what the cluster shows; what was there and not read yet is older and no longer needed.
    pub(super) fn put(&self, sighting: Sighting) {
        let mut inbox = lock(&self.inbox);
        // A list that was begun before the Workflow was seen says nothing about it; what pods show is asked for after each
        // look at the Workflow anyway.
        if matches!(
            (&sighting, &*inbox),
            (Sighting::Unlisted, Some(Sighting::Seen(_) | Sighting::Deleted(_))) | (Sighting::PodRuns, Some(_))
        ) {
            return;
        }
        *inbox = Some(sighting);
        drop(inbox);
        self.news.notify_one();
    }

    /// The next that the cluster shows.
    pub(super) async fn next(&self) -> Sighting {
        loop {
            let news = self.news.notified();
            let taken = lock(&self.inbox).take();
            match taken {
                Some(sighting) => return sighting,
                None => news.await,
            }
        }
    }
}

/// The runs that go on, by id.
#[derive(Clone, Default)]
pub struct ActiveRuns {
    runs: Arc<Mutex<HashMap<String, Arc<ActiveRun>>>>,
}

impl ActiveRuns {
    /// The run of an id (the label [`names::RUN`] of Workflows and pods).
    pub fn get(&self, id: &str) -> Option<Arc<ActiveRun>> {
        lock(&self.runs).get(id).cloned()
    }

    /// All.
    pub fn all(&self) -> Vec<Arc<ActiveRun>> {
        lock(&self.runs).values().cloned().collect()
    }

    /// Adds a run; false: it is there already.
    pub(super) fn add(&self, run: &Arc<ActiveRun>) -> bool {
        let mut runs = lock(&self.runs);
        if runs.contains_key(&run.id) {
            return false;
        }
        runs.insert(run.id.clone(), Arc::clone(run));
        true
    }

    pub(super) fn remove(&self, id: &str) {
        lock(&self.runs).remove(id);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A Plan without what only the Workflow needed: 500 runs of Python functions would keep 500 bootstraps.
fn outline(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    for template in &mut plan.templates {
        template.command = Vec::new();
        template.args = Vec::new();
    }
    plan
}
