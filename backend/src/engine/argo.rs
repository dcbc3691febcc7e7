//! The engine on Kubernetes: a Plan as one Argo Workflow, submitted and watched. Argo schedules, retries and passes
//! artifacts; nothing here decides what runs when.

mod check;
pub mod checks;
mod claims;
pub mod cluster;
mod driver;
pub mod logs;
pub mod names;
pub mod observe;
mod outputs;
pub mod pods;
pub mod rights;
pub mod run;
pub mod submit;
mod watch;
pub mod workflow;

use crate::artifacts::{ArtifactStore, keys};
use crate::clock::now;
use crate::engine::log_limit::LogLimit;
use crate::engine::{ClaimError, Engine, EngineError, LivePiece, Urgency};
use crate::secrets::Secrets;
use crate::store::{AppendError, Store};
use cluster::Cluster;
use dagwright_shared::api::{ClaimSummary, EngineInfo};
use dagwright_shared::diagnostic::Diagnostic;
use dagwright_shared::plan::Plan;
use dagwright_shared::run::{RunFact, RunPhase};
use driver::ToSubmit;
use futures::FutureExt;
use futures::future::BoxFuture;
use kube::api::DeleteParams;
use logs::Logs;
use run::{ActiveRun, ActiveRuns};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use watch::Patience;
use workflow::Workflow;

/// The engine's name in requests and runs.
pub const NAME: &str = "argo";
/// What deleting a run waits at most for the cluster.
const DELETING: Duration = Duration::from_secs(15);

/// What the engine works with. Cheap to clone.
#[derive(Clone)]
pub struct ArgoParts {
    /// Events and plans.
    pub store: Store,
    /// The S3 that pods use too.
    pub artifacts: ArtifactStore,
    /// Where Workflows go.
    pub cluster: Cluster,
    /// Whether the artifact store is the embedded one, which no pod reaches.
    pub embedded: bool,
    /// The data folder.
    pub data_dir: PathBuf,
    /// Secrets of this machine, which are hidden in logs where the cluster's have the same values.
    pub secrets: Secrets,
    /// The most that the log of one attempt keeps.
    pub log_limit: LogLimit,
}

/// What drivers and the watch share.
struct Shared {
    parts: ArgoParts,
    runs: ActiveRuns,
    logs: Logs,
    stop: CancellationToken,
    tasks: TaskTracker,
    /// Runs whose Workflows are here and which this server does not know: another Dagwright's.
    strangers: Mutex<HashSet<String>>,
}

/// The engine. One a data folder.
pub struct ArgoEngine {
    shared: Arc<Shared>,
}

impl ArgoEngine {
    /// An engine that does nothing yet: [`Engine::observe`] begins to watch.
    pub fn new(parts: ArgoParts) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let shared = Shared {
            logs: Logs::new(&parts, stop.clone(), tasks.clone()),
            parts,
            runs: ActiveRuns::default(),
            stop,
            tasks,
            strangers: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }
}

impl Shared {
    /// Follows a stored run that has not ended.
    async fn take_up(self: &Arc<Self>, id: &str) -> Result<(), EngineError> {
        let store = &self.parts.store;
        let record = store.run(id).await?.ok_or_else(|| EngineError::NotGoingOn(String::from(id)))?;
        let state = store.run_state(id).await?;
        let revision = store.run_revision(id).await?;
        let pipeline = record.summary.pipeline;
        let fresh = state.phase == RunPhase::Waiting;
        let run = Arc::new(ActiveRun::new(store.clone(), id, &record.plan, state));
        if !self.runs.add(&run) {
            return Ok(());
        }
        let to_submit = fresh.then_some(ToSubmit { plan: record.plan, pipeline, revision });
        self.tasks.spawn(driver::drive(Arc::clone(self), run, to_submit));
        Ok(())
    }

    /// A Workflow of a run that nobody follows: cleared away if it is ours and has ended.
    fn left_over(self: &Arc<Self>, seen: Workflow) {
        let id = String::from(seen.label(names::RUN).unwrap_or_default());
        let known = |id: &str| self.strangers.lock().unwrap_or_else(PoisonError::into_inner).contains(id);
        if seen.metadata.deletion_timestamp.is_some() || known(&id) {
            return;
        }
        let shared = Arc::clone(self);
        self.tasks.spawn(async move {
            match shared.parts.store.run(&id).await {
                Ok(None) => {
                    shared.strangers.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
                }
                Ok(Some(record)) if record.summary.phase.is_final() && record.summary.engine == NAME => {
                    let Ok(state) = shared.parts.store.run_state(&id).await else { return };
                    let run = Arc::new(ActiveRun::new(shared.parts.store.clone(), &id, &record.plan, state));
                    if run.workflow == seen.name() && shared.runs.add(&run) {
                        driver::clear_away(shared, run, seen).await;
                    }
                }
                // It is being taken up right now.
                Ok(Some(_)) => {}
                Err(error) => tracing::warn!("run {id} was not looked for: {error}"),
            }
        });
    }

