//! One input of a task: a constant, a pipeline parameter, an upstream output, a text with values in it, or a stored file.

use crate::form::artifact_field::ArtifactField;
use crate::form::text_field::TextField;
use crate::form::value_field::{FieldRules, ValueField};
use crate::panels::editing::{edit, edit_or_tell, task_memo};
use crate::store::document_store::DocumentStore;
use crate::ui::icon::SmallIcon;
use crate::ui::menu::{Menu, MenuPlace, below};
use crate::viewers::output::type_class;
use dagwright_shared::graph::TaskGraph;
use dagwright_shared::pipeline::Argument;
use dagwright_shared::pipeline::edit::EditCommand;
use dagwright_shared::ports::{ResolvedInput, ports};
use dagwright_shared::types::PortType;
use dagwright_shared::values::{ValueRules, parameter_port_type};
use dagwright_texts::t;
use leptos::prelude::*;
use serde_json::Value;

/// What may feed the input: parameters and upstream outputs whose types fit and that close no circle.
#[derive(Clone, Debug, Default, PartialEq)]
struct Sources {
    parameters: Vec<String>,
    outputs: Vec<(String, String, PortType)>,
}

fn sources(store: &DocumentStore, task: &str, input: &ResolvedInput) -> Sources {
    store.with_untracked(|pipeline| {
        let graph = TaskGraph::new(&pipeline.graph);
        let fits = |from: &PortType| from.fits(&input.port_type);
        let parameters =
            pipeline.graph.parameters.iter().filter(|(_, parameter)| fits(&parameter_port_type(parameter)));
        let mut outputs = Vec::new();
        for (name, other) in &pipeline.graph.tasks {
            let Some(component) = pipeline.graph.components.get(&other.component) else { continue };
            if name == task || graph.would_cycle(name, task) {
                continue;
            }
            for output in ports(component).outputs.into_iter().filter(|output| fits(&output.port_type)) {
                outputs.push((name.clone(), output.name, output.port_type));
            }
        }
        Sources { parameters: parameters.map(|(name, _)| name.clone()).collect(), outputs }
    })
}

/// The icon and words of the source button.
fn source_look(argument: Option<&Argument>, artifact: bool) -> (&'static str, &'static str) {
    match argument {
        None | Some(Argument::Value(_)) if artifact => ("file", t!("A file")),
        None | Some(Argument::Value(_)) => ("constant", t!("A constant")),
        Some(Argument::Parameter(_)) => ("parameter", t!("A pipeline parameter")),
        Some(Argument::Output { .. }) => ("upstream", t!("From a task")),
        Some(Argument::Text(_)) => ("text", t!("Text with values in it")),
        Some(Argument::Artifact(_)) => ("file", t!("A file")),
        Some(Argument::Unknown(_)) => ("warning", t!("Unknown")),
    }
}

