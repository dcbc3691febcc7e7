//! `/api/runs`: start, list, look, stop, delete. What a run does is the engine's; what it did are its events.

use super::error::ApiError;
use super::experiments::check_name;
use super::extract::{Json, Path, Query};
use super::{pipelines, versions};
use crate::app::App;
use crate::clock;
use crate::documents::from_store;
use crate::engine::{Engine, Urgency};
use crate::retention::{self, DeleteError};
use crate::store::{NewRun, PipelineRecord, RunCursor, RunFilter, RunRecord};
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use dagwright_shared::api::{ChangeRun, ErrorBody, RunDetail, RunList, RunSort, RunSummary, StartRun};
use dagwright_shared::compile::compile;
use dagwright_shared::diagnostic::any_error;
use dagwright_shared::pipeline::Pipeline;
use dagwright_shared::pipeline::file::pipeline_to_value;
use dagwright_shared::plan::{Plan, PlanEnvValue};
use dagwright_shared::run::RunPhase;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Runs of a page when nothing else is asked for.
const PAGE: u32 = 50;
/// Runs of a page at most.
const LARGEST_PAGE: u32 = 500;
/// Longest name of a run, in characters.
const LONGEST_NAME: usize = 200;

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/runs", get(list).post(start))
        .route("/runs/{id}", get(show).patch(change).delete(remove))
        .route("/runs/{id}/stop", post(stop))
}

/// Which runs.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    /// In one of these phases, with commas between: `waiting`, `running`, `stopping`, `succeeded`, `failed`, `stopped`.
    #[serde(default)]
    state: String,
    /// Of this pipeline (id).
    pipeline: Option<String>,
    /// In this experiment (name).
    experiment: Option<String>,
    /// Of this engine (`local`, `argo`).
    engine: Option<String>,
    /// Every word of it in the run's name, its pipeline's or its experiment's.
    text: Option<String>,
    /// The order.
    #[serde(default)]
    sort: RunSort,
    /// Runs of a page, from 1 to 500.
    limit: Option<u32>,
    /// `next` of the page before, in the same order.
    before: Option<String>,
}

/// A page of runs.
#[utoipa::path(get, path = "/api/runs", tag = "runs", params(ListQuery),
    responses((status = 200, body = RunList), (status = "4XX", body = ErrorBody)))]
pub(super) async fn list(
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<RunList>, ApiError> {
    let phases = query.state.split(',').map(str::trim).filter(|phase| !phase.is_empty());
    let phases = phases.map(phase).collect::<Result<Vec<_>, _>>()?;
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        let message = format!("limit is from 1 to {LARGEST_PAGE}, not {limit}");
        return Err(
            ApiError::new(StatusCode::BAD_REQUEST, "query-form", message).hint("Ask for the next page by before.")
        );
    }
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    let filter = RunFilter {
        pipeline: some(query.pipeline),
        experiment: some(query.experiment),
        engine: some(query.engine),
        phases,
        text: some(query.text),
    };
    let behind = some(query.before).map(|before| {
        RunCursor::read(&before, query.sort).ok_or_else(|| {
            ApiError::new(StatusCode::BAD_REQUEST, "query-form", format!("{before:?} is no place in this order"))
                .hint("Send next of the page before, with the same sort; or leave before out.")
        })
    });
    let page = app.store.run_page(&filter, query.sort, behind.transpose()?.as_ref(), limit).await?;
    Ok(axum::Json(RunList { runs: page.runs, total: page.total, next: page.next.map(|next| next.to_string()) }))
}

fn phase(name: &str) -> Result<RunPhase, ApiError> {
    serde_json::from_value(Value::String(String::from(name))).map_err(|_| {
        ApiError::new(StatusCode::BAD_REQUEST, "query-form", format!("{name:?} is no phase of a run"))
            .hint("There are waiting, running, stopping, succeeded, failed and stopped.")
    })
}

/// Compiles a pipeline with a run's arguments and starts it.
#[utoipa::path(post, path = "/api/runs", tag = "runs", request_body = StartRun,
    responses((status = 201, body = RunSummary), (status = "4XX", body = ErrorBody)))]
