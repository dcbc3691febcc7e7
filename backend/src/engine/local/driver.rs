//! Drives one run: sees, asks `decide`, does as told, and appends facts before it acts on them. One task a run.
//! Must hold no rule of its own about what follows what.

use super::Shared;
use super::attempt::{LogEnd, carry_out, remove_folder, store_log};
use super::decide::{Action, Ended, Observed, StoredLog, decide};
use super::job::Job;
use crate::clock::now;
use crate::engine::Urgency;
use crate::engine::masks::Masks;
use crate::store::{AppendError, VolumeLifetime};
use dagwright_shared::plan::Plan;
use dagwright_shared::run::{PortValue, RunFact, RunPhase, RunState, TaskPhase, TaskState};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};

/// What a stopped program gets to end by itself: with all else, Stop takes less than 5 s.
const GRACE: Duration = Duration::from_secs(3);
/// Wait before facts that the database did not take are tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// What reaches a driver.
pub(super) enum Message {
    /// An attempt is busy with something before its program runs.
    Preparing { task: String, attempt: u32, detail: String },
    /// An attempt's program runs.
    Running { task: String, attempt: u32, inputs: BTreeMap<String, PortValue> },
    /// An attempt has ended.
    Ended(Ended),
    /// Somebody wants the run stopped.
    Stop { by: String, urgency: Urgency },
}

struct InHand {
    attempt: u32,
    stop: watch::Sender<Option<Duration>>,
    _slot: Option<OwnedSemaphorePermit>,
}

pub(super) struct Driver {
    shared: Arc<Shared>,
    run: String,
    plan: Arc<Plan>,
    volumes: Arc<BTreeMap<String, PathBuf>>,
    state: RunState,
    in_hand: HashMap<String, InHand>,
    slots: Vec<OwnedSemaphorePermit>,
    ended: Vec<Ended>,
    stop_at_once: bool,
    messages: mpsc::UnboundedReceiver<Message>,
    sender: mpsc::UnboundedSender<Message>,
}

/// Facts could not be stored, and waiting did not help or cannot.
struct Halt;

impl Driver {
    pub(super) fn new(
        shared: Arc<Shared>,
        run: String,
        plan: Plan,
        volumes: BTreeMap<String, PathBuf>,
        state: RunState,
    ) -> (Self, mpsc::UnboundedSender<Message>) {
        let (sender, messages) = mpsc::unbounded_channel();
        let driver = Self {
            shared,
            run,
            plan: Arc::new(plan),
            volumes: Arc::new(volumes),
            state,
            in_hand: HashMap::new(),
            slots: Vec::new(),
            ended: Vec::new(),
            stop_at_once: false,
            messages,
            sender: sender.clone(),
        };
        (driver, sender)
    }

    /// Drives the run to its end, or until the server stops.
    pub(super) async fn drive(mut self) {
        if self.salvage().await.is_ok() && self.work().await.is_ok() && self.state.phase.is_final() {
            self.clear_away().await;
        }
        self.let_go().await;
    }

    async fn work(&mut self) -> Result<(), Halt> {
        let stop = self.shared.stop.clone();
        while !stop.is_cancelled() {
            let observed = Observed {
                now: now(),
                slots: self.slots.len(),
                alive: self.in_hand.keys().cloned().collect(),
                ended: self.ended.clone(),
                stop_at_once: self.stop_at_once,
            };
            let actions = decide(&self.plan, &self.state, &observed);
            let (mut facts, mut starts, mut wants, mut wake) = (Vec::new(), Vec::new(), false, None);
            for action in actions {
                match action {
                    Action::Record(fact) => facts.push(fact),
                    Action::Start { task, attempt } => {
                        let detail = String::new();
                        facts.push(RunFact::TaskStarting { task: task.clone(), attempt, detail });
                        starts.push((task, attempt));
                    }
                    Action::Stop { task, at_once } => self.stop_attempt(&task, at_once),
                    Action::WantSlot => wants = true,
                    Action::WakeAt(at) => wake = Some(at),
                }
            }
            if !facts.is_empty() {
                self.append(facts).await?;
                self.ended.clear();
                for (task, attempt) in starts {
                    self.start_attempt(task, attempt);
                }
                continue;
            }
            if self.state.phase.is_final() {
                return Ok(());
            }
            if wants && let Ok(slot) = Arc::clone(&self.shared.slots).try_acquire_owned() {
                self.slots.push(slot);
                continue;
            }
            if !wants {
                // Nobody waits for what nobody needs.
                self.slots.clear();
            }
            tokio::select! {
                message = self.messages.recv() => self.take(message).await?,
                slot = Arc::clone(&self.shared.slots).acquire_owned(), if wants => self.slots.extend(slot.ok()),
                () = sleep_until(wake) => {}
                () = stop.cancelled() => {}
            }
        }
        Ok(())
    }

