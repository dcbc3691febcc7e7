//! Where a component came from, and how it stands to what is there now: what taking that would change, for one task or for all.

use crate::panels::editing::{component_memo, edit_or_tell, editable};
use crate::store::document_store::DocumentStore;
use crate::ui::icon::SmallIcon;
use dagwright_shared::component::{Component, Implementation, PythonImplementation};
use dagwright_shared::pipeline::edit::{EditCommand, ReplaceScope};
use dagwright_shared::pipeline::origin::{Origin, Standing};
use dagwright_texts::t;
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
    let mut ports = |side: &str, old: Vec<(&str, String)>, new: Vec<(&str, String)>| {
        let form_of = |ports: &[(&str, String)], name: &str| {
            ports.iter().find(|(other, _)| *other == name).map(|(_, form)| form.clone())
        };
        for (name, form) in &new {
            match form_of(&old, name) {
                None => lines.push(t!("{side} {name} comes", side, name)),
                Some(before) if before != *form => {
                    lines.push(t!("{side} {name}: {before} becomes {form}", side, name, before, form))
                }
                Some(_) => {}
            }
        }
        lines.extend(
            old.iter()
                .filter(|(name, _)| form_of(&new, name).is_none())
                .map(|(name, _)| t!("{side} {name} goes", side, name)),
        );
    };
    let resolved = [now, there].map(dagwright_shared::ports::ports);
    let [old, new] = resolved.each_ref().map(|ports| {
        let form = |input: &dagwright_shared::ports::ResolvedInput| match &input.default {
            Some(default) => format!("{} = {default}", input.port_type.name()),
            None => String::from(input.port_type.name()),
        };
        ports.inputs.iter().map(|input| (input.name.as_str(), form(input))).collect()
    });
    ports(t!("input"), old, new);
    let [old, new] = resolved.each_ref().map(|ports| {
        ports.outputs.iter().map(|output| (output.name.as_str(), String::from(output.port_type.name()))).collect()
    });
    ports(t!("output"), old, new);
    if image(now) != image(there) {
        lines.push(t!("image {old} becomes {new}", old = image(now), new = image(there)));
    }
    match (&now.implementation, &there.implementation) {
        (Implementation::Python(now), Implementation::Python(there)) => lines.extend(python_changes(now, there)),
        (Implementation::Container(now), Implementation::Container(there)) => {
            let what = [
                (now.command != there.command, t!("command changes")),
                (now.args != there.args, t!("arguments changes")),
                (now.env != there.env, t!("environment changes")),
            ];
            lines.extend(what.iter().filter(|(differs, _)| *differs).map(|(_, word)| String::from(*word)));
        }
        _ => {}
    }
    if now.name != there.name {
        lines.push(t!("name {old} becomes {new}", old = now.name, new = there.name));
    }
    if lines.is_empty() {
        lines.push(String::from(t!("what it runs or its descriptions change")));
    }
    lines
}

fn python_changes(now: &PythonImplementation, there: &PythonImplementation) -> Vec<String> {
    let mut lines = Vec::new();
    if now.packages != there.packages {
        let words =
            |packages: &[String]| if packages.is_empty() { String::from(t!("none")) } else { packages.join(", ") };
        lines.push(t!("packages {old} become {new}", old = words(&now.packages), new = words(&there.packages)));
    }
    if now.source != there.source {
        let only =
            |one: &str, other: &str| one.lines().filter(|line| !other.lines().any(|known| known == *line)).count();
        lines.push(t!(
            "code: {more} lines come, {fewer} go",
            more = only(&there.source, &now.source),
            fewer = only(&now.source, &there.source)
        ));
    }
    lines
}

/// What is shown of it.
#[derive(Clone, PartialEq)]
struct Notice {
    standing: Standing,
    words: String,
    lines: Vec<String>,
    key: String,
    there: Component,
}

/// `version 3`, or nothing to tell it by.
fn version(component: &Component) -> Option<u32> {
    Origin::read(component.origin.as_deref()?).version
}

