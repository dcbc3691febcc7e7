//! What can go wrong with the database.

/// The database failed, or holds what this version cannot read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite's own words.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The file is of another version.
    #[error(
        "the database cannot be brought to this version: {0}. Start the version that wrote it, or name another --data-dir"
    )]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A JSON column that cannot be read.
    #[error("the database holds something unreadable in {what}: {source}")]
    Unreadable {
        /// Where.
        what: &'static str,
        /// serde's words.
        source: serde_json::Error,
    },
    /// A log of events that does not fold.
    #[error("the events of run {run} do not follow from each other: {source}")]
    Illegal {
        /// The run's id.
        run: String,
        /// The fold's words.
        source: dagwright_shared::run::IllegalTransition,
    },
    /// The server is stopping.
    #[error("the database is closed")]
    Closed,
}

pub(super) fn unreadable(what: &'static str) -> impl FnOnce(serde_json::Error) -> StoreError {
    move |source| StoreError::Unreadable { what, source }
}
