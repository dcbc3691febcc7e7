//! `/api/runs/check` and `/api/runs/{id}/notes`: what an engine says about a run, before it starts and as it did then.

use super::error::ApiError;
use super::extract::{Json, Path};
use super::{pipelines, runs};
use crate::app::App;
use crate::documents::from_store;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use dagwright_shared::api::{CheckRun, ErrorBody, RunNotes};
use dagwright_shared::compile::compile_for_export;

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new().route("/runs/check", post(check)).route("/runs/{id}/notes", get(show))
}

/// What the engine says about a pipeline as it is stored; starts nothing. A pipeline that cannot be compiled has its own
/// problems, and the engine says nothing about it.
#[utoipa::path(post, path = "/api/runs/check", tag = "runs", request_body = CheckRun,
    responses((status = 200, body = RunNotes), (status = "4XX", body = ErrorBody)))]
pub(super) async fn check(
    State(app): State<App>,
    Json(request): Json<CheckRun>,
) -> Result<axum::Json<RunNotes>, ApiError> {
    let record = pipelines::record(&app, &request.pipeline).await?;
    let (pipeline, _) = from_store(&record.text)?;
    let engine = app.engines.named(&request.engine)?;
    // Parameters may still be open: the form is being filled in.
    let notes = match compile_for_export(&pipeline, &request.arguments) {
        Ok(plan) => engine.check(&plan).await,
        Err(_) => Vec::new(),
    };
    Ok(axum::Json(RunNotes { notes }))
}

/// What the engine said when a run started: what had no effect where it ran.
#[utoipa::path(get, path = "/api/runs/{id}/notes", tag = "runs", params(("id" = String, Path)),
    responses((status = 200, body = RunNotes), (status = "4XX", body = ErrorBody)))]
pub(super) async fn show(State(app): State<App>, Path(id): Path<String>) -> Result<axum::Json<RunNotes>, ApiError> {
    runs::summary(&app, &id).await?;
    Ok(axum::Json(RunNotes { notes: app.store.run_notes(&id).await? }))
}
