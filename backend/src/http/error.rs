//! The one error body: every answer that is not 2xx. Other parts' errors become answers here and nowhere else.

use crate::store::StoreError;
use axum::Json;
use axum::response::{IntoResponse, Response};
use dagwright_shared::api::ErrorBody;
use dagwright_shared::diagnostic::Diagnostic;
use http::StatusCode;
use serde_json::Value;

/// An answer that is not 2xx.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    body: Box<ErrorBody>,
}

impl ApiError {
    /// An error with its stable code and what is wrong.
    pub fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let body = ErrorBody {
            code: String::from(code),
            message: message.into(),
            hint: String::new(),
            diagnostics: Vec::new(),
            details: None,
        };
        Self { status, body: Box::new(body) }
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", message)
    }

    /// 422: read, but not possible.
    pub fn refused(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    /// 500. What went wrong belongs into the server's log, not into the answer.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message).hint("The server's output says more.")
    }

    /// With how to mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.body.hint = hint.into();
        self
    }

    /// With the problems of a document.
    #[must_use]
    pub fn diagnostics(mut self, diagnostics: Vec<Diagnostic>) -> Self {
        self.body.diagnostics = diagnostics;
        self
    }

    /// With more, by code.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.body.details = Some(details);
        self
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!("the store failed: {error}");
        Self::internal("The server's store failed")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(*self.body)).into_response()
    }
}
