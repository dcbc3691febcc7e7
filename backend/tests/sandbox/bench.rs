//! What the sandbox tests stand on: a sandbox over a temporary data folder, and short ways to run a command in it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use dagwright::engine::local::sandbox::{
    Limits, MountAccess, Outcome, PythonNeed, Running, Sandbox, SandboxChoice, SandboxCommand, SandboxConfig,
    SandboxKind, SandboxMount, detect,
};
use tempfile::TempDir;

pub(crate) const HOST_KINDS: [SandboxKind; 2] = [SandboxKind::Bubblewrap, SandboxKind::Process];

pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) folder: TempDir,
}

/// A sandbox of this kind over a new data folder; none, said aloud, where the machine lacks it.
pub(crate) async fn bench(kind: SandboxKind) -> Option<Bench> {
    let folder = TempDir::new().unwrap();
    let sandbox = open(kind, folder.path()).await?;
    Some(Bench { sandbox, folder })
}

pub(crate) async fn open(kind: SandboxKind, data_folder: &Path) -> Option<Sandbox> {
    let config = SandboxConfig {
        data_folder: data_folder.to_owned(),
        choice: SandboxChoice::Only(kind),
        container_host: None,
        python: None,
    };
    match detect(config).await {
        Ok(sandbox) => Some(sandbox),
        Err(error) => {
            assert_ne!(kind, SandboxKind::Process, "a plain process is always to be had: {error}");
            eprintln!("SKIPPED: {error}");
            None
        }
    }
}

impl Bench {
    pub(crate) fn attempt_folder(&self) -> PathBuf {
        self.folder.path().join("runs").join(uuid::Uuid::new_v4().to_string())
    }

    pub(crate) fn command(&self, words: &[&str]) -> SandboxCommand {
        SandboxCommand {
            run: "digits".into(),
            task_path: "train".into(),
            attempt: 1,
            image: "python:3.11".into(),
            command: words.iter().map(|word| (*word).to_owned()).collect(),
            arguments: Vec::new(),
            environment: [].into(),
            attempt_folder: self.attempt_folder(),
            mounts: Vec::new(),
            limits: Limits::default(),
            timeout: None,
            packages: Vec::new(),
            python: PythonNeed::NotNeeded,
        }
    }

    pub(crate) fn shell(&self, script: &str) -> SandboxCommand {
        self.command(&["/bin/sh", "-c", script])
    }

    pub(crate) fn volume(&self, name: &str, path: &str, access: MountAccess) -> SandboxMount {
        SandboxMount { host: self.folder.path().join("volumes").join(name), path: path.into(), access, sub_path: None }
    }

    /// Runs to the end: how it ended, and the log.
    pub(crate) async fn run(&self, command: SandboxCommand) -> (Outcome, String) {
        let running = self.sandbox.start(command);
        let log = running.log().to_owned();
        let outcome = running.wait().await;
        (outcome, std::fs::read_to_string(log).unwrap_or_default())
    }
}

/// Waits until the log holds this text.
pub(crate) async fn until_logged(running: &Running, text: &str) {
    for _ in 0..1000 {
        if std::fs::read_to_string(running.log()).is_ok_and(|log| log.contains(text)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{text:?} never came; the log is {:?}", std::fs::read_to_string(running.log()));
}

/// How many processes of this machine have these words on their command line.
pub(crate) fn processes_with(words: &str) -> usize {
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok())
        .filter(|line| String::from_utf8_lossy(line).replace('\0', " ").contains(words))
        .count()
}

/// A number of seconds that nobody else on this machine sleeps for: marks this test's processes.
pub(crate) fn unique_seconds() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(100);
    format!("{}{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
