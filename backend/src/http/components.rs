//! `/api/components`: the project's own components, with versions that no save can pass silently.

use super::error::ApiError;
use super::extract::{Json, Path};
use crate::app::App;
use crate::clock;
use crate::libraries::COMPONENT_LIMIT;
use crate::store::{ComponentRecord, ComponentSave, MOST_COMPONENTS};
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use dagwright_shared::api::{
    ComponentList, ComponentText, ComponentVersion, ErrorBody, SaveComponent, StoredComponent,
};
use dagwright_shared::component::{Component, Implementation};
use dagwright_shared::diagnostic::any_error;
use dagwright_shared::pipeline::digest::digest;
use dagwright_shared::pipeline::file::{component_from_value, component_to_value, read_component, write_component};
use dagwright_shared::pipeline::origin::{OWN, Origin};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Longest name, in characters.
const LONGEST_NAME: usize = 200;

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/components", get(list))
        .route("/components/{name}", get(show).put(save).delete(remove))
        .route("/components/{name}/versions/{version}", get(version))
}

/// The project's own components, by name.
#[utoipa::path(get, path = "/api/components", tag = "components",
    responses((status = 200, body = ComponentList), (status = "4XX", body = ErrorBody)))]
pub(super) async fn list(State(app): State<App>) -> Result<axum::Json<ComponentList>, ApiError> {
    Ok(axum::Json(ComponentList { components: all(&app).await? }))
}

/// All of them, for the palette too.
pub(super) async fn all(app: &App) -> Result<Vec<StoredComponent>, ApiError> {
    let mut versions: HashMap<String, Vec<ComponentVersion>> = HashMap::new();
    for (name, version) in app.store.component_versions(None).await? {
        versions.entry(name).or_default().push(version);
    }
    let components = app.store.components().await?.into_iter();
    Ok(components
        .map(|record| {
            let own = versions.remove(&record.name).unwrap_or_default();
            stored(record, own)
        })
        .collect())
}

fn stored(record: ComponentRecord, versions: Vec<ComponentVersion>) -> StoredComponent {
    let component = with_origin(&record);
    let ComponentVersion { version, digest, .. } = record.version;
    StoredComponent { name: record.name, version, digest, component, versions }
}

/// The component as it was saved, with the origin that a task of it has.
fn with_origin(record: &ComponentRecord) -> Value {
    let place = format!("{OWN}{}", record.name);
    let origin = Origin::of(&place, Some(record.version.version), &record.version.digest).to_string();
    // It could be read when it was saved; what a later version made of it is shown as far as it can be.
    let component = read_component(&record.text).value.unwrap_or_default();
    component_to_value(&Component { origin: Some(origin), ..component })
}

fn missing(name: &str) -> ApiError {
    ApiError::not_found(format!("There is no component {name:?} in the palette")).hint("It may have been deleted.")
}

async fn answer(app: &App, record: ComponentRecord) -> Result<StoredComponent, ApiError> {
    let versions = app.store.component_versions(Some(&record.name)).await?;
    Ok(stored(record, versions.into_iter().map(|(_, version)| version).collect()))
}

/// An own component.
#[utoipa::path(get, path = "/api/components/{name}", tag = "components", params(("name" = String, Path)),
    responses((status = 200, body = StoredComponent), (status = "4XX", body = ErrorBody)))]
pub(super) async fn show(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<axum::Json<StoredComponent>, ApiError> {
    let record = app.store.component(&name).await?.ok_or_else(|| missing(&name))?;
    Ok(axum::Json(answer(&app, record).await?))
}

/// A version of an own component, with its file.
#[utoipa::path(get, path = "/api/components/{name}/versions/{version}", tag = "components",
    params(("name" = String, Path), ("version" = u32, Path)),
    responses((status = 200, body = ComponentText), (status = "4XX", body = ErrorBody)))]
pub(super) async fn version(
    State(app): State<App>,
    Path((name, version)): Path<(String, u32)>,
) -> Result<axum::Json<ComponentText>, ApiError> {
    let record = app.store.component_version(&name, version).await?.ok_or_else(|| {
        ApiError::not_found(format!("No version {version} of {name:?} is kept")).hint("The newest fifty are.")
    })?;
    let component = with_origin(&record);
    Ok(axum::Json(ComponentText { version: record.version, component, text: record.text }))
}

/// Keeps a component in the palette: as a new one, or as the next version over the one that `If-Match` names.
#[utoipa::path(put, path = "/api/components/{name}", tag = "components", request_body = SaveComponent,
    params(("name" = String, Path),
        ("If-Match" = Option<String>, Header, description = "The newest version, in quotes"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: only where there is none of that name")),
    responses((status = 200, body = StoredComponent), (status = 201, body = StoredComponent), (status = "4XX", body = ErrorBody)))]
