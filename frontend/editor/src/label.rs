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
            count => t!("add {count} tasks", count),
        },
        EditCommand::Remove { records } => t!("delete {what}", what = names(records)),
        EditCommand::Move { places } => {
            let ids: Vec<RecordId> = places.iter().map(|(id, _)| id.clone()).collect();
            t!("move {what}", what = names(&ids))
        }
        EditCommand::Rename { name, .. } => t!("rename to {name}", name),
        EditCommand::SetArgument { task, input, .. } | EditCommand::ClearArgument { task, input } => {
            t!("{input} of {task}", input, task)
        }
        EditCommand::Connect { output, task, input, .. } => {
            t!("wire {output} to {input} of {task}", output, input, task)
        }
        EditCommand::AddMount { task, mount } => t!("mount {volume} in {task}", volume = mount.volume, task),
        EditCommand::SetMount { task, mount, .. } => t!("mount of {volume} in {task}", volume = mount.volume, task),
        EditCommand::RemoveMount { task, .. } => t!("remove a mount of {task}", task),
        EditCommand::HandOver { volume, task, .. } => t!("hand {volume} over to {task}", volume, task),
        EditCommand::RemoveHandOver { volume, task, .. } => t!("no hand-over of {volume} to {task}", volume, task),
        EditCommand::AddAfter { task, before } => t!("{task} after {before}", task, before),
        EditCommand::RemoveAfter { task, before } => t!("{task} no longer after {before}", task, before),
        EditCommand::SetTask { task, .. } => t!("settings of {task}", task),
        EditCommand::SetParameter { name, .. } => t!("parameter {name}", name),
        EditCommand::SetVolume { name, .. } => t!("volume {name}", name),
        EditCommand::Reorder { record, .. } => t!("order of {name}", name = record.name().unwrap_or(t!("the list"))),
        EditCommand::ReplaceComponent { key, .. } => t!("component {key}", key),
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
