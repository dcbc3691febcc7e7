//! Experiments: named groups of runs.

use super::pipelines::RECENT;
use super::{RunFilter, Store, StoreError};
use dagwright_shared::api::Experiment;
use sqlx::Row;

impl Store {
    /// Makes an experiment. False: there is one of that name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn create_experiment(&self, name: &str, description: &str, now: u64) -> Result<bool, StoreError> {
        let done = sqlx::query("INSERT OR IGNORE INTO experiments (name, description, created) VALUES (?, ?, ?)")
            .bind(name)
            .bind(description)
            .bind(now as i64)
            .execute(&self.write)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// All of them with their newest runs, last used first, unused ones by age after them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn experiments(&self) -> Result<Vec<Experiment>, StoreError> {
        let rows = sqlx::query(
            "SELECT name, description, runs, last_used FROM experiments
             ORDER BY last_used IS NULL, last_used DESC, created DESC, name",
        )
        .fetch_all(&self.read)
        .await?;
        let mut experiments = Vec::with_capacity(rows.len());
        for row in rows {
            let name: String = row.get(0);
            let filter = RunFilter { experiment: Some(name.clone()), ..RunFilter::default() };
            experiments.push(Experiment {
                recent: self.newest_runs(&filter, RECENT).await?,
                name,
                description: row.get(1),
                runs: row.get::<i64, _>(2) as u64,
                last_used: row.get::<Option<i64>, _>(3).map(|time| time as u64),
            });
        }
        Ok(experiments)
    }

    /// Renames an experiment with all its runs, or describes it anew. None: there is none; false: the name is another's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn change_experiment(
        &self,
        name: &str,
        new_name: Option<&str>,
        description: Option<&str>,
    ) -> Result<Option<bool>, StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        let described = sqlx::query("UPDATE experiments SET description = coalesce(?, description) WHERE name = ?");
        let found = described.bind(description).bind(name).execute(&mut *transaction).await?.rows_affected() > 0;
        if !found {
            return Ok(None);
        }
        if let Some(new_name) = new_name.filter(|new_name| *new_name != name) {
            let renamed =
                sqlx::query("UPDATE OR IGNORE experiments SET name = ? WHERE name = ?").bind(new_name).bind(name);
            if renamed.execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok(Some(false));
            }
            let runs = sqlx::query("UPDATE runs SET experiment = ? WHERE experiment = ?").bind(new_name).bind(name);
            runs.execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(Some(true))
    }

    /// Deletes an experiment that has no runs. None: there is none; false: it has runs.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_experiment(&self, name: &str) -> Result<Option<bool>, StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        let row = sqlx::query("SELECT runs FROM experiments WHERE name = ?").bind(name);
        let Some(row) = row.fetch_optional(&mut *transaction).await? else { return Ok(None) };
        if row.get::<i64, _>(0) > 0 {
            return Ok(Some(false));
        }
        sqlx::query("DELETE FROM experiments WHERE name = ?").bind(name).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(Some(true))
    }
}
