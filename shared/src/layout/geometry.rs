//! Sizes and port places of nodes and drums on the canvas, in canvas units (CSS px at zoom 1); design/README.md, "Task node".
//! The canvas and the layout both measure here; nothing here knows about selection, zoom or a run.

use crate::component::{Component, InputPort};
use crate::pipeline::Point;
use serde_json::Value;

/// Width of a task's node.
pub const NODE_WIDTH: f64 = 208.0;
/// Height of a node's header.
pub const HEADER_HEIGHT: f64 = 40.0;
/// Height of a port's row.
pub const ROW_HEIGHT: f64 = 24.0;
/// Space above the first and below the last row of a section.
pub const SECTION_PADDING: f64 = 4.0;
/// Where the mount port's middle stands: this far from the node's right edge, on the top edge.
pub const MOUNT_PORT_INSET: f64 = 24.0;
/// Width of a volume's drum.
pub const VOLUME_WIDTH: f64 = 184.0;
/// Height of a volume's drum.
pub const VOLUME_HEIGHT: f64 = 72.0;
/// Places snap to multiples of this.
pub const SNAP: f64 = 8.0;
/// A node with more inputs than this folds those that have a default.
pub const MOST_INPUTS_UNFOLDED: usize = 8;

/// A width and a height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// To the right.
    pub width: f64,
    /// Downwards.
    pub height: f64,
}

/// Whether a node with many inputs shows all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Folding {
    /// More than [`MOST_INPUTS_UNFOLDED`] inputs: those with a default share one row, "3 more".
    #[default]
    Folded,
    /// Every input has its row.
    Open,
}

/// What stands in one row of the input section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputRow {
    /// An input, by its index in the component.
    Input(usize),
    /// This many inputs folded into one row, always the last.
    More(usize),
}

/// How many rows a node has; all places follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeShape {
    /// Rows of the input section, the folded one included.
    pub input_rows: usize,
    /// Rows of the output section.
    pub output_rows: usize,
}

impl NodeShape {
    /// The shape of a component's node.
    pub fn of(component: &Component, folding: Folding) -> Self {
        let folded = folded_inputs(component, folding);
        let input_rows = component.inputs.len() - folded + usize::from(folded > 0);
        Self { input_rows, output_rows: component.outputs.len() }
    }

    /// Width and height of the node; a section without rows takes no room.
    pub fn size(self) -> Size {
        let height = HEADER_HEIGHT + section_height(self.input_rows) + section_height(self.output_rows);
        Size { width: NODE_WIDTH, height }
    }

    /// The middle of the port of an input row, from the node's top left corner.
    pub fn input_port_at(self, row: usize) -> Point {
        Point { x: 0.0, y: HEADER_HEIGHT + row_middle(row) }
    }

    /// The middle of the port of an output row, from the node's top left corner.
    pub fn output_port_at(self, row: usize) -> Point {
        Point { x: NODE_WIDTH, y: HEADER_HEIGHT + section_height(self.input_rows) + row_middle(row) }
    }
}

/// Width and height of a component's node.
pub fn node_size(component: &Component, folding: Folding) -> Size {
    NodeShape::of(component, folding).size()
}

/// The rows of the input section, from the top: inputs in their order, then the folded ones as one row.
pub fn input_rows(component: &Component, folding: Folding) -> Vec<InputRow> {
    let folded = folded_inputs(component, folding);
    let shown = |input: &InputPort| folded == 0 || !has_default(input);
    let rows = component.inputs.iter().enumerate().filter(|(_, input)| shown(input));
    let rows = rows.map(|(index, _)| InputRow::Input(index));
    rows.chain((folded > 0).then_some(InputRow::More(folded))).collect()
}

/// The row in which an input's port stands; folded inputs share the last one. `index` is its place in the component.
pub fn input_row_of(component: &Component, folding: Folding, index: usize) -> usize {
    let folded = folded_inputs(component, folding);
    if folded == 0 {
        return index;
    }
    if component.inputs.get(index).is_some_and(has_default) {
        return component.inputs.len() - folded;
    }
    component.inputs.iter().take(index).filter(|input| !has_default(input)).count()
}