pub(super) async fn save(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Json(request): Json<SaveComponent>,
) -> Result<(StatusCode, axum::Json<StoredComponent>), ApiError> {
    let over = over(&headers)?;
    let (component, text) = read(request)?;
    check_name(&name)?;
    if component.name != name {
        let message = format!("The component is called {:?}, the address says {name:?}", component.name);
        return Err(ApiError::refused("component-name", message).hint("Save it under its own name."));
    }
    match app.store.save_component(&name, over, &digest(&component), &text, clock::now()).await? {
        ComponentSave::Made(record) => Ok((StatusCode::CREATED, axum::Json(answer(&app, record).await?))),
        ComponentSave::Saved(record) => Ok((StatusCode::OK, axum::Json(answer(&app, record).await?))),
        ComponentSave::Conflict(Some(record)) => {
            let message = format!("Version {} of {name:?} is stored: somebody else saved it", record.version.version);
            let details = json!(answer(&app, record).await?);
            Err(ApiError::new(StatusCode::PRECONDITION_FAILED, "version-conflict", message)
                .hint("Look at the stored one, then save over its version, or give yours another name.")
                .details(details))
        }
        ComponentSave::Conflict(None) => {
            let message = format!("There is no component {name:?} in the palette any more");
            Err(ApiError::new(StatusCode::PRECONDITION_FAILED, "version-conflict", message)
                .hint("Save it as a new one, with If-None-Match: *."))
        }
        ComponentSave::Full => {
            let message = format!("The palette has {MOST_COMPONENTS} components of its own already");
            Err(ApiError::refused("palette-full", message).hint("Delete those that nobody uses."))
        }
    }
}

/// The version that a save goes over; `None`: it makes a new one.
fn over(headers: &HeaderMap) -> Result<Option<u32>, ApiError> {
    let text = |name| headers.get(name).map(|value: &http::HeaderValue| value.to_str().unwrap_or_default().trim());
    match (text(header::IF_MATCH), text(header::IF_NONE_MATCH)) {
        (Some(version), None) => version.trim_matches('"').parse().map(Some).map_err(|_| {
            ApiError::new(StatusCode::BAD_REQUEST, "version-form", format!("{version:?} is no version"))
                .hint("Send the number that the last read or save gave, in quotes.")
        }),
        (None, Some("*")) => Ok(None),
        _ => {
            let message = "A save must say over which version it goes, or that it makes a new component";
            Err(ApiError::new(StatusCode::PRECONDITION_REQUIRED, "version-missing", message)
                .hint("Send either the header If-Match: \"<version>\" or If-None-Match: *."))
        }
    }
}

/// The component of a request without where it came from, and its file.
fn read(request: SaveComponent) -> Result<(Component, String), ApiError> {
    let (outcome, text) = match (request.component, request.text) {
        (Some(value), None) => (component_from_value(&value), None),
        (None, Some(text)) => (read_component(&text), Some(text)),
        _ => {
            return Err(ApiError::refused("body-form", "Exactly one of component and text is needed")
                .hint("Send a component as JSON, or its file's text."));
        }
    };
    let wrong = any_error(&outcome.diagnostics);
    let component = outcome.value.filter(|_| !wrong);
    let Some(component) = component.filter(|known| !matches!(known.implementation, Implementation::Unknown(_))) else {
        let first = outcome.diagnostics.first().map(|problem| problem.message.clone());
        let message = first.unwrap_or_else(|| String::from("it has no implementation that can run"));
        return Err(ApiError::refused("component-unreadable", format!("This is no component: {message}"))
            .hint("A component.yaml has a name and an implementation with a container or a Python function.")
            .diagnostics(outcome.diagnostics));
    };
    let component = Component { origin: None, digest: None, ..component };
    let text = text.unwrap_or_else(|| write_component(&component));
    if text.len() > COMPONENT_LIMIT {
        let message = format!("The component's file has {} bytes; at most {COMPONENT_LIMIT} are kept", text.len());
        return Err(ApiError::refused("component-too-large", message).hint("Put data into an artifact or an image."));
    }
    Ok((component, text))
}

fn check_name(name: &str) -> Result<(), ApiError> {
    if name.trim() != name
        || name.is_empty()
        || name.chars().count() > LONGEST_NAME
        || name.chars().any(char::is_control)
    {
        let message = format!(
            "A component's name in the palette has 1 to {LONGEST_NAME} characters, none of them around it blank, and no line breaks"
        );
        return Err(ApiError::refused("component-name", message).hint("Give the component another name."));
    }
    Ok(())
}

/// Takes a component out of the palette with all its versions. Pipelines keep theirs: it is embedded in them.
#[utoipa::path(delete, path = "/api/components/{name}", tag = "components", params(("name" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn remove(State(app): State<App>, Path(name): Path<String>) -> Result<StatusCode, ApiError> {
    if app.store.delete_component(&name).await? { Ok(StatusCode::NO_CONTENT) } else { Err(missing(&name)) }
}
