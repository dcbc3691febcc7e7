//! Bytes of stored objects as answers: whole or a range, with headers that keep them out of the application's origin.

use super::error::ApiError;
use crate::artifacts::view::Delivery;
use crate::artifacts::{ArtifactError, ArtifactStore, ByteRange};
use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// An object, or the range of it that the request asks for.
///
/// # Errors
/// 404, 416, or what the store says.
pub(super) async fn file_answer(
    store: &ArtifactStore,
    key: &str,
    delivery: &Delivery,
    asked: &HeaderMap,
) -> Result<Response, ApiError> {
    let range = asked.get(header::RANGE).and_then(|value| value.to_str().ok()).and_then(ByteRange::parse);
    let (information, stream) = match store.get_stream(key, range).await {
        // Any range of nothing is nothing.
        Err(ArtifactError::RangeNotSatisfiable { size: 0, .. }) => store.get_stream(key, None).await?,
        result => result?,
    };
    let part = &information.range;
    let length = part.end - part.start;
    let mut response = Response::new(Body::from_stream(stream));
    let headers = response.headers_mut();
    *headers = delivery.headers();
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if range.is_some() && length > 0 {
        let text = format!("bytes {}-{}/{}", part.start, part.end - 1, information.size);
        if let Ok(text) = HeaderValue::try_from(text) {
            headers.insert(header::CONTENT_RANGE, text);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}
