//! `/api/documents`: reading files without storing anything. And what of a document the store keeps beside its text.

use super::error::ApiError;
use super::extract::Json;
use crate::app::App;
use crate::store::NewPipeline;
use axum::Router;
use axum::routing::post;
use dagwright_shared::api::{ErrorBody, ReadAnswer, ReadDocument, Thumbnail};
use dagwright_shared::diagnostic::Diagnostic;
use dagwright_shared::graph::TaskGraph;
use dagwright_shared::layout;
use dagwright_shared::pipeline::Pipeline;
use dagwright_shared::pipeline::file::{
    Document, ReadOutcome, component_to_value, pipeline_from_value, pipeline_to_value, read_any, read_pipeline, write_pipeline,
};
use serde_json::Value;
use std::collections::HashMap;

/// Its routes.
pub fn router() -> Router<App> {
    Router::new().route("/documents/read", post(read))
}

/// Reads a pipeline's or component's text and says everything that is wrong with it.
#[utoipa::path(post, path = "/api/documents/read", tag = "documents", request_body = ReadDocument,
    responses((status = 200, body = ReadAnswer), (status = "4XX", body = ErrorBody)))]
pub(super) async fn read(Json(request): Json<ReadDocument>) -> axum::Json<ReadAnswer> {
    let outcome = read_any(&request.text);
    let (pipeline, component) = match outcome.value {
        Some(Document::Pipeline(pipeline)) => (Some(pipeline_to_value(&pipeline)), None),
        Some(Document::Component(component)) => (None, Some(component_to_value(&component))),
        None => (None, None),
    };
    axum::Json(ReadAnswer { pipeline, component, diagnostics: outcome.diagnostics })
}

/// A document on its way into the store.
pub(super) struct Incoming {
    /// As read.
    pub(super) pipeline: Pipeline,
    /// With what the store keeps beside the text.
    pub(super) new: NewPipeline,
    /// What reading it had to say.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// From JSON: the text is written canonically.
pub(super) fn from_value(document: &Value) -> Result<Incoming, ApiError> {
    let (pipeline, diagnostics) = readable(pipeline_from_value(document))?;
    let text = write_pipeline(&pipeline);
    Ok(incoming(pipeline, text, diagnostics))
}

/// From a file's text, which is kept byte for byte.
pub(super) fn from_text(text: String) -> Result<Incoming, ApiError> {
    let (pipeline, diagnostics) = readable(read_pipeline(&text))?;
    Ok(incoming(pipeline, text, diagnostics))
}

/// From the store. What was stored could be read then.
pub(super) fn from_store(text: &str) -> Result<(Pipeline, Vec<Diagnostic>), ApiError> {
    let outcome = read_pipeline(text);
    match outcome.value {
        Some(pipeline) => Ok((pipeline, outcome.diagnostics)),
        None => Err(ApiError::refused("document-unreadable", "The stored document cannot be read")
            .hint("It was written by a newer version; its file can still be downloaded.")
            .diagnostics(outcome.diagnostics)),
    }
}

fn readable(outcome: ReadOutcome<Pipeline>) -> Result<(Pipeline, Vec<Diagnostic>), ApiError> {
    let ReadOutcome { value, diagnostics } = outcome;
    match value {
        Some(pipeline) => Ok((pipeline, diagnostics)),
        None => {
            let first = diagnostics.first().map(|problem| problem.message.clone()).unwrap_or_default();
            Err(ApiError::refused("document-unreadable", format!("This is no pipeline: {first}"))
                .hint("A pipeline file starts with apiVersion: dagwright.dev/v1 and kind: Pipeline.")
                .diagnostics(diagnostics))
        }
    }
}

fn incoming(pipeline: Pipeline, text: String, diagnostics: Vec<Diagnostic>) -> Incoming {
    let new = NewPipeline {
        name: pipeline.metadata.name.clone(),
        description: pipeline.metadata.description.clone().unwrap_or_default(),
        text,
        tasks: u32::try_from(pipeline.graph.tasks.len()).unwrap_or(u32::MAX),
        thumbnail: thumbnail(&pipeline),
    };
    Incoming { pipeline, new, diagnostics }
}

/// Nodes and edges that a thumbnail has room for.
const THUMBNAIL_NODES: usize = 60;

/// The small picture of a graph: where nodes stand, laid out where nobody placed them.
pub(super) fn thumbnail(pipeline: &Pipeline) -> Thumbnail {
    let graph = &pipeline.graph;
    let placed = graph.tasks.values().all(|task| task.position.is_some());
    let laid_out = if placed { Default::default() } else { layout::arrange(graph).tasks };
    let mut places = HashMap::new();
    let mut nodes = Vec::new();
    for (name, task) in graph.tasks.iter().take(THUMBNAIL_NODES) {
        let point = if placed { task.position } else { laid_out.get(name.as_str()).copied() }.unwrap_or_default();
        places.insert(name.as_str(), nodes.len() as u32);
        nodes.push([point.x, point.y]);
    }
    let tasks = TaskGraph::new(graph);
    let mut edges = Vec::new();
    for (name, place) in &places {
        for before in tasks.dependencies(name) {
            if let Some(from) = places.get(before) {
                edges.push([*from, *place]);
            }
        }
    }
    edges.sort_unstable();
    Thumbnail { nodes, edges }
}
