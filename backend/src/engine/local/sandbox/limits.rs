//! CPU and memory limits for processes of this machine: control groups where they can be written (version 2 or 1),
//! else a limit on each process's own memory. Says honestly which.
//!
//! Sources: Linux' admin-guide/cgroup-v2 and cgroup-v1/{memory,cpu}; setrlimit(2).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::process_group::Process;
use super::{Keeps, Limits, MemoryLimit};

/// The time slice of which a CPU limit is a share, in microseconds (the kernel's default).
const CPU_PERIOD: u64 = 100_000;
const ROOT: &str = "/sys/fs/cgroup";

/// How limits are set on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Limiter {
    /// One tree; `folder` is ours, its children get the controllers named.
    Unified { folder: PathBuf, cpu: bool },
    /// A tree for each controller.
    Separate { memory: PathBuf, cpu: Option<PathBuf> },
    /// No control group can be written: `RLIMIT_DATA` for memory, nothing for CPU.
    ProcessLimits,
}

/// The control group of one attempt.
#[derive(Debug)]
pub(crate) struct AttemptGroup {
    folders: Vec<PathBuf>,
}

impl Limiter {
    /// Finds what works, by a real trial.
    pub(crate) fn detect(store: &str) -> Self {
        let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let found = if Path::new(ROOT).join("cgroup.controllers").exists() {
            Self::unified(&own, store)
        } else {
            Self::separate(&own, store)
        };
        match found {
            Some(limiter) if limiter.trial() => limiter,
            _ => Self::ProcessLimits,
        }
    }

    /// The nearest ancestor that hands controllers to its children; our own group holds the server's processes and so
    /// cannot (the "no internal processes" rule).
    fn unified(own: &str, store: &str) -> Option<Self> {
        let own = own.lines().find_map(|line| line.strip_prefix("0::/"))?;
        let mut ancestor = PathBuf::from(own);
        while ancestor.pop() {
            let folder = Path::new(ROOT).join(&ancestor).join(format!("dagwright-{store}"));
            if fs::create_dir(&folder).is_err() && !folder.is_dir() {
                continue;
            }
            let control = folder.join("cgroup.subtree_control");
            if fs::write(&control, "+memory").is_ok() {
                return Some(Self::Unified { cpu: fs::write(&control, "+cpu").is_ok(), folder });
            }
            fs::remove_dir(&folder).ok();
        }
        None
    }

    fn separate(own: &str, store: &str) -> Option<Self> {
        let tree = |controller: &str| {
            let path = own.lines().find_map(|line| {
                let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
                controllers.split(',').any(|name| name == controller).then_some(path)
            })?;
            let folder =
                Path::new(ROOT).join(controller).join(path.trim_start_matches('/')).join(format!("dagwright-{store}"));
            (fs::create_dir(&folder).is_ok() || folder.is_dir()).then_some(folder)
        };
        Some(Self::Separate { memory: tree("memory")?, cpu: tree("cpu") })
    }

    fn trial(&self) -> bool {
        let limits = Limits { cpu_millis: Some(1000), memory_bytes: Some(64 << 20) };
        let Ok(Some(group)) = self.group("trial", limits) else { return false };
        let joined = Command::new("/bin/sh")
            .args(["-c", "for file in \"$@\"; do echo 0 > \"$file\" || exit 1; done", "sh"])
            .args(group.join_files())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        group.remove_now();
        joined.is_ok_and(|status| status.success())
    }

    /// Makes the group of one attempt; none where there are no groups. `name` is the attempt's id.
    pub(crate) fn group(&self, name: &str, limits: Limits) -> io::Result<Option<AttemptGroup>> {
        let mut folders = Vec::new();
        match self {
            Self::Unified { folder, cpu } => {
                let folder = folder.join(name);
                fs::create_dir(&folder)?;
                if let Some(bytes) = limits.memory_bytes {
                    fs::write(folder.join("memory.max"), bytes.to_string())?;
                    // Without this a task over its limit swaps instead of ending; absent where there is no swap.
                    fs::write(folder.join("memory.swap.max"), "0").ok();
                }
                if let Some(millis) = limits.cpu_millis.filter(|_| *cpu) {
                    fs::write(folder.join("cpu.max"), format!("{} {CPU_PERIOD}", quota(millis)))?;
                }
                folders.push(folder);
            }
            Self::Separate { memory, cpu } => {
                let memory = memory.join(name);
                fs::create_dir(&memory)?;
                if let Some(bytes) = limits.memory_bytes {
                    fs::write(memory.join("memory.limit_in_bytes"), bytes.to_string())?;
                    fs::write(memory.join("memory.memsw.limit_in_bytes"), bytes.to_string()).ok();
                }
                folders.push(memory);
                if let (Some(cpu), Some(millis)) = (cpu, limits.cpu_millis) {
                    let cpu = cpu.join(name);
                    fs::create_dir(&cpu)?;
                    fs::write(cpu.join("cpu.cfs_period_us"), CPU_PERIOD.to_string())?;
                    fs::write(cpu.join("cpu.cfs_quota_us"), quota(millis).to_string())?;
                    folders.push(cpu);
                }
            }
            Self::ProcessLimits => return Ok(None),
        }
        Ok(Some(AttemptGroup { folders }))
    }

