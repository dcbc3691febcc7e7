//! Documents on their way into the store and out of it: read, and what the store keeps beside the text. Knows no HTTP.

use crate::clock;
use crate::examples::EXAMPLES;
use crate::store::{NewPipeline, Origin, Store, StoreError};
use dagwright_shared::api::Thumbnail;
use dagwright_shared::diagnostic::Diagnostic;
use dagwright_shared::graph::TaskGraph;
use dagwright_shared::layout;
use dagwright_shared::pipeline::Pipeline;
use dagwright_shared::pipeline::file::{
    ReadOutcome, pipeline_from_value, read_pipeline, update_pipeline, write_pipeline,
};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// A text or value that is no pipeline.
#[derive(Debug, thiserror::Error)]
#[error("this is no pipeline: {}", first(diagnostics))]
pub struct Unreadable {
    /// Everything that is wrong, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

fn first(diagnostics: &[Diagnostic]) -> &str {
    diagnostics.first().map_or("it cannot be read", |problem| problem.message.as_str())
}

/// A document on its way into the store.
#[derive(Debug)]
pub struct Incoming {
    /// As read.
    pub pipeline: Pipeline,
    /// With what the store keeps beside the text.
    pub new: NewPipeline,
    /// What reading it had to say.
    pub diagnostics: Vec<Diagnostic>,
}

/// From JSON: the text is written canonically.
///
/// # Errors
/// [`Unreadable`].
pub fn from_value(document: &Value) -> Result<Incoming, Unreadable> {
    let (pipeline, diagnostics) = readable(pipeline_from_value(document))?;
    let text = write_pipeline(&pipeline);
    Ok(incoming(pipeline, text, diagnostics))
}

/// From JSON, over the text that is stored: what did not change keeps its lines, its order and its comments.
///
/// # Errors
/// [`Unreadable`].
pub fn from_value_over(stored: &str, document: &Value) -> Result<Incoming, Unreadable> {
    let (pipeline, diagnostics) = readable(pipeline_from_value(document))?;
    let text = update_pipeline(stored, &pipeline);
    Ok(incoming(pipeline, text, diagnostics))
}

/// From a file's text, which is kept byte for byte.
///
/// # Errors
/// [`Unreadable`].
pub fn from_text(text: String) -> Result<Incoming, Unreadable> {
    let (pipeline, diagnostics) = readable(read_pipeline(&text))?;
    Ok(incoming(pipeline, text, diagnostics))
}

/// From the store, with what reading it had to say. What was stored could be read then.
///
/// # Errors
/// [`Unreadable`] when another version wrote it.
pub fn from_store(text: &str) -> Result<(Pipeline, Vec<Diagnostic>), Unreadable> {
    readable(read_pipeline(text))
}

fn readable(outcome: ReadOutcome<Pipeline>) -> Result<(Pipeline, Vec<Diagnostic>), Unreadable> {
    let ReadOutcome { value, diagnostics } = outcome;
    match value {
        Some(pipeline) => Ok((pipeline, diagnostics)),
        None => Err(Unreadable { diagnostics }),
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

/// The first example stands open at the first start.
///
/// # Errors
/// [`StoreError`].
pub async fn store_first_example(store: &Store) -> Result<(), StoreError> {
    let read = EXAMPLES.first().map(|example| from_text(String::from(example.text)));
    match read {
        Some(Ok(incoming)) => {
            store.create_pipeline(&Uuid::now_v7().to_string(), clock::now(), Origin::Here, &incoming.new).await?;
        }
        Some(Err(problem)) => tracing::error!("the first example cannot be read: {problem}"),
        None => {}
    }
    Ok(())
}

/// Nodes that a thumbnail has room for.
const THUMBNAIL_NODES: usize = 60;

/// The small picture of a graph: where nodes stand, laid out where nobody placed them.
pub fn thumbnail(pipeline: &Pipeline) -> Thumbnail {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_save_keeps_the_comments_of_the_text() {
        let text = "# mine\napiVersion: dagwright.dev/v1\nkind: Pipeline\nmetadata:\n  name: old # a name\n";
        let mut document = dagwright_shared::pipeline::file::pipeline_to_value(&from_store(text).unwrap().0);
        assert_eq!(from_value_over(text, &document).unwrap().new.text, text);
        document["metadata"]["name"] = Value::from("new");
        assert_eq!(from_value_over(text, &document).unwrap().new.text, text.replace("old", "new"));
    }
}