pub(super) async fn start(
    State(app): State<App>,
    Json(request): Json<StartRun>,
) -> Result<(StatusCode, axum::Json<RunSummary>), ApiError> {
    let mut record = pipelines::record(&app, &request.pipeline).await?;
    if let Some(version) = request.version {
        let found = app.store.version(&record.id, version).await?;
        let (version, text) = found.ok_or_else(|| versions::unknown(version))?;
        record = PipelineRecord { revision: version.revision, text, ..record };
    }
    let (pipeline, _) = from_store(&record.text)?;
    if request.version.is_none() && record.revision != request.revision {
        let message = format!("Revision {} is stored, not {}", record.revision, request.revision);
        return Err(ApiError::new(StatusCode::PRECONDITION_FAILED, "revision-conflict", message)
            .hint("Look at what was saved in between, then run that.")
            .details(json!({"revision": record.revision, "document": pipeline_to_value(&pipeline)})));
    }
    let engine = app.engines.named(&request.engine)?;
    let experiment = if request.experiment.trim().is_empty() { "Default" } else { request.experiment.trim() };
    check_name(experiment)?;
    let name = check_run_name(&request.name)?;
    let plan = compile(&pipeline, &request.arguments).map_err(|problems| {
        ApiError::refused("not-runnable", "The pipeline cannot run as it is")
            .hint("Mend its problems.")
            .diagnostics(problems)
    })?;
    let problems = engine.check(&plan).await;
    if any_error(&problems) {
        return Err(ApiError::refused("not-runnable", "This engine cannot run the pipeline")
            .hint("Change the tasks as their problems say.")
            .diagnostics(problems));
    }
    ask(&app, engine.as_ref(), &request.confirmed, &record, &pipeline, &plan).await?;

    let id = Uuid::now_v7().to_string();
    let volumes = engine.note_volumes(&plan, &record.id, &id).await?;
    let new = NewRun {
        id: id.clone(),
        name: String::from(name),
        pipeline: record.id,
        pipeline_name: pipeline.metadata.name,
        revision: record.revision,
        text: record.text,
        experiment: String::from(experiment),
        engine: String::from(engine.name()),
        sandbox: engine.describe().sandbox,
        created: clock::now(),
        plan,
        arguments: request.arguments,
        volumes,
    };
    let summary = app.store.create_run(&new).await?;
    app.store.keep_run_notes(&id, &problems).await?;
    engine.submit(&id).await?;
    Ok((StatusCode::CREATED, axum::Json(summary)))
}

/// A name that a run may have, without the space around it.
fn check_run_name(name: &str) -> Result<&str, ApiError> {
    let name = name.trim();
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        let message = format!("A run's name has at most {LONGEST_NAME} characters, and no line breaks");
        return Err(ApiError::refused("run-name", message).hint("Give it another name."));
    }
    Ok(name)
}

/// Asks for whatever needs a person's yes and has none yet (409 `confirm`).
async fn ask(
    app: &App,
    engine: &dyn Engine,
    confirmed: &[String],
    record: &PipelineRecord,
    pipeline: &Pipeline,
    plan: &Plan,
) -> Result<(), ApiError> {
    let open = |what: &str| !confirmed.iter().any(|yes| yes == what);
    let about = engine.describe();
    let (mut confirm, mut lines) = (Vec::new(), Vec::new());
    if record.is_foreign && open("foreign") {
        confirm.push("foreign");
        lines.push(format!("{} came from elsewhere. Running it runs this:", pipeline.metadata.name));
        lines.extend(contents(pipeline, plan));
    }
    if about.sees_host && open("host") && !app.store.any_run_in(&about.sandbox).await? {
        confirm.push("host");
        lines.push(about.meaning);
    }
    if open("volume") {
        let users = engine.volumes_in_use(plan, &record.id).await?;
        if !users.is_empty() {
            confirm.push("volume");
            let of = |(volume, runs): (String, usize)| format!("The volume {volume} is in use by {runs} other run(s).");
            lines.extend(users.into_iter().map(of));
        }
    }
    if confirm.is_empty() {
        return Ok(());
    }
    Err(ApiError::new(StatusCode::CONFLICT, "confirm", "This run needs your yes")
        .hint(format!("Send it again with confirmed: {}.", json!(confirm)))
        .details(json!({"confirm": confirm, "lines": lines})))
}

