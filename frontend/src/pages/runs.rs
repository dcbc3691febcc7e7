//! All runs: a table that is paged, filtered by state and by text.

use super::frame::HomeFrame;
use crate::net::client;
use crate::store::server::{place_of, place_of_run};
use crate::ui::icon::SmallIcon;
use crate::ui::notice::{ErrorNotice, Skeleton};
use crate::ui::state_mark::{StateMark, run_look};
use crate::ui::{clock, format};
use dagwright_shared::api::{RunList, RunSummary};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    components::A,
    hooks::{use_navigate, use_query_map},
};
use std::time::Duration;

/// The page.
#[component]
pub fn RunsPage() -> impl IntoView {
    let query = use_query_map();
    let state = RwSignal::new(String::new());
    let before = RwSignal::new(None::<String>);
    let address = move || {
        let mut address = format!("/api/runs?limit=50&state={}", state.get());
        for key in ["pipeline", "experiment"] {
            if let Some(value) = query.with(|query| query.get(key)) {
                address.push_str(&format!("&{key}={}", client::segment(&value)));
            }
        }
        if let Some(before) = before.get() {
            address.push_str(&format!("&before={}", client::segment(&before)));
        }
        address
    };
    let runs = LocalResource::new(move || {
        let address = address();
        async move { client::get::<RunList>(&address).await }
    });
    let tick = clock::ticking(Duration::from_secs(4));
    Effect::new(move |first: Option<()>| {
        tick.track();
        if first.is_some() {
            runs.refetch();
        }
    });
    let choice = move |value: &'static str, word: &'static str| {
        view! {
            <button
                role="radio"
                aria-checked=move || (state.get() == value).to_string()
                on:click=move |_| {
                    before.set(None);
                    state.set(String::from(value));
                }
            >
                {word}
            </button>
        }
    };
    view! {
        <HomeFrame current="/runs">
            <div class="ptitle">
                <h1>"Runs"</h1>
                <span class="seg" role="radiogroup" aria-label="State">
                    {choice("", "All")} {choice("running", "Active")} {choice("succeeded", "Succeeded")} {choice("failed", "Failed")}
                    {choice("stopped", "Stopped")}
                </span>
            </div>
            <Transition fallback=|| view! { <Skeleton /> }>
                {move || runs.get().map(|answer| match answer {
                    Err(error) => view! { <ErrorNotice error=error retry=Callback::new(move |()| runs.refetch()) /> }.into_any(),
                    Ok(list) if list.runs.is_empty() => view! {
                        <div class="empty"><h2>"No runs here"</h2><p>"Open a pipeline and press Run."</p></div>
                    }.into_any(),
                    Ok(list) => {
                        let next = list.next.clone();
                        view! {
                            <RunTable runs=list.runs now=clock::now() />
                            <div class="tail">
                                {format::count(list.total, "run", "runs")}
                                <span class="grow"></span>
                                {before.get().map(|_| view! { <button class="btn small" on:click=move |_| before.set(None)>"Newest"</button> })}
                                {next.map(|next| view! { <button class="btn small" on:click=move |_| before.set(Some(next.clone()))>"Older"</button> })}
                            </div>
                        }.into_any()
                    }
                })}
            </Transition>
        </HomeFrame>
    }
}

/// A table of runs; a click opens one.
#[component]
pub fn RunTable(
    /// Newest first.
    runs: Vec<RunSummary>,
    /// Milliseconds since 1970.
    now: u64,
) -> impl IntoView {
    view! {
        <table class="t">
            <thead>
                <tr>
                    <th>"State"</th><th>"Run"</th><th class="num">"Took"</th><th>"Tasks"</th><th>"Engine"</th><th>"Experiment"</th>
                    <th class="num">"Started"</th>
                </tr>
            </thead>
            <tbody>{runs.into_iter().map(|run| view! { <RunRow run=run now=now /> }).collect_view()}</tbody>
        </table>
    }
}

#[component]
fn RunRow(run: RunSummary, now: u64) -> impl IntoView {
    let address = format!("/runs/{}", run.id);
    let navigate = use_navigate();
    let go = {
        let address = address.clone();
        move || navigate(&address, NavigateOptions::default())
    };
    let key = {
        let go = go.clone();
        move |event: leptos::ev::KeyboardEvent| {
            if event.key() == "Enter" {
                go();
            }
        }
    };
    let took = run.started.map(|start| format::duration(run.finished.unwrap_or(now).saturating_sub(start)));
    let title = run_title(&run);
    let pipeline = run.pipeline_name.clone();
    let (icon, _) = place_of(&run.engine);
    let place = place_of_run(&run.engine, &run.sandbox);
    view! {
        <tr tabindex="0" data-run=run.id.clone() on:click=move |_| go() on:keydown=key>
            <td><StateMark look=run_look(run.phase) /></td>
            <td><A href=address attr:class="lede">{pipeline}</A>" "<span class="faint">{title}</span></td>
            <td class="num">{took}</td>
            <td class="bar-cell"><TaskBar counts=run.counts.clone() tasks=run.tasks /></td>
            <td><span class="with-icon"><SmallIcon name=icon />{place}</span></td>
            <td>{run.experiment.clone()}</td>
            <td class="num">{clock::relative(run.created, now)}</td>
        </tr>
    }
}

/// The number, and the name where somebody gave one.
pub fn run_title(run: &RunSummary) -> String {
    let given = [String::new(), format!("Run {}", run.number), format!("{} {}", run.pipeline_name, run.number)];
    if given.contains(&run.name) { run.number.to_string() } else { format!("{} {}", run.number, run.name) }
}

/// How far a run is: one bar, a part for each state.
#[component]
pub fn TaskBar(
    /// Task phase → how many.
    counts: std::collections::BTreeMap<String, u32>,
    /// Tasks in all.
    tasks: u32,
) -> impl IntoView {
    let mut x = 0.0;
    let parts = ["succeeded", "failed", "stopped", "skipped", "running", "starting"].iter().filter_map(|state| {
        let count = counts.get(*state).copied().filter(|count| *count > 0)?;
        let width = 120.0 * f64::from(count) / f64::from(tasks.max(1));
        let colour = if *state == "starting" { "running" } else { state };
        let part = view! {
            <rect x=format!("{x:.1}") y="3" width=format!("{:.1}", (width - 1.0).max(1.0)) height="6" rx="1" fill=format!("var(--state-{colour}-mark)")></rect>
        };
        x += width;
        Some(part)
    });
    let parts = parts.collect_view();
    let done = counts.get("succeeded").copied().unwrap_or(0);
    view! {
        <svg width="120" height="12" role="img" aria-label=format!("{done} of {tasks} tasks succeeded")>
            <rect x="0" y="5" width="120" height="2" rx="1" fill="var(--line)"></rect>
            {parts}
        </svg>
    }
}
