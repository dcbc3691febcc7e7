//! The data folder: made private to its owner, used by one server at a time. Must not know what is kept in it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// An open data folder; the lock lasts as long as this value.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    lock: File,
}

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataFolderError {
    /// Another server has it.
    #[error(
        "the data folder {} is in use by another server{at}: use that one, stop it, or name another folder with --data-dir",
        path.display()
    )]
    InUse {
        /// The folder.
        path: PathBuf,
        /// ` at <address>`, or nothing when it has not said yet.
        at: String,
    },
    /// The system refused.
    #[error("cannot {action} {}: {source}. Check its owner and free space, or name another folder with --data-dir", path.display())]
    Refused {
        /// `make`, `lock`, …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl DataFolder {
    /// Makes the folder where it is missing (mode 0700) and locks it.
    ///
    /// # Errors
    /// [`DataFolderError`]: in use, or refused by the system.
    pub fn open(path: &Path) -> Result<Self, DataFolderError> {
        let refused = |action, path: &Path| {
            let path = path.to_owned();
            move |source| DataFolderError::Refused { action, path, source }
        };
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(refused("make", path))?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
            .map_err(refused("make private", path))?;
        let file = path.join("lock");
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&file)
            .map_err(refused("open", &file))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), lock }),
            Err(std::fs::TryLockError::WouldBlock) => {
                let mut address = String::new();
                let _ = lock.read_to_string(&mut address);
                let address = address.trim();
                let at = if address.is_empty() { String::new() } else { format!(" at {address}") };
                Err(DataFolderError::InUse { path: path.to_owned(), at })
            }
            Err(std::fs::TryLockError::Error(source)) => {
                Err(DataFolderError::Refused { action: "lock", path: file, source })
            }
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the server's address into the lock file, for commands that look for a running server.
    ///
    /// # Errors
    /// [`DataFolderError::Refused`].
    pub fn write_address(&self, address: &str) -> Result<(), DataFolderError> {
        let mut lock = &self.lock;
        let write = || {
            lock.set_len(0)?;
            lock.rewind()?;
            writeln!(lock, "{address}")
        };
        let mut write = write;
        write().map_err(|source| DataFolderError::Refused { action: "write", path: self.path.join("lock"), source })
    }
}

/// Writes a file that only its owner may read (mode 0600), whole or not at all, and durably.
///
/// # Errors
/// Whatever the system says.
pub fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_a_folder_and_the_second_is_told_the_address() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("data");
        let first = DataFolder::open(&path).unwrap();
        first.write_address("http://127.0.0.1:1").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        let error = DataFolder::open(&path).unwrap_err().to_string();
        assert!(error.contains("in use") && error.contains("http://127.0.0.1:1"), "{error}");
        drop(first);
        DataFolder::open(&path).unwrap();
    }
}