/// What somebody else's pipeline would do here: code, images, packages, secrets and volumes.
fn contents(pipeline: &Pipeline, plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for task in &plan.tasks {
        let Some(template) = plan.template(&task.template) else { continue };
        let code = pipeline.graph.tasks.get(&task.name).is_some_and(|found| {
            let component = pipeline.graph.components.get(&found.component);
            component.is_some_and(|component| {
                matches!(component.implementation, dagwright_shared::component::Implementation::Python(_))
            })
        });
        let what = if code { "Python code" } else { "a command" };
        lines.push(format!("task {}: {what}, image {}", task.name, template.image));
    }
    let all = |of: fn(&dagwright_shared::plan::PlanTemplate) -> Vec<String>| {
        plan.templates.iter().flat_map(of).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
    };
    let packages = all(|template| template.packages.clone());
    let secrets = all(|template| {
        let secret = |value: &PlanEnvValue| match value {
            PlanEnvValue::Secret { name, key } => Some(format!("{name}/{key}")),
            PlanEnvValue::Text(_) => None,
        };
        template.env.iter().filter_map(|variable| secret(&variable.value)).collect()
    });
    let volumes = plan.volumes.iter().map(|volume| volume.name.clone()).collect::<Vec<_>>().join(", ");
    for (what, list) in [("packages", packages), ("secrets", secrets), ("volumes", volumes)] {
        if !list.is_empty() {
            lines.push(format!("{what}: {list}"));
        }
    }
    lines
}

/// A run with its document, plan and state.
#[utoipa::path(get, path = "/api/runs/{id}", tag = "runs", params(("id" = String, Path)),
    responses((status = 200, body = RunDetail), (status = "4XX", body = ErrorBody)))]
pub(super) async fn show(State(app): State<App>, Path(id): Path<String>) -> Result<axum::Json<RunDetail>, ApiError> {
    let run = app.store.run(&id).await?.ok_or_else(|| missing(&id))?;
    let state = app.store.run_state(&id).await?;
    let (pipeline, _) = from_store(&run.text)?;
    let document = pipeline_to_value(&pipeline);
    let RunRecord { summary, version, arguments, plan, .. } = run;
    Ok(axum::Json(RunDetail { summary, document, version, arguments, plan, state }))
}

/// A run as lists show it, or 404.
pub(super) async fn summary(app: &App, id: &str) -> Result<RunSummary, ApiError> {
    app.store.run_summary(id).await?.ok_or_else(|| missing(id))
}

fn missing(id: &str) -> ApiError {
    ApiError::not_found(format!("There is no run {id:?}")).hint("It may have been deleted.")
}

/// Renames a run, or moves it to another experiment.
#[utoipa::path(patch, path = "/api/runs/{id}", tag = "runs", params(("id" = String, Path)), request_body = ChangeRun,
    responses((status = 200, body = RunSummary), (status = "4XX", body = ErrorBody)))]
pub(super) async fn change(
    State(app): State<App>,
    Path(id): Path<String>,
    Json(request): Json<ChangeRun>,
) -> Result<axum::Json<RunSummary>, ApiError> {
    let name = request.name.as_deref().map(check_run_name).transpose()?;
    let experiment = request.experiment.as_deref().map(str::trim);
    experiment.map(check_name).transpose()?;
    let changed = app.store.change_run(&id, name, experiment).await?;
    Ok(axum::Json(changed.ok_or_else(|| missing(&id))?))
}

/// Stops a run; asked again, it ends its processes at once.
#[utoipa::path(post, path = "/api/runs/{id}/stop", tag = "runs", params(("id" = String, Path)),
    responses((status = 202), (status = "4XX", body = ErrorBody)))]
pub(super) async fn stop(State(app): State<App>, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let run = summary(&app, &id).await?;
    if run.phase.is_final() {
        return Err(ApiError::new(StatusCode::CONFLICT, "run-ended", "The run has ended already")
            .hint("There is nothing to stop."));
    }
    let urgency = if run.phase == RunPhase::Stopping { Urgency::AtOnce } else { Urgency::Gently };
    app.engines.named(&run.engine)?.cancel(&id, "somebody with the server's token", urgency).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Deletes a run that has ended, with its logs and artifacts.
#[utoipa::path(delete, path = "/api/runs/{id}", tag = "runs", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn remove(State(app): State<App>, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let run = summary(&app, &id).await?;
    if !run.phase.is_final() {
        return Err(ApiError::new(StatusCode::CONFLICT, "run-going-on", "The run goes on").hint("Stop it first."));
    }
    retention::delete(&app, &run).await.map_err(|error| match error {
        DeleteError::Engine(error) => ApiError::from(error),
        DeleteError::Store(error) => ApiError::from(error),
    })?;
    Ok(StatusCode::NO_CONTENT)
}
