//! Logs of attempts on the cluster, from the first line to the store. Whoever follows pods says when there is something to
//! read, whoever follows Workflows when an attempt has ended; what is stored is recorded with the run.

mod filter;
mod follow;
mod keeper;
mod spool;
mod stream;

use super::ArgoParts;
use super::pods::facts::WORKFLOW_LABEL;
use super::run::{ActiveRun, AttemptNode};
use super::watch::Patience;
use crate::clock::now;
use crate::engine::LivePiece;
use crate::engine::masks::Masks;
use crate::store::AppendError;
use dagwright_shared::run::{RunFact, RunState};
use k8s_openapi::api::core::v1::Pod;
use keeper::{Keeper, LogOf, StoredLog};
use kube::Api;
use kube::api::ListParams;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long Argo's archive is waited for where the log is not whole: its key comes with a later status.
const ARCHIVE: Duration = Duration::from_secs(20);
/// How long storing a log is tried, and how long a run's end waits for all of its logs.
const STORING: Duration = Duration::from_secs(180);
/// Files of runs that ended longer ago than this are no longer needed by anybody.
const LEFT_OVER: u64 = 24 * 60 * 60 * 1000;

/// What is known of an attempt.
#[derive(Clone, Debug, Default)]
struct Kept {
    node: String,
    archived: Option<String>,
    storing: Storing,
}

/// How far an attempt's log has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Storing {
    #[default]
    NotYet,
    Now,
    Done,
}

struct Inner {
    parts: ArgoParts,
    keeper: Keeper,
    stop: CancellationToken,
    tasks: TaskTracker,
    attempts: Mutex<HashMap<LogOf, Kept>>,
    /// Node id → pod.
    pods: Mutex<HashMap<String, String>>,
    news: Notify,
}

/// The logs of all runs on the cluster. Cheap to clone.
#[derive(Clone)]
pub struct Logs {
    inner: Arc<Inner>,
}

impl Logs {
    /// Keeps files under `<data folder>/logs` while attempts go on; its work ends with `stop` and is counted by `tasks`.
    pub fn new(parts: &ArgoParts, stop: CancellationToken, tasks: TaskTracker) -> Self {
        let keeper = Keeper::new(parts);
        let inner = Inner {
            parts: parts.clone(),
            keeper,
            stop,
            tasks,
            attempts: Mutex::default(),
            pods: Mutex::default(),
            news: Notify::new(),
        };
        let logs = Self { inner: Arc::new(inner) };
        let (ending, inner) = (logs.clone(), &logs.inner);
        inner.tasks.spawn(async move {
            ending.inner.clear().await;
            ending.inner.stop.cancelled().await;
            ending.inner.keeper.stop().await;
        });
        logs
    }

    /// The program of an attempt runs, or has run, in this pod: its log is followed from now on. Again: nothing.
    pub fn pod_runs(&self, run: &ActiveRun, task: &str, attempt: u32, node: &str, pod: &str) {
        let of = LogOf { run: run.id.clone(), task: String::from(task), attempt };
        lock(&self.inner.pods).insert(String::from(node), String::from(pod));
        let storing = lock(&self.inner.attempts).get(&of).map(|kept| kept.storing).unwrap_or_default();
        if storing == Storing::NotYet && !self.inner.stop.is_cancelled() {
            self.inner.keeper.follow(&of, pod, self.inner.masks(run, task));
        }
    }

