//! HTTP: the API, the browser app and what guards them. One file a resource, each with a `router()`.
//! Must hold no rule of the domain: it reads requests, calls the parts and words the answers.

mod assets;
mod authentication;
mod catalog;
mod claims;
mod components;
mod delivery;
mod doctor;
mod documents;
pub mod error;
mod events;
mod experiments;
mod extract;
mod language;
mod libraries;
mod links;
mod logs;
mod openapi;
mod origin;
mod outputs;
mod pipelines;
mod python;
mod run_notes;
mod runs;
mod secrets;
mod security_headers;
mod server_info;
mod sign_in;
mod tar;
mod uploads;
mod versions;
mod volumes;

use crate::app::App;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::ListenerExt;
use axum::{Router, middleware};
use dagwright_texts::t;
use error::ApiError;
use std::any::Any;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

/// Largest JSON body.
const JSON_LIMIT: usize = 8 << 20;

/// Serves until `stop` is cancelled and the open requests have ended.
///
/// # Errors
/// Only what the listener cannot recover from.
pub async fn serve(listener: TcpListener, app: App, stop: CancellationToken) -> std::io::Result<()> {
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!("a connection without nodelay: {error}");
        }
    });
    assets::warm();
    axum::serve(listener, router(app)).with_graceful_shutdown(stop.cancelled_owned()).await
}

/// Every route with its guards, from the outside in: panics, headers, Host, Origin, sign-in.
pub fn router(app: App) -> Router {
    let api = Router::new()
        .merge(server_info::router())
        .merge(doctor::router())
        .merge(pipelines::router())
        .merge(documents::router())
        .merge(links::router())
        .merge(catalog::router())
        .merge(components::router())
        .merge(libraries::router())
        .merge(python::router())
        .merge(experiments::router())
        .merge(run_notes::router())
        .merge(runs::router())
        .merge(versions::router())
        .merge(volumes::router())
        .merge(claims::router())
        .merge(secrets::router())
        .merge(openapi::router())
        // JSON only: streams and files go out as they are.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .merge(events::router())
        .merge(logs::router())
        .merge(outputs::router())
        .merge(uploads::router())
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(JSON_LIMIT));
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .nest("/api", api)
        .route(sign_in::STYLE, get(sign_in::style))
        .fallback(assets::serve)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(app.clone(), authentication::require))
        .layer(middleware::from_fn_with_state(app.clone(), origin::check))
        .layer(middleware::from_fn(security_headers::add))
        .layer(middleware::from_fn(language::speak))
        .layer(CatchPanicLayer::custom(panicked))
        .with_state(app)
}

async fn unknown_route(uri: http::Uri) -> ApiError {
    ApiError::not_found(t!("There is nothing at {path}", path = uri.path()))
        .hint(t!("GET /api/openapi.json lists what there is."))
}

async fn wrong_method(method: http::Method, uri: http::Uri) -> ApiError {
    let message = t!("{path} cannot be done by {method}", path = uri.path(), method);
    ApiError::new(http::StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", message)
        .hint(t!("The header Allow names the methods."))
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let what = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!("a request panicked: {}", what.unwrap_or("no message"));
    ApiError::internal("The server met an error of its own").into_response()
}
