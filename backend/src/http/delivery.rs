//! Bytes of stored objects as answers: whole or a range, with headers that keep them out of the application's origin.
//! Ranges and conditions as RFC 9110 says (§13, §14).

use super::error::ApiError;
use crate::artifacts::view::Delivery;
use crate::artifacts::{ArtifactError, ArtifactStore, ByteRange};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

/// An object, or the range of it that the request asks for.
///
/// # Errors
/// 404, or what the store says. A range outside the object is an answer: 416 with the object's size.
pub(super) async fn file_answer(
    store: &ArtifactStore,
    key: &str,
    delivery: &Delivery,
    asked: &HeaderMap,
) -> Result<Response, ApiError> {
    let mut range = text(asked, header::RANGE).and_then(ByteRange::parse);
    let (unless, only_if) = (text(asked, header::IF_NONE_MATCH), text(asked, header::IF_RANGE));
    if unless.is_some() || (range.is_some() && only_if.is_some()) {
        let tag = store.head(key).await?.etag;
        if unless.is_some_and(|tags| is_one_of(tags, tag.as_deref())) {
            // A 304 renews the headers that a browser keeps: these are the artifact's, never the application's.
            let mut response = (StatusCode::NOT_MODIFIED, delivery.headers()).into_response();
            insert(response.headers_mut(), header::ETAG, tag);
            return Ok(response);
        }
        range = range.filter(|_| only_if.is_none_or(|only| tag.as_deref() == Some(only)));
    }
    let (information, stream) = match store.get_stream(key, range).await {
        // Any range of nothing is nothing.
        Err(ArtifactError::RangeNotSatisfiable { size: 0, .. }) => store.get_stream(key, None).await?,
        Err(ArtifactError::RangeNotSatisfiable { key, size }) => {
            let error = ArtifactError::RangeNotSatisfiable { key, size };
            let mut response = ApiError::from(error).into_response();
            insert(response.headers_mut(), header::CONTENT_RANGE, Some(format!("bytes */{size}")));
            return Ok(response);
        }
        result => result?,
    };
    let part = &information.range;
    let length = part.end - part.start;
    let mut response = Response::new(Body::from_stream(stream));
    let headers = response.headers_mut();
    *headers = delivery.headers();
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    insert(headers, header::ETAG, information.etag);
    if range.is_some() && length > 0 {
        let text = format!("bytes {}-{}/{}", part.start, part.end - 1, information.size);
        insert(headers, header::CONTENT_RANGE, Some(text));
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: Option<String>) {
    if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
        headers.insert(name, value);
    }
}

/// The weak comparison of `If-None-Match` (RFC 9110 §13.1.2).
fn is_one_of(tags: &str, tag: Option<&str>) -> bool {
    let mut tags = tags.split(',').map(|tag| tag.trim().trim_start_matches("W/"));
    tags.any(|one| one == "*" || Some(one) == tag)
}
