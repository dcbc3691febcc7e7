//! Where nodes stand: layers from left to right by the longest way, ordered by barycentres, volumes above (Sugiyama's way).
//! Pure arithmetic, the same for the same document; nothing here changes one.

pub mod geometry;
mod layers;
mod place;

use crate::graph::TaskGraph;
use crate::pipeline::{Argument, Graph, Point, Task};
use geometry::{Folding, NODE_WIDTH, NodeShape, SNAP, Size, VOLUME_HEIGHT, VOLUME_WIDTH, node_size, snapped};
use indexmap::IndexMap;
use std::collections::{HashMap, HashSet};

/// Between two columns of nodes.
const COLUMN_GAP: f64 = 112.0;
/// Between two nodes of a column.
const ROW_GAP: f64 = 40.0;
/// Between parts of the graph that no wire joins.
const PART_GAP: f64 = 64.0;
/// Between the drums and the highest node.
const VOLUME_GAP: f64 = 88.0;

/// Places for everything on the canvas: top left corners, multiples of 8, nothing overlapping.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Arrangement {
    /// By task name, in document order.
    pub tasks: IndexMap<String, Point>,
    /// By volume name, in document order.
    pub volumes: IndexMap<String, Point>,
}

/// Works out a place for every task and volume; the highest node of the leftmost column lies near the origin.
/// Circles do not hinder it: one of their wires then runs backwards.
pub fn arrange(graph: &Graph) -> Arrangement {
    let sizes = sizes(graph);
    let dependencies = TaskGraph::new(graph).dependency_places();
    let mut points = vec![Point::default(); sizes.len()];
    let mut top = 0.0;
    let (parts, alone) = parts(&dependencies);
    for part in &parts {
        let height = arrange_part(part, &dependencies, &sizes, top, &mut points);
        top += height + PART_GAP;
    }
    arrange_alone(&alone, &sizes, top, &mut points);
    let tasks: IndexMap<String, Point> = graph.tasks.keys().cloned().zip(points.into_iter().map(snapped)).collect();
    let volumes = arrange_volumes(graph, &tasks);
    Arrangement { tasks, volumes }
}

/// The size of each task's node, in document order; a missing component has the ports that wires name.
fn sizes(graph: &Graph) -> Vec<Size> {
    let by_component: HashMap<&str, Size> =
        graph.components.iter().map(|(key, component)| (key.as_str(), node_size(component, Folding::Folded))).collect();
    let is_missing = |task: &Task| !by_component.contains_key(task.component.as_str());
    let mut wired: HashMap<&str, HashSet<&str>> = HashMap::new();
    if graph.tasks.values().any(is_missing) {
        for argument in graph.tasks.values().flat_map(|task| task.arguments.values()) {
            if let Argument::Output { task, output } = argument {
                wired.entry(task).or_default().insert(output);
            }
        }
    }
    let sizes = graph.tasks.iter().map(|(name, task)| {
        by_component.get(task.component.as_str()).copied().unwrap_or_else(|| {
            let output_rows = wired.get(name.as_str()).map_or(0, HashSet::len);
            NodeShape { input_rows: task.arguments.len(), output_rows }.size()
        })
    });
    sizes.collect()
}

/// The tasks of each joined part, in document order, and those that no wire touches.
fn parts(dependencies: &[Vec<usize>]) -> (Vec<Vec<usize>>, Vec<usize>) {
    let mut joined = vec![Vec::new(); dependencies.len()];
    for (task, before) in dependencies.iter().enumerate() {
        for &other in before.iter().filter(|other| **other != task) {
            joined[task].push(other);
            joined[other].push(task);
        }
    }
    let mut seen = vec![false; dependencies.len()];
    let (mut parts, mut alone) = (Vec::new(), Vec::new());
    for start in 0..dependencies.len() {
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        let mut part = vec![start];
        let mut next = 0;
        while let Some(&task) = part.get(next) {
            next += 1;
            for &other in &joined[task] {
                if !std::mem::replace(&mut seen[other], true) {
                    part.push(other);
                }
            }
        }
        part.sort_unstable();
        if part.len() == 1 { alone.push(start) } else { parts.push(part) }
    }
    (parts, alone)
}

