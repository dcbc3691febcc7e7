//! Objects on disk: the bytes as a plain file, the record beside it, both replaced atomically as a pair.
//! Blocking; callers move it off the async threads. Knows no S3 protocol.
//!
//! A write goes: bytes and record to temporary files, both synced; record → `%next`; bytes → their place; `%next` →
//! `%meta`. At any moment of a kill -9 the bytes in place match one of the two records, by size and time.

use std::fs::{File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::names::{self, NEXT_RECORD, RECORD};
use super::record::{Record, nanoseconds};

/// Uploads in parts that nobody finished are removed at the start when they are older.
const ABANDONED: Duration = Duration::from_secs(7 * 24 * 3600);
const STRIPES: usize = 64;
const TRIES: u32 = 8;

pub(super) struct Disk {
    root: PathBuf,
    /// Serialises the last steps of writes to one key.
    stripes: [Mutex<()>; STRIPES],
    last_stamp: AtomicU64,
}

impl Disk {
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let disk = Self {
            root: root.to_owned(),
            stripes: std::array::from_fn(|_| Mutex::new(())),
            last_stamp: AtomicU64::new(0),
        };
        match std::fs::remove_dir_all(disk.incoming_folder()) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        for folder in [disk.incoming_folder(), disk.multipart_folder(), root.join("buckets")] {
            std::fs::create_dir_all(folder)?;
        }
        for upload in std::fs::read_dir(disk.multipart_folder())? {
            let upload = upload?;
            let age = upload.metadata()?.modified()?.elapsed().unwrap_or_default();
            if age > ABANDONED {
                std::fs::remove_dir_all(upload.path())?;
            }
        }
        Ok(disk)
    }

    pub(super) fn bucket_folder(&self, bucket: &str) -> PathBuf {
        self.root.join("buckets").join(bucket)
    }

    pub(super) fn multipart_folder(&self) -> PathBuf {
        self.root.join("multipart")
    }

    fn incoming_folder(&self) -> PathBuf {
        self.root.join("incoming")
    }

    /// A fresh name for bytes on their way in. The file is removed when this is dropped before being moved.
    pub(super) fn incoming(&self) -> Incoming {
        Incoming(self.incoming_folder().join(uuid::Uuid::new_v4().simple().to_string()))
    }

    /// Puts received bytes and their record in place of whatever the key held. Sets the record's size and time.
    pub(super) fn commit(&self, bucket: &str, key: &str, bytes: &Incoming, mut record: Record) -> io::Result<Record> {
        let stamp = self.stamp();
        let file = OpenOptions::new().write(true).open(&bytes.0)?;
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_nanos(stamp))?;
        file.sync_all()?;
        record.version = 1;
        record.size = file.metadata()?.len();
        // Read back: a file system with coarser times than ours would never match.
        record.modified = nanoseconds(file.metadata()?.modified()?);
        let written = self.incoming();
        let mut record_file = File::create(&written.0)?;
        record_file.write_all(&serde_json::to_vec(&record)?)?;
        record_file.sync_all()?;

        let place = Place::new(self.bucket_folder(bucket), key);
        let _guard = self.lock(&place.bytes);
        let mut tried = 0;
        loop {
            match place.install(&written, bytes) {
                // A delete of the last other key took the folder away in between.
                Err(error) if error.kind() == ErrorKind::NotFound && place.bucket.is_dir() && tried < TRIES => {
                    tried += 1
                }
                result => return result.map(|()| record),
            }
        }
    }

    /// Changes only the record of an object, the bytes stay. `None` when there is no object.
    pub(super) fn rewrite_record(
        &self,
        bucket: &str,
        key: &str,
        change: impl FnOnce(&mut Record),
    ) -> io::Result<Option<Record>> {
        let place = Place::new(self.bucket_folder(bucket), key);
        let _guard = self.lock(&place.bytes);
        let Some((_, mut record)) = place.open()? else { return Ok(None) };
        change(&mut record);
        let written = self.incoming();
        let mut record_file = File::create(&written.0)?;
        record_file.write_all(&serde_json::to_vec(&record)?)?;
        record_file.sync_all()?;
        std::fs::rename(&written.0, &place.record)?;
        Ok(Some(record))
    }

    /// An object's bytes and record as they were at one moment; `None` when there is no object.
    pub(super) fn open_object(&self, bucket: &str, key: &str) -> io::Result<Option<(File, Record)>> {
        Place::new(self.bucket_folder(bucket), key).open()
    }

    /// Removes an object, and the folders it leaves empty.
    pub(super) fn remove(&self, bucket: &str, key: &str) -> io::Result<()> {
        let place = Place::new(self.bucket_folder(bucket), key);
        let _guard = self.lock(&place.bytes);
        for file in [&place.bytes, &place.record, &place.next] {
            match std::fs::remove_file(file) {
                Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    return Err(error);
                }
                _ => {}
            }
        }
        for folder in place.bytes.ancestors().skip(1).take_while(|folder| *folder != place.bucket) {
            if std::fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }

    fn lock(&self, path: &Path) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        path.hash(&mut hasher);
        let index = usize::try_from(hasher.finish() % STRIPES as u64).unwrap_or(0);
        let stripe = self.stripes.get(index).unwrap_or(&self.stripes[0]);
        stripe.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The present moment, never the same twice.
    fn stamp(&self) -> u64 {
        let now = nanoseconds(SystemTime::now());
        let previous = self.last_stamp.fetch_max(now, Ordering::Relaxed);
        if previous < now { now } else { self.last_stamp.fetch_add(1, Ordering::Relaxed) + 1 }
    }
}

