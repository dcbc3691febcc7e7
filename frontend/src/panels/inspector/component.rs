//! The component of a task: image, command, arguments, packages, ports. An edit here changes every task that uses it.

use crate::form::text_field::TextField;
use crate::panels::editing::{component_memo, edit};
use crate::store::document_store::DocumentStore;
use crate::ui::icon::{Icon, SmallIcon};
use dagwright_shared::component::{
    Component, ContainerImplementation, Implementation, InputPort, OutputPort, Placeholder,
};
use dagwright_shared::pipeline::edit::{EditCommand, ReplaceScope};
use dagwright_shared::types::{ParameterType, TypeSpec};
use dagwright_shared::values::{from_text, plain_text};
use leptos::prelude::*;
use serde_json::Value;

/// Types offered for a port, beside the parameter types.
const ARTIFACT_TYPES: [&str; 7] =
    ["Artifact", "Dataset", "Model", "Metrics", "ClassificationMetrics", "HTML", "Markdown"];

/// A component being edited: reads it, and replaces it as a whole.
#[derive(Clone, Copy)]
pub struct ComponentEditing {
    component: Memo<Option<(String, Component)>>,
    replace: Callback<(String, Component), Result<(), String>>,
}

impl ComponentEditing {
    /// Of a task's component.
    pub fn new(store: &DocumentStore, task: &str) -> Self {
        let component = component_memo(store, task);
        let store = store.clone();
        let replace = Callback::new(move |(key, component): (String, Component)| {
            edit(
                &store,
                EditCommand::ReplaceComponent { key, component: Box::new(component), scope: ReplaceScope::EveryTask },
            )
        });
        Self { component, replace }
    }

    /// Reads it, subscribing.
    pub fn read<T: Default>(&self, read: impl FnOnce(&Component) -> T) -> T {
        self.component.with(|component| component.as_ref().map(|(_, component)| read(component)).unwrap_or_default())
    }

    /// Changes a copy and puts it in place.
    pub fn change(&self, change: impl FnOnce(&mut Component)) -> Result<(), String> {
        let Some((key, mut component)) = self.component.get_untracked() else {
            return Err(String::from("The component is not there any more."));
        };
        change(&mut component);
        // Nothing changed is no step to undo.
        if self.component.with_untracked(|known| known.as_ref().is_some_and(|(_, known)| *known == component)) {
            return Ok(());
        }
        self.replace.run((key, component))
    }

