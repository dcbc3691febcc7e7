//! `/api/python`: the analysis that the browser's module does, for files and the command line.

use super::error::ApiError;
use super::extract::Json;
use crate::app::App;
use axum::Router;
use axum::routing::post;
use dagwright_shared::api::{AnalysePython, ErrorBody};
use serde_json::Value;

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new().route("/python/analyse", post(analyse))
}

/// The ports of a Python function, and what is wrong with its signature.
#[utoipa::path(post, path = "/api/python/analyse", tag = "documents", request_body = AnalysePython,
    responses((status = 200, body = Object), (status = "4XX", body = ErrorBody)))]
pub(super) async fn analyse(Json(request): Json<AnalysePython>) -> Result<axum::Json<Value>, ApiError> {
    let analysed = tokio::task::spawn_blocking(move || {
        serde_json::to_value(dagwright_python::analyse(&request.source, request.function.as_deref()))
    });
    match analysed.await {
        Ok(Ok(value)) => Ok(axum::Json(value)),
        Ok(Err(error)) => Err(ApiError::internal(format!("The analysis could not be written: {error}"))),
        Err(_) => Err(ApiError::internal("The analysis ended early")),
    }
}
