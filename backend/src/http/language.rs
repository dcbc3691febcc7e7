//! The language of an answer: errors and diagnostics are said in what `Accept-Language` asks for, else in English. What is
//! stored (events, logs) is said in English.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use dagwright_texts::{Language, Spoken};
use http::header;

pub(super) async fn speak(request: Request, next: Next) -> Response {
    let asked = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|tags| tags.to_str().ok());
    match asked.and_then(Language::best).unwrap_or_default() {
        Language::English => next.run(request).await,
        other => Spoken::new(other, next.run(request)).await,
    }
}
