//! A state: always icon and word, colour only helps (design README, "States").

use super::icon::href;
use dagwright_shared::run::{RunPhase, TaskPhase};
use dagwright_texts::t;
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
        TaskPhase::Waiting => StateLook { name: "waiting", word: t!("Waiting") },
        TaskPhase::Starting => StateLook { name: "starting", word: t!("Starting") },
        TaskPhase::Running => StateLook { name: "running", word: t!("Running") },
        TaskPhase::Succeeded => StateLook { name: "succeeded", word: t!("Succeeded") },
        TaskPhase::Failed => StateLook { name: "failed", word: t!("Failed") },
        TaskPhase::Skipped => StateLook { name: "skipped", word: t!("Skipped") },
        TaskPhase::Stopped => StateLook { name: "stopped", word: t!("Stopped") },
    }
}

/// A run's look.
pub fn run_look(phase: RunPhase) -> StateLook {
    match phase {
        RunPhase::Waiting => StateLook { name: "waiting", word: t!("Waiting") },
        RunPhase::Running => StateLook { name: "running", word: t!("Running") },
        RunPhase::Stopping => StateLook { name: "running", word: t!("Stopping") },
        RunPhase::Succeeded => StateLook { name: "succeeded", word: t!("Succeeded") },
        RunPhase::Failed => StateLook { name: "failed", word: t!("Failed") },
        RunPhase::Stopped => StateLook { name: "stopped", word: t!("Stopped") },
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
