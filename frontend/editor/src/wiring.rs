//! What a held wire may be dropped on: which ports light up, why the others refuse, and where the tip snaps.
//! The table of types is `PortType::fits`; the order of tasks is the scene's wires. Nothing here edits.

use crate::scene::{PortRef, PortShape, Scene, Side, TaskShape};
use crate::selection::{Item, WireId};
use crate::space::{Point, Rect, distance, plus};
use dagwright_shared::types::PortType;
use dagwright_texts::t;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How near the tip must come to a port to snap to it, in screen px.
pub const SNAP_IN_SCREEN: f64 = 24.0;

/// Why a port takes no wire.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Both ends on one task.
    #[error("{}", t!("{task} cannot feed itself", task))]
    OwnTask {
        /// The task.
        task: String,
    },
    /// Output on output, input on input.
    #[error("{}", t!("Wire an output to an input"))]
    SameSide,
    /// The types do not fit.
    #[error("{}", t!("{from} does not fit {to}", from, to))]
    Type {
        /// What the output gives.
        from: String,
        /// What the input takes.
        to: String,
    },
    /// The consumer comes before the producer already.
    #[error("{}", t!("{producer} already waits for {consumer}: that would be a circle", producer, consumer))]
    Cycle {
        /// The task with the output.
        producer: String,
        /// The task with the input.
        consumer: String,
    },
    /// The order is there already.
    #[error("{}", t!("{task} already comes after {before}", task, before))]
    OrderedAlready {
        /// The earlier task.
        before: String,
        /// The later task.
        task: String,
    },
    /// The volume is there already.
    #[error("{}", t!("{task} already mounts {volume}", task, volume))]
    MountedAlready {
        /// The volume.
        volume: String,
        /// The task.
        task: String,
    },
    /// There is nothing to hand over.
    #[error("{}", t!("{task} mounts no volume to hand over", task))]
    NothingToHandOver {
        /// The task.
        task: String,
    },
}

/// The tasks that wait for `task`, directly or through others; with it among them.
pub fn downstream(scene: &Scene, task: &str) -> BTreeSet<String> {
    closure(scene, task, Way::Down)
}

/// The tasks that `task` waits for, directly or through others; with it among them.
pub fn upstream(scene: &Scene, task: &str) -> BTreeSet<String> {
    closure(scene, task, Way::Up)
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Up,
    Down,
}

fn closure(scene: &Scene, task: &str, way: Way) -> BTreeSet<String> {
    let mut seen = BTreeSet::from([String::from(task)]);
    let mut queue = VecDeque::from([String::from(task)]);
    while let Some(name) = queue.pop_front() {
        for wire in scene.wires_of(&Item::Task(name.clone())) {
            let next = match (wire.ends(), way) {
                ((Item::Task(from), Item::Task(to)), Way::Down) if from == name => to,
                ((Item::Task(from), Item::Task(to)), Way::Up) if to == name => from,
                _ => continue,
            };
            if seen.insert(next.clone()) {
                queue.push_back(next);
            }
        }
    }
    seen
}

/// A wire held by one end, with what was worked out when it was taken up.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidates {
    start: PortRef,
    start_type: PortType,
    /// Tasks that may not be the other end: they would close a circle.
    closing: BTreeSet<String>,
    /// Every port that fits, the nearest to the start first.
    fitting: Vec<PortRef>,
    /// The same, by task.
    by_task: BTreeMap<String, Vec<PortRef>>,
}

impl Candidates {
    /// For a wire from `start`; `None` where there is no such port.
    pub fn of(scene: &Scene, start: &PortRef) -> Option<Self> {
        let shape = scene.task(&start.task)?;
        let start_type = shape.port(start.side, &start.port)?.port_type.clone();
        let from = scene.port_at(start)?;
        let closing = match start.side {
            Side::Output => upstream(scene, &start.task),
            Side::Input => downstream(scene, &start.task),
        };
        let mut found =
            Self { start: start.clone(), start_type, closing, fitting: Vec::new(), by_task: BTreeMap::new() };
        let mut by_distance: Vec<(f64, PortRef)> = Vec::new();
        for (name, task) in scene.tasks() {
            for port in found.ports_of(task) {
                let end = PortRef { task: name.clone(), side: opposite(start.side), port: port.name.clone() };
                if found.refuses(scene, &end).is_none() {
                    by_distance.push((distance(from, plus(task.corner(), port.at)), end.clone()));
                    found.by_task.entry(name.clone()).or_default().push(end);
                }
            }
        }
        by_distance.sort_by(|one, other| one.0.total_cmp(&other.0).then_with(|| one.1.cmp(&other.1)));
        found.fitting = by_distance.into_iter().map(|(_, port)| port).collect();
        Some(found)
    }

    /// Where the wire starts.
    pub fn start(&self) -> &PortRef {
        &self.start
    }

    /// What the starting port carries.
    pub fn start_type(&self) -> &PortType {
        &self.start_type
    }

    /// Every port that fits, the nearest to the start first.
    pub fn fitting(&self) -> &[PortRef] {
        &self.fitting
    }

    /// The ports of one task that fit.
    pub fn fitting_of(&self, task: &str) -> &[PortRef] {
        self.by_task.get(task).map_or(&[], Vec::as_slice)
    }

    /// The tasks with a port that fits.
    pub fn tasks(&self) -> impl Iterator<Item = &String> {
        self.by_task.keys()
    }

