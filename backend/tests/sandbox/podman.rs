//! A Podman service of a test's own, with its own storage and socket; it and its containers end with the test.

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What a container of this machine may have at most, wherever `ulimit` stands: Podman's own default may be more.
pub(crate) const LIMITS: [&str; 4] = ["--ulimit", "nofile=1000:1000", "--ulimit", "nproc=1000:1000"];

/// The socket's file, in the service's folder.
const SOCKET: &str = "podman.sock";

pub(crate) struct Podman {
    service: std::process::Child,
    folder: TempDir,
    runtime: &'static str,
}

impl Podman {
    /// Fills a new storage by `import` and starts a service on it. `None`, with a line about it, where there is no Podman or
    /// `image` cannot be started.
    pub(crate) fn start(import: impl Fn(&Path) -> Result<(), String>, image: &str) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let imported = podman_in(folder.path(), &["--version"]).and_then(|()| import(folder.path()));
        // Whether this machine can start containers at all is not what is tested here. crun refuses hybrid control groups.
        let trial = [&["run", "--rm"], &LIMITS[..], &[image, "/bin/true"]].concat();
        let try_runtime =
            |runtime| podman_in(folder.path(), &[&["--runtime", runtime], &trial[..]].concat()).map(|()| runtime);
        let runtime = match imported
            .and_then(|()| try_runtime("crun").or_else(|why| try_runtime("runc").map_err(|too| why + &too)))
        {
            Ok(runtime) => runtime,
            Err(why) => {
                eprintln!("SKIPPED: containers: {why}");
                return None;
            }
        };
        let socket = socket(folder.path());
        let service = podman_command(folder.path(), &["--runtime", runtime, "system", "service", "--time=0", &socket])
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let podman = Self { service, folder, runtime };
        let begin = Instant::now();
        while UnixStream::connect(podman.folder.path().join(SOCKET)).is_err() {
            assert!(begin.elapsed() < Duration::from_secs(60), "Podman's service does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(podman)
    }

    /// Its address, as `DOCKER_HOST` takes it.
    pub(crate) fn socket(&self) -> String {
        socket(self.folder.path())
    }

    /// The program on the service's own storage.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        podman_command(self.folder.path(), &[&["--runtime", self.runtime], words].concat())
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        self.command(&["rm", "-fa", "-t", "0"]).stdout(Stdio::null()).stderr(Stdio::null()).status().ok();
        self.service.kill().ok();
        self.service.wait().ok();
    }
}

fn socket(folder: &Path) -> String {
    format!("unix://{}", folder.join(SOCKET).display())
}

fn podman_command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new("podman");
    let [root, runroot] = ["root", "runroot"].map(|name| folder.join(name).display().to_string());
    command.args(["--root", &root, "--runroot", &runroot, "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs"]);
    command.args(["--events-backend", "file"]).args(words).stdin(Stdio::null());
    command
}

/// Runs the program on a storage, before there is a service.
pub(crate) fn podman_in(folder: &Path, words: &[&str]) -> Result<(), String> {
    let output = podman_command(folder, words).output().map_err(|error| format!("podman: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}
