//! The database: pipelines, runs and their events in one SQLite file. Events go through one writer that commits many at
//! once, stores first and publishes then. Knows no HTTP and decides nothing about runs.

mod append;
mod components;
mod error;
mod events;
mod experiments;
mod libraries;
mod links;
mod notes;
mod pipelines;
mod run_list;
mod runs;
mod uploads;
mod versions;
mod volumes;

pub use append::{AppendError, TimedFact};
pub use components::{ComponentRecord, ComponentSave, KEPT_VERSIONS, MOST_COMPONENTS};
pub use error::StoreError;
pub use libraries::{LibraryAddition, MOST_LIBRARIES};
pub use links::LinkRecord;
pub use pipelines::{NewPipeline, Origin, PipelineRecord, SaveOutcome};
pub use run_list::{RunCursor, RunFilter, RunPage};
pub use runs::{NewRun, RunRecord};
pub use uploads::UploadRecord;
pub use versions::NameOutcome;
pub use volumes::{VolumeLifetime, VolumeRecord};

use append::Writer;
use dagwright_shared::run::RunEvent;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;

/// Events that a slow reader may lag behind before it must read them from the store.
const PUBLISHED: usize = 4096;

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    /// Many readers.
    read: SqlitePool,
    /// One writer beside the events' own.
    write: SqlitePool,
    writer: Writer,
    published: broadcast::Sender<Arc<RunEvent>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Store(…)")
    }
}

impl Store {
    /// Opens the database file, makes it where it is missing and brings it to this version's form.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read or written, or is of a later version.
    pub async fn open(file: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(20))
            .pragma("temp_store", "memory");
        let write = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        sqlx::migrate!("./migrations").run(&write).await?;
        let read = SqlitePoolOptions::new().max_connections(4).connect_with(options.clone()).await?;
        let (published, _) = broadcast::channel(PUBLISHED);
        let writer = Writer::start(options, published.clone()).await?;
        Ok(Self { read, write, writer, published })
    }

    /// Follows all events from now on. A reader that lags gets an error and reads on by [`Store::events_after`].
    pub fn follow(&self) -> broadcast::Receiver<Arc<RunEvent>> {
        self.published.subscribe()
    }

    /// Commits what was accepted and closes the file.
    pub async fn close(&self) {
        self.writer.close().await;
        self.read.close().await;
        self.write.close().await;
    }
}
