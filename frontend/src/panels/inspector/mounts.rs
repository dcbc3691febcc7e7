//! Volumes of a task: the path, read-only, and from whom the volume is handed over.

use crate::form::text_field::TextField;
use crate::panels::editing::{edit, edit_or_tell, task_memo};
use crate::store::document_store::DocumentStore;
use crate::ui::icon::{Icon, SmallIcon};
use crate::ui::menu::{Menu, MenuPlace, below};
use dagwright_shared::pipeline::Mount;
use dagwright_shared::pipeline::edit::EditCommand;
use dagwright_texts::t;
use leptos::prelude::*;

/// The section.
#[component]
pub fn MountsSection(
    /// The document.
    store: DocumentStore,
    /// The task's name.
    task: String,
) -> impl IntoView {
    let record = task_memo(&store, &task);
    let count = Memo::new(move |_| record.with(|record| record.as_ref().map_or(0, |record| record.mounts.len())));
    let menu = RwSignal::new(None as MenuPlace);
    let rows = {
        let (store, task) = (store.clone(), task.clone());
        move || {
            (0..count.get())
                .map(|index| view! { <MountRow store=store.clone() task=task.clone() index=index /> })
                .collect_view()
        }
    };
    let volumes = {
        let store = store.clone();
        Memo::new(move |_| store.with(|pipeline| pipeline.graph.volumes.keys().cloned().collect::<Vec<_>>()))
    };
    let mount = StoredValue::new_local(move |volume: String| {
        let taken = record.with_untracked(|record| {
            record
                .as_ref()
                .map(|record| record.mounts.iter().map(|mount| mount.path.clone()).collect::<Vec<_>>())
                .unwrap_or_default()
        });
        let free = (1..)
            .map(|number| if number == 1 { String::from("/data") } else { format!("/data{number}") })
            .find(|path| !taken.contains(path));
        let mount = Mount { volume, path: free.unwrap_or_default(), ..Mount::default() };
        edit_or_tell(&store, EditCommand::AddMount { task: task.clone(), mount });
    });
    view! {
        <section class="sect">
            <h3>{t!("Volumes")}<button class="btn quiet small icon" title=t!("Mount a volume") aria-label=t!("Mount a volume") on:click=move |event| menu.set(below(&event))><Icon name="plus" /></button></h3>
            {rows}
            <Show when=move || count.get() == 0><p class="empty-line">{t!("No volume is mounted.")}</p></Show>
            <Menu place=menu label=t!("Volumes")>
                {move || {
                    let volumes = volumes.get();
                    if volumes.is_empty() {
                        return view! { <h4>{t!("Drag Volume from the palette onto the canvas first")}</h4> }.into_any();
                    }
                    volumes.into_iter().map(|name| {
                        let volume = name.clone();
                        view! { <button role="menuitem" on:click=move |_| mount.with_value(|mount| mount(volume.clone()))><SmallIcon name="volume" />{name}</button> }
                    }).collect_view().into_any()
                }}
            </Menu>
        </section>
    }
}

#[component]
fn MountRow(store: DocumentStore, task: String, index: usize) -> impl IntoView {
    let record = task_memo(&store, &task);
    let mount = Memo::new(move |_| {
        record.with(|record| record.as_ref().and_then(|record| record.mounts.get(index)).cloned().unwrap_or_default())
    });
    let put = {
        let (store, task) = (store.clone(), task.clone());
        move |mount: Mount| edit(&store, EditCommand::SetMount { task: task.clone(), index, mount })
    };
    let set_path = {
        let put = put.clone();
        Callback::new(move |path: String| {
            if !path.starts_with('/') {
                return Err(String::from(t!("An absolute path, such as /data.")));
            }
            put(Mount { path, ..mount.get_untracked() })
        })
    };
    let set_mode = {
        let put = put.clone();
        move |event| {
            let read_only = event_target_value(&event) == "ro";
            if let Err(problem) = put(Mount { read_only, ..mount.get_untracked() }) {
                crate::ui::toast::toast(problem);
            }
        }
    };
    let remove = {
        let (store, task) = (store.clone(), task.clone());
        move |_| edit_or_tell(&store, EditCommand::RemoveMount { task: task.clone(), index })
    };
    let from = move || mount.with(|mount| mount.from.clone());
    let take_back = StoredValue::new_local(move |giver: String| {
        let volume = mount.with_untracked(|mount| mount.volume.clone());
        edit_or_tell(&store, EditCommand::RemoveHandOver { volume, from: giver, task: task.clone() });
    });
    view! {
        <div class="frow mount-row" data-mount=move || mount.with(|mount| mount.volume.clone())>
            <label class="with-icon"><SmallIcon name="volume" /><span class="cut">{move || mount.with(|mount| mount.volume.clone())}</span></label>
            <span class="stack"><TextField value=Signal::derive(move || mount.with(|mount| mount.path.clone())) set=set_path label=t!("Mount path") mono=true /></span>
            <span class="field select">
                <select aria-label=t!("Access") on:change=set_mode prop:value=move || if mount.with(|mount| mount.read_only) { "ro" } else { "rw" }>
                    <option value="rw">{t!("Read, write")}</option>
                    <option value="ro">{t!("Read-only")}</option>
                </select>
            </span>
            <button class="btn quiet small icon" title=t!("Take the mount away") aria-label=t!("Take the mount away") on:click=remove><SmallIcon name="close" /></button>
        </div>
        <Show when=move || !from().is_empty()>
            <div class="chip-row hint">
                {t!("Handed over by")}
                {move || from().into_iter().map(|giver| {
                    let name = giver.clone();
                    view! { <span class="chip">{giver}<button aria-label=t!("Take the hand-over back") on:click=move |_| take_back.with_value(|take| take(name.clone()))><SmallIcon name="close" /></button></span> }
                }).collect_view()}
            </div>
        </Show>
    }
}
