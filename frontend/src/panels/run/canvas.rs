//! The canvas of a run: the document as it was run, with the states and values of its tasks. Selecting goes both ways.

use super::live::LiveRun;
use crate::canvas::CanvasView;
use crate::store::document_store::DocumentStore;
use crate::ui::notice::Skeleton;
use dagwright_editor::action::EditorAction;
use dagwright_editor::selection::{Choose, Item};
use dagwright_editor::session::Mode;
use dagwright_shared::pipeline::file::pipeline_from_value;
use leptos::prelude::*;

/// The canvas.
#[component]
pub fn RunCanvas(
    /// The run.
    live: LiveRun,
    /// The selected task's slug.
    selected: RwSignal<Option<String>>,
) -> impl IntoView {
    let detail = live.detail.get_value();
    let Some(document) = pipeline_from_value(&detail.document).value else {
        return view! { <div class="canvas"><Skeleton /></div> }.into_any();
    };
    let store = DocumentStore::open(document, Mode::Look);
    let slug = selected.get_untracked();
    if let Some(task) = slug.and_then(|slug| detail.plan.task(&slug).map(|task| task.name.clone())) {
        store.dispatch(EditorAction::Choose(Item::Task(task), Choose::Only));
    }
    let selection = store.selection();
    let names = detail.clone();
    Effect::new(move |_| {
        let chosen = selection.with(|selection| match selection.single() {
            Some(Item::Task(name)) => {
                names.plan.tasks.iter().find(|task| task.name == *name).map(|task| task.slug.clone())
            }
            _ => None,
        });
        if selected.get_untracked() != chosen {
            selected.set(chosen);
        }
    });
    let canvas = store.clone();
    Effect::new(move |_| {
        let slug = selected.get();
        let name = slug.as_ref().and_then(|slug| detail.plan.task(slug)).map(|task| task.name.clone());
        let now = canvas.with_session(|session| match session.selection().single() {
            Some(Item::Task(name)) => Some(name.clone()),
            _ => None,
        });
        match name {
            Some(name) if now.as_ref() != Some(&name) => {
                canvas.dispatch(EditorAction::Choose(Item::Task(name), Choose::Only))
            }
            None if now.is_some() => canvas.dispatch(EditorAction::SelectNone),
            _ => {}
        }
    });
    view! { <CanvasView store=store run=live.store() /> }.into_any()
}