    /// Says in the cluster that a run is to stop, however long the cluster does not answer.
    fn shut_down(self: &Arc<Self>, run: &Arc<ActiveRun>, how: &'static str) {
        let (shared, run) = (Arc::clone(self), Arc::clone(run));
        self.tasks.spawn(async move {
            let mut patience = Patience::default();
            while !shared.stop.is_cancelled() && !run.state().await.phase.is_final() {
                match shared.parts.cluster.shut_down(&run.workflow, how).await {
                    Ok(()) => return,
                    // Not created yet, which its driver sees to; or gone, which the watch says.
                    Err(kube::Error::Api(status)) if status.code == 404 => return,
                    Err(error) => tracing::warn!("run {} is not stopped yet: {error}", run.id),
                }
                tokio::select! {
                    () = tokio::time::sleep(patience.next().unwrap_or(Duration::from_secs(5))) => {}
                    () = shared.stop.cancelled() => {}
                }
            }
        });
    }
}

impl Engine for ArgoEngine {
    fn name(&self) -> &'static str {
        NAME
    }

    fn describe(&self) -> EngineInfo {
        let Cluster { namespace, server, .. } = &self.shared.parts.cluster;
        EngineInfo {
            name: String::from(NAME),
            sandbox: namespace.clone(),
            meaning: format!("Each task is a pod in the namespace {namespace} of {server}, run by Argo Workflows."),
            slots: 0,
            sees_host: false,
        }
    }

    fn check<'a>(&'a self, plan: &'a Plan) -> BoxFuture<'a, Vec<Diagnostic>> {
        check::check(&self.shared.parts, plan).boxed()
    }

    fn volumes_in_use<'a>(
        &'a self,
        plan: &'a Plan,
        _pipeline: &'a str,
    ) -> BoxFuture<'a, Result<Vec<(String, usize)>, EngineError>> {
        async move { Ok(check::claims_in_use(&self.shared.parts.store, plan).await?) }.boxed()
    }

    fn claims(&self) -> BoxFuture<'_, Result<Option<Vec<ClaimSummary>>, EngineError>> {
        let ArgoParts { cluster, store, .. } = &self.shared.parts;
        async move { claims::list(cluster, store).await.map(Some) }.boxed()
    }

    fn delete_claim<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), ClaimError>> {
        let ArgoParts { cluster, store, .. } = &self.shared.parts;
        claims::delete(cluster, store, name).boxed()
    }

    fn submit(&self, run: &str) -> BoxFuture<'_, Result<(), EngineError>> {
        let run = String::from(run);
        async move { self.shared.take_up(&run).await }.boxed()
    }

    fn observe(&self) -> BoxFuture<'_, Result<(), EngineError>> {
        async move {
            for run in self.shared.parts.store.unfinished_runs(NAME).await? {
                if let Err(error) = self.shared.take_up(&run).await {
                    tracing::error!("run {run} cannot be taken up again: {error}");
                }
            }
            let Shared { parts, runs, logs, stop, tasks, .. } = &*self.shared;
            tasks.spawn(watch::watch(Arc::clone(&self.shared)));
            tasks.spawn(pods::watch(parts.clone(), runs.clone(), logs.clone(), stop.clone()));
            Ok(())
        }
        .boxed()
    }

    fn cancel(&self, run: &str, by: &str, urgency: Urgency) -> BoxFuture<'_, Result<(), EngineError>> {
        let (run, by) = (String::from(run), String::from(by));
        async move {
            let run = self.shared.runs.get(&run).ok_or(EngineError::NotGoingOn(run))?;
            let mut again = urgency == Urgency::AtOnce;
            let asked = run.record(|state| match state.phase {
                RunPhase::Waiting | RunPhase::Running => vec![(now(), RunFact::StopRequested { by })],
                phase => {
                    again |= phase == RunPhase::Stopping;
                    Vec::new()
                }
            });
            match asked.await {
                Ok(()) => {}
                Err(AppendError::Store(error)) => return Err(EngineError::Store(error)),
                Err(_) => return Err(EngineError::NotGoingOn(run.id.clone())),
            }
            self.shared.shut_down(&run, if again { "Terminate" } else { "Stop" });
            Ok(())
        }
        .boxed()
    }

    fn remove(&self, run: &str) -> BoxFuture<'_, Result<(), EngineError>> {
        let id = String::from(run);
        async move {
            let parts = &self.shared.parts;
            let Some(record) = parts.store.run(&id).await? else { return Ok(()) };
            let workflow = names::workflow_name(&record.plan, &id);
            let workflows = parts.cluster.workflows();
            let how = DeleteParams::background();
            let deleted = workflows.delete(&workflow, &how);
            match tokio::time::timeout(DELETING, deleted).await {
                Ok(Ok(_)) => {}
                Ok(Err(kube::Error::Api(status))) if status.code == 404 => {}
                Ok(Err(error)) => return Err(EngineError::Cluster(format!("cannot delete {workflow}: {error}"))),
                Err(_) => return Err(EngineError::Cluster(String::from("the cluster does not answer"))),
            }
            // Artifacts by the Workflow's name, long parameters by the run's id, logs where Argo archives them by default.
            let archive = format!("{workflow}/");
            for prefix in [keys::run_prefix(&workflow)?, keys::run_prefix(&id)?, archive] {
                parts.artifacts.delete_prefix(&prefix).await?;
            }
            Ok(())
        }
        .boxed()
    }

    fn logs(&self, run: &str, task: &str, attempt: u32, from: u64) -> BoxFuture<'_, Option<LivePiece>> {
        let (run, task) = (String::from(run), String::from(task));
        async move { self.shared.logs.read(&run, &task, attempt, from).await }.boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async move {
            self.shared.stop.cancel();
            self.shared.tasks.close();
            self.shared.tasks.wait().await;
        }
        .boxed()
    }
}
