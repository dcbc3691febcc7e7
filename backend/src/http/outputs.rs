//! Outputs of tasks: content, files of a folder, pages of a table, Markdown. Everything goes out with headers under
//! which no artifact can act as this application.

use super::delivery::file_answer;
use super::error::ApiError;
use super::extract::{Path, Query};
use super::tar;
use crate::app::App;
use crate::artifacts::view::{
    Delivery, TableQuestion, ViewError, ViewKind, deliver, download, kind_of, markdown_to_html, table_page,
};
use crate::artifacts::{ArtifactError, ByteRange, PageRequest, keys};
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dagwright_shared::api::{ErrorBody, FileEntry, FileList, TablePage};
use dagwright_shared::run::PortValue;
use dagwright_shared::types::PortType;
use futures::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;

/// Largest Markdown that is shown, bytes.
const LARGEST_MARKDOWN: u64 = 2 << 20;
/// First bytes that decide how something is shown.
const FIRST: u64 = 4096;
/// The Markdown page: nothing runs, nothing is fetched, links open elsewhere.
const MARKDOWN_POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
    style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";
const MARKDOWN_STYLE: &str = ":root{color-scheme:light dark}body{font:14px/1.55 system-ui,sans-serif;margin:12px;\
    overflow-wrap:anywhere}table{border-collapse:collapse}td,th{border:1px solid color-mix(in srgb,currentColor 25%,transparent);\
    padding:4px 8px}pre,code{font-family:ui-monospace,monospace;font-size:.92em}pre{overflow:auto;padding:8px;\
    background:color-mix(in srgb,currentColor 8%,transparent)}img{max-width:100%}";

/// Its routes.
pub(super) fn router() -> Router<App> {
    let base = "/runs/{run}/tasks/{task}/outputs/{output}";
    Router::new()
        .route(base, get(content))
        .route(&format!("{base}/files"), get(files))
        .route(&format!("{base}/table"), get(table))
        .route(&format!("{base}/markdown"), get(markdown))
}

/// Which output.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct OutputAddress {
    /// The run's id.
    run: String,
    /// The task's slug.
    task: String,
    /// The output's slug.
    output: String,
}

/// Which of its files, and what for.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ContentQuery {
    /// A file of a folder.
    #[serde(default)]
    path: String,
    /// `1`: to be saved, not shown; a folder becomes a tar file.
    #[serde(default)]
    download: u8,
}

/// An output with what the plan says of it.
struct Found {
    value: PortValue,
    kind: Option<String>,
    name: String,
}

async fn find(app: &App, address: &OutputAddress) -> Result<Found, ApiError> {
    let OutputAddress { run, task, output } = address;
    let record = app.store.run(run).await?.ok_or_else(|| ApiError::not_found(format!("There is no run {run:?}")))?;
    let state = app.store.run_state(run).await?;
    let value = state.tasks.get(task).and_then(|task| task.outputs.get(output)).cloned().ok_or_else(|| {
        ApiError::not_found(format!("Task {task:?} of this run has no output {output:?}"))
            .hint("A task has its outputs when it has succeeded.")
    })?;
    let template = record.plan.task(task).and_then(|task| record.plan.template(&task.template));
    let port = template.and_then(|template| template.outputs.iter().find(|port| port.slug == *output));
    let kind = port.and_then(|port| match &port.port_type {
        PortType::Artifact(kind) => kind.clone(),
        PortType::Parameter(_) => None,
    });
    Ok(Found { value, kind, name: format!("{task}-{output}") })
}

impl Found {
    /// The key of the file itself, or of a file in the folder.
    fn key(&self, path: &str) -> Result<String, ApiError> {
        let PortValue::Artifact { key, files, .. } = &self.value else {
            return Err(
                ApiError::not_found("This output is a parameter, not a file").hint("Its text stands in the run.")
            );
        };
        match (files, path) {
            (None, "") => Ok(key.clone()),
            (None, path) => Err(ApiError::not_found(format!("This output is one file, without {path:?} in it"))),
            (Some(_), "") => Err(ApiError::refused("path-missing", "This output is a folder")
                .hint("Name one of its files by path, or download all by download=1.")),
            (Some(_), path) => Ok(format!("{key}/{}", keys::check_relative_path(path)?)),
        }
    }

