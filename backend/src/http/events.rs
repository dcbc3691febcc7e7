//! `/api/events`: one stream for a browser, with the events of all runs and the tails of the logs that it names.
//! What is sent is stored already; whoever comes back says the last id and misses nothing.

use super::error::ApiError;
use super::extract::Query;
use super::logs::{self, LogAddress};
use crate::app::App;
use axum::Router;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use axum::routing::get;
use dagwright_shared::api::{ErrorBody, LogEvent, LogPiece};
use dagwright_shared::run::RunEvent;
use futures::Stream;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Events read from the store at once.
const PAGE: u32 = 500;
/// Events that wait for a slow browser before reading stops.
const WAITING: usize = 64;
/// Logs that one stream follows at most.
const MOST_LOGS: usize = 32;
/// How often a live log is looked at while somebody follows it.
const LOOK: Duration = Duration::from_millis(150);
/// A comment is sent after this much silence, so that nothing on the way closes the connection.
const ALIVE: Duration = Duration::from_secs(15);

/// Its routes.
pub(super) fn router() -> Router<App> {
    Router::new().route("/events", get(follow))
}

/// What to follow.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct EventsQuery {
    /// Events with a greater id; from now on when absent. `Last-Event-ID` goes before it.
    after: Option<u64>,
    /// Events of this run only.
    run: Option<String>,
    /// Logs to follow: `<run>/<task>/<attempt>:<byte>`, with commas between.
    #[serde(default)]
    logs: String,
}

/// Server-Sent Events: `ready` first, with the id to start from; `run` with a `RunEvent`; `log` with a `LogEvent`.
#[utoipa::path(get, path = "/api/events", tag = "runs", params(EventsQuery),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = "4XX", body = ErrorBody)))]
pub(super) async fn follow(
    State(app): State<App>,
    Query(query): Query<EventsQuery>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let resumed = headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    let logs: Vec<_> = query.logs.split(',').map(str::trim).filter(|log| !log.is_empty()).collect();
    if logs.len() > MOST_LOGS {
        let message = format!("A stream follows at most {MOST_LOGS} logs, not {}", logs.len());
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "query-form", message));
    }
    let logs = logs.into_iter().map(watch).collect::<Result<Vec<_>, _>>()?;
    let (sender, receiver) = mpsc::channel(WAITING);
    for (address, from) in logs {
        tokio::spawn(tail(app.clone(), address, from, sender.clone()));
    }
    tokio::spawn(run_events(app, resumed.or(query.after), query.run, sender));
    Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::new().interval(ALIVE)))
}

fn watch(text: &str) -> Result<(LogAddress, u64), ApiError> {
    let read = || {
        let (address, from) = text.rsplit_once(':')?;
        let (rest, attempt) = address.rsplit_once('/')?;
        let (run, task) = rest.split_once('/')?;
        let address = LogAddress { run: String::from(run), task: String::from(task), attempt: attempt.parse().ok()? };
        Some((address, from.parse().ok()?))
    };
    read().ok_or_else(|| {
        ApiError::new(StatusCode::BAD_REQUEST, "query-form", format!("{text:?} names no log"))
            .hint("Write <run>/<task>/<attempt>:<byte>.")
    })
}

type Sender = mpsc::Sender<Result<Event, Infallible>>;

/// The browser has gone, or the server stops.
struct Gone;

async fn run_events(app: App, after: Option<u64>, run: Option<String>, sender: Sender) {
    // Before anything is read, so that nothing falls between reading and following.
    let mut published = app.store.follow();
    let mut last = after.unwrap_or_else(|| app.store.last_event());
    let ready = Event::default().event("ready").id(last.to_string()).data(format!("{{\"lastEvent\":{last}}}"));
    if sender.send(Ok(ready)).await.is_err() || catch_up(&app, &mut last, run.as_deref(), &sender).await.is_err() {
        return;
    }
    loop {
        let event = tokio::select! {
            event = published.recv() => event,
            () = sender.closed() => return,
            () = app.stop.cancelled() => return,
        };
        let sent = match event {
            Ok(event) if event.id <= last || run.as_ref().is_some_and(|run| *run != event.run) => Ok(()),
            Ok(event) => {
                last = event.id;
                send(&event, &sender).await
            }
            Err(RecvError::Lagged(_)) => catch_up(&app, &mut last, run.as_deref(), &sender).await,
            Err(RecvError::Closed) => return,
        };
        if sent.is_err() {
            return;
        }
    }
}

async fn catch_up(app: &App, last: &mut u64, run: Option<&str>, sender: &Sender) -> Result<(), Gone> {
    loop {
        let events = app.store.events_after(*last, run, PAGE).await.map_err(|error| {
            tracing::error!("an event stream ends: {error}");
            Gone
        })?;
        let Some(newest) = events.last() else { return Ok(()) };
        *last = newest.id;
        for event in &events {
            send(event, sender).await?;
        }
    }
}

async fn send(event: &RunEvent, sender: &Sender) -> Result<(), Gone> {
    let data = serde_json::to_string(event).map_err(|_| Gone)?;
    let event = Event::default().event("run").id(event.id.to_string()).data(data);
    sender.send(Ok(event)).await.map_err(|_| Gone)
}

/// Sends what a log gets, until the log has ended.
async fn tail(app: App, address: LogAddress, mut from: u64, sender: Sender) {
    loop {
        let piece = match logs::piece(&app, &address, from).await {
            Ok(piece) => piece,
            // The attempt may yet begin, as long as the run goes on.
            Err(_) if goes_on(&app, &address.run).await => {
                LogPiece { from, to: from, text: String::new(), end: false, complete: true }
            }
            Err(_) => return,
        };
        let empty = piece.text.is_empty();
        if !empty {
            let LogAddress { run, task, attempt } = address.clone();
            let event = LogEvent { run, task, attempt, from: piece.from, text: piece.text };
            let Ok(data) = serde_json::to_string(&event) else { return };
            if sender.send(Ok(Event::default().event("log").data(data))).await.is_err() {
                return;
            }
        }
        from = piece.to;
        if piece.end {
            return;
        }
        if empty {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = sender.closed() => return,
                () = app.stop.cancelled() => return,
            }
        }
    }
}

async fn goes_on(app: &App, run: &str) -> bool {
    let found = app.store.run_summary(run).await;
    found.is_ok_and(|run| run.is_some_and(|run| !run.phase.is_final()))
}
