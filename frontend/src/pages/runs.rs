//! All runs: filtered, searched, sorted and paged by the server. The address says what is shown, so that it can be sent on.

pub mod address;
pub mod change;
pub mod choice;
pub mod filter;
pub mod table;

pub use change::ChangeRunDialog;
pub use table::{RunTable, run_title};

use super::frame::HomeFrame;
use crate::net::client;
use crate::ui::notice::{ErrorNotice, Skeleton};
use crate::ui::pause::AfterPause;
use crate::ui::{clock, format};
use address::ListAddress;
use choice::{Choice, ChoiceBar};
use dagwright_shared::api::{RUNS_COUNTED, RunList};
use dagwright_texts::t;
use filter::FilterBar;
use leptos::prelude::*;
use leptos_router::components::A;
use std::time::Duration;

/// The page.
#[component]
pub fn RunsPage() -> impl IntoView {
    let address = ListAddress::here();
    let api = Memo::new(move |_| address.api());
    let runs = LocalResource::new(move || {
        let api = api.get();
        async move { client::get::<RunList>(&api).await }
    });
    let tick = clock::ticking(Duration::from_secs(4));
    Effect::new(move |first: Option<()>| {
        tick.track();
        if first.is_some() {
            runs.refetch();
        }
    });
    let list =
        Memo::new(move |last: Option<&Option<Result<RunList, _>>>| runs.get().or_else(|| last.cloned().flatten()));
    let choice =
        Choice::new(Signal::derive(move || list.get().and_then(Result::ok).map(|list| list.runs).unwrap_or_default()));
    Effect::new(move |_| {
        api.track();
        choice.clear();
    });
    let text = search(address);
    let changed = Callback::new(move |()| {
        choice.clear();
        runs.refetch();
    });
    view! {
        <HomeFrame current="/runs" search=text>
            <div class="ptitle runs-title">
                <h1>{t!("Runs")}</h1>
                <Show when=move || choice.any() fallback=move || view! { <FilterBar address=address /> }>
                    <ChoiceBar choice=choice changed=changed />
                </Show>
            </div>
            {move || match list.with(|list| list.as_ref().map(|list| list.as_ref().map(|list| list.runs.is_empty()).map_err(Clone::clone))) {
                None => view! { <Skeleton /> }.into_any(),
                Some(Err(error)) => view! { <ErrorNotice error=error retry=Callback::new(move |()| runs.refetch()) /> }.into_any(),
                Some(Ok(true)) => view! { <Empty address=address /> }.into_any(),
                Some(Ok(false)) => view! {
                    <RunTable runs=choice.shown choice=choice address=address />
                    <Pager list=list address=address />
                }.into_any(),
            }}
        </HomeFrame>
    }
}

/// The search field's text: it follows the address, and the address follows it once a person pauses.
fn search(address: ListAddress) -> RwSignal<String> {
    let text = RwSignal::new(address.get_untracked("text"));
    let pause = AfterPause::new(Duration::from_millis(200));
    Effect::new(move |_| {
        let known = address.get("text");
        if text.with_untracked(|text| text.trim() != known) {
            text.set(known);
        }
    });
    Effect::new(move |_| {
        let wanted = text.with(|text| text.trim().to_owned());
        if wanted == address.get_untracked("text") {
            pause.cancel();
        } else {
            pause.run(move || address.replace(&[("text", &wanted)]));
        }
    });
    text
}

#[component]
fn Empty(address: ListAddress) -> impl IntoView {
    let words = move || {
        let text = address.get("text");
        if text.is_empty() { String::from(t!("No run is like this")) } else { t!("No run says “{text}”", text) }
    };
    move || {
        if address.is_filtered() {
            view! {
                <div class="empty" role="status">
                    <h2>{words}</h2>
                    <p>{t!("Other runs are there: take a part of the filter away, or all of it.")}</p>
                    <div class="acts"><button class="btn" on:click=move |_| address.clear()>{t!("Show all runs")}</button></div>
                </div>
            }
            .into_any()
        } else {
            view! {
                <div class="empty">
                    <h2>{t!("No run yet")}</h2>
                    <p>{t!("Open a pipeline and press Run. Every run is kept here with its logs and artifacts.")}</p>
                    <div class="acts"><A href="/" attr:class="btn primary">{t!("Open a pipeline")}</A></div>
                </div>
            }
            .into_any()
        }
    }
}

#[component]
fn Pager(list: Memo<Option<Result<RunList, client::ApiError>>>, address: ListAddress) -> impl IntoView {
    let facts = Memo::new(move |_| {
        list.with(|list| list.as_ref()?.as_ref().ok().map(|list| (list.total, list.next.clone()))).unwrap_or_default()
    });
    let words = move || {
        let total = facts.get().0;
        if address.is_filtered() && total == RUNS_COUNTED {
            t!("{count} or more runs", count = format::grouped(total as i64))
        } else {
            format::runs(total)
        }
    };
    view! {
        <div class="tail">
            <span data-testid="run-count">{words}</span>
            <span class="grow"></span>
            <Show when=move || !address.get("before").is_empty()>
                <button class="btn small" on:click=move |_| address.set(&[])>{t!("First page")}</button>
            </Show>
            {move || facts.get().1.map(|next| view! {
                <button class="btn small" on:click=move |_| address.set(&[("before", &next)])>{t!("Next page")}</button>
            })}
        </div>
    }
}
