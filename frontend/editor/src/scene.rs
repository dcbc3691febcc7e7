//! The scene: where every node, port, drum and wire of a document stands, with indexes for hit tests and culling.
//! Derived from the document and kept in step with it task by task; it is never saved and decides nothing.

use crate::path::{Line, hand_over_line, mount_line};
use crate::selection::{Item, WireId};
use crate::space::{Point, Rect, plus};
use crate::spatial::Grid;
use dagwright_shared::component::{Component, InputPort, OutputPort};
use dagwright_shared::layout::arrange;
use dagwright_shared::layout::geometry::{self, Folding, InputRow, NodeShape, snapped};
use dagwright_shared::pipeline::{Graph, Pipeline, Task};
use dagwright_shared::ports::ports;
use dagwright_shared::types::PortType;
use indexmap::{IndexMap, IndexSet};
use std::sync::Arc;

mod wires;

/// A port's side of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Left.
    Input,
    /// Right.
    Output,
}

/// A port of a task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRef {
    /// The task's name.
    pub task: String,
    /// Which side.
    pub side: Side,
    /// The port's name.
    pub port: String,
}

/// A port as a node shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct PortShape {
    /// The port's name.
    pub name: String,
    /// What it carries.
    pub port_type: PortType,
    /// Its middle, from the node's top left corner.
    pub at: Point,
    /// Whether a task must feed it.
    pub required: bool,
    /// Whether it shares the "more" row.
    pub folded: bool,
}

/// What all nodes of one component share.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentShape {
    /// Rows and sections.
    pub shape: NodeShape,
    /// Inputs in the component's order.
    pub inputs: Vec<PortShape>,
    /// Outputs in the component's order.
    pub outputs: Vec<PortShape>,
    /// How many inputs the "more" row stands for; 0: there is none.
    pub more: usize,
    /// Whether the document has the component.
    pub found: bool,
}

/// A task's node.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskShape {
    /// Where it stands.
    pub rect: Rect,
    /// Its ports.
    pub component: Arc<ComponentShape>,
}

impl TaskShape {
    /// The node's corner.
    pub fn corner(&self) -> Point {
        Point { x: self.rect.x, y: self.rect.y }
    }

    /// A port of the node.
    pub fn port(&self, side: Side, name: &str) -> Option<&PortShape> {
        let ports = match side {
            Side::Input => &self.component.inputs,
            Side::Output => &self.component.outputs,
        };
        ports.iter().find(|port| port.name == name)
    }

    /// The middle of the mount port.
    pub fn mount_port(&self) -> Point {
        plus(self.corner(), geometry::mount_port())
    }
}

/// A wire with its colour-giving type.
#[derive(Clone, Debug, PartialEq)]
pub struct WireShape {
    /// What it joins.
    pub id: Arc<WireId>,
    /// The producer's type; `None` for mounts and order.
    pub port_type: Option<PortType>,
}

/// Which nodes show all of their inputs.
pub type Unfolded = IndexSet<String>;

/// Everything that stands on the canvas.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    tasks: IndexMap<String, TaskShape>,
    volumes: IndexMap<String, Rect>,
    wires: IndexMap<Arc<WireId>, WireShape>,
    of_item: IndexMap<Item, IndexSet<Arc<WireId>>>,
    folded_shapes: IndexMap<String, Arc<ComponentShape>>,
    open_shapes: IndexMap<String, Arc<ComponentShape>>,
    items: Grid<Item>,
    lines: Grid<Arc<WireId>>,
    unfolded: Unfolded,
    /// Places for what the document gives none.
    spare: IndexMap<Item, Point>,
}

/// Records of a document that an edit touched: added, changed or removed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Touched {
    /// Tasks by name.
    pub tasks: IndexSet<String>,
    /// Volumes by name.
    pub volumes: IndexSet<String>,
    /// Components by key.
    pub components: IndexSet<String>,
}

/// What a refresh changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SceneChange {
    /// Items placed or drawn anew, gone ones included.
    pub items: IndexSet<Item>,
    /// Wires drawn anew, gone ones included.
    pub wires: IndexSet<Arc<WireId>>,
    /// Whether items came or went.
    pub membership: bool,
    /// Whether wires came or went.
    pub wire_membership: bool,
}

