//! `/api/catalog` and `/api/examples`: what comes with Dagwright.

use crate::app::App;
use crate::documents::thumbnail;
use crate::{catalog, examples};
use axum::routing::get;
use axum::{Json, Router};
use dagwright_shared::api::{Catalog, CatalogGroup, Example, ExampleList, Thumbnail};
use dagwright_shared::pipeline::file::{component_to_value, read_component, read_pipeline};
use std::sync::LazyLock;

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new().route("/catalog", get(components)).route("/examples", get(list_examples))
}

/// Components for the palette, by group.
#[utoipa::path(get, path = "/api/catalog", tag = "catalog", responses((status = 200, body = Catalog)))]
pub(super) async fn components() -> Json<&'static Catalog> {
    Json(&CATALOG)
}

/// The embedded files never change: they are read once a process.
static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let mut groups: Vec<CatalogGroup> = Vec::new();
    for file in catalog::COMPONENTS {
        let Some(mut component) = read_component(file.text).value else { continue };
        component.origin = Some(format!("builtin/{}", file.name));
        let value = component_to_value(&component);
        match groups.iter_mut().find(|group| group.name == file.group) {
            Some(group) => group.components.push(value),
            None => groups.push(CatalogGroup { name: String::from(file.group), components: vec![value] }),
        }
    }
    Catalog { groups }
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
