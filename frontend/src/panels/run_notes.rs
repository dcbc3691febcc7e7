//! What an engine says about a run: in the run form before it starts, and beside a run afterwards.

use crate::net::client::{self, segment};
use crate::ui::format::sentences;
use crate::ui::icon::SmallIcon;
use dagwright_shared::api::{CheckRun, EngineInfo, RunNotes};
use dagwright_shared::diagnostic::{Diagnostic, Place, Severity};
use dagwright_texts::t;
use leptos::prelude::*;
use serde_json::{Map, Value};

/// What the chosen engine says about the pipeline, asked anew for each engine; nothing where it says nothing.
#[component]
pub fn NotesAhead(
    /// The pipeline's id.
    pipeline: String,
    /// Saves what is not saved yet.
    save: Callback<Callback<Result<u64, String>>>,
    /// The chosen engine.
    engine: Memo<Option<EngineInfo>>,
    /// Parameter name → value, as given so far.
    arguments: RwSignal<Map<String, Value>>,
) -> impl IntoView {
    let notes = RwSignal::new(Vec::new());
    Effect::new(move |_| {
        notes.set(Vec::new());
        let Some(EngineInfo { name, .. }) = engine.get() else { return };
        let request = CheckRun { pipeline: pipeline.clone(), arguments: arguments.get_untracked(), engine: name };
        save.run(Callback::new(move |saved: Result<u64, String>| {
            let request = request.clone();
            leptos::task::spawn_local(async move {
                if saved.is_err() {
                    return;
                }
                // Not to be had is no reason to say anything: starting the run says what is wrong.
                let Ok(answer) = client::post::<_, RunNotes>("/api/runs/check", &request).await else { return };
                let is_current = engine.try_get_untracked().flatten().is_some_and(|now| now.name == request.engine);
                if is_current {
                    notes.try_set(answer.notes);
                }
            });
        }));
    });
    view! { <NoteList notes=notes /> }
}

/// What the engine said when a run started.
#[component]
pub fn NotesOfRun(
    /// The run's id.
    run: String,
) -> impl IntoView {
    let notes = RwSignal::new(Vec::new());
    leptos::task::spawn_local(async move {
        if let Ok(answer) = client::get::<RunNotes>(&format!("/api/runs/{}/notes", segment(&run))).await {
            notes.try_set(answer.notes);
        }
    });
    view! { <NoteList notes=notes /> }
}

/// The list, the most important first, each with what it is about.
#[component]
fn NoteList(notes: RwSignal<Vec<Diagnostic>>) -> impl IntoView {
    let row = |note: Diagnostic| {
        let (class, icon, word) = match note.severity {
            Severity::Error => ("hint error", "error", t!("Error: ")),
            Severity::Warning => ("hint warning", "warning", t!("Warning: ")),
            Severity::Note => ("hint", "info", ""),
        };
        let about = match note.place {
            Place::Task { task, .. } => Some(task),
            Place::Volume { volume, .. } => Some(volume),
            _ => None,
        };
        view! {
            <li class=class>
                <SmallIcon name=icon /><span class="sr">{word}</span>
                <span>{about.map(|about| view! { <b>{about}</b>" " })}{sentences(&note.message, &note.hint)}</span>
            </li>
        }
    };
    move || {
        let mut sorted = notes.get();
        sorted.sort_by_key(|note| note.severity);
        (!sorted.is_empty())
            .then(|| view! { <ul class="notes" data-testid="run-notes" aria-label=t!("What has no effect here")>{sorted.into_iter().map(row).collect_view()}</ul> })
    }
}
