//! What a node, a drum and a wire show of their records, as plain values that can be compared: a view is redrawn only
//! when its value differs. Sizes and places are the scene's.

use crate::scene::{PortShape, Scene, Side};
use crate::selection::WireId;
use dagwright_shared::component::{Component, Implementation};
use dagwright_shared::pipeline::{Argument, Pipeline, Task, VolumeLifetime};
use dagwright_shared::types::PortType;
use dagwright_texts::t;
use serde_json::Value;

/// A task's node.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct NodeContent {
    /// The task's name.
    pub name: String,
    /// The icon's name in the sprite.
    pub icon: &'static str,
    /// The second line of the header: what it runs in.
    pub meta: String,
    /// The header's far side: where the first volume is mounted.
    pub side: String,
    /// Whether the document has its component.
    pub found: bool,
    /// How many volumes it mounts.
    pub mounts: usize,
    /// Input rows from the top.
    pub inputs: Vec<Row>,
    /// How many inputs the row "more" stands for.
    pub more: usize,
    /// Whether the "more" row is unfolded and can be folded again.
    pub unfolded: bool,
    /// Output rows from the top.
    pub outputs: Vec<Row>,
}

/// A port's row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The port's name.
    pub name: String,
    /// What it carries.
    pub port_type: PortType,
    /// The far side of the row.
    pub value: RowValue,
    /// Whether it must be fed and is not.
    pub open: bool,
}

/// The far side of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum RowValue {
    /// Nothing is set: the type's name.
    Type(String),
    /// A constant, as text.
    Constant(String),
    /// A pipeline parameter's name.
    Parameter(String),
    /// Fed by a wire: the type's name.
    Wired(String),
    /// A text with references.
    Text(String),
    /// A stored file.
    Stored(String),
    /// The default, as text.
    Default(String),
}

impl RowValue {
    /// The words.
    pub fn text(&self) -> &str {
        match self {
            Self::Type(text)
            | Self::Constant(text)
            | Self::Parameter(text)
            | Self::Wired(text)
            | Self::Text(text)
            | Self::Stored(text)
            | Self::Default(text) => text,
        }
    }
}

/// A volume's drum.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DrumContent {
    /// The volume's name.
    pub name: String,
    /// `1Gi · RWO`.
    pub facts: String,
}

/// The shape and colour of a port or wire by its type (design, "Shapes").
pub fn type_class(port_type: &PortType) -> &'static str {
    match port_type {
        PortType::Parameter(_) => "t-parameter",
        PortType::Artifact(None) => "t-generic",
        PortType::Artifact(Some(name)) => match name.as_str() {
            "Dataset" => "t-dataset",
            "Model" => "t-model",
            "Metrics" | "ClassificationMetrics" | "SlicedClassificationMetrics" => "t-metrics",
            _ => "t-generic",
        },
    }
}

/// The form of a port or of a dot for a type: a diamond, a ring or a circle.
pub fn type_form(port_type: &PortType) -> &'static str {
    match port_type {
        PortType::Parameter(_) => "diamond",
        PortType::Artifact(_) if type_class(port_type) == "t-generic" => "ring",
        PortType::Artifact(_) => "circle",
    }
}

/// The icon of a component.
pub fn component_icon(component: &Component) -> &'static str {
    match component.implementation {
        Implementation::Python(_) => "python",
        Implementation::Graph(_) => "subgraph",
        Implementation::Container(_) | Implementation::Unknown(_) => "container",
    }
}

/// What a task's node shows; `None`: there is no such task.
pub fn node_content(document: &Pipeline, scene: &Scene, name: &str) -> Option<NodeContent> {
    let task = document.graph.tasks.get(name)?;
    let shape = scene.task(name)?;
    let component = document.graph.components.get(&task.component);
    let inputs = shape.component.inputs.iter().enumerate().filter(|(_, port)| !port.folded);
    let default = |index: usize| component?.inputs.get(index)?.default.as_ref();
    let inputs = inputs.map(|(index, port)| input_row(task, port, default(index)));
    let outputs = shape.component.outputs.iter().map(|port| Row {
        name: port.name.clone(),
        port_type: port.port_type.clone(),
        value: RowValue::Type(String::from(port.port_type.name())),
        open: false,
    });
    Some(NodeContent {
        name: String::from(name),
        icon: component.map_or("container", component_icon),
        meta: component.map_or_else(|| String::from(t!("Component not found")), component_meta),
        side: task.mounts.first().map(|mount| mount.path.clone()).unwrap_or_default(),
        found: component.is_some(),
        mounts: task.mounts.len(),
        inputs: inputs.collect(),
        more: shape.component.more,
        unfolded: scene.is_unfolded(name),
        outputs: outputs.collect(),
    })
}

