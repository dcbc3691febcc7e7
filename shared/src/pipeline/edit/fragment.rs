//! A piece of a graph that stands for itself: what copy takes and paste adds.
//! Wires to tasks outside are left out when it is taken, so that it fits into any pipeline.

use super::EditError;
use super::components::{embed, refuse_place};
use super::draft::{Draft, Overlay};
use super::names::first_free;
use super::references::{Fate, Target, rewrite_task, task_refers};
use crate::pipeline::record::RecordId;
use crate::pipeline::{Graph, Parameter, Point, Volume};
use std::collections::{HashMap, HashSet};

/// The named tasks, volumes, parameters and components of a graph, with all that the tasks use. In the graph's order.
pub fn fragment(graph: &Graph, records: &[RecordId]) -> Graph {
    let mut wanted: HashSet<RecordId> = records.iter().cloned().collect();
    let is_wanted_task = |name: &str, wanted: &HashSet<RecordId>| wanted.contains(&RecordId::Task(String::from(name)));
    let mut piece = Graph::default();
    for (name, task) in &graph.tasks {
        if !is_wanted_task(name, &wanted) {
            continue;
        }
        let mut copy = task.clone();
        let outside = |target: Target<'_>| match target {
            Target::Task(task) | Target::Output { task, .. } if !is_wanted_task(task, &wanted) => Fate::Drop,
            _ => Fate::Keep,
        };
        rewrite_task(&mut copy, &outside);
        piece.tasks.insert(name.clone(), copy);
    }
    let used = std::cell::RefCell::new(Vec::new());
    for task in piece.tasks.values() {
        task_refers(task, &|target| {
            used.borrow_mut().extend(match target {
                Target::Parameter(name) => Some(RecordId::Parameter(String::from(name))),
                Target::Volume(name) => Some(RecordId::Volume(String::from(name))),
                Target::Component(name) => Some(RecordId::Component(String::from(name))),
                Target::Task(_) | Target::Output { .. } => None,
            });
            false
        });
    }
    wanted.extend(used.into_inner());
    for id in &wanted {
        match id {
            RecordId::Metadata | RecordId::Graph | RecordId::Task(_) => {}
            RecordId::Parameter(name) => copy(&graph.parameters, &mut piece.parameters, name),
            RecordId::Volume(name) => copy(&graph.volumes, &mut piece.volumes, name),
            RecordId::Component(name) => copy(&graph.components, &mut piece.components, name),
        }
    }
    piece.parameters.sort_by_cached_key(|name, _| graph.parameters.get_index_of(name));
    piece.volumes.sort_by_cached_key(|name, _| graph.volumes.get_index_of(name));
    piece.components.sort_by_cached_key(|name, _| graph.components.get_index_of(name));
    piece
}

fn copy<T: Clone>(from: &indexmap::IndexMap<String, T>, to: &mut indexmap::IndexMap<String, T>, name: &str) {
    if let Some(value) = from.get(name) {
        to.insert(String::from(name), value.clone());
    }
}

/// Adds a fragment.
pub(super) fn add(draft: &mut Draft<'_>, piece: &Graph, offset: Point) -> Result<(), EditError> {
    refuse_place("", Some(offset)).map_err(|_| EditError::Coordinates(RecordId::Graph))?;
    let mut used = HashSet::new();
    for task in piece.tasks.values() {
        used.extend(task.mounts.iter().map(|mount| mount.volume.as_str()));
    }
    let parameters =
        names(&mut draft.parameters, &piece.parameters, |there: &Parameter, new: &Parameter, _| there == new);
    // A volume that no copied task mounts was copied for its own sake.
    let same = |there: &Volume, new: &Volume, name: &str| {
        used.contains(name) && Volume { position: None, ..there.clone() } == Volume { position: None, ..new.clone() }
    };
    let volumes = names(&mut draft.volumes, &piece.volumes, same);
    for (name, new) in &volumes {
        if draft.volumes.get(new).is_some() {
            continue;
        }
        let Some(mut volume) = piece.volumes.get(name.as_str()).cloned() else { continue };
        volume.position = volume.position.map(|place| moved(place, offset));
        draft.volumes.insert(new, volume);
    }
    for (name, new) in &parameters {
        if draft.parameters.get(new).is_none()
            && let Some(parameter) = piece.parameters.get(name.as_str())
        {
            draft.parameters.insert(new, parameter.clone());
        }
    }
    let components: HashMap<String, String> =
        piece.components.iter().map(|(key, component)| (key.clone(), embed(draft, component, key))).collect();
    let mut tasks: Vec<(String, String)> = Vec::with_capacity(piece.tasks.len());
    let mut given: HashSet<String> = HashSet::new();
    for name in piece.tasks.keys() {
        let wanted = if name.trim().is_empty() { "task" } else { name };
        let new = first_free(wanted, |name| draft.tasks.get(name).is_some() || given.contains(name));
        given.insert(new.clone());
        tasks.push((name.clone(), new));
    }
    let new_tasks: HashMap<&str, &str> = tasks.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
    let volumes: HashMap<String, String> = volumes.into_iter().collect();
    let parameters: HashMap<String, String> = parameters.into_iter().collect();
    let fate = |target: Target<'_>| {
        let renamed = |new: Option<&String>| new.map_or(Fate::Drop, |new| Fate::Rename(new.clone()));
        match target {
            Target::Task(name) => new_tasks.get(name).map_or(Fate::Drop, |new| Fate::Rename(String::from(*new))),
            Target::Output { task, output } => new_tasks
                .get(task)
                .map_or(Fate::Drop, |new| Fate::Output { task: String::from(*new), output: String::from(output) }),
            Target::Parameter(name) => renamed(parameters.get(name)),
            Target::Volume(name) => renamed(volumes.get(name)),
            Target::Component(name) => components.get(name).map_or(Fate::Keep, |new| Fate::Rename(new.clone())),
        }
    };
    for (name, task) in &piece.tasks {
        let mut task = task.clone();
        rewrite_task(&mut task, &fate);
        task.position = task.position.map(|place| moved(place, offset));
        if let Some(new) = new_tasks.get(name.as_str()) {
            refuse_place(new, task.position)?;
            draft.tasks.insert(new, task);
        }
    }
    Ok(())
}

fn moved(place: Point, offset: Point) -> Point {
    Point { x: place.x + offset.x, y: place.y + offset.y }
}

/// The name that each entry of the fragment gets: that of an equal one that is there, or a free one.
fn names<T: Clone>(
    there: &mut Overlay<'_, T>,
    piece: &indexmap::IndexMap<String, T>,
    is_same: impl Fn(&T, &T, &str) -> bool,
) -> Vec<(String, String)> {
    let mut given: HashSet<String> = HashSet::new();
    let mut names = Vec::new();
    for (name, value) in piece {
        let new = match there.get(name) {
            Some(found) if is_same(found, value, name) => name.clone(),
            _ => first_free(name, |name| there.get(name).is_some() || given.contains(name)),
        };
        given.insert(new.clone());
        names.push((name.clone(), new));
    }
    names
}
