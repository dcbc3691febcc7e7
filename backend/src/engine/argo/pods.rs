//! One watch over the pods of all runs and over what the cluster says about them: an attempt's detail says why it does not
//! run yet, and its log is followed once it does. A watch that drops begins anew and tells only what changed.

pub mod ended;
pub mod facts;
mod known;
#[cfg(test)]
mod tests;
pub mod why;

use super::cluster::Cluster;
use super::logs::Logs;
use super::run::{ActiveRun, ActiveRuns, PodRunning};
use super::watch::watched;
use super::{ArgoParts, names};
use crate::clock::now;
use crate::store::TimedFact;
use dagwright_shared::run::{RunFact, RunPhase, RunState, TaskPhase};
use facts::{EventFacts, PodFacts, WORKFLOW_LABEL};
use futures::StreamExt;
use k8s_openapi::api::core::v1::{Event, Pod};
use known::Known;
use kube::Api;
use kube::runtime::watcher;
use kube::runtime::watcher::Event as Change;
use std::collections::HashSet;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use why::Why;

/// Without the busiest, which say nothing beyond the pod itself.
const POD_EVENTS: &str = "involvedObject.kind=Pod,reason!=Created,reason!=Started,reason!=Scheduled,\
    reason!=MissingClusterDNS,reason!=Killing";
/// What is left is why a claim gets no volume; some of it is no warning.
const CLAIM_EVENTS: &str = "involvedObject.kind=PersistentVolumeClaim,reason!=Provisioning,\
    reason!=ProvisioningSucceeded,reason!=ExternalProvisioning,reason!=WaitForFirstConsumer";

/// Where a pod stands for the task's own program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// The program does not run yet.
    Waiting,
    /// It runs; there may be a log.
    Running,
    /// It has ended, or never will run.
    Ended,
    /// The pod is not there any more.
    Gone,
}

/// What is new about a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PodNews {
    /// The pod's name.
    pod: String,
    /// The run's id.
    run: String,
    /// The Workflow's name.
    workflow: String,
    /// Id of the node in the Workflow's status.
    node_id: String,
    /// Name of the node in the Workflow's status, such as `digits-x7.train(0)`.
    node_name: String,
    /// Where it stands.
    stage: Stage,
    /// Since when the program runs, milliseconds since 1970; `None`: it does not.
    since: Option<u64>,
    /// While it waits: what for. Once it has ended: why, where more than the exit code says so.
    why: Option<Why>,
}

/// Watches the pods of all runs until `stop`: while an attempt starts, its detail says what it waits for; once its program
/// runs, its log is followed.
pub async fn watch(parts: ArgoParts, runs: ActiveRuns, logs: Logs, stop: CancellationToken) {
    let (sender, mut news) = mpsc::channel(256);
    let labels = names::selector();
    let watching = follow(parts.cluster, &labels, sender, stop);
    let telling = async {
        while let Some(news) = news.recv().await {
            tell(&runs, &logs, news).await;
        }
    };
    tokio::join!(watching, telling);
}

/// Takes down what is new about a pod.
async fn tell(runs: &ActiveRuns, logs: &Logs, news: PodNews) {
    let Some(run) = runs.get(&news.run).filter(|run| run.workflow == news.workflow) else { return };
    let known = run.attempt_of(&news.node_id).map(|attempt| (attempt.task, attempt.attempt));
    // Argo shows a node seconds after its pod; the node's name says the same.
    let Some((task, attempt)) = known.or_else(|| attempt_of(&run, &news.node_name)) else { return };
    match (news.stage, news.why) {
        (Stage::Waiting, Some(why)) => {
            let detail = why.to_string();
            let recorded = run.record(|state| starting(state, task, attempt, detail));
            if let Err(error) = recorded.await {
                tracing::warn!("run {}: {error}", run.id);
            }
        }
        (stage @ (Stage::Running | Stage::Ended), _) => {
            logs.pod_runs(&run, &task, attempt, &news.node_id, &news.pod);
            if let (Stage::Running, Some(since)) = (stage, news.since) {
                run.pod_runs(PodRunning { task, attempt, since });
            }
        }
        _ => {}
    }
}

