//! A run as facts and their fold: `RunEvent` → `RunState::apply`. The same fold runs in the backend and in the browser.
//! Times come in with the events; nothing here reads a clock. Illegal transitions are errors that name both sides.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A numbered past fact. Ids rise over all runs of a server; the SSE event id is this number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RunEvent {
    /// Global, rising, never reused.
    pub id: u64,
    /// The run's id.
    pub run: String,
    /// Milliseconds since 1970-01-01 UTC.
    pub time: u64,
    /// What happened.
    pub fact: RunFact,
}

/// What happened. Tasks are named by their slug in the Plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum RunFact {
    /// The engine took the run up for the first time.
    RunStarted,
    /// An attempt is being prepared: "pulling image", "installing scikit-learn", "creating the pod".
    TaskStarting {
        /// The task's slug.
        task: String,
        /// From 1.
        attempt: u32,
        /// What it is busy with.
        detail: String,
    },
    /// The attempt's program runs.
    TaskRunning {
        /// The task's slug.
        task: String,
        /// From 1.
        attempt: u32,
        /// Inputs as they are: port slug → what it holds.
        #[serde(default)]
        inputs: BTreeMap<String, PortValue>,
    },
    /// The task is done and its outputs are stored.
    TaskSucceeded {
        /// The task's slug.
        task: String,
        /// From 1.
        attempt: u32,
        /// Port slug → what it holds.
        outputs: BTreeMap<String, PortValue>,
    },
    /// An attempt failed.
    AttemptFailed {
        /// The task's slug.
        task: String,
        /// From 1.
        attempt: u32,
        /// The program's exit code, where it had one.
        exit_code: Option<i32>,
        /// Why, for people.
        message: String,
        /// When the next attempt starts (milliseconds since 1970), or `None`: the task has failed.
        retry_at: Option<u64>,
    },
    /// An attempt was cut by a crash of the server; another follows.
    AttemptLost {
        /// The task's slug.
        task: String,
        /// From 1.
        attempt: u32,
        /// Why, for people.
        message: String,
    },
    /// The task will not run.
    TaskSkipped {
        /// The task's slug.
        task: String,
        /// Why, for people.
        reason: String,
    },
    /// The task was stopped, running or not.
    TaskStopped {
        /// The task's slug.
        task: String,
    },
    /// The log of an attempt is stored.
    LogStored {
        /// The task's slug.
        task: String,
        /// From 1.
        attempt: u32,
        /// S3 key.
        key: String,
        /// Bytes.
        size: u64,
        /// Whether it is whole.
        complete: bool,
    },
    /// Somebody asked to stop.
    StopRequested {
        /// Who.
        by: String,
    },
    /// The run ended.
    RunFinished {
        /// How.
        phase: RunPhase,
        /// Why, for people; empty when it succeeded.
        message: String,
    },
}

/// What a port held in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PortValue {
    /// A parameter's text; cut at 4 KiB, with `size` of the whole.
    Parameter {
        /// The text.
        text: String,
        /// Bytes of the whole.
        size: u64,
    },
    /// An artifact in S3.
    Artifact {
        /// Key of the file, or prefix of the folder (without a trailing slash).
        key: String,
        /// Bytes in all.
        size: u64,
        /// Files in it; `None`: a single file.
        files: Option<u64>,
        /// Hex sha256 of a single file.
        sha256: Option<String>,
        /// The content of small `Metrics` and `ClassificationMetrics`, to be shown at once; at most 64 KiB.
        inline: Option<serde_json::Value>,
    },
}

/// Longest text of a parameter that an event holds, bytes.
const LONGEST_SHOWN: usize = 4096;

impl PortValue {
    /// A parameter's text as an event holds it: its beginning, with the size of the whole.
    pub fn parameter(text: &str) -> Self {
        let mut end = text.len().min(LONGEST_SHOWN);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Self::Parameter { text: String::from(&text[..end]), size: text.len() as u64 }
    }
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum RunPhase {
    /// Stored, not taken up yet.
    #[default]
    Waiting,
    /// Going on.
    Running,
    /// Stop was asked for.
    Stopping,
    /// All tasks succeeded.
    Succeeded,
    /// A task failed.
    Failed,
    /// Stopped by somebody.
    Stopped,
}

impl RunPhase {
    /// Whether nothing more will happen.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Stopped)
    }
}

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum TaskPhase {
    /// For another task, a free slot, or the next attempt.
    #[default]
    Waiting,
    /// Being prepared.
    Starting,
    /// Its program runs.
    Running,
    /// Done.
    Succeeded,
    /// Its last attempt failed.
    Failed,
    /// Will not run.
    Skipped,
    /// Stopped by somebody.
    Stopped,
}

impl TaskPhase {
    /// Whether nothing more will happen.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Skipped | Self::Stopped)
    }
}

