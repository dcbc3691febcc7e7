//! A task: inputs, what it runs in, volumes, what happens when it fails. Tabs for the component and its code.

use super::argument::ArgumentRow;
use super::environment::EnvironmentSection;
use super::more::{More, more};
use super::mounts::MountsSection;
use super::resources::{FailureSection, ResourcesSection};
use super::script::script_of;
use crate::form::text_field::TextField;
use crate::panels::editing::{component_memo, edit, edit_or_tell, editable, task_memo};
use crate::store::document_store::DocumentStore;
use crate::ui::icon::{Icon, SmallIcon};
use crate::ui::menu::{Menu, MenuPlace, below};
use dagwright_editor::action::EditorAction;
use dagwright_editor::selection::Item;
use dagwright_shared::component::Implementation;
use dagwright_shared::graph::TaskGraph;
use dagwright_shared::pipeline::edit::EditCommand;
use dagwright_shared::pipeline::record::RecordId;
use dagwright_shared::ports::ports;
use dagwright_texts::t;
use leptos::prelude::*;

/// Icon of an implementation.
pub fn implementation_icon(implementation: &Implementation) -> &'static str {
    match implementation {
        Implementation::Python(_) => "python",
        Implementation::Graph(_) => "subgraph",
        Implementation::Container(_) | Implementation::Unknown(_) => "container",
    }
}

fn implementation_words(implementation: &Implementation) -> &'static str {
    match implementation {
        Implementation::Python(_) => t!("Python function"),
        Implementation::Graph(_) => t!("Sub-pipeline"),
        Implementation::Container(_) => t!("Container"),
        Implementation::Unknown(_) => t!("Unknown implementation"),
    }
}

/// How many inputs there are.
pub fn inputs_words(count: usize) -> String {
    if count == 1 { String::from(t!("1 input")) } else { t!("{count} inputs", count) }
}

fn outputs_words(count: usize) -> String {
    if count == 1 { String::from(t!("1 output")) } else { t!("{count} outputs", count) }
}

/// Its tabs and sections.
#[component]
pub fn TaskInspector(
    /// The document.
    store: DocumentStore,
    /// The task's name.
    name: String,
) -> impl IntoView {
    let component = component_memo(&store, &name);
    let looks = !editable(&store);
    let tab = RwSignal::new("task");
    let menu = RwSignal::new(None as MenuPlace);
    let select = move |value: &'static str, word: &'static str| {
        view! { <button role="tab" aria-selected=move || (tab.get() == value).to_string() on:click=move |_| tab.set(value)>{word}</button> }
    };
    let icon = Signal::derive(move || {
        component.with(|component| {
            component.as_ref().map_or("container", |(_, component)| implementation_icon(&component.implementation))
        })
    });
    let words = move || {
        component.with(|component| match component {
            None => String::from(t!("Component not found")),
            Some((_, component)) => {
                let kind = implementation_words(&component.implementation);
                let (inputs, outputs) = (component.inputs.len(), component.outputs.len());
                format!("{kind}, {}, {}", inputs_words(inputs), outputs_words(outputs))
            }
        })
    };
    let python = Memo::new(move |_| {
        component.with(|component| {
            component
                .as_ref()
                .is_some_and(|(_, component)| matches!(component.implementation, Implementation::Python(_)))
        })
    });
    let script = Memo::new(move |_| {
        component.with(|component| component.as_ref().is_some_and(|(_, component)| script_of(component).is_some()))
    });
    let description =
        move || component.with(|component| component.as_ref().and_then(|(_, component)| component.description.clone()));
    let act = {
        let store = store.clone();
        move |action: EditorAction| {
            let store = store.clone();
            move |_| store.dispatch(action.clone())
        }
    };
    let (duplicate, remove) = (act(EditorAction::Duplicate), act(EditorAction::Delete));
    let (duplicate, remove) = (StoredValue::new_local(duplicate), StoredValue::new_local(remove));
    let title = name.clone();
    let pane = move || {
        let (store, name) = (store.clone(), name.clone());
        match tab.get() {
            "yaml" => more(store, More::Text(name)),
            "try" => more(store, More::Try(name)),
            "component" => more(store, More::Component(name)),
            "code" if script.get() => more(store, More::Script(name)),
            "code" => more(store, More::Code(name)),
            _ => view! { <TaskTab store=store name=name /> }.into_any(),
        }
    };
    view! {
        <div class="ihead">
            <Icon name=icon />
            <b class="cut" data-testid="inspector-title">{title}</b>
            <span class="with-icon" class:folded=looks>
                <button class="btn quiet small icon" title=t!("More") aria-label=t!("More") on:click=move |event| menu.set(below(&event))><Icon name="more" /></button>
            </span>
            <p title=description>{words}</p>
        </div>
        <Menu place=menu label=t!("Task")>
            <button role="menuitem" on:click=move |_| duplicate.with_value(|duplicate| duplicate(()))>{t!("Duplicate")}<span class="menu-key">"Ctrl D"</span></button>
            <button role="menuitem" on:click=move |_| remove.with_value(|remove| remove(()))>{t!("Delete")}<span class="menu-key">"Del"</span></button>
        </Menu>
        <div class="tabs" role="tablist">
            {select("task", t!("Task"))} {select("component", t!("Component"))}
            <Show when=move || python.get() || script.get()>{select("code", t!("Code"))}</Show>
            {select("yaml", "YAML")}
            {(!looks).then(|| select("try", t!("Try it")))}
        </div>
        <fieldset class="contents" disabled=looks>{pane}</fieldset>
    }
}

