//! The YAML beside the canvas: its text is fetched when it is first opened and kept while the page is open, shown or not.

use super::autosave::Autosave;
use crate::net::client::{self, segment};
use crate::panels::document_text::DocumentText;
use crate::panels::yaml_panel::YamlPanel;
use crate::store::document_store::DocumentStore;
use crate::ui::notice::{ErrorNotice, Skeleton};
use leptos::prelude::*;

/// The column. Fetches at once: put it into the page when it is first wanted.
#[component]
pub fn YamlColumn(
    /// The document.
    store: DocumentStore,
    /// The pipeline's id.
    id: String,
    /// Saves the text.
    autosave: Autosave,
    /// Whether it is shown.
    shown: RwSignal<bool>,
) -> impl IntoView {
    let address = StoredValue::new(format!("/api/pipelines/{}/file", segment(&id)));
    let file = LocalResource::new(move || async move { client::get_text(&address.get_value()).await });
    let column = move |stored: String| {
        let text = DocumentText::open(&store, &stored, Callback::new(move |()| autosave.edited()));
        autosave.save_text_of(move || text.agreed());
        Effect::new(move |_| if shown.get() { text.show() } else { text.hide() });
        let close = Callback::new(move |()| shown.set(false));
        view! { <YamlPanel store=store.clone() text=text close=close /> }
    };
    view! {
        <div class="beside" class:folded=move || !shown.get()>
            {move || match file.get() {
                None => view! { <Skeleton /> }.into_any(),
                Some(Err(error)) => view! { <ErrorNotice error=error retry=Callback::new(move |()| file.refetch()) /> }.into_any(),
                Some(Ok(stored)) => column(stored).into_any(),
            }}
        </div>
    }
}