impl Scene {
    /// The scene of a document.
    pub fn of(document: &Pipeline) -> Self {
        let mut scene = Self { spare: spare_places(&document.graph), ..Self::default() };
        let touched = Touched {
            tasks: document.graph.tasks.keys().cloned().collect(),
            volumes: document.graph.volumes.keys().cloned().collect(),
            components: IndexSet::new(),
        };
        scene.refresh(&document.graph, &touched);
        scene
    }

    /// A task's node.
    pub fn task(&self, name: &str) -> Option<&TaskShape> {
        self.tasks.get(name)
    }

    /// All nodes, in the document's order as far as edits keep it.
    pub fn tasks(&self) -> impl Iterator<Item = (&String, &TaskShape)> {
        self.tasks.iter()
    }

    /// All drums.
    pub fn volumes(&self) -> impl Iterator<Item = (&String, &Rect)> {
        self.volumes.iter()
    }

    /// All wires.
    pub fn wires(&self) -> impl Iterator<Item = &WireShape> {
        self.wires.values()
    }

    /// How many wires there are.
    pub fn wire_count(&self) -> usize {
        self.wires.len()
    }

    /// A wire.
    pub fn wire(&self, id: &WireId) -> Option<&WireShape> {
        self.wires.get(id)
    }

    /// Where an item stands.
    pub fn rect(&self, item: &Item) -> Option<Rect> {
        match item {
            Item::Task(name) => self.tasks.get(name).map(|task| task.rect),
            Item::Volume(name) => self.volumes.get(name).copied(),
        }
    }

    /// The wires that begin or end at an item.
    pub fn wires_of(&self, item: &Item) -> impl Iterator<Item = &Arc<WireId>> {
        self.of_item.get(item).into_iter().flatten()
    }

    /// Items whose rectangles meet an area.
    pub fn items_meeting(&self, area: &Rect) -> Vec<Item> {
        self.items.meeting(area)
    }

    /// Wires whose bounds meet an area.
    pub fn wires_meeting(&self, area: &Rect) -> Vec<Arc<WireId>> {
        self.lines.meeting(area)
    }

    /// The smallest rectangle around all items.
    pub fn bounds(&self) -> Option<Rect> {
        self.items.bounds()
    }

    /// Whether a node shows all of its inputs.
    pub fn is_unfolded(&self, task: &str) -> bool {
        self.unfolded.contains(task)
    }

    /// Folds a node's inputs, or unfolds them.
    pub fn toggle_folding(&mut self, graph: &Graph, task: &str) -> SceneChange {
        if !self.unfolded.swap_remove(task) {
            self.unfolded.insert(String::from(task));
        }
        self.refresh(graph, &Touched { tasks: IndexSet::from([String::from(task)]), ..Touched::default() })
    }

    /// Brings the scene in step with a document in which only `touched` differs from what the scene was made of.
    pub fn refresh(&mut self, graph: &Graph, touched: &Touched) -> SceneChange {
        let mut change = SceneChange::default();
        let mut tasks = touched.tasks.clone();
        for key in &touched.components {
            self.folded_shapes.swap_remove(key);
            self.open_shapes.swap_remove(key);
        }
        if !touched.components.is_empty() {
            let users = graph.tasks.iter().filter(|(_, task)| touched.components.contains(&task.component));
            tasks.extend(users.map(|(name, _)| name.clone()));
        }
        let appearing: IndexSet<&String> =
            tasks.iter().filter(|name| graph.tasks.contains_key(*name) && !self.tasks.contains_key(*name)).collect();
        let waiting =
            graph.tasks.iter().filter(|(_, task)| wires::upstream(task).any(|name| appearing.contains(&name)));
        let waiting: Vec<String> =
            if appearing.is_empty() { Vec::new() } else { waiting.map(|(name, _)| name.clone()).collect() };
        for name in &tasks {
            let before = self.tasks.contains_key(name);
            self.place_task(graph, name);
            change.membership |= before != self.tasks.contains_key(name);
            change.items.insert(Item::Task(name.clone()));
        }
        for name in &touched.volumes {
            let before = self.volumes.contains_key(name);
            self.place_volume(graph, name);
            change.membership |= before != self.volumes.contains_key(name);
            change.items.insert(Item::Volume(name.clone()));
        }
        for name in tasks.iter().chain(&waiting) {
            self.wire_task(graph, name, &mut change);
        }
        for item in change.items.clone() {
            self.redraw_lines(&item, &mut change);
        }
        change
    }

