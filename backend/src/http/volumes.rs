//! `/api/volumes`: storage of this machine: how large, who uses it, what is in it.

use super::error::ApiError;
use super::extract::{Path, Query};
use crate::app::App;
use crate::artifacts::view::download;
use crate::store::{VolumeLifetime, VolumeRecord};
use crate::volumes::{Extent, Looked};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use dagwright_shared::api::{ErrorBody, FileEntry, FileList, VolumeList, VolumeSummary};
use futures::{StreamExt, TryStreamExt};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use std::collections::HashMap;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

/// Volumes that are measured at once.
const AT_ONCE: usize = 8;
/// Entries of a page of a folder.
const PAGE: usize = 1000;

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/volumes", get(list))
        .route("/volumes/{id}", delete(remove))
        .route("/volumes/{id}/files", get(files))
        .route("/volumes/{id}/content", get(content))
}

/// All volumes in name order.
#[utoipa::path(get, path = "/api/volumes", tag = "volumes",
    responses((status = 200, body = VolumeList), (status = "4XX", body = ErrorBody)))]
pub(super) async fn list(State(app): State<App>) -> Result<axum::Json<VolumeList>, ApiError> {
    let pipelines = app.store.pipeline_names().await?;
    let names: HashMap<_, _> = pipelines.into_iter().collect();
    let mut volumes = Vec::new();
    let all = app.store.volumes().await?;
    let measuring = all.clone().into_iter().map(|volume| {
        let volumes = app.volumes.clone();
        async move { volumes.measure(&volume).await }
    });
    let measured: Vec<Extent> = futures::stream::iter(measuring).buffered(AT_ONCE).try_collect().await?;
    for (volume, Extent { size, files, partial }) in all.into_iter().zip(measured) {
        let used_by = app.store.volume_users(&volume.id).await?;
        let pipeline = (volume.lifetime == VolumeLifetime::Kept).then(|| volume.owner.clone());
        volumes.push(VolumeSummary {
            pipeline_name: pipeline.as_ref().and_then(|pipeline| names.get(pipeline).cloned()),
            id: volume.id,
            name: volume.name,
            lifetime: String::from(volume.lifetime.name()),
            pipeline,
            size,
            files,
            partial,
            used_by,
            last_used: volume.last_used,
        });
    }
    Ok(axum::Json(VolumeList { volumes }))
}

async fn record(app: &App, id: &str) -> Result<VolumeRecord, ApiError> {
    let found = app.store.volume(id).await?;
    found.ok_or_else(|| ApiError::not_found(format!("There is no volume {id:?}")).hint("It may have been deleted."))
}

/// Where in it.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct PathQuery {
    /// A path inside the volume; empty is the volume itself.
    #[serde(default)]
    path: String,
}

fn nothing(path: &str) -> ApiError {
    ApiError::not_found(format!("There is no file or folder {path:?} in this volume"))
        .hint("It may have been removed; links are not followed.")
}

fn unreadable(path: &str) -> ApiError {
    let message = format!("The server may not read {path:?} in this volume");
    ApiError::new(StatusCode::FORBIDDEN, "volume-not-ours", message)
        .hint("A task wrote it as another user, or took the right to read from it. Read it in a task.")
}

/// Which page of a folder.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct FilesQuery {
    /// A path inside the volume; empty is the volume itself.
    #[serde(default)]
    path: String,
    /// `next` of the page before.
    #[serde(default)]
    after: String,
}

/// What is in a folder of a volume.
#[utoipa::path(get, path = "/api/volumes/{id}/files", tag = "volumes", params(("id" = String, Path), FilesQuery),
    responses((status = 200, body = FileList), (status = "4XX", body = ErrorBody)))]
pub(super) async fn files(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<FilesQuery>,
) -> Result<axum::Json<FileList>, ApiError> {
    let volume = record(&app, &id).await?;
    match app.volumes.look(&volume, &query.path).await? {
        Looked::Folder(files) => Ok(axum::Json(page(files, &query.after))),
        Looked::Unreadable => Err(unreadable(&query.path)),
        Looked::File(..) | Looked::Nothing => Err(nothing(&query.path)),
    }
}

/// The page behind `after`, which ends in `/` for a folder; folders come first.
fn page(mut files: Vec<FileEntry>, after: &str) -> FileList {
    if !after.is_empty() {
        let last = (!after.ends_with('/'), after.trim_end_matches('/'));
        files.retain(|entry| (!entry.folder, entry.path.as_str()) > last);
    }
    let more = files.len() > PAGE;
    files.truncate(PAGE);
    let next = files.last().filter(|_| more);
    let next = next.map(|entry| format!("{}{}", entry.path, if entry.folder { "/" } else { "" }));
    FileList { files, next }
}

/// A file of a volume, to be saved.
#[utoipa::path(get, path = "/api/volumes/{id}/content", tag = "volumes", params(("id" = String, Path), PathQuery),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = "4XX", body = ErrorBody)))]
pub(super) async fn content(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<PathQuery>,
) -> Result<Response, ApiError> {
    let volume = record(&app, &id).await?;
    match app.volumes.look(&volume, &query.path).await? {
        Looked::File(file, size) => {
            let name = query.path.rsplit('/').next().unwrap_or_default();
            // A file that grows meanwhile must not send more than was announced.
            let stream = ReaderStream::new(tokio::fs::File::from_std(file).take(size));
            let mut headers = download(name).headers();
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
            Ok((headers, Body::from_stream(stream)).into_response())
        }
        Looked::Unreadable => Err(unreadable(&query.path)),
        Looked::Folder(_) | Looked::Nothing => Err(nothing(&query.path)),
    }
}

/// Deletes a volume that no run uses, with everything in it.
#[utoipa::path(delete, path = "/api/volumes/{id}", tag = "volumes", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn remove(State(app): State<App>, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let volume = record(&app, &id).await?;
    app.volumes.delete_unused(&volume).await?;
    Ok(StatusCode::NO_CONTENT)
}
