//! The embedded engine: runs a Plan on this machine, each task in a sandbox. One driver a run, slots shared by all.

mod attempt;
pub mod decide;
mod driver;
mod inputs;
mod job;
mod outputs;
pub mod sandbox;
mod unenforced;

use crate::artifacts::{ArtifactStore, keys};
use crate::engine::live_logs::LiveLogs;
use crate::engine::log_limit::LogLimit;
use crate::engine::{Engine, EngineError, LivePiece, Urgency};
use crate::secrets::Secrets;
use crate::store::{Store, VolumeLifetime};
use crate::volumes::Volumes;
use dagwright_shared::api::EngineInfo;
use dagwright_shared::diagnostic::{Diagnostic, DiagnosticCode, Place};
use dagwright_shared::plan::{Plan, PlanEnvValue};
use driver::{Driver, Message};
use futures::FutureExt;
use futures::future::BoxFuture;
use job::Job;
use sandbox::{Sandbox, SandboxKind};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The engine's name in requests and runs.
pub const NAME: &str = "local";

/// What the engine works with.
pub struct LocalParts {
    /// Events, plans, volumes' records.
    pub store: Store,
    /// Outputs and logs.
    pub artifacts: ArtifactStore,
    /// Where tasks run.
    pub sandbox: Sandbox,
    /// Folders of volumes.
    pub volumes: Volumes,
    /// Values by name and key.
    pub secrets: Secrets,
    /// The data folder.
    pub data_dir: PathBuf,
    /// Attempts at once, over all runs.
    pub slots: u32,
    /// The most that the log of one attempt keeps, bytes.
    pub log_limit: u64,
}

/// What drivers and attempts share.
struct Shared {
    store: Store,
    artifacts: ArtifactStore,
    sandbox: Sandbox,
    volumes: Volumes,
    secrets: Secrets,
    work: PathBuf,
    slots: Arc<Semaphore>,
    live: LiveLogs,
    log_limit: LogLimit,
    stop: CancellationToken,
    attempts: TaskTracker,
}

impl Shared {
    fn run_folder(&self, run: &str) -> PathBuf {
        self.work.join(run)
    }

    fn attempt_folder(&self, run: &str, task: &str, attempt: u32) -> PathBuf {
        self.run_folder(run).join(task).join(attempt.to_string())
    }
}

type Drivers = Arc<Mutex<HashMap<String, mpsc::UnboundedSender<Message>>>>;

/// The engine. One a data folder.
pub struct LocalEngine {
    shared: Arc<Shared>,
    drivers: Drivers,
    slots: u32,
    running: TaskTracker,
}

