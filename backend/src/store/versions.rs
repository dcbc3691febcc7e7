//! Versions of pipelines: texts that never change. Runs are made from them; people name them and come back to them.

use super::pipelines::{NewPipeline, PipelineRecord, SaveOutcome};
use super::{Store, StoreError};
use dagwright_shared::api::VersionSummary;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row};

const VERSION: &str = "SELECT v.id, v.revision, coalesce(v.name, ''), v.created,
    (SELECT count(*) FROM runs r WHERE r.version = v.id), (SELECT max(number) FROM runs r WHERE r.version = v.id), v.text
    FROM versions v WHERE v.pipeline = ?";

/// What naming the stored document came to.
#[derive(Clone, Debug, PartialEq)]
pub enum NameOutcome {
    /// Kept.
    Named(VersionSummary),
    /// Another revision is stored.
    Conflict(PipelineRecord),
    /// There is no such pipeline.
    Missing,
}

impl Store {
    /// A pipeline's versions, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn versions(&self, pipeline: &str) -> Result<Vec<VersionSummary>, StoreError> {
        let rows = sqlx::query(AssertSqlSafe(format!("{VERSION} ORDER BY v.id DESC"))).bind(pipeline);
        Ok(rows.fetch_all(&self.read).await?.iter().map(summary).collect())
    }

    /// A version of a pipeline with its text.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn version(&self, pipeline: &str, id: u64) -> Result<Option<(VersionSummary, String)>, StoreError> {
        let row = sqlx::query(AssertSqlSafe(format!("{VERSION} AND v.id = ?"))).bind(pipeline).bind(id as i64);
        Ok(row.fetch_optional(&self.read).await?.map(|row| (summary(&row), row.get(6))))
    }

    /// Keeps the stored document under a name, if its revision is still `revision`. A version of it that a run made gets
    /// the name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn name_version(
        &self,
        pipeline: &str,
        revision: u64,
        name: &str,
        now: u64,
    ) -> Result<NameOutcome, StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        let Some(stored) = super::pipelines::stored(&mut transaction, pipeline).await? else {
            return Ok(NameOutcome::Missing);
        };
        if stored.revision != revision {
            return Ok(NameOutcome::Conflict(stored));
        }
        let id = keep(&mut transaction, pipeline, &stored, now).await?;
        sqlx::query("UPDATE versions SET name = ? WHERE id = ?").bind(name).bind(id).execute(&mut *transaction).await?;
        let row = sqlx::query(AssertSqlSafe(format!("{VERSION} AND v.id = ?"))).bind(pipeline).bind(id);
        let named = summary(&row.fetch_one(&mut *transaction).await?);
        transaction.commit().await?;
        Ok(NameOutcome::Named(named))
    }

    /// Names a version anew. With an empty name it loses its own, and goes where no run was made from it. False: there is
    /// no such version.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rename_version(&self, pipeline: &str, id: u64, name: &str) -> Result<bool, StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        let renamed = sqlx::query("UPDATE versions SET name = nullif(?, '') WHERE pipeline = ? AND id = ?");
        let renamed = renamed.bind(name).bind(pipeline).bind(id as i64).execute(&mut *transaction).await?;
        let unused = "DELETE FROM versions WHERE id = ?1 AND name IS NULL AND NOT EXISTS (SELECT 1 FROM runs WHERE version = ?1)";
        if renamed.rows_affected() > 0 {
            sqlx::query(unused).bind(id as i64).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(renamed.rows_affected() > 0)
    }

    /// Makes a version's document the pipeline's next revision, if the stored one is still `revision`. What was stored is
    /// kept as a version first, so that nothing is lost.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn restore_version(
        &self,
        pipeline: &str,
        revision: u64,
        now: u64,
        version: &NewPipeline,
    ) -> Result<SaveOutcome, StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        let Some(stored) = super::pipelines::stored(&mut transaction, pipeline).await? else {
            return Ok(SaveOutcome::Missing);
        };
        if stored.revision != revision {
            return Ok(SaveOutcome::Conflict(stored));
        }
        if stored.text == version.text {
            return Ok(SaveOutcome::Saved(stored));
        }
        keep(&mut transaction, pipeline, &stored, now).await?;
        let saved = super::pipelines::replace(&mut transaction, stored, now, version).await?;
        transaction.commit().await?;
        Ok(SaveOutcome::Saved(saved))
    }
}

/// The version of the stored document; made where there is none.
async fn keep(
    connection: &mut SqliteConnection,
    pipeline: &str,
    stored: &PipelineRecord,
    now: u64,
) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "INSERT INTO versions (pipeline, revision, text, created) VALUES (?, ?, ?, ?)
         ON CONFLICT (pipeline, revision) DO UPDATE SET revision = excluded.revision RETURNING id",
    )
    .bind(pipeline)
    .bind(stored.revision as i64)
    .bind(&stored.text)
    .bind(now as i64)
    .fetch_one(connection)
    .await?;
    Ok(row.get(0))
}

fn summary(row: &SqliteRow) -> VersionSummary {
    VersionSummary {
        id: row.get::<i64, _>(0) as u64,
        revision: row.get::<i64, _>(1) as u64,
        name: row.get(2),
        created: row.get::<i64, _>(3) as u64,
        runs: row.get::<i64, _>(4) as u64,
        last_run: row.get::<Option<i64>, _>(5).map(|number| number as u64),
    }
}
