//! Everything in a task or a graph that refers to another record by its name: found, renamed or dropped in one place.
//! A new kind of reference is added here and nowhere else.

use crate::pipeline::record::GraphRecord;
use crate::pipeline::text::{self, TextPiece};
use crate::pipeline::{Argument, Task};
use serde_json::Value;

/// What is referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target<'a> {
    Task(&'a str),
    Output { task: &'a str, output: &'a str },
    Parameter(&'a str),
    Volume(&'a str),
    Component(&'a str),
}

/// What becomes of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Keep,
    /// It goes, with what holds it: the argument, the mount, the order edge.
    Drop,
    /// It names this instead. For an output: the task or the output, as [`Fate::Output`] says.
    Rename(String),
    /// An output's new task and output.
    Output {
        task: String,
        output: String,
    },
}

/// Whether `test` holds for any reference of the task.
pub(super) fn task_refers(task: &Task, test: &dyn Fn(Target<'_>) -> bool) -> bool {
    test(Target::Component(&task.component))
        || task.arguments.values().any(|argument| argument_refers(argument, test))
        || task
            .mounts
            .iter()
            .any(|mount| test(Target::Volume(&mount.volume)) || mount.from.iter().any(|from| test(Target::Task(from))))
        || task.after.iter().any(|before| test(Target::Task(before)))
        || task.for_each.as_ref().is_some_and(|for_each| argument_refers(&for_each.items, test))
        || task.when.as_ref().is_some_and(|when| value_refers(when, test))
}

/// Whether `test` holds for any reference of the graph as a whole.
pub(super) fn graph_refers(record: &GraphRecord, test: &dyn Fn(Target<'_>) -> bool) -> bool {
    record.on_exit.as_ref().is_some_and(|task| test(Target::Task(task)))
        || record.outputs.values().any(|argument| argument_refers(argument, test))
}

fn argument_refers(argument: &Argument, test: &dyn Fn(Target<'_>) -> bool) -> bool {
    match argument {
        Argument::Parameter(name) => test(Target::Parameter(name)),
        Argument::Output { task, output } => test(Target::Output { task, output }),
        Argument::Text(written) => text_refers(written, test),
        Argument::Value(_) | Argument::Artifact(_) | Argument::Unknown(_) => false,
    }
}

fn text_refers(written: &str, test: &dyn Fn(Target<'_>) -> bool) -> bool {
    written.contains('$')
        && text::parse(written).unwrap_or_default().iter().any(|piece| match piece {
            TextPiece::Text(_) => false,
            TextPiece::Parameter(name) => test(Target::Parameter(name)),
            TextPiece::Output { task, output } => test(Target::Output { task, output }),
        })
}

fn value_refers(value: &Value, test: &dyn Fn(Target<'_>) -> bool) -> bool {
    match value {
        Value::String(written) => text_refers(written, test),
        Value::Array(items) => items.iter().any(|item| value_refers(item, test)),
        Value::Object(map) => map.values().any(|item| value_refers(item, test)),
        _ => false,
    }
}

/// Applies a fate to every reference of the task.
pub(super) fn rewrite_task(task: &mut Task, fate: &dyn Fn(Target<'_>) -> Fate) {
    if let Fate::Rename(name) = fate(Target::Component(&task.component)) {
        task.component = name;
    }
    task.arguments.retain(|_, argument| rewrite_argument(argument, fate));
    task.mounts.retain_mut(|mount| {
        rewrite_names(&mut mount.from, fate);
        match fate(Target::Volume(&mount.volume)) {
            Fate::Drop => false,
            Fate::Rename(name) => {
                mount.volume = name;
                true
            }
            _ => true,
        }
    });
    rewrite_names(&mut task.after, fate);
    if let Some(for_each) = &mut task.for_each
        && !rewrite_argument(&mut for_each.items, fate)
    {
        task.for_each = None;
    }
    if let Some(when) = &mut task.when {
        rewrite_value(when, fate);
    }
}

/// Applies a fate to every reference of the graph as a whole.
pub(super) fn rewrite_graph(record: &mut GraphRecord, fate: &dyn Fn(Target<'_>) -> Fate) {
    if let Some(task) = &record.on_exit {
        match fate(Target::Task(task)) {
            Fate::Drop => record.on_exit = None,
            Fate::Rename(name) => record.on_exit = Some(name),
            _ => {}
        }
    }
    record.outputs.retain(|_, argument| rewrite_argument(argument, fate));
}

fn rewrite_names(names: &mut Vec<String>, fate: &dyn Fn(Target<'_>) -> Fate) {
    names.retain_mut(|name| match fate(Target::Task(name)) {
        Fate::Drop => false,
        Fate::Rename(new) => {
            *name = new;
            true
        }
        _ => true,
    });
}

/// Whether the argument stays.
fn rewrite_argument(argument: &mut Argument, fate: &dyn Fn(Target<'_>) -> Fate) -> bool {
    match argument {
        Argument::Parameter(name) => match fate(Target::Parameter(name)) {
            Fate::Drop => return false,
            Fate::Rename(new) => *name = new,
            _ => {}
        },
        Argument::Output { task, output } => match fate(Target::Output { task, output }) {
            Fate::Drop => return false,
            Fate::Output { task: new_task, output: new_output } => (*task, *output) = (new_task, new_output),
            _ => {}
        },
        Argument::Text(written) => {
            if text_refers(written, &|target| fate(target) == Fate::Drop) {
                return false;
            }
            if let Some(new) = rewrite_text(written, fate) {
                *written = new;
            }
        }
        Argument::Value(_) | Argument::Artifact(_) | Argument::Unknown(_) => {}
    }
    true
}

fn rewrite_text(written: &str, fate: &dyn Fn(Target<'_>) -> Fate) -> Option<String> {
    if !written.contains('$') {
        return None;
    }
    text::with_references(written, |piece| {
        let target = match &piece {
            TextPiece::Text(_) => return piece,
            TextPiece::Parameter(name) => Target::Parameter(name),
            TextPiece::Output { task, output } => Target::Output { task, output },
        };
        match fate(target) {
            Fate::Rename(name) => TextPiece::Parameter(name),
            Fate::Output { task, output } => TextPiece::Output { task, output },
            Fate::Keep | Fate::Drop => piece,
        }
    })
}

fn rewrite_value(value: &mut Value, fate: &dyn Fn(Target<'_>) -> Fate) {
    match value {
        Value::String(written) => {
            if let Some(new) = rewrite_text(written, fate) {
                *written = new;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite_value(item, fate)),
        Value::Object(map) => map.values_mut().for_each(|item| rewrite_value(item, fate)),
        _ => {}
    }
}
