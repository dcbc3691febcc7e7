//! Volumes: claims of the cluster; on this machine their size, who uses them, browse, download a file, delete.

pub mod claims;

use super::frame::HomeFrame;
use crate::net::client::{self, ApiError, segment};
use crate::store::server::{is_cluster, server_info};
use crate::ui::ask::ask;
use crate::ui::icon::{Icon, SmallIcon};
use crate::ui::next_page::NextPage;
use crate::ui::notice::{ErrorNotice, Skeleton};
use crate::ui::{clock, format};
use claims::ClusterClaims;
use dagwright_shared::api::{FileList, VolumeList, VolumeSummary};
use dagwright_texts::t;
use leptos::prelude::*;
use leptos_router::components::A;

/// The page.
#[component]
pub fn VolumesPage() -> impl IntoView {
    let volumes = LocalResource::new(|| client::get::<VolumeList>("/api/volumes"));
    let open = RwSignal::new(None::<String>);
    let error = RwSignal::new(None::<ApiError>);
    let changed = Callback::new(move |()| volumes.refetch());
    let server = server_info();
    let has = move |wanted: bool| {
        server.with(|server| {
            server.as_ref().is_some_and(|server| server.engines.iter().any(|engine| is_cluster(&engine.name) == wanted))
        })
    };
    view! {
        <HomeFrame current="/volumes">
            <div class="ptitle"><h1>{t!("Volumes")}</h1></div>
            <Show when=move || has(true)><ClusterClaims /></Show>
            <Show when=move || has(true) && has(false)><div class="block"><h2>{t!("On this machine")}</h2></div></Show>
            {move || error.get().map(|error| view! { <ErrorNotice error=error /> })}
            <Transition fallback=|| view! { <Skeleton /> }>
                {move || volumes.get().map(|answer| match answer {
                    Err(error) => view! { <ErrorNotice error=error retry=changed /> }.into_any(),
                    Ok(list) if list.volumes.is_empty() => view! {
                        <div class="empty">
                            <h2>{t!("No volume yet")}</h2>
                            <p>{t!("Drag Volume from the palette onto a canvas, draw a mount to a task, and run. The folder then stands here.")}</p>
                        </div>
                    }.into_any(),
                    Ok(list) => view! {
                        <table class="t pip">
                            <thead>
                                <tr><th>{t!("Name")}</th><th>{t!("Lifetime")}</th><th>{t!("Used by")}</th><th class="num">{t!("Files")}</th><th class="num">{t!("Size")}</th>
                                    <th class="num">{t!("Last used")}</th><th><span class="sr">{t!("Actions")}</span></th></tr>
                            </thead>
                            <tbody>
                                {list.volumes.into_iter().map(|volume| view! { <VolumeRow volume=volume open=open error=error changed=changed /> }).collect_view()}
                            </tbody>
                        </table>
                    }.into_any(),
                })}
            </Transition>
            {move || open.get().map(|id| view! { <Browser id=id close=Callback::new(move |()| open.set(None)) /> })}
        </HomeFrame>
    }
}

