//! Volumes as folders under the data folder. Which folder is whose stands in the store.
//! Nothing here follows a link that a task made: looking into a volume never leads out of it.

use crate::store::{Store, StoreError, VolumeLifetime, VolumeRecord};
use dagwright_shared::api::FileEntry;
use dagwright_shared::plan::{Plan, PlanLifetime};
use rustix::fs::{Mode, OFlags, ResolveFlags};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// Entries of a folder that a listing shows.
const MOST_ENTRIES: usize = 10_000;

/// The volumes of this machine. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Volumes {
    root: PathBuf,
    store: Store,
}

/// What is looked at inside a volume.
pub enum Looked {
    /// A folder's entries, folders first.
    Folder(Vec<FileEntry>),
    /// A file to read, with its size in bytes.
    File(File, u64),
    /// Nothing, or something that is neither file nor folder, or a way out of the volume.
    Nothing,
}

impl Volumes {
    /// Volumes under `<data folder>/volumes`.
    pub fn new(data_dir: &Path, store: Store) -> Self {
        Self { root: data_dir.join("volumes"), store }
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
        // Ids come from slugs; whatever else one may hold, it names one folder here.
        self.root.join(place).join(volume.id.replace(['/', '\0'], "-").trim_start_matches('.'))
    }

    /// Bytes and files of a volume.
    ///
    /// # Errors
    /// Whatever the system says.
    pub async fn measure(&self, volume: &VolumeRecord) -> io::Result<(u64, u64)> {
        let folder = self.folder(volume);
        spawn_blocking(move || {
            let (mut bytes, mut files) = (0, 0);
            let mut open = vec![folder];
            while let Some(folder) = open.pop() {
                let Ok(entries) = std::fs::read_dir(&folder) else { continue };
                for entry in entries.flatten() {
                    match entry.metadata() {
                        Ok(what) if what.is_dir() => open.push(entry.path()),
                        Ok(what) => {
                            bytes += what.len();
                            files += 1;
                        }
                        // Gone since: a task may be writing right now.
                        Err(_) => {}
                    }
                }
            }
            Ok((bytes, files))
        })
        .await
    }

    /// Looks at a path inside a volume; empty is the volume itself.
    ///
    /// # Errors
    /// What the system says, beside that there is nothing.
    pub async fn look(&self, volume: &VolumeRecord, path: &str) -> io::Result<Looked> {
        let (folder, path) = (self.folder(volume), String::from(path));
        spawn_blocking(move || look(&folder, &path)).await
    }

    /// Removes a volume with everything in it. The caller has seen to it that nobody uses it.
    ///
    /// # Errors
    /// Whatever the system or the store says.
    pub async fn delete(&self, volume: &VolumeRecord) -> Result<bool, VolumeError> {
        let folder = self.folder(volume);
        spawn_blocking(move || match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        })
        .await?;
        Ok(self.store.delete_volume(&volume.id).await?)
    }
}

/// Why a volume was not removed.
#[derive(Debug, thiserror::Error)]
pub enum VolumeError {
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

fn look(root: &Path, path: &str) -> io::Result<Looked> {
    let root = match rustix::fs::open(root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) {
        Ok(root) => root,
        Err(rustix::io::Errno::NOENT) if path.is_empty() => return Ok(Looked::Folder(Vec::new())),
        Err(rustix::io::Errno::NOENT) => return Ok(Looked::Nothing),
        Err(error) => return Err(error.into()),
    };
    let relative = if path.is_empty() { "." } else { path };
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_SYMLINKS;
    let opened: OwnedFd = match rustix::fs::openat2(&root, relative, flags, Mode::empty(), resolve) {
        Ok(opened) => opened,
        Err(
            rustix::io::Errno::NOENT
            | rustix::io::Errno::XDEV
            | rustix::io::Errno::LOOP
            | rustix::io::Errno::NOTDIR
            | rustix::io::Errno::NXIO
            | rustix::io::Errno::NAMETOOLONG
            | rustix::io::Errno::INVAL,
        ) => return Ok(Looked::Nothing),
        Err(error) => return Err(error.into()),
    };
    let file = File::from(opened);
    let what = file.metadata()?;
    if what.is_file() {
        let size = what.len();
        return Ok(Looked::File(file, size));
    }
    if !what.is_dir() {
        return Ok(Looked::Nothing);
    }
    let mut entries = Vec::new();
    for entry in rustix::fs::Dir::read_from(&file)?.take(MOST_ENTRIES) {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else { continue };
        if name == "." || name == ".." {
            continue;
        }
        let Ok(what) = rustix::fs::statat(&file, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW) else { continue };
        let kind = rustix::fs::FileType::from_raw_mode(what.st_mode);
        let folder = kind == rustix::fs::FileType::Directory;
        if folder || kind == rustix::fs::FileType::RegularFile {
            let path =
                if path.is_empty() { String::from(name) } else { format!("{}/{name}", path.trim_end_matches('/')) };
            let size = if folder { 0 } else { u64::try_from(what.st_size).unwrap_or(0) };
            entries.push(FileEntry { path, size, folder });
        }
    }
    entries.sort_by(|one, other| (!one.folder, &one.path).cmp(&(!other.folder, &other.path)));
    Ok(Looked::Folder(entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_out_of_a_volume() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("volume");
        std::fs::create_dir_all(root.join("sub")).unwrap();
        std::fs::write(root.join("sub/file"), "content").unwrap();
        std::fs::write(home.path().join("secret"), "secret").unwrap();
        std::os::unix::fs::symlink("../secret", root.join("link")).unwrap();
        std::os::unix::fs::symlink(home.path(), root.join("way")).unwrap();
        let Looked::Folder(entries) = look(&root, "").unwrap() else { panic!() };
        assert_eq!(entries, [FileEntry { path: String::from("sub"), size: 0, folder: true }]);
        let Looked::File(_, 7) = look(&root, "sub/file").unwrap() else { panic!() };
        for path in ["../secret", "link", "way/secret", "sub/../../secret", "/etc/passwd", "missing", "sub/file/more"] {
            assert!(matches!(look(&root, path).unwrap(), Looked::Nothing), "{path}");
        }
        assert!(matches!(look(&home.path().join("none"), "").unwrap(), Looked::Folder(entries) if entries.is_empty()));
    }
}
