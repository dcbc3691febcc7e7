//! Versions of a pipeline: a list, the chosen one on a canvas to look at, how it differs from now, and the way back to it.

use super::frame::HomeFrame;
use crate::canvas::CanvasView;
use crate::net::client::{self, ApiError, segment};
use crate::panels::difference::DifferenceList;
use crate::store::document_store::DocumentStore;
use crate::ui::form_dialog::{FormDialog, TextRow};
use crate::ui::icon::{Icon, SmallIcon};
use crate::ui::notice::{ErrorNotice, Skeleton};
use crate::ui::toast::toast;
use crate::ui::{clock, format};
use dagwright_editor::session::Mode;
use dagwright_shared::api::{ChangeVersion, NameVersion, StoredPipeline, StoredVersion, VersionList, VersionSummary};
use dagwright_shared::compare::compare;
use dagwright_shared::pipeline::Pipeline;
use dagwright_shared::pipeline::file::pipeline_from_value;
use dagwright_texts::t;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use leptos_router::{NavigateOptions, components::A};
use serde_json::Value;

/// What is being named.
#[derive(Clone, Debug, PartialEq)]
enum Naming {
    Nothing,
    Now,
    Known(VersionSummary),
}

fn read(document: &Value) -> Pipeline {
    pipeline_from_value(document).value.unwrap_or_default()
}

/// What a version is called: its name, else what made it.
fn title(version: &VersionSummary) -> String {
    match (version.name.as_str(), version.last_run) {
        ("", Some(run)) => t!("Run {run}", run),
        ("", None) => t!("Revision {revision}", revision = version.revision),
        (name, _) => name.to_owned(),
    }
}

/// The page.
#[component]
pub fn VersionsPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let query = use_query_map();
    let pipeline = move |rest: &str| format!("/api/pipelines/{}{rest}", segment(&id.get()));
    let now = LocalResource::new(move || {
        let path = pipeline("");
        async move { client::get::<StoredPipeline>(&path).await }
    });
    let versions = LocalResource::new(move || {
        let path = pipeline("/versions");
        async move { client::get::<VersionList>(&path).await }
    });
    let naming = RwSignal::new(Naming::Nothing);
    let changed = Callback::new(move |()| {
        versions.refetch();
        now.refetch();
    });
    let chosen = Memo::new(move |_| {
        let asked = query.with(|query| query.get("version")).and_then(|version| version.parse::<u64>().ok());
        let list = versions.get()?.ok()?.versions;
        asked
            .filter(|asked| list.iter().any(|version| version.id == *asked))
            .or_else(|| list.first().map(|version| version.id))
    });
    let name =
        move || now.get().and_then(Result::ok).map(|stored| read(&stored.document).metadata.name).unwrap_or_default();
    let editor = move || format!("/pipelines/{}", segment(&id.get()));
    let revision = Memo::new(move |_| now.get().and_then(Result::ok).map(|stored| stored.revision));
    view! {
        <HomeFrame current="">
            <div class="ptitle">
                <h1>{move || t!("Versions of {name}", name = name())}</h1>
                <span class="grow"></span>
                <button class="btn" on:click=move |_| naming.set(Naming::Now)><Icon name="plus" />{t!("Name the version of now")}</button>
                <A href=editor attr:class="btn primary">{t!("Back to the editor")}</A>
            </div>
            <Transition fallback=|| view! { <Skeleton /> }>
                {move || versions.get().map(|answer| match answer {
                    Err(error) => view! { <ErrorNotice error=error retry=changed /> }.into_any(),
                    Ok(list) if list.versions.is_empty() => view! {
                        <div class="empty">
                            <h2>{t!("No version yet")}</h2>
                            <p>{t!("Every run keeps the version that it ran. Name one to come back to it later.")}</p>
                            <div class="acts"><button class="btn" on:click=move |_| naming.set(Naming::Now)>{t!("Name the version of now")}</button></div>
                        </div>
                    }.into_any(),
                    Ok(list) => view! {
                        <div class="versions">
                            <ul aria-label=t!("Versions")>{list.versions.into_iter().map(|version| view! { <VersionRow version=version chosen=chosen id=id revision=revision /> }).collect_view()}</ul>
                            {move || chosen.get().map(|version| view! { <VersionView id=id.get() version=version now=now naming=naming changed=changed /> })}
                        </div>
                    }.into_any(),
                })}
            </Transition>
            {move || match naming.get() {
                Naming::Nothing => ().into_any(),
                naming_what => view! {
                    <NameDialog what=naming_what id=id.get_untracked() revision=revision close=Callback::new(move |()| naming.set(Naming::Nothing)) changed=changed />
                }.into_any(),
            }}
        </HomeFrame>
    }
}

