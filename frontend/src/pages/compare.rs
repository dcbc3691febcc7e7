//! Two runs side by side: facts, parameters, metrics with differences, confusion matrices, durations by task, and how
//! their pipelines differ.

pub mod figures;

use super::frame::HomeFrame;
use super::runs::run_title;
use crate::net::client::{self, ApiError, segment};
use crate::panels::copy_link::CopyLink;
use crate::panels::difference::{DifferenceList, DifferenceMap, summary};
use crate::store::server::place_of_run;
use crate::ui::icon::{Icon, SmallIcon};
use crate::ui::notice::{ErrorNotice, Skeleton};
use crate::ui::state_mark::{StateMark, run_look, task_look};
use crate::ui::{clock, format};
use crate::viewers::classification::ClassificationView;
use dagwright_shared::api::{RunDetail, RunSummary};
use dagwright_shared::compare::{Difference, compare};
use dagwright_shared::pipeline::file::pipeline_from_value;
use dagwright_texts::t;
use figures::{Figures, Pair};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_params_map};

/// The page: fetches both runs.
#[component]
pub fn ComparePage() -> impl IntoView {
    let params = use_params_map();
    let id = move |key: &'static str| Memo::new(move |_| params.with(|params| params.get(key).unwrap_or_default()));
    let (left, right) = (id("left"), id("right"));
    let runs = LocalResource::new(move || {
        let (left, right) = (left.get(), right.get());
        async move {
            let run = async |id: &str| client::get::<RunDetail>(&format!("/api/runs/{}", segment(id))).await;
            Ok::<_, ApiError>((run(&left).await?, run(&right).await?))
        }
    });
    let path = Signal::derive(move || compare_path(&left.get(), &right.get()));
    let swapped = move || compare_path(&right.get(), &left.get());
    view! {
        <HomeFrame current="">
            <div class="ptitle">
                <h1>{t!("Compare two runs")}</h1>
                <CopyLink path=path title=t!("Copy a link to this comparison") />
                <span class="grow"></span>
                <A href=swapped attr:class="btn"><Icon name="compare" />{t!("Swap sides")}</A>
                <A href="/runs" attr:class="btn">{t!("Choose others")}</A>
            </div>
            <Transition fallback=|| view! { <Skeleton /> }>
                {move || runs.get().map(|answer| match answer {
                    Err(error) => view! { <ErrorNotice error=error retry=Callback::new(move |()| runs.refetch()) /> }.into_any(),
                    Ok((left, right)) => view! { <Comparison left=left right=right /> }.into_any(),
                })}
            </Transition>
        </HomeFrame>
    }
}

/// Where two runs are compared.
pub fn compare_path(left: &str, right: &str) -> String {
    format!("/compare/{}/{}", segment(left), segment(right))
}

fn difference(left: &RunDetail, right: &RunDetail) -> Difference {
    let read = |run: &RunDetail| pipeline_from_value(&run.document).value.unwrap_or_default();
    compare(&read(left), &read(right))
}

#[component]
fn Comparison(left: RunDetail, right: RunDetail) -> impl IntoView {
    let figures = Figures::of(&left, &right);
    let difference = difference(&left, &right);
    let heads = Heads::of(&left.summary, &right.summary);
    let words = summary(&difference);
    view! {
        <Facts left=left.summary.clone() right=right.summary.clone() heads=heads.clone() />
        <section class="block" data-testid="parameters">
            <h2>{t!("Parameters")}</h2>
            <PairTable pairs=figures.parameters heads=heads.clone() first=t!("Parameter") change="" empty="Neither run has parameters." />
        </section>
        <section class="block" data-testid="metrics">
            <h2>{t!("Metrics")}</h2>
            <PairTable pairs=figures.metrics heads=heads.clone() first=t!("Metric") change=t!("Change") empty="Neither run has metrics. An output of type Metrics has them." />
        </section>
        {(!figures.matrices.is_empty()).then(|| view! {
            <section class="block" data-testid="matrices">
                <h2>{t!("Confusion matrices")}</h2>
                {figures.matrices.into_iter().map(|pair| view! {
                    <h3 class="matrix-name">{pair.name}</h3>
                    <div class="cols">
                        <div><p class="hint">{heads.left.clone()}</p>{pair.left.map_or_else(missing, |value| view! { <ClassificationView value=value /> }.into_any())}</div>
                        <div><p class="hint">{heads.right.clone()}</p>{pair.right.map_or_else(missing, |value| view! { <ClassificationView value=value /> }.into_any())}</div>
                    </div>
                }).collect_view()}
            </section>
        })}
        <section class="block" data-testid="durations">
            <h2>{t!("Tasks")}</h2>
            <table class="t pairs">
                <thead><tr><th>{t!("Task")}</th><th class="num">{heads.left.clone()}</th><th class="num">{heads.right.clone()}</th><th class="num">{t!("Change")}</th></tr></thead>
                <tbody>{figures.durations.into_iter().map(|task| view! {
                    <tr data-task=task.name.clone()>
                        <td>{task.name.clone()}</td>
                        <td class="num"><TaskCell side=task.left /></td><td class="num"><TaskCell side=task.right /></td>
                        <td class="num muted">{task.change}</td>
                    </tr>
                }).collect_view()}</tbody>
            </table>
        </section>
        <section class="block" data-testid="pipelines">
            <h2>{t!("Pipeline")}<span class="faint">{words}</span></h2>
            <DifferenceMap difference=difference.clone() />
            <DifferenceList difference=difference />
        </section>
    }
}

