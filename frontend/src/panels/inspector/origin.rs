//! Where a component came from, and whether it is still as it is there: what would change, and taking it for one task or for all.

use crate::panels::editing::{component_memo, edit_or_tell, editable};
use crate::store::document_store::DocumentStore;
use crate::ui::icon::SmallIcon;
use dagwright_shared::component::{Component, Implementation};
use dagwright_shared::pipeline::digest::same_component;
use dagwright_shared::pipeline::edit::{EditCommand, ReplaceScope};
use dagwright_shared::pipeline::origin::Origin;
use leptos::prelude::*;

fn image(component: &Component) -> &str {
    match &component.implementation {
        Implementation::Container(container) => &container.image,
        Implementation::Python(python) => &python.image,
        Implementation::Graph(_) | Implementation::Unknown(_) => "",
    }
}

/// What taking the other one would change, a line each.
fn changes(now: &Component, there: &Component) -> Vec<String> {
    let mut lines = Vec::new();
    let mut ports = |side: &str, old: Vec<&str>, new: Vec<&str>| {
        lines.extend(new.iter().filter(|name| !old.contains(name)).map(|name| format!("{side} {name} comes")));
        lines.extend(old.iter().filter(|name| !new.contains(name)).map(|name| format!("{side} {name} goes")));
    };
    let inputs = [now, there].map(|component| component.inputs.iter().map(|port| port.name.as_str()).collect());
    let [old, new] = inputs;
    ports("input", old, new);
    let outputs = [now, there].map(|component| component.outputs.iter().map(|port| port.name.as_str()).collect());
    let [old, new] = outputs;
    ports("output", old, new);
    if image(now) != image(there) {
        lines.push(format!("image {} becomes {}", image(now), image(there)));
    }
    if lines.is_empty() {
        lines.push(String::from("what it runs, its types or its descriptions change"));
    }
    lines
}

/// A notice where the component is not what the palette has under its origin; nothing otherwise.
#[component]
pub fn OriginNotice(
    /// The document.
    store: DocumentStore,
    /// The task's name.
    task: String,
) -> impl IntoView {
    let component = component_memo(&store, &task);
    let catalogue = store.catalogue();
    let newer = Memo::new(move |_| {
        let there = component.with(|component| {
            let (_, component) = component.as_ref()?;
            let origin = component.origin.clone()?;
            let known = catalogue.get();
            let place = Origin::read(&origin).place;
            let is_there =
                |known: &&Component| known.origin.as_ref().is_some_and(|known| Origin::read(known).place == place);
            let there = known.iter().find(is_there).cloned()?;
            (!same_component(component, &there)).then(|| (changes(component, &there), there))
        });
        there.filter(|_| component.with(Option::is_some))
    });
    let users = {
        let store = store.clone();
        Memo::new(move |_| {
            let key = component.with(|component| component.as_ref().map(|(key, _)| key.clone()));
            store.with(|pipeline| {
                pipeline.graph.tasks.values().filter(|task| Some(&task.component) == key.as_ref()).count()
            })
        })
    };
    let take = {
        let store = store.clone();
        Callback::new(move |scope: ReplaceScope| {
            let there = newer.with_untracked(|newer| newer.as_ref().map(|(_, there)| there.clone()));
            let key = component.with_untracked(|component| component.as_ref().map(|(key, _)| key.clone()));
            if let (Some(there), Some(key)) = (there, key) {
                edit_or_tell(&store, EditCommand::ReplaceComponent { key, component: Box::new(there), scope });
            }
        })
    };
    let edits = editable(&store);
    let task = StoredValue::new(task);
    move || {
        newer.get().map(|(lines, _)| {
            let all = users.get();
            view! {
                <div class="notice outdated" role="status" data-testid="outdated">
                    <SmallIcon name="info" />
                    <div class="grow">
                        "It differs from the palette's. Taking that:"
                        <ul>{lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
                        {edits.then(|| view! {
                            <div class="button-row">
                                <button class="btn small" on:click=move |_| take.run(ReplaceScope::Task(task.get_value()))>"Take it here"</button>
                                {(all > 1).then(|| view! { <button class="btn small" on:click=move |_| take.run(ReplaceScope::EveryTask)>{format!("Take it for all {all}")}</button> })}
                            </div>
                        })}
                    </div>
                </div>
            }
        })
    }
}
