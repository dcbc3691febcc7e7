//! How panels read records and edit them: a memo a record, one function for every command.

use crate::store::document_store::DocumentStore;
use dagwright_editor::action::EditorAction;
use dagwright_shared::component::Component;
use dagwright_shared::pipeline::edit::EditCommand;
use dagwright_shared::pipeline::{Parameter, Task, Volume};
use leptos::prelude::*;

/// Does an edit; the refusal's words otherwise.
pub fn edit(store: &DocumentStore, command: EditCommand) -> Result<(), String> {
    store.edit(&command, None).map_err(|refusal| refusal.to_string())
}

/// Does an edit whose refusal is shown as a toast: for buttons, which have no place for words.
pub fn edit_or_tell(store: &DocumentStore, command: EditCommand) {
    if let Err(problem) = edit(store, command) {
        crate::ui::toast::toast(problem);
    }
}

/// Selects a task on the canvas and brings it into view.
pub fn reveal_task(store: &DocumentStore, task: &str) {
    store.dispatch(EditorAction::Reveal(dagwright_editor::selection::Item::Task(task.to_owned())));
}

/// A task; wakes only when it changes.
pub fn task_memo(store: &DocumentStore, name: &str) -> Memo<Option<Task>> {
    let (store, name) = (store.clone(), name.to_owned());
    Memo::new(move |_| store.with(|pipeline| pipeline.graph.tasks.get(&name).cloned()))
}

/// The component of a task, with its key.
pub fn component_memo(store: &DocumentStore, task: &str) -> Memo<Option<(String, Component)>> {
    let (store, task) = (store.clone(), task.to_owned());
    Memo::new(move |_| {
        store.with(|pipeline| {
            let key = pipeline.graph.tasks.get(&task)?.component.clone();
            let component = pipeline.graph.components.get(&key)?.clone();
            Some((key, component))
        })
    })
}

/// A volume.
pub fn volume_memo(store: &DocumentStore, name: &str) -> Memo<Option<Volume>> {
    let (store, name) = (store.clone(), name.to_owned());
    Memo::new(move |_| store.with(|pipeline| pipeline.graph.volumes.get(&name).cloned()))
}

/// Parameters in their order.
pub fn parameters_memo(store: &DocumentStore) -> Memo<Vec<(String, Parameter)>> {
    let store = store.clone();
    Memo::new(move |_| {
        store.with(|pipeline| {
            pipeline.graph.parameters.iter().map(|(name, parameter)| (name.clone(), parameter.clone())).collect()
        })
    })
}
