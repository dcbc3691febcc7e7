//! A run: the same canvas come alive, with facts, timeline, and one task's logs and outputs beside it.

pub mod again;
pub mod compare_with;
pub mod place;

use crate::net::client::{self, ApiError, segment};
use crate::pages::frame::HomeFrame;
use crate::panels::copy_link::CopyLink;
use crate::panels::run::{
    events::EventList,
    facts::FactsRow,
    live::LiveRun,
    overview::RunOverview,
    task::TaskPanel,
    timeline::{Timeline, TimelineKey},
};
use crate::ui::ask::ask;
use crate::ui::icon::{Icon, SmallIcon};
use crate::ui::notice::{ErrorNotice, Skeleton};
use crate::ui::state_mark::{StateMark, run_look};
use again::{CloneDialog, RunAgain};
use compare_with::CompareWith;
use dagwright_shared::api::RunDetail;
use dagwright_shared::run::RunPhase;
use dagwright_texts::t;
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    components::A,
    hooks::{use_navigate, use_params_map},
};
use place::RunPlace;

/// The page: fetches the run, then shows it.
#[component]
pub fn RunPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let detail = LocalResource::new(move || {
        let address = format!("/api/runs/{}", segment(&id.get()));
        async move { client::get::<RunDetail>(&address).await }
    });
    view! {
        <Transition fallback=|| view! { <div class="page"><Skeleton /></div> }>
            {move || detail.get().map(|answer| match answer {
                Err(error) => view! { <RunProblem error=error /> }.into_any(),
                Ok(detail) => view! { <LiveRunView detail=detail /> }.into_any(),
            })}
        </Transition>
    }
}

#[component]
fn RunProblem(error: ApiError) -> impl IntoView {
    view! { <HomeFrame current=""><ErrorNotice error=error /><div class="tail"><A href="/runs">{t!("All runs")}</A></div></HomeFrame> }
}

#[component]
fn LiveRunView(detail: RunDetail) -> impl IntoView {
    let live = LiveRun::open(detail);
    let place = RunPlace::of(live);
    let selected = place.task;
    let bottom = RwSignal::new("timeline");
    let choose = move |value: &'static str, word: &'static str| {
        view! { <button role="tab" aria-selected=move || (bottom.get() == value).to_string() on:click=move |_| bottom.set(value)>{word}</button> }
    };
    view! {
        <div class="app run">
            <RunBar live=live />
            <FactsRow live=live />
            <main class="main">
                <crate::panels::run::canvas::RunCanvas live=live selected=selected />
                <section class="gantt" aria-label=t!("Timeline")>
                    <div class="tabs" role="tablist">
                        {choose("timeline", t!("Timeline"))} {choose("events", t!("Events"))}
                        <span class="grow"></span>
                        <TimelineKey />
                    </div>
                    <Show when=move || bottom.get() == "timeline" fallback=move || view! { <EventList live=live /> }>
                        <Timeline live=live selected=selected />
                    </Show>
                </section>
            </main>
            <aside class="right" aria-label=t!("Details")>
                <h2 class="sr">{t!("Details")}</h2>
                {move || match selected.get() {
                    Some(slug) => view! { <TaskPanel live=live slug=slug tab=place.tab output=place.output close=Callback::new(move |()| selected.set(None)) /> }.into_any(),
                    None => view! { <RunOverview live=live selected=selected /> }.into_any(),
                }}
            </aside>
        </div>
    }
}

/// What is open over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    Nothing,
    Again,
    Clone,
}

#[component]
fn RunBar(live: LiveRun) -> impl IntoView {
    let detail = live.detail.get_value();
    let summary = detail.summary.clone();
    let phase = live.phase();
    let editor = format!("/pipelines/{}", summary.pipeline);
    let error = RwSignal::new(None::<ApiError>);
    let over = RwSignal::new(Over::Nothing);
    let close = Callback::new(move |()| over.set(Over::Nothing));
    let stop_address = StoredValue::new(format!("/api/runs/{}/stop", segment(&summary.id)));
    let stop = move |_| {
        leptos::task::spawn_local(async move { error.set(client::post_empty(&stop_address.get_value()).await.err()) });
    };
    let delete_address = StoredValue::new(format!("/api/runs/{}", segment(&summary.id)));
    let away = StoredValue::new_local(use_navigate());
    let remove = move |_| {
        ask(t!("Delete this run with its logs and artifacts? This cannot be undone."), t!("Delete"), move || {
            leptos::task::spawn_local(async move {
                match client::delete(&delete_address.get_value()).await {
                    Ok(()) => away.with_value(|away| away("/runs", NavigateOptions::default())),
                    Err(problem) => error.set(Some(problem)),
                }
            });
        });
    };
    let remove = StoredValue::new_local(remove);
    let default_name = format!("{} {}", summary.pipeline_name, summary.number);
    let title = if summary.name.is_empty() || summary.name == default_name {
        t!("Run {run}", run = summary.number)
    } else {
        summary.name.clone()
    };
    let runs = format!("/runs?pipeline={}", segment(&summary.pipeline));
    let link = format!("/runs/{}", segment(&summary.id));
    let compared = summary.clone();
    let dialogs = move || match over.get() {
        Over::Nothing => ().into_any(),
        Over::Clone => view! { <CloneDialog detail=live.detail.get_value() close=close /> }.into_any(),
        Over::Again => view! { <RunAgain detail=live.detail.get_value() close=close /> }.into_any(),
    };
    view! {
        <header class="bar">
            <A href="/" attr:class="mark" attr:title=t!("Home") attr:aria-label=t!("Home")><Icon name="logo" /></A>
            <nav class="crumbs" aria-label=t!("Where this is")>
                <A href="/">{t!("Pipelines")}</A><span class="sep">"/"</span><A href=editor.clone()>{summary.pipeline_name.clone()}</A>
                <span class="sep">"/"</span><h1>{title}</h1>
            </nav>
            <span class="gap"></span>
            <span data-testid="run-state"><StateMark look=Signal::derive(move || run_look(phase.get())) class="pill" /></span>
            <div class="mid seg">
                <A href=editor>{t!("Editor")}</A><A href=runs>{t!("Runs")}<span class="faint">{summary.number}</span></A>
            </div>
            <span class="grow"></span>
            {move || error.get().map(|error| view! { <span class="hint error" role="alert">{error.to_string()}</span> })}
            <CopyLink path=link title=t!("Copy a link to this run") />
            <CompareWith summary=compared />
            <button class="btn quiet" title=t!("Run the same again, with other parameters") on:click=move |_| over.set(Over::Again)><Icon name="rerun" />{t!("Run again")}</button>
            <button class="btn quiet" title=t!("Its pipeline as it was, in the editor") on:click=move |_| over.set(Over::Clone)><Icon name="clone" />{t!("Clone")}</button>
            {move || match phase.get() {
                RunPhase::Stopping => view! {
                    <button class="btn danger" title=t!("End its tasks without waiting") on:click=stop><Icon name="stop" />{t!("Stop now")}</button>
                }.into_any(),
                phase if phase.is_final() => view! {
                    <button class="btn quiet" on:click=move |_| remove.with_value(|remove| remove(()))><SmallIcon name="close" />{t!("Delete")}</button>
                }.into_any(),
                _ => view! { <button class="btn danger" on:click=stop><Icon name="stop" />{t!("Stop")}</button> }.into_any(),
            }}
        </header>
        {dialogs}
    }
}
