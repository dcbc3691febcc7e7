//! What an engine said about a run when it started. Must not know what it means.

use super::Store;
use super::error::{StoreError, unreadable};
use dagwright_shared::diagnostic::Diagnostic;
use sqlx::Row;

impl Store {
    /// Keeps what the engine said about a new run.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_run_notes(&self, run: &str, notes: &[Diagnostic]) -> Result<(), StoreError> {
        if notes.is_empty() {
            return Ok(());
        }
        let text = serde_json::to_string(notes).map_err(unreadable("notes"))?;
        sqlx::query("INSERT OR REPLACE INTO run_notes (run, notes) VALUES (?, ?)")
            .bind(run)
            .bind(text)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// What the engine said about a run when it started; empty: nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn run_notes(&self, run: &str) -> Result<Vec<Diagnostic>, StoreError> {
        let row = sqlx::query("SELECT notes FROM run_notes WHERE run = ?").bind(run).fetch_optional(&self.read).await?;
        row.map_or_else(|| Ok(Vec::new()), |row| serde_json::from_str(row.get(0)).map_err(unreadable("notes")))
    }
}
