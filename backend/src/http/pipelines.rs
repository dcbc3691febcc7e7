//! `/api/pipelines`: the stored documents, with a save counter that no save can pass silently.

use super::error::ApiError;
use super::extract::{Json, Path, Query};
use crate::app::App;
use crate::clock;
use crate::documents::{Incoming, Unreadable, from_store, from_text, from_value, from_value_over};
use crate::examples;
use crate::store::{Origin, PipelineRecord, SaveOutcome};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use dagwright_shared::api::{CreatePipeline, ErrorBody, PipelineList, SavePipeline, StoredPipeline};
use dagwright_shared::check::Arguments;
use dagwright_shared::compile::compile;
use dagwright_shared::diagnostic::Diagnostic;
use dagwright_shared::export::argo;
use dagwright_shared::pipeline::Pipeline;
use dagwright_shared::pipeline::file::pipeline_to_value;
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::json;
use std::io::Write;
use uuid::Uuid;

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/pipelines", get(list).post(create))
        .route("/pipelines/{id}", get(show).put(save).delete(remove))
        .route("/pipelines/{id}/file", get(file))
        .route("/pipelines/{id}/workflow", get(workflow))
}

/// All pipelines, last edited first.
#[utoipa::path(get, path = "/api/pipelines", tag = "pipelines",
    responses((status = 200, body = PipelineList), (status = "4XX", body = ErrorBody)))]
pub(super) async fn list(State(app): State<App>) -> Result<axum::Json<PipelineList>, ApiError> {
    Ok(axum::Json(PipelineList { pipelines: app.store.pipelines().await? }))
}

/// Stores a new pipeline: a document, a file's text, or an example.
#[utoipa::path(post, path = "/api/pipelines", tag = "pipelines", request_body = CreatePipeline,
    responses((status = 201, body = StoredPipeline), (status = "4XX", body = ErrorBody)))]
pub(super) async fn create(
    State(app): State<App>,
    Json(request): Json<CreatePipeline>,
) -> Result<(StatusCode, axum::Json<StoredPipeline>), ApiError> {
    let (incoming, origin) = match (request.document, request.text, request.example) {
        (Some(document), None, None) => (reading(move || from_value(&document)).await?, Origin::Here),
        (None, Some(text), None) => (reading(move || from_text(text)).await?, Origin::Elsewhere),
        (None, None, Some(name)) => {
            let names = examples::EXAMPLES.iter().map(|example| example.name).collect::<Vec<_>>().join(", ");
            let example = examples::example(&name).ok_or_else(|| {
                ApiError::not_found(format!("There is no example {name:?}")).hint(format!("There are: {names}."))
            })?;
            (from_text(String::from(example.text))?, Origin::Here)
        }
        _ => {
            return Err(ApiError::refused("body-form", "Exactly one of document, text and example is needed")
                .hint("Send a document as JSON, a file's text, or an example's name."));
        }
    };
    let record = app.store.create_pipeline(&Uuid::now_v7().to_string(), clock::now(), origin, &incoming.new).await?;
    Ok((StatusCode::CREATED, axum::Json(stored(record, &incoming.pipeline, incoming.diagnostics))))
}

pub(super) fn stored(record: PipelineRecord, pipeline: &Pipeline, diagnostics: Vec<Diagnostic>) -> StoredPipeline {
    StoredPipeline {
        id: record.id,
        revision: record.revision,
        document: pipeline_to_value(pipeline),
        diagnostics,
        edited: record.edited,
        foreign: record.is_foreign,
    }
}

/// A pipeline of the store, or 404.
pub(super) async fn record(app: &App, id: &str) -> Result<PipelineRecord, ApiError> {
    let found = app.store.pipeline(id).await?;
    found.ok_or_else(|| missing(id))
}

/// A pipeline of the store with its document read.
async fn opened(app: &App, id: &str) -> Result<(PipelineRecord, Pipeline, Vec<Diagnostic>), ApiError> {
    let record = record(app, id).await?;
    reading(move || {
        let (pipeline, diagnostics) = from_store(&record.text)?;
        Ok((record, pipeline, diagnostics))
    })
    .await
}

/// Reads and writes documents aside from the threads that answer: ten thousand tasks take half a second.
pub(super) async fn reading<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, Unreadable> + Send + 'static,
) -> Result<T, ApiError> {
    let read = tokio::task::spawn_blocking(read).await;
    Ok(read.map_err(|error| ApiError::internal(format!("The document could not be read: {error}")))??)
}

pub(super) fn missing(id: &str) -> ApiError {
    ApiError::not_found(format!("There is no pipeline {id:?}")).hint("It may have been deleted.")
}

/// A pipeline.
#[utoipa::path(get, path = "/api/pipelines/{id}", tag = "pipelines", params(("id" = String, Path)),
    responses((status = 200, body = StoredPipeline), (status = "4XX", body = ErrorBody)))]
pub(super) async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<axum::Json<StoredPipeline>, ApiError> {
    let (record, pipeline, diagnostics) = opened(&app, &id).await?;
    Ok(axum::Json(stored(record, &pipeline, diagnostics)))
}

/// Saves a document over the revision that `If-Match` names; 412 with the stored side when another save came first.
#[utoipa::path(put, path = "/api/pipelines/{id}", tag = "pipelines", request_body = SavePipeline,
    params(("id" = String, Path), ("If-Match" = String, Header, description = "The revision, in quotes")),
    responses((status = 200, body = StoredPipeline), (status = "4XX", body = ErrorBody)))]
