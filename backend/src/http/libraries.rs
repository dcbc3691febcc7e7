//! `/api/libraries`: components of others, read by the server from an address or a folder.

use super::error::ApiError;
use super::extract::{Json, Path};
use crate::app::App;
use crate::clock;
use crate::fetch::FetchError;
use crate::libraries::{Content, LibraryError, read};
use crate::store::{LibraryAddition, MOST_LIBRARIES};
use axum::Router;
use axum::extract::State;
use axum::routing::{delete, get, post};
use dagwright_shared::api::{AddLibrary, ErrorBody, Library, LibraryList, LibraryProblem};
use http::StatusCode;
use uuid::Uuid;

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/libraries", get(list).post(add))
        .route("/libraries/{id}", delete(remove))
        .route("/libraries/{id}/refresh", post(refresh))
}

/// Libraries as they were last read, in the order they were added.
#[utoipa::path(get, path = "/api/libraries", tag = "libraries",
    responses((status = 200, body = LibraryList), (status = "4XX", body = ErrorBody)))]
pub(super) async fn list(State(app): State<App>) -> Result<axum::Json<LibraryList>, ApiError> {
    Ok(axum::Json(LibraryList { libraries: app.store.libraries().await? }))
}

/// Reads a library and adds it. Entries that cannot be taken are listed; nothing is added where nothing can be read.
#[utoipa::path(post, path = "/api/libraries", tag = "libraries", request_body = AddLibrary,
    responses((status = 201, body = Library), (status = "4XX", body = ErrorBody)))]
pub(super) async fn add(
    State(app): State<App>,
    Json(request): Json<AddLibrary>,
) -> Result<(StatusCode, axum::Json<Library>), ApiError> {
    let source = request.source.trim();
    if source.len() > 2000 {
        return Err(ApiError::refused("library-source", "The address has more than 2000 bytes").hint("Shorten it."));
    }
    let content = read(&app.configuration.libraries, source).await?;
    let library = filled(Uuid::now_v7().to_string(), String::from(source), content);
    match app.store.add_library(&library).await? {
        LibraryAddition::Added => Ok((StatusCode::CREATED, axum::Json(library))),
        LibraryAddition::Twice => {
            let message = format!("There is a library of {source:?} already");
            Err(ApiError::new(StatusCode::CONFLICT, "library-exists", message).hint("Read that one again."))
        }
        LibraryAddition::Full => {
            let message = format!("There are {MOST_LIBRARIES} libraries already");
            Err(ApiError::refused("libraries-full", message).hint("Remove one that nobody uses."))
        }
    }
}

fn filled(id: String, source: String, content: Content) -> Library {
    let Content { name, components, problems } = content;
    Library { id, name, source, fetched: clock::now(), components, problems, failure: None }
}

fn missing(id: &str) -> ApiError {
    ApiError::not_found(format!("There is no library {id:?}")).hint("It may have been removed.")
}

/// Reads a library again. In vain, it keeps what it had, and says why.
#[utoipa::path(post, path = "/api/libraries/{id}/refresh", tag = "libraries", params(("id" = String, Path)),
    responses((status = 200, body = Library), (status = "4XX", body = ErrorBody)))]
pub(super) async fn refresh(State(app): State<App>, Path(id): Path<String>) -> Result<axum::Json<Library>, ApiError> {
    let before = app.store.library(&id).await?.ok_or_else(|| missing(&id))?;
    let now = match read(&app.configuration.libraries, &before.source).await {
        Ok(content) => filled(before.id, before.source, content),
        Err(error) => {
            let place = before.source.clone();
            let failure = LibraryProblem { place, message: error.to_string(), hint: String::from(error.hint()) };
            Library { failure: Some(failure), ..before }
        }
    };
    if app.store.replace_library(&now).await? { Ok(axum::Json(now)) } else { Err(missing(&id)) }
}

/// Takes a library out of the palette. Pipelines keep its components: they are embedded in them.
#[utoipa::path(delete, path = "/api/libraries/{id}", tag = "libraries", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn remove(State(app): State<App>, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    if app.store.delete_library(&id).await? { Ok(StatusCode::NO_CONTENT) } else { Err(missing(&id)) }
}

impl From<LibraryError> for ApiError {
    fn from(error: LibraryError) -> Self {
        let code = match &error {
            LibraryError::Source(_) | LibraryError::Fetch(FetchError::Address(_)) => "library-source",
            LibraryError::NotAllowed(_) => "folder-refused",
            LibraryError::Fetch(FetchError::Private { .. }) => "address-refused",
            LibraryError::Folder { .. } | LibraryError::Fetch(_) => "library-unreachable",
            LibraryError::Content { .. } => "library-unreadable",
        };
        let message = error.to_string();
        let mut letters = message.chars();
        let first = letters.next().filter(|_| !message.starts_with("http"));
        let capital = first.map(|first| first.to_uppercase().chain(letters).collect());
        Self::refused(code, capital.unwrap_or(message)).hint(error.hint())
    }
}