    async fn take(&mut self, message: Option<Message>) -> Result<(), Halt> {
        let Some(message) = message else { return Err(Halt) };
        let current = |driver: &Self, task: &str, attempt| {
            driver.in_hand.get(task).is_some_and(|in_hand| in_hand.attempt == attempt)
        };
        match message {
            Message::Preparing { task, attempt, detail } if current(self, &task, attempt) => {
                if self.state.task_phase(&task) == TaskPhase::Starting {
                    self.append(vec![RunFact::TaskStarting { task, attempt, detail }]).await?;
                }
            }
            Message::Running { task, attempt, inputs } if current(self, &task, attempt) => {
                if self.state.task_phase(&task) == TaskPhase::Starting {
                    self.append(vec![RunFact::TaskRunning { task, attempt, inputs }]).await?;
                }
            }
            Message::Ended(ended) if current(self, &ended.task, ended.attempt) => {
                self.in_hand.remove(&ended.task);
                self.ended.push(ended);
            }
            Message::Stop { by, urgency } => {
                self.stop_at_once |= urgency == Urgency::AtOnce || self.state.phase == RunPhase::Stopping;
                if matches!(self.state.phase, RunPhase::Running | RunPhase::Waiting) {
                    self.append(vec![RunFact::StopRequested { by }]).await?;
                }
            }
            Message::Preparing { .. } | Message::Running { .. } | Message::Ended(_) => {}
        }
        Ok(())
    }

    fn start_attempt(&mut self, task: String, attempt: u32) {
        let upstream = self.state.tasks.iter().flat_map(|(slug, task)| {
            task.outputs.iter().map(move |(output, value)| ((slug.clone(), output.clone()), value.clone()))
        });
        let job = Job {
            run: self.run.clone(),
            plan: Arc::clone(&self.plan),
            task: task.clone(),
            attempt,
            upstream: upstream.collect(),
            volumes: Arc::clone(&self.volumes),
        };
        let (stop, signal) = watch::channel(None);
        self.in_hand.insert(task, InHand { attempt, stop, _slot: self.slots.pop() });
        self.shared.attempts.spawn(carry_out(Arc::clone(&self.shared), job, signal, self.sender.clone()));
    }

    fn stop_attempt(&self, task: &str, at_once: bool) {
        if let Some(in_hand) = self.in_hand.get(task) {
            let grace = if at_once { Duration::ZERO } else { GRACE };
            in_hand.stop.send_if_modified(|wanted| {
                // Told once; a second time only to hasten.
                let changes = wanted.is_none_or(|known| grace < known);
                if changes {
                    *wanted = Some(grace);
                }
                changes
            });
        }
    }

