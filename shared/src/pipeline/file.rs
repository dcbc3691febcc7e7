//! Files and the wire: one tree for both (`reference/document.yaml`), one way from text to model and back.
//! Here are the entrances; what a field means is in `file/read_*`, where it stands in `file/write`, how it is laid out in
//! `file/style`.

mod locate;
mod read_component;
mod read_graph;
mod read_task;
mod reader;
mod style;
mod write;

pub use locate::locate;
pub use write::{component_to_value, pipeline_to_value};

use super::digest::{has_stale_digest, renew_digests};
use crate::component::Component;
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::pipeline::Pipeline;
use crate::yaml::{self, Yaml};
use reader::Reader;
use serde_json::Value;
use std::borrow::Cow;

/// What reading gave: as much of a document as could be made out, and all that was wrong with it.
/// What could not be read is kept in the document's `extra` fields and written back, so nothing is lost.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadOutcome<T> {
    /// `None` where the text is not YAML, is something else, or was written by a newer version.
    pub value: Option<T>,
    /// In the order of the text; from text, with positions.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a text turned out to hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Document {
    /// A pipeline.
    Pipeline(Box<Pipeline>),
    /// A component: KFP's `component.yaml`, or ours.
    Component(Box<Component>),
}

/// Reads a pipeline from YAML or JSON text.
pub fn read_pipeline(text: &str) -> ReadOutcome<Pipeline> {
    from_yaml(yaml::read(text), |reader, value| reader.pipeline(value))
}

/// Reads a component from YAML or JSON text.
pub fn read_component(text: &str) -> ReadOutcome<Component> {
    from_yaml(yaml::read(text), |reader, value| reader.lone_component(value))
}

/// Reads a pipeline or a component from YAML or JSON text, whichever it is.
pub fn read_any(text: &str) -> ReadOutcome<Document> {
    from_yaml(yaml::read(text), |reader, value| {
        if value.get("implementation").is_some() && value.get("tasks").is_none() {
            reader.lone_component(value).map(|component| Document::Component(Box::new(component)))
        } else {
            reader.pipeline(value).map(|pipeline| Document::Pipeline(Box::new(pipeline)))
        }
    })
}

/// Reads a pipeline from the tree that files and the wire share.
pub fn pipeline_from_value(value: &Value) -> ReadOutcome<Pipeline> {
    let mut reader = Reader::new(value, None);
    let pipeline = reader.pipeline(value);
    ReadOutcome { value: pipeline, diagnostics: reader.diagnostics }
}

/// Reads a component from the tree that files and the wire share.
pub fn component_from_value(value: &Value) -> ReadOutcome<Component> {
    let mut reader = Reader::new(value, None);
    let component = reader.lone_component(value);
    ReadOutcome { value: component, diagnostics: reader.diagnostics }
}

/// A pipeline's file: YAML, canonical. Reading it gives an equal pipeline, and writing that the same bytes.
pub fn write_pipeline(pipeline: &Pipeline) -> String {
    yaml::write(&pipeline_to_value(pipeline), &style::pipeline())
}

/// A pipeline in the text that it was read from: what did not change keeps its lines, its order and its comments, what
/// changed is written anew in its place. Digests are renewed. Where the text cannot be kept, the canonical file.
pub fn update_pipeline(text: &str, pipeline: &Pipeline) -> String {
    let mut pipeline = Cow::Borrowed(pipeline);
    if has_stale_digest(&pipeline.graph) {
        renew_digests(&mut pipeline.to_mut().graph);
    }
    let new = pipeline_to_value(&pipeline);
    updated(text, &new).unwrap_or_else(|| yaml::write(&new, &style::pipeline()))
}

fn updated(text: &str, new: &Value) -> Option<String> {
    let read = yaml::read(text);
    let tree = read.value.as_ref()?;
    let mut reader = Reader::new(tree, Some(&read.positions));
    let old = pipeline_to_value(&reader.pipeline(tree)?);
    let updated = yaml::update(text, (tree, &read.positions), (&old, new), &style::pipeline())?;
    // Aliases, merge keys and other things that one line says for another show here.
    let back = pipeline_to_value(&read_pipeline(&updated).value?);
    // Equality of maps leaves their order out; a text has it.
    let (back, new) = (back.to_string(), new.to_string());
    (back == new).then_some(updated)
}

/// A component's file: YAML, canonical, as KFP's `component.yaml`.
pub fn write_component(component: &Component) -> String {
    yaml::write(&component_to_value(component), &style::component())
}

fn from_yaml<T>(yaml: Yaml, read: impl for<'a> FnOnce(&mut Reader<'a>, &'a Value) -> Option<T>) -> ReadOutcome<T> {
    let mut diagnostics = yaml.diagnostics;
    let value = yaml.value.as_ref().and_then(|root| {
        let mut reader = Reader::new(root, Some(&yaml.positions));
        let value = read(&mut reader, root);
        diagnostics.append(&mut reader.diagnostics);
        value
    });
    diagnostics.sort_by_key(|diagnostic| diagnostic.position);
    ReadOutcome { value, diagnostics }
}

/// The codes that reading gives; what a document means is `check`'s to judge.
pub const READING_CODES: &[DiagnosticCode] = &[
    DiagnosticCode::YamlSyntax,
    DiagnosticCode::YamlTooLarge,
    DiagnosticCode::YamlDuplicateKey,
    DiagnosticCode::FileKind,
    DiagnosticCode::FileVersion,
    DiagnosticCode::FieldForm,
    DiagnosticCode::FieldMissing,
    DiagnosticCode::FieldUnknown,
    DiagnosticCode::NameTwice,
    DiagnosticCode::NameEmpty,
];

#[cfg(test)]
mod tests;
