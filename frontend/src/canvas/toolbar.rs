//! The small toolbar on the canvas: zoom, fit, tidy, overview.

use crate::store::document_store::DocumentStore;
use crate::ui::icon::Icon;
use dagwright_editor::action::EditorAction;
use dagwright_editor::session::Mode;
use dagwright_texts::t;
use leptos::prelude::*;

/// The toolbar.
#[component]
pub fn Toolbar(
    /// The document.
    store: DocumentStore,
    /// Tidying is offered only where edits are.
    mode: Mode,
) -> impl IntoView {
    let viewport = store.viewport();
    let overview = store.overview();
    let button = move |store: &DocumentStore, title: &'static str, name: &'static str, action: EditorAction| {
        let store = store.clone();
        view! {
            <button class="btn quiet icon" title=title aria-label=title on:click=move |_| store.dispatch(action.clone())>
                <Icon name=name />
            </button>
        }
    };
    let actual = store.clone();
    let tidy = (mode == Mode::Edit).then(|| button(&store, t!("Tidy layout  L"), "layout", EditorAction::Tidy));
    let overview_store = store.clone();
    view! {
        <div class="tools" role="toolbar" aria-label=t!("Canvas") on:pointerdown=|event| event.stop_propagation() on:dblclick=|event| event.stop_propagation()>
            {button(&store, t!("Zoom out  -"), "minus", EditorAction::ZoomOut)}
            <button
                class="btn quiet zoom-level"
                title=t!("Zoom to 100%  0")
                data-testid="zoom"
                on:click=move |_| actual.dispatch(EditorAction::ZoomToActual)
            >
                {move || format!("{:.0}%", viewport.with(|viewport| (viewport.zoom * 100.0).max(1.0)))}
            </button>
            {button(&store, t!("Zoom in  +"), "plus", EditorAction::ZoomIn)}
            <i class="rule-v"></i>
            {button(&store, t!("Fit all  1"), "fit", EditorAction::Fit)}
            {tidy}
            <button
                class="btn quiet icon hide-narrow"
                title=t!("Overview  M")
                aria-label=t!("Overview  M")
                aria-pressed=move || overview.get().to_string()
                on:click=move |_| overview_store.dispatch(EditorAction::ToggleOverview)
            >
                <Icon name="minimap" />
            </button>
        </div>
    }
}