impl LocalEngine {
    /// Ends what an earlier server left running, and clears away what it left lying.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub async fn start(parts: LocalParts) -> Result<Self, EngineError> {
        let reaped = parts.sandbox.reap_leftovers().await;
        if reaped.ended > 0 {
            tracing::info!("ended {} processes that an earlier server left running", reaped.ended);
        }
        for failure in &reaped.failures {
            tracing::warn!("{failure}");
        }
        let work = parts.data_dir.join("work");
        let unfinished = parts.store.unfinished_runs(NAME).await?;
        clear_work(&work, &unfinished).await;
        clear_volumes(&parts.store, &parts.volumes, &unfinished).await?;
        let shared = Shared {
            store: parts.store,
            artifacts: parts.artifacts,
            sandbox: parts.sandbox,
            volumes: parts.volumes,
            secrets: parts.secrets,
            work,
            slots: Arc::new(Semaphore::new(parts.slots as usize)),
            live: LiveLogs::default(),
            log_limit: LogLimit { bytes: parts.log_limit },
            stop: CancellationToken::new(),
            attempts: TaskTracker::new(),
        };
        let (drivers, running) = (Drivers::default(), TaskTracker::new());
        Ok(Self { shared: Arc::new(shared), drivers, slots: parts.slots, running })
    }

    async fn take_up(&self, run: &str) -> Result<(), EngineError> {
        let record = self.shared.store.run(run).await?;
        let record = record.ok_or_else(|| EngineError::NotGoingOn(String::from(run)))?;
        let state = self.shared.store.run_state(run).await?;
        let volumes = self.shared.volumes.of_plan(&record.plan, &record.summary.pipeline, run).await?;
        let volumes = volumes.iter().map(|(slug, volume)| (slug.clone(), self.shared.volumes.folder(volume))).collect();
        let (driver, sender) = Driver::new(Arc::clone(&self.shared), String::from(run), record.plan, volumes, state);
        let lock = || self.drivers.lock().unwrap_or_else(PoisonError::into_inner);
        if lock().insert(String::from(run), sender).is_some() {
            tracing::error!("run {run} was taken up twice");
        }
        let (drivers, run) = (Arc::clone(&self.drivers), String::from(run));
        self.running.spawn(async move {
            driver.drive().await;
            drivers.lock().unwrap_or_else(PoisonError::into_inner).remove(&run);
        });
        Ok(())
    }

    /// What of a plan this machine cannot do.
    fn problems(&self, plan: &Plan) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let plan = Arc::new(plan.clone());
        let volumes = plan.volumes.iter().map(|volume| (volume.slug.clone(), self.shared.work.join("trial"))).collect();
        let volumes: Arc<BTreeMap<_, _>> = Arc::new(volumes);
        for task in &plan.tasks {
            let place = |field: &str| Place::Task { task: task.name.clone(), field: String::from(field) };
            let job = Job {
                run: String::from("trial"),
                plan: Arc::clone(&plan),
                task: task.slug.clone(),
                attempt: 1,
                upstream: BTreeMap::new(),
                volumes: Arc::clone(&volumes),
            };
            let template = plan.template(&task.template);
            for variable in template.map(|template| template.env.as_slice()).unwrap_or_default() {
                if let PlanEnvValue::Secret { name, key } = &variable.value
                    && self.shared.secrets.value(name, key).is_none()
                {
                    let field = format!("env/{}", variable.name);
                    let message = format!("There is no secret {name}/{key} on this machine.");
                    let diagnostic = Diagnostic::new(DiagnosticCode::EngineCannot, place(&field), message);
                    found.push(diagnostic.with_hint("Set it under Settings, Secrets."));
                }
            }
            let folder = self.shared.attempt_folder("trial", &task.slug, 1);
            for output in template.map(|template| template.outputs.as_slice()).unwrap_or_default() {
                if let Err(problem) = outputs::place(&folder, output) {
                    found.push(Diagnostic::new(DiagnosticCode::EngineCannot, place(""), problem.message));
                }
            }
            let paths = self.shared.sandbox.paths(&folder);
            let stand_in = |_: &str, _: &str| Some(String::from("value"));
            let refused = match job.command(&inputs::Inputs::default(), &paths, &folder, &stand_in) {
                Ok((command, _)) => {
                    self.shared.sandbox.can_run(&command).err().map(|refusal| (refusal.reason, refusal.hint))
                }
                Err(problem) => Some((problem.message, String::new())),
            };
            if let Some((reason, hint)) = refused {
                let diagnostic = Diagnostic::new(DiagnosticCode::EngineCannot, place(""), reason);
                found.push(if hint.is_empty() { diagnostic } else { diagnostic.with_hint(hint) });
            }
        }
        found.extend(unenforced::unenforced(&plan, self.shared.sandbox.keeps()));
        found
    }
}

