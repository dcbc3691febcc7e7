//! Reading requests: JSON bodies, queries and path parameters, each refusal in the one error body.
//! Unknown fields are refused by name; a wrong text says where it is wrong.

use super::error::ApiError;
use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;

/// A JSON body.
pub(crate) struct Json<T>(pub(crate) T);

/// The query string.
pub(crate) struct Query<T>(pub(crate) T);

/// Path parameters.
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let media_type = request.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.and_then(|value| value.split(';').next()).map(str::trim).unwrap_or_default();
        if !media_type.eq_ignore_ascii_case("application/json") {
            let message = format!("The body's type is {media_type:?}, not application/json");
            let error = ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", message);
            return Err(error.hint("Send JSON with the header Content-Type: application/json."));
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(super::JSON_LIMIT as u64),
            _ => ApiError::new(StatusCode::BAD_REQUEST, "body-cut", "The body ended before its end"),
        })?;
        serde_json::from_slice(&body).map(Json).map_err(|error| json_error(&error))
    }
}

/// 413 for a body over its limit in bytes.
pub(crate) fn too_large(limit: u64) -> ApiError {
    let message = format!("The body has more than {limit} bytes");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", message).hint("Send less at once.")
}

fn json_error(error: &serde_json::Error) -> ApiError {
    use serde_json::error::Category;
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Data => form_error(&error.to_string()),
        Category::Syntax | Category::Eof | Category::Io => {
            let message = format!("The body is not JSON: {error}");
            ApiError::new(StatusCode::BAD_REQUEST, "json-syntax", message)
                .hint(format!("Look at line {line}, column {column}."))
        }
    }
}

/// JSON of another form than asked for. serde names an unknown field by "unknown field `x`, expected …".
fn form_error(message: &str) -> ApiError {
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let (field, expected) = rest.split_once('`').unwrap_or((rest, ""));
        let expected = expected.trim_start_matches(", ").split(" at line").next().unwrap_or_default();
        return ApiError::refused("field-unknown", format!("There is no field {field:?} here"))
            .hint(format!("Remove it; {expected}."));
    }
    ApiError::refused("body-form", format!("The body is JSON of another form: {message}"))
        .hint("GET /api/openapi.json describes what is expected.")
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(query) => Ok(Self(query.0)),
            Err(rejection) => {
                let message = format!("The query cannot be read: {}", rejection.body_text());
                Err(ApiError::new(StatusCode::BAD_REQUEST, "query-form", message)
                    .hint("GET /api/openapi.json describes what is expected."))
            }
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(path) => Ok(Self(path.0)),
            // A path that cannot be what the route asks for names nothing that exists.
            Err(_) => Err(ApiError::not_found(format!("There is nothing at {}", parts.uri.path()))),
        }
    }
}
