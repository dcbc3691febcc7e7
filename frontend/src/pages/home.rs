//! The start page: pipelines with their last runs, the newest runs, examples.

use super::arrive::take_in_at_start;
use super::frame::HomeFrame;
use super::open_file::{OpenFileButton, create_and_open};
use super::runs::RunTable;
use crate::net::client::{self, ApiError};
use crate::ui::ask::ask;
use crate::ui::icon::Icon;
use crate::ui::menu::{Menu, MenuPlace, below};
use crate::ui::notice::{ErrorNotice, Skeleton};
use crate::ui::state_mark::{StateMark, run_look};
use crate::ui::thumbnail::{GraphThumbnail, RunBars};
use crate::ui::{clock, format};
use dagwright_shared::api::{
    CreatePipeline, ExampleList, PipelineList, PipelineSummary, RunList, RunSummary, StoredPipeline,
};
use dagwright_texts::t;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, components::A, hooks::use_navigate};
use serde_json::json;
use std::time::Duration;

/// A document with nothing in it but a name.
fn empty_document() -> CreatePipeline {
    let document = json!({
        "apiVersion": dagwright_shared::pipeline::API_VERSION, "kind": "Pipeline", "metadata": {"name": "untitled"},
    });
    CreatePipeline { document: Some(document), text: None, example: None }
}

/// The start page.
#[component]
pub fn HomePage() -> impl IntoView {
    let pipelines = LocalResource::new(|| client::get::<PipelineList>("/api/pipelines"));
    let runs = LocalResource::new(|| client::get::<RunList>("/api/runs?limit=8"));
    let examples = LocalResource::new(|| async { client::get::<ExampleList>("/api/examples").await.ok() });
    // Runs go on while the page is open.
    let tick = clock::ticking(Duration::from_secs(4));
    Effect::new(move |before: Option<u64>| {
        let now = tick.get();
        if before.is_some() {
            pipelines.refetch();
            runs.refetch();
        }
        now
    });
    let query = RwSignal::new(String::new());
    let error = RwSignal::new(None::<ApiError>);
    let create = move |request: CreatePipeline| create_and_open(request, error);
    take_in_at_start(error);
    view! {
        <HomeFrame current="/" search=query>
            <div class="ptitle">
                <h1>{t!("Pipelines")}</h1>
                <span class="grow"></span>
                <OpenFileButton error=error />
                <button class="btn primary" on:click=move |_| create(empty_document())><Icon name="plus" />{t!("New pipeline")}</button>
            </div>
            {move || error.get().map(|error| view! { <CreateProblem error=error /> })}
            <Transition fallback=|| view! { <Skeleton class="pip" /> }>
                {move || pipelines.get().map(|answer| match answer {
                    Err(error) => view! { <ErrorNotice error=error retry=Callback::new(move |()| pipelines.refetch()) /> }.into_any(),
                    Ok(list) if list.pipelines.is_empty() => view! { <Empty create=Callback::new(create) /> }.into_any(),
                    Ok(list) => view! {
                        <PipelineTable list=list.pipelines query=query now=clock::now() changed=Callback::new(move |()| pipelines.refetch()) />
                    }.into_any(),
                })}
            </Transition>
            <Transition fallback=|| ()>
                {move || runs.get().and_then(Result::ok).map(|list| found_runs(list.runs, &query.get())).filter(|runs| !runs.is_empty()).map(|runs| view! {
                    <section class="block">
                        <h2>{t!("Runs")}<span class="end"><A href="/runs" attr:class="btn quiet small">{t!("All runs")}</A></span></h2>
                        <RunTable runs=runs />
                    </section>
                })}
            </Transition>
            {move || examples.get().flatten().filter(|list| !list.examples.is_empty()).map(|list| view! {
                <section class="block">
                    <h2>{t!("Examples")}</h2>
                    <div class="exs">
                        {list.examples.into_iter().map(|example| {
                            let request = CreatePipeline { document: None, text: None, example: Some(example.name.clone()) };
                            view! {
                                <button data-example=example.name on:click=move |_| create(request.clone())>
                                    <GraphThumbnail thumbnail=example.thumbnail />
                                    <b class="lede">{example.title}</b>
                                    <p>{example.description}</p>
                                </button>
                            }
                        }).collect_view()}
                    </div>
                </section>
            })}
        </HomeFrame>
    }
}

/// Whether every word of the query stands somewhere in these texts, however written.
fn says<const N: usize>(query: &str, texts: [&str; N]) -> bool {
    let texts = texts.map(str::to_lowercase);
    query.to_lowercase().split_whitespace().all(|word| texts.iter().any(|text| text.contains(word)))
}

fn found_runs(runs: Vec<RunSummary>, query: &str) -> Vec<RunSummary> {
    let meets = |run: &RunSummary| says(query, [&run.name, &run.pipeline_name, &run.experiment]);
    runs.into_iter().filter(meets).collect()
}

/// A file that could not be opened: everything that is wrong with it, with the lines.
#[component]
fn CreateProblem(error: ApiError) -> impl IntoView {
    let diagnostics = error.body().map(|body| body.diagnostics.clone()).unwrap_or_default();
    view! {
        <ErrorNotice error=error />
        <ul class="file-problems">
            {diagnostics.into_iter().map(|problem| {
                let place = problem.position.map(|at| t!("line {line}, column {column}: ", line = at.line, column = at.column)).unwrap_or_default();
                view! { <li><span class="mono faint">{place}</span>{format::sentences(&problem.message, "")}" "<span class="faint">{problem.hint}</span></li> }
            }).collect_view()}
        </ul>
    }
}

