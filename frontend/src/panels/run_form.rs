//! The run form: a field for every parameter, engine, experiment, name; and what a person has to agree to.

use crate::form::artifact_field::ArtifactField;
use crate::form::experiment_field::ExperimentField;
use crate::form::value_field::{FieldRules, ValueField};
use crate::net::client::{self, ApiError};
use crate::panels::editing::parameters_memo;
use crate::panels::run_notes::NotesAhead;
use crate::store::document_store::DocumentStore;
use crate::store::server::{last_engine, place_of, remember_engine, room_of, server_info, summary_of};
use crate::ui::agree::{AgreeNotice, Question};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, SmallIcon};
use crate::ui::{format, notice::ErrorNotice};
use dagwright_shared::api::{RunSummary, StartRun};
use dagwright_shared::pipeline::Parameter;
use dagwright_shared::values::{ValueRules, parameter_port_type};
use dagwright_texts::t;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// An earlier run that is started again: what it was given, and what it was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Again {
    /// The version of the pipeline that it ran.
    pub version: u64,
    /// Parameter name → value.
    pub arguments: Map<String, Value>,
    /// Its experiment.
    pub experiment: String,
    /// Its engine.
    pub engine: String,
}

/// The dialog.
#[component]
pub fn RunForm(
    /// The document.
    store: DocumentStore,
    /// The pipeline's id.
    pipeline: String,
    /// Saves what is not saved yet and gives the revision.
    save: Callback<Callback<Result<u64, String>>>,
    /// Bytes of the Workflow.
    size: RwSignal<Option<u64>>,
    /// Closes it.
    close: Callback<()>,
    /// The run that is started again, if one is.
    #[prop(optional)]
    again: Option<Again>,
) -> impl IntoView {
    let name = store.with_untracked(|pipeline| pipeline.metadata.name.clone());
    let parameters = parameters_memo(&store);
    let version = again.as_ref().map(|again| again.version);
    let arguments = RwSignal::new(again.as_ref().map(|again| again.arguments.clone()).unwrap_or_default());
    let wrong = RwSignal::new(BTreeSet::<String>::new());
    let server = server_info();
    let engine =
        RwSignal::new(again.as_ref().map(|again| again.engine.clone()).or_else(last_engine).unwrap_or_default());
    // What was chosen last may be an engine of another server: then the default, which is the first.
    let chosen_engine = Memo::new(move |_| {
        let known = server.get()?.engines;
        let found = engine.with(|name| known.iter().position(|known| known.name == *name));
        known.into_iter().nth(found.unwrap_or_default())
    });
    let experiment = RwSignal::new(again.map(|again| again.experiment).unwrap_or_default());
    let run_name = RwSignal::new(String::new());
    let error = RwSignal::new(None::<ApiError>);
    let failure = RwSignal::new(None::<String>);
    let question = RwSignal::new(None::<Question>);
    let busy = RwSignal::new(false);
    let reset = RwSignal::new(0u32);
    let navigate = use_navigate();
    let checked = pipeline.clone();
    let start = Callback::new(move |confirmed: Vec<String>| {
        if busy.get_untracked() || !wrong.with_untracked(BTreeSet::is_empty) {
            return;
        }
        busy.set(true);
        error.set(None);
        failure.set(None);
        let navigate = navigate.clone();
        let pipeline = pipeline.clone();
        let saved = Callback::new(move |saved: Result<u64, String>| {
            let revision = match saved {
                Ok(revision) => revision,
                Err(problem) => {
                    busy.set(false);
                    failure.set(Some(problem));
                    return;
                }
            };
            let request = StartRun {
                pipeline: pipeline.clone(),
                revision,
                version,
                arguments: arguments.get_untracked(),
                name: run_name.get_untracked(),
                experiment: experiment.get_untracked(),
                // Pressed before the server said what it has: it knows best whether the last choice still is.
                engine: chosen_engine.get_untracked().map_or_else(|| engine.get_untracked(), |engine| engine.name),
                confirmed: confirmed.clone(),
            };
            let navigate = navigate.clone();
            leptos::task::spawn_local(async move {
                let answer = client::post::<_, RunSummary>("/api/runs", &request).await;
                busy.try_set(false);
                match answer {
                    Ok(run) => navigate(&format!("/runs/{}", run.id), NavigateOptions::default()),
                    Err(problem) => match Question::read(&problem) {
                        Some(asked) => question.set(Some(asked)),
                        None => error.set(Some(problem)),
                    },
                }
            });
        });
        save.run(saved);
    });
    let fields = move || {
        reset.track();
        let rows = parameters.get_untracked().into_iter().map(|(name, parameter)| view! { <ParameterRow name=name parameter=parameter arguments=arguments wrong=wrong /> });
        rows.collect_view()
    };
    let volumes = {
        let store = store.clone();
        move || {
            store.with_untracked(|pipeline| {
                let volumes = pipeline.graph.volumes.iter().map(|(name, volume)| match &volume.size {
                    Some(size) => format!("{name}, {size}"),
                    None => name.clone(),
                });
                let volumes: Vec<String> = volumes.collect();
                (!volumes.is_empty()).then(|| t!("Uses {volumes}", volumes = volumes.join("; ")))
            })
        }
    };
    let reset_all = move |_| {
        arguments.set(Map::new());
        wrong.set(BTreeSet::new());
        reset.update(|count| *count += 1);
    };
    let keydown = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            start.run(Vec::new());
        }
    };
    let engines = move || {
        server.get().map(|server| {
            let several = server.engines.len() > 1;
            let buttons = server.engines.into_iter().map(|known| {
                let (icon, place) = place_of(&known.name);
                let name = known.name.clone();
                let checked = move || chosen_engine.with(|chosen| chosen.as_ref().is_some_and(|chosen| chosen.name == name));
                let choose = move |_| {
                    remember_engine(&known.name);
                    engine.set(known.name.clone());
                    // What the other engine refused says nothing about this one.
                    error.set(None);
                };
                view! { <button type="button" role="radio" aria-checked=move || checked().to_string() on:click=choose><SmallIcon name=icon />{place}</button> }
            });
            view! { <div class="frow"><label>{t!("Engine")}</label><span class="seg" role="radiogroup" aria-label=t!("Engine") class:single=!several>{buttons.collect_view()}</span></div> }
        })
    };
    let engine_words =
        move || chosen_engine.get().map(|engine| format!("{}. {}", room_of(&engine), summary_of(&engine)));
    let diagnostics = move || {
        error.with(|error| {
            error.as_ref().and_then(ApiError::body).map(|body| body.diagnostics.clone()).unwrap_or_default()
        })
    };
    view! {
        <Dialog title=t!("Run {name}", name) close=close>
            <div class="body" on:keydown=keydown>
                {fields}
                <Show when=move || parameters.with(Vec::is_empty)><p class="empty-line">{t!("This pipeline has no parameters.")}</p></Show>
                <hr />
                {engines}
                <p class="hint engine-words" data-testid="engine-words">{engine_words}</p>
                <NotesAhead pipeline=checked save=save engine=chosen_engine arguments=arguments />
                <div class="frow">
                    <label for="run-experiment">{t!("Experiment")}</label>
                    <ExperimentField id="run-experiment" value=experiment />
                </div>
                <div class="frow">
                    <label for="run-name">{t!("Name")}</label>
                    <span class="field"><input id="run-name" placeholder=t!("Given by number") autocomplete="off" bind:value=run_name /></span>
                </div>
                <hr class="close-rule" />
                <p class="hint with-icon full">
                    {volumes().map(|words| view! { <SmallIcon name="volume" />{words} })}
                    <span class="grow"></span>{move || size.get().map(|size| t!("Workflow {size}", size = format::bytes(size)))}
                </p>
                {move || failure.get().map(|text| view! { <p class="notice error" role="alert">{text}</p> })}
                {move || error.get().map(|error| view! { <ErrorNotice error=error /> })}
                <ul class="file-problems">
                    {move || diagnostics().into_iter().map(|problem| view! { <li class="hint error">{crate::ui::format::sentences(&problem.message, &problem.hint)}</li> }).collect_view()}
                </ul>
                <AgreeNotice question=question agree=start />
            </div>
            <footer role="presentation">
                <button class="btn quiet" on:click=reset_all>{t!("Reset to defaults")}</button>
                <span class="grow"></span>
                <button class="btn" on:click=move |_| close.run(())>{t!("Cancel")}</button>
                <button class="btn primary" title="Ctrl Enter" data-testid="start-run" aria-disabled=move || (busy.get() || !wrong.with(BTreeSet::is_empty)).to_string() on:click=move |_| start.run(Vec::new())>
                    <Icon name="play-solid" />{move || if busy.get() { t!("Starting") } else { t!("Run") }}
                </button>
            </footer>
        </Dialog>
    }
}

