//! What the inspector shows on demand: a part of its own (`ui::later`), so that the first edit need not wait for it.

use super::code::CodeTab;
use super::component::ComponentTab;
use super::component_text::ComponentTextTab;
use super::script::ScriptTab;
use super::several::SeveralInspector;
use super::try_it::TryTab;
use super::volume::VolumeInspector;
use crate::store::document_store::DocumentStore;
use crate::ui::later::{Part, Room, later};
use dagwright_editor::selection::Selection;
use leptos::prelude::*;
use leptos::wasm_split::wasm_split;

/// A tab of a task, or the panel of something else than a task.
#[derive(Clone, Debug)]
pub(super) enum More {
    /// The tab of a task's component.
    Component(String),
    /// The tab of its Python source.
    Code(String),
    /// The tab of its script.
    Script(String),
    /// The tab of its component's file.
    Text(String),
    /// The tab that runs it alone.
    Try(String),
    /// A volume.
    Volume(String),
    /// Several things.
    Several(Selection),
}

#[wasm_split(editor_extras, wasm_split_path = leptos::wasm_split, preload(load), fallible)]
fn view_of(store: DocumentStore, more: More) -> Part<AnyView> {
    Ok(match more {
        More::Component(task) => view! { <ComponentTab store=store task=task /> }.into_any(),
        More::Code(task) => view! { <CodeTab store=store task=task /> }.into_any(),
        More::Script(task) => view! { <ScriptTab store=store task=task /> }.into_any(),
        More::Text(task) => view! { <ComponentTextTab store=store task=task /> }.into_any(),
        More::Try(task) => view! { <TryTab store=store task=task /> }.into_any(),
        More::Volume(name) => view! { <VolumeInspector store=store name=name /> }.into_any(),
        More::Several(selection) => view! { <SeveralInspector store=store selection=selection /> }.into_any(),
    })
}

/// The tab or panel, fetched when the first of them is opened.
pub(super) fn more(store: DocumentStore, more: More) -> AnyView {
    later(load, move || view_of(store.clone(), more.clone()), Room::Panel).into_any()
}
