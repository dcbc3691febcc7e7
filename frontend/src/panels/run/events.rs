//! The list of facts of a run, in words; what came while the page was open stands with its number.

use super::live::LiveRun;
use crate::ui::clock;
use dagwright_shared::run::{RunEvent, RunFact};
use leptos::prelude::*;

/// A fact in words.
fn words(fact: &RunFact) -> String {
    match fact {
        RunFact::RunStarted => String::from("Run started"),
        RunFact::TaskStarting { task, attempt, detail } => format!("{task}: attempt {attempt} starting. {detail}"),
        RunFact::TaskRunning { task, attempt, .. } => format!("{task}: attempt {attempt} running"),
        RunFact::TaskSucceeded { task, .. } => format!("{task}: succeeded"),
        RunFact::AttemptFailed { task, attempt, message, retry_at, .. } => {
            format!(
                "{task}: attempt {attempt} failed. {message}{}",
                if retry_at.is_some() { " Will be tried again." } else { "" }
            )
        }
        RunFact::AttemptLost { task, attempt, message } => format!("{task}: attempt {attempt} was lost. {message}"),
        RunFact::TaskSkipped { task, reason } => format!("{task}: skipped, {reason}"),
        RunFact::TaskStopped { task } => format!("{task}: stopped"),
        RunFact::LogStored { task, attempt, .. } => format!("{task}: log of attempt {attempt} stored"),
        RunFact::StopRequested { by } => format!("Stop asked for by {by}"),
        RunFact::RunFinished { phase, message } => format!("Run ended: {phase:?}. {message}"),
    }
}

/// The list.
#[component]
pub fn EventList(live: LiveRun) -> impl IntoView {
    let row = |event: RunEvent| {
        view! { <p><time>{clock::local_time(event.time)}</time><span>{words(&event.fact)}</span></p> }
    };
    view! {
        <div class="logs events" tabindex="0" aria-label="Events">
            <For each=move || live.events.get() key=|event| event.id children=row />
            <Show when=move || live.events.with(Vec::is_empty)><p class="faint">"Nothing has happened since this page was opened."</p></Show>
        </div>
    }
}
