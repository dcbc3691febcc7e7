//! From a command to what changes: one arm a command, each short; what is longer has a file of its own beside this one.
//! Nothing is changed here: the outcome is a set, or a reason.

use super::components::{add_task, replace, rewrite_all};
use super::draft::{Draft, Overlay};
use super::references::{Fate, Target};
use super::wires::{add_after, clear_argument, remove_after, set_argument, task, task_mut};
use super::{EditCommand, EditError, TaskField, fragment, mounts};
use crate::pipeline::change::ChangeSet;
use crate::pipeline::record::{GraphRecord, RecordId};
use crate::pipeline::{Argument, Pipeline, Point, Task};
use dagwright_texts::t;
use std::collections::HashSet;

/// What a command changes, with everything that follows from it. Time grows with what it touches and, where names come,
/// go or change, with the number of tasks.
///
/// # Errors
/// [`EditError`]: why it is refused; nothing has changed then.
pub fn realise(pipeline: &Pipeline, command: &EditCommand) -> Result<ChangeSet, EditError> {
    let mut draft = Draft::new(pipeline);
    carry_out(&mut draft, command)?;
    Ok(draft.finish())
}

fn carry_out(draft: &mut Draft<'_>, command: &EditCommand) -> Result<(), EditError> {
    match command {
        EditCommand::AddTask { component, name, position } => add_task(draft, component, name.as_deref(), *position),
        EditCommand::AddFragment { fragment: piece, offset } => fragment::add(draft, piece, *offset),
        EditCommand::Remove { records } => remove(draft, records),
        EditCommand::Move { places } => places.iter().try_for_each(|(id, place)| place_record(draft, id, *place)),
        EditCommand::Rename { record, name } => rename(draft, record, name),
        EditCommand::SetArgument { task, input, argument } => set_argument(draft, task, input, argument),
        EditCommand::ClearArgument { task, input } => clear_argument(draft, task, input),
        EditCommand::Connect { from_task, output, task, input } => {
            let wire = Argument::Output { task: from_task.clone(), output: output.clone() };
            set_argument(draft, task, input, &wire)
        }
        EditCommand::AddMount { task, mount } => mounts::add(draft, task, mount),
        EditCommand::SetMount { task, index, mount } => mounts::set(draft, task, *index, mount),
        EditCommand::RemoveMount { task, index } => mounts::remove(draft, task, *index),
        EditCommand::HandOver { volume, from, task } => mounts::hand_over(draft, volume, from, task),
        EditCommand::RemoveHandOver { volume, from, task } => mounts::remove_hand_over(draft, volume, from, task),
        EditCommand::AddAfter { task, before } => add_after(draft, task, before),
        EditCommand::RemoveAfter { task, before } => remove_after(draft, task, before),
        EditCommand::SetTask { task, field } => {
            set_field(task_mut(draft, task)?, field);
            Ok(())
        }
        EditCommand::SetParameter { name, parameter } => {
            refuse_empty(name, RecordId::Parameter)?;
            draft.parameters.insert(name, (**parameter).clone());
            Ok(())
        }
        EditCommand::SetVolume { name, volume } => {
            refuse_empty(name, RecordId::Volume)?;
            draft.volumes.insert(name, (**volume).clone());
            Ok(())
        }
        EditCommand::Reorder { record, index } => reorder(draft, record, *index),
        EditCommand::ReplaceComponent { key, component, scope } => replace(draft, key, component, scope),
        EditCommand::SetMetadata(metadata) => {
            draft.set_metadata(metadata.clone());
            Ok(())
        }
        EditCommand::SetKubernetes(kubernetes) => {
            draft.set_graph_record(GraphRecord { kubernetes: kubernetes.clone(), ..draft.graph_record() });
            Ok(())
        }
        EditCommand::SetDocument(document) => {
            draft.set_all(document);
            Ok(())
        }
        EditCommand::Several(commands) => commands.iter().try_for_each(|command| carry_out(draft, command)),
    }
}

fn refuse_empty(name: &str, id: impl Fn(String) -> RecordId) -> Result<(), EditError> {
    if name.trim().is_empty() { Err(EditError::NameEmpty(id(String::from(name)))) } else { Ok(()) }
}

fn place_record(draft: &mut Draft<'_>, id: &RecordId, place: Point) -> Result<(), EditError> {
    if !place.x.is_finite() || !place.y.is_finite() {
        return Err(EditError::Coordinates(id.clone()));
    }
    let not_there = || EditError::NotThere(id.clone());
    match id {
        RecordId::Task(name) => task_mut(draft, name)?.position = Some(place),
        RecordId::Volume(name) => draft.volumes.get_mut(name).ok_or_else(not_there)?.position = Some(place),
        _ => return Err(EditError::WrongKind(id.clone(), t!("placed on the canvas"))),
    }
    Ok(())
}