/// A row for one value that is asked for.
#[component]
pub fn ParameterRow(
    /// What it is called.
    name: String,
    /// What it may be.
    parameter: Parameter,
    /// Where what is given goes, by name.
    arguments: RwSignal<Map<String, Value>>,
    /// Names of those that hold something wrong now.
    wrong: RwSignal<BTreeSet<String>>,
) -> impl IntoView {
    let key = StoredValue::new(name.clone());
    let set = move |value: Option<Value>| {
        arguments.update(|arguments| match value {
            Some(value) => drop(arguments.insert(key.get_value(), value)),
            None => drop(arguments.shift_remove(&key.get_value())),
        });
    };
    let given = move || key.with_value(|key| arguments.with(|arguments| arguments.get(key).cloned()));
    let rules = ValueRules::of_parameter(&parameter).map(|rules| FieldRules::from_rules(&rules));
    let words = rules.as_ref().map_or_else(|| parameter_port_type(&parameter).name().to_owned(), FieldRules::words);
    let default = parameter.default.clone();
    let field = match rules {
        Some(rules) => {
            let value = Signal::derive(move || given().or_else(|| default.clone()));
            let fine = Callback::new(move |fine: bool| {
                wrong.update(|wrong| {
                    wrong.remove(&key.get_value());
                    if !fine {
                        wrong.insert(key.get_value());
                    }
                });
            });
            view! { <ValueField rules=rules value=value set=Callback::new(set) label=name.clone() fine=fine /> }
                .into_any()
        }
        None => {
            let value = Signal::derive(move || {
                given()
                    .or_else(|| default.clone())
                    .and_then(|value| value.as_str().map(str::to_owned))
                    .filter(|text| !text.is_empty())
            });
            let take = Callback::new(move |reference: Option<String>| set(reference.map(Value::from)));
            view! { <ArtifactField value=value set=take label=name.clone() /> }.into_any()
        }
    };
    let mark = name.clone();
    view! {
        <div class="frow" data-parameter=mark>
            <label title=parameter.description.unwrap_or_default()>{name}<small>{words}</small></label>
            <span class="stack">{field}</span>
        </div>
    }
}
