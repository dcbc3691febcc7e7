//! The options of a bubblewrap namespace: which pieces of this machine a task sees, and where.
//!
//! Shows system folders read-only, the task's own folders, its mounts, its Python; never the home folder, the data
//! folder, sockets or other runs. Source: bwrap(1), 0.8.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::MountAccess;
use super::attempt_folder::{AttemptFolder, private_folder};
use super::mounts::ReadyMount;

/// Files of `/etc` that programs need and that hold no secrets.
const ETC: [&str; 19] = [
    "alternatives",
    "ca-certificates",
    "crypto-policies",
    "fonts",
    "gai.conf",
    "host.conf",
    "hosts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "magic",
    "mime.types",
    "nsswitch.conf",
    "pki/tls/certs",
    "protocols",
    "resolv.conf",
    "ssl/certs",
    "ssl/openssl.cnf",
];

/// What every task of this server sees.
#[derive(Debug, Clone)]
pub(crate) struct Bubblewrap {
    pub(crate) program: PathBuf,
    pub(crate) version: String,
    accounts: PathBuf,
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
    /// Makes the stub of the account files under the sandbox folder. `data_folder` is never shown as a whole.
    pub(crate) fn new(
        program: PathBuf,
        version: String,
        data_folder: &Path,
        sandbox_folder: &Path,
    ) -> io::Result<Self> {
        let accounts = sandbox_folder.join("accounts");
        private_folder(&accounts)?;
        let (user, group) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
        let root = if user == 0 { "" } else { "root:x:0:0:root:/root:/usr/sbin/nologin\n" };
        let root_group = if group == 0 { "" } else { "root:x:0:\n" };
        let nobody = "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
        fs::write(accounts.join("passwd"), format!("task:x:{user}:{group}:task:/tmp:/bin/sh\n{root}{nobody}"))?;
        fs::write(accounts.join("group"), format!("task:x:{group}:\n{root_group}nogroup:x:65534:\n"))?;
        Ok(Self { program, version, accounts, data_folder: data_folder.to_owned() })
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
        for folder in view.read_only.iter().filter(|folder| !self.data_folder.starts_with(folder)) {
            options.show("--ro-bind", folder, folder);
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
        for name in ETC {
            let path = Path::new("/etc").join(name);
            // Often a link into /run, which is not shown.
            if let Ok(real) = fs::canonicalize(&path) {
                options.show("--ro-bind", &real, &path);
            }
        }
        for name in ["passwd", "group"] {
            options.show("--ro-bind", &self.accounts.join(name), &Path::new("/etc").join(name));
        }
        options.word("--proc").word("/proc").word("--dev").word("/dev");
        // Root without capabilities still owns these; bubblewrap leaves them writable.
        for name in ["sys", "sysrq-trigger", "irq", "bus", "fs"] {
            let path = Path::new("/proc").join(name);
            if path.exists() {
                options.show("--ro-bind", &path, &path);
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