    fn file_name(&self, path: &str) -> String {
        path.rsplit('/').next().filter(|name| !name.is_empty()).map_or_else(|| self.name.clone(), String::from)
    }
}

/// An output's content; ranges are answered.
#[utoipa::path(get, path = "/api/runs/{run}/tasks/{task}/outputs/{output}", tag = "outputs", params(OutputAddress, ContentQuery),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, content_type = "application/octet-stream", body = Vec<u8>), (status = 304), (status = "4XX", body = ErrorBody)))]
pub(super) async fn content(
    State(app): State<App>,
    Path(address): Path<OutputAddress>,
    Query(query): Query<ContentQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let found = find(&app, &address).await?;
    let store = &app.artifacts.store;
    match &found.value {
        PortValue::Parameter { text, size } => {
            let delivery = match query.download {
                0 => deliver(ViewKind::Text, &format!("{}.txt", found.name), text.as_bytes()),
                _ => download(&format!("{}.txt", found.name)),
            };
            if text.len() as u64 == *size {
                return Ok((delivery.headers(), text.clone()).into_response());
            }
            let key = keys::output_key(&address.run, &[&address.task], &address.output)?;
            file_answer(store, &key, &delivery, &headers).await
        }
        PortValue::Artifact { key, files: Some(_), .. } if query.path.is_empty() && query.download != 0 => {
            let delivery = Delivery { content_type: "application/x-tar", ..download(&format!("{}.tar", found.name)) };
            Ok((delivery.headers(), tar::folder(store.clone(), key, &found.name)).into_response())
        }
        PortValue::Artifact { .. } => {
            let key = found.key(&query.path)?;
            let name = found.file_name(&query.path);
            let delivery = if query.download != 0 {
                download(&name)
            } else {
                let first = first_bytes(&app, &key).await?;
                // The output's type says what a single file is; files of a folder speak for themselves.
                let kind = found.kind.as_deref().filter(|_| query.path.is_empty());
                let kind = match kind_of(kind, &name, &first) {
                    // Without a name that says so, an SVG is one to an `<img>` only.
                    ViewKind::Text if is_for_image(&headers) && begins_as_svg(&first) => ViewKind::Svg,
                    kind => kind,
                };
                deliver(kind, &name, &first)
            };
            file_answer(store, &key, &delivery, &headers).await
        }
    }
}

/// Whether an `<img>` asks; only browsers set this header, and no script of a page can.
fn is_for_image(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-dest").is_some_and(|destination| destination == "image")
}

fn begins_as_svg(first: &[u8]) -> bool {
    let text = String::from_utf8_lossy(first);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with("<svg") || (text.starts_with("<?xml") || text.starts_with("<!")) && text.contains("<svg")
}

async fn first_bytes(app: &App, key: &str) -> Result<Vec<u8>, ApiError> {
    let range = Some(ByteRange::Between { first: 0, last: FIRST - 1 });
    let mut stream = match app.artifacts.store.get_stream(key, range).await {
        Err(ArtifactError::RangeNotSatisfiable { .. }) => return Ok(Vec::new()),
        result => result?.1,
    };
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        bytes.extend_from_slice(&chunk?);
    }
    Ok(bytes)
}

/// Which page of files.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct FilesQuery {
    /// `next` of the page before: its last path.
    after: Option<String>,
}

/// The files of an output.
#[utoipa::path(get, path = "/api/runs/{run}/tasks/{task}/outputs/{output}/files", tag = "outputs", params(OutputAddress, FilesQuery),
    responses((status = 200, body = FileList), (status = "4XX", body = ErrorBody)))]
