//! What differs between two documents, task by task: for comparing runs and versions. Places on the canvas do not count.
//! Pure; words are short and name things as the author did.

use crate::component::{Component, Implementation};
use crate::graph::TaskGraph;
use crate::layout;
use crate::pipeline::digest::same_component;
use crate::pipeline::{Argument, Pipeline, Point, Task};
use dagwright_texts::t;
use std::collections::{BTreeSet, HashMap};

/// How something stands in the later document against the earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// In both, equal.
    Same,
    /// In both, but not equal.
    Changed,
    /// Only in the later one.
    Added,
    /// Only in the earlier one.
    Removed,
}

/// A task of one or both documents.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskDifference {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub standing: Standing,
    /// What changed, a few words each: `code`, `input epochs: 10, now 20`.
    pub changes: Vec<String>,
    /// Where its node is drawn, in canvas units.
    pub place: Point,
}

/// Two documents side by side.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Difference {
    /// The later document's tasks in their order, then those that are gone.
    pub tasks: Vec<TaskDifference>,
    /// Which task needs which: indices of the earlier and of the later task, and how the edge stands.
    pub edges: Vec<(usize, usize, Standing)>,
    /// What else differs: parameters and volumes, a few words each.
    pub others: Vec<String>,
}

impl Difference {
    /// Whether the two run the same.
    pub fn is_none(&self) -> bool {
        self.others.is_empty()
            && self.tasks.iter().all(|task| task.standing == Standing::Same)
            && self.edges.iter().all(|(_, _, standing)| *standing == Standing::Same)
    }
}

/// What differs between an earlier and a later document.
pub fn compare(earlier: &Pipeline, later: &Pipeline) -> Difference {
    let (old_places, places) = (places(earlier), places(later));
    let mut tasks = Vec::new();
    for (name, task) in &later.graph.tasks {
        let (standing, changes) = match earlier.graph.tasks.get(name) {
            None => (Standing::Added, Vec::new()),
            Some(before) => {
                let changes = task_changes(before, task, component(earlier, before), component(later, task));
                (if changes.is_empty() { Standing::Same } else { Standing::Changed }, changes)
            }
        };
        let place = places.get(name.as_str()).copied().unwrap_or_default();
        tasks.push(TaskDifference { name: name.clone(), standing, changes, place });
    }
    for name in earlier.graph.tasks.keys().filter(|name| !later.graph.tasks.contains_key(*name)) {
        let place = free_place(old_places.get(name.as_str()).copied().unwrap_or_default(), &tasks);
        tasks.push(TaskDifference { name: name.clone(), standing: Standing::Removed, changes: Vec::new(), place });
    }
    let edges = edges(earlier, later, &tasks);
    Difference { tasks, edges, others: others(earlier, later) }
}

/// Where the nodes of a document stand; all laid out where one has no place.
fn places(pipeline: &Pipeline) -> HashMap<&str, Point> {
    let placed: Option<HashMap<&str, Point>> =
        pipeline.graph.tasks.iter().map(|(name, task)| Some((name.as_str(), task.position?))).collect();
    placed.unwrap_or_else(|| {
        let arranged = layout::arrange(&pipeline.graph).tasks;
        let known = pipeline.graph.tasks.keys().map(String::as_str);
        known.map(|name| (name, arranged.get(name).copied().unwrap_or_default())).collect()
    })
}

/// How far a task that is gone is moved from where another stands now, in canvas units.
const ASIDE: Point = Point { x: 40.0, y: 120.0 };

fn free_place(wanted: Point, tasks: &[TaskDifference]) -> Point {
    let near =
        |task: &TaskDifference| (task.place.x - wanted.x).abs() < 120.0 && (task.place.y - wanted.y).abs() < 60.0;
    if tasks.iter().any(near) { Point { x: wanted.x + ASIDE.x, y: wanted.y + ASIDE.y } } else { wanted }
}

fn component<'a>(pipeline: &'a Pipeline, task: &Task) -> Option<&'a Component> {
    pipeline.graph.components.get(&task.component)
}

