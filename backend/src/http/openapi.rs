//! `/api/openapi.json`: the API's description, made from the code.

use super::{
    catalog, documents, events, experiments, logs, outputs, pipelines, python, runs, secrets, server_info, uploads,
    volumes,
};
use crate::app::App;
use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi;

/// The description.
#[derive(OpenApi)]
#[openapi(
    info(title = "Dagwright", description = "Kubeflow Pipelines in one binary, with a visual editor."),
    paths(
        server_info::show,
        pipelines::list,
        pipelines::create,
        pipelines::show,
        pipelines::save,
        pipelines::remove,
        pipelines::file,
        pipelines::workflow,
        documents::read,
        catalog::components,
        catalog::list_examples,
        python::analyse,
        experiments::list,
        experiments::create,
        experiments::remove,
        runs::list,
        runs::start,
        runs::show,
        runs::stop,
        runs::remove,
        events::follow,
        logs::show,
        outputs::content,
        outputs::files,
        outputs::table,
        outputs::markdown,
        uploads::file,
        uploads::folder,
        volumes::list,
        volumes::files,
        volumes::content,
        volumes::remove,
        secrets::list,
        secrets::set,
        secrets::remove,
    )
)]
struct Description;

/// Its route.
pub(super) fn router() -> Router<App> {
    Router::new().route("/openapi.json", get(show))
}

async fn show() -> Json<utoipa::openapi::OpenApi> {
    Json(Description::openapi())
}