pub(super) async fn files(
    State(app): State<App>,
    Path(address): Path<OutputAddress>,
    Query(query): Query<FilesQuery>,
) -> Result<axum::Json<FileList>, ApiError> {
    let found = find(&app, &address).await?;
    let PortValue::Artifact { key, size, files, .. } = &found.value else {
        return Err(ApiError::not_found("This output is a parameter, not a file").hint("Its text stands in the run."));
    };
    if files.is_none() {
        let file = FileEntry { path: String::new(), size: *size, folder: false };
        return Ok(axum::Json(FileList { files: vec![file], next: None }));
    }
    let prefix = format!("{key}/");
    let after = query.after.map(|after| keys::check_relative_path(&after).map(|after| format!("{prefix}{after}")));
    let after = after.transpose()?;
    keys::check_key(after.as_deref().unwrap_or(&prefix))?;
    let page = PageRequest { after, ..PageRequest::default() };
    let listing = app.artifacts.store.list(&prefix, &page).await?;
    let last = listing.entries.last().filter(|_| listing.continuation.is_some());
    let next = last.and_then(|entry| entry.key.strip_prefix(&prefix).map(String::from));
    let files = listing.entries.into_iter().filter_map(|entry| {
        let path = entry.key.strip_prefix(&prefix).filter(|path| !path.is_empty() && !path.ends_with('/'))?;
        Some(FileEntry { path: String::from(path), size: entry.size, folder: false })
    });
    Ok(axum::Json(FileList { files: files.collect(), next }))
}

/// Which page of a table.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct TableQuery {
    /// A file of a folder.
    #[serde(default)]
    path: String,
    /// The first row.
    #[serde(default)]
    offset: u64,
    /// Rows, from 1 to 1000; 100 when absent.
    limit: Option<u64>,
}

/// A page of a table.
#[utoipa::path(get, path = "/api/runs/{run}/tasks/{task}/outputs/{output}/table", tag = "outputs", params(OutputAddress, TableQuery),
    responses((status = 200, body = TablePage), (status = "4XX", body = ErrorBody)))]
pub(super) async fn table(
    State(app): State<App>,
    Path(address): Path<OutputAddress>,
    Query(query): Query<TableQuery>,
) -> Result<axum::Json<TablePage>, ApiError> {
    let key = find(&app, &address).await?.key(&query.path)?;
    let (information, stream) = app.artifacts.store.get_stream(&key, None).await?;
    let question = TableQuestion { offset: query.offset, limit: query.limit.unwrap_or(100).clamp(1, 1000) };
    Ok(axum::Json(table_page(stream, information.size, question).await?))
}

/// Which Markdown.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct MarkdownQuery {
    /// A file of a folder.
    #[serde(default)]
    path: String,
}

/// Markdown as a page for a frame without rights.
#[utoipa::path(get, path = "/api/runs/{run}/tasks/{task}/outputs/{output}/markdown", tag = "outputs", params(OutputAddress, MarkdownQuery),
    responses((status = 200, content_type = "text/html", body = String), (status = "4XX", body = ErrorBody)))]
pub(super) async fn markdown(
    State(app): State<App>,
    Path(address): Path<OutputAddress>,
    Query(query): Query<MarkdownQuery>,
) -> Result<Response, ApiError> {
    let key = find(&app, &address).await?.key(&query.path)?;
    let size = app.artifacts.store.head(&key).await?.size;
    if size > LARGEST_MARKDOWN {
        return Err(ApiError::from(ViewError::TooLarge { size, limit: LARGEST_MARKDOWN }));
    }
    let bytes = app.artifacts.store.get_bytes(&key, LARGEST_MARKDOWN).await?;
    let html = markdown_to_html(&String::from_utf8_lossy(&bytes));
    let page = format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><base target=\"_blank\"><style>{MARKDOWN_STYLE}</style></head>\
         <body>{html}</body></html>"
    );
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(MARKDOWN_POLICY)),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("unsafe-none")),
    ];
    Ok((StatusCode::OK, headers, page).into_response())
}
