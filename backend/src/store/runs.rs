//! Runs: what stands fixed when a run starts, and the small row that lists show. What happens in a run is its events.

use super::error::{StoreError, unreadable};
use super::{Store, VolumeRecord};
use dagwright_shared::api::RunSummary;
use dagwright_shared::plan::Plan;
use serde_json::{Map, Value};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

/// What starts a run.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// Its id, sortable by time.
    pub id: String,
    /// Its name; `<pipeline> <number>` when empty.
    pub name: String,
    /// The pipeline's id.
    pub pipeline: String,
    /// The pipeline's name now.
    pub pipeline_name: String,
    /// The pipeline's revision.
    pub revision: u64,
    /// The document as it is run.
    pub text: String,
    /// The experiment's name; made when new.
    pub experiment: String,
    /// The engine's name.
    pub engine: String,
    /// The sandbox's name.
    pub sandbox: String,
    /// Milliseconds since 1970.
    pub created: u64,
    /// What the engine runs.
    pub plan: Plan,
    /// Parameter name → value, as given.
    pub arguments: Map<String, Value>,
    /// Ids of the volumes that it uses.
    pub volumes: Vec<String>,
}

/// A run with all that is fixed.
#[derive(Clone, Debug)]
pub struct RunRecord {
    /// As in lists.
    pub summary: RunSummary,
    /// The document as it was run.
    pub text: String,
    /// The id of that version of the pipeline.
    pub version: u64,
    /// What the engine runs.
    pub plan: Plan,
    /// Parameter name → value, as given.
    pub arguments: Map<String, Value>,
}

/// What [`summary`] reads, and what lists are sorted by.
pub(super) const SUMMARY: &str = "SELECT runs.id, runs.name, runs.number, runs.pipeline, runs.pipeline_name, \
    runs.experiment, runs.engine, runs.sandbox, runs.phase, runs.created, runs.started, runs.finished, runs.tasks, \
    runs.counts, runs.size, runs.seq, runs.took";

