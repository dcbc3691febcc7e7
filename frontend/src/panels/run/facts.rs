//! The facts row of a run: progress, time, where, with what parameters.

use super::live::LiveRun;
use crate::store::server::{place_of, place_of_run};
use crate::ui::icon::SmallIcon;
use crate::ui::state_mark::task_look;
use crate::ui::{clock, format};
use dagwright_shared::run::TaskPhase;
use dagwright_texts::t;
use leptos::prelude::*;

/// The row.
#[component]
pub fn FactsRow(live: LiveRun) -> impl IntoView {
    let detail = live.detail.get_value();
    let summary = &detail.summary;
    let (icon, _) = place_of(&summary.engine);
    let place = place_of_run(&summary.engine, &summary.sandbox);
    let elapsed = move || {
        live.with_state(|state| {
            let start = state.started?;
            Some(format::duration(state.finished.unwrap_or_else(|| live.now.get()).saturating_sub(start)))
        })
    };
    let all = live.with_plan(|plan| plan.tasks.len());
    // In this order from the left; what waits or starts is the empty rest.
    let parts = [TaskPhase::Succeeded, TaskPhase::Failed, TaskPhase::Stopped, TaskPhase::Skipped, TaskPhase::Running];
    let bar = parts.map(|phase| {
        let width = move || format!("{:.2}%", 100.0 * live.count(phase) as f64 / all.max(1) as f64);
        view! { <i class=format!("s-{}", task_look(phase).name) style:width=width></i> }
    });
    let words = move || {
        let said = |phase: TaskPhase| {
            let count = live.count(phase);
            (count > 0).then(|| t!(", {count} {state}", count, state = task_look(phase).word.to_lowercase()))
        };
        let done = live.count(TaskPhase::Succeeded);
        let rest: String = parts[1..4].iter().filter_map(|phase| said(*phase)).collect();
        if all == 1 {
            t!("{done} of 1 task{rest}", done, rest)
        } else {
            t!("{done} of {all} tasks{rest}", done, all, rest)
        }
    };
    let parameters = detail.plan.parameters.iter().map(|parameter| view! {
        <span>{parameter.name.clone()}" "<span class="mono">{parameter.value.clone().unwrap_or_else(|| String::from(t!("none")))}</span></span>
    });
    let any = !detail.plan.parameters.is_empty();
    view! {
        <div class="facts" role="region" aria-label=t!("Facts")>
            <span>
                <span class="progress" aria-hidden="true">{bar}</span>
                <span data-testid="progress">{words}</span>
            </span>
            <span><SmallIcon name="clock" /><span data-testid="elapsed">{elapsed}</span></span>
            <span><span class="k">{t!("Started")}</span>{clock::local_time(summary.started.unwrap_or(summary.created))}</span>
            <span><SmallIcon name=icon /><span class="k">{t!("Engine")}</span><span data-testid="engine">{place}</span></span>
            <span><span class="k">{t!("Experiment")}</span>{summary.experiment.clone()}</span>
            {any.then(|| view! { <span class="hide-narrow"><span class="k">{t!("Parameters")}</span>{parameters.collect_view()}</span> })}
            <Show when=move || !live.connected.get()><span class="hint warning" role="status">{t!("Reconnecting")}</span></Show>
        </div>
    }
}
