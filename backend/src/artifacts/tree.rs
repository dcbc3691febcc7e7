//! Folders: one object per file under a prefix. S3 knows no folders, so an empty folder (at any depth) is kept as an
//! empty object whose key ends in `/`, the convention of S3 consoles; Argo does not write those.

use std::path::{Path, PathBuf};

use futures::{StreamExt, TryStreamExt, stream};

use super::error::ArtifactError;
use super::keys::{self, ArtifactReference};
use super::put::Stored;
use super::store::ArtifactStore;

/// Files of one folder under way at once: a distant S3 takes tens of milliseconds for each.
pub(super) const AT_ONCE: usize = 8;

/// What an artifact turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    File(Stored),
    /// The files, in the order of their keys.
    Folder(Vec<Stored>),
}

impl ArtifactStore {
    /// Stores a folder: `folder/a/b` becomes `prefix/a/b`. A link to a file of the same folder is stored as that file;
    /// any other link is refused, since what it points at is not ours to read; so are sockets, pipes and devices.
    /// The answer is in the order of the names.
    ///
    /// # Errors
    /// [`ArtifactError::UnsafePath`] for such a link, a special file or a name S3 cannot carry.
    pub async fn put_tree(&self, folder: impl AsRef<Path>, prefix: &str) -> Result<Vec<Stored>, ArtifactError> {
        let prefix = prefix.trim_end_matches('/');
        keys::check_key(prefix)?;
        let puts = entries_of(folder.as_ref().to_owned()).await?.into_iter().map(|entry| {
            let (store, prefix) = (self.clone(), prefix.to_owned());
            async move {
                match entry {
                    Entry::File { path, relative } => {
                        store.put_file(path, &format!("{prefix}/{relative}")).await.map(Some)
                    }
                    Entry::EmptyFolder { relative } => {
                        let marker = format!("{prefix}/{relative}");
                        store.put_bytes("", &format!("{}/", marker.trim_end_matches('/'))).await.map(|_| None)
                    }
                }
            }
        });
        let stored: Vec<_> = stream::iter(puts).buffered(AT_ONCE).try_collect().await?;
        Ok(stored.into_iter().flatten().collect())
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
            let gets = targets.into_iter().map(|(target, is_folder, key)| {
                let store = self.clone();
                async move {
                    let parent = if is_folder { Some(target.as_path()) } else { target.parent() };
                    if let Some(parent) = parent {
                        let made = tokio::fs::create_dir_all(parent).await;
                        made.map_err(ArtifactError::local("make the folder", parent))?;
                    }
                    if is_folder { Ok(None) } else { store.get_to_file(&key, &target).await.map(Some) }
                }
            });
            let page: Vec<_> = stream::iter(gets).buffered(AT_ONCE).try_collect().await?;
            stored.extend(page.into_iter().flatten());
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
        let root = folder.canonicalize().map_err(ArtifactError::local("read the folder", &folder))?;
        walk(&root, &folder, "", &mut entries)?;
        Ok(entries)
    };
    let joined = tokio::task::spawn_blocking(walk).await;
    joined.map_err(|error| ArtifactError::Interrupted { what: "a folder".to_owned(), reason: error.to_string() })?
}

fn walk(root: &Path, folder: &Path, relative: &str, entries: &mut Vec<Entry>) -> Result<(), ArtifactError> {
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
            walk(root, &path, &relative, entries)?;
        } else if kind.is_file() {
            entries.push(Entry::File { path, relative });
        } else {
            let target = path.canonicalize().ok().filter(|target| target.starts_with(root) && target.is_file());
            let path = target.filter(|_| kind.is_symlink()).ok_or_else(|| not_a_file(&relative))?;
            entries.push(Entry::File { path, relative });
        }
    }
    Ok(())
}

fn not_a_file(path: &str) -> ArtifactError {
    ArtifactError::UnsafePath {
        path: path.to_owned(),
        why: "it is a special file or a link out of the folder, not a file or a folder",
    }
}
