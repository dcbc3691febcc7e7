//! What an edit is called in "Undo: …": a few words with the names as written.

use dagwright_shared::pipeline::edit::EditCommand;
use dagwright_shared::pipeline::record::RecordId;
use dagwright_texts::t;

/// The words for a command.
pub fn label_of(command: &EditCommand) -> String {
    match command {
        EditCommand::AddTask { component, name, .. } => {
            t!("add {name}", name = name.as_deref().unwrap_or(&component.name))
        }
        EditCommand::AddFragment { fragment, .. } => match fragment.tasks.len() {
            1 => t!("add {name}", name = fragment.tasks.keys().next().map_or(t!("a task"), String::as_str)),
            count => format!("add {count} tasks"),
        },
        EditCommand::Remove { records } => t!("delete {what}", what = names(records)),
        EditCommand::Move { places } => {
            let ids: Vec<RecordId> = places.iter().map(|(id, _)| id.clone()).collect();
            t!("move {what}", what = names(&ids))
        }
        EditCommand::Rename { name, .. } => format!("rename to {name}"),
        EditCommand::SetArgument { task, input, .. } | EditCommand::ClearArgument { task, input } => {
            format!("{input} of {task}")
        }
        EditCommand::Connect { output, task, input, .. } => format!("wire {output} to {input} of {task}"),
        EditCommand::AddMount { task, mount } => t!("mount {volume} in {task}", volume = mount.volume, task),
        EditCommand::SetMount { task, mount, .. } => t!("mount of {volume} in {task}", volume = mount.volume, task),
        EditCommand::RemoveMount { task, .. } => format!("remove a mount of {task}"),
        EditCommand::HandOver { volume, task, .. } => format!("hand {volume} over to {task}"),
        EditCommand::RemoveHandOver { volume, task, .. } => format!("no hand-over of {volume} to {task}"),
        EditCommand::AddAfter { task, before } => format!("{task} after {before}"),
        EditCommand::RemoveAfter { task, before } => format!("{task} no longer after {before}"),
        EditCommand::SetTask { task, .. } => format!("settings of {task}"),
        EditCommand::SetParameter { name, .. } => format!("parameter {name}"),
        EditCommand::SetVolume { name, .. } => format!("volume {name}"),
        EditCommand::Reorder { record, .. } => t!("order of {name}", name = record.name().unwrap_or(t!("the list"))),
        EditCommand::ReplaceComponent { key, .. } => format!("component {key}"),
        EditCommand::SetMetadata(_) => String::from(t!("name and description")),
        EditCommand::SetKubernetes(_) => String::from(t!("settings for Kubernetes")),
        EditCommand::SetDocument(_) => String::from(t!("edit of the YAML")),
        EditCommand::Several(commands) if of_many_tasks(commands) => {
            t!("settings of {count} tasks", count = commands.len())
        }
        EditCommand::Several(commands) => {
            // What came or went says more than how it was wired.
            let says_most =
                |command: &&EditCommand| matches!(command, EditCommand::AddTask { .. } | EditCommand::Remove { .. });
            commands.iter().find(says_most).or(commands.last()).map_or_else(String::new, label_of)
        }
    }
}

/// Whether these set a field of several tasks, one command a task.
fn of_many_tasks(commands: &[EditCommand]) -> bool {
    commands.len() > 1 && commands.iter().all(|command| matches!(command, EditCommand::SetTask { .. }))
}

fn names(records: &[RecordId]) -> String {
    match records {
        [one] => String::from(one.name().unwrap_or(t!("the pipeline"))),
        many => t!("{count} things", count = many.len()),
    }
}
