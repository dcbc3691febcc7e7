//! The pipeline itself: name, description, what it holds.

use crate::form::text_field::TextField;
use crate::panels::editing::edit;
use crate::store::document_store::DocumentStore;
use crate::ui::format::count;
use crate::ui::icon::Icon;
use dagwright_shared::pipeline::edit::EditCommand;
use leptos::prelude::*;

/// Its fields.
#[component]
pub fn PipelineInspector(
    /// The document.
    store: DocumentStore,
) -> impl IntoView {
    let metadata = {
        let store = store.clone();
        Memo::new(move |_| store.with(|pipeline| pipeline.metadata.clone()))
    };
    let facts = {
        let store = store.clone();
        move || {
            store.with(|pipeline| {
                let graph = &pipeline.graph;
                let part = |number: usize, one, many| count(number as u64, one, many);
                format!(
                    "{}, {}, {}",
                    part(graph.tasks.len(), "task", "tasks"),
                    part(graph.volumes.len(), "volume", "volumes"),
                    part(graph.parameters.len(), "parameter", "parameters")
                )
            })
        }
    };
    let set_name = {
        let store = store.clone();
        Callback::new(move |name: String| {
            if name.trim().is_empty() {
                return Err(String::from("A pipeline needs a name."));
            }
            let mut metadata = metadata.get_untracked();
            metadata.name = name;
            edit(&store, EditCommand::SetMetadata(metadata))
        })
    };
    let set_description = Callback::new(move |text: String| {
        let mut metadata = metadata.get_untracked();
        metadata.description = Some(text).filter(|text| !text.is_empty());
        edit(&store, EditCommand::SetMetadata(metadata))
    });
    view! {
        <div class="ihead"><Icon name="layout" /><b class="cut">{move || metadata.with(|metadata| metadata.name.clone())}</b><span></span><p>{facts}</p></div>
        <div class="scroll">
            <section class="sect">
                <h3>"Pipeline"</h3>
                <div class="frow two">
                    <label>"Name"</label>
                    <span class="stack"><TextField value=Signal::derive(move || metadata.with(|metadata| metadata.name.clone())) set=set_name label="Pipeline name" /></span>
                </div>
                <div class="frow two">
                    <label>"Description"</label>
                    <span class="stack">
                        <TextField
                            value=Signal::derive(move || metadata.with(|metadata| metadata.description.clone().unwrap_or_default()))
                            set=set_description
                            label="Pipeline description"
                            placeholder="What it is for"
                        />
                    </span>
                </div>
            </section>
            <p class="empty-line padded">"Select a task, a volume or a wire to see its settings."</p>
        </div>
    }
}
