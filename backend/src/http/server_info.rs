//! `/api/server`: what this server is.

use crate::app::App;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use dagwright_shared::api::ServerInfo;

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new().route("/server", get(show))
}

/// What this server is: version, engines, storage.
#[utoipa::path(get, path = "/api/server", tag = "server", responses((status = 200, body = ServerInfo)))]
pub(super) async fn show(State(app): State<App>) -> Json<ServerInfo> {
    Json(ServerInfo {
        version: String::from(env!("CARGO_PKG_VERSION")),
        engines: app.engines.all().map(|engine| engine.describe()).collect(),
        storage: match &app.artifacts.embedded {
            Some(_) => String::from("embedded"),
            None => app.artifacts.store.configuration().endpoint.clone(),
        },
        bucket: app.artifacts.store.bucket().to_owned(),
        upload_limit: app.configuration.upload_limit,
        keep_runs: app.configuration.keep_runs,
        public_url: app.configuration.public_url.clone(),
    })
}
