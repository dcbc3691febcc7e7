//! The one error body: every answer that is not 2xx. Other parts' errors become answers here and nowhere else.

use crate::artifacts::ArtifactError;
use crate::artifacts::view::ViewError;
use crate::engine::EngineError;
use crate::secrets::SecretError;
use crate::store::StoreError;
use crate::volumes::VolumeError;
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

/// The error goes to the server's log; the answer says whose it is.
fn ours(what: &str, error: &dyn std::error::Error) -> ApiError {
    tracing::error!("{what}: {error}");
    ApiError::internal(what)
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        ours("The server's store failed", &error)
    }
}

impl From<std::io::Error> for ApiError {
    fn from(error: std::io::Error) -> Self {
        ours("The server's disk failed", &error)
    }
}

impl From<VolumeError> for ApiError {
    fn from(error: VolumeError) -> Self {
        match &error {
            VolumeError::InUse => Self::new(StatusCode::CONFLICT, "volume-in-use", "A run uses this volume right now")
                .hint("Wait for the run's end, or stop it."),
            VolumeError::Folder(reason) if reason.kind() == std::io::ErrorKind::PermissionDenied => {
                tracing::warn!("a volume was not removed: {reason}");
                Self::new(StatusCode::CONFLICT, "volume-not-ours", "Some of the volume's files belong to another user")
                    .hint("A task wrote them as that user. Remove them by a task of the same image, then try again.")
            }
            VolumeError::Folder(_) | VolumeError::Store(_) => ours("The volume was not removed", &error),
        }
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::NotGoingOn(_) => Self::new(StatusCode::CONFLICT, "run-ended", "The run has ended already")
                .hint("There is nothing to stop."),
            EngineError::Absent(_) => {
                Self::refused("engine-unknown", error.to_string()).hint("GET /api/server lists the engines.")
            }
            EngineError::Store(error) => Self::from(error),
            EngineError::Artifacts(error) => Self::from(error),
            EngineError::Cluster(_) => Self::new(StatusCode::BAD_GATEWAY, "cluster", error.to_string())
                .hint("`dagwright doctor` checks the way to the cluster; try again when it answers."),
        }
    }
}

impl From<SecretError> for ApiError {
    fn from(error: SecretError) -> Self {
        match &error {
            SecretError::Name { .. } => Self::refused("secret-name", error.to_string())
                .hint("Names are lower-case letters, digits, '-' and '.'; keys letters, digits, '-', '_' and '.'."),
            SecretError::TooLong => {
                Self::refused("secret-too-long", error.to_string()).hint("Put it into a volume or an upload.")
            }
            SecretError::File { .. } => ours("The secrets' file failed", &error),
        }
    }
}

impl From<ViewError> for ApiError {
    fn from(error: ViewError) -> Self {
        match error {
            ViewError::Unreadable(_) => Self::new(StatusCode::BAD_GATEWAY, error.code(), error.to_string()),
            ViewError::Table(_) | ViewError::Metrics(_) | ViewError::TooLarge { .. } => {
                Self::refused(error.code(), error.to_string())
            }
        }
    }
}

impl From<ArtifactError> for ApiError {
    fn from(error: ArtifactError) -> Self {
        let status = match &error {
            ArtifactError::NotFound { .. } | ArtifactError::NoSuchBucket { .. } => StatusCode::NOT_FOUND,
            ArtifactError::InvalidKey { .. } | ArtifactError::UnsafePath { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            ArtifactError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            ArtifactError::RangeNotSatisfiable { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
            ArtifactError::Interrupted { .. } => StatusCode::BAD_REQUEST,
            ArtifactError::Unreachable { .. } | ArtifactError::Refused { .. } | ArtifactError::Store { .. } => {
                StatusCode::BAD_GATEWAY
            }
            ArtifactError::Configuration { .. }
            | ArtifactError::ChecksumMismatch { .. }
            | ArtifactError::ChangedWhileReading { .. }
            | ArtifactError::LocalFile { .. } => return ours("The artifact store failed", &error),
        };
        Self::new(status, error.code(), error.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(*self.body)).into_response()
    }
}