    /// Attempts that are new or have changed, after what they show was recorded. Also after a restart of the server, and
    /// for attempts that ended meanwhile. Does not wait.
    pub fn seen(&self, run: &Arc<ActiveRun>, attempts: Vec<AttemptNode>) {
        for attempt in attempts {
            let AttemptNode { task, attempt, node, ended, archived } = attempt;
            let of = LogOf { run: run.id.clone(), task, attempt };
            let begins = {
                let mut known = lock(&self.inner.attempts);
                let kept = known.entry(of.clone()).or_default();
                kept.node = node;
                kept.archived = archived.or(kept.archived.take());
                let begins = ended && kept.storing == Storing::NotYet;
                if begins {
                    kept.storing = Storing::Now;
                }
                begins
            };
            if begins {
                let (inner, run) = (Arc::clone(&self.inner), Arc::clone(run));
                self.inner.tasks.spawn(async move {
                    let stop = inner.stop.clone();
                    tokio::select! {
                        () = inner.store(&run, &of) => inner.done(&of),
                        () = stop.cancelled() => {}
                    }
                });
            }
        }
        self.inner.news.notify_waiters();
    }

    /// The run has ended: waits until the log of every attempt is stored or given up, minutes at most.
    pub async fn settle(&self, run: &Arc<ActiveRun>) {
        // A Workflow that was deleted shows no end of its attempts.
        self.seen(run, run.attempts().into_iter().map(|attempt| AttemptNode { ended: true, ..attempt }).collect());
        let deadline = Instant::now() + STORING + ARCHIVE;
        loop {
            let news = self.inner.news.notified();
            let open =
                lock(&self.inner.attempts).iter().any(|(of, kept)| of.run == run.id && kept.storing != Storing::Done);
            if !open {
                break;
            }
            if tokio::time::timeout_at(deadline, news).await.is_err() {
                tracing::warn!("run {}: not all of its logs could be stored in time", run.id);
                break;
            }
        }
        lock(&self.inner.attempts).retain(|of, _| of.run != run.id);
        let mut pods = lock(&self.inner.pods);
        for attempt in run.attempts() {
            pods.remove(&attempt.node);
        }
    }

    /// A piece of a log that is not stored yet, from a byte on. `None`: look in the store.
    pub async fn read(&self, run: &str, task: &str, attempt: u32, from: u64) -> Option<LivePiece> {
        let of = LogOf { run: String::from(run), task: String::from(task), attempt };
        if let Some(piece) = self.inner.keeper.read(&of, from).await {
            return Some(piece);
        }
        // Known, but nobody reads its pod: what there will be comes from the store.
        let is_open = lock(&self.inner.attempts).get(&of).is_some_and(|kept| kept.storing != Storing::Done);
        is_open.then(|| LivePiece { bytes: Vec::new(), end: false })
    }
}

impl Inner {
    /// Takes an ended attempt's log to the store and into the run's events.
    async fn store(&self, run: &ActiveRun, of: &LogOf) {
        if is_stored(&run.state().await, of) {
            self.keeper.close(of, self.kept(of).archived.as_deref()).await;
            return;
        }
        let deadline = Instant::now() + STORING;
        let mut patience = Patience::default();
        let archive = Instant::now() + ARCHIVE;
        loop {
            match self.try_to_store(run, of, archive).await {
                Ok(stored) => {
                    if let Some(stored) = stored {
                        self.record(run, of, stored).await;
                    }
                    self.keeper.close(of, self.kept(of).archived.as_deref()).await;
                    return;
                }
                Err(error) if Instant::now() < deadline => {
                    tracing::debug!("the log of {}/{}/{} is not stored yet: {error}", of.run, of.task, of.attempt);
                    tokio::time::sleep(patience.next().unwrap_or(STORING)).await;
                }
                Err(error) => {
                    tracing::error!("the log of {}/{}/{} was not stored: {error}", of.run, of.task, of.attempt);
                    return;
                }
            }
        }
    }

    async fn try_to_store(
        &self,
        run: &ActiveRun,
        of: &LogOf,
        archive: Instant,
    ) -> Result<Option<StoredLog>, keeper::LogError> {
        let pod = self.pod(run, of).await;
        let masks = self.masks(run, &of.task);
        let followed = self.keeper.finish(of, pod.as_deref(), &masks).await?;
        if !followed.is_complete {
            // A pod that never ran has no log and no archive: there is nothing to wait for.
            let ran = followed.size > 0 || has_run(&run.state().await, of);
            while ran && self.kept(of).archived.is_none() {
                let news = self.news.notified();
                if self.kept(of).archived.is_some() || tokio::time::timeout_at(archive, news).await.is_err() {
                    break;
                }
            }
        }
        self.keeper.store(of, &run.workflow, followed, self.kept(of).archived.as_deref(), &masks).await
    }

