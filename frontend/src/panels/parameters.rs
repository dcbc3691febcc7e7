//! Pipeline parameters: the list below the palette, and the fields of one.

use crate::form::text_field::TextField;
use crate::form::value_field::{FieldRules, ValueField};
use crate::panels::editing::{edit, edit_or_tell, parameters_memo};
use crate::store::document_store::DocumentStore;
use crate::ui::dialog::Dialog;
use crate::ui::icon::Icon;
use crate::viewers::output::type_class;
use dagwright_editor::action::{EditorAction, NewItem};
use dagwright_shared::pipeline::Parameter;
use dagwright_shared::pipeline::edit::EditCommand;
use dagwright_shared::pipeline::record::RecordId;
use dagwright_shared::types::{ParameterType, TypeSpec};
use dagwright_shared::values::{ValueRules, from_text, parameter_port_type, plain_text};
use dagwright_texts::t;
use leptos::prelude::*;
use serde_json::Value;

const ARTIFACT_TYPES: [&str; 3] = ["Artifact", "Dataset", "Model"];

/// The list.
#[component]
pub fn ParameterList(
    /// The document.
    store: DocumentStore,
) -> impl IntoView {
    let parameters = parameters_memo(&store);
    let open = RwSignal::new(None::<String>);
    let add = {
        let store = store.clone();
        move |_| {
            let taken = parameters
                .with_untracked(|parameters| parameters.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>());
            let name = (1..)
                .map(|number| if number == 1 { String::from("parameter") } else { format!("parameter_{number}") })
                .find(|name| !taken.contains(name));
            let name = name.unwrap_or_default();
            let parameter = Parameter {
                type_spec: Some(TypeSpec::Named(String::from("String"))),
                default: Some(Value::from("")),
                ..Parameter::default()
            };
            edit_or_tell(&store, EditCommand::SetParameter { name: name.clone(), parameter: Box::new(parameter) });
            open.set(Some(name));
        }
    };
    let rows = {
        let store = store.clone();
        move || {
            let row = |(name, parameter): (String, Parameter)| {
                let mark = format!("dot {}", type_class(&parameter_port_type(&parameter)));
                let value = parameter.default.as_ref().map(plain_text).unwrap_or_default();
                let (drag, store) = (name.clone(), store.clone());
                let label = name.clone();
                view! {
                    <button
                        class="param"
                        data-parameter=name.clone()
                        title=parameter.description.clone().unwrap_or_default()
                        on:pointerdown=move |event| if event.button() == 0 { store.dispatch(EditorAction::BeginDrag(NewItem::Parameter(drag.clone()))) }
                        on:click=move |_| open.set(Some(name.clone()))
                    >
                        <i class=mark></i>
                        <span class="cut">{label}<small>{parameter_port_type(&parameter).name().to_owned()}</small></span>
                        <span class="val cut">{value}</span>
                    </button>
                }
            };
            parameters.get().into_iter().map(row).collect_view()
        }
    };
    view! {
        <section class="params" aria-label=t!("Pipeline parameters")>
            <h3 class="panel-head">
                {t!("Parameters")}<span class="grow"></span>
                <button class="btn quiet small icon" title=t!("Add a parameter") aria-label=t!("Add a parameter") on:click=add><Icon name="plus" /></button>
            </h3>
            <div class="param-rows">{rows}</div>
            <Show when=move || parameters.with(Vec::is_empty)><p class="empty-line">{t!("Values asked for at every run.")}</p></Show>
            {move || open.get().map(|name| view! { <ParameterDialog store=store.clone() name=name open=open /> })}
        </section>
    }
}

