//! Sharing: a link that holds the pipeline, or a short one; the pipeline's file and the Argo Workflow, looked at and
//! downloaded, plain and compressed.

pub mod link_section;

use crate::form::code_field::{CodeField, Language};
use crate::net::client::{self, segment};
use crate::net::files;
use crate::panels::workflow::workflow_text;
use crate::store::document_store::DocumentStore;
use crate::ui::dialog::Dialog;
use crate::ui::icon::SmallIcon;
use dagwright_shared::pipeline::file::{update_pipeline, write_pipeline};
use dagwright_texts::t;
use leptos::prelude::*;
use link_section::LinkSection;
use wasm_bindgen_futures::JsFuture;

/// What is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Pipeline,
    Workflow,
}

/// A file name from a pipeline's name: letters, digits, `-` and `_` of any script.
pub fn file_name(name: &str, suffix: &str) -> String {
    let clean: String =
        name.chars().map(|c| if c.is_alphanumeric() || c == '-' || c == '_' { c } else { '-' }).collect();
    format!("{}{suffix}", if clean.is_empty() { "pipeline" } else { &clean })
}

/// The dialog.
#[component]
pub fn ShareDialog(
    /// The document.
    store: DocumentStore,
    /// The id of the stored pipeline; empty where no server keeps it.
    #[prop(optional)]
    pipeline: String,
    /// Closes it.
    close: Callback<()>,
) -> impl IntoView {
    let form = RwSignal::new(Form::Pipeline);
    let copied = RwSignal::new(false);
    let name = store.with_untracked(|pipeline| pipeline.metadata.name.clone());
    let title = t!("Share {name}", name);
    let file_text = file_text(&store, pipeline);
    let text = Memo::new(move |_| match form.get() {
        Form::Pipeline => Ok(file_text.get()),
        Form::Workflow => workflow_text(&store),
    });
    let readable = Signal::derive(move || text.get().unwrap_or_default());
    let file = {
        let name = name.clone();
        move || {
            file_name(&name, if form.get_untracked() == Form::Pipeline { ".pipeline.yaml" } else { ".workflow.yaml" })
        }
    };
    let choice = move |value: Form, word: &'static str| {
        view! { <button role="tab" aria-selected=move || (form.get() == value).to_string() on:click=move |_| form.set(value)>{word}</button> }
    };
    let copy = move |_| {
        let Ok(text) = text.get_untracked() else { return };
        leptos::task::spawn_local(async move {
            let done = JsFuture::from(window().navigator().clipboard().write_text(&text)).await.is_ok();
            copied.try_set(done);
        });
    };
    let download = {
        let file = file.clone();
        move |_| {
            if let Ok(text) = text.get_untracked() {
                files::save(&file(), files::yaml_blob(&text));
            }
        }
    };
    let compressed = move |_| {
        if let Ok(text) = text.get_untracked() {
            let name = format!("{}.gz", file());
            leptos::task::spawn_local(async move {
                if let Some(blob) = files::yaml_blob(&text) {
                    files::save(&name, files::gzip(blob).await);
                }
            });
        }
    };
    let usage = move || {
        if form.get() == Form::Pipeline {
            t!("Opens in Dagwright.")
        } else {
            t!("kubectl create -f for Argo; artifacts go to the namespace's default repository.")
        }
    };
    view! {
        <Dialog title=title close=close class="wide">
            <div class="body">
                <LinkSection text=file_text />
                <hr />
                <div class="button-row">
                    <span class="seg" role="tablist">{choice(Form::Pipeline, t!("Pipeline YAML"))} {choice(Form::Workflow, "Argo Workflow")}</span>
                    <span class="grow"></span>
                    <button class="btn quiet small" on:click=copy><SmallIcon name="clone" />{move || if copied.get() { t!("Copied") } else { t!("Copy") }}</button>
                    <button class="btn quiet small" data-testid="download" on:click=download><SmallIcon name="download" />{t!("Download")}</button>
                    <button class="btn quiet small" data-testid="download-gz" on:click=compressed><SmallIcon name="download" />{t!("Download .gz")}</button>
                </div>
                {move || match text.with(|text| text.as_ref().err().cloned()) {
                    None => view! {
                        <div class="export-text" data-testid="export-text"><CodeField text=readable language=Language::Yaml label=t!("Text") /></div>
                    }.into_any(),
                    Some(problems) => view! {
                        <ul class="file-problems">
                            {problems.into_iter().map(|problem| view! { <li class="hint error">{crate::ui::format::sentences(&problem.message, &problem.hint)}</li> }).collect_view()}
                        </ul>
                    }.into_any(),
                }}
            </div>
            <footer role="presentation"><span class="hint">{usage}</span><span class="grow"></span><button class="btn" on:click=move |_| close.run(())>{t!("Done")}</button></footer>
        </Dialog>
    }
}

/// The pipeline's file: the stored text with what was edited since, where a server keeps one; so its comments go along.
fn file_text(store: &DocumentStore, pipeline: String) -> Signal<String> {
    let stored = LocalResource::new(move || {
        let address = format!("/api/pipelines/{}/file", segment(&pipeline));
        let is_stored = !pipeline.is_empty();
        async move { if is_stored { client::get_text(&address).await.ok() } else { None } }
    });
    let store = store.clone();
    let text = Memo::new(move |_| {
        store.with(|document| match stored.get().flatten() {
            Some(stored) => update_pipeline(&stored, document),
            None => write_pipeline(document),
        })
    });
    text.into()
}
