//! The timeline: a row a task; waiting, starting, running and the end state along one axis.

use super::live::{LiveRun, took};
use crate::ui::format;
use crate::ui::icon::href;
use crate::ui::state_mark::task_look;
use dagwright_shared::run::{TaskPhase, TaskState};
use dagwright_texts::t;
use leptos::prelude::*;

/// A piece of a row: from and to in per cent of the axis, and its class.
#[derive(Clone, Debug, PartialEq)]
struct Bar {
    from: f64,
    to: f64,
    class: &'static str,
}

/// What the axis spans, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Axis {
    start: u64,
    end: u64,
    /// Where the run is or ended.
    now: u64,
}

impl Axis {
    fn at(&self, time: u64) -> f64 {
        100.0 * time.clamp(self.start, self.end).saturating_sub(self.start) as f64
            / (self.end - self.start).max(1) as f64
    }

    /// Steps that leave four to eight marks.
    fn marks(&self) -> Vec<(f64, String)> {
        let span = self.end - self.start;
        let steps = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21_600, 86_400];
        let step = steps.iter().map(|step| step * 1000).find(|step| span / step <= 7).unwrap_or(86_400_000);
        (0..)
            .map(|index| index * step)
            .take_while(|time| *time < span)
            .map(|time| (self.at(self.start + time), format::duration(time)))
            .collect()
    }
}

fn state_class(phase: TaskPhase) -> &'static str {
    match phase {
        TaskPhase::Waiting => "s-waiting",
        TaskPhase::Starting => "s-starting",
        TaskPhase::Running => "s-running",
        TaskPhase::Succeeded => "s-succeeded",
        TaskPhase::Failed => "s-failed",
        TaskPhase::Skipped => "s-skipped",
        TaskPhase::Stopped => "s-stopped",
    }
}

fn bars(task: &TaskState, axis: Axis) -> Vec<Bar> {
    let mut bars = Vec::new();
    let mut waited_from = axis.start;
    for attempt in &task.attempts {
        let bar = |from, to, class| Bar { from: axis.at(from), to: axis.at(to), class };
        bars.push(bar(waited_from, attempt.starting, "gb wait"));
        let end = attempt.finished.unwrap_or(axis.now);
        let running = attempt.running.unwrap_or(end);
        bars.push(bar(attempt.starting, running, "gb start"));
        if attempt.running.is_some() {
            bars.push(bar(running, end, if attempt.finished.is_some() { "gb" } else { "gb live" }));
        }
        waited_from = end;
    }
    if !task.phase.is_final() && !matches!(task.phase, TaskPhase::Running | TaskPhase::Starting) {
        bars.push(Bar { from: axis.at(waited_from), to: axis.at(axis.now), class: "gb wait" });
    }
    bars
}

/// The timeline.
#[component]
pub fn Timeline(
    /// The run.
    live: LiveRun,
    /// The selected task's slug.
    selected: RwSignal<Option<String>>,
) -> impl IntoView {
    let axis = Memo::new(move |_| {
        let created = live.detail.with_value(|detail| detail.summary.created);
        live.with_state(|state| {
            let start = state.started.unwrap_or(created);
            let now = state.finished.unwrap_or_else(|| live.now.get()).max(start + 1);
            // Room to the right while it goes on, so that the axis is not redrawn at every tick.
            let end = if state.finished.is_some() { now + (now - start) / 12 } else { start + (now - start) * 5 / 4 };
            Axis { start, end: end.max(start + 4000), now }
        })
    });
    let tasks =
        live.with_plan(|plan| plan.tasks.iter().map(|task| (task.slug.clone(), task.name.clone())).collect::<Vec<_>>());
    let rows = StoredValue::new(tasks);
    let names = move || {
        rows.get_value()
            .into_iter()
            .map(|(slug, name)| view! { <TimelineName live=live selected=selected slug=slug name=name /> })
            .collect_view()
    };
    let charts = move || {
        rows.get_value()
            .into_iter()
            .map(|(slug, _)| view! { <TimelineRow live=live selected=selected slug=slug axis=axis /> })
            .collect_view()
    };
    // Where it would cover the axis' first mark it says nothing: the facts row has the time as well.
    let told = move || {
        let axis = axis.get();
        live.with_state(|state| state.finished.is_none()) && axis.at(axis.now) > 8.0
    };
    view! {
        <div class="gbody">
            <div class="gnames"><div>{t!("Task")}</div>{names}</div>
            <div class="gchart">
                <div class="gaxis">
                    {move || axis.get().marks().into_iter().map(|(left, word)| view! { <span style:left=format!("{left:.2}%")>{word}</span> }).collect_view()}
                </div>
                {move || axis.get().marks().into_iter().map(|(left, _)| view! { <i class="gline" style:left=format!("{left:.2}%")></i> }).collect_view()}
                {charts}
                <i class="gnow" style:left=move || format!("{:.2}%", axis.get().at(axis.get().now))>
                    <Show when=told><b>{move || { let axis = axis.get(); format::duration(axis.now - axis.start) }}</b></Show>
                </i>
            </div>
        </div>
    }
}

#[component]
fn TimelineName(live: LiveRun, selected: RwSignal<Option<String>>, slug: String, name: String) -> impl IntoView {
    let task = live.task(slug.clone());
    let here = slug.clone();
    let is_selected = move || selected.with(|selected| selected.as_deref() == Some(&here));
    let time = move || task.with(|task| took(task, live.now.get()).map(format::duration));
    let look = move || task_look(task.with(|task| task.phase));
    view! {
        <button
            class=move || format!("gname {}", state_class(task.with(|task| task.phase)))
            class:sel=is_selected
            on:click=move |_| selected.set(Some(slug.clone()))
        >
            <span class=move || format!("state s-{}", look().name)>
                <svg class="i i-s" aria-hidden="true"><use href=move || href(look().name)></use></svg>
            </span>
            <span class="cut">{name}</span>
            <span class="sr">{move || look().word}</span>
            <span class="el">{time}</span>
        </button>
    }
}

#[component]
fn TimelineRow(live: LiveRun, selected: RwSignal<Option<String>>, slug: String, axis: Memo<Axis>) -> impl IntoView {
    let task = live.task(slug.clone());
    let class = move || {
        let sel = selected.with(|selected| selected.as_deref() == Some(&slug));
        format!("grow-row {} {}", state_class(task.with(|task| task.phase)), if sel { "sel" } else { "" })
    };
    let pieces = move || {
        let bars = task.with(|task| bars(task, axis.get()));
        let piece = |bar: Bar| view! { <i class=bar.class style:left=format!("{:.2}%", bar.from) style:width=format!("{:.2}%", (bar.to - bar.from).max(0.15))></i> };
        bars.into_iter().map(piece).collect_view()
    };
    view! { <div class=class>{pieces}</div> }
}

/// What the colours mean.
#[component]
pub fn TimelineKey() -> impl IntoView {
    view! {
        <span class="key"><i><b class="gb wait"></b></i>{t!("waiting")}</span>
        <span class="key"><i><b class="gb start"></b></i>{t!("starting")}</span>
        <span class="key s-running"><i><b class="gb"></b></i>{t!("running")}</span>
        <span class="key s-succeeded"><i><b class="gb"></b></i>{t!("succeeded")}</span>
        <span class="key s-failed"><i><b class="gb"></b></i>{t!("failed")}</span>
    }
}
