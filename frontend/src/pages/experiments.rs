//! Experiments: named groups of runs.

use super::frame::HomeFrame;
use crate::net::client;
use crate::ui::clock;
use crate::ui::dialog::Dialog;
use crate::ui::icon::Icon;
use crate::ui::notice::{ErrorNotice, Skeleton};
use crate::ui::thumbnail::RunBars;
use dagwright_shared::api::{CreateExperiment, Experiment, ExperimentList};
use leptos::prelude::*;
use leptos_router::components::A;

/// The page.
#[component]
pub fn ExperimentsPage() -> impl IntoView {
    let experiments = LocalResource::new(|| client::get::<ExperimentList>("/api/experiments"));
    let open = RwSignal::new(false);
    view! {
        <HomeFrame current="/experiments">
            <div class="ptitle">
                <h1>"Experiments"</h1>
                <span class="grow"></span>
                <button class="btn" on:click=move |_| open.set(true)><Icon name="plus" />"New experiment"</button>
            </div>
            <Transition fallback=|| view! { <Skeleton /> }>
                {move || experiments.get().map(|answer| match answer {
                    Err(error) => view! { <ErrorNotice error=error retry=Callback::new(move |()| experiments.refetch()) /> }.into_any(),
                    Ok(list) if list.experiments.is_empty() => view! {
                        <div class="empty"><h2>"No experiment yet"</h2><p>"An experiment groups runs that belong together. The first run makes one."</p></div>
                    }.into_any(),
                    Ok(list) => view! { <ExperimentTable list=list.experiments /> }.into_any(),
                })}
            </Transition>
            <Show when=move || open.get()>
                <NewExperiment close=Callback::new(move |()| open.set(false)) done=Callback::new(move |()| experiments.refetch()) />
            </Show>
        </HomeFrame>
    }
}

#[component]
fn ExperimentTable(list: Vec<Experiment>) -> impl IntoView {
    let now = clock::now();
    let rows = list.into_iter().map(|experiment| {
        let address = format!("/runs?experiment={}", client::segment(&experiment.name));
        view! {
            <tr>
                <td><A href=address attr:class="lede">{experiment.name.clone()}</A><div class="hint cut">{experiment.description}</div></td>
                <td class="num">{experiment.runs}</td>
                <td><RunBars runs=experiment.recent /></td>
                <td class="num muted">{experiment.last_used.map(|time| clock::relative(time, now))}</td>
            </tr>
        }
    });
    view! {
        <table class="t pip">
            <thead><tr><th>"Name"</th><th class="num">"Runs"</th><th>"Recent"</th><th class="num">"Last used"</th></tr></thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}

#[component]
fn NewExperiment(close: Callback<()>, done: Callback<()>) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let description = RwSignal::new(String::new());
    let error = RwSignal::new(None);
    let save = move || {
        let request = CreateExperiment { name: name.get_untracked(), description: description.get_untracked() };
        leptos::task::spawn_local(async move {
            match client::post::<_, Experiment>("/api/experiments", &request).await {
                Ok(_) => {
                    done.run(());
                    close.run(());
                }
                Err(problem) => error.set(Some(problem)),
            }
        });
    };
    view! {
        <Dialog title="New experiment" close=close>
            <div class="body">
                <div class="frow">
                    <label for="experiment-name">"Name"</label>
                    <span class="field"><input id="experiment-name" bind:value=name /></span>
                </div>
                <div class="frow">
                    <label for="experiment-description">"Description"</label>
                    <span class="field"><input id="experiment-description" bind:value=description /></span>
                </div>
                {move || error.get().map(|error| view! { <ErrorNotice error=error /> })}
            </div>
            <footer>
                <span class="grow"></span>
                <button class="btn" on:click=move |_| close.run(())>"Cancel"</button>
                <button class="btn primary" on:click=move |_| save()>"Create"</button>
            </footer>
        </Dialog>
    }
}
