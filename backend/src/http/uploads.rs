//! `/api/uploads`: a person's own files and folders, streamed into S3 under the digest of their content.

use super::error::ApiError;
use super::extract::{Query, too_large};
use crate::app::App;
use crate::artifacts::keys::ArtifactReference;
use crate::artifacts::{ArtifactError, UploadLimits, Uploaded, UploadedKind};
use crate::clock;
use crate::store::UploadRecord;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::routing::post;
use dagwright_shared::api::{self, ErrorBody};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/uploads", post(file))
        .route("/uploads/folder", post(folder))
        // The store counts what really comes, against its own limit.
        .layer(DefaultBodyLimit::disable())
}

/// What it is called.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct UploadQuery {
    /// The file's or folder's name, without a path.
    name: String,
}

/// Takes in one file; the body is its content.
#[utoipa::path(post, path = "/api/uploads", tag = "uploads", params(UploadQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = api::Uploaded), (status = "4XX", body = ErrorBody)))]
pub(super) async fn file(
    State(app): State<App>,
    Query(query): Query<UploadQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, axum::Json<api::Uploaded>), ApiError> {
    check(&app, &query.name, &headers)?;
    let uploaded = app.artifacts.store.receive_file(&query.name, body.into_data_stream(), limits(&app)).await?;
    finish(&app, &query.name, uploaded).await
}

/// Takes in a folder: a multipart body whose parts have relative paths as file names.
#[utoipa::path(post, path = "/api/uploads/folder", tag = "uploads", params(UploadQuery),
    request_body(content = String, content_type = "multipart/form-data"),
    responses((status = 201, body = api::Uploaded), (status = "4XX", body = ErrorBody)))]
pub(super) async fn folder(
    State(app): State<App>,
    Query(query): Query<UploadQuery>,
    headers: HeaderMap,
    multipart: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<(StatusCode, axum::Json<api::Uploaded>), ApiError> {
    check(&app, &query.name, &headers)?;
    let wrong = |reason: String| {
        ApiError::new(StatusCode::BAD_REQUEST, "multipart-form", format!("The body is not a multipart form: {reason}"))
            .hint("Send multipart/form-data; each part's file name is the file's path in the folder.")
    };
    let mut multipart = multipart.map_err(|rejection| wrong(rejection.body_text()))?;
    let mut upload = app.artifacts.store.receive_folder(limits(&app))?;
    while let Some(field) = multipart.next_field().await.map_err(|error| wrong(error.body_text()))? {
        let Some(path) = field.file_name().map(String::from) else {
            return Err(wrong(String::from("a part has no file name")));
        };
        upload.add(&path, field).await?;
    }
    finish(&app, &query.name, upload.finish().await?).await
}

fn limits(app: &App) -> UploadLimits {
    UploadLimits { total_bytes: app.configuration.upload_limit, ..UploadLimits::default() }
}

/// What can be refused before anything is received.
fn check(app: &App, name: &str, headers: &HeaderMap) -> Result<(), ApiError> {
    ArtifactReference::parse(&format!("upload:{}/{name}", "0".repeat(64))).map_err(|error| match error {
        ArtifactError::UnsafePath { .. } | ArtifactError::InvalidKey { .. } => {
            ApiError::refused("upload-name", format!("{name:?} is no name of a file or folder"))
                .hint("Give the name alone, without a path.")
        }
        other => ApiError::from(other),
    })?;
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    // A multipart body is a little longer than its files.
    let most = app.configuration.upload_limit.saturating_add(1 << 20);
    if length.is_some_and(|length| length > most) { Err(too_large(app.configuration.upload_limit)) } else { Ok(()) }
}

async fn finish(
    app: &App,
    name: &str,
    uploaded: Uploaded,
) -> Result<(StatusCode, axum::Json<api::Uploaded>), ApiError> {
    let record = UploadRecord {
        sha256: uploaded.sha256,
        name: String::from(name),
        size: uploaded.size,
        files: uploaded.files as u64,
        is_folder: uploaded.kind == UploadedKind::Folder,
    };
    app.store.record_upload(&record, clock::now()).await?;
    let artifact = format!("upload:{}/{name}", record.sha256);
    Ok((StatusCode::CREATED, axum::Json(api::Uploaded { artifact, size: record.size, files: record.files })))
}
