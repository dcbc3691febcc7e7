//! Each task in a container, through the Docker-compatible API (Docker, or Podman's socket).
//!
//! Must not assume that the engine shares anything with the server but this machine's folders.

mod connect;
mod create;
mod image;

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bollard::Docker;
use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, KillContainerOptionsBuilder, ListContainersOptionsBuilder,
    RemoveContainerOptionsBuilder, WaitContainerOptionsBuilder,
};
use futures::{Stream, StreamExt};
use tokio::time::Instant;

use super::attempt_folder::AttemptFolder;
use super::record::{Reaped, Record, Records};
use super::running::Control;
use super::{Description, End, Keeps, MemoryLimit, Outcome, Refusal, SandboxCommand, SandboxKind, mounts};
use create::{ATTEMPT_LABEL, STORE_LABEL, Ulimits};

pub(crate) use connect::connect;

/// How long the last of a log may take to arrive after a container's end.
const LAST_OF_LOG: Duration = Duration::from_secs(10);

/// A container engine that answered.
pub(crate) struct ContainerSandbox {
    docker: Docker,
    /// "Podman Engine 4.3.1 at unix:///run/podman/podman.sock".
    title: String,
    records: Records,
    /// `uid:gid` for containers; none keeps the image's own.
    user: Option<String>,
    keeps_limits: bool,
    caches: std::path::PathBuf,
    /// Set once the engine was seen to ask for more than the machine allows (Podman 4.3).
    tight_limits: AtomicBool,
    passed_over: Vec<String>,
}

/// The exit code of a program that SIGKILL ended.
const SIGKILLED: i32 = 128 + 9;

impl ContainerSandbox {
    pub(crate) fn describe(&self) -> Description {
        let user = match &self.user {
            None => "Tasks run as the image's own user.".to_owned(),
            Some(user) => format!("Tasks run as the user {user}, this server's, so that their files can be removed."),
        };
        Description {
            kind: SandboxKind::Container,
            title: self.title.clone(),
            meaning: vec![
                "Each task runs in a container of its own image: it sees its inputs, outputs and volumes, and nothing else of this machine.".to_owned(),
                "Images that are not here are pulled from their registry.".to_owned(),
                user,
                if self.keeps_limits {
                    "CPU and memory limits are kept by the container engine.".to_owned()
                } else {
                    "CPU and memory are not limited: this container engine cannot on this machine.".to_owned()
                },
            ],
            passed_over: self.passed_over.clone(),
            sees_host: false,
        }
    }

    pub(crate) fn keeps(&self) -> Keeps {
        let memory = if self.keeps_limits { MemoryLimit::Together } else { MemoryLimit::None };
        Keeps { cpu: self.keeps_limits, memory, images: true }
    }

    pub(crate) fn can_run(&self, command: &SandboxCommand) -> Result<(), Refusal> {
        mounts::check(&command.mounts)?;
        if command.image.trim().is_empty() {
            return Err(Refusal::new(
                "sandbox.image",
                "The task names no container image",
                "Write an image into the component, such as `python:3.11`",
            ));
        }
        Ok(())
    }

    pub(crate) async fn run(&self, command: SandboxCommand, control: Control) -> Outcome {
        let attempt = Record {
            id: self.records.new_id(),
            kind: SandboxKind::Container,
            run: command.run.clone(),
            task_path: command.task_path.clone(),
            attempt: command.attempt,
            boot: self.records.boot().to_owned(),
            process: None,
        };
        let result = self.prepare_and_run(&command, &control, &attempt).await;
        self.remove(&attempt.id).await;
        self.records.remove(&attempt.id);
        result.unwrap_or_else(Outcome::not_started)
    }

    async fn prepare_and_run(
        &self,
        command: &SandboxCommand,
        control: &Control,
        attempt: &Record,
    ) -> Result<Outcome, Refusal> {
        self.can_run(command)?;
        let mounts = mounts::ready(&command.mounts)?;
        let folder_trouble = |error: std::io::Error| {
            Refusal::new(
                "sandbox.folder",
                format!("The attempt's folder cannot be made: {error}"),
                "Look whether the disk is full",
            )
        };
        let folder = AttemptFolder::prepare(&command.attempt_folder).map_err(folder_trouble)?;
        create::open_to_any_user(&folder, &mounts).map_err(folder_trouble)?;
        tokio::select! {
            pulled = image::ensure(&self.docker, &command.image, control) => pulled?,
            () = control.stop_wanted() => return Ok(Outcome::stopped()),
        }
        control.preparing("creating the container");
        self.records.write(attempt).map_err(folder_trouble)?;
        let cache = create::package_cache(&self.caches, command).map_err(folder_trouble)?;
        let body = |ulimits| {
            create::body(
                command,
                attempt,
                &self.records,
                &folder,
                &mounts,
                cache.as_deref(),
                self.user.clone(),
                ulimits,
            )
        };
        let name = create::name(&attempt.id);
        let ulimits = self.ulimits();
        self.create(&name, body(ulimits)).await?;
        let log = self.start(&name, ulimits, body).await?;
        control.running();
        Ok(self.see_to_the_end(&name, command, control, folder.log, log).await)
    }