/// A run: the fold of its events.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RunState {
    /// Where it stands.
    pub phase: RunPhase,
    /// Why it ended so.
    #[serde(default)]
    pub message: String,
    /// Milliseconds since 1970.
    pub started: Option<u64>,
    /// Milliseconds since 1970.
    pub finished: Option<u64>,
    /// Task slug → its state; tasks without an event are absent and Waiting.
    pub tasks: BTreeMap<String, TaskState>,
    /// Id of the last event folded in; 0: none.
    pub last_event: u64,
}

/// A task in a run.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TaskState {
    /// Where it stands.
    pub phase: TaskPhase,
    /// What it is busy with, why it waits, was skipped or failed.
    #[serde(default)]
    pub detail: String,
    /// Every attempt, from the first.
    pub attempts: Vec<AttemptState>,
    /// Port slug → what it held.
    #[serde(default)]
    pub inputs: BTreeMap<String, PortValue>,
    /// Port slug → what it holds.
    #[serde(default)]
    pub outputs: BTreeMap<String, PortValue>,
    /// When the next attempt starts, milliseconds since 1970.
    #[serde(default)]
    pub retry_at: Option<u64>,
    /// When it came to its end without an attempt (skipped, stopped), milliseconds since 1970.
    #[serde(default)]
    pub finished: Option<u64>,
}

/// One attempt of a task.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AttemptState {
    /// When it began to be prepared, milliseconds since 1970.
    pub starting: u64,
    /// When its program began.
    pub running: Option<u64>,
    /// When it ended.
    pub finished: Option<u64>,
    /// Where it stands; `Waiting` never occurs.
    pub phase: TaskPhase,
    /// The program's exit code.
    pub exit_code: Option<i32>,
    /// Why it failed, or was lost.
    #[serde(default)]
    pub message: String,
    /// Whether a crash of the server cut it: it does not count against the task's retries.
    #[serde(default)]
    pub lost: bool,
    /// S3 key of its log, once stored.
    pub log_key: Option<String>,
    /// Bytes of its stored log.
    #[serde(default)]
    pub log_size: u64,
    /// Whether the stored log is whole.
    #[serde(default)]
    pub log_complete: bool,
}

/// An event that does not follow from the state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IllegalTransition {
    /// After the end.
    #[error("event {event}: {fact} after the run ended as {phase:?}")]
    RunEnded {
        /// The event's id.
        event: u64,
        /// What it says.
        fact: String,
        /// How the run had ended.
        phase: RunPhase,
    },
    /// A task's phase forbids it.
    #[error("event {event}: task {task} is {from:?} and cannot become {to:?}")]
    Task {
        /// The event's id.
        event: u64,
        /// The task's slug.
        task: String,
        /// Its phase.
        from: TaskPhase,
        /// The phase that the event asks for.
        to: TaskPhase,
    },
    /// An attempt out of order.
    #[error("event {event}: task {task} has {known} attempts, so attempt {attempt} cannot be")]
    Attempt {
        /// The event's id.
        event: u64,
        /// The task's slug.
        task: String,
        /// Attempts known.
        known: usize,
        /// The attempt that the event names.
        attempt: u32,
    },
}

