//! The right panel of the editor: what is selected, as typed fields. Nothing selected: the pipeline itself.

pub mod argument;
pub mod code;
pub mod command_line;
pub mod component;
pub mod environment;
pub mod mounts;
pub mod pipeline;
pub mod port_fields;
pub mod resources;
pub mod several;
pub mod task;
pub mod volume;

use crate::store::document_store::DocumentStore;
use dagwright_editor::selection::Item;
use leptos::prelude::*;

/// The panel.
#[component]
pub fn Inspector(
    /// The document.
    store: DocumentStore,
) -> impl IntoView {
    let selection = store.selection();
    let shown = Memo::new(move |_| {
        selection.with(|selection| (selection.single().cloned(), selection.items.len(), selection.wires.len()))
    });
    move || {
        let store = store.clone();
        match shown.get() {
            (Some(Item::Task(name)), ..) => view! { <task::TaskInspector store=store name=name /> }.into_any(),
            (Some(Item::Volume(name)), ..) => view! { <volume::VolumeInspector store=store name=name /> }.into_any(),
            (None, 0, 0) => view! { <pipeline::PipelineInspector store=store /> }.into_any(),
            (None, items, wires) => {
                view! { <several::SeveralInspector store=store items=items wires=wires /> }.into_any()
            }
        }
    }
}