    /// The same for another document altogether: what it gives no place is laid out anew.
    pub fn replace(&mut self, graph: &Graph, touched: &Touched) -> SceneChange {
        self.spare = spare_places(graph);
        self.refresh(graph, touched)
    }

    /// The line of a wire, with items moved by `moved` (what a drag has not yet written).
    pub fn line(&self, id: &WireId, moved: impl Fn(&Item) -> Point) -> Option<Line> {
        let place = |task: &String| {
            let shape = self.tasks.get(task)?;
            Some((shape, moved(&Item::Task(task.clone()))))
        };
        Some(match id {
            WireId::Data { from_task, output, task, input } => {
                let (producer, by) = place(from_task)?;
                let from = producer
                    .port(Side::Output, output)
                    .map_or(Point { x: producer.rect.width, y: geometry::HEADER_HEIGHT / 2.0 }, |port| port.at);
                let from = plus(plus(producer.corner(), from), by);
                let (consumer, by) = place(task)?;
                let to = consumer
                    .port(Side::Input, input)
                    .map_or(Point { x: 0.0, y: geometry::HEADER_HEIGHT / 2.0 }, |port| port.at);
                Line::Curve { from, to: plus(plus(consumer.corner(), to), by) }
            }
            WireId::Order { before, task } => {
                let (earlier, by) = place(before)?;
                let middle = geometry::HEADER_HEIGHT / 2.0;
                let from = plus(plus(earlier.corner(), Point { x: earlier.rect.width, y: middle }), by);
                let (later, by) = place(task)?;
                Line::Curve { from, to: plus(plus(later.corner(), Point { x: 0.0, y: middle }), by) }
            }
            WireId::Mount { volume, task } => {
                let drum = self.volumes.get(volume)?.moved(moved(&Item::Volume(volume.clone())));
                let (shape, by) = place(task)?;
                mount_line(drum, plus(shape.mount_port(), by))
            }
            WireId::HandOver { from_task, task, .. } => {
                let (from, from_by) = place(from_task)?;
                let (to, to_by) = place(task)?;
                hand_over_line(plus(from.mount_port(), from_by), plus(to.mount_port(), to_by))
            }
        })
    }

    /// The middle of a port on the canvas.
    pub fn port_at(&self, port: &PortRef) -> Option<Point> {
        let task = self.tasks.get(&port.task)?;
        Some(plus(task.corner(), task.port(port.side, &port.port)?.at))
    }

    fn place_task(&mut self, graph: &Graph, name: &str) {
        let item = Item::Task(String::from(name));
        let Some(task) = graph.tasks.get(name) else {
            self.tasks.shift_remove(name);
            self.items.remove(&item);
            self.unfolded.swap_remove(name);
            return;
        };
        let component = self.shape_of(graph, name, task);
        let size = component.shape.size();
        let corner = task.position.unwrap_or_else(|| self.spare_place(&item));
        let rect = Rect::new(corner.x, corner.y, size.width, size.height);
        self.items.insert(item, rect);
        self.tasks.insert(String::from(name), TaskShape { rect, component });
    }

    /// A place for what the document gives none.
    fn spare_place(&self, item: &Item) -> Point {
        let shown = self.rect(item).map(|rect| Point { x: rect.x, y: rect.y });
        shown.or_else(|| self.spare.get(item).copied()).unwrap_or_default()
    }

    fn place_volume(&mut self, graph: &Graph, name: &str) {
        let item = Item::Volume(String::from(name));
        let Some(volume) = graph.volumes.get(name) else {
            self.volumes.shift_remove(name);
            self.items.remove(&item);
            return;
        };
        let corner = volume.position.unwrap_or_else(|| self.spare_place(&item));
        let rect = Rect::new(corner.x, corner.y, geometry::VOLUME_WIDTH, geometry::VOLUME_HEIGHT);
        self.items.insert(item, rect);
        self.volumes.insert(String::from(name), rect);
    }

