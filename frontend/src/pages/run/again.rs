//! A run's pipeline and parameters, taken up again: into the editor (asking where the pipeline changed since), or as a
//! new run of the same document with other parameters.

use crate::net::client::{self, ApiError, segment};
use crate::panels::difference::DifferenceList;
use crate::panels::run_form::{Again, RunForm};
use crate::store::document_store::DocumentStore;
use crate::ui::dialog::Dialog;
use crate::ui::notice::{ErrorNotice, Skeleton};
use dagwright_editor::session::Mode;
use dagwright_shared::api::{CreatePipeline, RunDetail, StoredPipeline};
use dagwright_shared::compare::{Difference, compare};
use dagwright_shared::pipeline::file::pipeline_from_value;
use dagwright_texts::t;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use serde_json::{Value, json};
use std::sync::Arc;

/// The run form with what this run was given.
#[component]
pub fn RunAgain(detail: Arc<RunDetail>, close: Callback<()>) -> impl IntoView {
    let Some(document) = pipeline_from_value(&detail.document).value else { return ().into_any() };
    let store = DocumentStore::open(document, Mode::Look);
    let summary = &detail.summary;
    let again = Again {
        version: detail.version,
        arguments: detail.arguments.clone(),
        experiment: summary.experiment.clone(),
        engine: summary.engine.clone(),
    };
    // Nothing is edited here, so nothing is to be saved: the version is what runs.
    let save = Callback::new(|done: Callback<Result<u64, String>>| done.run(Ok(0)));
    let pipeline = summary.pipeline.clone();
    view! { <RunForm store=store pipeline=pipeline save=save size=RwSignal::new(None) close=close again=again /> }
        .into_any()
}

/// The pipeline of a run as it stands now.
#[derive(Clone, Debug, PartialEq)]
enum Now {
    /// As it was in the run.
    Same,
    /// Changed since: its revision, and how the run's document differs from it.
    Changed(u64, Difference),
    /// Deleted.
    Gone,
}

async fn look(pipeline: &str, document: &Value) -> Result<Now, ApiError> {
    let stored = match client::get::<StoredPipeline>(&format!("/api/pipelines/{}", segment(pipeline))).await {
        Err(error) if error.code() == "not-found" => return Ok(Now::Gone),
        other => other?,
    };
    if stored.document == *document {
        return Ok(Now::Same);
    }
    let read = |document: &Value| pipeline_from_value(document).value.unwrap_or_default();
    Ok(Now::Changed(stored.revision, compare(&read(&stored.document), &read(document))))
}

/// Asks where the run's document is to be opened.
#[component]
pub fn CloneDialog(detail: Arc<RunDetail>, close: Callback<()>) -> impl IntoView {
    let detail = StoredValue::new(detail);
    let (name, number) = detail.with_value(|run| (run.summary.pipeline_name.clone(), run.summary.number));
    let now = LocalResource::new(move || {
        let detail = detail.get_value();
        async move { look(&detail.summary.pipeline, &detail.document).await }
    });
    let error = RwSignal::new(None::<ApiError>);
    let navigate = StoredValue::new_local(use_navigate());
    let open = move |pipeline: &str| {
        navigate.with_value(|go| go(&format!("/pipelines/{}", segment(pipeline)), NavigateOptions::default()));
    };
    let make = move |_| {
        let mut document = detail.with_value(|run| run.document.clone());
        if let Some(name) = document.pointer_mut("/metadata/name") {
            *name = json!(t!("{name}, run {number}", name = name.as_str().unwrap_or("untitled"), number));
        }
        let request = CreatePipeline { document: Some(document), text: None, example: None };
        leptos::task::spawn_local(async move {
            match client::post::<_, StoredPipeline>("/api/pipelines", &request).await {
                Ok(stored) => open(&stored.id),
                Err(problem) => error.set(Some(problem)),
            }
        });
    };
    let restore = move |revision: u64| {
        let (pipeline, version) = detail.with_value(|run| (run.summary.pipeline.clone(), run.version));
        leptos::task::spawn_local(async move {
            let path = format!("/api/pipelines/{}/versions/{version}/restore", segment(&pipeline));
            match client::post_if_match(&path, revision).await {
                Ok(()) => open(&pipeline),
                Err(problem) => error.set(Some(problem)),
            }
        });
    };
    let body = move |now: Now| {
        match now {
        Now::Same => view! { <p>{t!("{name} is still as it was in this run.", name)}</p> }.into_any(),
        Now::Gone => view! { <p>{t!("{name} was deleted. Its document in this run becomes a new pipeline.", name)}</p> }
            .into_any(),
        Now::Changed(_, difference) => view! {
            <p>{t!("{name} changed since this run. Put back, it would differ from now in this:", name)}</p>
            <DifferenceList difference=difference />
            <p class="hint">{t!("Putting it back keeps what is there now: it stands among the pipeline's versions.")}</p>
        }
        .into_any(),
    }
    };
    let acts = move |now: Now| {
        match now {
        Now::Gone => ().into_any(),
        Now::Same => view! {
            <button class="btn" on:click=move |_| detail.with_value(|run| open(&run.summary.pipeline))>{t!("Open it")}</button>
        }.into_any(),
        Now::Changed(revision, _) => view! { <button class="btn" on:click=move |_| restore(revision)>{t!("Put it back")}</button> }.into_any(),
    }
    };
    let found = move || now.get().and_then(Result::ok);
    view! {
        <Dialog title=t!("Clone run {number}", number) close=close>
            <div class="body" data-testid="clone">
                {move || now.get().map_or_else(|| view! { <Skeleton /> }.into_any(), |answer| match answer {
                    Ok(now) => body.clone()(now),
                    Err(error) => view! { <ErrorNotice error=error /> }.into_any(),
                })}
                {move || error.get().map(|error| view! { <ErrorNotice error=error /> })}
            </div>
            <footer role="presentation">
                <span class="grow"></span>
                <button class="btn quiet" on:click=move |_| close.run(())>{t!("Cancel")}</button>
                {move || found().map(acts)}
                <button class="btn primary" on:click=make>{t!("Make a new pipeline")}</button>
            </footer>
        </Dialog>
    }
}
