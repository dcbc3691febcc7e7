//! All keys, in one sheet.

use crate::ui::dialog::Dialog;
use leptos::prelude::*;

const KEYS: [(&str, &str); 26] = [
    ("Ctrl Enter", "Run"),
    ("A, double-click", "Add a component"),
    ("/", "Search components"),
    ("1", "Fit all"),
    ("0", "Zoom to 100 %"),
    ("+  −", "Zoom"),
    ("M", "Overview"),
    ("L", "Tidy the layout"),
    ("F2", "Rename"),
    ("Arrows", "Walk the graph"),
    ("Alt arrows", "Move by 8"),
    ("Tab", "Next node, or next lit port while a wire is held"),
    ("W", "Start a wire from the focused port"),
    ("Enter", "Select, or connect the held wire"),
    ("Esc", "Drop what is held, then the selection"),
    ("Shift drag", "Select by a box"),
    ("Ctrl A", "Select all"),
    ("Ctrl C, Ctrl X, Ctrl V", "Copy, cut, paste"),
    ("Ctrl D", "Duplicate"),
    ("Del", "Delete"),
    ("Shift Del", "Delete and heal the wires"),
    ("Ctrl Z", "Undo"),
    ("Ctrl Shift Z", "Redo"),
    ("[  ]", "Fold the palette, the inspector"),
    ("`", "Fold the bottom panel"),
    ("?", "This sheet"),
];

/// The sheet.
#[component]
pub fn KeySheet(
    /// Closes it.
    close: Callback<()>,
) -> impl IntoView {
    view! {
        <Dialog title="Keys" close=close>
            <div class="body key-sheet">
                {KEYS.map(|(keys, act)| view! { <span><span class="kbd">{keys}</span></span><span>{act}</span> })}
            </div>
        </Dialog>
    }
}