#[component]
fn VolumeRow(
    volume: VolumeSummary,
    open: RwSignal<Option<String>>,
    error: RwSignal<Option<ApiError>>,
    changed: Callback<()>,
) -> impl IntoView {
    let id = StoredValue::new(volume.id.clone());
    let in_use = !volume.used_by.is_empty();
    let remove = move |_| {
        ask(t!("Delete this volume and everything in it? This cannot be undone."), t!("Delete"), move || {
            leptos::task::spawn_local(async move {
                error.set(client::delete(&format!("/api/volumes/{}", segment(&id.get_value()))).await.err());
                changed.run(());
            });
        });
    };
    let owner = volume.pipeline.clone().map(|pipeline| {
        let name = volume.pipeline_name.clone().unwrap_or_else(|| pipeline.clone());
        view! { <A href=format!("/pipelines/{pipeline}")>{name}</A> }
    });
    let users = volume
        .used_by
        .iter()
        .map(|run| view! { " "<A href=format!("/runs/{run}") attr:class="chip">{t!("a run, now")}</A> });
    let users = users.collect_view();
    let at_least = |amount: String| if volume.partial { t!("over {amount}", amount) } else { amount };
    view! {
        <tr data-volume=volume.id.clone()>
            <td><span class="with-icon lede"><SmallIcon name="volume" />{volume.name.clone()}</span><div class="hint mono">{volume.id.clone()}</div></td>
            <td>{lifetime_words(&volume.lifetime)}</td>
            <td>{owner}{users}</td>
            <td class="num">{at_least(volume.files.to_string())}</td>
            <td class="num">{at_least(format::bytes(volume.size))}</td>
            <td class="num muted">{volume.last_used.map(|time| clock::relative(time, clock::now()))}</td>
            <td class="acts">
                <button class="btn quiet small" on:click=move |_| open.set(Some(id.get_value()))>{t!("Browse")}</button>
                <button class="btn quiet small" disabled=in_use title=if in_use { t!("A run uses it right now") } else { "" } on:click=remove>{t!("Delete")}</button>
            </td>
        </tr>
    }
}

/// A lifetime's name, for people.
fn lifetime_words(name: &str) -> &'static str {
    match name {
        "kept" => t!("kept"),
        "claim" => t!("claim"),
        _ => t!("run"),
    }
}

/// Files of a volume, folder by folder.
#[component]
fn Browser(id: String, close: Callback<()>) -> impl IntoView {
    let base = StoredValue::new(format!("/api/volumes/{}", segment(&id)));
    let path = RwSignal::new(String::new());
    let after = RwSignal::new(String::new());
    let go = move |to: String| {
        after.set(String::new());
        path.set(to);
    };
    let files = LocalResource::new(move || {
        let (path, after) = (segment(&path.get()), segment(&after.get()));
        let address = format!("{}/files?path={path}&after={after}", base.get_value());
        async move { client::get::<FileList>(&address).await }
    });
    let up = move |_| go(path.get_untracked().rsplit_once('/').map_or(String::new(), |(above, _)| above.to_owned()));
    let row = move |entry: dagwright_shared::api::FileEntry| {
        let name = entry.path.rsplit('/').next().unwrap_or_default().to_owned();
        let whole = entry.path.clone();
        let cell = if entry.folder {
            view! { <button class="btn quiet small" on:click=move |_| go(whole.clone())><SmallIcon name="chevron-right" />{name}"/"</button> }.into_any()
        } else {
            let address = format!("{}/content?path={}", base.get_value(), segment(&whole));
            view! { <a class="with-icon" href=address download=name.clone() rel="external"><SmallIcon name="file" />{name.clone()}</a> }.into_any()
        };
        let size = if entry.folder { String::new() } else { format::bytes(entry.size) };
        view! { <tr><td>{cell}</td><td class="num muted">{size}</td></tr> }
    };
    view! {
        <section class="block">
            <h2>
                <span class="mono">{id.clone()}"/"{move || path.get()}</span>
                <span class="end">
                    <Show when=move || !path.get().is_empty()><button class="btn quiet small" on:click=up>{t!("Up")}</button></Show>
                    <button class="btn quiet small icon" title=t!("Close") aria-label=t!("Close") on:click=move |_| close.run(())><Icon name="close" /></button>
                </span>
            </h2>
            <Transition fallback=|| view! { <Skeleton /> }>
                {move || files.get().map(|answer| match answer {
                    Err(error) => view! { <ErrorNotice error=error /> }.into_any(),
                    Ok(list) if list.files.is_empty() => view! { <p class="empty-line">{t!("Nothing in this folder.")}</p> }.into_any(),
                    Ok(list) => view! {
                        <table class="t"><thead><tr><th>{t!("File")}</th><th class="num">{t!("Size")}</th></tr></thead>
                            <tbody>{list.files.into_iter().map(row).collect_view()}</tbody></table>
                        <NextPage after=after next=list.next />
                    }.into_any(),
                })}
            </Transition>
        </section>
    }
}
