//! The files of logs: followed live from the pod, read from there by byte, and stored at the attempt's end, the file or
//! Argo's own archive, whichever has more. Must not know when that is, nor runs.

use super::follow::{Followed, Wanted, follow};
use super::spool;
use crate::artifacts::{ArtifactError, ArtifactStore, keys};
use crate::engine::LivePiece;
use crate::engine::argo::ArgoParts;
use crate::engine::argo::cluster::Cluster;
use crate::engine::live_logs::LiveLogs;
use crate::engine::log_limit::LogLimit;
use crate::engine::masks::Masks;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Whose log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct LogOf {
    /// The run's id.
    pub(super) run: String,
    /// The task's slug.
    pub(super) task: String,
    /// From 1.
    pub(super) attempt: u32,
}

/// A log in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoredLog {
    /// Its S3 key.
    pub(super) key: String,
    /// Bytes.
    pub(super) size: u64,
    /// Whether it is all that the program wrote.
    pub(super) complete: bool,
}

/// Why a log was not stored; it stays where it is, and storing it may be tried again.
#[derive(Debug, thiserror::Error)]
pub(super) enum LogError {
    /// The file cannot be read or written.
    #[error("the log's file cannot be used: {0}")]
    File(#[from] std::io::Error),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] ArtifactError),
}

struct Follower {
    wanted: watch::Sender<Wanted>,
    task: Option<JoinHandle<std::io::Result<Followed>>>,
}

/// The files. Cheap to clone.
#[derive(Clone)]
pub(super) struct Keeper {
    cluster: Cluster,
    artifacts: ArtifactStore,
    root: PathBuf,
    limit: LogLimit,
    live: LiveLogs,
    followers: Arc<Mutex<HashMap<LogOf, Follower>>>,
}

impl Keeper {
    /// Keeps files under `<data folder>/logs`.
    pub(super) fn new(parts: &ArgoParts) -> Self {
        Self {
            cluster: parts.cluster.clone(),
            artifacts: parts.artifacts.clone(),
            root: parts.data_dir.join("logs"),
            limit: parts.log_limit,
            live: LiveLogs::default(),
            followers: Arc::default(),
        }
    }

    /// Ids of runs that have files here.
    pub(super) async fn runs(&self) -> Vec<String> {
        names(&self.root).await
    }

    /// What an earlier server had of a run's logs can be read, until somebody follows them again or stores them.
    pub(super) async fn open(&self, run: &str, masks: impl Fn(&str) -> Masks) {
        for task in names(&self.root.join(run)).await {
            for attempt in names(&self.root.join(run).join(&task)).await {
                let Ok(attempt) = attempt.parse() else { continue };
                let of = LogOf { run: String::from(run), task: task.clone(), attempt };
                let file = spool::log_file(&self.folder(&of));
                if !self.lock().contains_key(&of) {
                    self.live.open(run, &task, attempt, file, masks(&task));
                }
            }
        }
    }

    /// Removes everything of a run that nobody follows.
    pub(super) async fn remove(&self, run: &str) {
        self.lock().retain(|of, _| of.run != run);
        remove_folder(&self.root.join(run)).await;
    }

    /// Follows an attempt's log from its pod, going on where an earlier server was. Again for the same attempt: nothing.
    /// `masks`: what is hidden from everybody who reads it.
    pub(super) fn follow(&self, of: &LogOf, pod: &str, masks: Masks) {
        let mut followers = self.lock();
        if followers.contains_key(of) {
            return;
        }
        let folder = self.folder(of);
        self.live.open(&of.run, &of.task, of.attempt, spool::log_file(&folder), masks);
        let (wanted, asked) = watch::channel(Wanted::Follow);
        let (cluster, pod, limit) = (self.cluster.clone(), String::from(pod), self.limit);
        let task = tokio::spawn(async move { follow(&cluster, &pod, &folder, limit, asked).await });
        followers.insert(of.clone(), Follower { wanted, task: Some(task) });
    }

    /// The attempt has ended: takes the rest of its log from the pod, where there is one.
    ///
    /// # Errors
    /// [`LogError::File`]; asked again it goes on.
    pub(super) async fn finish(&self, of: &LogOf, pod: Option<&str>, masks: &Masks) -> Result<Followed, LogError> {
        if let Some(pod) = pod {
            self.follow(of, pod, masks.clone());
        }
        let task = self.lock().get_mut(of).and_then(|follower| {
            follower.wanted.send_replace(Wanted::Finish);
            follower.task.take()
        });
        match task {
            Some(task) => Ok(task.await.map_err(std::io::Error::other)??),
            None if !tokio::fs::try_exists(spool::log_file(&self.folder(of))).await? => Ok(Followed::default()),
            None => {
                // Asked again, or the pod has gone: what there is.
                let (spool, place) = spool::Spool::open(&self.folder(of), self.limit).await?;
                Ok(Followed { size: spool.size().await?, is_complete: place.has_exited() && !place.gap })
            }
        }
    }

