//! What was uploaded, by what name. The bytes are in S3.

use super::{Store, StoreError};
use sqlx::Row;

/// An upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRecord {
    /// Of the content; the S3 key is made from it.
    pub sha256: String,
    /// The name that it was given.
    pub name: String,
    /// Bytes in all.
    pub size: u64,
    /// Files in it.
    pub files: u64,
    /// Whether it is a folder.
    pub is_folder: bool,
}

impl Store {
    /// Notes an upload; the same content under the same name is noted once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record_upload(&self, upload: &UploadRecord, now: u64) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT OR IGNORE INTO uploads (sha256, name, size, files, is_folder, created) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(&upload.sha256)
        .bind(&upload.name)
        .bind(upload.size as i64)
        .bind(upload.files as i64)
        .bind(upload.is_folder)
        .bind(now as i64)
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// An upload by its content.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn upload(&self, sha256: &str) -> Result<Option<UploadRecord>, StoreError> {
        let row = sqlx::query("SELECT sha256, name, size, files, is_folder FROM uploads WHERE sha256 = ? LIMIT 1")
            .bind(sha256)
            .fetch_optional(&self.read)
            .await?;
        Ok(row.map(|row| UploadRecord {
            sha256: row.get(0),
            name: row.get(1),
            size: row.get::<i64, _>(2) as u64,
            files: row.get::<i64, _>(3) as u64,
            is_folder: row.get(4),
        }))
    }
}
