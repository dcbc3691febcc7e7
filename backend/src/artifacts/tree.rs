//! Folders: one object per file under a prefix. S3 knows no folders, so an empty folder (at any depth) is kept as an
//! empty object whose key ends in `/`, the convention of S3 consoles; Argo does not write those.

use std::path::{Path, PathBuf};

use super::error::ArtifactError;
use super::keys::{self, ArtifactReference};
use super::put::Stored;
use super::store::ArtifactStore;

/// What an artifact turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    File(Stored),
    /// The files, in the order of their keys.
    Folder(Vec<Stored>),
}

impl ArtifactStore {
    /// Stores a folder: `folder/a/b` becomes `prefix/a/b`. Links are refused, since what they point at is not ours to
    /// read; so are sockets, pipes and devices. Files are stored one after the other, in the order of their names.
    ///
    /// # Errors
    /// [`ArtifactError::UnsafePath`] for a link, a special file or a name S3 cannot carry.
    pub async fn put_tree(&self, folder: impl AsRef<Path>, prefix: &str) -> Result<Vec<Stored>, ArtifactError> {
        let prefix = prefix.trim_end_matches('/');
        keys::check_key(prefix)?;
        let mut stored = Vec::new();
        for entry in entries_of(folder.as_ref().to_owned()).await? {
            match entry {
                Entry::File { path, relative } => {
                    stored.push(self.put_file(path, &format!("{prefix}/{relative}")).await?);
                }
                Entry::EmptyFolder { relative } if relative.is_empty() => {
                    self.put_bytes("", &format!("{prefix}/")).await?;
                }
                Entry::EmptyFolder { relative } => {
                    self.put_bytes("", &format!("{prefix}/{relative}/")).await?;
                }
            }
        }
        Ok(stored)
    }

    /// Stores a file or a folder, whichever `path` is: the form in which a task leaves an output.
    ///
    /// # Errors
    /// As [`Self::put_file`] and [`Self::put_tree`].
    pub async fn put_path(&self, path: impl AsRef<Path>, key: &str) -> Result<Fetched, ArtifactError> {
        let path = path.as_ref();
        let kind = tokio::fs::symlink_metadata(path).await.map_err(ArtifactError::local("read", path))?;
        if kind.is_dir() {
            return Ok(Fetched::Folder(self.put_tree(path, key).await?));
        }
        if !kind.is_file() {
            return Err(not_a_file(&path.display().to_string()));
        }
        Ok(Fetched::File(self.put_file(path, key).await?))
    }

    /// Writes every object under `prefix/` below `folder`, which is made if needed.
    ///
    /// # Errors
    /// [`ArtifactError::NotFound`] when there is no object under the prefix; [`ArtifactError::UnsafePath`] when a key
    /// would escape the folder or cannot be a file's name (the whole page is checked before any of it is written).
    pub async fn get_tree(&self, prefix: &str, folder: impl AsRef<Path>) -> Result<Vec<Stored>, ArtifactError> {
        let folder = folder.as_ref();
        let prefix = format!("{}/", prefix.trim_end_matches('/'));
        keys::check_key(&prefix)?;
        let mut found = false;
        let mut stored = Vec::new();
        let mut pages = self.pages(&prefix);
        while let Some(entries) = pages.next().await? {
            let mut targets = Vec::with_capacity(entries.len());
            for entry in entries {
                let relative = entry.key.strip_prefix(&prefix).unwrap_or(&entry.key);
                let is_folder = relative.is_empty() || relative.ends_with('/');
                let inside = relative.strip_suffix('/').unwrap_or(relative);
                if !inside.is_empty() {
                    keys::check_relative_path(inside)?;
                }
                targets.push((folder.join(inside), is_folder, entry.key));
            }
            found |= !targets.is_empty();
            for (target, is_folder, key) in targets {
                let parent = if is_folder { Some(target.as_path()) } else { target.parent() };
                if let Some(parent) = parent {
                    let made = tokio::fs::create_dir_all(parent).await;
                    made.map_err(ArtifactError::local("make the folder", parent))?;
                }
                if !is_folder {
                    stored.push(self.get_to_file(&key, &target).await?);
                }
            }
        }
        if !found {
            return Err(ArtifactError::NotFound { bucket: self.bucket().to_owned(), key: prefix });
        }
        Ok(stored)
    }

    /// Writes an artifact to `path`: a file when an object has this very key, otherwise the folder under `key/`.
    ///
    /// # Errors
    /// [`ArtifactError::NotFound`] when there is neither.
    pub async fn fetch(&self, key: &str, path: impl AsRef<Path>) -> Result<Fetched, ArtifactError> {
        if !key.ends_with('/') {
            match self.get_to_file(key, path.as_ref()).await {
                Err(ArtifactError::NotFound { .. }) => {}
                result => return result.map(Fetched::File),
            }
        }
        match self.get_tree(key, path).await {
            Err(ArtifactError::NotFound { bucket, .. }) => Err(ArtifactError::NotFound { bucket, key: key.to_owned() }),
            result => result.map(Fetched::Folder),
        }
    }
}

impl ArtifactStore {
    /// Writes what an artifact argument names to `path`, from our bucket or from another one of the same endpoint.
    ///
    /// # Errors
    /// As [`Self::fetch`].
    pub async fn fetch_reference(
        &self,
        reference: &ArtifactReference,
        path: impl AsRef<Path>,
    ) -> Result<Fetched, ArtifactError> {
        match reference {
            ArtifactReference::Upload { sha256, .. } => self.fetch(&keys::upload_key(sha256)?, path).await,
            ArtifactReference::S3(uri) => self.in_bucket(&uri.bucket)?.fetch(&uri.key, path).await,
        }
    }
}

enum Entry {
    File { path: PathBuf, relative: String },
    EmptyFolder { relative: String },
}

async fn entries_of(folder: PathBuf) -> Result<Vec<Entry>, ArtifactError> {
    let walk = move || {
        let mut entries = Vec::new();
        walk(&folder, "", &mut entries)?;
        Ok(entries)
    };
    let joined = tokio::task::spawn_blocking(walk).await;
    joined.map_err(|error| ArtifactError::Interrupted { what: "a folder".to_owned(), reason: error.to_string() })?
}

fn walk(folder: &Path, relative: &str, entries: &mut Vec<Entry>) -> Result<(), ArtifactError> {
    let read = std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut children = read.map_err(ArtifactError::local("read the folder", folder))?;
    children.sort_by_key(std::fs::DirEntry::file_name);
    if children.is_empty() {
        entries.push(Entry::EmptyFolder { relative: relative.to_owned() });
    }
    for child in children {
        let path = child.path();
        let name = child.file_name();
        let name = name.to_str().ok_or_else(|| ArtifactError::UnsafePath {
            path: path.display().to_string(),
            why: "its name is not UTF-8",
        })?;
        keys::check_relative_path(name)?;
        let relative = if relative.is_empty() { name.to_owned() } else { format!("{relative}/{name}") };
        let kind = child.file_type().map_err(ArtifactError::local("read", &path))?;
        if kind.is_dir() {
            walk(&path, &relative, entries)?;
        } else if kind.is_file() {
            entries.push(Entry::File { path, relative });
        } else {
            return Err(not_a_file(&relative));
        }
    }
    Ok(())
}

fn not_a_file(path: &str) -> ArtifactError {
    ArtifactError::UnsafePath { path: path.to_owned(), why: "it is a link or a special file, not a file or a folder" }
}