/// The detail of an attempt that starts, or is the next to start.
fn starting(state: &RunState, task: String, attempt: u32, detail: String) -> Vec<TimedFact> {
    if !matches!(state.phase, RunPhase::Running | RunPhase::Stopping) {
        return Vec::new();
    }
    let (phase, known, told) = state
        .tasks
        .get(&task)
        .map_or((TaskPhase::Waiting, 0, ""), |task| (task.phase, task.attempts.len(), task.detail.as_str()));
    let is_next = phase == TaskPhase::Waiting && known + 1 == attempt as usize;
    let is_new = phase == TaskPhase::Starting && known == attempt as usize && told != detail;
    if is_next || is_new { vec![(now(), RunFact::TaskStarting { task, attempt, detail })] } else { Vec::new() }
}

/// The task and attempt that a node's name says: `<workflow>.<task>`, or `<workflow>.<task>(<n from 0>)`.
fn attempt_of(run: &ActiveRun, node: &str) -> Option<(String, u32)> {
    let name = node.strip_prefix(run.workflow.as_str())?.strip_prefix('.')?;
    let (task, attempt) = match name.strip_suffix(')').and_then(|name| name.rsplit_once('(')) {
        Some((task, index)) => (task, index.parse::<u32>().ok()? + 1),
        None => (name, 1),
    };
    run.plan.task(task).map(|task| (task.slug.clone(), attempt))
}

/// Watches until told to stop, or until nobody listens. `labels` narrows the pods to those of runs.
async fn follow(cluster: Cluster, labels: &str, news: mpsc::Sender<PodNews>, stop: CancellationToken) {
    let selector = format!("{WORKFLOW_LABEL},{labels}");
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    let events: Api<Event> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    let config = || watcher::Config::default();
    let mut pods = watched(pods, config().labels(&selector));
    let mut told = watched(events.clone(), config().fields(POD_EVENTS));
    let mut claims = watched(events, config().fields(CLAIM_EVENTS));
    let mut known = Known::default();
    // Names that a beginning watch lists; what it does not list has gone meanwhile.
    let mut listed: HashSet<String> = HashSet::new();
    loop {
        let changed = tokio::select! {
            () = stop.cancelled() => return,
            () = news.closed() => return,
            change = pods.next() => match change {
                Some(Ok(Change::Init)) => {
                    listed.clear();
                    Vec::new()
                }
                Some(Ok(Change::InitApply(pod))) => {
                    listed.extend(pod.metadata.name.clone());
                    known.pod(PodFacts::of(&pod))
                }
                Some(Ok(Change::InitDone)) => known.still_there(&listed),
                Some(Ok(Change::Apply(pod))) => known.pod(PodFacts::of(&pod)),
                Some(Ok(Change::Delete(pod))) => known.gone(pod.metadata.name.as_deref().unwrap_or_default()),
                Some(Err(error)) => {
                    tracing::warn!("the watch over the pods in {} begins anew: {error}", cluster.namespace);
                    Vec::new()
                }
                None => return,
            },
            change = told.next() => match change {
                Some(Ok(Change::InitApply(event) | Change::Apply(event))) => {
                    let pod = event.involved_object.name.clone().unwrap_or_default();
                    known.event(&pod, EventFacts::of(&event))
                }
                Some(Ok(_)) => Vec::new(),
                Some(Err(error)) => {
                    tracing::debug!("the watch over the pods' events begins anew: {error}");
                    Vec::new()
                }
                None => return,
            },
            change = claims.next() => match change {
                Some(Ok(Change::InitApply(event) | Change::Apply(event))) => {
                    let claim = event.involved_object.name.clone().unwrap_or_default();
                    known.claim(claim, EventFacts::of(&event))
                }
                Some(Ok(_)) => Vec::new(),
                Some(Err(error)) => {
                    tracing::debug!("the watch over the claims' events begins anew: {error}");
                    Vec::new()
                }
                None => return,
            },
        };
        for piece in changed {
            if news.send(piece).await.is_err() {
                return;
            }
        }
    }
}
