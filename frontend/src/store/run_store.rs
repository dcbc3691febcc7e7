//! A run as signals: the Plan, and the fold of its events, one signal a task. The same fold as the server's; no I/O, the
//! current time comes in.

use super::keyed::Keyed;
use crate::ui::format;
use crate::ui::state_mark::{StateLook, task_look};
use dagwright_editor::content::value_text;
use dagwright_editor::scene::Side;
use dagwright_shared::plan::Plan;
use dagwright_shared::run::{IllegalTransition, PortValue, RunEvent, RunFact, RunState, TaskPhase, TaskState};
use dagwright_texts::t;
use leptos::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// What a node shows of its task's run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunNode {
    /// Icon and word of the state.
    pub look: StateLook,
    /// More, on hover: why it waits, what it is busy with, why it failed.
    pub title: String,
    /// How long it took, or has been going.
    pub time: String,
    /// Whether nothing more will happen to the task.
    pub ended: bool,
    /// How much is done, from 0 to 1, where that is known.
    pub progress: Option<f64>,
    /// Input name, as written → its value in a few words.
    pub inputs: BTreeMap<String, String>,
    /// Output name, as written → its value in a few words.
    pub outputs: BTreeMap<String, String>,
}

impl RunNode {
    /// The value of a port in a few words, once there is one.
    pub fn value(&self, side: Side, port: &str) -> Option<&str> {
        let values = match side {
            Side::Input => &self.inputs,
            Side::Output => &self.outputs,
        };
        values.get(port).map(String::as_str)
    }
}

/// A run on the canvas; clones are handles on the same one.
#[derive(Clone)]
pub struct RunStore(Arc<Inner>);

struct Inner {
    plan: Plan,
    slugs: HashMap<String, String>,
    state: RwLock<RunState>,
    tasks: Keyed<String, RunNode>,
    events: ArcRwSignal<u64>,
    now: ArcRwSignal<u64>,
}

impl RunStore {
    /// Opens a run as the server told it. `now` is in milliseconds since 1970.
    pub fn open(plan: Plan, state: RunState, now: u64) -> Self {
        let slugs = plan.tasks.iter().map(|task| (task.name.clone(), task.slug.clone())).collect();
        let events = ArcRwSignal::new(state.last_event);
        Self(Arc::new(Inner {
            plan,
            slugs,
            state: RwLock::new(state),
            tasks: Keyed::default(),
            events,
            now: ArcRwSignal::new(now),
        }))
    }

    /// Folds an event in and wakes the task that it is about.
    ///
    /// # Errors
    /// When the event does not follow from the state: something was missed, the run is to be fetched again.
    pub fn apply(&self, event: &RunEvent) -> Result<(), IllegalTransition> {
        let applied = self.0.state.write().unwrap_or_else(PoisonError::into_inner).apply(event);
        applied?;
        match task_of(&event.fact) {
            Some(slug) => {
                self.refresh(slug);
                // Those that wait for it say so.
                let waiting =
                    self.0.plan.tasks.iter().filter(|task| task.dependencies.iter().any(|other| other == slug));
                waiting.for_each(|task| self.refresh(&task.slug));
            }
            None => self.refresh_all(),
        }
        self.0.events.set(event.id);
        Ok(())
    }

    /// Takes up the run anew, as the server tells it.
    pub fn replace(&self, state: RunState) {
        let id = state.last_event;
        *self.0.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        self.refresh_all();
        self.0.events.set(id);
    }

    /// Sets the current time, in milliseconds since 1970; wakes only what is going on.
    pub fn tick(&self, now: u64) {
        self.0.now.set(now);
        let going: Vec<String> = {
            let state = self.read();
            let tasks = state.tasks.iter();
            let going = |phase| matches!(phase, TaskPhase::Starting | TaskPhase::Running);
            tasks.filter(|(_, task)| going(task.phase)).map(|(slug, _)| slug.clone()).collect()
        };
        going.iter().for_each(|slug| self.refresh(slug));
    }

    /// The current time as last set.
    pub fn now(&self) -> ArcReadSignal<u64> {
        self.0.now.read_only()
    }

    /// What is run.
    pub fn plan(&self) -> &Plan {
        &self.0.plan
    }

    /// A task's slug by its name as written.
    pub fn slug(&self, name: &str) -> Option<&str> {
        self.0.slugs.get(name).map(String::as_str)
    }

    /// Reads the state, subscribing to every event.
    pub fn with<T>(&self, read: impl FnOnce(&RunState) -> T) -> T {
        self.0.events.track();
        read(&self.read())
    }

    /// Reads the state without subscribing.
    pub fn with_untracked<T>(&self, read: impl FnOnce(&RunState) -> T) -> T {
        read(&self.read())
    }

