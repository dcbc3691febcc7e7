//! Deleting and copying objects.

use super::error::ArtifactError;
use super::keys;
use super::retry::with_retries;
use super::store::ArtifactStore;

impl ArtifactStore {
    /// Deletes an object; one that is not there is no error.
    ///
    /// # Errors
    /// [`ArtifactError`].
    pub async fn delete(&self, key: &str) -> Result<(), ArtifactError> {
        keys::check_key(key)?;
        let result = with_retries(|| async {
            let sent = self.inner.short.objects().delete(&*self.bucket, key).send().await;
            sent.map(|_| ()).map_err(|error| self.request("delete", key).error(error))
        })
        .await;
        match result {
            Err(ArtifactError::NotFound { .. }) => Ok(()),
            other => other,
        }
    }

    /// Deletes every object whose key begins with `prefix` and says how many there were. The prefix must end in `/`,
    /// so that `runs/a/` never takes `runs/ab/` with it.
    ///
    /// # Errors
    /// [`ArtifactError`]; some objects may be gone by then, and calling again goes on.
    pub async fn delete_prefix(&self, prefix: &str) -> Result<u64, ArtifactError> {
        keys::check_key(prefix)?;
        if !prefix.ends_with('/') {
            return Err(ArtifactError::InvalidKey { key: prefix.to_owned(), why: "a prefix to delete must end in /" });
        }
        let mut deleted = 0;
        let mut pages = self.pages(prefix);
        while let Some(entries) = pages.next().await? {
            if entries.is_empty() {
                continue;
            }
            deleted += entries.len() as u64;
            with_retries(|| async {
                let request = self.inner.short.objects().delete_objects(&*self.bucket).quiet(true);
                let request = request.objects(entries.iter().map(|entry| entry.key.clone()));
                let answer = request.send().await.map_err(|error| self.request("delete", prefix).error(error))?;
                match answer.errors.into_iter().next() {
                    None => Ok(()),
                    Some(fault) => Err(ArtifactError::Store {
                        endpoint: self.configuration().endpoint.clone(),
                        bucket: self.bucket().to_owned(),
                        key: fault.key.unwrap_or_else(|| prefix.to_owned()),
                        action: "delete",
                        reason: fault.message.or(fault.code).unwrap_or_else(|| "no reason given".to_owned()),
                        transient: false,
                    }),
                }
            })
            .await?;
        }
        Ok(deleted)
    }

    /// Copies an object inside the store, without its bytes passing through here. S3 copies up to 5 GiB this way.
    ///
    /// # Errors
    /// [`ArtifactError`].
    pub async fn copy(&self, from: &str, to: &str) -> Result<(), ArtifactError> {
        keys::check_key(from)?;
        keys::check_key(to)?;
        with_retries(|| async {
            let sent = self.inner.transfers.objects().copy(&*self.bucket, from, &*self.bucket, to).send().await;
            sent.map(|_| ()).map_err(|error| self.request("copy", from).error(error))
        })
        .await
    }
}
