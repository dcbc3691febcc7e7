//! `/api/experiments`: named groups of runs.

use super::error::ApiError;
use super::extract::{Json, Path};
use crate::app::App;
use crate::clock;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, patch};
use dagwright_shared::api::{ChangeExperiment, CreateExperiment, ErrorBody, Experiment, ExperimentList};
use http::StatusCode;

/// Longest name, in characters.
const LONGEST_NAME: usize = 200;

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/experiments", get(list).post(create))
        .route("/experiments/{name}", patch(change).delete(remove))
}

/// All experiments, last used first.
#[utoipa::path(get, path = "/api/experiments", tag = "experiments",
    responses((status = 200, body = ExperimentList), (status = "4XX", body = ErrorBody)))]
pub(super) async fn list(State(app): State<App>) -> Result<axum::Json<ExperimentList>, ApiError> {
    Ok(axum::Json(ExperimentList { experiments: app.store.experiments().await? }))
}

/// A name that an experiment may have.
pub(super) fn check_name(name: &str) -> Result<(), ApiError> {
    if name.trim().is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        let message = format!("An experiment's name has 1 to {LONGEST_NAME} characters, and no line breaks");
        return Err(ApiError::refused("experiment-name", message).hint("Give it another name."));
    }
    Ok(())
}

/// Makes an experiment.
#[utoipa::path(post, path = "/api/experiments", tag = "experiments", request_body = CreateExperiment,
    responses((status = 201, body = Experiment), (status = "4XX", body = ErrorBody)))]
pub(super) async fn create(
    State(app): State<App>,
    Json(request): Json<CreateExperiment>,
) -> Result<(StatusCode, axum::Json<Experiment>), ApiError> {
    check_name(&request.name)?;
    if !app.store.create_experiment(&request.name, &request.description, clock::now()).await? {
        return Err(exists(&request.name));
    }
    let CreateExperiment { name, description } = request;
    let experiment = Experiment { name, description, runs: 0, last_used: None, recent: Vec::new() };
    Ok((StatusCode::CREATED, axum::Json(experiment)))
}

fn exists(name: &str) -> ApiError {
    ApiError::new(StatusCode::CONFLICT, "experiment-exists", format!("There is an experiment {name:?} already"))
        .hint("Choose another name.")
}

fn missing(name: &str) -> ApiError {
    ApiError::not_found(format!("There is no experiment {name:?}"))
}

/// Renames an experiment with all its runs, or describes it anew.
#[utoipa::path(patch, path = "/api/experiments/{name}", tag = "experiments", params(("name" = String, Path)),
    request_body = ChangeExperiment, responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn change(
    State(app): State<App>,
    Path(name): Path<String>,
    Json(request): Json<ChangeExperiment>,
) -> Result<StatusCode, ApiError> {
    let new_name = request.name.as_deref().map(str::trim);
    new_name.map(check_name).transpose()?;
    match app.store.change_experiment(&name, new_name, request.description.as_deref()).await? {
        Some(true) => Ok(StatusCode::NO_CONTENT),
        Some(false) => Err(exists(new_name.unwrap_or_default())),
        None => Err(missing(&name)),
    }
}

/// Deletes an experiment that has no runs.
#[utoipa::path(delete, path = "/api/experiments/{name}", tag = "experiments", params(("name" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn remove(State(app): State<App>, Path(name): Path<String>) -> Result<StatusCode, ApiError> {
    match app.store.delete_experiment(&name).await? {
        Some(true) => Ok(StatusCode::NO_CONTENT),
        None => Err(missing(&name)),
        Some(false) => {
            let message = format!("The experiment {name:?} has runs");
            Err(ApiError::new(StatusCode::CONFLICT, "experiment-in-use", message).hint("Delete its runs first."))
        }
    }
}
