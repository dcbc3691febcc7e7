//! The problems panel: live; a click goes to the place, a button carries out the mend.

use crate::panels::editing::edit_or_tell;
use crate::store::document_store::DocumentStore;
use crate::ui::format::sentences;
use crate::ui::icon::Icon;
use dagwright_editor::action::EditorAction;
use dagwright_editor::selection::Item;
use dagwright_shared::diagnostic::{Diagnostic, Mend, Place, Severity};
use dagwright_shared::pipeline::edit::EditCommand;
use dagwright_texts::t;
use leptos::prelude::*;

/// What a place is called.
fn place_name(place: &Place) -> String {
    match place {
        Place::Pipeline => String::from(t!("Pipeline")),
        Place::Task { task, .. } => task.clone(),
        Place::Component { component, .. } => component.clone(),
        Place::Parameter { parameter, .. } => parameter.clone(),
        Place::Volume { volume, .. } => volume.clone(),
        Place::File { path } => path.clone(),
    }
}

/// Selects the place on the canvas and brings it into view.
pub fn go_to(store: &DocumentStore, place: &Place) {
    let item = match place {
        Place::Task { task, .. } => Some(Item::Task(task.clone())),
        Place::Volume { volume, .. } => Some(Item::Volume(volume.clone())),
        Place::Component { component, .. } => store.with_untracked(|pipeline| {
            let user = pipeline.graph.tasks.iter().find(|(_, task)| task.component == *component);
            user.map(|(name, _)| Item::Task(name.clone()))
        }),
        _ => None,
    };
    if let Some(item) = item {
        store.dispatch(EditorAction::Reveal(item));
    }
}

/// The button's words and the edit of a mend.
fn mend_edit(store: &DocumentStore, mend: &Mend) -> Option<(String, EditCommand)> {
    Some(match mend.clone() {
        Mend::Wire { task, input, from_task, from_output } => (
            t!("Use {from_task}, {from_output}", from_task, from_output),
            EditCommand::Connect { from_task, output: from_output, task, input },
        ),
        Mend::After { task, before } => (t!("Run after {before}", before), EditCommand::AddAfter { task, before }),
        Mend::AccessMode { volume, mode } => {
            let mut changed = store.with_untracked(|pipeline| pipeline.graph.volumes.get(&volume).cloned())?;
            changed.access_modes = vec![mode.clone()];
            (t!("Change to {mode}", mode), EditCommand::SetVolume { name: volume, volume: Box::new(changed) })
        }
    })
}

/// The list.
#[component]
pub fn ProblemList(
    /// The document.
    store: DocumentStore,
) -> impl IntoView {
    let problems = store.problems();
    let row = {
        let store = store.clone();
        move |problem: Diagnostic| view! { <ProblemRow store=store.clone() problem=problem /> }
    };
    move || {
        let list = problems.get();
        if list.is_empty() {
            return view! { <p class="empty-line padded">{t!("No problems. It is ready to run.")}</p> }.into_any();
        }
        let mut sorted: Vec<Diagnostic> = list.iter().cloned().collect();
        sorted.sort_by_key(|problem| problem.severity);
        view! { <div class="problem-rows">{sorted.into_iter().map(&row).collect_view()}</div> }.into_any()
    }
}

#[component]
fn ProblemRow(store: DocumentStore, problem: Diagnostic) -> impl IntoView {
    let (class, icon, word) = match problem.severity {
        Severity::Error => ("problem error", "error", t!("Error")),
        Severity::Warning => ("problem warning", "warning", t!("Warning")),
        Severity::Note => ("problem notice-row", "info", t!("Note")),
    };
    let mend = problem.mend.as_ref().and_then(|mend| mend_edit(&store, mend)).map(|(words, command)| {
        let store = store.clone();
        view! {
            <button class="btn small" on:click=move |event| {
                event.stop_propagation();
                edit_or_tell(&store, command.clone());
            }>{words}</button>
        }
    });
    let place = problem.place.clone();
    let (code, words) = (problem.code.clone(), sentences(&problem.message, &problem.hint));
    let (title, mark) = (words.clone(), code.clone());
    let go = {
        let (store, place) = (store.clone(), place.clone());
        move || go_to(&store, &place)
    };
    let key = go.clone();
    view! {
        <div class=class tabindex="0" role="button" data-code=mark on:click=move |_| go()
            on:keydown=move |event| if event.key() == "Enter" { key() }>
            <Icon name=icon /><span class="sr">{word}</span>
            <b>{place_name(&place)}</b>
            <span class="cut" title=title>{words}" "<span class="code hide-narrow">{code}</span></span>
            {mend}
        </div>
    }
}