    fn ulimits(&self) -> Ulimits {
        if self.tight_limits.load(Ordering::Relaxed) { Ulimits::OfThisServer } else { Ulimits::OfTheEngine }
    }

    async fn create(&self, name: &str, body: bollard::models::ContainerCreateBody) -> Result<(), Refusal> {
        let options = bollard::query_parameters::CreateContainerOptionsBuilder::default().name(name).build();
        self.docker.create_container(Some(options), body).await.map(|_| ()).map_err(|error| not_started(&error))
    }

    /// Listens to both streams, then starts: nothing said early is lost.
    async fn start(
        &self,
        name: &str,
        ulimits: Ulimits,
        body: impl Fn(Ulimits) -> bollard::models::ContainerCreateBody,
    ) -> Result<LogStream, Refusal> {
        match self.listen_and_start(name).await {
            Ok(log) => Ok(log),
            // Podman 4.3 asks for 1048576 open files and processes even where the machine allows less.
            Err(Error::DockerResponseServerError { message, .. })
                if message.to_ascii_lowercase().contains("rlimit") && ulimits == Ulimits::OfTheEngine =>
            {
                self.tight_limits.store(true, Ordering::Relaxed);
                tracing::info!(%message, "containers get this server's own limits of files and processes");
                self.remove_by_name(name).await.map_err(|error| not_started(&error))?;
                self.create(name, body(Ulimits::OfThisServer)).await?;
                self.listen_and_start(name).await.map_err(|error| not_started(&error))
            }
            Err(error) => Err(not_started(&error)),
        }
    }

    async fn listen_and_start(&self, name: &str) -> Result<LogStream, Error> {
        let options = AttachContainerOptionsBuilder::default().stdout(true).stderr(true).stream(true).build();
        let attached = self.docker.attach_container(name, Some(options)).await?;
        self.docker.start_container(name, None::<bollard::query_parameters::StartContainerOptions>).await?;
        Ok(attached.output)
    }

    async fn see_to_the_end(
        &self,
        name: &str,
        command: &SandboxCommand,
        control: &Control,
        file: File,
        log: LogStream,
    ) -> Outcome {
        let begin = Instant::now();
        let logging = tokio::spawn(write_log(log, file));
        let over_time = async {
            match command.timeout {
                Some(timeout) => tokio::time::sleep(timeout).await,
                None => std::future::pending().await,
            }
        };
        let cut = tokio::select! {
            biased;
            () = self.ended(name) => None,
            () = control.stop_wanted() => Some(End::Stopped),
            () = over_time => Some(End::TimedOut { after: command.timeout.unwrap_or_default() }),
        };
        let took = Some(begin.elapsed());
        if let Some(end) = &cut {
            let grace = async {
                match end {
                    End::TimedOut { .. } => tokio::time::sleep(Duration::from_secs(2)).await,
                    _ => control.grace_is_over().await,
                }
            };
            self.kill(name, "SIGTERM").await;
            let ended = tokio::select! {
                () = self.ended(name) => true,
                () = grace => false,
            };
            if !ended {
                self.kill(name, "SIGKILL").await;
                tokio::time::timeout(Duration::from_secs(4), self.ended(name)).await.ok();
            }
        }
        let end = match cut {
            Some(end) => end,
            None => self.natural_end(name, command).await,
        };
        if tokio::time::timeout(LAST_OF_LOG, logging).await.is_err() {
            tracing::warn!(name, "the end of a container's log did not come");
        }
        Outcome { end, took }
    }