#[component]
fn TaskTab(store: DocumentStore, name: String) -> impl IntoView {
    let component = component_memo(&store, &name);
    let inputs = Memo::new(move |_| {
        component.with(|component| component.as_ref().map(|(_, component)| ports(component).inputs).unwrap_or_default())
    });
    let rows = {
        let (store, name) = (store.clone(), name.clone());
        move || {
            let rows = inputs
                .get()
                .into_iter()
                .map(|input| view! { <ArgumentRow store=store.clone() task=name.clone() input=input /> });
            rows.collect_view()
        }
    };
    let rename = {
        let (store, name) = (store.clone(), name.clone());
        Callback::new(move |new: String| {
            edit(&store, EditCommand::Rename { record: RecordId::Task(name.clone()), name: new.clone() })?;
            // The panel follows the task to its new name.
            store.dispatch(EditorAction::Choose(Item::Task(new), dagwright_editor::selection::Choose::Only));
            Ok(())
        })
    };
    let shown = name.clone();
    view! {
        <div class="scroll">
            <section class="sect">
                <h3>{t!("Task")}</h3>
                <div class="frow two"><label>{t!("Name")}</label><span class="stack"><TextField value=Signal::derive(move || shown.clone()) set=rename label=t!("Task name") /></span></div>
            </section>
            <section class="sect">
                <h3>{t!("Inputs")}</h3>
                {rows}
                <Show when=move || inputs.with(Vec::is_empty)><p class="empty-line">{t!("This component has no inputs.")}</p></Show>
            </section>
            <ResourcesSection store=store.clone() tasks=vec![name.clone()] />
            <EnvironmentSection store=store.clone() task=name.clone() />
            <MountsSection store=store.clone() task=name.clone() />
            <FailureSection store=store.clone() tasks=vec![name.clone()] />
            <AfterSection store=store task=name />
        </div>
    }
}

/// Order without data.
#[component]
fn AfterSection(store: DocumentStore, task: String) -> impl IntoView {
    let record = task_memo(&store, &task);
    let menu = RwSignal::new(None as MenuPlace);
    let candidates = {
        let (store, task) = (store.clone(), task.clone());
        move || {
            store.with(|pipeline| {
                let graph = TaskGraph::new(&pipeline.graph);
                let after =
                    record.with(|record| record.as_ref().map(|record| record.after.clone()).unwrap_or_default());
                let free = pipeline
                    .graph
                    .tasks
                    .keys()
                    .filter(|other| **other != task && !after.contains(other) && !graph.would_cycle(other, &task));
                free.cloned().collect::<Vec<_>>()
            })
        }
    };
    let add = {
        let (store, task) = (store.clone(), task.clone());
        move |before: String| edit_or_tell(&store, EditCommand::AddAfter { task: task.clone(), before })
    };
    let remove = move |before: String| edit_or_tell(&store, EditCommand::RemoveAfter { task: task.clone(), before });
    let chips = move || {
        let remove = remove.clone();
        let after = record.with(|record| record.as_ref().map(|record| record.after.clone()).unwrap_or_default());
        let chips = after.into_iter().map(move |before| {
            let (remove, name) = (remove.clone(), before.clone());
            view! {
                <span class="chip">{before}<button aria-label=t!("Remove") on:click=move |_| remove(name.clone())><SmallIcon name="close" /></button></span>
            }
        });
        chips.collect_view()
    };
    let none = move || record.with(|record| record.as_ref().is_none_or(|record| record.after.is_empty()));
    let candidates = StoredValue::new_local(candidates);
    let add = StoredValue::new_local(add);
    view! {
        <section class="sect last">
            <h3>{t!("Runs after")}<button class="btn quiet small icon" title=t!("Add a task to wait for") aria-label=t!("Add a task to wait for") on:click=move |event| menu.set(below(&event))><Icon name="plus" /></button></h3>
            <div class="chip-row">{chips}</div>
            <Show when=none><p class="empty-line">{t!("Only what its wires say.")}</p></Show>
            <Menu place=menu label=t!("Tasks to wait for")>
                {move || {
                    let list = candidates.with_value(|candidates| candidates());
                    if list.is_empty() {
                        return view! { <h4>{t!("No other task can come before it")}</h4> }.into_any();
                    }
                    list.into_iter().map(|name| {
                        let before = name.clone();
                        view! { <button role="menuitem" on:click=move |_| add.with_value(|add| add(before.clone()))>{name}</button> }
                    }).collect_view().into_any()
                }}
            </Menu>
        </section>
    }
}
