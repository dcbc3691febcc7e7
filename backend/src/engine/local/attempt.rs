//! Carries out one attempt: inputs in, sandbox, log and outputs out. Tells the driver what happens; decides nothing.

use super::decide::{Ended, HowEnded, StoredLog};
use super::driver::Message;
use super::job::{Job, Problem};
use super::sandbox::{End, Outcome, Phase};
use super::{Shared, inputs, outputs};
use crate::artifacts::keys;
use crate::engine::log_limit;
use crate::engine::masks::Masks;
use dagwright_shared::run::PortValue;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// When set: stop, with this much grace.
type StopSignal = watch::Receiver<Option<Duration>>;

/// Carries the job out and tells its end, whatever happens.
pub(super) async fn carry_out(
    shared: Arc<Shared>,
    job: Job,
    mut stop: StopSignal,
    messages: mpsc::UnboundedSender<Message>,
) {
    let folder = shared.attempt_folder(&job.run, &job.task, job.attempt);
    let mut masks = Masks::default();
    let how = match run(&shared, &job, &folder, &mut stop, &messages, &mut masks).await {
        Ok(outputs) => HowEnded::Succeeded(outputs),
        Err(how) => how,
    };
    let log = store_log(&shared, &job.run, &job.task, job.attempt, &masks, LogEnd::Whole).await;
    let (task, attempt) = (job.task.clone(), job.attempt);
    // The driver may be gone when the server stops; the attempt is lost then, as after a crash.
    let _ = messages.send(Message::Ended(Ended { task, attempt, how, log }));
}

async fn run(
    shared: &Shared,
    job: &Job,
    folder: &Path,
    stop: &mut StopSignal,
    messages: &mpsc::UnboundedSender<Message>,
    masks: &mut Masks,
) -> Result<BTreeMap<String, PortValue>, HowEnded> {
    // A server that was killed may have left this very attempt's folder behind.
    if let Err(error) = remove_folder(folder).await {
        return Err(failed(Problem::passing(format!("cannot empty {}: {error}", folder.display()))));
    }
    let inputs_folder = folder.join("inputs");
    let inputs = tokio::select! {
        inputs = inputs::prepare(&shared.artifacts, job, &inputs_folder) => inputs.map_err(failed)?,
        () = stopped(stop) => return Err(HowEnded::Stopped),
    };
    outputs::make_folders(job, folder).map_err(failed)?;
    let paths = shared.sandbox.paths(folder);
    let lookup = |name: &str, key: &str| shared.secrets.value(name, key);
    let (command, hidden) = job.command(&inputs, &paths, folder, &lookup).map_err(failed)?;
    *masks = Masks::new(hidden.iter().map(String::as_str));
    shared.live.open(&job.run, &job.task, job.attempt, folder.join("main.log"), masks.clone());

    let outcome = follow(shared, job, command, &inputs.values, stop, messages).await;
    match outcome.end {
        End::Exited { code: 0 } => {}
        End::Stopped => return Err(HowEnded::Stopped),
        End::Exited { code } => return Err(HowEnded::Failed { exit_code: Some(code), message: outcome.message() }),
        End::NotStarted(refusal) => return Err(HowEnded::Refused(refusal.to_string())),
        End::OutOfMemory { .. } | End::TimedOut { .. } => {
            return Err(HowEnded::Failed { exit_code: None, message: outcome.message() });
        }
    }
    tokio::select! {
        outputs = outputs::collect(&shared.artifacts, job, folder) => outputs.map_err(failed),
        () = stopped(stop) => Err(HowEnded::Stopped),
    }
}

