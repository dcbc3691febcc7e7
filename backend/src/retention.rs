//! How long runs are kept: those that ended longer ago go with their logs and artifacts, whatever engine ran them. One
//! setting for all (`--keep-runs`); without it everything stays until somebody deletes it.

use crate::app::App;
use crate::clock::now;
use crate::engine::EngineError;
use crate::store::StoreError;
use dagwright_shared::api::RunSummary;
use std::time::Duration;

/// How often it is looked for runs whose time has come.
const ROUND: Duration = Duration::from_secs(60 * 60);
/// Runs of one look into the store.
const PAGE: u32 = 100;
const DAY: u64 = 24 * 60 * 60 * 1000;

/// Why a run was not deleted; what is left of it may be deleted by asking again.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// Its engine could not let it go: the cluster or the artifact store did not answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Deletes a run that has ended: what its engine has of it, logs and artifacts, then its record.
///
/// # Errors
/// [`DeleteError`].
pub async fn delete(app: &App, run: &RunSummary) -> Result<(), DeleteError> {
    app.engines.named(&run.engine)?.remove(&run.id).await?;
    app.store.delete_run(&run.id).await?;
    Ok(())
}

/// Deletes runs as their time comes, until the server stops.
pub async fn keep(app: App, days: u32) {
    loop {
        let deleted = sweep(&app, days, now()).await;
        if deleted > 0 {
            tracing::info!("deleted {deleted} runs that ended more than {days} days ago");
        }
        tokio::select! {
            () = tokio::time::sleep(ROUND) => {}
            () = app.stop.cancelled() => return,
        }
    }
}

/// Deletes every run that ended more than `days` before `now` (milliseconds since 1970) and says how many went. One that
/// cannot be deleted stays for the next time.
pub async fn sweep(app: &App, days: u32, now: u64) -> u64 {
    let before = now.saturating_sub(u64::from(days) * DAY);
    let (mut deleted, mut after) = (0, String::new());
    loop {
        let page = match app.store.runs_ended_before(before, &after, PAGE).await {
            Ok(page) => page,
            Err(error) => {
                tracing::error!("runs are not deleted: {error}");
                return deleted;
            }
        };
        let Some(last) = page.last() else { return deleted };
        after.clone_from(&last.id);
        for run in &page {
            if app.stop.is_cancelled() {
                return deleted;
            }
            match delete(app, run).await {
                Ok(()) => deleted += 1,
                Err(error) => tracing::warn!("run {} is not deleted yet: {error}", run.id),
            }
        }
    }
}
