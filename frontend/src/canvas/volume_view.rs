//! A volume's drum: never a box.

use super::node_view::element_id;
use crate::store::document_store::DocumentStore;
use crate::ui::icon::Icon;
use dagwright_editor::selection::Item;
use dagwright_shared::diagnostic::Severity;
use dagwright_texts::t;
use leptos::prelude::*;

/// A volume.
#[component]
pub fn VolumeView(
    /// The document.
    store: DocumentStore,
    /// The volume's name.
    name: String,
) -> impl IntoView {
    let item = Item::Volume(name.clone());
    let place = store.placement(&item);
    let content = store.drum(&name);
    let facts = content.clone();
    let marks = store.marks(&item);
    let (tab_index, selected) = (marks.clone(), marks.clone());
    let flags = store.flags(&item);
    let (label, heading, handle) = (t!("Volume {name}", name), name.clone(), name.clone());
    view! {
        <div
            class="volume"
            class:selected=move || marks.get().selected
            id=element_id(&item)
            role="group"
            aria-roledescription=t!("volume")
            aria-label=move || format!("{label}{}", if selected.get().selected { t!(", selected") } else { "" })
            tabindex=move || if tab_index.get().focused { "0" } else { "-1" }
            data-testid="volume"
            data-volume=name
            style:transform=move || place.with(|rect| format!("translate({}px, {}px)", rect.x, rect.y))
        >
            <svg viewBox="0 0 184 72" width="184" height="72" aria-hidden="true">
                <path class="drum-body" d="M.5 12v48c0 6 41 11.5 91.5 11.5S183.5 66 183.5 60V12z"></path>
                <path class="drum-edge" d="M.5 12v48c0 6 41 11.5 91.5 11.5S183.5 66 183.5 60V12"></path>
                <ellipse class="drum-top" cx="92" cy="12" rx="91.5" ry="11.5"></ellipse>
            </svg>
            <div class="label">
                <b class="cut">
                    {heading}
                    {move || flags.with(|flags| flags.problem.clone()).map(|flag| {
                        let (class, icon) = match flag.severity {
                            Severity::Error => ("flag error", "error"),
                            _ => ("flag warning", "warning"),
                        };
                        view! { <span class=class title=flag.text.to_string()><Icon name=icon /></span> }
                    })}
                </b>
                <small>{move || facts.with(|drum| drum.as_ref().map(|drum| drum.facts.clone()))}</small>
            </div>
            <i class="port square drum-port" data-volume-port=handle title=t!("Drag to a task to mount this volume")></i>
        </div>
    }
}
