//! `/api/pipelines/{id}/versions`: snapshots to name, look at and come back to.

use super::error::ApiError;
use super::extract::{Json, Path};
use super::pipelines::{self, if_match, missing, reading};
use crate::app::App;
use crate::clock;
use crate::documents::{from_store, from_text};
use crate::store::{NameOutcome, SaveOutcome};
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use dagwright_shared::api::{
    ChangeVersion, ErrorBody, NameVersion, StoredPipeline, StoredVersion, VersionList, VersionSummary,
};
use dagwright_shared::pipeline::file::pipeline_to_value;
use http::{HeaderMap, StatusCode};

/// Longest name, in characters.
const LONGEST_NAME: usize = 200;

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/pipelines/{id}/versions", get(list).post(name))
        .route("/pipelines/{id}/versions/{version}", get(show).patch(change))
        .route("/pipelines/{id}/versions/{version}/restore", post(restore))
}

/// A pipeline's versions, newest first.
#[utoipa::path(get, path = "/api/pipelines/{id}/versions", tag = "versions", params(("id" = String, Path)),
    responses((status = 200, body = VersionList), (status = "4XX", body = ErrorBody)))]
pub(super) async fn list(State(app): State<App>, Path(id): Path<String>) -> Result<axum::Json<VersionList>, ApiError> {
    pipelines::record(&app, &id).await?;
    Ok(axum::Json(VersionList { versions: app.store.versions(&id).await? }))
}

fn check_name(name: &str) -> Result<&str, ApiError> {
    let name = name.trim();
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        let message = format!("A version's name has at most {LONGEST_NAME} characters, and no line breaks");
        return Err(ApiError::refused("version-name", message).hint("Give it another name."));
    }
    Ok(name)
}

/// Keeps the stored document under a name, if `If-Match` names its revision.
#[utoipa::path(post, path = "/api/pipelines/{id}/versions", tag = "versions", request_body = NameVersion,
    params(("id" = String, Path), ("If-Match" = String, Header, description = "The revision, in quotes")),
    responses((status = 201, body = VersionSummary), (status = "4XX", body = ErrorBody)))]
pub(super) async fn name(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(request): Json<NameVersion>,
) -> Result<(StatusCode, axum::Json<VersionSummary>), ApiError> {
    let revision = if_match(&headers)?;
    let name = check_name(&request.name)?;
    if name.is_empty() {
        return Err(ApiError::refused("version-name", "A version needs a name").hint("Say what it is."));
    }
    match app.store.name_version(&id, revision, name, clock::now()).await? {
        NameOutcome::Named(version) => Ok((StatusCode::CREATED, axum::Json(version))),
        NameOutcome::Missing => Err(missing(&id)),
        NameOutcome::Conflict(stored) => Err(pipelines::conflict(stored, revision).await?),
    }
}

/// A version with its document.
#[utoipa::path(get, path = "/api/pipelines/{id}/versions/{version}", tag = "versions",
    params(("id" = String, Path), ("version" = u64, Path)),
    responses((status = 200, body = StoredVersion), (status = "4XX", body = ErrorBody)))]
pub(super) async fn show(
    State(app): State<App>,
    Path((id, version)): Path<(String, u64)>,
) -> Result<axum::Json<StoredVersion>, ApiError> {
    let (summary, text) = app.store.version(&id, version).await?.ok_or_else(|| unknown(version))?;
    let (pipeline, _) = reading(move || from_store(&text)).await?;
    Ok(axum::Json(StoredVersion { summary, document: pipeline_to_value(&pipeline) }))
}

pub(super) fn unknown(version: u64) -> ApiError {
    ApiError::not_found(format!("The pipeline has no version {version}")).hint("It may have been deleted.")
}

/// Renames a version; an empty name takes it off, and the version with it where no run was made from it.
#[utoipa::path(patch, path = "/api/pipelines/{id}/versions/{version}", tag = "versions", request_body = ChangeVersion,
    params(("id" = String, Path), ("version" = u64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn change(
    State(app): State<App>,
    Path((id, version)): Path<(String, u64)>,
    Json(request): Json<ChangeVersion>,
) -> Result<StatusCode, ApiError> {
    let name = check_name(&request.name)?;
    if app.store.rename_version(&id, version, name).await? { Ok(StatusCode::NO_CONTENT) } else { Err(unknown(version)) }
}

/// Makes a version's document the next revision, if `If-Match` names the stored one. What was stored is kept as a version.
#[utoipa::path(post, path = "/api/pipelines/{id}/versions/{version}/restore", tag = "versions",
    params(("id" = String, Path), ("version" = u64, Path), ("If-Match" = String, Header, description = "The revision, in quotes")),
    responses((status = 200, body = StoredPipeline), (status = "4XX", body = ErrorBody)))]
pub(super) async fn restore(
    State(app): State<App>,
    Path((id, version)): Path<(String, u64)>,
    headers: HeaderMap,
) -> Result<axum::Json<StoredPipeline>, ApiError> {
    let revision = if_match(&headers)?;
    let (_, text) = app.store.version(&id, version).await?.ok_or_else(|| unknown(version))?;
    let incoming = reading(move || from_text(text)).await?;
    match app.store.restore_version(&id, revision, clock::now(), &incoming.new).await? {
        SaveOutcome::Saved(record) => {
            Ok(axum::Json(pipelines::stored(record, &incoming.pipeline, incoming.diagnostics)))
        }
        SaveOutcome::Missing => Err(missing(&id)),
        SaveOutcome::Conflict(stored) => Err(pipelines::conflict(stored, revision).await?),
    }
}
