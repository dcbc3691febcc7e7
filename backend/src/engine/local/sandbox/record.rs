//! The record of each started attempt, on disk before the attempt starts, so that the next server finds what a killed
//! one left running. Holds no secrets.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::SandboxKind;
use super::process_group::Process;

/// What [`super::Sandbox::reap_leftovers`] found and ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reaped {
    /// Attempts of earlier servers that had a record: `<run>/<task path>/<attempt>`.
    pub attempts: Vec<String>,
    /// Processes or containers that were still there and were ended.
    pub ended: usize,
    /// What could not be ended, a sentence each.
    pub failures: Vec<String>,
}

/// One attempt, as the next server needs to know it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) kind: SandboxKind,
    pub(crate) run: String,
    pub(crate) task_path: String,
    pub(crate) attempt: u32,
    /// The kernel's boot id: numbers and start times of another boot mean nothing.
    pub(crate) boot: String,
    /// The first process; none until it is started, or for containers.
    pub(crate) process: Option<Process>,
}

impl Record {
    pub(crate) fn name(&self) -> String {
        format!("{}/{}/{}", self.run, self.task_path, self.attempt)
    }
}

/// The records of one data folder.
#[derive(Debug, Clone)]
pub(crate) struct Records {
    folder: PathBuf,
    store: String,
    boot: String,
}

impl Records {
    /// Opens `<sandbox folder>/attempts`, and the store's own id that marks everything it starts.
    pub(crate) fn open(sandbox_folder: &Path) -> io::Result<Self> {
        let folder = sandbox_folder.join("attempts");
        fs::create_dir_all(&folder)?;
        let id_file = sandbox_folder.join("id");
        let store = match fs::read_to_string(&id_file) {
            Ok(id) if id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) => id,
            Ok(_) | Err(_) => {
                let id = format!("{:016x}", rand::rng().random::<u64>());
                fs::write(&id_file, &id)?;
                id
            }
        };
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned();
        Ok(Self { folder, store, boot })
    }

    /// The id of this data folder: 16 hexadecimal digits.
    pub(crate) fn store(&self) -> &str {
        &self.store
    }

    pub(crate) fn boot(&self) -> &str {
        &self.boot
    }

    /// A new attempt's id, unique over all stores: `<store>.<uuid>`.
    pub(crate) fn new_id(&self) -> String {
        format!("{}.{}", self.store, uuid::Uuid::now_v7().simple())
    }

    pub(crate) fn owns(&self, id: &str) -> bool {
        id.strip_prefix(self.store.as_str()).is_some_and(|rest| rest.starts_with('.'))
    }

    /// Not written through to the disk: only the server's end must be survived; the machine's ends the attempt too.
    pub(crate) fn write(&self, record: &Record) -> io::Result<()> {
        let text = serde_json::to_vec(record).map_err(io::Error::other)?;
        fs::write(self.path(&record.id), text)
    }

    pub(crate) fn remove(&self, id: &str) {
        if let Err(error) = fs::remove_file(self.path(id))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%id, %error, "cannot remove the record of an ended attempt");
        }
    }

    /// All records. A torn one (the server was killed in the middle of writing it) is skipped: its process is found by
    /// the mark.
    pub(crate) fn all(&self) -> Vec<Record> {
        fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| serde_json::from_slice(&fs::read(entry.ok()?.path()).ok()?).ok())
            .collect()
    }

    /// Removes every record, torn ones too.
    pub(crate) fn clear(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if let Err(error) = fs::remove_file(entry.path()) {
                tracing::warn!(path = %entry.path().display(), %error, "cannot remove an old record");
            }
        }
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }
}
