//! Volumes as folders under the data folder. Which folder is whose stands in the store.
//! Nothing here follows a link that a task made: looking into a volume never leads out of it.

use crate::store::{Store, StoreError, VolumeLifetime, VolumeRecord};
use dagwright_shared::plan::{Plan, PlanLifetime};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

mod look;
mod removal;

pub use look::{Extent, Looked};

/// How long one volume is measured: a listing of volumes must not wait for millions of files.
const MEASURED: Duration = Duration::from_secs(1);

/// The volumes of this machine. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Volumes {
    root: PathBuf,
    store: Store,
}

impl Volumes {
    /// Volumes under `<data folder>/volumes`. What an earlier server was still removing is removed in the background.
    pub fn new(data_dir: &Path, store: Store) -> Self {
        let root = data_dir.join("volumes");
        removal::sweep(&root);
        Self { root, store }
    }

    /// The volumes that a plan mounts, noted in the store: volume slug → record.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn of_plan(
        &self,
        plan: &Plan,
        pipeline: &str,
        run: &str,
    ) -> Result<BTreeMap<String, VolumeRecord>, StoreError> {
        let mut records = BTreeMap::new();
        for volume in &plan.volumes {
            let run_id = run.rsplit('-').next().unwrap_or(run);
            let record = match &volume.lifetime {
                PlanLifetime::Kept(claim) => self.store.volume_of(VolumeLifetime::Kept, pipeline, &volume.name, claim),
                PlanLifetime::Claim(claim) => self.store.volume_of(VolumeLifetime::Claim, "", claim, claim),
                PlanLifetime::Run => {
                    let wanted = format!("{}-{run_id}", volume.slug);
                    let made = self.store.volume_of(VolumeLifetime::Run, run, &volume.name, &wanted).await?;
                    records.insert(volume.slug.clone(), made);
                    continue;
                }
            };
            records.insert(volume.slug.clone(), record.await?);
        }
        Ok(records)
    }

    /// Volumes of a plan that unfinished runs use right now: name and how many runs. Notes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn in_use(&self, plan: &Plan, pipeline: &str) -> Result<Vec<(String, usize)>, StoreError> {
        let mut used = Vec::new();
        for volume in &plan.volumes {
            let found = match &volume.lifetime {
                PlanLifetime::Kept(_) => self.store.find_volume(VolumeLifetime::Kept, pipeline, &volume.name).await?,
                PlanLifetime::Claim(claim) => self.store.find_volume(VolumeLifetime::Claim, "", claim).await?,
                PlanLifetime::Run => None,
            };
            if let Some(found) = found {
                let runs = self.store.volume_users(&found.id).await?.len();
                if runs > 0 {
                    used.push((volume.name.clone(), runs));
                }
            }
        }
        Ok(used)
    }

    /// A volume's folder; may not be there yet.
    pub fn folder(&self, volume: &VolumeRecord) -> PathBuf {
        let place = match volume.lifetime {
            VolumeLifetime::Kept => "kept",
            VolumeLifetime::Claim => "claims",
            VolumeLifetime::Run => "runs",
        };
        // Ids come from slugs and claims' names; whatever else one may hold, it names one folder here.
        let name = volume.id.replace(['/', '\0'], "-");
        let name = if name.is_empty() || name.starts_with('.') { format!("_{name}") } else { name };
        self.root.join(place).join(name)
    }

    /// Bytes and files of a volume, as far as they can be counted in a second.
    ///
    /// # Errors
    /// Whatever the system says.
    pub async fn measure(&self, volume: &VolumeRecord) -> io::Result<Extent> {
        let folder = self.folder(volume);
        spawn_blocking(move || Ok(look::measure(folder, Instant::now() + MEASURED))).await
    }

    /// Looks at a path inside a volume; empty is the volume itself.
    ///
    /// # Errors
    /// What the system says, beside that there is nothing.
    pub async fn look(&self, volume: &VolumeRecord, path: &str) -> io::Result<Looked> {
        let (folder, path) = (self.folder(volume), String::from(path));
        spawn_blocking(move || look::look(&folder, &path)).await
    }

    /// Removes a volume with everything in it. The caller has seen to it that nobody uses it.
    ///
    /// # Errors
    /// Whatever the system or the store says.
    pub async fn delete(&self, volume: &VolumeRecord) -> Result<bool, VolumeError> {
        self.remove_folder(volume).await?;
        Ok(self.store.delete_volume(&volume.id).await?)
    }

    /// Removes a volume that no unfinished run uses. A run that starts meanwhile gets an empty one.
    ///
    /// # Errors
    /// [`VolumeError::InUse`], or whatever the system or the store says; the volume is as it was then, or emptier.
    pub async fn delete_unused(&self, volume: &VolumeRecord) -> Result<(), VolumeError> {
        if !self.store.volume_users(&volume.id).await?.is_empty() {
            return Err(VolumeError::InUse);
        }
        self.remove_folder(volume).await?;
        self.store.delete_unused_volume(&volume.id).await?;
        Ok(())
    }

    async fn remove_folder(&self, volume: &VolumeRecord) -> io::Result<()> {
        let (root, folder) = (self.root.clone(), self.folder(volume));
        spawn_blocking(move || removal::remove(&root, &folder)).await
    }
}

/// Why a volume was not removed.
#[derive(Debug, thiserror::Error)]
pub enum VolumeError {
    /// An unfinished run uses it.
    #[error("a run uses this volume right now")]
    InUse,
    /// The system refused.
    #[error("the folder cannot be removed: {0}")]
    Folder(#[from] io::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

async fn spawn_blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_id_names_more_than_one_folder() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&home.path().join("store.db")).await.unwrap();
        let volumes = Volumes::new(home.path(), store);
        for id in ["", ".", "..", "../kept", "a/b", "/etc", "a\0b", "...", "good"] {
            let (id, name, owner) = (String::from(id), String::new(), String::new());
            let record = VolumeRecord { id, name, lifetime: VolumeLifetime::Claim, owner, last_used: None };
            let folder = volumes.folder(&record);
            let name = folder.file_name().unwrap().to_str().unwrap();
            assert_eq!(folder, home.path().join("volumes/claims").join(name));
            assert!(!name.starts_with('.'), "{name}");
        }
    }
}