fn reorder(draft: &mut Draft<'_>, id: &RecordId, index: usize) -> Result<(), EditError> {
    if !draft.has(id) {
        return Err(EditError::NotThere(id.clone()));
    }
    match id {
        RecordId::Metadata | RecordId::Graph => return Err(EditError::WrongKind(id.clone(), t!("moved in a list"))),
        RecordId::Parameter(name) => draft.parameters.reorder(name, index),
        RecordId::Volume(name) => draft.volumes.reorder(name, index),
        RecordId::Component(name) => draft.components.reorder(name, index),
        RecordId::Task(name) => draft.tasks.reorder(name, index),
    }
    Ok(())
}

fn set_field(task: &mut Task, field: &TaskField) {
    match field.clone() {
        TaskField::Resources(resources) => task.resources = resources,
        TaskField::Env(env) => task.env = env,
        TaskField::Retry(retry) => task.retry = retry,
        TaskField::Timeout(timeout) => task.timeout = timeout,
        TaskField::NodeSelector(labels) => task.node_selector = labels,
        TaskField::Tolerations(tolerations) => task.tolerations = tolerations,
        TaskField::Cache(cache) => task.cache = cache,
        TaskField::When(when) => task.when = when,
        TaskField::ForEach(for_each) => task.for_each = for_each,
    }
}

fn rename(draft: &mut Draft<'_>, id: &RecordId, new: &str) -> Result<(), EditError> {
    if !draft.has(id) {
        return Err(EditError::NotThere(id.clone()));
    }
    let Some(old) = id.name() else {
        return Err(EditError::WrongKind(id.clone(), t!("renamed; set its name in place")));
    };
    if new.trim().is_empty() {
        return Err(EditError::NameEmpty(id.clone()));
    }
    if old == new {
        return Ok(());
    }
    let renamed = match id {
        RecordId::Parameter(_) => RecordId::Parameter(String::from(new)),
        RecordId::Volume(_) => RecordId::Volume(String::from(new)),
        RecordId::Component(_) => RecordId::Component(String::from(new)),
        _ => RecordId::Task(String::from(new)),
    };
    if draft.has(&renamed) {
        return Err(EditError::NameTaken { name: String::from(new), by: renamed });
    }
    match id {
        RecordId::Metadata | RecordId::Graph => {}
        RecordId::Parameter(_) => draft.parameters.rename(old, new),
        RecordId::Volume(_) => draft.volumes.rename(old, new),
        RecordId::Component(_) => draft.components.rename(old, new),
        RecordId::Task(_) => draft.tasks.rename(old, new),
    }
    let fate = |target: Target<'_>| {
        let follow = || Fate::Rename(String::from(new));
        match (id, target) {
            (RecordId::Parameter(_), Target::Parameter(name)) if name == old => follow(),
            (RecordId::Volume(_), Target::Volume(name)) if name == old => follow(),
            (RecordId::Component(_), Target::Component(name)) if name == old => follow(),
            (RecordId::Task(_), Target::Task(name)) if name == old => follow(),
            (RecordId::Task(_), Target::Output { task, output }) if task == old => {
                Fate::Output { task: String::from(new), output: String::from(output) }
            }
            _ => Fate::Keep,
        }
    };
    rewrite_all(draft, &fate);
    Ok(())
}

fn remove(draft: &mut Draft<'_>, records: &[RecordId]) -> Result<(), EditError> {
    let mut gone: HashSet<RecordId> = HashSet::new();
    let mut left_components: HashSet<String> = HashSet::new();
    for id in records {
        if gone.contains(id) {
            continue;
        }
        match id {
            RecordId::Metadata | RecordId::Graph => return Err(EditError::WrongKind(id.clone(), t!("removed"))),
            _ if !draft.has(id) => return Err(EditError::NotThere(id.clone())),
            RecordId::Task(name) => {
                left_components.insert(task(draft, name)?.component.clone());
                draft.tasks.remove(name);
            }
            RecordId::Parameter(name) => take(&mut draft.parameters, name),
            RecordId::Volume(name) => take(&mut draft.volumes, name),
            RecordId::Component(_) => {}
        }
        gone.insert(id.clone());
    }
    let fate = |target: Target<'_>| {
        let is_gone = match target {
            Target::Task(task) | Target::Output { task, .. } => gone.contains(&RecordId::Task(String::from(task))),
            Target::Parameter(name) => gone.contains(&RecordId::Parameter(String::from(name))),
            Target::Volume(name) => gone.contains(&RecordId::Volume(String::from(name))),
            Target::Component(_) => false,
        };
        if is_gone { Fate::Drop } else { Fate::Keep }
    };
    rewrite_all(draft, &fate);
    for (name, task) in draft.tasks.iter() {
        left_components.remove(&task.component);
        if gone.contains(&RecordId::Component(task.component.clone())) {
            let (component, task) = (task.component.clone(), String::from(name));
            return Err(EditError::ComponentInUse { component, task });
        }
    }
    for key in left_components.iter().chain(gone.iter().filter_map(|id| match id {
        RecordId::Component(key) => Some(key),
        _ => None,
    })) {
        draft.components.remove(key);
    }
    Ok(())
}

fn take<T: Clone>(records: &mut Overlay<'_, T>, name: &str) {
    records.remove(name);
}
