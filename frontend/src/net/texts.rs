//! The table of the texts of another language, fetched when it is spoken.

use super::client::ApiError;
use gloo_net::http::Request;

/// Fetches and takes the Korean table, a file beside the app.
///
/// # Errors
/// When it does not come or cannot be read.
pub async fn load() -> Result<(), ApiError> {
    let answer = Request::get("/texts/ko.json").send().await.map_err(|error| ApiError::Offline(error.to_string()))?;
    let table = answer.text().await.map_err(|error| ApiError::Offline(error.to_string()))?;
    dagwright_texts::install(&table).map_err(|error| ApiError::Unreadable(error.to_string()))
}