/// Places one joined part below `top`; gives its height.
fn arrange_part(part: &[usize], dependencies: &[Vec<usize>], sizes: &[Size], top: f64, points: &mut [Point]) -> f64 {
    let local: HashMap<usize, usize> = part.iter().enumerate().map(|(local, task)| (*task, local)).collect();
    let before: Vec<Vec<usize>> = part
        .iter()
        .map(|task| dependencies[*task].iter().filter(|other| *other != task).map(|other| local[other]).collect())
        .collect();
    let heights: Vec<f64> = part.iter().map(|task| sizes[*task].height).collect();
    let layers = layers::Layers::new(&before, heights);
    let tops = place::tops(&layers, ROW_GAP);
    let highest = tops[..part.len()].iter().copied().fold(f64::INFINITY, f64::min);
    let mut height: f64 = 0.0;
    for (local, task) in part.iter().enumerate() {
        let y = tops[local] - highest;
        points[*task] = Point { x: layers.layer_of(local) as f64 * (NODE_WIDTH + COLUMN_GAP), y: top + y };
        height = height.max(y + sizes[*task].height);
    }
    (height / SNAP).ceil() * SNAP
}

/// Places tasks without any wire in rows, about as wide as high.
fn arrange_alone(alone: &[usize], sizes: &[Size], top: f64, points: &mut [Point]) {
    let columns = (alone.len() as f64).sqrt().ceil().max(1.0) as usize;
    let mut top = top;
    for row in alone.chunks(columns) {
        let mut height: f64 = 0.0;
        for (column, task) in row.iter().enumerate() {
            points[*task] = Point { x: column as f64 * (NODE_WIDTH + COLUMN_GAP), y: top };
            height = height.max(sizes[*task].height);
        }
        top += height + ROW_GAP;
    }
}

/// Drums stand in one row above all nodes, each near the middle of the tasks that mount it.
fn arrange_volumes(graph: &Graph, tasks: &IndexMap<String, Point>) -> IndexMap<String, Point> {
    let mut mounted: HashMap<&str, (f64, f64)> = HashMap::new();
    for (name, task) in &graph.tasks {
        for mount in &task.mounts {
            let (sum, count) = mounted.entry(&mount.volume).or_default();
            *sum += tasks[name].x + NODE_WIDTH / 2.0;
            *count += 1.0;
        }
    }
    let middle = |name: &str| mounted.get(name).map_or(f64::INFINITY, |(sum, count)| sum / count);
    let mut order: Vec<(usize, f64)> =
        graph.volumes.keys().enumerate().map(|(index, name)| (index, middle(name))).collect();
    order.sort_by(|left, right| left.1.total_cmp(&right.1));
    let wanted: Vec<f64> = order
        .iter()
        .scan(0.0_f64, |last, (_, middle)| {
            // Idle volumes stand after the last one in use.
            *last = if middle.is_finite() { middle - VOLUME_WIDTH / 2.0 } else { *last + VOLUME_WIDTH + ROW_GAP };
            Some(*last)
        })
        .collect();
    let lefts = place::spread(&wanted, &vec![VOLUME_WIDTH; order.len()], ROW_GAP);
    let top = tasks.values().map(|point| point.y).fold(f64::INFINITY, f64::min);
    let y = if top.is_finite() { top - VOLUME_GAP - VOLUME_HEIGHT } else { 0.0 };
    let mut places: Vec<Point> = vec![Point::default(); order.len()];
    for ((index, _), x) in order.into_iter().zip(lefts) {
        places[index] = snapped(Point { x, y });
    }
    graph.volumes.keys().cloned().zip(places).collect()
}