#[component]
fn Empty(create: Callback<CreatePipeline>) -> impl IntoView {
    view! {
        <div class="empty">
            <svg class="thumb" viewBox="0 0 72 30" fill="none" stroke="currentColor" aria-hidden="true">
                <path d="M20 15C24 15 24 6 28 6"></path><path d="M20 15C24 15 24 23 28 23"></path>
                <rect x="2.5" y="10.5" width="17" height="9" rx="2" fill="var(--surface)"></rect>
                <rect x="28.5" y="2.5" width="15" height="7" rx="2" fill="var(--surface)"></rect>
                <rect x="28.5" y="19.5" width="15" height="7" rx="2" fill="var(--surface)"></rect>
            </svg>
            <h2>{t!("No pipeline yet")}</h2>
            <p>{t!("Start with an empty canvas, or open an example below and change it.")}</p>
            <div class="acts"><button class="btn primary" on:click=move |_| create.run(empty_document())>{t!("New pipeline")}</button></div>
        </div>
    }
}

#[component]
fn PipelineTable(
    list: Vec<PipelineSummary>,
    query: RwSignal<String>,
    now: u64,
    changed: Callback<()>,
) -> impl IntoView {
    let found = Memo::new(move |_| {
        let query = query.get();
        let meets = |pipeline: &&PipelineSummary| says(&query, [&pipeline.name, &pipeline.description]);
        list.iter().filter(meets).cloned().collect::<Vec<_>>()
    });
    view! {
        <table class="t pip">
            <thead>
                <tr>
                    <th class="thumb-cell"><span class="sr">{t!("Picture")}</span></th><th>{t!("Pipeline")}</th><th>{t!("Last run")}</th><th>{t!("Recent runs")}</th>
                    <th class="num hide-narrow">{t!("Tasks")}</th><th class="num">{t!("Edited")}</th><th><span class="sr">{t!("Actions")}</span></th>
                </tr>
            </thead>
            <tbody>
                {move || found.get().into_iter().map(|pipeline| view! { <PipelineRow pipeline=pipeline now=now changed=changed /> }).collect_view()}
            </tbody>
        </table>
        <Show when=move || found.with(Vec::is_empty)>
            <p class="empty-line" role="status">{move || t!("No pipeline says “{text}”.", text = query.get().trim())}</p>
        </Show>
    }
}

#[component]
fn PipelineRow(pipeline: PipelineSummary, now: u64, changed: Callback<()>) -> impl IntoView {
    let address = format!("/pipelines/{}", pipeline.id);
    let menu = RwSignal::new(None as MenuPlace);
    let api = StoredValue::new(format!("/api/pipelines/{}", pipeline.id));
    let navigate = use_navigate();
    let go = {
        let address = address.clone();
        let navigate = navigate.clone();
        move || navigate(&address, NavigateOptions::default())
    };
    let key = {
        let go = go.clone();
        move |event: leptos::ev::KeyboardEvent| {
            if event.key() == "Enter" {
                go();
            }
        }
    };
    let duplicate = move || {
        let navigate = navigate.clone();
        leptos::task::spawn_local(async move {
            let Ok(stored) = client::get::<StoredPipeline>(&api.get_value()).await else { return };
            let mut document = stored.document;
            if let Some(name) = document.pointer_mut("/metadata/name") {
                *name = json!(t!("{name} copy", name = name.as_str().unwrap_or("untitled")));
            }
            let request = CreatePipeline { document: Some(document), text: None, example: None };
            if let Ok(stored) = client::post::<_, StoredPipeline>("/api/pipelines", &request).await {
                navigate(&format!("/pipelines/{}", stored.id), NavigateOptions::default());
            }
        });
    };
    let remove = move || {
        ask(t!("Delete this pipeline? Its runs stay."), t!("Delete"), move || {
            leptos::task::spawn_local(async move {
                if let Err(error) = client::delete(&api.get_value()).await {
                    crate::ui::toast::toast(error.to_string());
                }
                changed.run(());
            });
        });
    };
    let last = pipeline.recent.first().cloned();
    let name = pipeline.name.clone();
    let duplicate = StoredValue::new_local(duplicate);
    view! {
        <tr tabindex="0" data-pipeline=pipeline.name.clone() on:click=move |_| go() on:keydown=key>
            <td class="thumb-cell"><GraphThumbnail thumbnail=pipeline.thumbnail /></td>
            <td class="wide-cell">
                <A href=address attr:class="lede">{name}</A>
                <div class="hint cut">{pipeline.description}</div>
            </td>
            <td>
                {last.map(|run| {
                    let took = run.finished.zip(run.started).map(|(end, start)| format::duration(end.saturating_sub(start)));
                    let words = match took {
                        Some(took) => t!("run {number}, {took}", number = run.number, took),
                        None => t!("run {number}", number = run.number),
                    };
                    view! {
                        <StateMark look=run_look(run.phase) />
                        <div class="hint">{words}</div>
                    }
                })}
            </td>
            <td><RunBars runs=pipeline.recent /></td>
            <td class="num muted hide-narrow">{pipeline.tasks}</td>
            <td class="num muted">{clock::relative(pipeline.edited, now)}</td>
            <td class="acts" on:click=|event| event.stop_propagation() on:keydown=|event| event.stop_propagation()>
                <button class="btn quiet small icon" title=t!("More") aria-label=t!("More") on:click=move |event| menu.set(below(&event))><Icon name="more" /></button>
                <Menu place=menu label=t!("Pipeline")>
                    <button role="menuitem" on:click=move |_| duplicate.with_value(|duplicate| duplicate())>{t!("Duplicate")}</button>
                    <a role="menuitem" href=move || format!("{}/file", api.get_value()) download rel="external">{t!("Download YAML")}</a>
                    <hr />
                    <button role="menuitem" on:click=move |_| remove()>{t!("Delete")}</button>
                </Menu>
            </td>
        </tr>
    }
}
