//! `/api/documents`: reading files without storing anything.

use super::error::ApiError;
use super::extract::Json;
use crate::app::App;
use crate::documents::Unreadable;
use axum::Router;
use axum::routing::post;
use dagwright_shared::api::{ErrorBody, ReadAnswer, ReadDocument};
use dagwright_shared::pipeline::file::{Document, component_to_value, pipeline_to_value, read_any};

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new().route("/documents/read", post(read))
}

/// Reads a pipeline's or component's text and says everything that is wrong with it.
#[utoipa::path(post, path = "/api/documents/read", tag = "documents", request_body = ReadDocument,
    responses((status = 200, body = ReadAnswer), (status = "4XX", body = ErrorBody)))]
pub(super) async fn read(Json(request): Json<ReadDocument>) -> axum::Json<ReadAnswer> {
    let outcome = read_any(&request.text);
    let (pipeline, component) = match outcome.value {
        Some(Document::Pipeline(pipeline)) => (Some(pipeline_to_value(&pipeline)), None),
        Some(Document::Component(component)) => (None, Some(component_to_value(&component))),
        None => (None, None),
    };
    axum::Json(ReadAnswer { pipeline, component, diagnostics: outcome.diagnostics })
}

impl From<Unreadable> for ApiError {
    fn from(error: Unreadable) -> Self {
        let message = error.to_string();
        Self::refused("document-unreadable", message)
            .hint("A pipeline file starts with apiVersion: dagwright.dev/v1 and kind: Pipeline.")
            .diagnostics(error.diagnostics)
    }
}
