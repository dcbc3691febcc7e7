//! What people bring in: a file or a folder, streamed to `uploads/<sha256>`. Content-addressed: the same bytes are
//! stored once. A folder's digest is that of its manifest, one line `<sha256> <size> <path>` a file, sorted by path.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};

use super::digest::{Sum, sum_of};
use super::error::ArtifactError;
use super::keys;
use super::put::write_stream;
use super::store::ArtifactStore;
use super::tree::AT_ONCE;

/// How much one upload may bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadLimits {
    /// Of all files together, in bytes.
    pub total_bytes: u64,
    /// Of a folder.
    pub files: usize,
}

impl Default for UploadLimits {
    /// 16 GiB, 10,000 files.
    fn default() -> Self {
        Self { total_bytes: 16 * 1024 * 1024 * 1024, files: 10_000 }
    }
}

/// Whether an upload is a file or a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UploadedKind {
    File,
    Folder,
}

/// An upload that is now in the store.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Uploaded {
    /// `uploads/<sha256>`: for a file the object's key, for a folder the prefix without its last `/`.
    pub key: String,
    pub kind: UploadedKind,
    /// In bytes, of all files.
    pub size: u64,
    pub files: usize,
    pub sha256: String,
}

impl ArtifactStore {
    /// Takes in one file.
    ///
    /// # Errors
    /// [`ArtifactError::TooLarge`], [`ArtifactError::Interrupted`], or the store's refusal. Nothing is left behind.
    pub async fn receive_file<E: std::fmt::Display>(
        &self,
        name: &str,
        stream: impl Stream<Item = Result<Bytes, E>> + Send,
        limits: UploadLimits,
    ) -> Result<Uploaded, ArtifactError> {
        let spooled = self.spool(stream, name, limits.total_bytes).await?;
        let key = keys::upload_key(&spooled.sum.sha256)?;
        let sum = spooled.sum;
        if !self.has(&key, &sum).await? {
            self.put_summed_file(spooled.file.path(), &key, sum.clone()).await?;
        }
        Ok(Uploaded { key, kind: UploadedKind::File, size: sum.size, files: 1, sha256: sum.sha256 })
    }

    /// Begins to take in a folder: [`FolderUpload::add`] each file as it comes, then [`FolderUpload::finish`].
    ///
    /// # Errors
    /// [`ArtifactError::LocalFile`] when the spool folder cannot be written.
    pub fn receive_folder(&self, limits: UploadLimits) -> Result<FolderUpload, ArtifactError> {
        let spool = &self.inner.spool;
        let folder = tempfile::TempDir::new_in(spool).map_err(ArtifactError::local("make a folder in", spool))?;
        Ok(FolderUpload { store: self.clone(), folder, limits, files: BTreeMap::new(), total: 0 })
    }
}

/// A folder on its way in. Dropped without `finish`, it leaves nothing behind.
pub struct FolderUpload {
    store: ArtifactStore,
    folder: tempfile::TempDir,
    limits: UploadLimits,
    files: BTreeMap<String, (PathBuf, Sum)>,
    total: u64,
}

impl FolderUpload {
    /// Takes in one file of the folder under its relative path (`/` between the names).
    ///
    /// # Errors
    /// [`ArtifactError::UnsafePath`] for a path that would escape, comes twice, or is a file and a folder at once;
    /// [`ArtifactError::TooLarge`] above a limit.
    pub async fn add<E: std::fmt::Display>(
        &mut self,
        path: &str,
        stream: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<(), ArtifactError> {
        keys::check_relative_path(path)?;
        self.check_clash(path)?;
        if self.files.len() >= self.limits.files {
            let limit = format!("{} files", self.limits.files);
            return Err(ArtifactError::TooLarge { what: "The folder".to_owned(), limit });
        }
        // Spooled under a number: no name from outside ever meets our disk.
        let target = self.folder.path().join(self.files.len().to_string());
        let left = self.limits.total_bytes.saturating_sub(self.total);
        let sum = match write_stream(stream, &target, path, left).await {
            Err(ArtifactError::TooLarge { .. }) => {
                let limit = format!("{} bytes", self.limits.total_bytes);
                return Err(ArtifactError::TooLarge { what: "The folder".to_owned(), limit });
            }
            result => result?,
        };
        self.total += sum.size;
        self.files.insert(path.to_owned(), (target, sum));
        Ok(())
    }

    /// Stores the folder under `uploads/<sha256 of its manifest>/`.
    ///
    /// # Errors
    /// [`ArtifactError`]; what was stored by then is completed by the next upload of the same folder.
    pub async fn finish(self) -> Result<Uploaded, ArtifactError> {
        let mut manifest = String::new();
        for (path, (_, sum)) in &self.files {
            manifest.push_str(&format!("{} {} {path}\n", sum.sha256, sum.size));
        }
        let sha256 = sum_of(manifest.as_bytes()).sha256;
        let key = keys::upload_key(&sha256)?;
        if self.files.is_empty() {
            self.store.put_bytes("", &format!("{key}/")).await?;
        }
        let files = self.files.len();
        let puts = self.files.into_iter().map(|(path, (spooled, sum))| {
            let (store, key) = (self.store.clone(), format!("{key}/{path}"));
            async move {
                if !store.has(&key, &sum).await? {
                    store.put_summed_file(&spooled, &key, sum).await?;
                }
                Ok::<(), ArtifactError>(())
            }
        });
        stream::iter(puts).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        Ok(Uploaded { key, kind: UploadedKind::Folder, size: self.total, files, sha256 })
    }

    fn check_clash(&self, path: &str) -> Result<(), ArtifactError> {
        let refuse = |why| Err(ArtifactError::UnsafePath { path: path.to_owned(), why });
        if self.files.contains_key(path) {
            return refuse("it comes twice in the folder");
        }
        let below = format!("{path}/");
        if self.files.range(below.clone()..).next().is_some_and(|(other, _)| other.starts_with(&below)) {
            return refuse("it is a file here and a folder elsewhere in the upload");
        }
        let above = path.match_indices('/').any(|(end, _)| path.get(..end).is_some_and(|p| self.files.contains_key(p)));
        if above { refuse("a part of it is a file elsewhere in the upload") } else { Ok(()) }
    }
}