#[component]
fn VersionRow(
    version: VersionSummary,
    chosen: Memo<Option<u64>>,
    id: Memo<String>,
    revision: Memo<Option<u64>>,
) -> impl IntoView {
    let path = format!("/pipelines/{}/versions?version={}", segment(&id.get_untracked()), version.id);
    let (name, unnamed) = (title(&version), version.name.is_empty());
    let mark = name.clone();
    let (number, of) = (version.id, version.revision);
    let current = move || (chosen.get() == Some(number)).then_some("true");
    let runs = match version.runs {
        0 => String::new(),
        runs => format!(", {}", format::runs(runs)),
    };
    let words = format!("{}{runs}", clock::relative(version.created, clock::now()));
    view! {
        <li data-version=mark>
            <A href=path attr:aria-current=current>
                <b class:faint=unnamed>{name}</b>
                <span class="hint">{words}{move || (revision.get() == Some(of)).then_some(t!(", as it is now"))}</span>
            </A>
        </li>
    }
}

#[component]
fn VersionView(
    id: String,
    version: u64,
    now: LocalResource<Result<StoredPipeline, ApiError>>,
    naming: RwSignal<Naming>,
    changed: Callback<()>,
) -> impl IntoView {
    let path = StoredValue::new(format!("/api/pipelines/{}/versions/{version}", segment(&id)));
    let id = StoredValue::new(id);
    let stored = LocalResource::new(move || async move { client::get::<StoredVersion>(&path.get_value()).await });
    let navigate = StoredValue::new_local(use_navigate());
    let restore = move || {
        let Some(revision) = now.get_untracked().and_then(Result::ok).map(|stored| stored.revision) else { return };
        leptos::task::spawn_local(async move {
            match client::post_if_match(&format!("{}/restore", path.get_value()), revision).await {
                Ok(()) => {
                    toast(t!("Restored. What was there before is among the versions."));
                    let editor = format!("/pipelines/{}", segment(&id.get_value()));
                    navigate.with_value(|go| go(&editor, NavigateOptions::default()));
                }
                Err(problem) => {
                    toast(problem.to_string());
                    changed.run(());
                }
            }
        });
    };
    let difference = move |stored: &StoredVersion| {
        let current = now.get().and_then(Result::ok)?;
        Some(compare(&read(&stored.document), &read(&current.document)))
    };
    view! {
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || stored.get().map(|answer| match answer {
                Err(error) => view! { <ErrorNotice error=error /> }.into_any(),
                Ok(stored) => {
                    let difference = difference(&stored);
                    let same = now.get().and_then(Result::ok).is_some_and(|now| now.document == stored.document);
                    let document = DocumentStore::open(read(&stored.document), Mode::Look);
                    let summary = stored.summary.clone();
                    view! {
                        <section class="version" data-testid="version">
                            <header>
                                <h2>{title(&stored.summary)}</h2>
                                <span class="grow"></span>
                                <button class="btn quiet" on:click=move |_| naming.set(Naming::Known(summary.clone()))>{t!("Rename")}</button>
                                {(!same).then(|| view! { <button class="btn" on:click=move |_| restore()><SmallIcon name="undo" />{t!("Restore")}</button> })}
                            </header>
                            <div class="version-canvas"><CanvasView store=document /></div>
                            <h3>{t!("From then to now")}</h3>
                            {difference.map(|difference| view! { <DifferenceList difference=difference /> })}
                        </section>
                    }.into_any()
                }
            })}
        </Transition>
    }
}

#[component]
fn NameDialog(
    what: Naming,
    id: String,
    revision: Memo<Option<u64>>,
    close: Callback<()>,
    changed: Callback<()>,
) -> impl IntoView {
    let known = if let Naming::Known(version) = &what { Some(version.clone()) } else { None };
    let name = RwSignal::new(known.as_ref().map(|version| version.name.clone()).unwrap_or_default());
    let error = RwSignal::new(None::<ApiError>);
    let base = StoredValue::new(format!("/api/pipelines/{}/versions", segment(&id)));
    let known = known.map(|version| version.id);
    let save = Callback::new(move |()| {
        let name = name.get_untracked();
        leptos::task::spawn_local(async move {
            let answer = match known {
                Some(version) => {
                    client::patch_only(&format!("{}/{version}", base.get_value()), &ChangeVersion { name }).await
                }
                None => {
                    let revision = revision.get_untracked().unwrap_or_default();
                    client::post_over::<_, VersionSummary>(&base.get_value(), revision, &NameVersion { name })
                        .await
                        .map(drop)
                }
            };
            match answer {
                Ok(()) => {
                    close.run(());
                    changed.run(());
                }
                Err(problem) => error.set(Some(problem)),
            }
        });
    });
    view! {
        <FormDialog title=t!("Name a version") action=t!("Save") submit=save error=error close=close>
            <TextRow id="version-name" label=t!("Name") value=name />
        </FormDialog>
    }
}
