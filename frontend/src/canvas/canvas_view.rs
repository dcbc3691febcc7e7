//! The canvas element: one transformed wrapper, the DOM events, and the layers inside. Fills its parent.

use crate::store::document_store::DocumentStore;
use dagwright_editor::session::Mode;
use leptos::prelude::*;

/// The graph of a document. Fills its parent.
#[component]
pub fn CanvasView(
    /// The document.
    store: DocumentStore,
    /// What may be done with it.
    #[prop(optional)]
    mode: Mode,
) -> impl IntoView {
    let viewport = store.viewport();
    view! {
        <div class="canvas" class:looking=mode == Mode::Look aria-label="Pipeline graph" data-testid="canvas">
            <div
                class="world"
                style:transform=move || {
                    let viewport = viewport.get();
                    format!(
                        "translate({}px, {}px) scale({})",
                        viewport.offset_in_screen.x,
                        viewport.offset_in_screen.y,
                        viewport.zoom,
                    )
                }
            ></div>
        </div>
    }
}