    /// Stores facts and folds them. Waits while the database cannot take them.
    async fn append(&mut self, facts: Vec<RunFact>) -> Result<(), Halt> {
        loop {
            match self.shared.store.append(&self.run, now(), facts.clone()).await {
                Ok(events) => {
                    for event in events {
                        if let Err(error) = self.state.apply(&event) {
                            tracing::error!("run {}: {error}", self.run);
                            return Err(Halt);
                        }
                        if let RunFact::TaskSucceeded { task, attempt, .. }
                        | RunFact::AttemptFailed { task, attempt, .. } = &event.fact
                        {
                            self.forget_attempt(task, *attempt);
                        }
                    }
                    return Ok(());
                }
                Err(AppendError::Store(error)) => {
                    tracing::error!("run {} waits, since its events cannot be stored: {error}", self.run);
                    tokio::select! {
                        () = tokio::time::sleep(AGAIN) => {}
                        () = self.shared.stop.cancelled() => return Err(Halt),
                    }
                }
                Err(error) => {
                    tracing::error!("run {} stands still: {error}", self.run);
                    return Err(Halt);
                }
            }
        }
    }

    /// The attempt's folder is no longer needed: its log and outputs are in S3 and in the events.
    fn forget_attempt(&self, task: &str, attempt: u32) {
        self.shared.live.close(&self.run, task, attempt);
        let folder = self.shared.attempt_folder(&self.run, task, attempt);
        self.shared.attempts.spawn(async move {
            if let Err(error) = remove_folder(&folder).await {
                tracing::warn!("cannot remove {}: {error}", folder.display());
            }
        });
    }

    /// After a crash: what cut attempts had written so far is kept.
    async fn salvage(&mut self) -> Result<(), Halt> {
        let going = |task: &&(&String, &TaskState)| matches!(task.1.phase, TaskPhase::Starting | TaskPhase::Running);
        let going = self.state.tasks.iter().filter(|task| going(&task));
        let going: Vec<_> = going.map(|(slug, task)| (slug.clone(), task.attempts.len() as u32)).collect();
        let mut facts = Vec::new();
        for (task, attempt) in going {
            let masks = Masks::of_task(&self.plan, &task, &self.shared.secrets);
            let log = store_log(&self.shared, &self.run, &task, attempt, &masks, LogEnd::Cut).await;
            if let Some(StoredLog { key, size, complete }) = log {
                facts.push(RunFact::LogStored { task: task.clone(), attempt, key, size, complete });
            }
            let _ = remove_folder(&self.shared.attempt_folder(&self.run, &task, attempt)).await;
        }
        if facts.is_empty() { Ok(()) } else { self.append(facts).await }
    }

    /// At the end of the run: its folders and the volumes that were made for it.
    async fn clear_away(&self) {
        for task in self.state.tasks.keys() {
            let attempts = self.state.tasks.get(task).map_or(0, |task| task.attempts.len() as u32);
            for attempt in 1..=attempts {
                self.shared.live.close(&self.run, task, attempt);
            }
        }
        let folder = self.shared.run_folder(&self.run);
        if let Err(error) = remove_folder(&folder).await {
            tracing::warn!("cannot remove {}: {error}", folder.display());
        }
        match self.shared.store.volumes_of_run(&self.run).await {
            Ok(volumes) => {
                for volume in volumes.iter().filter(|volume| volume.lifetime == VolumeLifetime::Run) {
                    if let Err(error) = self.shared.volumes.delete(volume).await {
                        tracing::warn!("the volume {} was not removed: {error}", volume.id);
                    }
                }
            }
            Err(error) => tracing::warn!("the run's volumes were not removed: {error}"),
        }
    }

    /// The server stops, or the run cannot go on: its attempts end; the log has them as going, so they start again.
    async fn let_go(&mut self) {
        for in_hand in self.in_hand.values() {
            in_hand.stop.send_replace(Some(Duration::from_secs(1)));
        }
        while !self.in_hand.is_empty() {
            match self.messages.recv().await {
                Some(Message::Ended(ended)) => {
                    self.in_hand.remove(&ended.task);
                }
                Some(_) => {}
                None => return,
            }
        }
    }
}

async fn sleep_until(at: Option<u64>) {
    match at {
        Some(at) => tokio::time::sleep(Duration::from_millis(at.saturating_sub(now()))).await,
        None => std::future::pending().await,
    }
}