fn words(standing: Standing, now: &Component, there: &Component) -> String {
    let newer = match (version(now), version(there)) {
        (Some(now), Some(there)) if now != there => {
            t!("the palette has version {there}, this is version {now}", there, now)
        }
        _ => String::from(t!("the palette has a newer one")),
    };
    match standing {
        Standing::Current => String::new(),
        Standing::Outdated => t!("Outdated: {newer}. Updating:", newer),
        Standing::Changed => {
            String::from(t!("Changed here since it was taken from the palette. Taking the palette's back:"))
        }
        Standing::OutdatedAndChanged => {
            t!("Outdated, and changed here: {newer}. Updating gives up what was changed here:", newer)
        }
        Standing::Differs => String::from(t!("It differs from the palette's. Taking that:")),
    }
}

/// A notice where the component is not what the palette has where it came from; nothing otherwise.
#[component]
pub fn OriginNotice(
    /// The document.
    store: DocumentStore,
    /// The task's name.
    task: String,
) -> impl IntoView {
    let component = component_memo(&store, &task);
    let catalogue = store.catalogue();
    let notice = Memo::new(move |_| {
        let catalogue = catalogue.get();
        component.with(|component| {
            let (key, component) = component.as_ref()?;
            let standing = catalogue.standing(component).filter(|standing| *standing != Standing::Current)?;
            let there = catalogue.there(component)?.clone();
            let (words, lines) = (words(standing, component, &there), changes(component, &there));
            Some(Notice { standing, words, lines, key: key.clone(), there })
        })
    });
    // All that came from the same place and are not what is there now, copies that were made for one task too.
    let behind = {
        let store = store.clone();
        Memo::new(move |_| {
            let catalogue = store.catalogue().get();
            component.with(|component| {
                let Some((_, component)) = component else { return (Vec::new(), 0) };
                store.with(|pipeline| {
                    let keys = catalogue.behind(&pipeline.graph, component);
                    let tasks = pipeline.graph.tasks.values().filter(|task| keys.contains(&task.component)).count();
                    (keys, tasks)
                })
            })
        })
    };
    let edits = editable(&store);
    let (store, task) = (StoredValue::new(store), StoredValue::new(task));
    let here = move |_| {
        if let Some(Notice { key, there, .. }) = notice.get_untracked() {
            let scope = ReplaceScope::Task(task.get_value());
            store.with_value(|store| {
                edit_or_tell(store, EditCommand::ReplaceComponent { key, component: Box::new(there), scope })
            });
        }
    };
    let all = move |_| {
        let (keys, _) = behind.get_untracked();
        store.with_value(|store| {
            let catalogue = store.catalogue().get_untracked();
            let update = store.with_untracked(|pipeline| catalogue.update(&pipeline.graph, keys));
            edit_or_tell(store, update);
        });
    };
    move || {
        notice.get().map(|Notice { standing, words, lines, .. }| {
            let outdated = standing.is_outdated();
            let several = move |count| if outdated { t!("Update all {count}", count) } else { t!("Take it for all {count}", count) };
            let one = if outdated { t!("Update this task") } else { t!("Take it here") };
            let (mark, icon) = match standing {
                Standing::Changed => ("changed", "info"),
                Standing::Differs => ("differs", "info"),
                _ => ("outdated", "rerun"),
            };
            view! {
                <div class="notice outdated" role="status" data-testid="outdated" data-standing=mark>
                    <SmallIcon name=icon />
                    <div class="grow">
                        {words}
                        <ul>{lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
                        {edits.then(|| view! {
                            <div class="button-row">
                                <button class="btn small" on:click=here>{one}</button>
                                {move || (behind.get().1 > 1).then(|| view! { <button class="btn small" on:click=all>{several(behind.get().1)}</button> })}
                            </div>
                        })}
                    </div>
                </div>
            }
        })
    }
}