    /// Values of the cluster's own secrets are not ours to read (ARCHITECTURE.md); what this server was told is hidden.
    fn masks(&self, run: &ActiveRun, task: &str) -> Masks {
        Masks::of_task(&run.plan, task, &self.parts.secrets)
    }

    /// The attempt's pod: as the watch said, or as the cluster says now. `None`: it has gone.
    async fn pod(&self, run: &ActiveRun, of: &LogOf) -> Option<String> {
        let node = self.kept(of).node;
        if let Some(pod) = lock(&self.pods).get(&node) {
            return Some(pod.clone());
        }
        let pods: Api<Pod> = Api::namespaced(self.parts.cluster.client.clone(), &self.parts.cluster.namespace);
        let listed =
            pods.list(&ListParams::default().labels(&format!("{WORKFLOW_LABEL}={}", run.workflow))).await.ok()?;
        let found =
            listed.items.into_iter().map(|pod| super::pods::facts::PodFacts::of(&pod)).find(|pod| pod.node_id == node);
        found.map(|pod| pod.name)
    }

    async fn record(&self, run: &ActiveRun, of: &LogOf, stored: StoredLog) {
        let StoredLog { key, size, complete } = stored;
        let (task, attempt) = (of.task.clone(), of.attempt);
        let fact = RunFact::LogStored { task, attempt, key, size, complete };
        let mut patience = Patience::default();
        loop {
            let recorded =
                run.record(|state| if is_stored(state, of) { Vec::new() } else { vec![(now(), fact.clone())] });
            match recorded.await {
                Ok(()) => return,
                Err(AppendError::Store(error)) => {
                    tracing::error!("run {} waits, since its events cannot be stored: {error}", run.id);
                    tokio::time::sleep(patience.next().unwrap_or(STORING)).await;
                }
                Err(error) => {
                    tracing::warn!("the log of {}/{}/{} is stored and not shown: {error}", of.run, of.task, of.attempt);
                    return;
                }
            }
        }
    }

    /// Removes files of runs that are there no more, or ended long ago; what an earlier server followed can be read at once.
    async fn clear(&self) {
        for run in self.keeper.runs().await {
            let Ok(found) = self.parts.store.run_summary(&run).await else { continue };
            let ended = found.map_or(Some(0), |run| run.finished.filter(|_| run.phase.is_final()));
            if ended.is_some_and(|ended| ended + LEFT_OVER < now()) {
                self.keeper.remove(&run).await;
            } else if let Ok(Some(record)) = self.parts.store.run(&run).await {
                self.keeper.open(&run, |task| Masks::of_task(&record.plan, task, &self.parts.secrets)).await;
            }
        }
    }

    fn kept(&self, of: &LogOf) -> Kept {
        lock(&self.attempts).get(of).cloned().unwrap_or_default()
    }

    fn done(&self, of: &LogOf) {
        if let Some(kept) = lock(&self.attempts).get_mut(of) {
            kept.storing = Storing::Done;
        }
        self.news.notify_waiters();
    }
}

fn attempt<'a>(state: &'a RunState, of: &LogOf) -> Option<&'a dagwright_shared::run::AttemptState> {
    let task = state.tasks.get(&of.task)?;
    task.attempts.get((of.attempt as usize).checked_sub(1)?)
}

fn is_stored(state: &RunState, of: &LogOf) -> bool {
    attempt(state, of).is_some_and(|attempt| attempt.log_key.is_some())
}

fn has_run(state: &RunState, of: &LogOf) -> bool {
    attempt(state, of).is_some_and(|attempt| attempt.running.is_some())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