/// Bytes on their way in.
pub(super) struct Incoming(pub(super) PathBuf);

impl Drop for Incoming {
    fn drop(&mut self) {
        // Moved into place by then, mostly; whatever stays is removed at the next start.
        let _gone = std::fs::remove_file(&self.0);
    }
}

struct Place {
    bucket: PathBuf,
    bytes: PathBuf,
    record: PathBuf,
    next: PathBuf,
}

impl Place {
    fn new(bucket: PathBuf, key: &str) -> Self {
        let bytes = bucket.join(names::object_path(key));
        let beside = |mark: &str| {
            let mut name = bytes.file_name().unwrap_or_default().to_owned();
            name.push(mark);
            bytes.with_file_name(name)
        };
        let (record, next) = (beside(RECORD), beside(NEXT_RECORD));
        Self { bucket, bytes, record, next }
    }

    fn install(&self, record: &Incoming, bytes: &Incoming) -> io::Result<()> {
        let folder = self.bytes.parent().unwrap_or(&self.bucket);
        if !self.bucket.is_dir() {
            return Err(ErrorKind::NotFound.into());
        }
        std::fs::create_dir_all(folder)?;
        if record.0.exists() {
            std::fs::rename(&record.0, &self.next)?;
        }
        std::fs::rename(&bytes.0, &self.bytes)?;
        std::fs::rename(&self.next, &self.record)?;
        File::open(folder)?.sync_all()
    }

