//! Command and arguments of a container step: a row an argument, each a text or a port's value, file or output.

use super::component::ComponentEditing;
use crate::form::text_field::TextField;
use crate::ui::icon::{Icon, SmallIcon};
use dagwright_shared::component::{Component, ContainerImplementation, Implementation, Placeholder};
use dagwright_texts::t;
use leptos::prelude::*;

/// The container implementation, where it is one.
pub fn container(component: &Component) -> Option<&ContainerImplementation> {
    match &component.implementation {
        Implementation::Container(container) => Some(container),
        _ => None,
    }
}

/// The same, to be changed.
pub fn container_mut(component: &mut Component) -> Option<&mut ContainerImplementation> {
    match &mut component.implementation {
        Implementation::Container(container) => Some(container),
        _ => None,
    }
}

/// Which of the two lists.
#[derive(Clone, Copy, PartialEq)]
pub enum Part {
    /// The entry point.
    Command,
    /// What follows it.
    Arguments,
}

impl Part {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Command => (t!("Command"), t!("What is started")),
            Self::Arguments => (t!("Arguments"), t!("One a row")),
        }
    }

    fn list(self, container: &ContainerImplementation) -> &Vec<Placeholder> {
        match self {
            Self::Command => &container.command,
            Self::Arguments => &container.args,
        }
    }

    fn list_mut(self, container: &mut ContainerImplementation) -> &mut Vec<Placeholder> {
        match self {
            Self::Command => &mut container.command,
            Self::Arguments => &mut container.args,
        }
    }
}

/// The form of a row, and the text or port in it.
fn row_parts(placeholder: &Placeholder) -> (&'static str, String) {
    match placeholder {
        Placeholder::Text(text) => ("text", text.clone()),
        Placeholder::InputValue(port) => ("value", port.clone()),
        Placeholder::InputPath(port) => ("path", port.clone()),
        Placeholder::OutputPath(port) => ("output", port.clone()),
        Placeholder::Concat(_) => ("other", String::from(t!("concat, edited in the file"))),
        Placeholder::If { .. } => ("other", String::from(t!("if, edited in the file"))),
        Placeholder::Unknown(value) => ("other", value.to_string()),
    }
}

fn placeholder_of(form: &str, text: String) -> Placeholder {
    match form {
        "value" => Placeholder::InputValue(text),
        "path" => Placeholder::InputPath(text),
        "output" => Placeholder::OutputPath(text),
        _ => Placeholder::Text(text),
    }
}

/// One of the two lists, a row an argument.
#[component]
pub fn CommandLine(editing: ComponentEditing, part: Part) -> impl IntoView {
    let (title, hint) = part.words();
    let rows = Memo::new(move |_| {
        editing.read(|component| container(component).map(|container| part.list(container).clone()).unwrap_or_default())
    });
    let add = move |_| {
        editing.change_or_tell(|component| {
            if let Some(container) = container_mut(component) {
                part.list_mut(container).push(Placeholder::Text(String::new()));
            }
        });
    };
    let count = Memo::new(move |_| rows.with(Vec::len));
    view! {
        <section class="sect">
            <h3>{title}<button class="btn quiet small icon" title=t!("Add a row") aria-label=t!("Add to {list}", list = title) on:click=add><Icon name="plus" /></button></h3>
            {move || (0..count.get()).map(|index| view! { <CommandRow editing=editing part=part index=index rows=rows /> }).collect_view()}
            <Show when=move || count.get() == 0><p class="empty-line">{hint}</p></Show>
        </section>
    }
}

#[component]
fn CommandRow(editing: ComponentEditing, part: Part, index: usize, rows: Memo<Vec<Placeholder>>) -> impl IntoView {
    let parts = Memo::new(move |_| rows.with(|rows| rows.get(index).map(row_parts).unwrap_or(("text", String::new()))));
    let put = move |placeholder: Placeholder| {
        editing.change(|component| {
            let slot = container_mut(component).and_then(|container| part.list_mut(container).get_mut(index));
            if let Some(slot) = slot {
                *slot = placeholder;
            }
        })
    };
    let ports = move |outputs: &'static str| {
        editing.read(|component| {
            if parts.with(|parts| parts.0) == outputs {
                component.outputs.iter().map(|port| port.name.clone()).collect::<Vec<_>>()
            } else {
                component.inputs.iter().map(|port| port.name.clone()).collect()
            }
        })
    };
    let set_text = Callback::new(move |text: String| put(Placeholder::Text(text)));
    let set_form = move |event| {
        let form = event_target_value(&event);
        let first = editing.component.with_untracked(|component| {
            let component = component.as_ref().map(|(_, component)| component)?;
            if form == "output" {
                component.outputs.first().map(|port| port.name.clone())
            } else {
                component.inputs.first().map(|port| port.name.clone())
            }
        });
        let text = if form == "text" { String::new() } else { first.unwrap_or_default() };
        if let Err(problem) = put(placeholder_of(&form, text)) {
            crate::ui::toast::toast(problem);
        }
    };
    let set_port = move |event| {
        if let Err(problem) = put(placeholder_of(parts.get_untracked().0, event_target_value(&event))) {
            crate::ui::toast::toast(problem);
        }
    };
    let remove = move |_| {
        editing.change_or_tell(|component| {
            if let Some(container) = container_mut(component) {
                let list = part.list_mut(container);
                if index < list.len() {
                    list.remove(index);
                }
            }
        });
    };
    let label = format!("{} {}", part.words().0, index + 1);
    let form = Memo::new(move |_| parts.with(|parts| parts.0));
    let field = move || {
        match form.get() {
        "text" => view! { <TextField value=Signal::derive(move || parts.get().1) set=set_text label=label.clone() mono=true /> }.into_any(),
        "other" => view! { <span class="field"><span class="mono cut">{parts.get_untracked().1}</span></span> }.into_any(),
        _ => view! {
            <span class="field select"><select aria-label=label.clone() on:change=set_port>
                {move || { let current = parts.get().1; ports("output").into_iter().map(|name| { let is = name == current; view! { <option selected=is>{name}</option> } }).collect_view() }}
            </select></span>
        }.into_any(),
    }
    };
    view! {
        <div class="frow command-row">
            <span class="field select"><select aria-label=t!("Form") on:change=set_form>
                {[("text", t!("Text")), ("value", t!("Value of")), ("path", t!("File of")), ("output", t!("Output"))].map(|(value, words)| view! {
                    <option value=value selected=move || form.get() == value>{words}</option>
                })}
                <Show when=move || form.get() == "other"><option value="other" selected>"…"</option></Show>
            </select></span>
            <span class="stack">{field}</span>
            <button class="btn quiet small icon" title=t!("Remove") aria-label=t!("Remove the row") on:click=remove><SmallIcon name="close" /></button>
        </div>
    }
}
