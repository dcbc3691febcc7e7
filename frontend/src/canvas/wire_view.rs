//! A wire: one path, and in edit mode a wider halo where it is strong. Drawn in the SVG layer under the nodes.

use crate::store::document_store::DocumentStore;
use crate::store::run_store::RunStore;
use dagwright_editor::selection::WireId;
use leptos::prelude::*;
use std::sync::Arc;

/// A wire.
#[component]
pub fn WireView(
    /// The document.
    store: DocumentStore,
    /// What it joins.
    id: Arc<WireId>,
    /// The run that is shown on the canvas, if one is.
    run: Option<RunStore>,
) -> impl IntoView {
    let look = store.wire(&id);
    let path = look.clone();
    // In a run a wire is grey until its value exists.
    let exists = match (run, id.as_ref()) {
        (Some(run), WireId::Data { from_task, output, .. }) => {
            let (node, output) = (run.task(from_task), output.clone());
            Some(Memo::new(move |_| node.with(|node| node.outputs.contains_key(&output))))
        }
        _ => None,
    };
    let class = move || {
        let pending = exists.is_some_and(|exists| !exists.get());
        look.with(|look| {
            let type_class = if pending { "pending" } else { look.class };
            let flag = |on, class| if on { class } else { "" };
            format!("wire {type_class}{}{}", flag(look.strong, " strong"), flag(look.held, " held"))
        })
    };
    view! { <path class=class d=move || path.with(|look| look.path.clone()) data-wire=wire_name(&id)></path> }
}

/// A wire in `data-wire`: `train.model>predict.model`.
pub fn wire_name(id: &WireId) -> String {
    match id {
        WireId::Data { from_task, output, task, input } => format!("{from_task}.{output}>{task}.{input}"),
        WireId::Order { before, task } => format!("{before}>{task}"),
        WireId::Mount { volume, task } => format!("volume:{volume}>{task}"),
        WireId::HandOver { from_task, task, volume } => format!("{from_task}>{task}:{volume}"),
    }
}
