//! Finds the best sandbox that really works on this machine, by trying it.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;

use super::attempt_folder::{AttemptFolder, private_folder};
use super::bubblewrap::{Bubblewrap, View};
use super::host::{Confinement, HostSandbox};
use super::leftovers::Leftovers;
use super::limits::Limiter;
use super::python_environment::Interpreter;
use super::record::Records;
use super::supervise::Supervisor;
use super::{Kind, Sandbox, SandboxKind, container};

/// What the person who starts the server may say about sandboxes.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// The server's data folder. Tasks never see it; records and Python environments are kept under it.
    pub data_folder: PathBuf,
    /// Which kind to use.
    pub choice: SandboxChoice,
    /// The container API, `unix:///path` or `tcp://host:port`; without it `DOCKER_HOST` and the usual sockets are tried.
    pub container_host: Option<String>,
    /// The Python interpreter for Python components; without it the first `python3` on `PATH`.
    pub python: Option<PathBuf>,
}

/// Which kind of sandbox to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SandboxChoice {
    /// The best that works.
    Best,
    /// This one, or none.
    Only(SandboxKind),
}

/// Why no sandbox can be had.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// The kind that was asked for does not work here.
    #[error("The sandbox `{kind:?}` was asked for and does not work here: {}", reasons.join("; "))]
    NotThere {
        /// What was asked for.
        kind: SandboxKind,
        /// What was tried, and what came of it.
        reasons: Vec<String>,
    },
    /// The sandbox's own folder cannot be written.
    #[error("The folder {} cannot be used: {error}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// Finds the sandbox to use.
///
/// # Errors
/// When the kind that was asked for does not work, or the data folder cannot be written.
pub async fn detect(mut config: SandboxConfig) -> Result<Sandbox, DetectError> {
    if let Ok(absolute) = std::path::absolute(&config.data_folder) {
        config.data_folder = absolute;
    }
    let folder = config.data_folder.join("sandbox");
    let unusable = |error| DetectError::Folder { path: folder.clone(), error };
    private_folder(&folder).map_err(unusable)?;
    let records = Records::open(&folder).map_err(unusable)?;
    let wanted = |kind| matches!(config.choice, SandboxChoice::Best) || config.choice == SandboxChoice::Only(kind);

    let limiter = Limiter::detect(records.store());
    let leftovers = Arc::new(Leftovers {
        records: records.clone(),
        limiter: limiter.clone(),
        container_host: config.container_host.clone(),
        sandbox_folder: folder.clone(),
    });
    let mut passed_over = Vec::new();
    if wanted(SandboxKind::Container) {
        match container::connect(config.container_host.as_deref(), records.clone(), &folder).await {
            Ok(container) => return Ok(Sandbox { kind: Arc::new(Kind::Container(container)), leftovers }),
            Err(reasons) => passed_over.extend(reasons),
        }
    }
    let interpreter = Interpreter::find(config.python.as_deref()).await;
    let mut confinement = None;
    if wanted(SandboxKind::Bubblewrap) {
        match bubblewrap(&config.data_folder, &folder).await {
            Ok(bubblewrap) => confinement = Some(Confinement::Bubblewrap(bubblewrap)),
            Err(why) => passed_over.push(why),
        }
    }
    if confinement.is_none() && wanted(SandboxKind::Process) {
        confinement = Some(Confinement::Process);
    }
    match (confinement, config.choice) {
        (Some(confinement), _) => {
            let supervisor = Supervisor::new(records, limiter).map_err(unusable)?;
            let host =
                HostSandbox::new(supervisor, confinement, interpreter, &folder, passed_over).map_err(unusable)?;
            Ok(Sandbox { kind: Arc::new(Kind::Host(host)), leftovers })
        }
        (None, SandboxChoice::Only(kind)) => Err(DetectError::NotThere { kind, reasons: passed_over }),
        (None, SandboxChoice::Best) => unreachable!("a plain process is always to be had"),
    }
}

/// bubblewrap counts as there only when a namespace like a task's can really be made and entered.
async fn bubblewrap(data_folder: &Path, sandbox_folder: &Path) -> Result<Bubblewrap, String> {
    let program = on_path("bwrap").ok_or("bubblewrap: not installed (`apt install bubblewrap`)")?;
    let failed = |what: String| format!("bubblewrap: {what}");
    let version = ask(&program, ["--version".into()]).await.map_err(failed)?;
    let version = version.trim().trim_start_matches("bubblewrap ").to_owned();
    let found =
        Bubblewrap::new(program, version, data_folder, sandbox_folder).map_err(|error| failed(error.to_string()))?;
    let trial = sandbox_folder.join("trial");
    let folder = AttemptFolder::prepare(&trial).map_err(|error| failed(error.to_string()))?;
    let environment = [("MARK".to_owned(), "seen".to_owned())].into();
    let view = View { folder: &folder, mounts: &[], read_only: &[], writable: &[], environment: &environment };
    let script = "test \"$MARK\" = seen && echo yes > /tmp/outputs/trial && echo works";
    let mut words = found.options(&view);
    words.extend(["--", "/bin/sh", "-c", script].map(OsString::from));
    let answer = ask(&found.program, words).await;
    let wrote = folder.outputs.join("trial").exists();
    std::fs::remove_dir_all(&trial).ok();
    match answer {
        Ok(answer) if answer.trim() == "works" && wrote => Ok(found),
        Ok(answer) => Err(failed(format!("a trial run gave {answer:?}"))),
        Err(why) => Err(failed(why)),
    }
}

/// The absolute path of a program on the server's own `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|file| rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok() && file.is_file())
}

/// What a program prints, within ten seconds.
async fn ask(program: &Path, words: impl IntoIterator<Item = OsString>) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null()).kill_on_drop(true);
    let output = match tokio::time::timeout(Duration::from_secs(10), command.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(format!("it cannot be started: {error}")),
        Err(_) => return Err("no answer within 10 seconds".into()),
    };
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let error = String::from_utf8_lossy(&output.stderr);
        Err(format!("a trial run failed: {}", error.lines().last().unwrap_or("no message").trim()))
    }
}
