//! The project's own components: each save that changes one is a version of it. Knows no component's form.

use super::{Store, StoreError};
use dagwright_shared::api::ComponentVersion;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

/// Versions of a component that are kept.
pub const KEPT_VERSIONS: u32 = 50;
/// Components that there may be.
pub const MOST_COMPONENTS: u32 = 500;

/// A version of a component with its file.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentRecord {
    /// The component's name.
    pub name: String,
    /// Which version.
    pub version: ComponentVersion,
    /// The file.
    pub text: String,
}

/// What a save came to.
#[derive(Clone, Debug, PartialEq)]
pub enum ComponentSave {
    /// The first version.
    Made(ComponentRecord),
    /// A further version, or the stored one where nothing differs.
    Saved(ComponentRecord),
    /// Another version is stored; `None`: none at all.
    Conflict(Option<ComponentRecord>),
    /// There are as many as there may be.
    Full,
}

const RECORD: &str = "SELECT name, version, digest, text, saved FROM component_versions";

impl Store {
    /// The newest version of each, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn components(&self) -> Result<Vec<ComponentRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT name, max(version), digest, text, saved FROM component_versions GROUP BY name ORDER BY name",
        );
        Ok(rows.fetch_all(&self.read).await?.iter().map(record).collect())
    }

    /// The newest version of one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn component(&self, name: &str) -> Result<Option<ComponentRecord>, StoreError> {
        let mut connection = self.read.acquire().await?;
        newest(&mut connection, name).await
    }

    /// The versions of all components, or of one: name and version, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn component_versions(&self, name: Option<&str>) -> Result<Vec<(String, ComponentVersion)>, StoreError> {
        let rows = sqlx::query(
            "SELECT name, version, digest, '', saved FROM component_versions WHERE name = coalesce(?, name)
             ORDER BY name, version DESC",
        );
        let rows = rows.bind(name).fetch_all(&self.read).await?;
        Ok(rows.iter().map(record).map(|record| (record.name, record.version)).collect())
    }

    /// One version.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn component_version(&self, name: &str, version: u32) -> Result<Option<ComponentRecord>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("{RECORD} WHERE name = ? AND version = ?"));
        let row = sqlx::query(sql).bind(name).bind(version).fetch_optional(&self.read).await?;
        Ok(row.as_ref().map(record))
    }

    /// Keeps a component as the next version, if the stored one is `over` (`None`: if there is none). Saving what is
    /// stored already makes no version.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn save_component(
        &self,
        name: &str,
        over: Option<u32>,
        digest: &str,
        text: &str,
        now: u64,
    ) -> Result<ComponentSave, StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        let stored = newest(&mut transaction, name).await?;
        if let Some(stored) = &stored
            && stored.version.digest == digest
        {
            // A repeated PUT, also one whose answer was lost on the way.
            return Ok(ComponentSave::Saved(stored.clone()));
        }
        if stored.as_ref().map(|stored| stored.version.version) != over {
            return Ok(ComponentSave::Conflict(stored));
        }
        if stored.is_none() {
            let count = sqlx::query("SELECT count(DISTINCT name) FROM component_versions");
            if count.fetch_one(&mut *transaction).await?.get::<i64, _>(0) >= i64::from(MOST_COMPONENTS) {
                return Ok(ComponentSave::Full);
            }
        }
        let version = over.unwrap_or(0) + 1;
        sqlx::query("INSERT INTO component_versions (name, version, digest, text, saved) VALUES (?, ?, ?, ?, ?)")
            .bind(name)
            .bind(version)
            .bind(digest)
            .bind(text)
            .bind(now as i64)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("DELETE FROM component_versions WHERE name = ? AND version <= ?")
            .bind(name)
            .bind(i64::from(version) - i64::from(KEPT_VERSIONS))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        let saved = ComponentRecord {
            name: String::from(name),
            version: ComponentVersion { version, digest: String::from(digest), saved: now },
            text: String::from(text),
        };
        Ok(if over.is_none() { ComponentSave::Made(saved) } else { ComponentSave::Saved(saved) })
    }

    /// Deletes a component with all its versions. False: there was none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_component(&self, name: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM component_versions WHERE name = ?").bind(name).execute(&self.write).await?;
        Ok(done.rows_affected() > 0)
    }
}

async fn newest(connection: &mut SqliteConnection, name: &str) -> Result<Option<ComponentRecord>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!("{RECORD} WHERE name = ? ORDER BY version DESC LIMIT 1"));
    Ok(sqlx::query(sql).bind(name).fetch_optional(connection).await?.as_ref().map(record))
}

fn record(row: &SqliteRow) -> ComponentRecord {
    let version = ComponentVersion {
        version: row.get::<i64, _>(1) as u32,
        digest: row.get(2),
        saved: row.get::<i64, _>(4) as u64,
    };
    ComponentRecord { name: row.get(0), version, text: row.get(3) }
}
