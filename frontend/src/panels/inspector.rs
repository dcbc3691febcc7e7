//! The right panel of the editor: what is selected, as typed fields. Nothing selected: the pipeline itself.

pub mod argument;
pub mod code;
pub mod command_line;
pub mod component;
pub mod component_text;
pub mod environment;
pub mod keep;
mod more;
pub mod mounts;
pub mod origin;
pub mod pipeline;
pub mod port_fields;
pub mod resources;
pub mod script;
pub mod several;
pub mod task;
pub mod try_it;
pub mod volume;

use crate::panels::editing::editable;
use crate::store::document_store::DocumentStore;
use dagwright_editor::selection::Item;
use leptos::prelude::*;
use more::{More, more};

/// The panel.
#[component]
pub fn Inspector(
    /// The document.
    store: DocumentStore,
) -> impl IntoView {
    let selection = store.selection();
    // Another selection is another panel: what is being typed never reaches other tasks.
    let shown = Memo::new(move |_| selection.get());
    // What is only looked at can be read and copied; a task's tabs stay usable.
    let looks = !editable(&store);
    let panel = move || {
        let store = store.clone();
        shown.with(|selection| match selection.single() {
            Some(Item::Task(name)) => view! { <task::TaskInspector store=store name=name.clone() /> }.into_any(),
            Some(Item::Volume(name)) => more(store, More::Volume(name.clone())),
            None if selection.is_empty() => view! { <pipeline::PipelineInspector store=store /> }.into_any(),
            None => more(store, More::Several(selection.clone())),
        })
    };
    let is_task = move || shown.with(|selection| matches!(selection.single(), Some(Item::Task(_))));
    view! { <fieldset class="contents" disabled=move || looks && !is_task()>{panel}</fieldset> }
}
