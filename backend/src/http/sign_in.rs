//! The sign-in page: asks for the token and has no script. Its form posts to the address it stands at, so the browser
//! itself keeps path and fragment (a pipeline in a link survives). Must not be cached.

use super::authentication::{enter, own_path};
use super::error::ApiError;
use crate::app::App;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::response::{Html, IntoResponse, Response};
use http::{StatusCode, header};

/// The page's style sheet, which needs no sign-in.
pub(super) const STYLE: &str = "/sign-in.css";

const PAGE: &str = include_str!("sign_in/page.html");
const SHEET: &str = include_str!("sign_in/style.css");
const FORM_LIMIT: usize = 4096;

/// What the page has to say.
#[derive(Clone, Copy)]
pub(super) enum Notice {
    None,
    WrongToken,
}

/// The page.
pub(super) fn page(status: StatusCode, notice: Notice) -> impl IntoResponse {
    let notice = match notice {
        Notice::None => "",
        Notice::WrongToken => r#"<p class="notice" role="alert">That is not this server's token.</p>"#,
    };
    (status, [(header::CACHE_CONTROL, "no-store")], Html(PAGE.replace("<!-- notice -->", notice)))
}

/// The style sheet.
pub(super) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], SHEET)
}

/// Takes the form: in with the right token, the page again otherwise.
pub(super) async fn submit(app: &App, request: Request) -> Response {
    let uri = request.uri().clone();
    let Ok(body) = to_bytes(request.into_body(), FORM_LIMIT).await else {
        return ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "The form is too large").into_response();
    };
    let form = String::from_utf8_lossy(&body);
    let token = form.split('&').find_map(|pair| pair.strip_prefix("token=")).unwrap_or_default();
    // People paste the whole address that the server printed, escaped by the form.
    let token = token.rsplit_once("token%3D").map_or(token, |(_, token)| token).trim_matches('+');
    if !app.token.is(token) {
        return page(StatusCode::UNAUTHORIZED, Notice::WrongToken).into_response();
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    enter(app, &format!("{}{query}", own_path(&uri)))
}
