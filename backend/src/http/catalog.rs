//! `/api/catalog` and `/api/examples`: what comes with Dagwright.

use super::error::ApiError;
use crate::app::App;
use crate::documents::thumbnail;
use crate::{catalog, examples};
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use dagwright_shared::api::{Catalog, CatalogGroup, ErrorBody, Example, ExampleList, Thumbnail};
use dagwright_shared::pipeline::digest::digest;
use dagwright_shared::pipeline::file::{component_to_value, read_component, read_pipeline};
use dagwright_shared::pipeline::origin::Origin;
use std::sync::LazyLock;

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new().route("/catalog", get(components)).route("/examples", get(list_examples))
}

/// Everything for the palette: what comes with Dagwright by group, the project's own components, libraries.
#[utoipa::path(get, path = "/api/catalog", tag = "catalog",
    responses((status = 200, body = Catalog), (status = "4XX", body = ErrorBody)))]
pub(super) async fn components(State(app): State<App>) -> Result<Json<Catalog>, ApiError> {
    let own = super::components::all(&app).await?;
    Ok(Json(Catalog { groups: GROUPS.clone(), own, libraries: app.store.libraries().await? }))
}

/// The embedded files never change: they are read once a process.
static GROUPS: LazyLock<Vec<CatalogGroup>> = LazyLock::new(|| {
    let mut groups: Vec<CatalogGroup> = Vec::new();
    for file in catalog::COMPONENTS {
        let Some(mut component) = read_component(file.text).value else { continue };
        let place = format!("builtin/{}", file.name);
        component.origin = Some(Origin::of(&place, None, &digest(&component)).to_string());
        let value = component_to_value(&component);
        match groups.iter_mut().find(|group| group.name == file.group) {
            Some(group) => group.components.push(value),
            None => groups.push(CatalogGroup { name: String::from(file.group), components: vec![value] }),
        }
    }
    groups
});

/// Examples to open.
#[utoipa::path(get, path = "/api/examples", tag = "catalog", responses((status = 200, body = ExampleList)))]
pub(super) async fn list_examples() -> Json<&'static ExampleList> {
    Json(&EXAMPLES)
}

static EXAMPLES: LazyLock<ExampleList> = LazyLock::new(|| {
    let example = |file: &examples::ExampleFile| Example {
        name: String::from(file.name),
        title: String::from(file.title),
        description: String::from(file.description),
        thumbnail: read_pipeline(file.text)
            .value
            .map(|pipeline| thumbnail(&pipeline))
            .unwrap_or(Thumbnail { nodes: Vec::new(), edges: Vec::new() }),
    };
    ExampleList { examples: examples::EXAMPLES.iter().map(example).collect() }
});
