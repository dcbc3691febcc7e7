//! Engines: what carries out a Plan. Facts go to the store, whatever the engine; nothing here knows HTTP.

pub mod local;

use crate::store::StoreError;
use dagwright_shared::api::EngineInfo;
use dagwright_shared::diagnostic::Diagnostic;
use dagwright_shared::plan::Plan;
use futures::future::BoxFuture;

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
    /// The run is not there, or has ended.
    #[error("the run {0} is not going on")]
    NotGoingOn(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What carries out plans.
pub trait Engine: Send + Sync {
    /// What it is, for the run form and the run page.
    fn describe(&self) -> EngineInfo;

    /// What of a plan it cannot do here; empty: it can run it.
    fn check(&self, plan: &Plan) -> Vec<Diagnostic>;

    /// Takes up a stored run that has not begun.
    fn submit(&self, run: &str) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Takes up every stored run that has not ended, after a start of the server.
    fn observe(&self) -> BoxFuture<'_, Result<(), EngineError>>;

    /// Stops a run. The run ends by its events, not by this call.
    fn cancel(&self, run: &str, by: &str, urgency: Urgency) -> BoxFuture<'_, Result<(), EngineError>>;

    /// A piece of the log of an attempt that goes on. `None`: the engine has it no more; look among the stored ones.
    fn logs(&self, run: &str, task: &str, attempt: u32, from: u64) -> BoxFuture<'_, Option<LivePiece>>;

    /// Lets go of everything that runs, in time; what was cut goes on at the next start.
    fn close(&self) -> BoxFuture<'_, ()>;
}
