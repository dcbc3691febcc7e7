//! Logs of attempts, live and stored, at one address. Secrets were hidden before anything comes here.

use super::delivery::file_answer;
use super::error::ApiError;
use super::extract::{Path, Query};
use crate::app::App;
use crate::artifacts::ByteRange;
use crate::artifacts::view::download;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use dagwright_shared::api::{ErrorBody, LogPiece};
use dagwright_shared::run::{AttemptState, RunState};
use futures::StreamExt;
use http::HeaderMap;
use serde::Deserialize;
use std::convert::Infallible;
use std::time::Duration;

/// Bytes of a piece at most.
const MOST: u64 = 256 * 1024;
/// How long the file of an attempt that has ended is waited for; a moment on this machine, seconds on a cluster.
const ON_THE_WAY: Duration = Duration::from_secs(30);
/// How often it is looked for meanwhile.
const LOOK: Duration = Duration::from_millis(100);

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new().route("/runs/{run}/tasks/{task}/attempts/{attempt}/log", get(show))
}

/// Which log.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct LogAddress {
    /// The run's id.
    pub(super) run: String,
    /// The task's slug.
    pub(super) task: String,
    /// From 1.
    pub(super) attempt: u32,
}

/// Which part of it.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct LogQuery {
    /// From this byte.
    #[serde(default)]
    from: u64,
    /// `1`: the whole log as a file, what there is so far.
    #[serde(default)]
    download: u8,
}

/// A piece of a log, or all of it as a file.
#[utoipa::path(get, path = "/api/runs/{run}/tasks/{task}/attempts/{attempt}/log", tag = "runs", params(LogAddress, LogQuery),
    responses((status = 200, content((LogPiece = "application/json"), (String = "application/octet-stream"))),
        (status = "4XX", body = ErrorBody)))]
pub(super) async fn show(
    State(app): State<App>,
    Path(address): Path<LogAddress>,
    Query(query): Query<LogQuery>,
) -> Result<Response, ApiError> {
    if query.download == 0 {
        return Ok(axum::Json(piece(&app, &address, query.from).await?).into_response());
    }
    let name = format!("{}-{}.log", address.task, address.attempt);
    let live = async || app.engines.logs(&address.run, &address.task, address.attempt, 0).await;
    let mut first = live().await;
    // Of an attempt that has ended, all or nothing: its log is on the way to the store.
    let patience = tokio::time::Instant::now() + ON_THE_WAY;
    while first.is_some() && tokio::time::Instant::now() < patience && has_ended(&app, &address).await {
        tokio::time::sleep(LOOK).await;
        first = live().await;
    }
    if let Some(first) = first {
        return Ok((download(&name).headers(), live_body(app, address, first.bytes)).into_response());
    }
    match stored(&app, &address).await?.log_key {
        Some(key) => file_answer(&app.artifacts.store, &key, &download(&name), &HeaderMap::new()).await,
        None => Ok((download(&name).headers(), Body::empty()).into_response()),
    }
}

async fn has_ended(app: &App, address: &LogAddress) -> bool {
    stored(app, address).await.is_ok_and(|attempt| attempt.finished.is_some())
}

/// Everything that a live log has until now.
fn live_body(app: App, address: LogAddress, first: Vec<u8>) -> Body {
    let state = (app, address, 0, first);
    Body::from_stream(futures::stream::unfold(state, async |(app, address, from, bytes)| {
        if bytes.is_empty() {
            return None;
        }
        let next = from + bytes.len() as u64;
        let more = app.engines.logs(&address.run, &address.task, address.attempt, next).await;
        let more = more.map(|piece| piece.bytes).unwrap_or_default();
        Some((Ok::<_, Infallible>(Bytes::from(bytes)), (app, address, next, more)))
    }))
}

/// A piece of a log from a byte on.
///
/// # Errors
/// 404 for a run or attempt that is not there.
pub(super) async fn piece(app: &App, address: &LogAddress, from: u64) -> Result<LogPiece, ApiError> {
    let LogAddress { run, task, attempt } = address;
    if let Some(live) = app.engines.logs(run, task, *attempt, from).await {
        return Ok(text_of(from, live.bytes, live.end, true));
    }
    let found = stored(app, address).await?;
    let lost_without_log = found.lost && found.log_key.is_none();
    let complete = if found.log_key.is_some() { found.log_complete } else { !lost_without_log };
    let ended = found.finished.is_some();
    let Some(key) = found.log_key else {
        return Ok(LogPiece { from, to: from, text: String::new(), end: ended, complete });
    };
    if from >= found.log_size {
        return Ok(LogPiece { from, to: from, text: String::new(), end: true, complete });
    }
    let range = ByteRange::Between { first: from, last: from.saturating_add(MOST - 1) };
    let (information, mut stream) = app.artifacts.store.get_stream(&key, Some(range)).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        bytes.extend_from_slice(&chunk?);
    }
    let end = from + bytes.len() as u64 >= information.size;
    Ok(text_of(from, bytes, end, complete))
}

async fn stored(app: &App, address: &LogAddress) -> Result<AttemptState, ApiError> {
    super::runs::summary(app, &address.run).await?;
    let state: RunState = app.store.run_state(&address.run).await?;
    let task = state.tasks.get(&address.task);
    let index = (address.attempt as usize).checked_sub(1);
    let attempt = task.zip(index).and_then(|(task, index)| task.attempts.get(index)).cloned();
    attempt.ok_or_else(|| {
        ApiError::not_found(format!("Task {:?} of this run has no attempt {}", address.task, address.attempt))
            .hint("It may not have begun yet.")
    })
}

/// Lossy text; a character that is cut at the end waits for the next piece.
fn text_of(from: u64, mut bytes: Vec<u8>, end: bool, complete: bool) -> LogPiece {
    if !end && let Err(error) = std::str::from_utf8(&bytes) {
        let cut = bytes.len() - error.valid_up_to();
        // An error without a length is an end that is missing; any other stays and is shown as U+FFFD.
        if error.error_len().is_none() && cut < 4 && cut < bytes.len() {
            bytes.truncate(error.valid_up_to());
        }
    }
    let to = from + bytes.len() as u64;
    LogPiece { from, to, text: String::from_utf8_lossy(&bytes).into_owned(), end, complete }
}
