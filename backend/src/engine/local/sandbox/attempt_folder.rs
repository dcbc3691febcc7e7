//! The folder of one attempt: `inputs/`, `outputs/`, `scratch/`, `main.log`.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The file that takes standard output and standard error.
pub(crate) fn log_path(attempt_folder: &Path) -> PathBuf {
    attempt_folder.join("main.log")
}

/// What is made for an attempt before it starts.
pub(crate) struct AttemptFolder {
    pub(crate) inputs: PathBuf,
    pub(crate) outputs: PathBuf,
    pub(crate) scratch: PathBuf,
    /// Opened to append: the task's two streams and our own lines never overwrite each other.
    pub(crate) log: File,
}

impl AttemptFolder {
    pub(crate) fn prepare(folder: &Path) -> io::Result<Self> {
        let made = Self {
            inputs: folder.join("inputs"),
            outputs: folder.join("outputs"),
            scratch: folder.join("scratch"),
            log: {
                private_folder(folder)?;
                OpenOptions::new().create(true).append(true).mode(0o600).open(log_path(folder))?
            },
        };
        for part in [&made.inputs, &made.outputs, &made.scratch] {
            private_folder(part)?;
        }
        Ok(made)
    }
}

/// Makes a folder that only this user can enter, and its parents.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
