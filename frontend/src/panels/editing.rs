//! How panels read records and edit them: a memo a record, one function for every command.

use crate::store::document_store::DocumentStore;
use dagwright_editor::action::EditorAction;
use dagwright_editor::session::Mode;
use dagwright_shared::component::Component;
use dagwright_shared::pipeline::edit::{EditCommand, TaskField};
use dagwright_shared::pipeline::{Parameter, Task, Volume};
use dagwright_texts::t;
use leptos::prelude::*;

/// Does an edit; the refusal's words otherwise.
pub fn edit(store: &DocumentStore, command: EditCommand) -> Result<(), String> {
    store.edit(&command, None).map_err(|refusal| refusal.to_string())
}

/// Whether the document may be edited, not only looked at.
pub fn editable(store: &DocumentStore) -> bool {
    store.with_session(|session| session.mode()) == Mode::Edit
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

/// Those of the named tasks that are there, in the order of the names; wakes only when one of them changes.
pub fn tasks_memo(store: &DocumentStore, names: &[String]) -> Memo<Vec<(String, Task)>> {
    let (store, names) = (store.clone(), names.to_vec());
    Memo::new(move |_| {
        store.with(|pipeline| {
            let found = |name: &String| Some((name.clone(), pipeline.graph.tasks.get(name)?.clone()));
            names.iter().filter_map(found).collect()
        })
    })
}

/// What one field says of several tasks.
#[derive(Clone, Copy)]
pub struct Shared {
    /// What all say; empty where they differ.
    pub text: Signal<String>,
    /// What the empty field says: `mixed` where they differ.
    pub placeholder: Signal<String>,
}

/// Reads one field of several tasks.
pub fn shared(
    tasks: Memo<Vec<(String, Task)>>,
    placeholder: &'static str,
    read: impl Fn(&Task) -> String + Send + Sync + 'static,
) -> Shared {
    let common = Memo::new(move |_| {
        tasks.with(|tasks| {
            let mut texts = tasks.iter().map(|(_, task)| read(task));
            let first = texts.next().unwrap_or_default();
            texts.all(|text| text == first).then_some(first)
        })
    });
    Shared {
        text: Signal::derive(move || common.get().unwrap_or_default()),
        placeholder: Signal::derive(move || {
            String::from(common.with(|common| if common.is_some() { placeholder } else { t!("mixed") }))
        }),
    }
}

/// Sets a field of several tasks in one step of undo; `field` says what it becomes, `None` leaves a task alone.
pub fn edit_tasks(
    store: &DocumentStore,
    tasks: Memo<Vec<(String, Task)>>,
    field: impl Fn(&Task) -> Option<TaskField>,
) -> Result<(), String> {
    let set = |(name, task): &(String, Task)| Some(EditCommand::SetTask { task: name.clone(), field: field(task)? });
    edit(store, EditCommand::Several(tasks.with_untracked(|tasks| tasks.iter().filter_map(set).collect())))
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