/// The middle of an input's port, from the node's top left corner.
pub fn input_port_position(component: &Component, folding: Folding, index: usize) -> Point {
    NodeShape::of(component, folding).input_port_at(input_row_of(component, folding, index))
}

/// The middle of an output's port, from the node's top left corner.
pub fn output_port_position(component: &Component, folding: Folding, index: usize) -> Point {
    NodeShape::of(component, folding).output_port_at(index)
}

/// The middle of a node's mount port, from its top left corner.
pub fn mount_port() -> Point {
    Point { x: NODE_WIDTH - MOUNT_PORT_INSET, y: 0.0 }
}

/// Where mount lines leave a drum, from its top left corner.
pub fn volume_port() -> Point {
    Point { x: VOLUME_WIDTH / 2.0, y: VOLUME_HEIGHT }
}

/// The nearest place on the snapping grid.
pub fn snapped(point: Point) -> Point {
    let snap = |value: f64| (value / SNAP).round() * SNAP;
    Point { x: snap(point.x), y: snap(point.y) }
}

fn section_height(rows: usize) -> f64 {
    if rows == 0 { 0.0 } else { rows as f64 * ROW_HEIGHT + 2.0 * SECTION_PADDING }
}

fn row_middle(row: usize) -> f64 {
    SECTION_PADDING + (row as f64 + 0.5) * ROW_HEIGHT
}

fn has_default(input: &InputPort) -> bool {
    input.optional || input.default.as_ref().is_some_and(|default| *default != Value::Null)
}

fn folded_inputs(component: &Component, folding: Folding) -> usize {
    if folding == Folding::Open || component.inputs.len() <= MOST_INPUTS_UNFOLDED {
        return 0;
    }
    // One folded input would take the very row that it saves.
    Some(component.inputs.iter().filter(|input| has_default(input)).count()).filter(|count| *count > 1).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::component::OutputPort;

    fn component(required: usize, with_default: usize, outputs: usize) -> Component {
        let port = |default: Option<Value>| InputPort { default, ..InputPort::default() };
        let inputs = (0..required).map(|_| port(None)).chain((0..with_default).map(|_| port(Some(Value::from(1)))));
        Component { inputs: inputs.collect(), outputs: vec![OutputPort::default(); outputs], ..Component::default() }
    }

    #[test]
    fn the_heights_of_the_design() {
        let height = |component: &Component| node_size(component, Folding::Folded).height;
        assert_eq!(height(&component(0, 0, 0)), 40.0);
        assert_eq!(height(&component(2, 0, 1)), 40.0 + (8.0 + 48.0) + (8.0 + 24.0));
        assert_eq!(height(&component(0, 0, 3)), 40.0 + 8.0 + 72.0);
    }

    #[test]
    fn many_inputs_fold_those_with_a_default() {
        let many = component(3, 7, 1);
        let rows = input_rows(&many, Folding::Folded);
        assert_eq!(rows, [InputRow::Input(0), InputRow::Input(1), InputRow::Input(2), InputRow::More(7)]);
        assert_eq!(NodeShape::of(&many, Folding::Folded).input_rows, 4);
        assert_eq!(input_row_of(&many, Folding::Folded, 9), 3);
        assert_eq!(input_row_of(&many, Folding::Folded, 1), 1);
        assert_eq!(NodeShape::of(&many, Folding::Open).input_rows, 10);
        assert_eq!(input_port_position(&many, Folding::Open, 9).y, 40.0 + 4.0 + 9.5 * 24.0);
        assert_eq!(output_port_position(&many, Folding::Folded, 0), Point { x: 208.0, y: 40.0 + 104.0 + 16.0 });
        assert_eq!(NodeShape::of(&component(9, 1, 0), Folding::Folded).input_rows, 10);
        assert_eq!(mount_port(), Point { x: 184.0, y: 0.0 });
    }
}