    fn shape_of(&mut self, graph: &Graph, name: &str, task: &Task) -> Arc<ComponentShape> {
        let Some(component) = graph.components.get(&task.component) else {
            return Arc::new(component_shape(&component_as_wired(graph, name, task), Folding::Open, false));
        };
        let (shapes, folding) = if self.unfolded.contains(name) {
            (&mut self.open_shapes, Folding::Open)
        } else {
            (&mut self.folded_shapes, Folding::Folded)
        };
        let shape = shapes.entry(task.component.clone());
        Arc::clone(shape.or_insert_with(|| Arc::new(component_shape(component, folding, true))))
    }

    /// Puts an item's wires in step with where its ends stand; those that lost an end go.
    fn redraw_lines(&mut self, item: &Item, change: &mut SceneChange) {
        let ids: Vec<Arc<WireId>> = self.wires_of(item).cloned().collect();
        for id in ids {
            change.wires.insert(Arc::clone(&id));
            let Some(line) = self.line(&id, |_| Point::default()) else {
                self.remove_wire(&id);
                change.wire_membership = true;
                continue;
            };
            self.lines.insert(Arc::clone(&id), line.bounds());
            let port_type = self.type_of(&id);
            if let Some(wire) = self.wires.get_mut(&id) {
                wire.port_type = port_type;
            }
        }
    }
}

/// Places for tasks and volumes without one: laid out by themselves, below all that has a place.
fn spare_places(graph: &Graph) -> IndexMap<Item, Point> {
    let tasks = graph.tasks.iter().map(|(name, task)| (Item::Task(name.clone()), task.position));
    let volumes = graph.volumes.iter().map(|(name, volume)| (Item::Volume(name.clone()), volume.position));
    let (placed, lost): (Vec<_>, Vec<_>) = tasks.chain(volumes).partition(|(_, place)| place.is_some());
    if lost.is_empty() {
        return IndexMap::new();
    }
    let arrangement = arrange(graph);
    let floor = placed.iter().filter_map(|(_, place)| place.map(|place| place.y)).reduce(f64::max);
    let top = arrangement.volumes.values().chain(arrangement.tasks.values()).map(|place| place.y).reduce(f64::min);
    let down = floor.zip(top).map_or(0.0, |(floor, top)| snapped(Point { x: 0.0, y: floor + 320.0 - top }).y);
    let place = |item: Item| {
        let found = match &item {
            Item::Task(name) => arrangement.tasks.get(name),
            Item::Volume(name) => arrangement.volumes.get(name),
        };
        Some((item, plus(*found?, Point { x: 0.0, y: down })))
    };
    lost.into_iter().filter_map(|(item, _)| place(item)).collect()
}

/// A component's ports and where they stand.
fn component_shape(component: &Component, folding: Folding, found: bool) -> ComponentShape {
    let resolved = ports(component);
    let rows = geometry::input_rows(component, folding);
    let shown = |index: usize| rows.contains(&InputRow::Input(index));
    let inputs = resolved.inputs.iter().enumerate().map(|(index, input)| PortShape {
        name: input.name.clone(),
        port_type: input.port_type.clone(),
        at: geometry::input_port_position(component, folding, index),
        required: input.required(),
        folded: !shown(index),
    });
    let outputs = resolved.outputs.iter().enumerate().map(|(index, output)| PortShape {
        name: output.name.clone(),
        port_type: output.port_type.clone(),
        at: geometry::output_port_position(component, folding, index),
        required: false,
        folded: false,
    });
    let more = rows.iter().map(|row| if let InputRow::More(count) = row { *count } else { 0 }).sum();
    ComponentShape {
        shape: NodeShape::of(component, folding),
        inputs: inputs.collect(),
        outputs: outputs.collect(),
        more,
        found,
    }
}

/// What can be known of a component that is missing: the ports that the document uses.
fn component_as_wired(graph: &Graph, name: &str, task: &Task) -> Component {
    let inputs =
        task.arguments.keys().map(|input| InputPort { name: input.clone(), optional: true, ..InputPort::default() });
    let used: IndexSet<String> = graph
        .tasks
        .values()
        .flat_map(|other| other.arguments.values())
        .flat_map(wires::references)
        .filter(|(from, _)| from == name)
        .map(|(_, output)| output)
        .collect();
    let outputs = used.into_iter().map(|output| OutputPort { name: output, ..OutputPort::default() });
    Component {
        name: task.component.clone(),
        inputs: inputs.collect(),
        outputs: outputs.collect(),
        ..Component::default()
    }
}
