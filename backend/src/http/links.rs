//! `/api/links`: pipelines that short links lead to. Must run and fetch nothing: a shared pipeline is a text.

use super::error::ApiError;
use super::extract::{Json, Path};
use super::pipelines::reading;
use crate::app::App;
use crate::clock;
use crate::documents::{from_text, from_value};
use crate::store::LinkRecord;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use dagwright_shared::api::{ErrorBody, SharePipeline, SharedPipeline};
use dagwright_shared::link::{is_shared_id, shared_id, shared_link};
use http::{HeaderMap, StatusCode, header};

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new().route("/links", post(share)).route("/links/{id}", get(show))
}

/// Keeps a pipeline as it is now and answers with a short link to it. The same file has the same link.
#[utoipa::path(post, path = "/api/links", tag = "links", request_body = SharePipeline,
    responses((status = 201, body = SharedPipeline), (status = "4XX", body = ErrorBody)))]
pub(super) async fn share(
    State(app): State<App>,
    headers: HeaderMap,
    Json(request): Json<SharePipeline>,
) -> Result<(StatusCode, axum::Json<SharedPipeline>), ApiError> {
    let incoming = match (request.document, request.text) {
        (Some(document), None) => reading(move || from_value(&document)).await?,
        (None, Some(text)) => reading(move || from_text(text)).await?,
        _ => {
            return Err(ApiError::refused("body-form", "Exactly one of document and text is needed")
                .hint("Send a document as JSON or a file's text."));
        }
    };
    let record = app.store.share(&shared_id(rand::random()), &incoming.new.text, clock::now()).await?;
    Ok((StatusCode::CREATED, axum::Json(answer(&app, &headers, record))))
}

/// What a short link leads to.
#[utoipa::path(get, path = "/api/links/{id}", tag = "links", params(("id" = String, Path)),
    responses((status = 200, body = SharedPipeline), (status = "4XX", body = ErrorBody)))]
pub(super) async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<axum::Json<SharedPipeline>, ApiError> {
    if !is_shared_id(&id) {
        return Err(ApiError::not_found("The link is cut or damaged").hint("Copy the whole link again."));
    }
    let record = app.store.shared(&id).await?.ok_or_else(|| {
        ApiError::not_found("No pipeline is shared here under this link")
            .hint("Copy the whole link again. A short link opens on the server that made it, and only there.")
    })?;
    Ok(axum::Json(answer(&app, &headers, record)))
}

fn answer(app: &App, headers: &HeaderMap, record: LinkRecord) -> SharedPipeline {
    let link = shared_link(&base(app, headers), &record.id);
    SharedPipeline { id: record.id, link, text: record.text, created: record.created }
}

/// `--public-url`, or what the request was addressed to (which the guards have checked).
fn base(app: &App, headers: &HeaderMap) -> String {
    let asked = || headers.get(header::HOST)?.to_str().ok().map(|host| format!("http://{host}"));
    let configured = app.configuration.public_url.clone();
    configured.or_else(asked).unwrap_or_else(|| app.configuration.local_url())
}