impl Engine for LocalEngine {
    fn name(&self) -> &'static str {
        NAME
    }

    fn describe(&self) -> EngineInfo {
        let description = self.shared.sandbox.describe();
        EngineInfo {
            name: String::from(NAME),
            sandbox: String::from(sandbox_name(description.kind)),
            meaning: std::iter::once(description.meaning.join(" "))
                .chain(description.passed_over.iter().cloned())
                .collect::<Vec<_>>()
                .join("\n"),
            slots: self.slots,
            sees_host: description.sees_host,
        }
    }

    fn check<'a>(&'a self, plan: &'a Plan) -> BoxFuture<'a, Vec<Diagnostic>> {
        std::future::ready(self.problems(plan)).boxed()
    }

    fn volumes_in_use<'a>(
        &'a self,
        plan: &'a Plan,
        pipeline: &'a str,
    ) -> BoxFuture<'a, Result<Vec<(String, usize)>, EngineError>> {
        async move { Ok(self.shared.volumes.in_use(plan, pipeline).await?) }.boxed()
    }

    fn note_volumes<'a>(
        &'a self,
        plan: &'a Plan,
        pipeline: &'a str,
        run: &'a str,
    ) -> BoxFuture<'a, Result<Vec<String>, EngineError>> {
        async move {
            let volumes = self.shared.volumes.of_plan(plan, pipeline, run).await?;
            Ok(volumes.into_values().map(|volume| volume.id).collect())
        }
        .boxed()
    }

    fn submit(&self, run: &str) -> BoxFuture<'_, Result<(), EngineError>> {
        let run = String::from(run);
        async move { self.take_up(&run).await }.boxed()
    }

    fn observe(&self) -> BoxFuture<'_, Result<(), EngineError>> {
        async move {
            for run in self.shared.store.unfinished_runs(NAME).await? {
                if let Err(error) = self.take_up(&run).await {
                    tracing::error!("run {run} cannot be taken up again: {error}");
                }
            }
            Ok(())
        }
        .boxed()
    }

    fn cancel(&self, run: &str, by: &str, urgency: Urgency) -> BoxFuture<'_, Result<(), EngineError>> {
        let sender = self.drivers.lock().unwrap_or_else(PoisonError::into_inner).get(run).cloned();
        let sent = sender.map(|sender| sender.send(Message::Stop { by: String::from(by), urgency }).is_ok());
        let answer = if sent == Some(true) { Ok(()) } else { Err(EngineError::NotGoingOn(String::from(run))) };
        std::future::ready(answer).boxed()
    }

    fn remove(&self, run: &str) -> BoxFuture<'_, Result<(), EngineError>> {
        let prefix = keys::run_prefix(run);
        async move {
            self.shared.artifacts.delete_prefix(&prefix?).await?;
            Ok(())
        }
        .boxed()
    }

    fn logs(&self, run: &str, task: &str, attempt: u32, from: u64) -> BoxFuture<'_, Option<LivePiece>> {
        let (run, task) = (String::from(run), String::from(task));
        async move { self.shared.live.read(&run, &task, attempt, from).await }.boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async move {
            self.shared.stop.cancel();
            self.running.close();
            self.running.wait().await;
            self.shared.attempts.close();
            self.shared.attempts.wait().await;
        }
        .boxed()
    }
}

/// A sandbox's name in the API.
fn sandbox_name(kind: SandboxKind) -> &'static str {
    match kind {
        SandboxKind::Container => "container",
        SandboxKind::Bubblewrap => "bubblewrap",
        SandboxKind::Process => "process",
    }
}

/// Removes what was made for runs that have ended, or never began, when an earlier server was cut.
async fn clear_volumes(store: &Store, volumes: &Volumes, unfinished: &[String]) -> Result<(), EngineError> {
    for volume in store.volumes().await? {
        if volume.lifetime == VolumeLifetime::Run
            && !unfinished.contains(&volume.owner)
            && let Err(error) = volumes.delete(&volume).await
        {
            tracing::warn!("the volume {} was not removed: {error}", volume.id);
        }
    }
    Ok(())
}

/// Removes the folders of runs that have ended; those of the others are their drivers' to clear.
async fn clear_work(work: &Path, unfinished: &[String]) {
    let Ok(mut entries) = tokio::fs::read_dir(work).await else { return };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let name = entry.file_name();
        if !unfinished.iter().any(|run| name == run.as_str())
            && let Err(error) = attempt::remove_folder(&entry.path()).await
        {
            tracing::warn!("cannot remove {}: {error}", entry.path().display());
        }
    }
}
