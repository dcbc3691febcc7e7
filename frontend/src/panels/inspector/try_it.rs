//! "Try it": the component of a task alone, run on this machine with inputs typed in here, its result and log in the panel.
//! A run like any other, of a pipeline with one task that is stored only to start it.

use crate::net::client::{self, ApiError, segment};
use crate::panels::editing::component_memo;
use crate::panels::run::live::LiveRun;
use crate::panels::run::task::{TaskPanel, TaskTab};
use crate::panels::run_form::ParameterRow;
use crate::store::document_store::DocumentStore;
use crate::store::server::{is_cluster, server_info};
use crate::ui::agree::{AgreeNotice, Question};
use crate::ui::icon::Icon;
use crate::ui::notice::ErrorNotice;
use dagwright_shared::api::{CreatePipeline, RunDetail, RunSummary, StartRun, StoredPipeline};
use dagwright_shared::component::Component;
use dagwright_shared::pipeline::file::{pipeline_to_value, write_pipeline};
use dagwright_shared::pipeline::{Argument, Graph, Metadata, Parameter, Pipeline, Task};
use dagwright_shared::ports::ports;
use dagwright_shared::run::RunPhase;
use dagwright_texts::t;
use leptos::prelude::*;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The experiment that tries go to.
const EXPERIMENT: &str = "Tries";
/// The name of the only task.
const TASK: &str = "try";

/// A parameter for each input, in their order.
fn parameters(component: &Component) -> Vec<(String, Parameter)> {
    let choices = |name: &str| {
        let inputs = ports(component).inputs;
        inputs.into_iter().find(|input| input.name == name).map(|input| input.choices).unwrap_or_default()
    };
    let parameter = |port: &dagwright_shared::component::InputPort| {
        let parameter = Parameter {
            type_spec: port.type_spec.clone(),
            default: port.default.clone(),
            description: port.description.clone(),
            choices: choices(&port.name),
            optional: port.optional,
            ..Parameter::default()
        };
        (port.name.clone(), parameter)
    };
    component.inputs.iter().map(parameter).collect()
}

/// A pipeline of one task; inputs without a value given here are left to the component.
fn pipeline_of(component: &Component, given: &Map<String, Value>) -> Pipeline {
    let mut graph = Graph::default();
    let mut task = Task { component: component.name.clone(), ..Task::default() };
    for (name, parameter) in parameters(component) {
        if given.contains_key(&name) {
            task.arguments.insert(name.clone(), Argument::Parameter(name.clone()));
            graph.parameters.insert(name, Parameter { default: None, ..parameter });
        }
    }
    graph.components.insert(component.name.clone(), component.clone());
    graph.tasks.insert(String::from(TASK), task);
    let metadata = Metadata { name: format!("Try {}", component.name), ..Metadata::default() };
    Pipeline { metadata, graph, ..Pipeline::default() }
}

/// Whether the open pipeline is somebody else's and was never run here: then a try asks as a run does.
async fn is_foreign() -> bool {
    let path = window().location().pathname().unwrap_or_default();
    let Some(id) = path.strip_prefix("/pipelines/") else { return true };
    client::get::<StoredPipeline>(&format!("/api/pipelines/{}", segment(id))).await.is_ok_and(|stored| stored.foreign)
}

async fn start(
    component: &Component,
    given: Map<String, Value>,
    confirmed: Vec<String>,
) -> Result<RunDetail, ApiError> {
    let pipeline = pipeline_of(component, &given);
    let request = if is_foreign().await {
        CreatePipeline { document: None, text: Some(write_pipeline(&pipeline)), example: None }
    } else {
        CreatePipeline { document: Some(pipeline_to_value(&pipeline)), text: None, example: None }
    };
    let stored: StoredPipeline = client::post("/api/pipelines", &request).await?;
    let request = StartRun {
        pipeline: stored.id.clone(),
        revision: stored.revision,
        version: None,
        arguments: given,
        name: String::new(),
        experiment: String::from(EXPERIMENT),
        engine: String::from("local"),
        confirmed,
    };
    let run: Result<RunSummary, ApiError> = client::post("/api/runs", &request).await;
    // The run has the document; a list of tries among the pipelines would be in the way.
    drop(client::delete(&format!("/api/pipelines/{}", segment(&stored.id))).await);
    client::get(&format!("/api/runs/{}", segment(&run?.id))).await
}

