//! How two documents differ: a small canvas with every task and wire marked, and a list of what changed. Never by colour
//! alone: each mark has its word.

use crate::ui::icon::SmallIcon;
use dagwright_shared::compare::{Difference, Standing, TaskDifference};
use dagwright_texts::t;
use leptos::prelude::*;

/// Nodes of the small canvas, in canvas units.
const NODE: (f64, f64) = (208.0, 56.0);
/// So many tasks have room on it.
const MOST_TASKS: usize = 200;

/// Class, icon and word.
fn look(standing: Standing) -> (&'static str, &'static str, &'static str) {
    match standing {
        Standing::Same => ("same", "check", t!("same")),
        Standing::Changed => ("changed", "note", t!("changed")),
        Standing::Added => ("added", "plus", t!("added")),
        Standing::Removed => ("removed", "minus", t!("removed")),
    }
}

/// The canvas.
#[component]
pub fn DifferenceMap(
    /// What to draw.
    difference: Difference,
) -> impl IntoView {
    let tasks = &difference.tasks;
    if tasks.is_empty() || tasks.len() > MOST_TASKS {
        return ().into_any();
    }
    let least = |of: fn(&TaskDifference) -> f64| tasks.iter().map(of).fold(f64::INFINITY, f64::min);
    let most = |of: fn(&TaskDifference) -> f64| tasks.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
    let (left, top) = (least(|task| task.place.x) - 12.0, least(|task| task.place.y) - 12.0);
    let width = most(|task| task.place.x) - left + NODE.0 + 12.0;
    let height = most(|task| task.place.y) - top + NODE.1 + 12.0;
    let wires = difference.edges.iter().filter_map(|(from, to, standing)| {
        let (from, to) = (tasks.get(*from)?, tasks.get(*to)?);
        let (x1, y1) = (from.place.x + NODE.0, from.place.y + NODE.1 / 2.0);
        let (x2, y2) = (to.place.x, to.place.y + NODE.1 / 2.0);
        let bend = ((x2 - x1) / 2.0).abs().max(36.0);
        let line = format!("M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}", x1 + bend, x2 - bend);
        Some(view! { <path class=format!("d-{}", look(*standing).0) d=line></path> })
    });
    let wires = wires.collect_view();
    let nodes = tasks.iter().map(|task| {
        let (class, icon, word) = look(task.standing);
        let name: String = task.name.chars().take(26).collect();
        let cut = if name.len() < task.name.len() { "…" } else { "" };
        view! {
            <g class=format!("d-{class}") data-standing=class transform=format!("translate({} {})", task.place.x, task.place.y)>
                <title>{format!("{}: {word}", task.name)}</title>
                <rect width=NODE.0 height=NODE.1 rx="8"></rect>
                <text class="name" x="12" y="24">{name}{cut}</text>
                <use href=crate::ui::icon::href(icon) x="12" y="33" width="14" height="14"></use>
                <text x="32" y="45">{word}</text>
            </g>
        }
    });
    let nodes = nodes.collect_view();
    let label = t!("The graph with what differs: {what}", what = summary(&difference));
    view! {
        <svg class="difference-map" viewBox=format!("{left} {top} {width} {height}") style:max-width=format!("{width:.0}px") role="img" aria-label=label>
            {wires} {nodes}
        </svg>
    }
    .into_any()
}

/// `1 task added, 2 changed`.
pub fn summary(difference: &Difference) -> String {
    let count = |standing| difference.tasks.iter().filter(|task| task.standing == standing).count();
    let parts = [Standing::Added, Standing::Removed, Standing::Changed]
        .map(|standing| (count(standing), look(standing).2))
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| t!("{count} {what}", count, what = word));
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        String::from(t!("all tasks are the same"))
    } else {
        t!("tasks: {parts}", parts = parts.join(", "))
    }
}

/// The list of what changed; a sentence where nothing did.
#[component]
pub fn DifferenceList(
    /// What to list.
    difference: Difference,
) -> impl IntoView {
    if difference.is_none() {
        return view! { <p class="empty-line" data-testid="no-difference">{t!("Nothing that runs: at most places on the canvas.")}</p> }.into_any();
    }
    let differing = difference.tasks.into_iter().filter(|task| task.standing != Standing::Same);
    let rows = differing.map(|task| {
        let (class, icon, word) = look(task.standing);
        let mark = task.name.clone();
        view! {
            <li class=format!("d-{class}") data-task=mark data-standing=class>
                <span class="with-icon differs-mark"><SmallIcon name=icon />{word}</span>
                <b>{task.name}</b>
                <span class="muted">{task.changes.join("; ")}</span>
            </li>
        }
    });
    let rows = rows.collect_view();
    let others = difference.others.into_iter().map(|words| {
        view! { <li class="d-changed"><span class="with-icon differs-mark"><SmallIcon name="note" />"changed"</span><b></b><span class="muted">{words}</span></li> }
    });
    view! { <ul class="differences">{rows} {others.collect_view()}</ul> }.into_any()
}
