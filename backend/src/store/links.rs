//! What short links lead to: pipelines' files as they were shared. A link never changes; the same text has one link.

use super::{Store, StoreError};
use sha2::{Digest, Sha256};
use sqlx::Row;

/// A shared pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRecord {
    /// 128 random bits as a link writes them.
    pub id: String,
    /// The file.
    pub text: String,
    /// Milliseconds since 1970.
    pub created: u64,
}

impl Store {
    /// Keeps a text under a new id; one that is kept already stays under the id it has.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn share(&self, new_id: &str, text: &str, now: u64) -> Result<LinkRecord, StoreError> {
        let digest = format!("{:x}", Sha256::digest(text));
        let row = sqlx::query(
            "INSERT INTO links (id, text, digest, created) VALUES (?, ?, ?, ?)
             ON CONFLICT (digest) DO UPDATE SET digest = digest RETURNING id, text, created",
        )
        .bind(new_id)
        .bind(text)
        .bind(digest)
        .bind(now as i64)
        .fetch_one(&self.write)
        .await?;
        Ok(record(&row))
    }

    /// What a short link leads to.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn shared(&self, id: &str) -> Result<Option<LinkRecord>, StoreError> {
        let row = sqlx::query("SELECT id, text, created FROM links WHERE id = ?");
        Ok(row.bind(id).fetch_optional(&self.read).await?.as_ref().map(record))
    }
}

fn record(row: &sqlx::sqlite::SqliteRow) -> LinkRecord {
    LinkRecord { id: row.get(0), text: row.get(1), created: row.get::<i64, _>(2) as u64 }
}
