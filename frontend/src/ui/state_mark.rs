//! A state: always icon and word, colour only helps (design README, "States").

use super::icon::href;
use dagwright_shared::run::{RunPhase, TaskPhase};
use leptos::prelude::*;

/// How a state looks: icon and class share the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateLook {
    /// The icon's name and, after `s-`, the class.
    pub name: &'static str,
    /// The word.
    pub word: &'static str,
}

/// A task's look.
pub fn task_look(phase: TaskPhase) -> StateLook {
    match phase {
        TaskPhase::Waiting => StateLook { name: "waiting", word: "Waiting" },
        TaskPhase::Starting => StateLook { name: "starting", word: "Starting" },
        TaskPhase::Running => StateLook { name: "running", word: "Running" },
        TaskPhase::Succeeded => StateLook { name: "succeeded", word: "Succeeded" },
        TaskPhase::Failed => StateLook { name: "failed", word: "Failed" },
        TaskPhase::Skipped => StateLook { name: "skipped", word: "Skipped" },
        TaskPhase::Stopped => StateLook { name: "stopped", word: "Stopped" },
    }
}

/// A run's look.
pub fn run_look(phase: RunPhase) -> StateLook {
    match phase {
        RunPhase::Waiting => StateLook { name: "waiting", word: "Waiting" },
        RunPhase::Running => StateLook { name: "running", word: "Running" },
        RunPhase::Stopping => StateLook { name: "running", word: "Stopping" },
        RunPhase::Succeeded => StateLook { name: "succeeded", word: "Succeeded" },
        RunPhase::Failed => StateLook { name: "failed", word: "Failed" },
        RunPhase::Stopped => StateLook { name: "stopped", word: "Stopped" },
    }
}

/// Icon and word.
#[component]
pub fn StateMark(
    /// What to show.
    #[prop(into)]
    look: Signal<StateLook>,
    /// More classes, such as `pill`.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    view! {
        <span class=move || format!("state s-{} {class}", look.get().name) data-state=move || look.get().name>
            <svg class="i" aria-hidden="true"><use href=move || href(look.get().name)></use></svg>
            {move || look.get().word}
        </span>
    }
}