/// The row.
#[component]
pub fn ArgumentRow(
    /// The document.
    store: DocumentStore,
    /// The task's name.
    task: String,
    /// The input.
    input: ResolvedInput,
) -> impl IntoView {
    let record = task_memo(&store, &task);
    let argument = {
        let name = input.name.clone();
        Memo::new(move |_| {
            record.with(|record| record.as_ref().and_then(|record| record.arguments.get(&name)).cloned())
        })
    };
    let artifact = input.port_type.is_artifact();
    let menu = RwSignal::new(None as MenuPlace);
    let look = Memo::new(move |_| argument.with(|argument| source_look(argument.as_ref(), artifact)));
    let set = {
        let (store, task, name) = (store.clone(), task.clone(), input.name.clone());
        Callback::new(move |new: Option<Argument>| {
            let (task, input) = (task.clone(), name.clone());
            let command = match new {
                Some(argument) => EditCommand::SetArgument { task, input, argument },
                None => EditCommand::ClearArgument { task, input },
            };
            edit(&store, command)
        })
    };
    let free = move || drop(set.run(None));
    let keydown = move |event: leptos::ev::KeyboardEvent| {
        if matches!(event.key().as_str(), "Backspace" | "Delete") {
            event.prevent_default();
            event.stop_propagation();
            free();
        }
    };
    let kind = Memo::new(move |_| {
        argument.with(|argument| std::mem::discriminant(&argument.clone().unwrap_or(Argument::Value(Value::Null))))
    });
    let rules = ValueRules::of_input(&input).map(|rules| FieldRules::from_rules(&rules));
    let label = input.name.clone();
    let control = move || {
        // A memo that is only tracked is never worked out, and so never wakes: it must be read.
        kind.with(|_| ());
        let chip = |mark: String, words: String, title: &'static str| {
            view! {
                <span class="field bound" tabindex="0" title=title on:keydown=keydown>
                    <span class="chip"><i class=mark></i><span class="cut">{words}</span>
                        <button type="button" tabindex="-1" aria-label=t!("Remove") on:click=move |_| free()><SmallIcon name="close" /></button></span>
                </span>
            }
            .into_any()
        };
        match argument.get_untracked() {
            Some(Argument::Parameter(_)) => {
                let name = move || {
                    argument.with(|argument| match argument {
                        Some(Argument::Parameter(name)) => name.clone(),
                        _ => String::new(),
                    })
                };
                chip(String::from("dot diamond t-parameter"), untrack(name), t!("Backspace frees it"))
            }
            Some(Argument::Output { task, output }) => {
                chip(format!("dot {}", "t-generic"), format!("{task} / {output}"), t!("Backspace frees it"))
            }
            Some(Argument::Text(_)) => {
                let value = Signal::derive(move || {
                    argument.with(|argument| match argument {
                        Some(Argument::Text(text)) => text.clone(),
                        _ => String::new(),
                    })
                });
                let take = Callback::new(move |text: String| set.run(Some(Argument::Text(text))));
                view! { <TextField value=value set=take label=label.clone() placeholder="digit ${image_number}" mono=true /> }.into_any()
            }
            Some(Argument::Unknown(value)) => {
                view! { <span class="field"><span class="mono cut">{value.to_string()}</span></span> }.into_any()
            }
            None | Some(Argument::Value(_) | Argument::Artifact(_)) => match rules.clone() {
                Some(rules) => {
                    let value = Signal::derive(move || {
                        argument.with(|argument| match argument {
                            Some(Argument::Value(value)) => Some(value.clone()),
                            _ => None,
                        })
                    });
                    let take = Callback::new(move |value: Option<Value>| {
                        if let Err(problem) = set.run(value.map(Argument::Value)) {
                            crate::ui::toast::toast(problem);
                        }
                    });
                    view! { <ValueField rules=rules value=value set=take label=label.clone() /> }.into_any()
                }
                None => {
                    let value = Signal::derive(move || {
                        argument.with(|argument| match argument {
                            Some(Argument::Artifact(reference)) => Some(reference.clone()),
                            _ => None,
                        })
                    });
                    let take = Callback::new(move |reference: Option<String>| {
                        if let Err(problem) = set.run(reference.map(Argument::Artifact)) {
                            crate::ui::toast::toast(problem);
                        }
                    });
                    view! { <ArtifactField value=value set=take label=label.clone() /> }.into_any()
                }
            },
        }
    };
    let title = input.name.clone();
    let type_name = input.port_type.name().to_owned();
    let mark = input.name.clone();
    // What an argument points at may change while its form stays: the chip is drawn anew then.
    let shown = move || {
        argument.with(|argument| match argument {
            Some(Argument::Parameter(name)) => Some(name.clone()),
            Some(Argument::Output { task, output }) => Some(format!("{task}/{output}")),
            _ => None,
        })
    };
    let shown = Memo::new(move |_| shown());
    let row_store = store.clone();
    view! {
        <div class="frow" data-input=mark>
            <label>{title}<small>{type_name}</small></label>
            <span class="stack">{move || { shown.with(|_| ()); control() }}</span>
            <button type="button" class="src" title=move || look.get().1 aria-label=move || t!("Source: {source}", source = look.get().1) on:click=move |event| menu.set(below(&event))>
                <SmallIcon name=Signal::derive(move || look.get().0) />
            </button>
            <SourceMenu store=row_store task=task input=input place=menu set=set />
        </div>
    }
}

#[component]
fn SourceMenu(
    store: DocumentStore,
    task: String,
    input: ResolvedInput,
    place: RwSignal<MenuPlace>,
    set: Callback<Option<Argument>, Result<(), String>>,
) -> impl IntoView {
    let artifact = input.port_type.is_artifact();
    let shared = StoredValue::new((store, task, input));
    let choose = move |argument: Option<Argument>| {
        if let Err(problem) = set.run(argument) {
            crate::ui::toast::toast(problem);
        }
    };
    let connect = move |from_task: String, output: String| {
        shared.with_value(|(store, task, input)| {
            edit_or_tell(
                store,
                EditCommand::Connect { from_task, output, task: task.clone(), input: input.name.clone() },
            );
        });
    };
    view! {
        <Menu place=place label=t!("Source")>
            <button role="menuitem" on:click=move |_| choose(None)><SmallIcon name=if artifact { "file" } else { "constant" } />{if artifact { t!("A file") } else { t!("A constant") }}</button>
            {(!artifact).then(|| view! {
                <button role="menuitem" on:click=move |_| choose(Some(Argument::Text(String::new())))><SmallIcon name="text" />{t!("Text with values in it")}</button>
            })}
            {move || {
                place.track();
                let found = shared.with_value(|(store, task, input)| sources(store, task, input));
                let parameters = found.parameters.into_iter().map(|name| {
                    let chosen = name.clone();
                    view! { <button role="menuitem" on:click=move |_| choose(Some(Argument::Parameter(chosen.clone())))><i class="dot diamond t-parameter"></i>{name}</button> }
                }).collect_view();
                let outputs = found.outputs.into_iter().map(|(task, output, port_type)| {
                    let words = format!("{task} / {output}");
                    view! { <button role="menuitem" on:click=move |_| connect(task.clone(), output.clone())><i class=format!("dot {}", type_class(&port_type))></i>{words}</button> }
                }).collect_view();
                view! {
                    {(!parameters.is_empty()).then(|| view! { <h4>{t!("Parameters")}</h4> })} {parameters}
                    {(!outputs.is_empty()).then(|| view! { <h4>{t!("Outputs")}</h4> })} {outputs}
                }
            }}
        </Menu>
    }
}
