//! The menu of the right button: what can be done with what was pressed on, each with its key.

use crate::store::document_store::DocumentStore;
use crate::ui::menu::{Menu, MenuPlace};
use dagwright_editor::action::{EditorAction, PageAction};
use dagwright_editor::hit::Hit;
use dagwright_editor::selection::Item;
use dagwright_editor::session::Mode;
use dagwright_texts::t;
use leptos::prelude::*;

/// A row: words, key, action.
type Row = (&'static str, &'static str, EditorAction);

fn rows(on: &Hit, mode: Mode) -> Vec<Row> {
    if mode == Mode::Look {
        return vec![
            (t!("Select all"), "Ctrl A", EditorAction::SelectAll),
            (t!("Copy the selection"), "Ctrl C", EditorAction::Copy),
            (t!("Fit all"), "1", EditorAction::Fit),
        ];
    }
    let edits = || -> Vec<Row> {
        vec![
            (t!("Duplicate"), "Ctrl D", EditorAction::Duplicate),
            (t!("Copy"), "Ctrl C", EditorAction::Copy),
            (t!("Cut"), "Ctrl X", EditorAction::Cut),
        ]
    };
    match on {
        Hit::Item(Item::Task(_)) | Hit::Port(_) | Hit::MountPort(_) | Hit::More(_) => {
            let mut rows = edits();
            rows.insert(0, (t!("Rename"), "F2", EditorAction::Page(PageAction::Rename)));
            rows.push((t!("Copy a link to it"), "", EditorAction::Page(PageAction::CopyLink)));
            rows.push((t!("Start a wire"), "W", EditorAction::StartWire));
            rows.push((t!("Run something after this"), "Shift W", EditorAction::StartOrder));
            rows.push((t!("Delete"), "Del", EditorAction::Delete));
            rows.push((t!("Delete and heal the wires"), "Shift Del", EditorAction::DeleteAndHeal));
            rows
        }
        Hit::Item(Item::Volume(_)) | Hit::VolumePort(_) => vec![
            (t!("Rename"), "F2", EditorAction::Page(PageAction::Rename)),
            (t!("Duplicate"), "Ctrl D", EditorAction::Duplicate),
            (t!("Delete"), "Del", EditorAction::Delete),
        ],
        Hit::Wire(_) => vec![(t!("Delete"), "Del", EditorAction::Delete)],
        Hit::Nothing => vec![
            (t!("Add a component"), "A", EditorAction::OpenQuickAdd),
            (t!("Add a volume"), "", EditorAction::AddVolume),
            (t!("Select all"), "Ctrl A", EditorAction::SelectAll),
            (t!("Tidy layout"), "L", EditorAction::Tidy),
            (t!("Fit all"), "1", EditorAction::Fit),
        ],
    }
}

/// The menu.
#[component]
pub fn ContextMenu(
    /// The document.
    store: DocumentStore,
    /// Where, in window px; `None`: closed.
    place: RwSignal<MenuPlace>,
    /// What was pressed on.
    on: RwSignal<Option<Hit>>,
) -> impl IntoView {
    view! {
        <Menu place=place label=t!("Canvas")>
            {
                let store = store.clone();
                let mode = store.with_session(|session| session.mode());
                move || {
                    let rows = on.with(|on| on.as_ref().map(|on| rows(on, mode)).unwrap_or_default());
                    rows.into_iter()
                        .map(|(words, key, action)| {
                            let store = store.clone();
                            view! {
                                <button role="menuitem" on:click=move |_| store.dispatch(action.clone())>
                                    {words}
                                    <span class="menu-key">{key}</span>
                                </button>
                            }
                        })
                        .collect_view()
                }
            }
        </Menu>
    }
}
