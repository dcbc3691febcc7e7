//! Signing in: `?token=` becomes a cookie and leaves the address; `Authorization: Bearer` for command lines.
//! Whoever has neither gets the sign-in page, or 401 from the API.

use super::error::ApiError;
use super::{origin, sign_in};
use crate::app::App;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};

/// How long a browser stays signed in.
const COOKIE_SECONDS: u64 = 30 * 24 * 3600;

/// Lets signed-in requests through.
pub(super) async fn require(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path == origin::HEALTH || path == sign_in::STYLE {
        return next.run(request).await;
    }
    let api = path == "/api" || path.starts_with("/api/");
    if !api && let Some((token, rest)) = token_in_address(request.uri()) {
        return match request.method() {
            // The answer to a HEAD, as previews of links send it, shall not differ from the GET's.
            &Method::GET | &Method::HEAD if app.token.is(&token) => enter(&app, &rest),
            _ => sign_in::page(StatusCode::UNAUTHORIZED, sign_in::Notice::WrongToken).into_response(),
        };
    }
    if signed_in(&app, request.headers()) {
        return next.run(request).await;
    }
    if api {
        return ApiError::new(StatusCode::UNAUTHORIZED, "signed-out", "The request carries no valid token")
            .hint("Open the address that the server printed, or send Authorization: Bearer <token>.")
            .into_response();
    }
    if request.method() == Method::POST {
        return sign_in::submit(&app, request).await;
    }
    sign_in::page(StatusCode::UNAUTHORIZED, sign_in::Notice::None).into_response()
}

/// Sets the cookie and sends the browser on to `location`; it keeps the fragment by itself.
pub(super) fn enter(app: &App, location: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let secure = if app.configuration.is_tls() { "; Secure" } else { "" };
    let cookie = format!(
        "{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={COOKIE_SECONDS}{secure}",
        cookie_name(app),
        app.token.cookie()
    );
    let headers = response.headers_mut();
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    headers.insert(header::LOCATION, HeaderValue::try_from(location).unwrap_or(HeaderValue::from_static("/")));
    response
}

/// The cookie's name: cookies know no ports, and several servers may stand on one machine.
fn cookie_name(app: &App) -> String {
    format!("dagwright-{}", app.configuration.address.port())
}

fn signed_in(app: &App, headers: &HeaderMap) -> bool {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(token) = bearer.and_then(|value| value.split_once(' ')) {
        return token.0.eq_ignore_ascii_case("bearer") && app.token.is(token.1.trim());
    }
    let name = cookie_name(app);
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .any(|(key, value)| key == name && app.token.is_cookie(value))
}

/// The token of `?token=…` and the address without it. A path that a browser would take for another host is folded.
fn token_in_address(uri: &Uri) -> Option<(String, String)> {
    let mut token = None;
    let mut rest = Vec::new();
    for pair in uri.query()?.split('&') {
        match pair.strip_prefix("token=") {
            Some(value) => token = Some(String::from(value)),
            None => rest.push(pair),
        }
    }
    let query = if rest.is_empty() { String::new() } else { format!("?{}", rest.join("&")) };
    Some((token?, format!("{}{query}", own_path(uri))))
}

/// The path with one leading slash only: `//host/` in a Location would lead away from here.
pub(super) fn own_path(uri: &Uri) -> String {
    format!("/{}", uri.path().trim_start_matches(['/', '\\']))
}
