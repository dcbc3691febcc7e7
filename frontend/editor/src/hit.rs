//! What stands under a point of the canvas: ports before nodes before drums before wires. Asks the scene's indexes only.

use crate::scene::{PortRef, Scene, Side};
use crate::selection::{Item, Selection, WireId};
use crate::space::{Point, Rect, distance};
use crate::wiring::nearest_port;
use dagwright_shared::layout::geometry::{HEADER_HEIGHT, NODE_WIDTH, ROW_HEIGHT, SECTION_PADDING, volume_port};
use std::sync::Arc;

/// Half of a port's hit area of 24, in canvas units at zoom 1 and above.
const PORT_REACH: f64 = 12.0;
/// Half of a wire's hit area of 12 screen px.
const WIRE_REACH: f64 = 6.0;

/// What stands under a point.
#[derive(Clone, Debug, PartialEq)]
pub enum Hit {
    /// A port.
    Port(PortRef),
    /// The square on a node's top edge.
    MountPort(String),
    /// The square at a drum's foot.
    VolumePort(String),
    /// The row "3 more" of a node.
    More(String),
    /// A node or drum elsewhere.
    Item(Item),
    /// A wire.
    Wire(Arc<WireId>),
    /// Nothing.
    Nothing,
}

/// The item that is drawn on top where several meet an area: selected ones are drawn above, the rest in their order.
pub fn topmost(scene: &Scene, area: &Rect, selection: &Selection) -> Option<Item> {
    let items = scene.items_meeting(area).into_iter();
    items.map(|item| (selection.items.contains(&item), item)).max().map(|(_, item)| item)
}

/// Finds what stands under a canvas point.
pub fn hit(scene: &Scene, point: Point, zoom: f64, ports: PortsShown, selection: &Selection) -> Hit {
    let here = Rect::new(point.x, point.y, 0.0, 0.0);
    let under = topmost(scene, &here, selection);
    if ports == PortsShown::Yes {
        // A node drawn above hides the ports of one below it.
        let covered = |task: &str| under.as_ref().is_some_and(|item| item.name() != task);
        if let Some((port, _)) = nearest_port(scene, point, PORT_REACH)
            && !covered(&port.task)
        {
            return Hit::Port(port);
        }
        if let Some(handle) = handle_at(scene, point) {
            return handle;
        }
    }
    if let Some(item) = under {
        if let Item::Task(name) = &item
            && ports == PortsShown::Yes
            && on_more_row(scene, name, point)
        {
            return Hit::More(name.clone());
        }
        return Hit::Item(item);
    }
    let reach = WIRE_REACH / zoom;
    let near = scene.wires_meeting(&here.grown(reach)).into_iter().filter_map(|id| {
        let away = scene.line(&id, |_| Point::default())?.distance_to(point);
        (away <= reach).then_some((away, id))
    });
    near.min_by(|one, other| one.0.total_cmp(&other.0).then_with(|| one.1.cmp(&other.1)))
        .map_or(Hit::Nothing, |(_, id)| Hit::Wire(id))
}

/// Whether ports are drawn at this zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortsShown {
    /// They are, and can be hit.
    Yes,
    /// They are not.
    No,
}

/// A mount port or a drum's port within reach.
fn handle_at(scene: &Scene, point: Point) -> Option<Hit> {
    let area = Rect::new(point.x, point.y, 0.0, 0.0).grown(PORT_REACH);
    let mut items = scene.items_meeting(&area);
    items.sort();
    items.into_iter().rev().find_map(|item| match item {
        Item::Task(name) => {
            let at = scene.task(&name)?.mount_port();
            (distance(point, at) <= PORT_REACH).then_some(Hit::MountPort(name))
        }
        Item::Volume(name) => {
            let rect = scene.rect(&Item::Volume(name.clone()))?;
            let at = Point { x: rect.x + volume_port().x, y: rect.y + volume_port().y };
            (distance(point, at) <= PORT_REACH).then_some(Hit::VolumePort(name))
        }
    })
}

fn on_more_row(scene: &Scene, task: &str, point: Point) -> bool {
    let Some(shape) = scene.task(task).filter(|shape| shape.component.more > 0) else { return false };
    let rows = shape.component.shape.input_rows as f64;
    let top = shape.rect.y + HEADER_HEIGHT + SECTION_PADDING + (rows - 1.0) * ROW_HEIGHT;
    Rect::new(shape.rect.x, top, NODE_WIDTH, ROW_HEIGHT).contains(point)
}

/// The ports of a task in the order that `W` takes them: outputs, then inputs.
pub fn ports_in_order(scene: &Scene, task: &str) -> Vec<PortRef> {
    let Some(shape) = scene.task(task) else { return Vec::new() };
    let port = |side: Side| move |name: &String| PortRef { task: String::from(task), side, port: name.clone() };
    let outputs = shape.component.outputs.iter().map(|port| &port.name).map(port(Side::Output));
    let inputs =
        shape.component.inputs.iter().filter(|port| !port.folded).map(|port| &port.name).map(port(Side::Input));
    outputs.chain(inputs).collect()
}
