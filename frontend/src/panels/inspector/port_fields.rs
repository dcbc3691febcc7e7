//! Inputs and outputs of a container step: name, type, default. A rename follows into the command.

use super::component::ComponentEditing;
use crate::form::text_field::TextField;
use crate::ui::icon::{Icon, SmallIcon};
use dagwright_shared::component::{Component, Implementation, InputPort, OutputPort, Placeholder};
use dagwright_shared::types::{ParameterType, TypeSpec};
use dagwright_shared::values::{from_text, plain_text};
use dagwright_texts::t;
use leptos::prelude::*;

/// Types offered for a port, beside the parameter types.
const ARTIFACT_TYPES: [&str; 7] =
    ["Artifact", "Dataset", "Model", "Metrics", "ClassificationMetrics", "HTML", "Markdown"];

/// Both lists.
#[component]
pub fn PortsSection(editing: ComponentEditing) -> impl IntoView {
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
            <h3>{t!("Inputs")}<button class="btn quiet small icon" title=t!("Add an input") aria-label=t!("Add an input") on:click=add_input><Icon name="plus" /></button></h3>
            {move || (0..inputs.get()).map(|index| view! { <PortRow editing=editing side=PortSide::Input index=index /> }).collect_view()}
        </section>
        <section class="sect last">
            <h3>{t!("Outputs")}<button class="btn quiet small icon" title=t!("Add an output") aria-label=t!("Add an output") on:click=add_output><Icon name="plus" /></button></h3>
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
            return Err(String::from(t!("A port needs a name.")));
        }
        editing.change(|component| rename_port(component, side, index, name))
    });
    let set_type = move |event| {
        let name = event_target_value(&event);
        editing.change_or_tell(|component| match side {
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
            (!usual).then(|| if port.1.is_empty() { String::from(t!("untyped")) } else { port.1.clone() })
        })
    };
    view! {
        <div class="frow port-row">
            <span class="stack"><TextField value=Signal::derive(move || port.get().0) set=rename label=t!("Port name") /></span>
            <span class="field select"><select aria-label=t!("Port type") on:change=set_type>
                {move || unusual().map(|name| view! { <option selected>{name}</option> })}
                {options}
            </select></span>
            <button class="btn quiet small icon" title=t!("Remove") aria-label=t!("Remove the port") on:click=remove><SmallIcon name="close" /></button>
        </div>
        <Show when=takes_default>
            <div class="frow port-default">
                <label>{t!("Default")}</label>
                <span class="stack"><TextField value=default set=set_default label=t!("Port default") placeholder=t!("none") mono=true /></span>
            </div>
        </Show>
    }
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