fn task_changes(before: &Task, after: &Task, old: Option<&Component>, new: Option<&Component>) -> Vec<String> {
    let mut changes = Vec::new();
    match (old, new) {
        (Some(old), Some(new)) => changes.extend(component_changes(old, new)),
        (None, None) => {}
        _ => changes.push(String::from(t!("component"))),
    }
    let inputs: BTreeSet<&String> = before.arguments.keys().chain(after.arguments.keys()).collect();
    for input in inputs {
        let (was, is) = (before.arguments.get(input), after.arguments.get(input));
        if was != is {
            let words = |argument: Option<&Argument>| argument.map_or_else(|| String::from(t!("its default")), words);
            changes.push(t!("input {input}: {was}, now {is}", input, was = words(was), is = words(is)));
        }
    }
    let others = [
        (before.mounts != after.mounts, t!("volumes")),
        (before.after != after.after, t!("order")),
        (before.resources != after.resources, t!("resources")),
        (before.env != after.env, t!("environment")),
        (before.retry != after.retry, t!("retries")),
        (before.timeout != after.timeout, t!("time limit")),
        (before.node_selector != after.node_selector || before.tolerations != after.tolerations, t!("placement")),
        (before.cache != after.cache, t!("cache")),
        (before.when != after.when, t!("condition")),
        (before.for_each != after.for_each, t!("loop")),
    ];
    changes.extend(others.iter().filter(|(differs, _)| *differs).map(|(_, word)| String::from(*word)));
    changes
}

fn component_changes(old: &Component, new: &Component) -> Vec<String> {
    if same_component(old, new) {
        return Vec::new();
    }
    let mut changes = Vec::new();
    match (&old.implementation, &new.implementation) {
        (Implementation::Python(was), Implementation::Python(is)) => {
            if was.source != is.source {
                changes.push(String::from(t!("code")));
            }
            if was.packages != is.packages {
                changes.push(String::from(t!("packages")));
            }
        }
        (was, is) if was != is => changes.push(String::from(t!("command"))),
        _ => {}
    }
    let names = |component: &Component| {
        let inputs = component.inputs.iter().map(|port| (port.name.clone(), port.type_spec.clone()));
        inputs
            .chain(component.outputs.iter().map(|port| (port.name.clone(), port.type_spec.clone())))
            .collect::<Vec<_>>()
    };
    if names(old) != names(new) {
        changes.push(String::from(t!("ports")));
    }
    if changes.is_empty() {
        changes.push(String::from(t!("component")));
    }
    changes
}

/// An argument in a few words, at most 40 letters of a value.
fn words(argument: &Argument) -> String {
    let cut = |text: String| match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    };
    match argument {
        Argument::Value(value) => cut(value.as_str().map_or_else(|| value.to_string(), String::from)),
        Argument::Parameter(name) => t!("parameter {name}", name),
        Argument::Output { task, output } => t!("{output} of {task}", output, task),
        Argument::Text(text) => cut(text.clone()),
        Argument::Artifact(reference) => cut(reference.clone()),
        Argument::Unknown(_) => String::from(t!("something unknown")),
    }
}

fn edges(earlier: &Pipeline, later: &Pipeline, tasks: &[TaskDifference]) -> Vec<(usize, usize, Standing)> {
    let index: HashMap<&str, usize> =
        tasks.iter().enumerate().map(|(index, task)| (task.name.as_str(), index)).collect();
    let of = |pipeline: &Pipeline| {
        let graph = TaskGraph::new(&pipeline.graph);
        let mut found = BTreeSet::new();
        for name in pipeline.graph.tasks.keys() {
            for before in graph.dependencies(name) {
                found.extend(index.get(before).copied().zip(index.get(name.as_str()).copied()));
            }
        }
        found
    };
    let (old, new) = (of(earlier), of(later));
    let standing = |edge: &(usize, usize)| match (old.contains(edge), new.contains(edge)) {
        (true, false) => Standing::Removed,
        (false, _) => Standing::Added,
        _ => Standing::Same,
    };
    old.union(&new).map(|edge| (edge.0, edge.1, standing(edge))).collect()
}

/// What changed of parameters and volumes.
fn others(earlier: &Pipeline, later: &Pipeline) -> Vec<String> {
    let mut others = Vec::new();
    let mut note = |kind: &str, name: &str, was: bool, is: bool, same: bool| match (was, is) {
        (false, _) => others.push(t!("{kind} {name} is new", kind, name)),
        (_, false) => others.push(t!("{kind} {name} is gone", kind, name)),
        _ if !same => others.push(t!("{kind} {name} changed", kind, name)),
        _ => {}
    };
    let (old, new) = (&earlier.graph.parameters, &later.graph.parameters);
    for name in old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))) {
        note(t!("parameter"), name, old.contains_key(name), new.contains_key(name), old.get(name) == new.get(name));
    }
    let (old, new) = (&earlier.graph.volumes, &later.graph.volumes);
    for name in old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))) {
        let equal = old.get(name).zip(new.get(name)).is_none_or(|(was, is)| {
            (&was.size, &was.access_modes, &was.storage_class, &was.lifetime)
                == (&is.size, &is.access_modes, &is.storage_class, &is.lifetime)
        });
        note(t!("volume"), name, old.contains_key(name), new.contains_key(name), equal);
    }
    others
}
