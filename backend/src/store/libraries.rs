//! Libraries of components as they were last read, in the order they were added.

use super::Store;
use super::error::{StoreError, unreadable};
use dagwright_shared::api::Library;
use sqlx::Row;

/// Libraries that there may be.
pub const MOST_LIBRARIES: u32 = 20;

/// What adding a library came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LibraryAddition {
    /// Kept.
    Added,
    /// There is one of that source.
    Twice,
    /// There are as many as there may be.
    Full,
}

impl Store {
    /// All of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn libraries(&self) -> Result<Vec<Library>, StoreError> {
        let rows = sqlx::query("SELECT content FROM libraries ORDER BY seq").fetch_all(&self.read).await?;
        rows.iter().map(|row| serde_json::from_str(row.get(0)).map_err(unreadable("a library"))).collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn library(&self, id: &str) -> Result<Option<Library>, StoreError> {
        let row = sqlx::query("SELECT content FROM libraries WHERE id = ?").bind(id).fetch_optional(&self.read).await?;
        row.map(|row| serde_json::from_str(row.get(0)).map_err(unreadable("a library"))).transpose()
    }

    /// Keeps a new one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_library(&self, library: &Library) -> Result<LibraryAddition, StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        let count = sqlx::query("SELECT count(*), coalesce(sum(source = ?), 0) FROM libraries").bind(&library.source);
        let count = count.fetch_one(&mut *transaction).await?;
        if count.get::<i64, _>(1) > 0 {
            return Ok(LibraryAddition::Twice);
        }
        if count.get::<i64, _>(0) >= i64::from(MOST_LIBRARIES) {
            return Ok(LibraryAddition::Full);
        }
        sqlx::query("INSERT INTO libraries (id, source, content) VALUES (?, ?, ?)")
            .bind(&library.id)
            .bind(&library.source)
            .bind(text(library)?)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(LibraryAddition::Added)
    }

    /// Replaces what was read of one. False: it was removed meanwhile.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn replace_library(&self, library: &Library) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE libraries SET content = ? WHERE id = ?").bind(text(library)?).bind(&library.id);
        Ok(done.execute(&self.write).await?.rows_affected() > 0)
    }

    /// Removes one. False: there was none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_library(&self, id: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM libraries WHERE id = ?").bind(id).execute(&self.write).await?;
        Ok(done.rows_affected() > 0)
    }
}

fn text(library: &Library) -> Result<String, StoreError> {
    serde_json::to_string(library).map_err(unreadable("a library"))
}
