//! The one error of the artifact store: what went wrong, where, and how to mend it. It knows no HTTP answers of ours.

use std::io;
use std::path::{Path, PathBuf};

/// Why an artifact could not be stored, read, listed or deleted.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// The settings do not describe a store.
    #[error("The artifact store's settings are wrong: {what}. {mend}")]
    Configuration { what: String, mend: String },
    /// No answer from the endpoint, after retries.
    #[error(
        "The artifact store at {endpoint} does not answer ({reason}). Check that it runs, that AWS_ENDPOINT_URL is right and that this machine may reach it."
    )]
    Unreachable { endpoint: String, reason: String },
    /// The store answered, and refused the keys or the action.
    #[error(
        "The artifact store at {endpoint} refused to {action} in bucket \"{bucket}\" ({code}). Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION and the rights of these keys on the bucket."
    )]
    Refused { endpoint: String, bucket: String, action: &'static str, code: String },
    /// The bucket is not there.
    #[error(
        "There is no bucket \"{bucket}\" at {endpoint}. Make it, or name another bucket in the settings; the path style may also be wrong."
    )]
    NoSuchBucket { endpoint: String, bucket: String },
    /// The object is not there.
    #[error("There is no artifact \"{key}\" in bucket \"{bucket}\". It may have been deleted, or never written.")]
    NotFound { bucket: String, key: String },
    /// The key cannot be used.
    #[error("The key \"{key}\" cannot be used: {why}.")]
    InvalidKey { key: String, why: &'static str },
    /// A relative path (in an upload, a folder or a listing) would leave its folder, or cannot be a file's name.
    #[error("The path \"{path}\" cannot be used: {why}. Rename the file and try again.")]
    UnsafePath { path: String, why: &'static str },
    /// More bytes or files than allowed.
    #[error("{what} is larger than allowed ({limit}). The limit is in the server's settings.")]
    TooLarge { what: String, limit: String },
    /// The requested range lies outside the object.
    #[error("The requested range lies outside \"{key}\", which has {size} bytes.")]
    RangeNotSatisfiable { key: String, size: u64 },
    /// What came back is not what was stored.
    #[error(
        "\"{key}\" is damaged: its SHA-256 should be {expected} but is {actual}. Run the task again that wrote it, or upload it again."
    )]
    ChecksumMismatch { key: String, expected: String, actual: String },
    /// A local file changed between reading its checksum and sending it.
    #[error("{path} changed while it was being stored. Let whatever writes it finish first, then try again.")]
    ChangedWhileReading { path: PathBuf },
    /// The local disk said no.
    #[error("Cannot {action} {path}: {source}.")]
    LocalFile {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The bytes to be stored stopped coming.
    #[error("Receiving \"{what}\" broke off: {reason}. Send it again.")]
    Interrupted { what: String, reason: String },
    /// Any other answer of the store.
    #[error("The artifact store at {endpoint} could not {action} \"{key}\" in bucket \"{bucket}\": {reason}.")]
    Store { endpoint: String, bucket: String, key: String, action: &'static str, reason: String, transient: bool },
}

impl ArtifactError {
    /// A stable code for API answers and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Configuration { .. } => "artifact-configuration",
            Self::Unreachable { .. } => "artifact-store-unreachable",
            Self::Refused { .. } => "artifact-store-refused",
            Self::NoSuchBucket { .. } => "artifact-bucket-missing",
            Self::NotFound { .. } => "artifact-not-found",
            Self::InvalidKey { .. } => "artifact-key-invalid",
            Self::UnsafePath { .. } => "artifact-path-unsafe",
            Self::TooLarge { .. } => "artifact-too-large",
            Self::RangeNotSatisfiable { .. } => "artifact-range-not-satisfiable",
            Self::ChecksumMismatch { .. } => "artifact-checksum-mismatch",
            Self::ChangedWhileReading { .. } => "artifact-changed-while-reading",
            Self::LocalFile { .. } => "artifact-local-file",
            Self::Interrupted { .. } => "artifact-interrupted",
            Self::Store { .. } => "artifact-store-error",
        }
    }

    /// Whether trying the same again a little later may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Store { transient: true, .. })
    }

    pub(super) fn local(action: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self::LocalFile { action, path, source }
    }
}

/// Where a request to the store went: what an error needs to say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    pub(super) endpoint: &'a str,
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
    pub(super) action: &'static str,
}

impl Request<'_> {
    /// Turns the client's error into ours. A 404 without a code is a missing object, since HEAD answers have no body.
    pub(super) fn error(&self, error: s3::Error) -> ArtifactError {
        let Request { endpoint, bucket, key, action } = *self;
        let (endpoint, bucket, key) = (endpoint.to_owned(), bucket.to_owned(), key.to_owned());
        let status = error.status().map(|status| status.as_u16());
        let code = error.code().unwrap_or_default().to_owned();
        match (&error, status, code.as_str()) {
            (s3::Error::Transport { .. }, ..) => {
                ArtifactError::Unreachable { endpoint, reason: deepest_reason(&error) }
            }
            (_, _, "NoSuchBucket") => ArtifactError::NoSuchBucket { endpoint, bucket },
            (_, _, "NoSuchKey") | (_, Some(404), "" | "NotFound") => ArtifactError::NotFound { bucket, key },
            // versitygw answers an unknown access key with 404 XAdminUserNotFound.
            (_, Some(401 | 403), _) | (_, Some(404), "XAdminUserNotFound" | "InvalidAccessKeyId") => {
                let code = if code.is_empty() { format!("status {}", status.unwrap_or_default()) } else { code };
                ArtifactError::Refused { endpoint, bucket, action, code }
            }
            (_, Some(301 | 307 | 400), "PermanentRedirect" | "AuthorizationHeaderMalformed" | "TemporaryRedirect") => {
                ArtifactError::Configuration {
                    what: format!("the bucket \"{bucket}\" belongs to another region or endpoint ({code})"),
                    mend: "Set AWS_REGION and AWS_ENDPOINT_URL to those of the bucket.".to_owned(),
                }
            }
            _ => {
                let transient = error.is_retryable();
                ArtifactError::Store { endpoint, bucket, key, action, reason: error.to_string(), transient }
            }
        }
    }
}

/// The innermost cause says the most ("connection refused"), the outer ones only "request failed".
fn deepest_reason(error: &s3::Error) -> String {
    let mut reason = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        reason = inner.to_string();
        source = inner.source();
    }
    reason
}
