//! The one writer of events: takes what has gathered, folds, stores it in one commit, then publishes and answers.
//! Final facts of tasks and runs are synced to disk (group commit); the rest may go with a power cut, never with a kill.

use super::error::{StoreError, unreadable};
use super::events::{counts, fold, stored_bytes};
use dagwright_shared::run::{IllegalTransition, RunEvent, RunFact, RunPhase, RunState};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Row};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{broadcast, mpsc, oneshot};

/// Requests in one commit at most.
const BATCH: usize = 512;
/// Requests that wait before senders are held back.
const WAITING: usize = 4096;

/// A fact with its time in milliseconds since 1970.
pub type TimedFact = (u64, RunFact);

/// Why facts were not appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// They do not follow from the run's state. None of the call was stored.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// There is no such run.
    #[error("there is no run {0}")]
    UnknownRun(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

struct Request {
    run: String,
    facts: Vec<TimedFact>,
    answer: oneshot::Sender<Result<Vec<Arc<RunEvent>>, AppendError>>,
}

/// What is known of a run that is going on.
#[derive(Clone)]
struct Going {
    state: RunState,
    tasks: u32,
}

#[derive(Clone)]
pub(super) struct Writer {
    requests: mpsc::Sender<Message>,
    last: Arc<AtomicU64>,
}

enum Message {
    Append(Request),
    Forget(String),
    Close(oneshot::Sender<()>),
}

impl Writer {
    pub(super) async fn start(
        options: SqliteConnectOptions,
        published: broadcast::Sender<Arc<RunEvent>>,
    ) -> Result<Self, StoreError> {
        let mut connection = options.connect().await?;
        let stored = sqlx::query("SELECT seq FROM sqlite_sequence WHERE name = 'events'");
        let stored = stored.fetch_optional(&mut connection).await?;
        let last = stored.map_or(0, |row| row.get::<i64, _>(0) as u64);
        let last = Arc::new(AtomicU64::new(last));
        let (sender, requests) = mpsc::channel(WAITING);
        let task = Task { connection, synced: false, going: HashMap::new(), last: Arc::clone(&last), published };
        tokio::spawn(task.work(requests));
        Ok(Self { requests: sender, last })
    }

    pub(super) async fn append(&self, run: &str, facts: Vec<TimedFact>) -> Result<Vec<Arc<RunEvent>>, AppendError> {
        let (answer, answered) = oneshot::channel();
        let request = Request { run: String::from(run), facts, answer };
        self.requests.send(Message::Append(request)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Id of the newest stored event.
    pub(super) fn last(&self) -> u64 {
        self.last.load(Ordering::Acquire)
    }

    /// A deleted run is no longer kept in mind.
    pub(super) async fn forget(&self, run: &str) {
        let _ = self.requests.send(Message::Forget(String::from(run))).await;
    }

    pub(super) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        if self.requests.send(Message::Close(answer)).await.is_ok() {
            let _ = answered.await;
        }
    }
}

struct Task {
    connection: SqliteConnection,
    synced: bool,
    going: HashMap<String, Going>,
    last: Arc<AtomicU64>,
    published: broadcast::Sender<Arc<RunEvent>>,
}

/// A request's events, stored but not yet committed.
struct Written {
    run: String,
    events: Vec<Arc<RunEvent>>,
    answer: oneshot::Sender<Result<Vec<Arc<RunEvent>>, AppendError>>,
}

impl Task {
    async fn work(mut self, mut requests: mpsc::Receiver<Message>) {
        while let Some(first) = requests.recv().await {
            let mut batch = Vec::new();
            let mut closing = None;
            let mut next = Some(first);
            while let Some(message) = next.take() {
                match message {
                    Message::Append(request) => batch.push(request),
                    Message::Forget(run) => {
                        self.going.remove(&run);
                    }
                    Message::Close(answer) => {
                        requests.close();
                        closing = Some(answer);
                    }
                }
                if batch.len() < BATCH {
                    next = requests.try_recv().ok();
                }
            }
            if !batch.is_empty() {
                self.commit(batch).await;
            }
            if let Some(answer) = closing {
                let _ = self.connection.close().await;
                let _ = answer.send(());
                return;
            }
        }
    }

    async fn commit(&mut self, batch: Vec<Request>) {
        let mut written = Vec::new();
        let mut touched = HashMap::new();
        match self.write(batch, &mut written, &mut touched).await {
            Ok(last) => {
                self.last.store(last, Ordering::Release);
                for (run, going) in touched {
                    if going.state.phase.is_final() {
                        self.going.remove(&run);
                    } else {
                        self.going.insert(run, going);
                    }
                }
                for Written { events, answer, .. } in written {
                    for event in &events {
                        // No reader is no error.
                        let _ = self.published.send(Arc::clone(event));
                    }
                    let _ = answer.send(Ok(events));
                }
            }
            Err(error) => {
                tracing::error!("events were not stored: {error}");
                let text = error.to_string();
                let _ = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
                for Written { run, answer, .. } in written {
                    self.going.remove(&run);
                    let error = sqlx::Error::Io(std::io::Error::other(text.clone()));
                    let _ = answer.send(Err(AppendError::Store(StoreError::Database(error))));
                }
            }
        }
    }

    /// Everything in one transaction. Answers at once what is illegal; what is stored waits in `written`.
    async fn write(
        &mut self,
        batch: Vec<Request>,
        written: &mut Vec<Written>,
        touched: &mut HashMap<String, Going>,
    ) -> Result<u64, StoreError> {
        let synced = batch.iter().flat_map(|request| &request.facts).any(|(_, fact)| is_final_fact(fact));
        if synced != self.synced {
            let pragma = if synced { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" };
            sqlx::query(pragma).execute(&mut self.connection).await?;
            self.synced = synced;
        }
        sqlx::query("BEGIN IMMEDIATE").execute(&mut self.connection).await?;
        let mut last = self.last.load(Ordering::Acquire);
        for request in batch {
            let going = match touched.get(&request.run).or_else(|| self.going.get(&request.run)) {
                Some(going) => Some(going.clone()),
                None => load(&mut self.connection, &request.run).await?,
            };
            let Some(mut going) = going else {
                let _ = request.answer.send(Err(AppendError::UnknownRun(request.run)));
                continue;
            };
            let mut events = Vec::with_capacity(request.facts.len());
            let mut illegal = None;
            for (time, fact) in request.facts {
                let id = last + 1 + events.len() as u64;
                let event = RunEvent { id, run: request.run.clone(), time, fact };
                if let Err(error) = going.state.apply(&event) {
                    illegal = Some(error);
                    break;
                }
                events.push(Arc::new(event));
            }
            if let Some(error) = illegal {
                let _ = request.answer.send(Err(AppendError::Illegal(error)));
                continue;
            }
            last += events.len() as u64;
            written.push(Written { run: request.run.clone(), events, answer: request.answer });
            touched.insert(request.run, going);
        }
        for event in written.iter().flat_map(|written| &written.events) {
            let fact = serde_json::to_string(&event.fact).map_err(unreadable("a new event"))?;
            sqlx::query("INSERT INTO events (id, run, time, fact) VALUES (?, ?, ?, ?)")
                .bind(event.id as i64)
                .bind(&event.run)
                .bind(event.time as i64)
                .bind(fact)
                .execute(&mut self.connection)
                .await?;
        }
        for (run, going) in touched.iter() {
            update(&mut self.connection, run, going).await?;
        }
        sqlx::query("COMMIT").execute(&mut self.connection).await?;
        Ok(last)
    }
}

async fn load(connection: &mut SqliteConnection, run: &str) -> Result<Option<Going>, StoreError> {
    let row = sqlx::query("SELECT tasks FROM runs WHERE id = ?").bind(run).fetch_optional(&mut *connection).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Going { tasks: row.get::<i64, _>(0) as u32, state: fold(connection, run).await? }))
}

async fn update(connection: &mut SqliteConnection, run: &str, going: &Going) -> Result<(), StoreError> {
    let state = &going.state;
    let counts = serde_json::to_string(&counts(state, going.tasks)).map_err(unreadable("a run's counts"))?;
    sqlx::query("UPDATE runs SET counts = ? WHERE id = ?").bind(counts).bind(run).execute(&mut *connection).await?;
    // What indexes are made of changes seldom, and writing it costs a place in each of them.
    let (started, finished) = (state.started.map(|time| time as i64), state.finished.map(|time| time as i64));
    sqlx::query(
        "UPDATE runs SET phase = ?1, started = ?2, finished = ?3, size = ?4
         WHERE id = ?5 AND (phase <> ?1 OR started IS NOT ?2 OR finished IS NOT ?3 OR size <> ?4)",
    )
    .bind(phase_name(state.phase))
    .bind(started)
    .bind(finished)
    .bind(stored_bytes(state) as i64)
    .bind(run)
    .execute(connection)
    .await?;
    Ok(())
}

/// A phase as the `runs` table writes it.
pub(super) fn phase_name(phase: RunPhase) -> &'static str {
    match phase {
        RunPhase::Waiting => "waiting",
        RunPhase::Running => "running",
        RunPhase::Stopping => "stopping",
        RunPhase::Succeeded => "succeeded",
        RunPhase::Failed => "failed",
        RunPhase::Stopped => "stopped",
    }
}

/// Facts that a power cut may not take back (CONTRACTS.md, "Failure, stop, crash").
fn is_final_fact(fact: &RunFact) -> bool {
    matches!(
        fact,
        RunFact::TaskSucceeded { .. }
            | RunFact::AttemptFailed { retry_at: None, .. }
            | RunFact::TaskStopped { .. }
            | RunFact::RunFinished { .. }
    )
}