impl RunState {
    /// Folds one event in. Events already folded (`id <= last_event`) change nothing. On an error the state is as before.
    pub fn apply(&mut self, event: &RunEvent) -> Result<(), IllegalTransition> {
        if event.id <= self.last_event {
            return Ok(());
        }
        let late = matches!(event.fact, RunFact::LogStored { .. });
        if self.phase.is_final() && !late {
            let fact = format!("{:?}", event.fact);
            return Err(IllegalTransition::RunEnded { event: event.id, fact, phase: self.phase });
        }
        match &event.fact {
            RunFact::RunStarted => {
                self.phase = RunPhase::Running;
                self.started.get_or_insert(event.time);
            }
            RunFact::StopRequested { .. } => self.phase = RunPhase::Stopping,
            RunFact::RunFinished { phase, message } => {
                self.phase = *phase;
                self.message.clone_from(message);
                self.finished = Some(event.time);
            }
            RunFact::TaskStarting { task, attempt, detail } => self.starting(event, task, *attempt, detail)?,
            RunFact::TaskRunning { task, attempt, inputs } => {
                let state = self.attempt(event, task, *attempt, &[TaskPhase::Starting], TaskPhase::Running)?;
                state.inputs.clone_from(inputs);
                state.detail.clear();
                if let Some(last) = state.attempts.last_mut() {
                    last.running = Some(event.time);
                }
            }
            RunFact::TaskSucceeded { task, attempt, outputs } => {
                let from = [TaskPhase::Starting, TaskPhase::Running];
                let state = self.attempt(event, task, *attempt, &from, TaskPhase::Succeeded)?;
                state.outputs.clone_from(outputs);
                state.detail.clear();
                if let Some(last) = state.attempts.last_mut() {
                    last.finished = Some(event.time);
                    last.exit_code = Some(0);
                }
            }
            RunFact::AttemptFailed { task, attempt, exit_code, message, retry_at } => {
                let from = [TaskPhase::Starting, TaskPhase::Running];
                let state = self.attempt(event, task, *attempt, &from, TaskPhase::Failed)?;
                state.detail.clone_from(message);
                state.retry_at = *retry_at;
                if retry_at.is_some() {
                    state.phase = TaskPhase::Waiting;
                }
                if let Some(last) = state.attempts.last_mut() {
                    last.finished = Some(event.time);
                    last.exit_code = *exit_code;
                    last.message.clone_from(message);
                }
            }
            RunFact::AttemptLost { task, attempt, message } => {
                let from = [TaskPhase::Starting, TaskPhase::Running];
                let state = self.attempt(event, task, *attempt, &from, TaskPhase::Failed)?;
                state.phase = TaskPhase::Waiting;
                state.detail.clone_from(message);
                if let Some(last) = state.attempts.last_mut() {
                    last.finished = Some(event.time);
                    last.message.clone_from(message);
                    last.lost = true;
                }
            }
            RunFact::TaskSkipped { task, reason } => {
                let state = self.ended(event, task, &[TaskPhase::Waiting], TaskPhase::Skipped)?;
                state.detail.clone_from(reason);
            }
            RunFact::TaskStopped { task } => {
                let from = [TaskPhase::Waiting, TaskPhase::Starting, TaskPhase::Running];
                self.ended(event, task, &from, TaskPhase::Stopped)?;
            }
            RunFact::LogStored { task, attempt, key, size, complete } => {
                let state = self.tasks.entry(task.clone()).or_default();
                let known = state.attempts.len();
                let Some(found) = (*attempt as usize).checked_sub(1).and_then(|index| state.attempts.get_mut(index))
                else {
                    let task = task.clone();
                    return Err(IllegalTransition::Attempt { event: event.id, task, known, attempt: *attempt });
                };
                found.log_key = Some(key.clone());
                found.log_size = *size;
                found.log_complete = *complete;
            }
        }
        self.last_event = event.id;
        Ok(())
    }

    fn starting(&mut self, event: &RunEvent, task: &str, attempt: u32, detail: &str) -> Result<(), IllegalTransition> {
        let state = self.tasks.entry(String::from(task)).or_default();
        let known = state.attempts.len();
        let next = attempt as usize == known + 1 && state.phase == TaskPhase::Waiting;
        let again = attempt as usize == known && state.phase == TaskPhase::Starting;
        if !next && !again {
            let task = String::from(task);
            if state.phase != TaskPhase::Waiting && state.phase != TaskPhase::Starting {
                let to = TaskPhase::Starting;
                return Err(IllegalTransition::Task { event: event.id, task, from: state.phase, to });
            }
            return Err(IllegalTransition::Attempt { event: event.id, task, known, attempt });
        }
        state.phase = TaskPhase::Starting;
        state.detail = String::from(detail);
        state.retry_at = None;
        if next {
            let phase = TaskPhase::Starting;
            state.attempts.push(AttemptState { starting: event.time, phase, ..AttemptState::default() });
        }
        Ok(())
    }

    /// Moves a task and its last attempt, which must be `attempt`, to a phase.
    fn attempt(
        &mut self,
        event: &RunEvent,
        task: &str,
        attempt: u32,
        from: &[TaskPhase],
        to: TaskPhase,
    ) -> Result<&mut TaskState, IllegalTransition> {
        let state = self.tasks.entry(String::from(task)).or_default();
        if !from.contains(&state.phase) {
            return Err(IllegalTransition::Task { event: event.id, task: String::from(task), from: state.phase, to });
        }
        let known = state.attempts.len();
        match state.attempts.last_mut() {
            Some(last) if known == attempt as usize => last.phase = to,
            _ => return Err(IllegalTransition::Attempt { event: event.id, task: String::from(task), known, attempt }),
        }
        state.phase = to;
        Ok(state)
    }

    /// Ends a task that may have no attempt.
    fn ended(
        &mut self,
        event: &RunEvent,
        task: &str,
        from: &[TaskPhase],
        to: TaskPhase,
    ) -> Result<&mut TaskState, IllegalTransition> {
        let state = self.tasks.entry(String::from(task)).or_default();
        if !from.contains(&state.phase) {
            return Err(IllegalTransition::Task { event: event.id, task: String::from(task), from: state.phase, to });
        }
        if state.phase != TaskPhase::Waiting
            && let Some(last) = state.attempts.last_mut()
        {
            last.phase = to;
            last.finished = Some(event.time);
        }
        state.phase = to;
        state.retry_at = None;
        state.finished = Some(event.time);
        Ok(state)
    }

    /// The phase of a task, Waiting where nothing is known.
    pub fn task_phase(&self, slug: &str) -> TaskPhase {
        self.tasks.get(slug).map_or(TaskPhase::Waiting, |task| task.phase)
    }
}