/// Starts the sandbox, passes on what it is busy with, and stops it when asked.
async fn follow(
    shared: &Shared,
    job: &Job,
    command: super::sandbox::SandboxCommand,
    inputs: &BTreeMap<String, PortValue>,
    stop: &mut StopSignal,
    messages: &mpsc::UnboundedSender<Message>,
) -> Outcome {
    let running = shared.sandbox.start(command);
    let (mut phase, stopper) = (running.phase(), running.stopper());
    let (task, attempt) = (job.task.clone(), job.attempt);
    let mut told = false;
    let mut tell_running = |messages: &mpsc::UnboundedSender<Message>| {
        if !told {
            told = true;
            let (task, inputs) = (task.clone(), inputs.clone());
            let _ = messages.send(Message::Running { task, attempt, inputs });
        }
    };
    let end = running.wait();
    tokio::pin!(end);
    let mut phase_open = true;
    let log = shared.attempt_folder(&job.run, &job.task, attempt).join("main.log");
    let mut looks = tokio::time::interval(log_limit::INTERVAL);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let outcome = loop {
        tokio::select! {
            biased;
            outcome = &mut end => break outcome,
            changed = phase.changed(), if phase_open => match changed {
                Ok(()) => match phase.borrow_and_update().clone() {
                    Phase::Preparing(detail) => {
                        let _ = messages.send(Message::Preparing { task: job.task.clone(), attempt, detail });
                    }
                    Phase::Running => tell_running(messages),
                },
                Err(_) => phase_open = false,
            },
            changed = stop.changed() => match changed {
                Ok(()) => {
                    if let Some(grace) = *stop.borrow_and_update() {
                        stopper.stop(grace);
                    }
                }
                // The driver is gone: so is the run.
                Err(_) => stopper.stop(Duration::ZERO),
            },
            _ = looks.tick() => keep_log(shared.log_limit, &log),
        }
    };
    keep_log(shared.log_limit, &log);
    if !matches!(outcome.end, End::NotStarted(_)) {
        tell_running(messages);
    }
    outcome
}

/// A few calls of the file system, none of which waits for data.
fn keep_log(limit: log_limit::LogLimit, log: &Path) {
    if let Err(error) = limit.keep(log) {
        tracing::warn!("{} could not be kept within its limit: {error}", log.display());
    }
}

async fn stopped(stop: &mut StopSignal) {
    let _ = stop.wait_for(Option::is_some).await;
}

fn failed(problem: Problem) -> HowEnded {
    if problem.passing {
        HowEnded::Failed { exit_code: None, message: problem.message }
    } else {
        HowEnded::Refused(problem.message)
    }
}

/// Whether a log is all that the attempt wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LogEnd {
    /// The attempt came to its end.
    Whole,
    /// The server was cut while it wrote.
    Cut,
}

/// Stores an attempt's log with its secrets hidden. An empty log makes no object.
pub(super) async fn store_log(
    shared: &Shared,
    run: &str,
    task: &str,
    attempt: u32,
    masks: &Masks,
    end: LogEnd,
) -> Option<StoredLog> {
    let folder = shared.attempt_folder(run, task, attempt);
    let log = folder.join("main.log");
    let size = tokio::fs::metadata(&log).await.ok()?.len();
    if size == 0 {
        return None;
    }
    let stored = async {
        let key = keys::log_key(run, &[task], attempt)?;
        let file = masked(&folder, log, masks).await;
        shared.artifacts.put_file(file, &key).await.map(|stored| (key, stored.size))
    };
    match stored.await {
        Ok((key, size)) => Some(StoredLog { key, size, complete: end == LogEnd::Whole }),
        Err(error) => {
            tracing::error!("the log of {run}/{task}/{attempt} was not stored: {error}");
            None
        }
    }
}

async fn masked(folder: &Path, log: PathBuf, masks: &Masks) -> PathBuf {
    if masks.is_empty() {
        return log;
    }
    let (target, masks) = (folder.join("masked.log"), masks.clone());
    let copied = {
        let target = target.clone();
        tokio::task::spawn_blocking(move || masks.copy(&log, &target)).await
    };
    if !matches!(copied, Ok(Ok(()))) {
        // An empty file rather than one with secrets in it.
        tracing::error!("a log could not be copied without its secrets");
        let _ = tokio::fs::write(&target, b"The log could not be stored without its secrets.\n").await;
    }
    target
}

/// Removes a folder with all in it; one that is not there is no error.
pub(super) async fn remove_folder(folder: &Path) -> std::io::Result<()> {
    match tokio::fs::remove_dir_all(folder).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
