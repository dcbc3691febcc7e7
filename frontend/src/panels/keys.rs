//! All keys, in one sheet: the list that stands beside the keymap. On a Mac, Cmd stands for Ctrl.

use crate::ui::dialog::Dialog;
use dagwright_editor::keymap::{KeyHelp, keys};
use dagwright_texts::t;
use leptos::prelude::*;

/// The sheet.
#[component]
pub fn KeySheet(
    /// Closes it.
    close: Callback<()>,
) -> impl IntoView {
    view! {
        <Dialog title=t!("Keys") close=close>
            <div class="body key-sheet">
                {keys().map(|KeyHelp { keys, does }| view! { <div><span><span class="kbd">{keys}</span></span><span>{does}</span></div> }).collect_view()}
            </div>
        </Dialog>
    }
}