    fn open(&self) -> io::Result<Option<(File, Record)>> {
        let mut tried = 0;
        loop {
            let mut options = OpenOptions::new();
            options.read(true);
            #[cfg(unix)]
            {
                // Nobody puts a link here but somebody who wants us to read elsewhere.
                let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
                let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
                std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
            }
            let file = match options.open(&self.bytes) {
                Ok(file) => file,
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            };
            let found = file.metadata()?;
            if !found.is_file() {
                return Ok(None);
            }
            let (size, modified) = (found.len(), nanoseconds(found.modified()?));
            let belongs = |record: &Record| record.size == size && record.modified == modified;
            // The next record first: while it is there, the present one may be of the bytes before.
            let (next, present) = (read_record(&self.next)?, read_record(&self.record)?);
            if let Some(record) = [&next, &present].into_iter().flatten().find(|record| belongs(record)) {
                return Ok(Some((file, record.clone())));
            }
            if tried == TRIES || (next.is_none() && present.is_none()) {
                // A backup put back without its times: the size must do.
                let by_size = present.filter(|record| record.size == size);
                return Ok(Some((file, by_size.unwrap_or_else(|| Record::of_plain_file(size, modified)))));
            }
            tried += 1;
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn read_record(path: &Path) -> io::Result<Option<Record>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifacts::digest::sum_of;
    use std::io::Read;

    fn disk() -> (tempfile::TempDir, Disk) {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::open(folder.path()).unwrap();
        std::fs::create_dir(disk.bucket_folder("b")).unwrap();
        (folder, disk)
    }

    fn put(disk: &Disk, key: &str, text: &str) -> Record {
        let bytes = disk.incoming();
        std::fs::write(&bytes.0, text).unwrap();
        let record = Record { etag: sum_of(text.as_bytes()).sha256, ..Record::default() };
        disk.commit("b", key, &bytes, record).unwrap()
    }

    /// The text, after checking that the record is that of these very bytes.
    fn get(disk: &Disk, key: &str) -> String {
        let (mut file, record) = disk.open_object("b", key).unwrap().unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(record.etag, sum_of(text.as_bytes()).sha256, "the record is another one's than {text:?}");
        text
    }

    /// The same steps as [`Place::install`], cut off after each: what a kill -9 leaves.
    #[test]
    fn a_write_cut_off_at_any_step_leaves_the_old_object_or_the_new_one() {
        for steps in 0..=3 {
            let (_folder, disk) = disk();
            put(&disk, "k", "old!");
            let (bytes, record) = {
                put(&disk, "other", "new!");
                let other = Place::new(disk.bucket_folder("b"), "other");
                (other.bytes, other.record)
            };
            let place = Place::new(disk.bucket_folder("b"), "k");
            let moves = [(&record, &place.next), (&bytes, &place.bytes), (&place.next, &place.record)];
            for (from, to) in moves.into_iter().take(steps) {
                std::fs::rename(from, to).unwrap();
            }
            assert_eq!(get(&disk, "k"), if steps < 2 { "old!" } else { "new!" }, "after {steps} steps");
            put(&disk, "k", "next");
            assert_eq!(get(&disk, "k"), "next");
        }
    }

    #[test]
    fn many_writers_readers_and_deletes_never_mix_an_object_up() {
        let (_folder, disk) = disk();
        put(&disk, "a/b/k", "start");
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let disk = &disk;
                scope.spawn(move || {
                    for round in 0..40 {
                        put(disk, "a/b/k", &format!("{writer}{round:03}"));
                        put(disk, &format!("a/{writer}/x"), "x");
                        disk.remove("b", &format!("a/{writer}/x")).unwrap();
                    }
                });
            }
            scope.spawn(|| {
                for _ in 0..400 {
                    get(&disk, "a/b/k");
                }
            });
        });
        assert_eq!(std::fs::read_dir(disk.incoming_folder()).unwrap().count(), 0);
        disk.remove("b", "a/b/k").unwrap();
        assert_eq!(std::fs::read_dir(disk.bucket_folder("b")).unwrap().count(), 0);
    }

    #[test]
    fn files_put_there_by_hand_are_objects_and_a_backup_without_times_keeps_its_records() {
        let (_folder, disk) = disk();
        std::fs::write(disk.bucket_folder("b").join("by hand.txt"), "plain").unwrap();
        let (_, record) = disk.open_object("b", "by hand.txt").unwrap().unwrap();
        assert_eq!((record.size, record.headers), (5, Default::default()));
        put(&disk, "k", "kept");
        let bytes = File::options().write(true).open(disk.bucket_folder("b").join("k")).unwrap();
        bytes.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(get(&disk, "k"), "kept");
    }

    #[test]
    fn nothing_is_written_without_a_bucket() {
        let (_folder, disk) = disk();
        let bytes = disk.incoming();
        std::fs::write(&bytes.0, "x").unwrap();
        let error = disk.commit("missing", "k", &bytes, Record::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(!disk.bucket_folder("missing").exists());
    }
}
