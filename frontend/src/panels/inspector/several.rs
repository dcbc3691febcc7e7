//! Several things selected, or wires: the fields that tasks share, what is selected, and what can be done with it together.

use super::resources::{FailureSection, ResourcesSection};
use crate::store::document_store::DocumentStore;
use crate::ui::icon::Icon;
use dagwright_editor::action::EditorAction;
use dagwright_editor::selection::{Selection, WireId};
use dagwright_texts::t;
use leptos::prelude::*;

/// The count, the shared fields, the list and its actions.
#[component]
pub fn SeveralInspector(
    /// The document.
    store: DocumentStore,
    /// What is selected: not one item alone, not nothing.
    selection: Selection,
) -> impl IntoView {
    let title = match (selection.items.len(), selection.wires.len()) {
        (0, 1) => String::from(t!("A wire")),
        (0, count) => t!("{count} wires", count),
        (count, _) => t!("{count} selected", count),
    };
    let tasks: Vec<String> = selection.tasks().map(String::from).collect();
    let fields = (!tasks.is_empty()).then(|| {
        view! {
            <ResourcesSection store=store.clone() tasks=tasks.clone() />
            <FailureSection store=store.clone() tasks=tasks />
        }
    });
    let items = selection.items.iter().map(|item| item.name().to_owned());
    let lines = items.chain(selection.wires.iter().map(WireId::words));
    let lines = lines.map(|line| view! { <li class="cut" title=line.clone()>{line.clone()}</li> }).collect_view();
    let act = move |action: EditorAction| {
        let store = store.clone();
        move |_| store.dispatch(action.clone())
    };
    let duplicate = (!selection.items.is_empty()).then(|| view! { <button class="btn small" title="Ctrl D" on:click=act(EditorAction::Duplicate)>{t!("Duplicate")}</button> });
    view! {
        <div class="ihead"><Icon name="cursor" /><b class="cut" data-testid="inspector-title">{title}</b><span></span></div>
        <div class="scroll">
            {fields}
            <section class="sect last">
                <h3>{t!("Selected")}</h3>
                <ul class="line-list">{lines}</ul>
                <div class="button-row">
                    {duplicate}
                    <button class="btn small danger" title="Del" on:click=act(EditorAction::Delete)>{t!("Delete")}</button>
                </div>
            </section>
        </div>
    }
}
