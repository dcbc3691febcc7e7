//! Volumes that stay: which folder is whose, and who uses it. The folders themselves are `crate::volumes`.

use super::{Store, StoreError};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// How long a volume's folder stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeLifetime {
    /// Until it is deleted; one per pipeline and name.
    Kept,
    /// Until it is deleted; an existing claim's, shared by all pipelines.
    Claim,
    /// Until its run ends.
    Run,
}

/// A volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeRecord {
    /// Its id: the claim's name, made unique.
    pub id: String,
    /// The volume's name in the document; the claim's for an existing claim.
    pub name: String,
    /// How long it stays.
    pub lifetime: VolumeLifetime,
    /// The pipeline's id, or the run's for a run's volume; empty for a claim.
    pub owner: String,
    /// Milliseconds since 1970.
    pub last_used: Option<u64>,
}

impl VolumeLifetime {
    /// As the API and the table write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Claim => "claim",
            Self::Run => "run",
        }
    }

    fn from_name(name: &str) -> Self {
        match name {
            "claim" => Self::Claim,
            "run" => Self::Run,
            _ => Self::Kept,
        }
    }
}

impl VolumeRecord {
    pub(super) fn from_row(row: &SqliteRow) -> Self {
        Self {
            id: row.get(0),
            name: row.get(1),
            lifetime: VolumeLifetime::from_name(row.get(2)),
            owner: row.get(3),
            last_used: row.get::<Option<i64>, _>(4).map(|time| time as u64),
        }
    }
}

const SELECT_ALL: &str = "SELECT id, name, lifetime, pipeline, last_used FROM volumes ORDER BY name, id";
const SELECT_ONE: &str = "SELECT id, name, lifetime, pipeline, last_used FROM volumes WHERE id = ?";
const SELECT_OWNED: &str =
    "SELECT id, name, lifetime, pipeline, last_used FROM volumes WHERE lifetime = ? AND pipeline = ? AND name = ?";

impl Store {
    /// The volume of an owner and name, noted when new. `wanted` is its id unless another owner has that already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn volume_of(
        &self,
        lifetime: VolumeLifetime,
        owner: &str,
        name: &str,
        wanted: &str,
    ) -> Result<VolumeRecord, StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        let found = sqlx::query(SELECT_OWNED)
            .bind(lifetime.name())
            .bind(owner)
            .bind(name)
            .fetch_optional(&mut *transaction)
            .await?;
        if let Some(row) = found {
            return Ok(VolumeRecord::from_row(&row));
        }
        let mut id = String::from(wanted);
        let mut count = 1;
        loop {
            let inserted =
                sqlx::query("INSERT OR IGNORE INTO volumes (id, name, lifetime, pipeline) VALUES (?, ?, ?, ?)")
                    .bind(&id)
                    .bind(name)
                    .bind(lifetime.name())
                    .bind(owner)
                    .execute(&mut *transaction)
                    .await?;
            if inserted.rows_affected() > 0 {
                break;
            }
            count += 1;
            id = format!("{wanted}-{count}");
        }
        transaction.commit().await?;
        Ok(VolumeRecord { id, name: String::from(name), lifetime, owner: String::from(owner), last_used: None })
    }

    /// The volume of an owner and name, if there is one yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find_volume(
        &self,
        lifetime: VolumeLifetime,
        owner: &str,
        name: &str,
    ) -> Result<Option<VolumeRecord>, StoreError> {
        let query = sqlx::query(SELECT_OWNED).bind(lifetime.name()).bind(owner).bind(name);
        Ok(query.fetch_optional(&self.read).await?.as_ref().map(VolumeRecord::from_row))
    }

    /// A volume by its id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn volume(&self, id: &str) -> Result<Option<VolumeRecord>, StoreError> {
        let row = sqlx::query(SELECT_ONE).bind(id).fetch_optional(&self.read).await?;
        Ok(row.as_ref().map(VolumeRecord::from_row))
    }

    /// All volumes in name order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn volumes(&self) -> Result<Vec<VolumeRecord>, StoreError> {
        let rows = sqlx::query(SELECT_ALL).fetch_all(&self.read).await?;
        Ok(rows.iter().map(VolumeRecord::from_row).collect())
    }

    /// Ids of unfinished runs that use a volume.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn volume_users(&self, id: &str) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query(
            "SELECT u.run FROM volume_uses u JOIN runs r ON r.id = u.run
             WHERE u.volume = ? AND r.phase IN ('waiting', 'running', 'stopping') ORDER BY u.run",
        )
        .bind(id)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Forgets a volume that no unfinished run uses. False: there was none, or one uses it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_unused_volume(&self, id: &str) -> Result<bool, StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        let done = sqlx::query(
            "DELETE FROM volumes WHERE id = ?1 AND NOT EXISTS (
                SELECT 1 FROM volume_uses u JOIN runs r ON r.id = u.run
                WHERE u.volume = ?1 AND r.phase IN ('waiting', 'running', 'stopping'))",
        )
        .bind(id)
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() > 0 {
            sqlx::query("DELETE FROM volume_uses WHERE volume = ?").bind(id).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// Forgets a volume. False: there was none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_volume(&self, id: &str) -> Result<bool, StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("DELETE FROM volume_uses WHERE volume = ?").bind(id).execute(&mut *transaction).await?;
        let done = sqlx::query("DELETE FROM volumes WHERE id = ?").bind(id).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(done.rows_affected() > 0)
    }
}
