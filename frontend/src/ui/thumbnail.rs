//! The small picture of a graph in lists, and the bars of its recent runs. Drawn from numbers, no DOM measuring.

use dagwright_shared::api::{RunSummary, Thumbnail};
use dagwright_shared::run::RunPhase;
use dagwright_texts::t;
use leptos::prelude::*;

/// A graph at 72 × 30: boxes and curves.
#[component]
pub fn GraphThumbnail(
    /// What to draw.
    thumbnail: Thumbnail,
) -> impl IntoView {
    let (min, max) = bounds(&thumbnail.nodes);
    let span = |axis: usize, node: f64| (max[axis] - min[axis] + node).max(1.0);
    // A node is 208 × 88 canvas units or so; the whole is fitted into 68 × 26.
    let scale = (68.0 / span(0, 208.0)).min(26.0 / span(1, 88.0)).min(0.085);
    let (width, height) = (208.0 * scale, (88.0 * scale).max(4.0));
    let left = 36.0 - (span(0, 208.0) * scale) / 2.0;
    let top = 15.0 - (span(1, 88.0) * scale) / 2.0;
    let at = move |node: &[f64; 2]| (left + (node[0] - min[0]) * scale, top + (node[1] - min[1]) * scale);
    let paths = thumbnail.edges.iter().filter_map(|edge| {
        let from = at(thumbnail.nodes.get(edge[0] as usize)?);
        let to = at(thumbnail.nodes.get(edge[1] as usize)?);
        let (x1, y1, x2, y2) = (from.0 + width, from.1 + height / 2.0, to.0, to.1 + height / 2.0);
        let bend = ((x2 - x1) / 2.0).abs().max(2.0);
        Some(format!("M{x1:.1} {y1:.1}C{:.1} {y1:.1} {:.1} {y2:.1} {x2:.1} {y2:.1}", x1 + bend, x2 - bend))
    });
    let paths = paths.map(|d| view! { <path d=d></path> }).collect_view();
    let boxes = thumbnail.nodes.iter().map(|node| {
        let (x, y) = at(node);
        view! {
            <rect x=format!("{x:.1}") y=format!("{y:.1}") width=format!("{width:.1}") height=format!("{height:.1}") rx="2" fill="var(--surface)"></rect>
        }
    });
    let boxes = boxes.collect_view();
    view! { <svg class="thumb" viewBox="0 0 72 30" fill="none" stroke="currentColor" aria-hidden="true">{paths}{boxes}</svg> }
}

fn bounds(nodes: &[[f64; 2]]) -> ([f64; 2], [f64; 2]) {
    let mut min = [f64::INFINITY; 2];
    let mut max = [f64::NEG_INFINITY; 2];
    for node in nodes {
        for axis in 0..2 {
            min[axis] = min[axis].min(node[axis]);
            max[axis] = max[axis].max(node[axis]);
        }
    }
    if nodes.is_empty() { ([0.0; 2], [0.0; 2]) } else { (min, max) }
}

/// The bars of recent runs, oldest first: height is the time taken, colour and form the state.
#[component]
pub fn RunBars(
    /// Newest first.
    runs: Vec<RunSummary>,
) -> impl IntoView {
    let took = |run: &RunSummary| run.finished.zip(run.started).map_or(0, |(end, start)| end.saturating_sub(start));
    let longest = runs.iter().map(took).max().unwrap_or(0).max(1) as f64;
    let count = runs.len();
    let bars = runs.iter().rev().enumerate().map(|(index, run)| {
        let height = (4.0 + 14.0 * took(run) as f64 / longest).round();
        let (x, y) = (index * 7, 20.0 - height);
        match run.phase {
            RunPhase::Failed => view! {
                <path d=format!("M{}.75 {:.2}h3.5v{:.2}h-3.5z", x, y + 0.75, height - 1.5) fill="none" stroke="var(--state-failed-mark)" stroke-width="1.5"></path>
            }
            .into_any(),
            phase => {
                let colour = match phase {
                    RunPhase::Succeeded => "var(--state-succeeded-mark)",
                    RunPhase::Stopped => "var(--state-stopped-mark)",
                    RunPhase::Waiting => "var(--state-waiting-mark)",
                    _ => "var(--state-running-mark)",
                };
                view! { <rect x=x y=y width="5" height=height rx="1" fill=colour></rect> }.into_any()
            }
        }
    });
    let bars = bars.collect_view();
    let label = t!("Last {count} runs", count);
    view! { <svg class="spark" width=count * 7 height="20" role="img" aria-label=label>{bars}</svg> }
}
