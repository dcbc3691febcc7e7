//! The component of a task: image, command, arguments, packages, ports. An edit here changes every task that uses it.

use super::command_line::{CommandLine, Part, container, container_mut};
use super::keep::KeepRow;
use super::origin::OriginNotice;
use super::port_fields::PortsSection;
use crate::form::text_field::TextField;
use crate::panels::editing::{component_memo, editable};
use crate::store::document_store::DocumentStore;
use dagwright_shared::component::{Component, Implementation};
use dagwright_shared::pipeline::edit::{EditCommand, ReplaceScope};
use dagwright_shared::pipeline::origin::Origin;
use dagwright_texts::t;
use leptos::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

/// A component being edited: reads it, and replaces it as a whole.
#[derive(Clone, Copy)]
pub struct ComponentEditing {
    /// The component with its key.
    pub component: Memo<Option<(String, Component)>>,
    replace: Callback<(String, Component, Option<String>), Result<(), String>>,
}

/// A name for edits that are one step of undo, which no other edits have.
pub fn one_step() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("typing {}", COUNT.fetch_add(1, Ordering::Relaxed))
}

impl ComponentEditing {
    /// Of a task's component.
    pub fn new(store: &DocumentStore, task: &str) -> Self {
        let component = component_memo(store, task);
        let store = store.clone();
        let replace = Callback::new(move |(key, component, squash): (String, Component, Option<String>)| {
            let command =
                EditCommand::ReplaceComponent { key, component: Box::new(component), scope: ReplaceScope::EveryTask };
            store.edit(&command, squash).map_err(|refusal| refusal.to_string())
        });
        Self { component, replace }
    }

    /// Reads it, subscribing.
    pub fn read<T: Default>(&self, read: impl FnOnce(&Component) -> T) -> T {
        self.component.with(|component| component.as_ref().map(|(_, component)| read(component)).unwrap_or_default())
    }

    /// Reads it as it stands.
    pub fn read_untracked<T: Default>(&self, read: impl FnOnce(&Component) -> T) -> T {
        let component = self.component;
        component
            .with_untracked(|component| component.as_ref().map(|(_, component)| read(component)).unwrap_or_default())
    }

    /// Changes a copy and puts it in place.
    pub fn change(&self, change: impl FnOnce(&mut Component)) -> Result<(), String> {
        self.replaced(None, change)
    }

    /// The same, as one step of undo with the other changes of that name ([`one_step`]).
    pub fn change_in(&self, step: String, change: impl FnOnce(&mut Component)) -> Result<(), String> {
        self.replaced(Some(step), change)
    }

    fn replaced(&self, squash: Option<String>, change: impl FnOnce(&mut Component)) -> Result<(), String> {
        let Some((key, mut component)) = self.component.get_untracked() else {
            return Err(String::from(t!("The component is not there any more.")));
        };
        change(&mut component);
        // Nothing changed is no step to undo.
        if self.component.with_untracked(|known| known.as_ref().is_some_and(|(_, known)| *known == component)) {
            return Ok(());
        }
        self.replace.run((key, component, squash))
    }

    /// Changes it where there is no place for the words of a refusal.
    pub fn change_or_tell(&self, change: impl FnOnce(&mut Component)) {
        if let Err(problem) = self.change(change) {
            crate::ui::toast::toast(problem);
        }
    }
}

/// Where it came from, without the digest that only programs compare.
fn place_words(origin: &str) -> String {
    Origin { digits: None, ..Origin::read(origin) }.to_string()
}

