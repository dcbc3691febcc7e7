//! Several things selected, or wires: what they are, and what can be done with them together.

use crate::store::document_store::DocumentStore;
use crate::ui::format::count;
use crate::ui::icon::Icon;
use dagwright_editor::action::EditorAction;
use dagwright_editor::selection::WireId;
use leptos::prelude::*;

/// A wire in words.
fn words(wire: &WireId) -> String {
    match wire {
        WireId::Data { from_task, output, task, input } => format!("{from_task} / {output} feeds {task} / {input}"),
        WireId::Order { before, task } => format!("{task} runs after {before}"),
        WireId::Mount { volume, task } => format!("{volume} is mounted in {task}"),
        WireId::HandOver { from_task, task, volume } => format!("{from_task} hands {volume} over to {task}"),
    }
}

/// The summary and its actions.
#[component]
pub fn SeveralInspector(
    /// The document.
    store: DocumentStore,
    /// Tasks and volumes.
    items: usize,
    /// Wires.
    wires: usize,
) -> impl IntoView {
    let selection = store.selection();
    let title = match (items, wires) {
        (0, 1) => String::from("A wire"),
        (0, wires) => count(wires as u64, "wire", "wires"),
        (items, _) => format!("{items} selected"),
    };
    let list = move || {
        selection.with(|selection| {
            let items = selection.items.iter().map(|item| item.name().to_owned());
            items.chain(selection.wires.iter().map(words)).collect::<Vec<_>>()
        })
    };
    let act = move |action: EditorAction| {
        let store = store.clone();
        move |_| store.dispatch(action.clone())
    };
    let duplicate = (items > 0).then(|| view! { <button class="btn small" title="Ctrl D" on:click=act(EditorAction::Duplicate)>"Duplicate"</button> });
    view! {
        <div class="ihead"><Icon name="cursor" /><b class="cut">{title}</b><span></span></div>
        <div class="scroll">
            <section class="sect">
                <ul class="line-list">{move || list().into_iter().map(|line| view! { <li class="cut">{line}</li> }).collect_view()}</ul>
                <div class="button-row">
                    {duplicate}
                    <button class="btn small danger" title="Del" on:click=act(EditorAction::Delete)>"Delete"</button>
                </div>
            </section>
        </div>
    }
}