    /// What a node shows of its task's run, by the task's name as written.
    pub fn task(&self, name: &str) -> ArcReadSignal<RunNode> {
        self.0.tasks.signal(&String::from(name), || self.node_now(name)).read_only()
    }

    fn refresh(&self, slug: &str) {
        if let Some(task) = self.0.plan.task(slug) {
            self.0.tasks.set(&task.name, || self.node_now(&task.name));
        }
    }

    fn refresh_all(&self) {
        for name in self.0.tasks.keys() {
            self.0.tasks.set(&name, || self.node_now(&name));
        }
    }

    fn node_now(&self, name: &str) -> RunNode {
        let now = self.0.now.get_untracked();
        let state = self.read();
        let absent = TaskState::default();
        let task = self.slug(name).and_then(|slug| state.tasks.get(slug)).unwrap_or(&absent);
        run_node(&self.0.plan, &state, name, task, now)
    }

    fn read(&self) -> RwLockReadGuard<'_, RunState> {
        self.0.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn run_node(plan: &Plan, state: &RunState, name: &str, task: &TaskState, now: u64) -> RunNode {
    let planned = plan.tasks.iter().find(|planned| planned.name == name);
    let template = planned.and_then(|planned| plan.template(&planned.template));
    let attempts = task.attempts.len();
    let title = match task.phase {
        TaskPhase::Waiting if task.detail.is_empty() => {
            let waits = planned.into_iter().flat_map(|planned| &planned.dependencies);
            let waits: Vec<&str> = waits
                .filter(|slug| state.task_phase(slug) != TaskPhase::Succeeded)
                .map(|slug| plan.task(slug).map_or(slug.as_str(), |task| task.name.as_str()))
                .collect();
            if waits.is_empty() {
                String::from(t!("for a free slot"))
            } else {
                t!("for {tasks}", tasks = waits.join(", "))
            }
        }
        TaskPhase::Running if attempts > 1 => t!("attempt {attempts}", attempts),
        _ => task.detail.clone(),
    };
    let last = task.attempts.last();
    let time = last.map(|last| {
        let end = last.finished.unwrap_or(now);
        format::duration(end.saturating_sub(last.running.unwrap_or(last.starting)))
    });
    let name_of_input =
        |slug: &String| template?.inputs.iter().find(|port| port.slug == *slug).map(|port| port.name.clone());
    let name_of_output =
        |slug: &String| template?.outputs.iter().find(|port| port.slug == *slug).map(|port| port.name.clone());
    let inputs = task.inputs.iter().filter_map(|(slug, value)| Some((name_of_input(slug)?, port_words(value))));
    let outputs = task.outputs.iter().filter_map(|(slug, value)| Some((name_of_output(slug)?, port_words(value))));
    RunNode {
        look: task_look(task.phase),
        title,
        time: time.unwrap_or_default(),
        ended: task.phase.is_final(),
        progress: None,
        inputs: inputs.collect(),
        outputs: outputs.collect(),
    }
}

/// What a port holds, in the few words that a row has room for.
pub fn port_words(value: &PortValue) -> String {
    match value {
        PortValue::Parameter { text, .. } => value_text(&Value::String(text.clone())),
        PortValue::Artifact { size, files, inline, .. } => {
            if let Some(words) = inline.as_ref().and_then(metrics_words) {
                return words;
            }
            match files {
                Some(files) => format!("{}, {}", format::files(*files), format::bytes(*size)),
                None => format::bytes(*size),
            }
        }
    }
}

/// `accuracy 0.969` of metrics, `10 × 10` of a confusion matrix.
fn metrics_words(inline: &Value) -> Option<String> {
    let object = inline.as_object()?;
    if let Some(rows) = object.get("confusionMatrix").and_then(|matrix| matrix.get("rows")).and_then(Value::as_array) {
        return Some(format!("{0} × {0}", rows.len()));
    }
    if let Some(points) = object.get("confidenceMetrics").and_then(Value::as_array) {
        return Some(match points.len() {
            1 => String::from(t!("1 point")),
            count => t!("{count} points", count),
        });
    }
    let (name, value) = object.iter().find_map(|(name, value)| Some((name, value.as_f64()?)))?;
    Some(format!("{name} {}", format::metric(value)))
}

fn task_of(fact: &RunFact) -> Option<&str> {
    match fact {
        RunFact::TaskStarting { task, .. }
        | RunFact::TaskRunning { task, .. }
        | RunFact::TaskSucceeded { task, .. }
        | RunFact::AttemptFailed { task, .. }
        | RunFact::AttemptLost { task, .. }
        | RunFact::TaskSkipped { task, .. }
        | RunFact::TaskStopped { task }
        | RunFact::LogStored { task, .. } => Some(task),
        RunFact::RunStarted | RunFact::StopRequested { .. } | RunFact::RunFinished { .. } => None,
    }
}
