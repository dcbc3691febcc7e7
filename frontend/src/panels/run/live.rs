//! A run while it is looked at: the Plan, the one fold of what has come so far (the canvas reads the same), and the events.

use crate::net::client::{self, segment};
use crate::net::events::{self, Message};
use crate::store::run_store::RunStore;
use crate::ui::clock;
use dagwright_shared::api::RunDetail;
use dagwright_shared::plan::{Plan, PlanTemplate};
use dagwright_shared::run::{RunEvent, RunPhase, RunState, TaskPhase, TaskState};
use dagwright_texts::t;
use leptos::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// Between two looks at the clock.
const TICK: Duration = Duration::from_millis(500);

/// A run's signals. Copied freely; lives as long as its page.
#[derive(Clone, Copy)]
pub struct LiveRun {
    /// As the server gave it; `state` in it is not renewed.
    pub detail: StoredValue<Arc<RunDetail>>,
    run: StoredValue<RunStore>,
    /// Events seen while the page is open, oldest first.
    pub events: RwSignal<Vec<RunEvent>>,
    /// Whether the event stream stands.
    pub connected: RwSignal<bool>,
    /// The clock, ticking while the run goes on.
    pub now: ReadSignal<u64>,
}

impl LiveRun {
    /// From the server's answer.
    pub fn new(detail: RunDetail, now: ReadSignal<u64>) -> Self {
        let run = RunStore::open(detail.plan.clone(), detail.state.clone(), now.get_untracked());
        let run = StoredValue::new(run);
        let detail = StoredValue::new(Arc::new(detail));
        Effect::new(move |_| run.with_value(|run| run.tick(now.get())));
        Self { detail, run, events: RwSignal::new(Vec::new()), connected: RwSignal::new(true), now }
    }

    /// The same, followed: events as they come, and a clock that ticks while it goes on.
    pub fn open(detail: RunDetail) -> Self {
        let live = Self::new(detail, clock::ticking(TICK));
        follow(live);
        live
    }

    /// Folds an event in. Events of other runs and repeated ones change nothing; `false` asks for a new snapshot.
    pub fn apply(&self, event: &RunEvent) -> bool {
        let run = self.run.get_value();
        if event.run != self.id() || run.with_untracked(|state| event.id <= state.last_event) {
            return true;
        }
        let fine = run.apply(event).is_ok();
        self.events.update(|events| events.push(event.clone()));
        fine
    }

    /// Takes a newer snapshot; nothing where the page is gone by now.
    pub fn replace(&self, state: RunState) {
        let Some(run) = self.run.try_get_value() else { return };
        if run.with_untracked(|old| state.last_event >= old.last_event && *old != state) {
            run.replace(state);
        }
    }

    /// The run as the canvas reads it.
    pub fn store(&self) -> RunStore {
        self.run.get_value()
    }

    /// Reads the fold, subscribing to every event.
    pub fn with_state<T>(&self, read: impl FnOnce(&RunState) -> T) -> T {
        self.run.with_value(|run| run.with(read))
    }

    /// Reads the fold without subscribing.
    pub fn with_state_untracked<T>(&self, read: impl FnOnce(&RunState) -> T) -> T {
        self.run.with_value(|run| run.with_untracked(read))
    }

    /// The run's id.
    pub fn id(&self) -> String {
        self.detail.with_value(|detail| detail.summary.id.clone())
    }

    /// The Plan.
    pub fn with_plan<T>(&self, read: impl FnOnce(&Plan) -> T) -> T {
        self.detail.with_value(|detail| read(&detail.plan))
    }

    /// The template of a task.
    pub fn template(&self, task: &str) -> Option<PlanTemplate> {
        self.with_plan(|plan| plan.task(task).and_then(|task| plan.template(&task.template)).cloned())
    }

    /// Whether a task of the document as it was run is a Python function.
    pub fn is_python(&self, task: &str) -> bool {
        self.detail.with_value(|detail| {
            let key = detail.document.get("tasks").and_then(|tasks| tasks.get(task)?.get("component")?.as_str());
            let component = key.and_then(|key| detail.document.get("components")?.get(key));
            component.is_some_and(|component| component.pointer("/implementation/python").is_some())
        })
    }

    /// Where the run stands.
    pub fn phase(&self) -> Memo<RunPhase> {
        let live = *self;
        Memo::new(move |_| live.with_state(|state| state.phase))
    }

    /// A task's state; wakes only when it changes.
    pub fn task(&self, slug: String) -> Memo<TaskState> {
        let live = *self;
        Memo::new(move |_| live.with_state(|state| state.tasks.get(&slug).cloned().unwrap_or_default()))
    }

    /// How many tasks are in a state; waiting are also those that nothing was heard of.
    pub fn count(&self, phase: TaskPhase) -> usize {
        let slugs = |plan: &Plan, state: &RunState| {
            plan.tasks.iter().filter(|task| state.task_phase(&task.slug) == phase).count()
        };
        self.with_plan(|plan| self.with_state(|state| slugs(plan, state)))
    }
}

/// Follows the run: events as they come, a fresh snapshot whenever the connection stands again.
fn follow(live: LiveRun) {
    let id = live.id();
    let snapshot = move || {
        let address = format!("/api/runs/{}", segment(&id));
        leptos::task::spawn_local(async move {
            if let Ok(detail) = client::get::<RunDetail>(&address).await {
                live.replace(detail.state);
            }
        });
    };
    events::listen(move |message| match message {
        Message::Run(event) => {
            if !live.apply(event) {
                snapshot();
            }
        }
        Message::Connected(up) => {
            live.connected.set(*up);
            if *up {
                snapshot();
            }
        }
        Message::Log(_) | Message::Watch { .. } => {}
    });
}

/// Milliseconds that a task took or has taken: its last attempt, from when its program ran.
pub fn took(task: &TaskState, now: u64) -> Option<u64> {
    let last = task.attempts.last()?;
    let from = last.running.unwrap_or(last.starting);
    Some(last.finished.unwrap_or(now).saturating_sub(from))
}

/// Why a task waits, in words: for which tasks, or for a free slot.
pub fn waiting_for(live: &LiveRun, slug: &str) -> String {
    let open = live.with_plan(|plan| {
        let dependencies = plan.task(slug).map(|task| task.dependencies.clone()).unwrap_or_default();
        let open = dependencies
            .into_iter()
            .filter(|slug| live.with_state(|state| state.task_phase(slug)) != TaskPhase::Succeeded);
        open.filter_map(|slug| plan.task(&slug).map(|task| task.name.clone())).collect::<Vec<_>>()
    });
    if open.is_empty() { String::from(t!("for a free slot")) } else { t!("for {tasks}", tasks = open.join(", ")) }
}
