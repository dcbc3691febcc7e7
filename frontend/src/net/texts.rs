//! The table of the texts of another language, fetched when it is spoken.

use super::client::ApiError;
use gloo_net::http::Request;

/// Fetches the Korean table, a file beside the app.
///
/// # Errors
/// When it does not come.
pub async fn table() -> Result<String, ApiError> {
    let answer = Request::get("/texts/ko.json").send().await.map_err(|error| ApiError::Offline(error.to_string()))?;
    answer.text().await.map_err(|error| ApiError::Offline(error.to_string()))
}

/// Fetches and takes the Korean table.
///
/// # Errors
/// When it does not come or cannot be read.
pub async fn load() -> Result<(), ApiError> {
    dagwright_texts::install(&table().await?).map_err(|error| ApiError::Unreadable(error.to_string()))
}
