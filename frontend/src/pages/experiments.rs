//! Experiments: named groups of runs. Each leads to its runs; it can be renamed, described, and deleted once it is empty.

use super::frame::HomeFrame;
use crate::net::client::{self, ApiError, segment};
use crate::ui::clock;
use crate::ui::form_dialog::{FormDialog, TextRow};
use crate::ui::icon::Icon;
use crate::ui::menu::{Menu, MenuPlace, below};
use crate::ui::notice::{ErrorNotice, Skeleton};
use crate::ui::thumbnail::RunBars;
use crate::ui::toast::toast;
use dagwright_shared::api::{ChangeExperiment, CreateExperiment, Experiment, ExperimentList};
use dagwright_texts::t;
use leptos::prelude::*;
use leptos_router::components::A;

/// What the dialog is about.
#[derive(Clone, Debug, PartialEq)]
enum Edit {
    Nothing,
    New,
    /// The experiment's name and description.
    Known(String, String),
}

/// The page.
#[component]
pub fn ExperimentsPage() -> impl IntoView {
    let experiments = LocalResource::new(|| client::get::<ExperimentList>("/api/experiments"));
    let open = RwSignal::new(Edit::Nothing);
    let changed = Callback::new(move |()| experiments.refetch());
    let create = move || view! { <button class="btn" on:click=move |_| open.set(Edit::New)><Icon name="plus" />{t!("New experiment")}</button> };
    view! {
        <HomeFrame current="/experiments">
            <div class="ptitle"><h1>{t!("Experiments")}</h1><span class="grow"></span>{create()}</div>
            <Transition fallback=|| view! { <Skeleton /> }>
                {move || experiments.get().map(|answer| match answer {
                    Err(error) => view! { <ErrorNotice error=error retry=changed /> }.into_any(),
                    Ok(list) if list.experiments.is_empty() => view! {
                        <div class="empty">
                            <h2>{t!("No experiment yet")}</h2>
                            <p>{t!("An experiment groups runs that belong together. Name one here or in the form of a run.")}</p>
                            <div class="acts">{create()}</div>
                        </div>
                    }.into_any(),
                    Ok(list) => view! { <ExperimentTable list=list.experiments open=open changed=changed /> }.into_any(),
                })}
            </Transition>
            {move || match open.get() {
                Edit::Nothing => ().into_any(),
                edit => view! { <EditDialog edit=edit close=Callback::new(move |()| open.set(Edit::Nothing)) done=changed /> }.into_any(),
            }}
        </HomeFrame>
    }
}

#[component]
fn ExperimentTable(list: Vec<Experiment>, open: RwSignal<Edit>, changed: Callback<()>) -> impl IntoView {
    let now = clock::now();
    let rows = list
        .into_iter()
        .map(|experiment| view! { <ExperimentRow experiment=experiment now=now open=open changed=changed /> });
    view! {
        <table class="t pip">
            <thead><tr><th>{t!("Name")}</th><th class="num">{t!("Runs")}</th><th>{t!("Recent")}</th><th class="num">{t!("Last used")}</th><th><span class="sr">{t!("Actions")}</span></th></tr></thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}

#[component]
fn ExperimentRow(experiment: Experiment, now: u64, open: RwSignal<Edit>, changed: Callback<()>) -> impl IntoView {
    let name = experiment.name.clone();
    let address = format!("/runs?experiment={}", segment(&name));
    let menu = RwSignal::new(None as MenuPlace);
    let mark = name.clone();
    let more = t!("More about {name}", name);
    let known = StoredValue::new((name.clone(), experiment.description.clone()));
    let remove = move || {
        leptos::task::spawn_local(async move {
            let path = format!("/api/experiments/{}", segment(&known.get_value().0));
            if let Err(problem) = client::delete(&path).await {
                toast(problem.to_string());
            }
            changed.run(());
        });
    };
    view! {
        <tr data-experiment=mark>
            <td><A href=address attr:class="lede">{name}</A><div class="hint cut">{experiment.description}</div></td>
            <td class="num">{experiment.runs}</td>
            <td><RunBars runs=experiment.recent /></td>
            <td class="num muted">{experiment.last_used.map(|time| clock::relative(time, now))}</td>
            <td class="acts">
                <button class="btn quiet small icon" title=t!("More") aria-label=more on:click=move |event| menu.set(below(&event))><Icon name="more" /></button>
                <Menu place=menu label=t!("Experiment")>
                    <button role="menuitem" on:click=move |_| known.with_value(|(name, words)| open.set(Edit::Known(name.clone(), words.clone())))>{t!("Rename")}</button>
                    <button role="menuitem" on:click=move |_| remove()>{t!("Delete")}</button>
                </Menu>
            </td>
        </tr>
    }
}

#[component]
fn EditDialog(edit: Edit, close: Callback<()>, done: Callback<()>) -> impl IntoView {
    let known =
        if let Edit::Known(name, description) = &edit { Some((name.clone(), description.clone())) } else { None };
    let (old_name, old_words) = known.clone().unwrap_or_default();
    let (name, description) = (RwSignal::new(old_name.clone()), RwSignal::new(old_words));
    let error = RwSignal::new(None::<ApiError>);
    let is_new = known.is_none();
    let path = StoredValue::new(format!("/api/experiments/{}", segment(&old_name)));
    let save = Callback::new(move |()| {
        leptos::task::spawn_local(async move {
            let (name, description) = (name.get_untracked(), description.get_untracked());
            let answer = if is_new {
                client::post_only("/api/experiments", &CreateExperiment { name, description }).await
            } else {
                let change = ChangeExperiment { name: Some(name), description: Some(description) };
                client::patch_only(&path.get_value(), &change).await
            };
            match answer {
                Ok(()) => {
                    done.run(());
                    close.run(());
                }
                Err(problem) => error.set(Some(problem)),
            }
        });
    });
    view! {
        <FormDialog
            title=if is_new { t!("New experiment") } else { t!("Experiment") }
            action=if is_new { t!("Create") } else { t!("Save") }
            submit=save
            error=error
            close=close
        >
            <TextRow id="experiment-name" label=t!("Name") value=name />
            <TextRow id="experiment-description" label=t!("Description") value=description />
        </FormDialog>
    }
}