#[component]
fn ParameterDialog(store: DocumentStore, name: String, open: RwSignal<Option<String>>) -> impl IntoView {
    let current = {
        let (store, name) = (store.clone(), name.clone());
        Memo::new(move |_| store.with(|pipeline| pipeline.graph.parameters.get(&name).cloned()).unwrap_or_default())
    };
    let put = {
        let (store, name) = (store.clone(), name.clone());
        Callback::new(move |parameter: Parameter| {
            edit(&store, EditCommand::SetParameter { name: name.clone(), parameter: Box::new(parameter) })
        })
    };
    let tell = move |parameter: Parameter| {
        if let Err(problem) = put.run(parameter) {
            crate::ui::toast::toast(problem);
        }
    };
    let rename = {
        let (store, name) = (store.clone(), name.clone());
        Callback::new(move |new: String| {
            edit(&store, EditCommand::Rename { record: RecordId::Parameter(name.clone()), name: new.clone() })?;
            open.set(Some(new));
            Ok(())
        })
    };
    let set_type = move |event| {
        let type_name = event_target_value(&event);
        let old = current.get_untracked();
        // The default goes along where it can be read as the new type.
        let default = old
            .default
            .as_ref()
            .map(plain_text)
            .and_then(|text| from_text(&text, ParameterType::from_name(&type_name)?).ok());
        tell(Parameter {
            type_spec: Some(TypeSpec::Named(type_name)),
            default,
            choices: Vec::new(),
            minimum: None,
            maximum: None,
            ..old
        });
    };
    let type_name = move || current.with(|parameter| parameter_port_type(parameter).name().to_owned());
    let kind = Memo::new(move |_| {
        current.with(|parameter| match parameter_port_type(parameter) {
            dagwright_shared::types::PortType::Parameter(kind) => Some(kind),
            dagwright_shared::types::PortType::Artifact(_) => None,
        })
    });
    let numeric = move || matches!(kind.get(), Some(ParameterType::Integer | ParameterType::Double));
    let plain = move || matches!(kind.get(), Some(ParameterType::String));
    let rules = Memo::new(move |_| {
        current.with(|parameter| {
            ValueRules::of_parameter(parameter)
                .map(|rules| FieldRules { default: None, ..FieldRules::from_rules(&rules) })
        })
    });
    let default_field = move || {
        rules.get().map(|rules| {
        let value = Signal::derive(move || current.with(|parameter| parameter.default.clone()));
        let set = Callback::new(move |value: Option<Value>| tell(Parameter { default: value, ..current.get_untracked() }));
        view! { <div class="frow"><label>{t!("Default")}</label><span class="stack"><ValueField rules=rules value=value set=set label=t!("Default") /></span></div> }
    })
    };
    let bound = move |read: fn(&Parameter) -> Option<f64>| {
        Signal::derive(move || {
            current.with(|parameter| read(parameter).map(|number| number.to_string()).unwrap_or_default())
        })
    };
    let set_bound = move |write: fn(&mut Parameter, Option<f64>)| {
        Callback::new(move |text: String| {
            let number = if text.trim().is_empty() {
                None
            } else {
                Some(text.trim().parse::<f64>().map_err(|_| String::from("A number."))?)
            };
            let mut parameter = current.get_untracked();
            write(&mut parameter, number);
            put.run(parameter)
        })
    };
    let description =
        Signal::derive(move || current.with(|parameter| parameter.description.clone().unwrap_or_default()));
    let set_description = Callback::new(move |text: String| {
        put.run(Parameter { description: Some(text).filter(|text| !text.is_empty()), ..current.get_untracked() })
    });
    let choices = Signal::derive(move || {
        current.with(|parameter| parameter.choices.iter().map(plain_text).collect::<Vec<_>>().join(", "))
    });
    let set_choices = Callback::new(move |text: String| {
        let choices = text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect();
        put.run(Parameter { choices, ..current.get_untracked() })
    });
    let remove = {
        let name = name.clone();
        move |_| {
            open.set(None);
            edit_or_tell(&store, EditCommand::Remove { records: vec![RecordId::Parameter(name.clone())] });
        }
    };
    let shown = name.clone();
    let close = Callback::new(move |()| open.set(None));
    let options = ParameterType::ALL.map(ParameterType::name).into_iter().chain(ARTIFACT_TYPES);
    view! {
        <Dialog title=t!("Pipeline parameter") close=close>
            <div class="body">
                <div class="frow"><label>{t!("Name")}</label><span class="stack"><TextField value=Signal::derive(move || shown.clone()) set=rename label=t!("Parameter name") /></span></div>
                <div class="frow"><label>{t!("Type")}</label><span class="field select"><select aria-label=t!("Parameter type") on:change=set_type>
                    {options.map(|option| view! { <option value=option selected=move || type_name() == option>{option}</option> }).collect_view()}
                </select></span></div>
                {default_field}
                <Show when=plain><div class="frow"><label>{t!("Choices")}<small>{t!("separated by commas")}</small></label><span class="stack"><TextField value=choices set=set_choices label=t!("Choices") placeholder=t!("any") /></span></div></Show>
                <Show when=numeric>
                    <div class="frow"><label>{t!("Limits")}</label><span class="pair">
                        <span class="stack"><TextField value=bound(|parameter| parameter.minimum) set=set_bound(|parameter, number| parameter.minimum = number) label=t!("Smallest") placeholder=t!("no smallest") /></span>
                        <span class="stack"><TextField value=bound(|parameter| parameter.maximum) set=set_bound(|parameter, number| parameter.maximum = number) label=t!("Largest") placeholder=t!("no largest") /></span>
                    </span></div>
                </Show>
                <div class="frow"><label>{t!("Description")}</label><span class="stack"><TextField value=description set=set_description label=t!("Parameter description") /></span></div>
            </div>
            <footer role="presentation">
                <button class="btn danger" on:click=remove>{t!("Delete")}</button><span class="grow"></span>
                <button class="btn primary" on:click=move |_| close.run(())>{t!("Done")}</button>
            </footer>
        </Dialog>
    }
}
