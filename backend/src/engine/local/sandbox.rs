//! One attempt of one task, run on this machine in a container, in a bubblewrap namespace or as a plain process.
//!
//! Knows processes, folders and logs; must not know plans, runs as a whole, the store, artifacts or HTTP.

mod attempt_folder;
mod bubblewrap;
mod container;
mod detect;
mod host;
mod leftovers;
mod limits;
mod mounts;
mod outcome;
mod process;
mod process_group;
mod python_environment;
mod record;
mod running;
mod spawner;
mod supervise;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use detect::{DetectError, SandboxChoice, SandboxConfig, detect};
pub use outcome::{End, Outcome, exit_words};
pub use record::Reaped;
pub use running::{Phase, Running, Stopper};

/// Everything needed to run one attempt of one task.
#[derive(Debug, Clone)]
pub struct SandboxCommand {
    /// The run's name. For labels and records only.
    pub run: String,
    /// The task's slug path in the Plan. For labels and records only.
    pub task_path: String,
    /// Counted from 1. For labels and records only.
    pub attempt: u32,
    /// The container image. Only the container sandbox uses it.
    pub image: String,
    /// Replaces the image's entrypoint, as Kubernetes' `command`; empty keeps the image's own (containers only).
    pub command: Vec<String>,
    /// Follows `command`, as Kubernetes' `args`. Placeholders are resolved already, with [`Sandbox::paths`].
    pub arguments: Vec<String>,
    /// The task's own environment, secrets included. The server's environment is never passed on.
    pub environment: BTreeMap<String, String>,
    /// The absolute host folder of this attempt. `inputs/` and `outputs/` in it are what the task sees at
    /// [`Sandbox::paths`]; `main.log` is the log; `scratch/` is the task's `/tmp`. The caller removes the folder.
    pub attempt_folder: PathBuf,
    /// The volumes.
    pub mounts: Vec<SandboxMount>,
    /// CPU and memory limits.
    pub limits: Limits,
    /// Counted from the start of the task's command; pulling an image or installing packages is not counted.
    pub timeout: Option<Duration>,
    /// Python requirements (PEP 508) that the task wants.
    pub packages: Vec<String>,
    /// Whether the command is Python's and cannot run where there is no interpreter.
    pub python: PythonNeed,
}

/// Whether a command needs a Python interpreter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PythonNeed {
    /// A Python component: refused where there is no interpreter.
    Required,
    /// Any other command.
    NotNeeded,
}

/// A folder of this machine at a path of the task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxMount {
    /// The absolute folder on this machine; made when missing.
    pub host: PathBuf,
    /// The absolute path that the pipeline names.
    pub path: String,
    /// Whether the task may write.
    pub access: MountAccess,
    /// A folder inside `host` to mount in its place; relative, without `..`.
    pub sub_path: Option<String>,
}

/// What a task may do with a mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountAccess {
    /// Read and write.
    ReadWrite,
    /// Read only.
    ReadOnly,
}

/// What a task may use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Thousandths of a CPU.
    pub cpu_millis: Option<u64>,
    /// Bytes of memory.
    pub memory_bytes: Option<u64>,
}

/// What of a task's settings a sandbox keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeps {
    /// Whether CPU limits are kept.
    pub cpu: bool,
    /// How memory limits are kept.
    pub memory: MemoryLimit,
    /// Whether images are used, and pulled when they are not here.
    pub images: bool,
}

/// How a memory limit is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryLimit {
    /// All processes of a task have it together.
    Together,
    /// Each process has it by itself.
    EachProcess,
    /// Not at all.
    None,
}

/// Where a task sees its inputs and outputs: `<inputs>/<port>/data`, `<outputs>/<port>/data`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskPaths {
    /// The folder of the inputs, as the task sees it.
    pub inputs: String,
    /// The folder of the outputs, as the task sees it.
    pub outputs: String,
}

/// The kinds of sandbox, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SandboxKind {
    /// A container through the Docker or Podman API.
    Container,
    /// A bubblewrap namespace on this machine's own tools.
    Bubblewrap,
    /// A plain process of this machine.
    Process,
}

/// What the sandbox is and what that means, for the run page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// Which kind.
    pub kind: SandboxKind,
    /// One line: "bubblewrap 0.8.0, on this machine's own tools".
    pub title: String,
    /// What it means for tasks, a sentence each.
    pub meaning: Vec<String>,
    /// Why better kinds were passed over, a sentence each.
    pub passed_over: Vec<String>,
    /// Whether tasks can see this user's files and secrets, so that a person must agree before the first run.
    pub sees_host: bool,
}

/// Why a command cannot run in this sandbox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("{reason}. {hint}")]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// A stable code, `sandbox.…`.
    pub code: &'static str,
    /// What cannot be done, and why.
    pub reason: String,
    /// How to mend it.
    pub hint: String,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), hint: hint.into() }
    }
}

/// A sandbox that was found to work on this machine. Cheap to clone.
#[derive(Clone)]
pub struct Sandbox {
    kind: Arc<Kind>,
    leftovers: Arc<leftovers::Leftovers>,
}

enum Kind {
    Container(container::ContainerSandbox),
    Host(host::HostSandbox),
}

impl Sandbox {
    /// Which kind it is.
    pub fn kind(&self) -> SandboxKind {
        match &*self.kind {
            Kind::Container(_) => SandboxKind::Container,
            Kind::Host(host) => host.kind(),
        }
    }

    /// What it is and what that means, for the run page.
    pub fn describe(&self) -> Description {
        match &*self.kind {
            Kind::Container(container) => container.describe(),
            Kind::Host(host) => host.describe(),
        }
    }

    /// What of a task's settings it keeps.
    pub fn keeps(&self) -> Keeps {
        match &*self.kind {
            Kind::Container(container) => container.keeps(),
            Kind::Host(host) => host.keeps(),
        }
    }

    /// Where a task whose attempt folder is `attempt_folder` will see its inputs and outputs.
    pub fn paths(&self, attempt_folder: &Path) -> TaskPaths {
        match self.kind() {
            SandboxKind::Container | SandboxKind::Bubblewrap => {
                TaskPaths { inputs: "/tmp/inputs".into(), outputs: "/tmp/outputs".into() }
            }
            SandboxKind::Process => TaskPaths {
                inputs: attempt_folder.join("inputs").display().to_string(),
                outputs: attempt_folder.join("outputs").display().to_string(),
            },
        }
    }

    /// Whether the command can run here at all: mounts, interpreter, command. Touches nothing.
    pub fn can_run(&self, command: &SandboxCommand) -> Result<(), Refusal> {
        match &*self.kind {
            Kind::Container(container) => container.can_run(command),
            Kind::Host(host) => host.can_run(command),
        }
    }

    /// Starts the attempt and returns at once; preparation (pull, packages) goes on in the background.
    /// Everything that goes wrong is told by [`Running::wait`]. Must be called inside a tokio runtime.
    pub fn start(&self, command: SandboxCommand) -> Running {
        let kind = Arc::clone(&self.kind);
        let log = attempt_folder::log_path(&command.attempt_folder);
        Running::start(log, move |control| async move {
            match &*kind {
                Kind::Container(container) => container.run(command, control).await,
                Kind::Host(host) => host.run(command, control).await,
            }
        })
    }

    /// Ends whatever earlier servers on this data folder left running, and nothing else. To be called once, before the
    /// first [`Sandbox::start`].
    pub async fn reap_leftovers(&self) -> Reaped {
        self.leftovers.reap(&self.kind).await
    }
}
