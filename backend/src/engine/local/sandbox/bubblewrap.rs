//! The options of a bubblewrap namespace: which pieces of this machine a task sees, and where.
//!
//! Shows system folders read-only, the task's own folders, its mounts, its Python; never the home folder, the data
//! folder, sockets or other runs. Source: bwrap(1), 0.8.

mod system_files;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::MountAccess;
use super::attempt_folder::AttemptFolder;
use super::mounts::ReadyMount;

/// What every task of this server sees.
#[derive(Debug, Clone)]
pub(crate) struct Bubblewrap {
    pub(crate) program: PathBuf,
    pub(crate) version: String,
    /// What is shown as `/etc`.
    etc: PathBuf,
    data_folder: PathBuf,
}

/// What one task sees beside that.
pub(crate) struct View<'a> {
    pub(crate) folder: &'a AttemptFolder,
    pub(crate) mounts: &'a [ReadyMount],
    /// Folders shown read-only at their own paths: the interpreter, the Python environment.
    pub(crate) read_only: &'a [PathBuf],
    /// Folders shown writable at their own paths: a Python environment that is being made.
    pub(crate) writable: &'a [PathBuf],
    pub(crate) environment: &'a BTreeMap<String, String>,
}

impl Bubblewrap {
    /// Makes the copy of `/etc` under the sandbox folder. `data_folder` is never shown as a whole.
    pub(crate) fn new(
        program: PathBuf,
        version: String,
        data_folder: &Path,
        sandbox_folder: &Path,
    ) -> io::Result<Self> {
        let etc = system_files::copy_etc(sandbox_folder)?;
        Ok(Self { program, version, etc, data_folder: data_folder.to_owned() })
    }

    /// The options for one task, without the command.
    pub(crate) fn options(&self, view: &View<'_>) -> Vec<OsString> {
        let mut options = Options::default();
        for flag in [
            "--unshare-pid",
            "--unshare-ipc",
            "--unshare-uts",
            "--unshare-cgroup-try",
            "--die-with-parent",
            "--new-session",
            "--clearenv",
        ] {
            options.word(flag);
        }
        options.word("--cap-drop").word("ALL");
        self.system(&mut options);
        // Before everything that may lie under it, as a data folder or an interpreter can.
        options.show("--bind", &view.folder.scratch, Path::new("/tmp"));
        // In the copy of `/etc` nothing can be added.
        let has_place = |path: &Path| path.strip_prefix("/etc").map_or(true, |name| self.etc.join(name).exists());
        for path in view.read_only.iter().filter(|path| !self.data_folder.starts_with(path) && has_place(path)) {
            options.show("--ro-bind", path, path);
        }
        for folder in view.writable {
            options.show("--bind", folder, folder);
        }
        options.show("--bind", &view.folder.inputs, Path::new("/tmp/inputs"));
        options.show("--bind", &view.folder.outputs, Path::new("/tmp/outputs"));
        for mount in view.mounts {
            let bind = if mount.access == MountAccess::ReadOnly { "--ro-bind" } else { "--bind" };
            options.show(bind, &mount.host, &mount.path);
        }
        options.word("--chdir").word("/tmp");
        for (name, value) in view.environment {
            options.word("--setenv").word(name).word(value);
        }
        options.0
    }

    fn system(&self, options: &mut Options) {
        options.show("--ro-bind", Path::new("/usr"), Path::new("/usr"));
        for name in ["bin", "sbin", "lib", "lib32", "lib64", "libx32"] {
            let path = Path::new("/").join(name);
            match fs::read_link(&path) {
                Ok(target) => options.show("--symlink", &target, &path),
                Err(_) if path.is_dir() => options.show("--ro-bind", &path, &path),
                Err(_) => {}
            }
        }
        let store = Path::new("/nix/store");
        if store.is_dir() {
            options.show("--ro-bind", store, store);
        }
        options.show("--ro-bind", &self.etc, Path::new("/etc"));
        for name in system_files::LIVE {
            let path = Path::new("/etc").join(name);
            // Often a link into /run, which is not shown.
            if let Ok(real) = fs::canonicalize(&path) {
                options.show("--ro-bind", &real, &path);
            }
        }
        options.word("--proc").word("/proc").word("--dev").word("/dev");
        if rustix::process::getuid().is_root() {
            // Root without capabilities still owns these; bubblewrap itself sees to the others.
            for path in ["/proc/sys", "/proc/fs"].map(Path::new) {
                options.show("--ro-bind", path, path);
            }
        }
        let hardware = Path::new("/sys/devices/system");
        if hardware.is_dir() {
            options.show("--ro-bind", hardware, hardware);
        }
        options.word("--dir").word("/run").word("--dir").word("/var");
        options.show("--symlink", Path::new("/run"), Path::new("/var/run"));
        options.show("--symlink", Path::new("/tmp"), Path::new("/var/tmp"));
        if self.data_folder.starts_with("/usr") {
            options.word("--tmpfs").word(&self.data_folder);
        }
    }
}

/// Where a mount has no place to be: a path inside what is shown read-only that is not a folder already.
pub(crate) fn has_no_place(path: &Path) -> bool {
    let read_only = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store"];
    read_only.iter().any(|shown| path.starts_with(shown)) && !path.is_dir()
}

#[derive(Default)]
struct Options(Vec<OsString>);

impl Options {
    fn word(&mut self, word: impl Into<OsString>) -> &mut Self {
        self.0.push(word.into());
        self
    }

    fn show(&mut self, how: &str, from: &Path, at: &Path) {
        self.word(how).word(from).word(at);
    }
}
