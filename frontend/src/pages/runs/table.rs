//! A table of runs; a click opens one. With a choice, runs can be picked and the heads sort.

use super::address::ListAddress;
use super::choice::Choice;
use crate::store::server::{place_of, place_of_run};
use crate::ui::icon::SmallIcon;
use crate::ui::state_mark::{StateMark, run_look};
use crate::ui::{clock, format};
use dagwright_shared::api::{RunSort, RunSummary};
use dagwright_texts::t;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, components::A, hooks::use_navigate};
use std::time::Duration;

/// The table.
#[component]
pub fn RunTable(
    /// In the order shown.
    #[prop(into)]
    runs: Signal<Vec<RunSummary>>,
    /// Which of them are chosen, where they can be.
    #[prop(optional)]
    choice: Option<Choice>,
    /// What is shown, where that can be changed.
    #[prop(optional)]
    address: Option<ListAddress>,
) -> impl IntoView {
    let now = clock::ticking(Duration::from_secs(4));
    let head = move |word: &'static str, class: &'static str, sort: RunSort| match address {
        None => view! { <th class=class>{word}</th> }.into_any(),
        Some(address) => {
            let order = if sort == RunSort::Name { "ascending" } else { "descending" };
            let sorted = move || (address.sort() == sort).then_some(order);
            view! {
                <th class=class aria-sort=sorted>
                    <button class="sort" on:click=move |_| address.sort_by(sort)>{word}<SmallIcon name="chevron-down" /></button>
                </th>
            }
            .into_any()
        }
    };
    view! {
        <table class="t run-table">
            <thead>
                <tr>
                    {choice.map(|choice| view! {
                        <th class="pick"><input type="checkbox" aria-label=t!("Choose all on this page") prop:checked=move || choice.is_all() on:change=move |_| choice.toggle_all() /></th>
                    })}
                    <th class="c-state">{t!("State")}</th>
                    {head(t!("Run"), "c-run", RunSort::Name)} {head(t!("Took"), "num c-took", RunSort::Longest)}
                    <th class="c-tasks">{t!("Tasks")}</th><th class="c-engine">{t!("Engine")}</th><th class="c-experiment">{t!("Experiment")}</th>
                    {head(t!("Size"), "num c-size", RunSort::Largest)} {head(t!("Started"), "num c-started", RunSort::Newest)}
                </tr>
            </thead>
            <tbody>
                <For each=move || runs.get() key=row_key let:run><RunRow run=run now=now choice=choice /></For>
            </tbody>
        </table>
    }
}

/// A row is drawn anew when any of this changes; else it stays, with the focus that may be in it.
fn row_key(run: &RunSummary) -> String {
    format!("{} {:?} {:?} {} {} {}", run.id, run.phase, run.counts, run.size, run.name, run.experiment)
}

#[component]
fn RunRow(run: RunSummary, now: ReadSignal<u64>, choice: Option<Choice>) -> impl IntoView {
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
    let (started, finished, created) = (run.started, run.finished, run.created);
    let took =
        move || started.map(|start| format::duration(finished.unwrap_or_else(|| now.get()).saturating_sub(start)));
    let title = run_title(&run);
    let pipeline = run.pipeline_name.clone();
    let (icon, _) = place_of(&run.engine);
    let place = place_of_run(&run.engine, &run.sandbox);
    let pick = choice.map(|choice| {
        let (id, label) = (StoredValue::new(run.id.clone()), t!("Choose {pipeline} {title}", pipeline, title));
        view! {
            <td class="pick" on:click=|event| event.stop_propagation() on:keydown=|event| event.stop_propagation()>
                <input type="checkbox" aria-label=label prop:checked=move || id.with_value(|id| choice.has(id)) on:change=move |_| choice.toggle(id.get_value()) />
            </td>
        }
    });
    view! {
        <tr tabindex="0" data-run=run.id.clone() on:click=move |_| go() on:keydown=key>
            {pick}
            <td><StateMark look=run_look(run.phase) /></td>
            <td class="cut"><A href=address attr:class="lede">{pipeline}</A>" "<span class="faint">{title}</span></td>
            <td class="num">{took}</td>
            <td class="bar-cell"><TaskBar counts=run.counts.clone() tasks=run.tasks /></td>
            <td class="cut"><span class="with-icon"><SmallIcon name=icon />{place}</span></td>
            <td class="cut">{run.experiment.clone()}</td>
            <td class="num muted">{format::bytes(run.size)}</td>
            <td class="num muted">{move || clock::relative(created, now.get())}</td>
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
        <svg width="120" height="12" role="img" aria-label=t!("{done} of {tasks} tasks succeeded", done, tasks)>
            <rect x="0" y="5" width="120" height="2" rx="1" fill="var(--line)"></rect>
            {parts}
        </svg>
    }
}