    /// Why `end` takes no wire from the start; `None`: it fits.
    pub fn refuses(&self, scene: &Scene, end: &PortRef) -> Option<Refusal> {
        if end.task == self.start.task {
            return Some(Refusal::OwnTask { task: end.task.clone() });
        }
        if end.side == self.start.side {
            return Some(Refusal::SameSide);
        }
        let port = scene.task(&end.task)?.port(end.side, &end.port)?;
        let (output, input) = match self.start.side {
            Side::Output => (&self.start_type, &port.port_type),
            Side::Input => (&port.port_type, &self.start_type),
        };
        if !output.fits(input) {
            let (from, to) = (String::from(output.name()), String::from(input.name()));
            return Some(Refusal::Type { from, to });
        }
        if self.closing.contains(&end.task) {
            let (start, end) = (self.start.task.clone(), end.task.clone());
            let (producer, consumer) = match self.start.side {
                Side::Output => (start, end),
                Side::Input => (end, start),
            };
            return Some(Refusal::Cycle { producer, consumer });
        }
        None
    }

    /// The two ends as producer and consumer.
    pub fn joined(&self, end: &PortRef) -> (PortRef, PortRef) {
        match self.start.side {
            Side::Output => (self.start.clone(), end.clone()),
            Side::Input => (end.clone(), self.start.clone()),
        }
    }

    fn ports_of<'a>(&self, task: &'a TaskShape) -> &'a [PortShape] {
        match self.start.side {
            Side::Output => &task.component.inputs,
            Side::Input => &task.component.outputs,
        }
    }
}

fn opposite(side: Side) -> Side {
    match side {
        Side::Input => Side::Output,
        Side::Output => Side::Input,
    }
}

/// The port of either side nearest to a point, within `reach`; folded ones are passed over.
pub fn nearest_port(scene: &Scene, point: Point, reach: f64) -> Option<(PortRef, f64)> {
    let area = Rect::new(point.x, point.y, 0.0, 0.0).grown(reach);
    let mut best: Option<(PortRef, f64)> = None;
    for item in scene.items_meeting(&area) {
        let Item::Task(name) = item else { continue };
        let Some(task) = scene.task(&name) else { continue };
        let inputs = task.component.inputs.iter().map(|port| (Side::Input, port));
        let outputs = task.component.outputs.iter().map(|port| (Side::Output, port));
        for (side, port) in inputs.chain(outputs).filter(|(_, port)| !port.folded) {
            let away = distance(point, plus(task.corner(), port.at));
            if away <= reach && best.as_ref().is_none_or(|(_, least)| away < *least) {
                best = Some((PortRef { task: name.clone(), side, port: port.name.clone() }, away));
            }
        }
    }
    best
}

/// What a tip that is held at a point would do.
#[derive(Clone, Debug, PartialEq)]
pub enum Tip {
    /// Nothing near.
    Free,
    /// Snapped to a port that fits.
    Fits(PortRef),
    /// Over a port that does not fit.
    Refused(PortRef, Refusal),
}

/// How far a port is meant by being pointed at: half a row.
const POINTED_AT: f64 = 11.0;

/// Finds what the tip of a held wire is on: a refusing port that it points right at; else the nearest fitting port within
/// reach; else, over a node's body, the node's only fitting port.
pub fn tip_at(scene: &Scene, candidates: &Candidates, point: Point, zoom: f64) -> Tip {
    let reach = SNAP_IN_SCREEN / zoom;
    let pointed = nearest_port(scene, point, reach).filter(|(port, _)| port != candidates.start());
    let refused = pointed.and_then(|(port, away)| {
        let refusal = candidates.refuses(scene, &port)?;
        Some((port, refusal, away))
    });
    if let Some((port, refusal, away)) = &refused
        && *away <= POINTED_AT
    {
        return Tip::Refused(port.clone(), refusal.clone());
    }
    let near = scene.items_meeting(&Rect::new(point.x, point.y, 0.0, 0.0).grown(reach));
    let tasks = near.iter().filter(|item| matches!(item, Item::Task(_)));
    let nearest = tasks
        .flat_map(|item| candidates.fitting_of(item.name()))
        .filter_map(|port| Some((distance(point, scene.port_at(port)?), port)))
        .filter(|(away, _)| *away <= reach)
        .min_by(|one, other| one.0.total_cmp(&other.0));
    if let Some((_, port)) = nearest {
        return Tip::Fits(port.clone());
    }
    for item in &near {
        let Item::Task(name) = item else { continue };
        if scene.rect(item).is_some_and(|rect| rect.contains(point))
            && let [only] = candidates.fitting_of(name)
        {
            return Tip::Fits(only.clone());
        }
    }
    refused.map_or(Tip::Free, |(port, refusal, _)| Tip::Refused(port, refusal))
}

/// Why `task` cannot be put after `before`; `None`: it can.
pub fn refuses_order(scene: &Scene, before: &str, task: &str) -> Option<Refusal> {
    let names = || (String::from(before), String::from(task));
    if before == task {
        return Some(Refusal::OwnTask { task: String::from(task) });
    }
    let (earlier, later) = names();
    if scene.wire(&WireId::Order { before: earlier.clone(), task: later.clone() }).is_some() {
        return Some(Refusal::OrderedAlready { before: earlier, task: later });
    }
    upstream(scene, before).contains(task).then_some(Refusal::Cycle { producer: earlier, consumer: later })
}