impl Store {
    /// Stores a run that has not begun: the version, the plan, the counts of pipeline and experiment, in one commit.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn create_run(&self, new: &NewRun) -> Result<RunSummary, StoreError> {
        let created = new.created as i64;
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        let numbered = sqlx::query(
            "UPDATE pipelines SET runs = runs + 1, last_number = last_number + 1, is_foreign = 0 WHERE id = ?
             RETURNING last_number",
        )
        .bind(&new.pipeline)
        .fetch_optional(&mut *transaction)
        .await?;
        let number = numbered.map_or(1, |row| row.get::<i64, _>(0));
        sqlx::query(
            "INSERT INTO versions (pipeline, revision, text, created) VALUES (?, ?, ?, ?)
             ON CONFLICT (pipeline, revision) DO NOTHING",
        )
        .bind(&new.pipeline)
        .bind(new.revision as i64)
        .bind(&new.text)
        .bind(created)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "INSERT INTO experiments (name, description, created, runs, last_used) VALUES (?, '', ?, 1, ?)
             ON CONFLICT (name) DO UPDATE SET runs = runs + 1, last_used = excluded.last_used",
        )
        .bind(&new.experiment)
        .bind(created)
        .bind(created)
        .execute(&mut *transaction)
        .await?;
        let name = if new.name.is_empty() { format!("{} {number}", new.pipeline_name) } else { new.name.clone() };
        let tasks = new.plan.tasks.len() as u32;
        let counts = format!("{{\"waiting\":{tasks}}}");
        sqlx::query(
            "INSERT INTO runs (id, name, number, pipeline, pipeline_name, version, experiment, engine, sandbox, phase,
             created, tasks, counts)
             VALUES (?, ?, ?, ?, ?, (SELECT id FROM versions WHERE pipeline = ? AND revision = ?), ?, ?, ?, 'waiting', ?, ?, ?)",
        )
        .bind(&new.id)
        .bind(&name)
        .bind(number)
        .bind(&new.pipeline)
        .bind(&new.pipeline_name)
        .bind(&new.pipeline)
        .bind(new.revision as i64)
        .bind(&new.experiment)
        .bind(&new.engine)
        .bind(&new.sandbox)
        .bind(created)
        .bind(tasks)
        .bind(counts)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("INSERT INTO run_plans (run, plan, arguments) VALUES (?, ?, ?)")
            .bind(&new.id)
            .bind(serde_json::to_string(&new.plan).map_err(unreadable("a plan"))?)
            .bind(serde_json::to_string(&new.arguments).map_err(unreadable("arguments"))?)
            .execute(&mut *transaction)
            .await?;
        for volume in &new.volumes {
            sqlx::query("INSERT OR IGNORE INTO volume_uses (run, volume) VALUES (?, ?)")
                .bind(&new.id)
                .bind(volume)
                .execute(&mut *transaction)
                .await?;
            sqlx::query("UPDATE volumes SET last_used = ? WHERE id = ?")
                .bind(created)
                .bind(volume)
                .execute(&mut *transaction)
                .await?;
        }
        let mut query = QueryBuilder::<Sqlite>::new(SUMMARY);
        query.push(" FROM runs WHERE id = ").push_bind(&new.id);
        let summary = summary(&query.build().fetch_one(&mut *transaction).await?)?;
        transaction.commit().await?;
        Ok(summary)
    }

    /// A run by its id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn run(&self, id: &str) -> Result<Option<RunRecord>, StoreError> {
        let Some(summary) = self.run_summary(id).await? else { return Ok(None) };
        let row = sqlx::query(
            "SELECT p.plan, p.arguments, v.text, v.id FROM runs r JOIN run_plans p ON p.run = r.id
             JOIN versions v ON v.id = r.version WHERE r.id = ?",
        )
        .bind(id)
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(RunRecord {
            summary,
            plan: serde_json::from_str(row.get(0)).map_err(unreadable("a plan"))?,
            arguments: serde_json::from_str(row.get(1)).map_err(unreadable("arguments"))?,
            text: row.get(2),
            version: row.get::<i64, _>(3) as u64,
        }))
    }

    /// A run as lists show it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn run_summary(&self, id: &str) -> Result<Option<RunSummary>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(SUMMARY);
        query.push(" FROM runs WHERE id = ").push_bind(id);
        query.build().fetch_optional(&self.read).await?.as_ref().map(summary).transpose()
    }

    /// The pipeline's revision that a run was made from; 0 where there is no such run.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn run_revision(&self, id: &str) -> Result<u64, StoreError> {
        let revision = "SELECT v.revision FROM runs r JOIN versions v ON v.id = r.version WHERE r.id = ?";
        let row = sqlx::query(revision).bind(id).fetch_optional(&self.read).await?;
        Ok(row.map_or(0, |row| row.get::<i64, _>(0) as u64))
    }

    /// Whether any run ever ran in this sandbox here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn any_run_in(&self, sandbox: &str) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT EXISTS (SELECT 1 FROM runs WHERE sandbox = ?)").bind(sandbox);
        Ok(row.fetch_one(&self.read).await?.get(0))
    }

    /// Ids of an engine's runs that have not ended, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unfinished_runs(&self, engine: &str) -> Result<Vec<String>, StoreError> {
        let unfinished =
            "SELECT id FROM runs WHERE engine = ? AND phase IN ('waiting', 'running', 'stopping') ORDER BY id";
        let rows = sqlx::query(unfinished).bind(engine).fetch_all(&self.read).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Runs that ended before a time (milliseconds since 1970), oldest first, at most `limit`, behind the run `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn runs_ended_before(&self, time: u64, after: &str, limit: u32) -> Result<Vec<RunSummary>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(SUMMARY);
        query
            .push(" FROM runs WHERE phase IN ('succeeded', 'failed', 'stopped') AND finished < ")
            .push_bind(time as i64);
        query.push(" AND id > ").push_bind(String::from(after)).push(" ORDER BY id LIMIT ").push_bind(limit);
        query.build().fetch_all(&self.read).await?.iter().map(summary).collect()
    }

    /// Renames a run (empty: as its number says) and moves it to an experiment, made when new. None: there is no such run.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn change_run(
        &self,
        id: &str,
        name: Option<&str>,
        experiment: Option<&str>,
    ) -> Result<Option<RunSummary>, StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        if let Some(name) = name {
            let rename = "UPDATE runs SET name = iif(?1 = '', pipeline_name || ' ' || number, ?1) WHERE id = ?2";
            sqlx::query(rename).bind(name).bind(id).execute(&mut *transaction).await?;
        }
        if let Some(experiment) = experiment {
            let row = sqlx::query("SELECT experiment, created FROM runs WHERE id = ?").bind(id);
            let Some(row) = row.fetch_optional(&mut *transaction).await? else { return Ok(None) };
            let (old, created): (String, i64) = (row.get(0), row.get(1));
            if old != experiment {
                for (sql, key) in [
                    ("UPDATE experiments SET runs = max(runs - 1, 0) WHERE name = ?1", old.as_str()),
                    (
                        "INSERT INTO experiments (name, description, created, runs, last_used) VALUES (?1, '', ?2, 1, ?2)
                         ON CONFLICT (name) DO UPDATE SET runs = runs + 1, last_used = max(coalesce(last_used, 0), ?2)",
                        experiment,
                    ),
                ] {
                    sqlx::query(sql).bind(key).bind(created).execute(&mut *transaction).await?;
                }
                let moved = sqlx::query("UPDATE runs SET experiment = ? WHERE id = ?").bind(experiment).bind(id);
                moved.execute(&mut *transaction).await?;
            }
        }
        transaction.commit().await?;
        self.run_summary(id).await
    }

    /// Deletes a run, its plan and its events. The caller has seen to it that it has ended. False: there was none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_run(&self, id: &str) -> Result<bool, StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        let row = sqlx::query("DELETE FROM runs WHERE id = ? RETURNING pipeline, experiment")
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(row) = row else { return Ok(false) };
        for (sql, key) in [
            ("UPDATE pipelines SET runs = max(runs - 1, 0) WHERE id = ?", row.get::<String, _>(0)),
            ("UPDATE experiments SET runs = max(runs - 1, 0) WHERE name = ?", row.get::<String, _>(1)),
            ("DELETE FROM run_plans WHERE run = ?", String::from(id)),
            ("DELETE FROM run_notes WHERE run = ?", String::from(id)),
            ("DELETE FROM events WHERE run = ?", String::from(id)),
            ("DELETE FROM volume_uses WHERE run = ?", String::from(id)),
        ] {
            sqlx::query(sql).bind(key).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        self.writer.forget(id).await;
        Ok(true)
    }

    /// The volumes that a run uses.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn volumes_of_run(&self, run: &str) -> Result<Vec<VolumeRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT v.id, v.name, v.lifetime, v.pipeline, v.last_used FROM volume_uses u JOIN volumes v ON v.id = u.volume
             WHERE u.run = ? ORDER BY v.id",
        )
        .bind(run)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.iter().map(VolumeRecord::from_row).collect())
    }
}

pub(super) fn summary(row: &SqliteRow) -> Result<RunSummary, StoreError> {
    let phase: String = row.get(8);
    let time = |index: usize| row.get::<Option<i64>, _>(index).map(|time| time as u64);
    Ok(RunSummary {
        id: row.get(0),
        name: row.get(1),
        number: row.get::<i64, _>(2) as u64,
        pipeline: row.get(3),
        pipeline_name: row.get(4),
        experiment: row.get(5),
        engine: row.get(6),
        sandbox: row.get(7),
        phase: serde_json::from_value(Value::String(phase)).map_err(unreadable("a run's phase"))?,
        created: row.get::<i64, _>(9) as u64,
        started: time(10),
        finished: time(11),
        tasks: row.get::<i64, _>(12) as u32,
        counts: serde_json::from_str(row.get(13)).map_err(unreadable("a run's counts"))?,
        size: row.get::<i64, _>(14) as u64,
    })
}