/// The tab.
#[component]
pub fn TryTab(
    /// The document.
    store: DocumentStore,
    /// The task's name.
    task: String,
) -> impl IntoView {
    let component = component_memo(&store, &task);
    let arguments = RwSignal::new(Map::<String, Value>::new());
    let wrong = RwSignal::new(BTreeSet::<String>::new());
    let detail = RwSignal::new(None::<RunDetail>);
    let error = RwSignal::new(None::<ApiError>);
    let question = RwSignal::new(None::<Question>);
    let busy = RwSignal::new(false);
    let server = server_info();
    let elsewhere = move || {
        server.with(|server| {
            server.as_ref().is_some_and(|server| server.engines.iter().all(|engine| is_cluster(&engine.name)))
        })
    };
    let inputs = Memo::new(move |_| {
        component.with(|component| component.as_ref().map(|(_, component)| parameters(component)).unwrap_or_default())
    });
    let go = Callback::new(move |confirmed: Vec<String>| {
        let Some((_, component)) = component.get_untracked() else { return };
        if busy.get_untracked() || !wrong.with_untracked(BTreeSet::is_empty) {
            return;
        }
        busy.set(true);
        error.set(None);
        question.set(None);
        let mut given = arguments.get_untracked();
        given.retain(|name, _| component.inputs.iter().any(|port| port.name == *name));
        leptos::task::spawn_local(async move {
            let answer = start(&component, given, confirmed).await;
            busy.try_set(false);
            match answer {
                Ok(started) => drop(detail.try_set(Some(started))),
                Err(problem) => match Question::read(&problem) {
                    Some(asked) => drop(question.try_set(Some(asked))),
                    None => drop(error.try_set(Some(problem))),
                },
            }
        });
    });
    let rows = move || {
        let rows = inputs.get().into_iter().map(|(name, parameter)| {
            view! { <ParameterRow name=name parameter=parameter arguments=arguments wrong=wrong /> }
        });
        rows.collect_view()
    };
    let problems = move || {
        let body = error.with(|error| error.as_ref().and_then(ApiError::body).map(|body| body.diagnostics.clone()));
        let rows = body.unwrap_or_default().into_iter().map(|problem| {
            view! { <li class="hint error">{crate::ui::format::sentences(&problem.message, &problem.hint)}</li> }
        });
        rows.collect_view()
    };
    let close = Callback::new(move |()| detail.set(None));
    let form = move || {
        view! {
            <div class="scroll">
                <section class="sect">
                    <h3>{t!("Inputs for a try")}</h3>
                    {rows}
                    <Show when=move || inputs.with(Vec::is_empty)><p class="empty-line">{t!("This component has no inputs.")}</p></Show>
                </section>
                <section class="sect last">
                    <p class="hint">{t!("Runs this component alone, on this machine. Nothing of the pipeline changes.")}</p>
                    <div class="button-row">
                        <button class="btn primary" data-testid="try" disabled=move || busy.get() || elsewhere() on:click=move |_| go.run(Vec::new())>
                            <Icon name="play-solid" />{move || if busy.get() { t!("Starting") } else { t!("Try it") }}
                        </button>
                    </div>
                    <Show when=elsewhere><p class="hint error">{t!("This server runs nothing on its own machine: start it without --no-local to try components here.")}</p></Show>
                    {move || error.get().map(|error| view! { <ErrorNotice error=error /> })}
                    <ul class="file-problems">{problems}</ul>
                    <AgreeNotice question=question agree=go />
                </section>
            </div>
        }
    };
    move || match detail.get() {
        Some(detail) => view! { <TryResult detail=detail close=close /> }.into_any(),
        None => form().into_any(),
    }
}

/// What came of it: the task's panel of the run, with the log until it has ended, then with its outputs.
#[component]
fn TryResult(detail: RunDetail, close: Callback<()>) -> impl IntoView {
    let slug = detail.plan.tasks.first().map(|task| task.slug.clone()).unwrap_or_default();
    let has_outputs = detail.plan.templates.first().is_some_and(|template| !template.outputs.is_empty());
    let live = LiveRun::open(detail);
    let tab = RwSignal::new(TaskTab::Logs);
    let phase = live.phase();
    Effect::new(move |_| {
        if phase.get() == RunPhase::Succeeded && has_outputs {
            tab.set(TaskTab::Outputs);
        }
    });
    view! {
        <div class="try-result" data-testid="try-result">
            <div class="button-row"><button class="btn small" data-testid="try-again" on:click=move |_| close.run(())>{t!("Other inputs")}</button></div>
            <TaskPanel live=live slug=slug tab=tab output=RwSignal::new(None) close=close />
        </div>
    }
}
