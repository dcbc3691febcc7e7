//! Export: the pipeline document and the Argo Workflow, looked at and downloaded, plain and compressed.

use crate::form::code_field::{CodeField, Language};
use crate::panels::workflow::workflow_text;
use crate::store::document_store::DocumentStore;
use crate::ui::dialog::Dialog;
use crate::ui::icon::SmallIcon;
use dagwright_shared::pipeline::file::write_pipeline;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
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
pub fn ExportDialog(
    /// The document.
    store: DocumentStore,
    /// Closes it.
    close: Callback<()>,
) -> impl IntoView {
    let form = RwSignal::new(Form::Pipeline);
    let copied = RwSignal::new(false);
    let name = store.with_untracked(|pipeline| pipeline.metadata.name.clone());
    let title = format!("Export {name}");
    let text = Memo::new(move |_| match form.get() {
        Form::Pipeline => Ok(store.with_untracked(write_pipeline)),
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
                save(&file(), blob(&text));
            }
        }
    };
    let compressed = move |_| {
        if let Ok(text) = text.get_untracked() {
            let name = format!("{}.gz", file());
            leptos::task::spawn_local(async move { save(&name, gzip(&text).await) });
        }
    };
    let usage = move || {
        if form.get() == Form::Pipeline {
            "Opens in Dagwright."
        } else {
            "kubectl create -f for Argo; artifacts go to the namespace's default repository."
        }
    };
    view! {
        <Dialog title=title close=close class="wide">
            <div class="body">
                <div class="button-row">
                    <span class="seg" role="tablist">{choice(Form::Pipeline, "Pipeline YAML")} {choice(Form::Workflow, "Argo Workflow")}</span>
                    <span class="grow"></span>
                    <button class="btn quiet small" on:click=copy><SmallIcon name="clone" />{move || if copied.get() { "Copied" } else { "Copy" }}</button>
                    <button class="btn quiet small" data-testid="download" on:click=download><SmallIcon name="download" />"Download"</button>
                    <button class="btn quiet small" data-testid="download-gz" on:click=compressed><SmallIcon name="download" />"Download .gz"</button>
                </div>
                {move || match text.with(|text| text.as_ref().err().cloned()) {
                    None => view! {
                        <div class="export-text" data-testid="export-text"><CodeField text=readable language=Language::Yaml label="Text" /></div>
                    }.into_any(),
                    Some(problems) => view! {
                        <ul class="file-problems">
                            {problems.into_iter().map(|problem| view! { <li class="hint error">{crate::ui::format::sentences(&problem.message, &problem.hint)}</li> }).collect_view()}
                        </ul>
                    }.into_any(),
                }}
            </div>
            <footer><span class="hint">{usage}</span><span class="grow"></span><button class="btn" on:click=move |_| close.run(())>"Done"</button></footer>
        </Dialog>
    }
}

fn blob(text: &str) -> Option<web_sys::Blob> {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type("application/yaml");
    web_sys::Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&JsValue::from_str(text)), &options).ok()
}

/// The browser's own gzip.
async fn gzip(text: &str) -> Option<web_sys::Blob> {
    let class = js_sys::Reflect::get(&window(), &JsValue::from_str("CompressionStream"))
        .ok()?
        .dyn_into::<js_sys::Function>()
        .ok()?;
    let stream = js_sys::Reflect::construct(&class, &js_sys::Array::of1(&JsValue::from_str("gzip"))).ok()?;
    let piped = js_sys::Reflect::get(&blob(text)?.stream(), &JsValue::from_str("pipeThrough"))
        .ok()?
        .dyn_into::<js_sys::Function>()
        .ok()?;
    let readable = piped.call1(&blob(text)?.stream(), &stream).ok()?.dyn_into::<web_sys::ReadableStream>().ok()?;
    let response = web_sys::Response::new_with_opt_readable_stream(Some(&readable)).ok()?;
    JsFuture::from(response.blob().ok()?).await.ok()?.dyn_into().ok()
}

/// Hands a file to the person.
fn save(name: &str, blob: Option<web_sys::Blob>) {
    let Some(address) = blob.and_then(|blob| web_sys::Url::create_object_url_with_blob(&blob).ok()) else { return };
    let link =
        document().create_element("a").ok().and_then(|element| element.dyn_into::<web_sys::HtmlAnchorElement>().ok());
    if let Some(link) = link {
        link.set_href(&address);
        link.set_download(name);
        // A link with rel external is the browser's, not the router's.
        drop(link.set_attribute("rel", "external"));
        drop(document().body().map(|body| body.append_child(&link)));
        link.click();
        link.remove();
    }
    set_timeout(move || drop(web_sys::Url::revoke_object_url(&address)), std::time::Duration::from_secs(30));
}
