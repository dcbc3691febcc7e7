//! A pipeline as records: the units that a change replaces, that a signal of the browser follows, and that undo restores.
//! Only names and values; what may change how is `change` and `edit`.

use super::{Argument, KubernetesSettings, Metadata, Parameter, Pipeline, Task, Volume};
use crate::component::{Component, Extra};
use dagwright_texts::t;
use indexmap::IndexMap;
use std::fmt;

/// Which record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordId {
    /// `metadata` of the pipeline.
    Metadata,
    /// What belongs to the graph as a whole: [`GraphRecord`].
    Graph,
    /// A pipeline parameter by its name.
    Parameter(String),
    /// A volume by its name.
    Volume(String),
    /// A component by its key.
    Component(String),
    /// A task by its name.
    Task(String),
}

impl RecordId {
    /// The name inside its map; `None` for the two that exist once.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Metadata | Self::Graph => None,
            Self::Parameter(name) | Self::Volume(name) | Self::Component(name) | Self::Task(name) => Some(name),
        }
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metadata => formatter.write_str(t!("the pipeline's name and description")),
            Self::Graph => formatter.write_str(t!("the pipeline")),
            Self::Parameter(name) => formatter.write_str(&t!("the parameter “{name}”", name)),
            Self::Volume(name) => formatter.write_str(&t!("the volume “{name}”", name)),
            Self::Component(name) => formatter.write_str(&t!("the component “{name}”", name)),
            Self::Task(name) => formatter.write_str(&t!("the task “{name}”", name)),
        }
    }
}

/// A record's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// Of [`RecordId::Metadata`].
    Metadata(Box<Metadata>),
    /// Of [`RecordId::Graph`].
    Graph(Box<GraphRecord>),
    /// Of [`RecordId::Parameter`].
    Parameter(Box<Parameter>),
    /// Of [`RecordId::Volume`].
    Volume(Box<Volume>),
    /// Of [`RecordId::Component`].
    Component(Box<Component>),
    /// Of [`RecordId::Task`].
    Task(Box<Task>),
}

/// What belongs to the graph as a whole and to no record with a name.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct GraphRecord {
    /// [`Pipeline::kubernetes`].
    pub kubernetes: KubernetesSettings,
    /// [`super::Graph::on_exit`].
    pub on_exit: Option<String>,
    /// [`super::Graph::outputs`].
    pub outputs: IndexMap<String, Argument>,
    /// [`super::Graph::layout_extra`].
    pub layout_extra: Extra,
    /// [`Pipeline::extra`].
    pub extra: Extra,
}

impl Pipeline {
    /// The graph's own record, as a copy.
    pub fn graph_record(&self) -> GraphRecord {
        GraphRecord {
            kubernetes: self.kubernetes.clone(),
            on_exit: self.graph.on_exit.clone(),
            outputs: self.graph.outputs.clone(),
            layout_extra: self.graph.layout_extra.clone(),
            extra: self.extra.clone(),
        }
    }

    /// Puts the graph's own record in place.
    pub(super) fn set_graph_record(&mut self, record: GraphRecord) {
        let GraphRecord { kubernetes, on_exit, outputs, layout_extra, extra } = record;
        self.kubernetes = kubernetes;
        self.graph.on_exit = on_exit;
        self.graph.outputs = outputs;
        self.graph.layout_extra = layout_extra;
        self.extra = extra;
    }

    /// Whether there is a record of this id.
    pub fn has(&self, id: &RecordId) -> bool {
        match id {
            RecordId::Metadata | RecordId::Graph => true,
            RecordId::Parameter(name) => self.graph.parameters.contains_key(name),
            RecordId::Volume(name) => self.graph.volumes.contains_key(name),
            RecordId::Component(name) => self.graph.components.contains_key(name),
            RecordId::Task(name) => self.graph.tasks.contains_key(name),
        }
    }
}
