//! What the right panel shows while no task is selected: the run as a whole, and what its sandbox means.

use super::live::LiveRun;
use crate::panels::run_notes::NotesOfRun;
use crate::store::server::{is_cluster, meaning_of, server_info};
use crate::ui::state_mark::{StateMark, run_look, task_look};
use dagwright_texts::t;
use leptos::prelude::*;

/// The run as a whole.
#[component]
pub fn RunOverview(
    /// The run.
    live: LiveRun,
    /// Chooses a task.
    selected: RwSignal<Option<String>>,
) -> impl IntoView {
    let detail = live.detail.get_value();
    let phase = live.phase();
    let server = server_info();
    let engine = detail.summary.engine.clone();
    let is_cluster = is_cluster(&engine);
    let meaning = move || {
        let server = server.get()?;
        server.engines.iter().find(|known| known.name == engine).map(|engine| String::from(meaning_of(engine)))
    };
    let tasks =
        live.with_plan(|plan| plan.tasks.iter().map(|task| (task.slug.clone(), task.name.clone())).collect::<Vec<_>>());
    let rows = tasks.into_iter().map(|(slug, name)| {
        let task = live.task(slug.clone());
        view! {
            <tr>
                <td><button class="btn quiet small" on:click=move |_| selected.set(Some(slug.clone()))>{name}</button></td>
                <td><StateMark look=Signal::derive(move || task_look(task.with(|task| task.phase))) /></td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let parameters = detail.plan.parameters.iter().map(|parameter| view! {
        <dt>{parameter.name.clone()}</dt><dd class="mono">{parameter.value.clone().unwrap_or_else(|| String::from(t!("none")))}</dd>
    });
    let parameters = parameters.collect_view();
    let any = !detail.plan.parameters.is_empty();
    let message = move || live.with_state(|state| state.message.clone());
    view! {
        <div class="ihead">
            <svg class="i" aria-hidden="true"><use href="/icons.svg#i-runs"></use></svg>
            <b class="cut">{t!("Run {number}", number = detail.summary.number)}</b><span></span>
            <p><StateMark look=Signal::derive(move || run_look(phase.get())) /></p>
        </div>
        <div class="scroll pane">
            <Show when=move || !message().is_empty()><p class="notice">{message}</p></Show>
            <h3>{t!("Tasks")}</h3>
            <table class="t"><tbody>{rows}</tbody></table>
            {any.then(|| view! { <h3>{t!("Parameters")}</h3><dl class="kv">{parameters}</dl> })}
            <h3>{t!("Ran in")}</h3>
            <dl class="kv"><dt>{if is_cluster { t!("Namespace") } else { t!("Sandbox") }}</dt><dd>{detail.summary.sandbox.clone()}</dd></dl>
            <p class="hint" data-testid="sandbox-meaning">{meaning}</p>
            <NotesOfRun run=detail.summary.id.clone() />
        </div>
    }
}
