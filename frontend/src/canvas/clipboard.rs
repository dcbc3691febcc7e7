//! The clipboard's text from and to tasks. A part of its own (`ui::later`), since it reads and writes files.

use crate::store::document_store::DocumentStore;
use crate::ui::later::{self, Part};
use crate::ui::toast::toast;
use dagwright_editor::action::EditorAction;
use dagwright_editor::clipboard::{self, Pasted};
use dagwright_shared::pipeline::Graph;
use leptos::prelude::*;
use leptos::wasm_split::wasm_split;
use wasm_bindgen_futures::JsFuture;

#[wasm_split(editor_extras, wasm_split_path = leptos::wasm_split, fallible)]
fn read(text: String) -> Part<Pasted> {
    Ok(clipboard::read(&text))
}

#[wasm_split(editor_extras, wasm_split_path = leptos::wasm_split, fallible)]
fn write(fragment: Box<Graph>) -> Part<String> {
    Ok(clipboard::write(&fragment))
}

/// Puts in what a text holds.
pub fn paste(store: DocumentStore, text: String) {
    leptos::task::spawn_local(async move {
        match read(text).await {
            Ok(pasted) => store.dispatch(EditorAction::Paste(pasted)),
            Err(_) => toast(later::lost_text()),
        }
    });
}

/// Puts what was copied on the clipboard.
pub fn copy(fragment: Box<Graph>) {
    leptos::task::spawn_local(async move {
        match write(fragment).await {
            Ok(text) => drop(JsFuture::from(window().navigator().clipboard().write_text(&text)).await),
            Err(_) => toast(later::lost_text()),
        }
    });
}