    /// Changes it where there is no place for the words of a refusal.
    pub fn change_or_tell(&self, change: impl FnOnce(&mut Component)) {
        if let Err(problem) = self.change(change) {
            crate::ui::toast::toast(problem);
        }
    }
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
    view! {
        <div class="scroll">
            <Show when=move || kind.get() != "missing" fallback=|| view! { <p class="empty-line padded">"Component not found. Undo, or delete the task."</p> }>
                <section class="sect">
                    <h3>"Component"</h3>
                    <div class="frow two"><label>"Name"</label><span class="stack"><TextField value=name set=set_name label="Component name" /></span></div>
                    <div class="frow two"><label>"Description"</label><span class="stack"><TextField value=description set=set_description label="Component description" /></span></div>
                    {move || origin().map(|origin| view! { <div class="frow two"><label>"From"</label><span class="mono faint cut">{origin}</span></div> })}
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

fn container(component: &Component) -> Option<&ContainerImplementation> {
    match &component.implementation {
        Implementation::Container(container) => Some(container),
        _ => None,
    }
}

fn container_mut(component: &mut Component) -> Option<&mut ContainerImplementation> {
    match &mut component.implementation {
        Implementation::Container(container) => Some(container),
        _ => None,
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
            <h3>"Runs in"</h3>
            <div class="frow two"><label>"Image"</label><span class="stack"><TextField value=image set=set_image label="Image" mono=true placeholder="python:3.11-slim" /></span></div>
        </section>
        <CommandLine editing=editing part=Part::Command />
        <CommandLine editing=editing part=Part::Arguments />
    }
}

/// Which of the two lists.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Command,
    Arguments,
}

impl Part {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Command => ("Command", "What is started"),
            Self::Arguments => ("Arguments", "One a row"),
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
        Placeholder::Concat(_) => ("other", String::from("concat, edited in the file")),
        Placeholder::If { .. } => ("other", String::from("if, edited in the file")),
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

#[component]
fn CommandLine(editing: ComponentEditing, part: Part) -> impl IntoView {
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
            <h3>{title}<button class="btn quiet small icon" title="Add a row" aria-label=format!("Add to {title}") on:click=add><Icon name="plus" /></button></h3>
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
            <span class="field select"><select aria-label="Form" on:change=set_form>
                {[("text", "Text"), ("value", "Value of"), ("path", "File of"), ("output", "Output")].map(|(value, words)| view! {
                    <option value=value selected=move || form.get() == value>{words}</option>
                })}
                <Show when=move || form.get() == "other"><option value="other" selected>"…"</option></Show>
            </select></span>
            <span class="stack">{field}</span>
            <button class="btn quiet small icon" title="Remove" aria-label="Remove the row" on:click=remove><SmallIcon name="close" /></button>
        </div>
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
            <h3>"Runs in"</h3>
            <div class="frow two"><label>"Image"</label><span class="stack">
                <TextField value=python(|python| python.image.clone()) set=set(|python, text| python.image = text.trim().to_owned()) label="Image" mono=true placeholder="python:3.11-slim" /></span></div>
            <div class="frow two"><label>"Packages"</label><span class="stack">
                <TextField
                    value=python(|python| python.packages.join(", "))
                    set=set(|python, text| python.packages = text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
                    label="Packages" mono=true placeholder="scikit-learn==1.7.2, …" /></span></div>
            <div class="frow two"><label>"Function"</label><span class="stack">
                <TextField value=python(|python| python.function.clone()) set=set(|python, text| python.function = text.trim().to_owned()) label="Function" mono=true /></span></div>
            <p class="hint">"Its inputs and outputs come from the function's signature, under Code."</p>
        </section>
    }
}

#[component]
fn PortsSection(editing: ComponentEditing) -> impl IntoView {
    let inputs = Memo::new(move |_| editing.read(|component| component.inputs.len()));
    let outputs = Memo::new(move |_| editing.read(|component| component.outputs.len()));
    let free = |names: Vec<String>, base: &str| {
        (1..)
            .map(|number| if number == 1 { base.to_owned() } else { format!("{base}_{number}") })
            .find(|name| !names.contains(name))
            .unwrap_or_default()
    };
    let add_input = move |_| {
        editing.change_or_tell(|component| {
            let name = free(component.inputs.iter().map(|port| port.name.clone()).collect(), "input");
            component.inputs.push(InputPort {
                name,
                type_spec: Some(TypeSpec::Named(String::from("String"))),
                ..InputPort::default()
            });
        });
    };
    let add_output = move |_| {
        editing.change_or_tell(|component| {
            let name = free(component.outputs.iter().map(|port| port.name.clone()).collect(), "output");
            component.outputs.push(OutputPort {
                name,
                type_spec: Some(TypeSpec::Named(String::from("String"))),
                ..OutputPort::default()
            });
        });
    };
    view! {
        <section class="sect">
            <h3>"Inputs"<button class="btn quiet small icon" title="Add an input" aria-label="Add an input" on:click=add_input><Icon name="plus" /></button></h3>
            {move || (0..inputs.get()).map(|index| view! { <PortRow editing=editing side=PortSide::Input index=index /> }).collect_view()}
        </section>
        <section class="sect last">
            <h3>"Outputs"<button class="btn quiet small icon" title="Add an output" aria-label="Add an output" on:click=add_output><Icon name="plus" /></button></h3>
            {move || (0..outputs.get()).map(|index| view! { <PortRow editing=editing side=PortSide::Output index=index /> }).collect_view()}
        </section>
    }
}

#[derive(Clone, Copy, PartialEq)]
enum PortSide {
    Input,
    Output,
}

#[component]
fn PortRow(editing: ComponentEditing, side: PortSide, index: usize) -> impl IntoView {
    let read = move |component: &Component| {
        let (name, spec) = match side {
            PortSide::Input => component.inputs.get(index).map(|port| (port.name.clone(), port.type_spec.clone())),
            PortSide::Output => component.outputs.get(index).map(|port| (port.name.clone(), port.type_spec.clone())),
        }
        .unwrap_or_default();
        (name, spec.map(|spec| spec.name().to_owned()).unwrap_or_default())
    };
    let port = Memo::new(move |_| editing.read(read));
    let rename = Callback::new(move |name: String| {
        if name.trim().is_empty() {
            return Err(String::from("A port needs a name."));
        }
        editing.change(|component| rename_port(component, side, index, name))
    });
    let set_type = move |event| {
        let name = event_target_value(&event);
        editing.change_or_tell(|component| match side {
<<<<<<< HEAD
            PortSide::Input => drop(component.inputs.get_mut(index).map(|port| retype(port, spec))),
            PortSide::Output => drop(component.outputs.get_mut(index).map(|port| port.type_spec = spec)),
=======
            PortSide::Input => {
                if let Some(port) = component.inputs.get_mut(index) {
                    // The default goes along where it can be read as the new type.
                    let text = port.default.take().map(|default| plain_text(&default));
                    port.default = text.and_then(|text| from_text(&text, ParameterType::from_name(&name)?).ok());
                    port.type_spec = Some(TypeSpec::Named(name));
                }
            }
            PortSide::Output => {
                if let Some(port) = component.outputs.get_mut(index) {
                    port.type_spec = Some(TypeSpec::Named(name));
                }
            }
>>>>>>> 1e38e57 (Enter takes a text, Shift Enter adds a line; ports of a container step have defaults; the journey tells why a run failed)
        });
    };
    let default = Signal::derive(move || {
        editing.read(|component| {
            component.inputs.get(index).and_then(|port| port.default.as_ref()).map(plain_text).unwrap_or_default()
        })
    });
    let set_default = Callback::new(move |text: String| {
        let kind = port.with_untracked(|port| ParameterType::from_name(&port.1)).unwrap_or(ParameterType::String);
        let value = if text.is_empty() {
            None
        } else {
            Some(from_text(&text, kind).map_err(|problem| String::from(problem.message()))?)
        };
        editing.change(|component| {
            if let Some(port) = component.inputs.get_mut(index) {
                port.default = value;
            }
        })
    });
    let takes_default =
        move || side == PortSide::Input && port.with(|port| ParameterType::from_name(&port.1).is_some());
    let remove = move |_| {
        editing.change_or_tell(|component| match side {
            PortSide::Input if index < component.inputs.len() => drop(component.inputs.remove(index)),
            PortSide::Output if index < component.outputs.len() => drop(component.outputs.remove(index)),
            _ => {}
        });
    };
    let names = ParameterType::ALL.map(ParameterType::name).into_iter().chain(ARTIFACT_TYPES);
    let options = names
        .map(|name| view! { <option value=name selected=move || port.with(|port| port.1 == name)>{name}</option> })
        .collect_view();
    let unusual = move || {
        port.with(|port| {
            let usual = ParameterType::ALL.iter().any(|known| known.name() == port.1)
                || ARTIFACT_TYPES.contains(&port.1.as_str());
            (!usual).then(|| if port.1.is_empty() { String::from("untyped") } else { port.1.clone() })
        })
    };
    view! {
        <div class="frow port-row">
            <span class="stack"><TextField value=Signal::derive(move || port.get().0) set=rename label="Port name" /></span>
            <span class="field select"><select aria-label="Port type" on:change=set_type>
                {move || unusual().map(|name| view! { <option selected>{name}</option> })}
                {options}
            </select></span>
            <button class="btn quiet small icon" title="Remove" aria-label="Remove the port" on:click=remove><SmallIcon name="close" /></button>
        </div>
        <Show when=takes_default>
            <div class="frow port-default">
                <label>"Default"</label>
                <span class="stack"><TextField value=default set=set_default label="Port default" placeholder="none" mono=true /></span>
            </div>
        </Show>
    }
}

/// Gives an input another type. The default goes along where it can be read as one, for it has no field of its own here.
fn retype(port: &mut InputPort, spec: Option<TypeSpec>) {
    let kind = spec.as_ref().and_then(|spec| ParameterType::from_name(spec.name()));
    let read = |default: &Value| from_text(&plain_text(default), kind?).ok();
    port.default = port.default.as_ref().and_then(read);
    port.type_spec = spec;
}

/// Renames a port where it is declared and where the command names it.
fn rename_port(component: &mut Component, side: PortSide, index: usize, name: String) {
    let old = match side {
        PortSide::Input => component.inputs.get_mut(index).map(|port| std::mem::replace(&mut port.name, name.clone())),
        PortSide::Output => {
            component.outputs.get_mut(index).map(|port| std::mem::replace(&mut port.name, name.clone()))
        }
    };
    let Some(old) = old else { return };
    if let Implementation::Container(container) = &mut component.implementation {
        for placeholder in container.command.iter_mut().chain(&mut container.args) {
            rename_in(placeholder, side, &old, &name);
        }
    }
}

fn rename_in(placeholder: &mut Placeholder, side: PortSide, old: &str, name: &str) {
    match placeholder {
        Placeholder::InputValue(port) | Placeholder::InputPath(port) if side == PortSide::Input && port == old => {
            *port = name.to_owned()
        }
        Placeholder::OutputPath(port) if side == PortSide::Output && port == old => *port = name.to_owned(),
        Placeholder::Concat(pieces) => pieces.iter_mut().for_each(|piece| rename_in(piece, side, old, name)),
        Placeholder::If { then, otherwise, .. } => {
            then.iter_mut().chain(otherwise).for_each(|piece| rename_in(piece, side, old, name))
        }
        _ => {}
    }
}