    /// Removes our own folders; they stay where attempts still run.
    pub(crate) fn close(&self) {
        let folders = match self {
            Self::Unified { folder, .. } => vec![folder],
            Self::Separate { memory, cpu } => std::iter::once(memory).chain(cpu).collect(),
            Self::ProcessLimits => Vec::new(),
        };
        for folder in folders {
            fs::remove_dir(folder).ok();
        }
    }

    /// Groups left by an earlier server of the same store: named by their attempts' ids.
    pub(crate) fn leftovers(&self) -> Vec<AttemptGroup> {
        let trees = match self {
            Self::Unified { folder, .. } => vec![folder],
            Self::Separate { memory, cpu } => std::iter::once(memory).chain(cpu).collect(),
            Self::ProcessLimits => Vec::new(),
        };
        trees
            .into_iter()
            .flat_map(|tree| fs::read_dir(tree).into_iter().flatten().flatten())
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .map(|entry| AttemptGroup { folders: vec![entry.path()] })
            .collect()
    }

    /// What is kept of a task's limits.
    pub(crate) fn keeps(&self) -> Keeps {
        let (cpu, memory) = match self {
            Self::Unified { cpu, .. } => (*cpu, MemoryLimit::Together),
            Self::Separate { cpu, .. } => (cpu.is_some(), MemoryLimit::Together),
            Self::ProcessLimits => (false, MemoryLimit::EachProcess),
        };
        Keeps { cpu, memory, images: false }
    }

    /// Sentences for the run page.
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Self::Unified { cpu: true, .. } | Self::Separate { cpu: Some(_), .. } => {
                "CPU and memory limits are kept by control groups."
            }
            Self::Unified { cpu: false, .. } | Self::Separate { cpu: None, .. } => {
                "Memory limits are kept by a control group; CPU is not limited."
            }
            Self::ProcessLimits => {
                "Memory limits hold for each process by itself, not for a task's processes together; CPU is not limited \
                 (control groups cannot be written by this user)."
            }
        }
    }
}

fn quota(cpu_millis: u64) -> u64 {
    // The kernel refuses less than a millisecond.
    (cpu_millis.saturating_mul(CPU_PERIOD) / 1000).max(1000)
}

impl AttemptGroup {
    /// A process that writes `0` into each of these joins the group, with all its later children.
    pub(crate) fn join_files(&self) -> Vec<PathBuf> {
        self.folders.iter().map(|folder| folder.join("cgroup.procs")).collect()
    }

    /// The processes in it.
    pub(crate) fn processes(&self) -> Vec<Process> {
        let Some(folder) = self.folders.first() else { return Vec::new() };
        let pids = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
        pids.lines().filter_map(|pid| Process::find(pid.parse().ok()?)).filter(|process| process.is_running()).collect()
    }

    /// Whether the kernel ended one of its processes for want of memory.
    pub(crate) fn ran_out_of_memory(&self) -> bool {
        let Some(folder) = self.folders.first() else { return false };
        ["memory.events", "memory.oom_control"].iter().any(|file| {
            fs::read_to_string(folder.join(file)).is_ok_and(|text| {
                text.lines().filter_map(|line| line.strip_prefix("oom_kill ")).any(|count| count.trim() != "0")
            })
        })
    }

    /// Removes it. The kernel keeps a group busy for a moment after its last process ended: later tries go on in the
    /// background.
    pub(crate) fn remove(self) {
        if !self.remove_now() {
            tokio::spawn(async move {
                for _ in 0..50 {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    if self.remove_now() {
                        return;
                    }
                }
                tracing::warn!(folders = ?self.folders, "cannot remove the control group of an ended attempt");
            });
        }
    }

    fn remove_now(&self) -> bool {
        self.folders.iter().all(|folder| match fs::remove_dir(folder) {
            Ok(()) => true,
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        })
    }
}
