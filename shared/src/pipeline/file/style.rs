//! How a pipeline's and a component's file is laid out: what stands on one line, as in `reference/document.yaml`.
//! Only layout; the order of fields is `write`'s.

use crate::yaml::{Dashes, Layout, Step, Style};
use serde_json::Value;

const WIDTH: usize = 120;

/// The style of pipeline files.
pub(super) fn pipeline() -> Style<'static> {
    Style { width: WIDTH, layout: &|path, value| layout(At::Graph, path, value), dashes: Dashes::Indented }
}

/// The style of component files.
pub(super) fn component() -> Style<'static> {
    Style { width: WIDTH, layout: &|path, value| layout(At::Component, path, value), dashes: Dashes::Indented }
}

/// Where in a document a path leads, as far as layout goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// A pipeline or a sub-pipeline.
    Graph,
    Components,
    Component,
    Implementation,
    /// A container or a Python function.
    Program,
    Tasks,
    Task,
    /// `layout`.
    Canvas,
    /// A list or map whose entries stand on a line each.
    Rows,
    /// On one line, if it fits.
    Line,
    /// Nothing that the format knows.
    Other,
}

fn layout(root: At, path: &[Step<'_>], value: &Value) -> Layout {
    let at = path.iter().fold(root, |at, step| at.enter(step));
    let is_line = match at {
        At::Line => true,
        At::Other => match value {
            Value::Array(items) => items.iter().all(is_scalar),
            Value::Object(map) => matches!(path.last(), Some(Step::Item(_))) && map.values().all(is_scalar),
            _ => false,
        },
        _ => false,
    };
    if is_line { Layout::Flow } else { Layout::Block }
}

impl At {
    fn enter(self, step: &Step<'_>) -> Self {
        let key = match step {
            Step::Key(key) => *key,
            Step::Item(_) => "",
        };
        match (self, key) {
            (Self::Components, _) => Self::Component,
            (Self::Tasks, _) => Self::Task,
            (Self::Rows | Self::Line, _) => Self::Line,
            (Self::Graph, "parameters" | "volumes" | "outputs") => Self::Rows,
            (Self::Graph, "kubernetes") => Self::Line,
            (Self::Graph, "components") => Self::Components,
            (Self::Graph, "tasks") => Self::Tasks,
            (Self::Graph, "layout") => Self::Canvas,
            (Self::Canvas, "tasks" | "volumes") => Self::Line,
            (Self::Component, "inputs" | "outputs") => Self::Rows,
            (Self::Component, "implementation") => Self::Implementation,
            (Self::Implementation, "container" | "python") => Self::Program,
            (Self::Implementation, "graph") => Self::Graph,
            (Self::Program, "command" | "args" | "packages") => Self::Line,
            (Self::Program, "env" | "fileOutputs") => Self::Rows,
            (Self::Task, "arguments" | "mounts" | "env" | "tolerations") => Self::Rows,
            (Self::Task, "after" | "resources" | "retry" | "nodeSelector" | "when" | "forEach") => Self::Line,
            _ => Self::Other,
        }
    }
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}
