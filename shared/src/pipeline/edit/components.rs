//! Components in use: embedding one with a new task, and replacing one so that its tasks follow.
//! Two components that are equal but for their origin are one.

use super::draft::Draft;
use super::names::first_free;
use super::references::{Fate, Target, graph_refers, rewrite_graph, rewrite_task, task_refers};
use super::wires::{task, task_mut};
use super::{EditError, ReplaceScope};
use crate::component::Component;
use crate::pipeline::digest::{digest, same_component};
use crate::pipeline::record::RecordId;
use crate::pipeline::{Point, Task};
use crate::ports::ports;
use crate::types::PortType;
use std::collections::HashMap;

/// Adds a task of a component.
pub(super) fn add_task(
    draft: &mut Draft<'_>,
    component: &Component,
    name: Option<&str>,
    position: Option<Point>,
) -> Result<(), EditError> {
    let wanted = name.unwrap_or(&component.name);
    let wanted = if wanted.trim().is_empty() { "task" } else { wanted };
    let name = first_free(wanted, |name| draft.tasks.get(name).is_some());
    refuse_place(&name, position)?;
    let component = embed(draft, component, &component.name);
    draft.tasks.insert(&name, Task { component, position, ..Task::default() });
    Ok(())
}

pub(super) fn refuse_place(name: &str, position: Option<Point>) -> Result<(), EditError> {
    match position {
        Some(Point { x, y }) if !x.is_finite() || !y.is_finite() => {
            Err(EditError::Coordinates(RecordId::Task(String::from(name))))
        }
        _ => Ok(()),
    }
}

/// The key of the component: of an equal one that is there, or a free one.
pub(super) fn embed(draft: &mut Draft<'_>, component: &Component, wanted: &str) -> String {
    if let Some((key, _)) = draft.components.iter().find(|(_, there)| same_component(there, component)) {
        return String::from(key);
    }
    let wanted = if wanted.trim().is_empty() { "component" } else { wanted };
    let key = first_free(wanted, |key| draft.components.get(key).is_some());
    draft.components.insert(&key, Component { digest: Some(digest(component)), ..component.clone() });
    key
}

/// Replaces a component.
pub(super) fn replace(
    draft: &mut Draft<'_>,
    key: &str,
    component: &Component,
    scope: &ReplaceScope,
) -> Result<(), EditError> {
    let not_there = || EditError::NotThere(RecordId::Component(String::from(key)));
    let old = draft.components.get(key).ok_or_else(not_there)?.clone();
    let users: Vec<String> =
        draft.tasks.iter().filter(|(_, task)| task.component == key).map(|(name, _)| String::from(name)).collect();
    let followers = match scope {
        ReplaceScope::EveryTask => users,
        ReplaceScope::Task(name) => {
            if task(draft, name)?.component != key {
                return Err(not_there());
            }
            if users.len() > 1 {
                let copy = first_free(key, |key| draft.components.get(key).is_some());
                draft.components.insert(&copy, Component { digest: Some(digest(component)), ..component.clone() });
                task_mut(draft, name)?.component = copy;
            }
            vec![name.clone()]
        }
    };
    let is_shared = followers.iter().any(|name| draft.tasks.get(name).is_some_and(|task| task.component != key));
    if !is_shared && let Some(there) = draft.components.get_mut(key) {
        *there = Component { digest: Some(digest(component)), ..component.clone() };
    }
    follow(draft, &Renames::new(&old, component), &followers);
    Ok(())
}

/// What became of the ports: old name → new name; `None`: gone. Ports that stayed are left out.
struct Renames {
    inputs: HashMap<String, Option<String>>,
    outputs: HashMap<String, Option<String>>,
}

impl Renames {
    fn new(old: &Component, new: &Component) -> Self {
        let (old, new) = (ports(old), ports(new));
        let inputs = |ports: &crate::ports::Ports| {
            ports.inputs.iter().map(|port| (port.name.clone(), port.port_type.clone())).collect::<Vec<_>>()
        };
        let outputs = |ports: &crate::ports::Ports| {
            ports.outputs.iter().map(|port| (port.name.clone(), port.port_type.clone())).collect::<Vec<_>>()
        };
        Self { inputs: renames(&inputs(&old), &inputs(&new)), outputs: renames(&outputs(&old), &outputs(&new)) }
    }
}

/// A rename is plain when one port went and one of the same type came, or one of the same type at the same place.
fn renames(old: &[(String, PortType)], new: &[(String, PortType)]) -> HashMap<String, Option<String>> {
    let is_in = |ports: &[(String, PortType)], name: &str| ports.iter().any(|(other, _)| other == name);
    let gone: Vec<_> = old.iter().enumerate().filter(|(_, (name, _))| !is_in(new, name)).collect();
    let come: Vec<_> = new.iter().enumerate().filter(|(_, (name, _))| !is_in(old, name)).collect();
    let find = |place: usize, port_type: &PortType| {
        let fitting = |(new_place, (_, new_type)): &&(usize, &(String, PortType))| {
            new_type == port_type
                && ((gone.len() == 1 && come.len() == 1) || (old.len() == new.len() && *new_place == place))
        };
        come.iter().find(fitting).map(|(_, (name, _))| name.clone())
    };
    gone.iter().map(|(place, (name, port_type))| (name.clone(), find(*place, port_type))).collect()
}

fn follow(draft: &mut Draft<'_>, renames: &Renames, followers: &[String]) {
    if !renames.inputs.is_empty() {
        for name in followers {
            let Some(task) = draft.tasks.get(name) else { continue };
            if !task.arguments.keys().any(|input| renames.inputs.contains_key(input)) {
                continue;
            }
            let kept = task.arguments.iter().filter_map(|(input, argument)| match renames.inputs.get(input) {
                None => Some((input.clone(), argument.clone())),
                Some(new) => Some((new.clone()?, argument.clone())),
            });
            let kept = kept.collect();
            if let Some(task) = draft.tasks.get_mut(name) {
                task.arguments = kept;
            }
        }
    }
    if renames.outputs.is_empty() {
        return;
    }
    let is_follower: HashMap<&str, ()> = followers.iter().map(|name| (name.as_str(), ())).collect();
    let fate = |target: Target<'_>| match target {
        Target::Output { task, output } if is_follower.contains_key(task) => match renames.outputs.get(output) {
            None => Fate::Keep,
            Some(None) => Fate::Drop,
            Some(Some(new)) => Fate::Output { task: String::from(task), output: new.clone() },
        },
        _ => Fate::Keep,
    };
    rewrite_all(draft, &fate);
}

/// Applies a fate to every reference of the pipeline, copying only the tasks that it touches.
pub(super) fn rewrite_all(draft: &mut Draft<'_>, fate: &dyn Fn(Target<'_>) -> Fate) {
    let test = |target: Target<'_>| fate(target) != Fate::Keep;
    let touched: Vec<String> =
        draft.tasks.iter().filter(|(_, task)| task_refers(task, &test)).map(|(name, _)| String::from(name)).collect();
    for name in touched {
        if let Some(task) = draft.tasks.get_mut(&name) {
            rewrite_task(task, fate);
        }
    }
    let mut record = draft.graph_record();
    if graph_refers(&record, &test) {
        rewrite_graph(&mut record, fate);
        draft.set_graph_record(record);
    }
}