fn input_row(task: &Task, port: &PortShape, default: Option<&Value>) -> Row {
    let type_name = || String::from(port.port_type.name());
    let value = match task.arguments.get(&port.name) {
        Some(Argument::Value(value)) => RowValue::Constant(value_text(value)),
        Some(Argument::Parameter(name)) => RowValue::Parameter(name.clone()),
        Some(Argument::Output { .. }) => RowValue::Wired(type_name()),
        Some(Argument::Text(text)) => RowValue::Text(one_line(text)),
        Some(Argument::Artifact(reference)) => {
            RowValue::Stored(String::from(reference.rsplit('/').next().unwrap_or(reference)))
        }
        Some(Argument::Unknown(value)) => RowValue::Constant(value_text(value)),
        None => default.map_or_else(|| RowValue::Type(type_name()), |value| RowValue::Default(value_text(value))),
    };
    let open = port.required && matches!(value, RowValue::Type(_));
    Row { name: port.name.clone(), port_type: port.port_type.clone(), value, open }
}

/// A value on one line: texts plain, all else as compact JSON.
pub fn value_text(value: &Value) -> String {
    match value {
        Value::String(text) => one_line(text),
        other => one_line(&other.to_string()),
    }
}

fn one_line(text: &str) -> String {
    let line: String = text.chars().take(64).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if line.is_empty() { String::from("\"\"") } else { line }
}

/// What a component runs in, in a few words: `python 3.11`, `aws-cli 2`.
pub fn component_meta(component: &Component) -> String {
    match &component.implementation {
        Implementation::Container(container) => image_words(&container.image),
        Implementation::Python(python) => image_words(&python.image),
        Implementation::Graph(graph) => match graph.graph.tasks.len() {
            1 => String::from(t!("1 task")),
            count => t!("{count} tasks", count),
        },
        Implementation::Unknown(_) => String::from(t!("unknown kind")),
    }
}

/// An image's last name and version: `registry.io/team/python:3.11-slim@sha256:…` is `python 3.11`.
fn image_words(image: &str) -> String {
    let image = image.split('@').next().unwrap_or(image);
    let last = image.rsplit('/').next().unwrap_or(image);
    match last.split_once(':') {
        Some((name, tag)) => format!("{name} {}", tag.split('-').next().unwrap_or(tag)),
        None => String::from(last),
    }
}

/// What a volume's drum shows.
pub fn drum_content(document: &Pipeline, name: &str) -> Option<DrumContent> {
    let volume = document.graph.volumes.get(name)?;
    let modes = volume.access_modes.iter().map(|mode| short_mode(mode));
    let first = match &volume.lifetime {
        VolumeLifetime::Claim(claim) => claim.clone(),
        VolumeLifetime::Kept | VolumeLifetime::Run => volume.size.clone().unwrap_or_default(),
    };
    let last = (volume.lifetime == VolumeLifetime::Run).then(|| t!("run"));
    let facts: Vec<&str> =
        std::iter::once(first.as_str()).chain(modes).chain(last).filter(|word| !word.is_empty()).collect();
    Some(DrumContent { name: String::from(name), facts: facts.join(" · ") })
}

fn short_mode(mode: &str) -> &str {
    match mode {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        other => other,
    }
}

/// The classes of a wire.
pub fn wire_class(scene: &Scene, id: &WireId) -> &'static str {
    match id {
        WireId::Data { .. } => scene.wire(id).and_then(|wire| wire.port_type.as_ref()).map_or("t-generic", type_class),
        WireId::Order { .. } => "order",
        WireId::Mount { .. } => "mount",
        WireId::HandOver { .. } => "order hand-over",
    }
}

/// A port's side in `data-side`.
pub fn side_word(side: Side) -> &'static str {
    match side {
        Side::Input => "input",
        Side::Output => "output",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_in_a_few_words() {
        assert_eq!(image_words("python:3.11-slim"), "python 3.11");
        assert_eq!(image_words("registry.io:5000/team/aws-cli:2@sha256:00"), "aws-cli 2");
        assert_eq!(image_words("busybox"), "busybox");
    }
}
