//! Who a request is addressed to and where it comes from: the guard against DNS rebinding and forged requests.
//! Knows headers only, no sign-in.

use super::error::ApiError;
use crate::app::App;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use std::net::IpAddr;

/// The path that load balancers ask: exempt from every check.
pub(super) const HEALTH: &str = "/healthz";

/// Refuses requests to another host's name, and requests that another site's page sends.
pub(super) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.uri().path() == HEALTH {
        return next.run(request).await;
    }
    match allowed(&app.configuration.hosts, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn allowed(hosts: &[String], request: &Request) -> Result<(), ApiError> {
    let headers = request.headers();
    let host = text(headers, header::HOST).or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    let Some(host) = host else {
        let error = ApiError::new(StatusCode::BAD_REQUEST, "host-missing", "The request names no host");
        return Err(error.hint("Send the header Host."));
    };
    if !is_ours(name_of(host), hosts) {
        let message = format!("This server is not {host:?}");
        return Err(ApiError::new(StatusCode::FORBIDDEN, "host-refused", message)
            .hint("Use localhost, or start the server with --host NAME."));
    }
    let foreign = |what: &str| {
        ApiError::new(StatusCode::FORBIDDEN, "origin-refused", format!("The request comes from {what}"))
            .hint("Send it from a page of this server, or from no page at all.")
    };
    let site = text(headers, "sec-fetch-site".parse().ok());
    let from_elsewhere = matches!(site, Some("cross-site" | "same-site"));
    if request.method().is_safe() {
        // Reading from another page is refused as well; following a link from it is not.
        let follows_link = text(headers, "sec-fetch-mode".parse().ok()) == Some("navigate");
        let api = request.uri().path().starts_with("/api/");
        return if from_elsewhere && api && !follows_link { Err(foreign("another site's page")) } else { Ok(()) };
    }
    if from_elsewhere {
        return Err(foreign("another site's page"));
    }
    match text(headers, header::ORIGIN) {
        None => Ok(()),
        // Under `Referrer-Policy: no-referrer` browsers hide the origin of a form, even from its own server. What no
        // page can forge says then whose form it is; a frame without origin is cross-site.
        Some("null") if site == Some("same-origin") => Ok(()),
        Some(origin) => {
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            let same = authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host));
            // Behind a proxy with TLS the ports may differ in their writing (`:443` or none): the name decides there.
            let proxied = authority.is_some_and(|authority| {
                !is_loopback(name_of(host)) && name_of(authority).eq_ignore_ascii_case(name_of(host))
            });
            if same || proxied { Ok(()) } else { Err(foreign(&format!("{origin:?}"))) }
        }
    }
}

fn text<K: AsName>(headers: &HeaderMap, name: K) -> Option<&str> {
    headers.get(name.name()?).map(|value| value.to_str().unwrap_or("?"))
}

/// A header's name, known at compile time or read from a text.
trait AsName {
    fn name(self) -> Option<header::HeaderName>;
}

impl AsName for header::HeaderName {
    fn name(self) -> Option<header::HeaderName> {
        Some(self)
    }
}

impl AsName for Option<header::HeaderName> {
    fn name(self) -> Option<header::HeaderName> {
        self
    }
}

/// The name of `name:port` or `[address]:port`.
fn name_of(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    authority.rsplit_once(':').map_or(authority, |(name, _)| name)
}

fn is_loopback(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn is_ours(name: &str, hosts: &[String]) -> bool {
    is_loopback(name)
        || hosts.iter().any(|host| name_of(host).eq_ignore_ascii_case(name) || host.eq_ignore_ascii_case(name))
}
