//! Engines: what carries out a Plan. Facts go to the store, whatever the engine; nothing here knows HTTP.

pub mod argo;
mod live_logs;
pub mod local;
pub mod log_limit;
pub mod masks;
mod rules;

use crate::artifacts::ArtifactError;
use crate::store::{Store, StoreError};
use dagwright_shared::api::{ClaimSummary, EngineInfo};
use dagwright_shared::diagnostic::Diagnostic;
use dagwright_shared::plan::Plan;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::sync::Arc;

/// How a run is to be stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Processes get a moment to end by themselves.
    Gently,
    /// At once.
    AtOnce,
}

/// A piece of an attempt's log while the engine still has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LivePiece {
    /// From the offset that was asked for; secrets are masked. Length is that of the bytes in the log.
    pub bytes: Vec<u8>,
    /// Whether the attempt has ended, so that nothing will follow.
    pub end: bool,
}

/// Why an engine did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The run was made by an engine that this server does not have.
    #[error("this server has no engine {0:?}; start it with the settings that the run was made with")]
    Absent(String),
    /// The run is not there, or has ended.
    #[error("the run {0} is not going on")]
    NotGoingOn(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The artifact store failed.
    #[error(transparent)]
    Artifacts(#[from] ArtifactError),
    /// The cluster does not answer, or refuses.
    #[error("the cluster did not do it: {0}")]
    Cluster(String),
}

/// Why a claim was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// There is none of that name.
    #[error("there is no claim {0:?}")]
    Absent(String),
    /// Somebody else made it.
    #[error("the claim {0:?} was not made by Dagwright for a pipeline, and is not deleted by it")]
    NotOurs(String),
    /// A run or another pod uses it.
    #[error("the claim {0:?} is in use right now")]
    InUse(String),
    /// The cluster does not answer, or refuses.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// What carries out plans.
pub trait Engine: Send + Sync {
    /// Its name in requests and runs.
    fn name(&self) -> &'static str;

    /// What it is, for the run form and the run page.
    fn describe(&self) -> EngineInfo;

    /// What of a plan it cannot do here; empty: it can run it.
    fn check<'a>(&'a self, plan: &'a Plan) -> BoxFuture<'a, Vec<Diagnostic>>;

    /// Volumes of a plan that runs which go on use right now: name and how many runs. Notes nothing.
    fn volumes_in_use<'a>(
        &'a self,
        _plan: &'a Plan,
        _pipeline: &'a str,
    ) -> BoxFuture<'a, Result<Vec<(String, usize)>, EngineError>> {
        std::future::ready(Ok(Vec::new())).boxed()
    }

    /// Ids of the volumes of this machine that a run is to have, noted in the store; none where storage is elsewhere.
    fn note_volumes<'a>(
        &'a self,
        _plan: &'a Plan,
        _pipeline: &'a str,
        _run: &'a str,
    ) -> BoxFuture<'a, Result<Vec<String>, EngineError>> {
        std::future::ready(Ok(Vec::new())).boxed()
    }

    /// Claims of the cluster that it runs on; `None`: it runs on none.
    fn claims(&self) -> BoxFuture<'_, Result<Option<Vec<ClaimSummary>>, EngineError>> {
        std::future::ready(Ok(None)).boxed()
    }

    /// Deletes a claim that was made for a pipeline and that nobody uses.
    fn delete_claim<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), ClaimError>> {
        std::future::ready(Err(ClaimError::Absent(String::from(name)))).boxed()
    }

    /// Takes up a stored run that has not begun.
    fn submit(&self, run: &str) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Takes up every stored run of its own that has not ended, after a start of the server.
    fn observe(&self) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Stops a run. The run ends by its events, not by this call.
    fn cancel(&self, run: &str, by: &str, urgency: Urgency) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Removes what a run that has ended left behind: artifacts, logs, its objects in a cluster.
    fn remove(&self, run: &str) -> BoxFuture<'_, Result<(), EngineError>>;

    /// A piece of the log of an attempt that goes on. `None`: the engine has it no more; look among the stored ones.
    fn logs(&self, run: &str, task: &str, attempt: u32, from: u64) -> BoxFuture<'_, Option<LivePiece>>;

    /// Lets go of everything that runs, in time; what was cut goes on at the next start.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// The engines of a server; the first is taken where a run names none.
#[derive(Clone)]
pub struct Engines {
    list: Vec<Arc<dyn Engine>>,
}

impl Engines {
    /// The default first.
    pub fn new(list: Vec<Arc<dyn Engine>>) -> Self {
        Self { list }
    }

    /// All, the default first.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn Engine>> {
        self.list.iter()
    }

    /// The engine of a name; empty: the default.
    ///
    /// # Errors
    /// [`EngineError::Absent`].
    pub fn named(&self, name: &str) -> Result<&Arc<dyn Engine>, EngineError> {
        let found = self.list.iter().find(|engine| name.is_empty() || engine.name() == name);
        found.ok_or_else(|| EngineError::Absent(String::from(name)))
    }

    /// A piece of the log of an attempt that goes on, of whichever engine has it; see [`Engine::logs`].
    pub async fn logs(&self, run: &str, task: &str, attempt: u32, from: u64) -> Option<LivePiece> {
        for engine in &self.list {
            if let Some(piece) = engine.logs(run, task, attempt, from).await {
                return Some(piece);
            }
        }
        None
    }

    /// The engine that a stored run was given to.
    ///
    /// # Errors
    /// [`EngineError::NotGoingOn`] where there is no such run, [`EngineError::Absent`], [`EngineError::Store`].
    pub async fn of_run(&self, store: &Store, run: &str) -> Result<&Arc<dyn Engine>, EngineError> {
        let summary = store.run_summary(run).await?;
        let summary = summary.ok_or_else(|| EngineError::NotGoingOn(String::from(run)))?;
        self.named(&summary.engine)
    }
}
