//! Two people saved one pipeline: both sides shown, one chosen, nothing lost silently.

use super::super::extras::{Extra, extra};
use super::autosave::{Autosave, SaveState, Theirs};
use crate::store::document_store::DocumentStore;
use crate::ui::dialog::Dialog;
use dagwright_shared::pipeline::file::{pipeline_from_value, write_pipeline};
use dagwright_texts::t;
use leptos::prelude::*;

/// The dialog; shown while there is a conflict.
#[component]
pub fn ConflictDialog(autosave: Autosave, store: DocumentStore) -> impl IntoView {
    let hidden = RwSignal::new(false);
    Effect::new(move |_| {
        autosave.state.track();
        hidden.set(false);
    });
    move || {
        let SaveState::Conflict(theirs) = autosave.state.get() else { return ().into_any() };
        if hidden.get() {
            return ().into_any();
        }
        extra(Extra::Conflict { store: store.clone(), autosave, theirs, hidden }).into_any()
    }
}

/// Both sides and the choice.
#[component]
pub fn Sides(
    /// The document, with the own side.
    store: DocumentStore,
    /// Saves what is chosen.
    autosave: Autosave,
    /// The other side.
    theirs: Theirs,
    /// Set to put the choice off.
    hidden: RwSignal<bool>,
) -> impl IntoView {
    let mine = store.with_untracked(write_pipeline);
    let stored =
        pipeline_from_value(&theirs.document).value.map(|pipeline| write_pipeline(&pipeline)).unwrap_or_default();
    let revision = theirs.revision;
    let theirs = StoredValue::new(theirs);
    view! {
        <Dialog title=t!("Changed elsewhere") close=Callback::new(move |()| hidden.set(true)) class="wide">
            <div class="body">
                <p>{t!("This pipeline was saved elsewhere (revision {revision}) while you edited it here. Your edits are kept in this browser until you choose.", revision)}</p>
                <div class="cols sides">
                    <section><h3>{t!("Yours")}</h3><pre class="yaml" tabindex="0">{mine}</pre></section>
                    <section><h3>{t!("Saved elsewhere")}</h3><pre class="yaml" tabindex="0">{stored}</pre></section>
                </div>
            </div>
            <footer role="presentation">
                <span class="grow"></span>
                <button class="btn" on:click=move |_| theirs.with_value(|theirs| autosave.take_theirs(theirs))>{t!("Take the saved one")}</button>
                <button class="btn primary" on:click=move |_| theirs.with_value(|theirs| autosave.keep_mine(theirs))>{t!("Keep mine")}</button>
            </footer>
        </Dialog>
    }
}