pub(super) async fn save(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(request): Json<SavePipeline>,
) -> Result<axum::Json<StoredPipeline>, ApiError> {
    let revision = if_match(&headers)?;
    let stored_text = record(&app, &id).await?.text;
    let Incoming { pipeline, new, diagnostics } = match (request.document, request.text) {
        (Some(document), None) => reading(move || from_value_over(&stored_text, &document)).await?,
        (None, Some(text)) => reading(move || from_text(text)).await?,
        _ => {
            return Err(ApiError::refused("body-form", "Exactly one of document and text is needed")
                .hint("Send the document as JSON, or the file's text."));
        }
    };
    match app.store.save_pipeline(&id, revision, clock::now(), &new).await? {
        SaveOutcome::Saved(record) => Ok(axum::Json(stored(record, &pipeline, diagnostics))),
        SaveOutcome::Missing => Err(missing(&id)),
        SaveOutcome::Conflict(record) => Err(conflict(record, revision).await?),
    }
}

/// 412: another revision is stored than the request goes over. The stored side is in it.
pub(super) async fn conflict(stored: PipelineRecord, revision: u64) -> Result<ApiError, ApiError> {
    let now = stored.revision;
    let (theirs, _) = reading(move || from_store(&stored.text)).await?;
    let message = format!("Revision {now} is stored, not {revision}: somebody else saved in between");
    Ok(ApiError::new(StatusCode::PRECONDITION_FAILED, "revision-conflict", message)
        .hint("Take the stored document, or save again over its revision.")
        .details(json!({"revision": now, "document": pipeline_to_value(&theirs)})))
}

pub(super) fn if_match(headers: &HeaderMap) -> Result<u64, ApiError> {
    let value = headers.get(header::IF_MATCH).ok_or_else(|| {
        ApiError::new(
            StatusCode::PRECONDITION_REQUIRED,
            "revision-missing",
            "A save must say over which revision it goes",
        )
        .hint("Send the header If-Match: \"<revision>\".")
    })?;
    let text = value.to_str().unwrap_or_default().trim().trim_matches('"');
    text.parse().map_err(|_| {
        ApiError::new(StatusCode::BAD_REQUEST, "revision-form", format!("{text:?} is no revision"))
            .hint("Send the number that the last read or save gave, in quotes.")
    })
}

/// Deletes a pipeline; its runs stay.
#[utoipa::path(delete, path = "/api/pipelines/{id}", tag = "pipelines", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn remove(State(app): State<App>, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    if app.store.delete_pipeline(&id).await? { Ok(StatusCode::NO_CONTENT) } else { Err(missing(&id)) }
}

/// What a download may be asked as.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct DownloadQuery {
    /// `1`: compressed by gzip.
    #[serde(default)]
    gz: Option<u8>,
}

/// The document's file, byte for byte as stored.
#[utoipa::path(get, path = "/api/pipelines/{id}/file", tag = "pipelines", params(("id" = String, Path), DownloadQuery),
    responses((status = 200, content((String = "application/yaml"), (String = "application/gzip"))), (status = "4XX", body = ErrorBody)))]
pub(super) async fn file(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<DownloadQuery>,
) -> Result<Response, ApiError> {
    let (record, pipeline, _) = opened(&app, &id).await?;
    download(&pipeline.metadata.name, ".pipeline.yaml", record.text, &query)
}

/// The pipeline as an Argo Workflow, with its parameters' defaults.
#[utoipa::path(get, path = "/api/pipelines/{id}/workflow", tag = "pipelines", params(("id" = String, Path), DownloadQuery),
    responses((status = 200, content((String = "application/yaml"), (String = "application/gzip"))), (status = "4XX", body = ErrorBody)))]
pub(super) async fn workflow(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<DownloadQuery>,
) -> Result<Response, ApiError> {
    let (_, pipeline, _) = opened(&app, &id).await?;
    let refused = |problems: Vec<Diagnostic>| {
        ApiError::refused("not-compilable", "The pipeline has problems, so there is no Workflow of it")
            .hint("Mend them; the editor's problems panel shows where.")
            .diagnostics(problems)
    };
    let plan = compile(&pipeline, &Arguments::new()).map_err(refused)?;
    let export = argo::export(&plan).map_err(refused)?;
    download(&pipeline.metadata.name, ".workflow.yaml", export.to_yaml(), &query)
}

fn download(name: &str, suffix: &str, text: String, query: &DownloadQuery) -> Result<Response, ApiError> {
    let (bytes, media_type, ending) = match query.gz {
        None | Some(0) => (text.into_bytes(), "application/yaml", ""),
        Some(1) => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            let written = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
            (
                written.map_err(|error| ApiError::internal(format!("The file could not be compressed: {error}")))?,
                "application/gzip",
                ".gz",
            )
        }
        Some(other) => {
            return Err(ApiError::new(StatusCode::BAD_REQUEST, "query-form", format!("gz is 0 or 1, not {other}")));
        }
    };
    let response = Response::builder()
        .header(header::CONTENT_TYPE, media_type)
        .header(header::CONTENT_DISPOSITION, attachment(&format!("{name}{suffix}{ending}")))
        .body(Body::from(bytes));
    response.map_err(|error| ApiError::internal(format!("The answer could not be made: {error}")))
}

/// RFC 6266: an ASCII name for old readers and the real one in UTF-8.
pub(super) fn attachment(name: &str) -> String {
    let ascii: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}