    /// Returns when the container does not run any more, or is gone.
    async fn ended(&self, name: &str) {
        loop {
            let options = WaitContainerOptionsBuilder::default().condition("not-running").build();
            // The answer's code is read from the container itself afterwards: the two engines word it differently.
            self.docker.wait_container(name, Some(options)).next().await;
            match self.docker.inspect_container(name, None).await {
                Ok(found) if found.state.as_ref().and_then(|state| state.running) == Some(true) => {}
                Err(error) if !is_missing(&error) => {}
                _ => return,
            }
            // The wait was cut, by its time limit or by the engine's restart.
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    async fn natural_end(&self, name: &str, command: &SandboxCommand) -> End {
        match self.docker.inspect_container(name, None).await {
            Ok(found) => {
                let state = found.state.unwrap_or_default();
                let code = state.exit_code.and_then(|code| i32::try_from(code).ok()).unwrap_or(-1);
                // A command that succeeded may have lost a child for want of memory and coped.
                // Podman does not always hear of it; and who else would kill a container that has a limit?
                let killed_at_limit = code == SIGKILLED && command.limits.memory_bytes.is_some();
                if code != 0 && (state.oom_killed == Some(true) || killed_at_limit) {
                    return End::OutOfMemory { limit: command.limits.memory_bytes };
                }
                End::Exited { code }
            }
            Err(error) => End::NotStarted(Refusal::new(
                "sandbox.container",
                format!("The container was removed while it ran: {error}"),
                "Look who removes containers on this machine, and run the task again",
            )),
        }
    }

    async fn kill(&self, name: &str, signal: &str) {
        let options = KillContainerOptionsBuilder::default().signal(signal).build();
        if let Err(error) = self.docker.kill_container(name, Some(options)).await {
            // Mostly: it has just ended.
            tracing::debug!(name, signal, %error, "a container took no signal");
        }
    }

    async fn remove(&self, id: &str) {
        let name = create::name(id);
        if let Err(error) = self.remove_by_name(&name).await
            && !is_missing(&error)
        {
            tracing::warn!(name, %error, "a container cannot be removed");
        }
    }

    /// Ends and removes a container. Podman refuses now and then while it still clears up after the end: tried again.
    async fn remove_by_name(&self, name: &str) -> Result<(), Error> {
        for _ in 0..5 {
            match self.remove_once(name).await {
                Err(Error::DockerResponseServerError { status_code: 409 | 500, .. }) => {}
                other => return other,
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        self.remove_once(name).await
    }

    async fn remove_once(&self, name: &str) -> Result<(), Error> {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        self.docker.remove_container(name, Some(options)).await
    }

    /// Removes every container of this data folder.
    pub(crate) async fn remove_leftovers(&self, reaped: &mut Reaped) {
        let ours = [("label".to_owned(), vec![format!("{STORE_LABEL}={}", self.records.store())])].into();
        let options = ListContainersOptionsBuilder::default().all(true).filters(&ours).build();
        match self.docker.list_containers(Some(options)).await {
            Ok(containers) => {
                for container in containers {
                    let id = container.id.unwrap_or_default();
                    let attempt = container.labels.unwrap_or_default().remove(ATTEMPT_LABEL).unwrap_or_default();
                    match self.remove_by_name(&id).await {
                        Ok(()) => reaped.ended += 1,
                        Err(error) if is_missing(&error) => reaped.ended += 1,
                        Err(error) => {
                            reaped.failures.push(format!("The container of {attempt} cannot be removed: {error}"))
                        }
                    }
                }
            }
            Err(error) => reaped.failures.push(format!("Containers cannot be listed: {error}")),
        }
    }
}

type LogStream = std::pin::Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>;

async fn write_log(mut log: LogStream, mut file: File) {
    while let Some(piece) = log.next().await {
        let written = match piece {
            Ok(piece) => file.write_all(&piece.into_bytes()),
            Err(error) => writeln!(file, "[the log breaks off here: {error}]"),
        };
        if let Err(error) = written {
            tracing::warn!(%error, "cannot write to a task's log");
            return;
        }
    }
}

fn is_missing(error: &Error) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code: 404, .. })
}

fn not_started(error: &Error) -> Refusal {
    let what = match error {
        Error::DockerResponseServerError { message, .. } => message.trim().to_owned(),
        other => other.to_string(),
    };
    Refusal::new(
        "sandbox.container",
        format!("The container cannot be started: {what}"),
        "Look at the task's image and command, and whether the container engine is well",
    )
}

fn sandbox_folder_caches(sandbox_folder: &Path) -> std::path::PathBuf {
    sandbox_folder.join("python/container-caches")
}