    /// Stores what was followed, or what Argo archived under `archived`: the one that has more, under
    /// `runs/<folder>/<task>/attempts/<n>/main.log`. `None`: the program wrote nothing. It stays live until [`Self::close`].
    ///
    /// # Errors
    /// [`LogError`]; asked again it goes on.
    pub(super) async fn store(
        &self,
        of: &LogOf,
        folder: &str,
        followed: Followed,
        archived: Option<&str>,
        masks: &Masks,
    ) -> Result<Option<StoredLog>, LogError> {
        let key = keys::log_key(folder, &[&of.task], of.attempt)?;
        let archive = match archived {
            Some(archived) => self.size(archived).await?.map(|size| (archived, size)),
            None => None,
        };
        match archive {
            // A file at its limit says so at its end, and the archive has no more of what is kept.
            Some((archived, size)) if size > 0 && followed.size <= size.min(self.limit.bytes) => {
                let size = self.store_archive(of, archived, size, &key, masks).await?;
                Ok(Some(StoredLog { key, size, complete: true }))
            }
            _ if followed.size == 0 => Ok(None),
            _ => {
                let file = spool::log_file(&self.folder(of));
                let stored = self.artifacts.put_file(masked(file, masks).await?, &key).await?;
                Ok(Some(StoredLog { key, size: stored.size, complete: followed.is_complete }))
            }
        }
    }

    /// The stored log is recorded, or there is none: who reads it reads there from now on. Argo's own copy goes, too.
    pub(super) async fn close(&self, of: &LogOf, archived: Option<&str>) {
        self.live.close(&of.run, &of.task, of.attempt);
        self.lock().remove(of);
        let folder = self.folder(of);
        remove_folder(&folder).await;
        // Empty by now, or other attempts' still; either is fine.
        for parent in folder.ancestors().skip(1).take(2) {
            let _ = tokio::fs::remove_dir(parent).await;
        }
        if let Some(archived) = archived
            && let Err(error) = self.artifacts.delete(archived).await
        {
            tracing::warn!("Argo's copy of a log stays behind: {error}");
        }
    }

    /// A piece of a log from a byte offset. `None`: it is not followed here (any more).
    pub(super) async fn read(&self, of: &LogOf, from: u64) -> Option<LivePiece> {
        self.live.read(&of.run, &of.task, of.attempt, from).await
    }

    /// Lets go of every pod; the next server goes on where this one was.
    pub(super) async fn stop(&self) {
        let tasks: Vec<_> = {
            let mut followers = self.lock();
            let stopped = followers.values_mut().map(|follower| {
                follower.wanted.send_replace(Wanted::Stop);
                follower.task.take()
            });
            stopped.flatten().collect()
        };
        for task in tasks {
            let _ = task.await;
        }
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, ArtifactError> {
        match self.artifacts.head(key).await {
            Ok(found) => Ok(Some(found.size)),
            // Archiving may have failed, or goes to another store than the server's.
            Err(ArtifactError::NotFound { .. } | ArtifactError::NoSuchBucket { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Without secrets to hide and within its limit, the store copies it by itself. Returns the bytes that are kept.
    async fn store_archive(
        &self,
        of: &LogOf,
        archived: &str,
        size: u64,
        key: &str,
        masks: &Masks,
    ) -> Result<u64, LogError> {
        if masks.is_empty() && size <= self.limit.bytes {
            self.artifacts.copy(archived, key).await?;
            return Ok(size);
        }
        let file = self.folder(of).join("archived.log");
        self.artifacts.get_to_file(archived, &file).await?;
        self.limit.keep(&file)?;
        Ok(self.artifacts.put_file(masked(file, masks).await?, key).await?.size)
    }

    fn folder(&self, of: &LogOf) -> PathBuf {
        self.root.join(&of.run).join(&of.task).join(of.attempt.to_string())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<LogOf, Follower>> {
        self.followers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same file, or a copy with everything hidden.
async fn masked(file: PathBuf, masks: &Masks) -> std::io::Result<PathBuf> {
    if masks.is_empty() {
        return Ok(file);
    }
    let (target, masks) = (file.with_extension("masked"), masks.clone());
    tokio::task::spawn_blocking(move || masks.copy(&file, &target).map(|()| target))
        .await
        .map_err(std::io::Error::other)?
}

/// Names in a folder; one that is not there is empty.
async fn names(folder: &Path) -> Vec<String> {
    let Ok(mut entries) = tokio::fs::read_dir(folder).await else { return Vec::new() };
    let mut found = Vec::new();
    while let Ok(Some(entry)) = entries.next_entry().await {
        found.extend(entry.file_name().into_string());
    }
    found
}

async fn remove_folder(folder: &Path) {
    match tokio::fs::remove_dir_all(folder).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!("cannot remove {}: {error}", folder.display());
        }
        _ => {}
    }
}
