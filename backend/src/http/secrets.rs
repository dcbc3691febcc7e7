//! `/api/secrets`: names and keys of this machine's secrets. Values come in and never go out.

use super::error::ApiError;
use super::extract::{Json, Path};
use crate::app::App;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, put};
use dagwright_shared::api::{ErrorBody, SecretList, SetSecret};
use http::StatusCode;
use serde_json::Value;

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new().route("/secrets", get(list)).route("/secrets/{name}/{key}", put(set).delete(remove))
}

/// Names and keys.
#[utoipa::path(get, path = "/api/secrets", tag = "secrets",
    responses((status = 200, body = SecretList), (status = "4XX", body = ErrorBody)))]
pub(super) async fn list(State(app): State<App>) -> axum::Json<SecretList> {
    axum::Json(SecretList { secrets: app.secrets.list() })
}

/// Sets a value.
#[utoipa::path(put, path = "/api/secrets/{name}/{key}", tag = "secrets", request_body = SetSecret,
    params(("name" = String, Path), ("key" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn set(
    State(app): State<App>,
    Path((name, key)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Result<StatusCode, ApiError> {
    app.secrets.set(&name, &key, read(body)?.value)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The body's secret. serde's own messages quote what they did not expect, which may be the secret.
fn read(body: Value) -> Result<SetSecret, ApiError> {
    if let Some(field) = body.as_object().and_then(|fields| fields.keys().find(|field| *field != "value")) {
        return Err(ApiError::refused("field-unknown", format!("There is no field {field:?} here"))
            .hint("Remove it; expected `value`."));
    }
    // serde would take a list for the fields in their order.
    let object = Some(body).filter(Value::is_object);
    object.and_then(|body| serde_json::from_value(body).ok()).ok_or_else(|| {
        ApiError::refused("body-form", "The body is JSON of another form")
            .hint("Send {\"value\": \"…\"}, with the value as a text.")
    })
}

/// Removes a key; the last one takes the secret with it.
#[utoipa::path(delete, path = "/api/secrets/{name}/{key}", tag = "secrets",
    params(("name" = String, Path), ("key" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn remove(
    State(app): State<App>,
    Path((name, key)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    if app.secrets.remove(&name, &key)? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::not_found(format!("There is no secret {name}/{key}")).hint("GET /api/secrets lists what there is."))
}
