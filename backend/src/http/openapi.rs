//! `/api/openapi.json`: the API's description, made from the code.

use super::{
    catalog, claims, components, doctor, documents, events, experiments, libraries, links, logs, outputs, pipelines,
    python, run_notes, runs, secrets, server_info, uploads, versions, volumes,
};
use crate::app::App;
use axum::routing::get;
use axum::{Json, Router};
use dagwright_shared::api::{ErrorBody, LogEvent};
use dagwright_shared::run::RunEvent;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{self, Content, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};

/// The description.
#[derive(OpenApi)]
#[openapi(
    info(title = "Dagwright", description = "Kubeflow Pipelines in one binary, with a visual editor."),
    modifiers(&Guards),
    components(schemas(ErrorBody, LogEvent, RunEvent)),
    paths(
        server_info::show,
        doctor::run,
        pipelines::list,
        pipelines::create,
        pipelines::show,
        pipelines::save,
        pipelines::remove,
        pipelines::file,
        pipelines::workflow,
        versions::list,
        versions::name,
        versions::show,
        versions::change,
        versions::restore,
        documents::read,
        links::share,
        links::show,
        catalog::components,
        catalog::list_examples,
        components::list,
        components::show,
        components::save,
        components::remove,
        components::version,
        libraries::list,
        libraries::add,
        libraries::refresh,
        libraries::remove,
        python::analyse,
        experiments::list,
        experiments::create,
        experiments::change,
        experiments::remove,
        runs::list,
        runs::start,
        runs::show,
        runs::change,
        runs::stop,
        runs::remove,
        run_notes::check,
        run_notes::show,
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
        claims::list,
        claims::remove,
        secrets::list,
        secrets::set,
        secrets::remove,
    )
)]
struct Description;

/// What every operation has in common: who may call it, and what it may answer beside what it says itself.
struct Guards;

impl Modify for Guards {
    fn modify(&self, description: &mut openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The server's token")).build();
        if let Some(components) = &mut description.components {
            components.add_security_scheme("token", SecurityScheme::Http(bearer));
        }
        description.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>("token", [])]);
        for item in description.paths.paths.values_mut() {
            let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
            for operation in operations.into_iter().flatten() {
                for (statuses, meaning) in [
                    ("4XX", "Refused: signed out, not found, or wrong as the body says"),
                    ("5XX", "The server or its storage failed"),
                ] {
                    let content = Content::new(Some(Ref::from_schema_name("ErrorBody")));
                    let response = ResponseBuilder::new().description(meaning).content("application/json", content);
                    operation.responses.responses.insert(String::from(statuses), RefOr::T(response.build()));
                }
            }
        }
    }
}

/// Its route.
pub(super) fn router() -> Router<App> {
    Router::new().route("/openapi.json", get(show))
}

async fn show() -> Json<utoipa::openapi::OpenApi> {
    Json(Description::openapi())
}
