//! The facts row of a run: progress, time, where, with what parameters.

use super::live::LiveRun;
use crate::store::server::{place_of, place_of_run};
use crate::ui::icon::SmallIcon;
use crate::ui::{clock, format};
use leptos::prelude::*;

/// The row.
#[component]
pub fn FactsRow(live: LiveRun) -> impl IntoView {
    let detail = live.detail.get_value();
    let summary = &detail.summary;
    let (icon, _) = place_of(&summary.engine);
    let place = place_of_run(&summary.engine, &summary.sandbox);
    let elapsed = move || {
        live.state.with(|state| {
            let start = state.started?;
            Some(format::duration(state.finished.unwrap_or_else(|| live.now.get()).saturating_sub(start)))
        })
    };
    let progress = move || live.progress();
    let width = move || {
        let (done, all) = progress();
        format!("{}%", 100 * done / all.max(1))
    };
    let parameters = detail.plan.parameters.iter().map(|parameter| view! {
        <span>{parameter.name.clone()}" "<span class="mono">{parameter.value.clone().unwrap_or_else(|| String::from("none"))}</span></span>
    });
    let any = !detail.plan.parameters.is_empty();
    view! {
        <div class="facts">
            <span>
                <span class="progress"><i style:width=width></i></span>
                {move || { let (done, all) = progress(); format!("{done} of {}", format::count(all as u64, "task", "tasks")) }}
            </span>
            <span><SmallIcon name="clock" /><span data-testid="elapsed">{elapsed}</span></span>
            <span><span class="k">"Started"</span>{clock::local_time(summary.started.unwrap_or(summary.created))}</span>
            <span><SmallIcon name=icon /><span class="k">"Engine"</span><span data-testid="engine">{place}</span></span>
            <span><span class="k">"Experiment"</span>{summary.experiment.clone()}</span>
            {any.then(|| view! { <span class="hide-narrow"><span class="k">"Parameters"</span>{parameters.collect_view()}</span> })}
            <Show when=move || !live.connected.get()><span class="hint warning" role="status">"Reconnecting"</span></Show>
        </div>
    }
}
