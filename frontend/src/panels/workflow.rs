//! The compiled Argo Workflow: its text for the preview and downloads, and its size against what Kubernetes takes.

use crate::form::code_field::{CodeField, Language};
use crate::store::document_store::DocumentStore;
use dagwright_shared::check::Arguments;
use dagwright_shared::compile::compile_for_export;
use dagwright_shared::diagnostic::Diagnostic;
use dagwright_shared::export::argo::{self, ArgoExport};
use dagwright_shared::export::size;
use dagwright_texts::t;
use leptos::prelude::*;

/// The Workflow from the parameters' defaults; those without one stay open.
fn workflow(store: &DocumentStore) -> Result<ArgoExport, Vec<Diagnostic>> {
    store.with_untracked(|pipeline| argo::export(&compile_for_export(pipeline, &Arguments::new())?))
}

/// The Workflow as YAML, from the parameters' defaults; the problems where it cannot be compiled.
pub fn workflow_text(store: &DocumentStore) -> Result<String, Vec<Diagnostic>> {
    workflow(store).map(|export| export.to_yaml())
}

/// Bytes of the Workflow as Kubernetes stores it at the end of a run; `None` while it cannot be compiled.
pub fn size_of(store: &DocumentStore) -> Option<u64> {
    workflow(store).ok().map(|export| size::workflow_size(&export).total() as u64)
}

/// The meter of the status bar.
#[component]
pub fn SizeMeter(
    /// Bytes.
    size: RwSignal<Option<u64>>,
) -> impl IntoView {
    let words = move || {
        size.get().map_or_else(
            || String::from("Workflow"),
            |size| t!("Workflow {size} of 1 MiB", size = crate::ui::format::bytes(size)),
        )
    };
    let share = move || {
        size.get().map_or(0.0, |bytes| 100.0 * bytes as f64 / size::MAXIMUM_WORKFLOW_BYTES as f64).clamp(0.0, 100.0)
    };
    view! {
        <span class="meter" title=t!("What is submitted with the status that a run adds to it (estimated), against the 1 MiB that Argo takes") data-testid="size-meter">
            {words}<i style=("--v", move || format!("{:.1}%", share().max(1.0)))></i>
        </span>
    }
}

/// The preview in the bottom panel.
#[component]
pub fn WorkflowPreview(
    /// The document.
    store: DocumentStore,
) -> impl IntoView {
    let revision = store.revision();
    let compiled = Memo::new(move |_| {
        revision.track();
        workflow_text(&store).map_err(|problems| problems.len())
    });
    let text = Signal::derive(move || compiled.get().unwrap_or_default());
    let wrong = Memo::new(move |_| compiled.with(|compiled| compiled.as_ref().err().copied()));
    move || {
        match wrong.get() {
        None => view! {
            <div class="preview-text" data-testid="workflow-preview"><CodeField text=text language=Language::Yaml label="Argo Workflow" /></div>
        }
        .into_any(),
        Some(count) => view! { <p class="empty-line padded">{t!("It cannot be compiled yet: {count} to mend, under Problems.", count)}</p> }.into_any(),
    }
    }
}