fn missing() -> AnyView {
    view! { <p class="empty-line">{t!("Not in this run.")}</p> }.into_any()
}

/// What the two columns are called.
#[derive(Clone, Debug, PartialEq)]
struct Heads {
    left: String,
    right: String,
}

impl Heads {
    fn of(left: &RunSummary, right: &RunSummary) -> Self {
        let name = |run: &RunSummary| {
            if left.pipeline == right.pipeline {
                t!("Run {run}", run = run_title(run))
            } else {
                format!("{} {}", run.pipeline_name, run_title(run))
            }
        };
        Self { left: name(left), right: name(right) }
    }
}

#[component]
fn TaskCell(side: Option<figures::TaskSide>) -> impl IntoView {
    side.map(|side| view! { <StateMark look=task_look(side.phase) />" "<span class="took">{side.took}</span> })
}

#[component]
fn Facts(left: RunSummary, right: RunSummary, heads: Heads) -> impl IntoView {
    let row = |name: &'static str, of: &dyn Fn(&RunSummary) -> AnyView| view! { <tr><th scope="row">{name}</th><td>{of(&left)}</td><td>{of(&right)}</td></tr> };
    let text = |text: String| text.into_any();
    let took = |run: &RunSummary| {
        let took = run.started.zip(run.finished).map(|(start, end)| format::duration(end.saturating_sub(start)));
        took.unwrap_or_else(|| String::from(t!("goes on")))
    };
    let link = |run: &RunSummary, words: String| {
        let path = format!("/runs/{}", segment(&run.id));
        view! { <A href=path attr:class="lede">{words}</A> }
    };
    view! {
        <table class="t pairs facts-table">
            <thead><tr><td></td><th>{link(&left, heads.left)}</th><th>{link(&right, heads.right)}</th></tr></thead>
            <tbody>
                {row(t!("State"), &|run| view! { <StateMark look=run_look(run.phase) /> }.into_any())}
                {row(t!("Pipeline"), &|run| text(run.pipeline_name.clone()))}
                {row(t!("Started"), &|run| text(clock::local_time(run.started.unwrap_or(run.created))))}
                {row(t!("Took"), &|run| text(took(run)))}
                {row(t!("Engine"), &|run| text(place_of_run(&run.engine, &run.sandbox)))}
                {row(t!("Experiment"), &|run| text(run.experiment.clone()))}
                {row(t!("Size"), &|run| text(format::bytes(run.size)))}
            </tbody>
        </table>
    }
}

/// Names with a value on either side; those that differ are marked.
#[component]
fn PairTable(
    pairs: Vec<Pair>,
    heads: Heads,
    first: &'static str,
    /// The heading of the last column.
    change: &'static str,
    empty: &'static str,
) -> impl IntoView {
    if pairs.is_empty() {
        return view! { <p class="empty-line">{empty}</p> }.into_any();
    }
    let rows = pairs.into_iter().map(|pair| {
        let differs = pair.left != pair.right;
        let none = || String::from(t!("none"));
        let mark = pair.name.clone();
        view! {
            <tr class:differs=differs data-name=mark>
                <td>{pair.name}</td>
                <td class="num mono">{pair.left.unwrap_or_else(none)}</td><td class="num mono">{pair.right.unwrap_or_else(none)}</td>
                <td class="num">
                    {differs.then(|| match pair.change {
                        Some(change) => change.into_any(),
                        None => view! { <span class="with-icon differs-mark"><SmallIcon name="note" />{t!("differs")}</span> }.into_any(),
                    })}
                </td>
            </tr>
        }
    });
    view! {
        <table class="t pairs">
            <thead><tr><th>{first}</th><th class="num">{heads.left}</th><th class="num">{heads.right}</th><th class="num">{if change.is_empty() { view! { <span class="sr">{t!("Differs")}</span> }.into_any() } else { change.into_any() }}</th></tr></thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}
