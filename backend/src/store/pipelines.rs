//! Pipelines as their YAML text, with a save counter. The columns beside the text are read from it by the caller.

use super::error::{StoreError, unreadable};
use super::{RunFilter, Store};
use dagwright_shared::api::{PipelineSummary, Thumbnail};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

/// Runs that a list shows of each pipeline.
pub(super) const RECENT: u32 = 12;

/// A document with what lists show of it.
#[derive(Clone, Debug)]
pub struct NewPipeline {
    /// As in the document.
    pub name: String,
    /// As in the document.
    pub description: String,
    /// The file.
    pub text: String,
    /// Number of tasks.
    pub tasks: u32,
    /// For lists.
    pub thumbnail: Thumbnail,
}

/// A stored pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct PipelineRecord {
    /// Its id.
    pub id: String,
    /// The file.
    pub text: String,
    /// Save counter, from 1.
    pub revision: u64,
    /// Milliseconds since 1970.
    pub edited: u64,
    /// Whether it came from elsewhere and was never run here.
    pub is_foreign: bool,
}

/// What a save came to.
#[derive(Clone, Debug, PartialEq)]
pub enum SaveOutcome {
    /// Stored.
    Saved(PipelineRecord),
    /// Another save came first; this is stored.
    Conflict(PipelineRecord),
    /// There is no such pipeline.
    Missing,
}

impl Store {
    /// Stores a new pipeline with revision 1.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn create_pipeline(
        &self,
        id: &str,
        now: u64,
        origin: Origin,
        new: &NewPipeline,
    ) -> Result<PipelineRecord, StoreError> {
        let is_foreign = origin == Origin::Elsewhere;
        sqlx::query(
            "INSERT INTO pipelines (id, name, description, text, revision, tasks, thumbnail, is_foreign, created, edited)
             VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?)",
        )
        .bind(id)
        .bind(&new.name)
        .bind(&new.description)
        .bind(&new.text)
        .bind(new.tasks)
        .bind(thumbnail_text(&new.thumbnail)?)
        .bind(is_foreign)
        .bind(now as i64)
        .bind(now as i64)
        .execute(&self.write)
        .await?;
        Ok(PipelineRecord { id: String::from(id), text: new.text.clone(), revision: 1, edited: now, is_foreign })
    }

    /// A pipeline by its id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pipeline(&self, id: &str) -> Result<Option<PipelineRecord>, StoreError> {
        let row = sqlx::query("SELECT id, text, revision, edited, is_foreign FROM pipelines WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.read)
            .await?;
        Ok(row.map(|row| record(&row)))
    }

    /// Replaces a pipeline if its revision is still `revision`. Saving what is stored already changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn save_pipeline(
        &self,
        id: &str,
        revision: u64,
        now: u64,
        new: &NewPipeline,
    ) -> Result<SaveOutcome, StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        let Some(stored) = stored(&mut transaction, id).await? else { return Ok(SaveOutcome::Missing) };
        if stored.text == new.text {
            // A repeated PUT, also one whose answer was lost on the way.
            return Ok(SaveOutcome::Saved(stored));
        }
        if stored.revision != revision {
            return Ok(SaveOutcome::Conflict(stored));
        }
        let saved = replace(&mut transaction, stored, now, new).await?;
        transaction.commit().await?;
        Ok(SaveOutcome::Saved(saved))
    }

    /// Deletes a pipeline; its runs stay. False: there was none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_pipeline(&self, id: &str) -> Result<bool, StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        let done = sqlx::query("DELETE FROM pipelines WHERE id = ?").bind(id).execute(&mut *transaction).await?;
        let unused =
            "DELETE FROM versions WHERE pipeline = ? AND NOT EXISTS (SELECT 1 FROM runs WHERE version = versions.id)";
        sqlx::query(unused).bind(id).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// How many there are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_pipelines(&self) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT count(*) FROM pipelines").fetch_one(&self.read).await?;
        Ok(row.get::<i64, _>(0) as u64)
    }

    /// Id and name of each.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pipeline_names(&self) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query("SELECT id, name FROM pipelines").fetch_all(&self.read).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// All of them with their newest runs, last edited first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pipelines(&self) -> Result<Vec<PipelineSummary>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, name, description, revision, tasks, edited, runs, thumbnail FROM pipelines
             ORDER BY edited DESC, id",
        )
        .fetch_all(&self.read)
        .await?;
        let mut pipelines = Vec::with_capacity(rows.len());
        for row in rows {
            let id: String = row.get(0);
            let filter = RunFilter { pipeline: Some(id.clone()), ..RunFilter::default() };
            pipelines.push(PipelineSummary {
                recent: self.newest_runs(&filter, RECENT).await?,
                id,
                name: row.get(1),
                description: row.get(2),
                revision: row.get::<i64, _>(3) as u64,
                tasks: row.get::<i64, _>(4) as u32,
                edited: row.get::<i64, _>(5) as u64,
                runs: row.get::<i64, _>(6) as u64,
                thumbnail: serde_json::from_str(row.get(7)).map_err(unreadable("a thumbnail"))?,
            });
        }
        Ok(pipelines)
    }
}

/// A pipeline as a transaction sees it.
pub(super) async fn stored(connection: &mut SqliteConnection, id: &str) -> Result<Option<PipelineRecord>, StoreError> {
    let row = sqlx::query("SELECT id, text, revision, edited, is_foreign FROM pipelines WHERE id = ?").bind(id);
    Ok(row.fetch_optional(connection).await?.map(|row| record(&row)))
}

/// Stores a document as the next revision.
pub(super) async fn replace(
    connection: &mut SqliteConnection,
    stored: PipelineRecord,
    now: u64,
    new: &NewPipeline,
) -> Result<PipelineRecord, StoreError> {
    sqlx::query(
        "UPDATE pipelines SET name = ?, description = ?, text = ?, revision = revision + 1, tasks = ?, thumbnail = ?,
         edited = ? WHERE id = ?",
    )
    .bind(&new.name)
    .bind(&new.description)
    .bind(&new.text)
    .bind(new.tasks)
    .bind(thumbnail_text(&new.thumbnail)?)
    .bind(now as i64)
    .bind(&stored.id)
    .execute(connection)
    .await?;
    let revision = stored.revision + 1;
    Ok(PipelineRecord { text: new.text.clone(), revision, edited: now, ..stored })
}

/// Where a new pipeline came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Made here, or brought by Dagwright.
    Here,
    /// A file or link of somebody else's: the first run asks.
    Elsewhere,
}

fn record(row: &SqliteRow) -> PipelineRecord {
    PipelineRecord {
        id: row.get(0),
        text: row.get(1),
        revision: row.get::<i64, _>(2) as u64,
        edited: row.get::<i64, _>(3) as u64,
        is_foreign: row.get(4),
    }
}

fn thumbnail_text(thumbnail: &Thumbnail) -> Result<String, StoreError> {
    serde_json::to_string(thumbnail).map_err(unreadable("a thumbnail"))
}