/// The tab.
#[component]
pub fn ComponentTab(
    /// The document.
    store: DocumentStore,
    /// The task's name.
    task: String,
) -> impl IntoView {
    let editing = ComponentEditing::new(&store, &task);
    let kind = Memo::new(move |_| {
        editing.component.with(|component| match component.as_ref().map(|(_, component)| &component.implementation) {
            Some(Implementation::Container(_)) => "container",
            Some(Implementation::Python(_)) => "python",
            Some(_) => "other",
            None => "missing",
        })
    });
    let name = Signal::derive(move || editing.read(|component| component.name.clone()));
    let set_name = Callback::new(move |name: String| editing.change(|component| component.name = name));
    let description =
        Signal::derive(move || editing.read(|component| component.description.clone().unwrap_or_default()));
    let set_description = Callback::new(move |text: String| {
        editing.change(|component| component.description = Some(text).filter(|text| !text.is_empty()))
    });
    let origin = move || editing.read(|component| component.origin.clone());
    let edits = editable(&store);
    let (store, task) = (StoredValue::new(store), StoredValue::new(task));
    view! {
        <div class="scroll">
            <Show when=move || kind.get() != "missing" fallback=|| view! { <p class="empty-line padded">{t!("Component not found. Undo, or delete the task.")}</p> }>
                <section class="sect">
                    <h3>{t!("Component")}</h3>
                    <div class="frow two"><label>{t!("Name")}</label><span class="stack"><TextField value=name set=set_name label=t!("Component name") /></span></div>
                    <div class="frow two"><label>{t!("Description")}</label><span class="stack"><TextField value=description set=set_description label=t!("Component description") /></span></div>
                    {move || origin().map(|origin| view! { <div class="frow two"><label>{t!("From")}</label><span class="mono faint cut" title=origin.clone()>{place_words(&origin)}</span></div> })}
                    <OriginNotice store=store.get_value() task=task.get_value() />
                    {edits.then(|| view! { <KeepRow editing=editing /> })}
                </section>
                {move || match kind.get() {
                    "container" => view! { <ContainerSection editing=editing /> <PortsSection editing=editing /> }.into_any(),
                    "python" => view! { <PythonSection editing=editing /> }.into_any(),
                    _ => ().into_any(),
                }}
            </Show>
        </div>
    }
}

#[component]
fn ContainerSection(editing: ComponentEditing) -> impl IntoView {
    let image = Signal::derive(move || {
        editing.read(|component| container(component).map(|container| container.image.clone()).unwrap_or_default())
    });
    let set_image = Callback::new(move |text: String| {
        editing.change(|component| {
            if let Some(container) = container_mut(component) {
                container.image = text.trim().to_owned();
            }
        })
    });
    view! {
        <section class="sect">
            <h3>{t!("Runs in")}</h3>
            <div class="frow two"><label>{t!("Image")}</label><span class="stack"><TextField value=image set=set_image label=t!("Image") mono=true placeholder="python:3.11-slim" /></span></div>
        </section>
        <CommandLine editing=editing part=Part::Command />
        <CommandLine editing=editing part=Part::Arguments />
    }
}

#[component]
fn PythonSection(editing: ComponentEditing) -> impl IntoView {
    let python = move |read: fn(&dagwright_shared::component::PythonImplementation) -> String| {
        Signal::derive(move || {
            editing.read(|component| match &component.implementation {
                Implementation::Python(python) => read(python),
                _ => String::new(),
            })
        })
    };
    let set = move |write: fn(&mut dagwright_shared::component::PythonImplementation, String)| {
        Callback::new(move |text: String| {
            editing.change(|component| {
                if let Implementation::Python(python) = &mut component.implementation {
                    write(python, text);
                }
            })
        })
    };
    view! {
        <section class="sect last">
            <h3>{t!("Runs in")}</h3>
            <div class="frow two"><label>{t!("Image")}</label><span class="stack">
                <TextField value=python(|python| python.image.clone()) set=set(|python, text| python.image = text.trim().to_owned()) label=t!("Image") mono=true placeholder="python:3.11-slim" /></span></div>
            <div class="frow two"><label>{t!("Packages")}</label><span class="stack">
                <TextField
                    value=python(|python| python.packages.join(", "))
                    set=set(|python, text| python.packages = text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
                    label=t!("Packages") mono=true placeholder="scikit-learn==1.7.2, …" /></span></div>
            <div class="frow two"><label>{t!("Function")}</label><span class="stack">
                <TextField value=python(|python| python.function.clone()) set=set(|python, text| python.function = text.trim().to_owned()) label=t!("Function") mono=true /></span></div>
            <p class="hint">{t!("Its inputs and outputs come from the function's signature, under Code.")}</p>
        </section>
    }
}
