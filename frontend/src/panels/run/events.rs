//! The list of facts of a run, in words; what came while the page was open stands with its number.

use super::live::LiveRun;
use crate::ui::clock;
use crate::ui::state_mark::run_look;
use dagwright_shared::run::{RunEvent, RunFact};
use dagwright_texts::t;
use leptos::prelude::*;

/// A fact in words.
fn words(fact: &RunFact) -> String {
    match fact {
        RunFact::RunStarted => String::from(t!("Run started")),
        RunFact::TaskStarting { task, attempt, detail } => {
            t!("{task}: attempt {attempt} starting. {detail}", task, attempt, detail)
        }
        RunFact::TaskRunning { task, attempt, .. } => t!("{task}: attempt {attempt} running", task, attempt),
        RunFact::TaskSucceeded { task, .. } => t!("{task}: succeeded", task),
        RunFact::AttemptFailed { task, attempt, message, retry_at, .. } => {
            if retry_at.is_some() {
                t!("{task}: attempt {attempt} failed. {message} Will be tried again.", task, attempt, message)
            } else {
                t!("{task}: attempt {attempt} failed. {message}", task, attempt, message)
            }
        }
        RunFact::AttemptLost { task, attempt, message } => {
            t!("{task}: attempt {attempt} was lost. {message}", task, attempt, message)
        }
        RunFact::TaskSkipped { task, reason } => t!("{task}: skipped, {reason}", task, reason),
        RunFact::TaskStopped { task } => t!("{task}: stopped", task),
        RunFact::LogStored { task, attempt, .. } => t!("{task}: log of attempt {attempt} stored", task, attempt),
        RunFact::StopRequested { by } => t!("Stop asked for by {by}", by),
        RunFact::RunFinished { phase, message } => {
            t!("Run ended: {state}. {message}", state = run_look(*phase).word, message)
        }
    }
}

/// The list.
#[component]
pub fn EventList(live: LiveRun) -> impl IntoView {
    let row = |event: RunEvent| {
        view! { <p><time>{clock::local_time(event.time)}</time><span>{words(&event.fact)}</span></p> }
    };
    view! {
        <div class="logs events" tabindex="0" aria-label=t!("Events")>
            <For each=move || live.events.get() key=|event| event.id children=row />
            <Show when=move || live.events.with(Vec::is_empty)><p class="faint">{t!("Nothing has happened since this page was opened.")}</p></Show>
        </div>
    }
}
