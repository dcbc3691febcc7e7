//! The filters of the list of runs: state, pipeline, experiment, engine. The text is the search of the top bar.

use super::address::ListAddress;
use crate::net::client;
use crate::store::server::{place_of, server_info};
use dagwright_shared::api::{ExperimentList, PipelineList};
use dagwright_texts::t;
use leptos::prelude::*;

/// The filters, each with what is chosen.
#[component]
pub fn FilterBar(address: ListAddress) -> impl IntoView {
    let pipelines = LocalResource::new(|| client::get::<PipelineList>("/api/pipelines"));
    let experiments = LocalResource::new(|| client::get::<ExperimentList>("/api/experiments"));
    let server = server_info();
    // What came since the page was opened is offered too.
    let renew = move || {
        pipelines.refetch();
        experiments.refetch();
    };
    let pipelines = Signal::derive(move || {
        let list = pipelines.get().and_then(Result::ok).map(|list| list.pipelines).unwrap_or_default();
        list.into_iter().map(|pipeline| (pipeline.id, pipeline.name)).collect::<Vec<_>>()
    });
    let experiments = Signal::derive(move || {
        let list = experiments.get().and_then(Result::ok).map(|list| list.experiments).unwrap_or_default();
        list.into_iter().map(|experiment| (experiment.name.clone(), experiment.name)).collect::<Vec<_>>()
    });
    let engines = Signal::derive(move || {
        let engines = server.get().map(|server| server.engines).unwrap_or_default();
        engines.into_iter().map(|engine| (engine.name.clone(), place_of(&engine.name).1.to_owned())).collect::<Vec<_>>()
    });
    let several_engines = move || engines.with(|engines| engines.len() > 1) || !address.get("engine").is_empty();
    let state = move |value: &'static str, word: &'static str| {
        view! {
            <button role="radio" aria-checked=move || (address.get("state") == value).to_string() on:click=move |_| address.set(&[("state", value)])>
                {word}
            </button>
        }
    };
    view! {
        <span class="seg" role="radiogroup" aria-label=t!("State")>
            {state("", t!("All"))} {state("active", t!("Active"))} {state("succeeded", t!("Succeeded"))} {state("failed", t!("Failed"))}
            {state("stopped", t!("Stopped"))}
        </span>
        <span class="grow"></span>
        <Show when=move || address.is_filtered()>
            <button class="btn quiet" on:click=move |_| address.clear()>{t!("Clear")}</button>
        </Show>
        <span class="filters" on:focusin=move |_| renew()>
        <Filter address=address key="pipeline" label=t!("Pipeline") all=t!("All pipelines") gone=t!("A deleted pipeline") options=pipelines />
        <Filter address=address key="experiment" label=t!("Experiment") all=t!("All experiments") gone="" options=experiments />
        <Show when=several_engines>
            <Filter address=address key="engine" label=t!("Engine") all=t!("All engines") gone="" options=engines />
        </Show>
        </span>
    }
}

/// One choice among what there is; what the address names stands there even if it is gone.
#[component]
fn Filter(
    address: ListAddress,
    key: &'static str,
    label: &'static str,
    all: &'static str,
    gone: &'static str,
    options: Signal<Vec<(String, String)>>,
) -> impl IntoView {
    let value = Memo::new(move |_| address.get(key));
    let unknown = move || {
        let value = value.get();
        let known = value.is_empty() || options.with(|options| options.iter().any(|(known, _)| *known == value));
        (!known).then(|| {
            let words = if gone.is_empty() { value.clone() } else { gone.to_owned() };
            view! { <option value=value selected>{words}</option> }
        })
    };
    let rows = move || {
        options
            .get()
            .into_iter()
            .map(|(id, name)| {
                let mark = id.clone();
                view! { <option value=id selected=move || value.with(|value| *value == mark)>{name}</option> }
            })
            .collect_view()
    };
    view! {
        <span class="field select filter">
            <select aria-label=label on:change=move |event| address.set(&[(key, &event_target_value(&event))])>
                <option value="" selected=move || value.with(String::is_empty)>{all}</option>
                {unknown} {rows}
            </select>
        </span>
    }
}
