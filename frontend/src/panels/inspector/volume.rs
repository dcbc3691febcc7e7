//! A volume: name, size, access modes, storage class, lifetime; or an existing claim.

use crate::form::text_field::TextField;
use crate::panels::editing::{edit, edit_or_tell, volume_memo};
use crate::store::document_store::DocumentStore;
use crate::ui::icon::Icon;
use dagwright_editor::action::EditorAction;
use dagwright_editor::selection::{Choose, Item};
use dagwright_shared::pipeline::edit::EditCommand;
use dagwright_shared::pipeline::record::RecordId;
use dagwright_shared::pipeline::{Volume, VolumeLifetime};
use dagwright_shared::quantity;
use dagwright_texts::t;
use leptos::prelude::*;

fn modes() -> [(&'static str, &'static str); 4] {
    [
        ("ReadWriteOnce", t!("Read and write, one node")),
        ("ReadWriteMany", t!("Read and write, many nodes")),
        ("ReadOnlyMany", t!("Read, many nodes")),
        ("ReadWriteOncePod", t!("Read and write, one pod")),
    ]
}

/// Its fields.
#[component]
pub fn VolumeInspector(
    /// The document.
    store: DocumentStore,
    /// The volume's name.
    name: String,
) -> impl IntoView {
    let volume = volume_memo(&store, &name);
    let current = move || volume.with(|volume| volume.clone().unwrap_or_default());
    let put = {
        let (store, name) = (store.clone(), name.clone());
        move |volume: Volume| edit(&store, EditCommand::SetVolume { name: name.clone(), volume: Box::new(volume) })
    };
    let rename = {
        let (store, name) = (store.clone(), name.clone());
        Callback::new(move |new: String| {
            edit(&store, EditCommand::Rename { record: RecordId::Volume(name.clone()), name: new.clone() })?;
            store.dispatch(EditorAction::Choose(Item::Volume(new), Choose::Only));
            Ok(())
        })
    };
    let set_size = {
        let put = put.clone();
        Callback::new(move |text: String| {
            if quantity::quantity(text.trim()).is_none() {
                return Err(String::from(t!("A number with a unit, such as 500Mi or 1Gi.")));
            }
            put(Volume { size: Some(text.trim().to_owned()), ..untrack(current) })
        })
    };
    let set_class = {
        let put = put.clone();
        Callback::new(move |text: String| {
            put(Volume {
                storage_class: Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
                ..untrack(current)
            })
        })
    };
    let set_claim = {
        let put = put.clone();
        Callback::new(move |text: String| {
            if text.trim().is_empty() {
                return Err(String::from(t!("The claim's name, as kubectl get pvc shows it.")));
            }
            put(Volume { lifetime: VolumeLifetime::Claim(text.trim().to_owned()), ..untrack(current) })
        })
    };
    let kind = Memo::new(move |_| match current().lifetime {
        VolumeLifetime::Kept => "kept",
        VolumeLifetime::Run => "run",
        VolumeLifetime::Claim(_) => "claim",
    });
    let tell = |answer: Result<(), String>| {
        if let Err(problem) = answer {
            crate::ui::toast::toast(problem);
        }
    };
    let set_kind = {
        let (put, name) = (put.clone(), name.clone());
        Callback::new(move |value: &'static str| {
            let old = untrack(current);
            let size = || old.size.clone().or_else(|| Some(String::from("1Gi")));
            tell(put(match value {
                "claim" => {
                    Volume { lifetime: VolumeLifetime::Claim(name.clone()), size: None, storage_class: None, ..old }
                }
                "run" => Volume { lifetime: VolumeLifetime::Run, size: size(), ..old },
                _ => Volume { lifetime: VolumeLifetime::Kept, size: size(), ..old },
            }));
        })
    };
    let set_mode =
        move |event| tell(put(Volume { access_modes: vec![event_target_value(&event)], ..untrack(current) }));
    let choice = move |value: &'static str, word: &'static str| {
        view! { <button type="button" role="radio" aria-checked=move || (kind.get() == value).to_string() on:click=move |_| set_kind.run(value)>{word}</button> }
    };
    let meaning = move || match kind.get() {
        "kept" => t!("Stays between runs; all runs of this pipeline share it."),
        "run" => t!("Made for each run and removed at its end."),
        _ => t!("A claim that exists on the cluster. On this machine a folder of that name, shared by all pipelines."),
    };
    let mode = move || current().access_modes.first().cloned().unwrap_or_else(|| String::from("ReadWriteOnce"));
    let users = {
        let (store, name) = (store.clone(), name.clone());
        move || {
            store.with(|pipeline| {
                let users = pipeline
                    .graph
                    .tasks
                    .iter()
                    .filter(|(_, task)| task.mounts.iter().any(|mount| mount.volume == name));
                users.map(|(task, _)| task.clone()).collect::<Vec<_>>()
            })
        }
    };
    let remove = {
        let name = name.clone();
        move |_| edit_or_tell(&store, EditCommand::Remove { records: vec![RecordId::Volume(name.clone())] })
    };
    let shown = name.clone();
    view! {
        <div class="ihead"><Icon name="volume" /><b class="cut" data-testid="inspector-title">{name.clone()}</b><span></span><p>{t!("Volume")}</p></div>
        <div class="scroll">
            <section class="sect">
                <h3>{t!("Volume")}</h3>
                <div class="frow two"><label>{t!("Name")}</label><span class="stack"><TextField value=Signal::derive(move || shown.clone()) set=rename label=t!("Volume name") /></span></div>
                <div class="frow two"><label>{t!("Lifetime")}</label>
                    <span class="seg" role="radiogroup" aria-label=t!("Lifetime")>{choice("kept", t!("Kept"))} {choice("run", t!("Run"))} {choice("claim", t!("Claim"))}</span></div>
                <p class="hint">{meaning}</p>
                <Show when=move || kind.get() == "claim" fallback=move || view! {
                    <div class="frow two"><label>{t!("Size")}</label><span class="stack">
                        <TextField value=Signal::derive(move || current().size.unwrap_or_default()) set=set_size label=t!("Size") placeholder="1Gi" mono=true /></span></div>
                    <div class="frow two"><label>{t!("Storage class")}</label><span class="stack">
                        <TextField value=Signal::derive(move || current().storage_class.unwrap_or_default()) set=set_class label=t!("Storage class") placeholder=t!("the cluster's default") mono=true /></span></div>
                }>
                    <div class="frow two"><label>{t!("Claim")}</label><span class="stack">
                        <TextField value=Signal::derive(move || match current().lifetime { VolumeLifetime::Claim(name) => name, _ => String::new() }) set=set_claim label=t!("Claim") mono=true /></span></div>
                </Show>
                <div class="frow two">
                    <label>{t!("Access")}</label>
                    <span class="field select"><select aria-label=t!("Access mode") on:change=set_mode prop:value=mode>
                        {modes().map(|(value, words)| view! { <option value=value selected=move || mode() == value>{words}</option> })}
                    </select></span>
                </div>
            </section>
            <section class="sect">
                <h3>{t!("Mounted in")}</h3>
                {move || {
                    let users = users();
                    if users.is_empty() {
                        view! { <p class="empty-line">{t!("Drag from its lower edge to a task to mount it.")}</p> }.into_any()
                    } else {
                        view! { <div class="chip-row">{users.into_iter().map(|task| view! { <span class="chip">{task}</span> }).collect_view()}</div> }.into_any()
                    }
                }}
            </section>
            <section class="sect last"><button class="btn small danger" on:click=remove>{t!("Delete the volume")}</button></section>
        </div>
    }
}
