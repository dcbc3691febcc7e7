//! The handle of a started attempt: follow its phase, stop it, wait for its end.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::{Outcome, Refusal};

/// What an attempt is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Not yet at the task's command: "pulling image python:3.11", "installing scikit-learn".
    Preparing(String),
    /// The task's command runs.
    Running,
}

/// A started attempt. Dropping it does not end the attempt.
pub struct Running {
    log: PathBuf,
    phase: watch::Receiver<Phase>,
    stopper: Stopper,
    outcome: JoinHandle<Outcome>,
}

/// Stops an attempt; may be cloned and kept anywhere.
#[derive(Clone)]
pub struct Stopper {
    deadline: Arc<watch::Sender<Option<Instant>>>,
}

/// The attempt's own side of the handle.
pub(crate) struct Control {
    phase: watch::Sender<Phase>,
    deadline: watch::Receiver<Option<Instant>>,
}

impl Running {
    pub(crate) fn start<F>(log: PathBuf, attempt: impl FnOnce(Control) -> F) -> Self
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let (phase_sender, phase) = watch::channel(Phase::Preparing("starting".into()));
        let (deadline_sender, deadline) = watch::channel(None);
        let outcome = tokio::spawn(attempt(Control { phase: phase_sender, deadline }));
        Self { log, phase, stopper: Stopper { deadline: Arc::new(deadline_sender) }, outcome }
    }

    /// The log file: standard output and standard error as they came, appended to while the attempt runs.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// What it is doing; the channel closes when the attempt ends.
    pub fn phase(&self) -> watch::Receiver<Phase> {
        self.phase.clone()
    }

    /// What stops it.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Waits for the end. When this returns, no process of the attempt is left and its log is complete.
    pub async fn wait(self) -> Outcome {
        match self.outcome.await {
            Ok(outcome) => outcome,
            Err(error) => Outcome::not_started(Refusal::new(
                "sandbox.internal",
                format!("The sandbox itself failed: {error}"),
                "This is a bug of Dagwright; please report it",
            )),
        }
    }
}

impl Stopper {
    /// Asks all processes to end (SIGTERM) and ends those that still run after `grace` (SIGKILL). Returns at once; the
    /// attempt's end is told by [`Running::wait`]. Called again with less grace, it hastens the end.
    pub fn stop(&self, grace: Duration) {
        let wanted = Instant::now() + grace;
        self.deadline.send_if_modified(|deadline| match deadline {
            Some(earlier) if *earlier <= wanted => false,
            _ => {
                *deadline = Some(wanted);
                true
            }
        });
    }
}

impl Control {
    pub(crate) fn preparing(&self, what: impl Into<String>) {
        self.phase.send_replace(Phase::Preparing(what.into()));
    }

    pub(crate) fn running(&self) {
        self.phase.send_replace(Phase::Running);
    }

    /// Returns once a stop is wanted; never when every [`Stopper`] is gone.
    pub(crate) async fn stop_wanted(&self) {
        let mut deadline = self.deadline.clone();
        if deadline.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Returns at the moment after which nothing may be left running; never when no stop is wanted.
    pub(crate) async fn grace_is_over(&self) {
        let mut deadline = self.deadline.clone();
        loop {
            let at = *deadline.borrow_and_update();
            let changed = async {
                if deadline.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            match at {
                Some(at) => tokio::select! {
                    () = tokio::time::sleep_until(at) => return,
                    () = changed => {}
                },
                None => changed.await,
            }
        }
    }
}
