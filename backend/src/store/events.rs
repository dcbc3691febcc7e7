//! Reading events and folding them. Appending stands in `append`.

use super::error::{StoreError, unreadable};
use super::{AppendError, Store, TimedFact};
use dagwright_shared::run::{PortValue, RunEvent, RunFact, RunState, TaskPhase, TaskState};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Store {
    /// Stores facts of a run, all or none, then publishes them. Returns the numbered events.
    ///
    /// # Errors
    /// [`AppendError`]: they do not follow from the run's state, the run is not there, or the database failed.
    pub async fn append(&self, run: &str, time: u64, facts: Vec<RunFact>) -> Result<Vec<Arc<RunEvent>>, AppendError> {
        self.append_timed(run, facts.into_iter().map(|fact| (time, fact)).collect()).await
    }

    /// As [`Store::append`], for facts that others dated: each has a time of its own.
    ///
    /// # Errors
    /// As [`Store::append`].
    pub async fn append_timed(&self, run: &str, facts: Vec<TimedFact>) -> Result<Vec<Arc<RunEvent>>, AppendError> {
        self.writer.append(run, facts).await
    }

    /// Id of the newest stored event; 0 before the first.
    pub fn last_event(&self) -> u64 {
        self.writer.last()
    }

    /// Events with a greater id, in order, at most `limit`; of one run if one is named.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn events_after(&self, after: u64, run: Option<&str>, limit: u32) -> Result<Vec<RunEvent>, StoreError> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let rows = match run {
            None => {
                sqlx::query("SELECT id, run, time, fact FROM events WHERE id > ? ORDER BY id LIMIT ?")
                    .bind(after)
                    .bind(limit)
                    .fetch_all(&self.read)
                    .await?
            }
            Some(run) => {
                sqlx::query("SELECT id, run, time, fact FROM events WHERE run = ? AND id > ? ORDER BY id LIMIT ?")
                    .bind(run)
                    .bind(after)
                    .bind(limit)
                    .fetch_all(&self.read)
                    .await?
            }
        };
        rows.iter().map(event).collect()
    }

    /// The fold of a run's events. A run without events is Waiting.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn run_state(&self, run: &str) -> Result<RunState, StoreError> {
        let mut connection = self.read.acquire().await?;
        fold(&mut connection, run).await
    }
}

pub(super) async fn fold(connection: &mut SqliteConnection, run: &str) -> Result<RunState, StoreError> {
    let rows = sqlx::query("SELECT id, run, time, fact FROM events WHERE run = ? ORDER BY id")
        .bind(run)
        .fetch_all(connection)
        .await?;
    let mut state = RunState::default();
    for row in &rows {
        let event = event(row)?;
        state.apply(&event).map_err(|source| StoreError::Illegal { run: String::from(run), source })?;
    }
    Ok(state)
}

fn event(row: &SqliteRow) -> Result<RunEvent, StoreError> {
    let fact: RunFact = serde_json::from_str(row.get(3)).map_err(unreadable("an event"))?;
    Ok(RunEvent { id: row.get::<i64, _>(0) as u64, run: row.get(1), time: row.get::<i64, _>(2) as u64, fact })
}

/// Task phase → how many of a run's tasks stand there; those without an event are waiting.
pub(super) fn counts(state: &RunState, tasks: u32) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    let known = state.tasks.len() as u32;
    if tasks > known {
        counts.insert(String::from("waiting"), tasks - known);
    }
    for task in state.tasks.values() {
        *counts.entry(String::from(phase_name(task.phase))).or_insert(0) += 1;
    }
    counts
}

/// Bytes that a run keeps in the artifact store: artifacts that its tasks made, and logs of all attempts.
pub(super) fn stored_bytes(state: &RunState) -> u64 {
    let of = |task: &TaskState| {
        let outputs = task.outputs.values().map(|value| match value {
            PortValue::Artifact { size, .. } => *size,
            PortValue::Parameter { .. } => 0,
        });
        outputs.chain(task.attempts.iter().map(|attempt| attempt.log_size)).sum::<u64>()
    };
    state.tasks.values().map(of).sum()
}

fn phase_name(phase: TaskPhase) -> &'static str {
    match phase {
        TaskPhase::Waiting => "waiting",
        TaskPhase::Starting => "starting",
        TaskPhase::Running => "running",
        TaskPhase::Succeeded => "succeeded",
        TaskPhase::Failed => "failed",
        TaskPhase::Skipped => "skipped",
        TaskPhase::Stopped => "stopped",
    }
}
