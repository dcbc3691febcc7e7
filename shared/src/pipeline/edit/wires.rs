//! What feeds an input, and order edges: refused where types do not fit or a circle would arise.
//! Types are decided by `types` and `ports`; here is only what an edit needs to know of them.

use super::EditError;
use super::draft::Draft;
use crate::graph::upstream_references;
use crate::pipeline::record::RecordId;
use crate::pipeline::text;
use crate::pipeline::{Argument, Task};
use crate::ports::{Ports, ports};
use crate::types::{ParameterType, PortType};
use dagwright_texts::t;
use std::collections::HashMap;

pub(super) fn task<'d>(draft: &'d Draft<'_>, name: &str) -> Result<&'d Task, EditError> {
    draft.tasks.get(name).ok_or_else(|| EditError::NotThere(RecordId::Task(String::from(name))))
}

pub(super) fn task_mut<'d>(draft: &'d mut Draft<'_>, name: &str) -> Result<&'d mut Task, EditError> {
    draft.tasks.get_mut(name).ok_or_else(|| EditError::NotThere(RecordId::Task(String::from(name))))
}

fn ports_of(draft: &Draft<'_>, name: &str) -> Result<Ports, EditError> {
    let component = &task(draft, name)?.component;
    let missing = || EditError::ComponentMissing { task: String::from(name), component: component.clone() };
    Ok(ports(draft.components.get(component).ok_or_else(missing)?))
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.collect();
    if names.is_empty() { String::from(t!("none")) } else { names.join(", ") }
}

/// Sets what feeds an input.
pub(super) fn set_argument(
    draft: &mut Draft<'_>,
    name: &str,
    input: &str,
    argument: &Argument,
) -> Result<(), EditError> {
    let own = ports_of(draft, name)?;
    let port = own.input(input).ok_or_else(|| EditError::InputUnknown {
        task: String::from(name),
        input: String::from(input),
        known: listed(own.inputs.iter().map(|port| port.name.as_str())),
    })?;
    let fits = |from: String, from_type: &PortType| {
        if from_type.fits(&port.port_type) {
            return Ok(());
        }
        Err(EditError::TypeMismatch {
            from,
            from_type: String::from(from_type.name()),
            task: String::from(name),
            input: String::from(input),
            to_type: String::from(port.port_type.name()),
        })
    };
    match argument {
        Argument::Parameter(parameter) => {
            let id = || RecordId::Parameter(parameter.clone());
            let declared = draft.parameters.get(parameter).ok_or_else(|| EditError::NotThere(id()))?;
            let declared_type = declared.type_spec.as_ref();
            let declared_type = declared_type.map_or(PortType::Parameter(ParameterType::String), PortType::from_spec);
            fits(id().to_string(), &declared_type)?;
        }
        Argument::Output { task: producer, output } => {
            let theirs = ports_of(draft, producer)?;
            let found = theirs.output(output).ok_or_else(|| EditError::OutputUnknown {
                task: producer.clone(),
                output: output.clone(),
                known: listed(theirs.outputs.iter().map(|port| port.name.as_str())),
            })?;
            fits(t!("the output “{output}” of “{producer}”", output, producer), &found.port_type)?;
            refuse_circle(draft, producer, name)?;
        }
        // A text is stored while it is being written; what is wrong with it is check's to say, but for circles.
        Argument::Text(written) => {
            for producer in text::tasks(written) {
                if draft.tasks.get(&producer).is_some() {
                    refuse_circle(draft, &producer, name)?;
                }
            }
        }
        Argument::Value(_) | Argument::Artifact(_) | Argument::Unknown(_) => {}
    }
    task_mut(draft, name)?.arguments.insert(String::from(input), argument.clone());
    Ok(())
}

/// Takes away what feeds an input; nothing happens where nothing does.
pub(super) fn clear_argument(draft: &mut Draft<'_>, name: &str, input: &str) -> Result<(), EditError> {
    if task(draft, name)?.arguments.contains_key(input) {
        task_mut(draft, name)?.arguments.shift_remove(input);
    }
    Ok(())
}

/// Orders `name` after `before`.
pub(super) fn add_after(draft: &mut Draft<'_>, name: &str, before: &str) -> Result<(), EditError> {
    task(draft, before)?;
    if task(draft, name)?.after.iter().any(|listed| listed == before) {
        return Ok(());
    }
    refuse_circle(draft, before, name)?;
    task_mut(draft, name)?.after.push(String::from(before));
    Ok(())
}

/// Takes an order edge away.
pub(super) fn remove_after(draft: &mut Draft<'_>, name: &str, before: &str) -> Result<(), EditError> {
    task_mut(draft, name)?.after.retain(|listed| listed != before);
    Ok(())
}

/// Refuses an edge from `from` to `to` when `from` already waits for `to`. Looks only at what `from` waits for.
pub(super) fn refuse_circle(draft: &Draft<'_>, from: &str, to: &str) -> Result<(), EditError> {
    if from == to {
        return Err(EditError::Itself(String::from(to)));
    }
    // Who was reached from where: a task upstream → the task that waits for it.
    let mut waiting: HashMap<String, String> = HashMap::new();
    let mut open = vec![String::from(from)];
    while let Some(current) = open.pop() {
        let Some(found) = draft.tasks.get(&current) else { continue };
        for (upstream, _) in upstream_references(found) {
            if waiting.contains_key(&*upstream) {
                continue;
            }
            waiting.insert(String::from(&*upstream), current.clone());
            if *upstream == *to {
                return Err(circle(from, to, &waiting));
            }
            open.push(String::from(&*upstream));
        }
    }
    Ok(())
}

fn circle(from: &str, to: &str, waiting: &HashMap<String, String>) -> EditError {
    let mut path = vec![to];
    while let Some(next) = path.last().and_then(|last| waiting.get(*last)) {
        path.push(next);
        if next == from {
            break;
        }
    }
    path.push(to);
    EditError::Cycle { from: String::from(from), task: String::from(to), path: path.join(" → ") }
}
