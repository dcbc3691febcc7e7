//! A stored file or folder as a value: an upload (streamed by the browser) or an `s3://` key.

use crate::net::client::{self, segment};
use crate::ui::format;
use crate::ui::icon::SmallIcon;
use dagwright_shared::api::Uploaded;
use dagwright_texts::t;
use leptos::{html, prelude::*};
use wasm_bindgen::JsValue;

/// What a reference is called in few words: the file's name, or the key.
pub fn words(reference: &str) -> String {
    match reference.strip_prefix("upload:") {
        Some(rest) => rest.split_once('/').map_or(rest, |(_, name)| name).to_owned(),
        None => reference.to_owned(),
    }
}

/// The field.
#[component]
pub fn ArtifactField(
    /// The reference that is stored.
    #[prop(into)]
    value: Signal<Option<String>>,
    /// Takes a reference, or `None`.
    set: Callback<Option<String>>,
    /// For screen readers and tests.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let file: NodeRef<html::Input> = NodeRef::new();
    let folder: NodeRef<html::Input> = NodeRef::new();
    let problem = RwSignal::new(None::<String>);
    let busy = RwSignal::new(None::<String>);
    let key = RwSignal::new(String::new());
    let finish = move |answer: Result<Uploaded, client::ApiError>| {
        busy.set(None);
        match answer {
            Ok(uploaded) => {
                problem.set(None);
                set.run(Some(uploaded.artifact));
            }
            Err(error) => problem.set(Some(error.to_string())),
        }
    };
    let upload_file = move |_| {
        let Some(chosen) = file.get_untracked().and_then(|input| input.files()).and_then(|files| files.get(0)) else {
            return;
        };
        busy.set(Some(format!("{}, {}", chosen.name(), format::bytes(chosen.size() as u64))));
        leptos::task::spawn_local(async move {
            let path = format!("/api/uploads?name={}", segment(&chosen.name()));
            finish(client::upload(&path, JsValue::from(chosen)).await);
        });
    };
    let upload_folder = move |_| {
        let Some(files) = folder.get_untracked().and_then(|input| input.files()).filter(|files| files.length() > 0)
        else {
            return;
        };
        let Ok(form) = web_sys::FormData::new() else { return };
        let mut name = String::from("folder");
        for index in 0..files.length() {
            let Some(file) = files.get(index) else { continue };
            let path = js_sys::Reflect::get(&file, &JsValue::from_str("webkitRelativePath"))
                .ok()
                .and_then(|path| path.as_string());
            let path = path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name());
            // The first part is the folder itself.
            if let Some((first, rest)) = path.split_once('/') {
                name = first.to_owned();
                drop(form.append_with_blob_and_filename("file", &file, rest));
            } else {
                drop(form.append_with_blob_and_filename("file", &file, &path));
            }
        }
        busy.set(Some(format!("{name}, {}", format::files(u64::from(files.length())))));
        leptos::task::spawn_local(async move {
            let path = format!("/api/uploads/folder?name={}", segment(&name));
            finish(client::upload(&path, JsValue::from(form)).await);
        });
    };
    let take_key = move || {
        let typed = key.get_untracked().trim().to_owned();
        let rest = typed.strip_prefix("s3://").unwrap_or_default();
        if typed.is_empty() {
            problem.set(None);
        } else if rest.split_once('/').is_some_and(|(bucket, key)| !bucket.is_empty() && !key.is_empty()) {
            problem.set(None);
            set.run(Some(typed));
        } else {
            problem.set(Some(String::from(t!("Write s3://bucket/key, or upload a file."))));
        }
    };
    let press = move |input: NodeRef<html::Input>| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    // The attribute has no typed form.
    Effect::new(move |_| {
        if let Some(input) = folder.get() {
            drop(input.set_attribute("webkitdirectory", ""));
        }
    });
    let label = StoredValue::new(label);
    view! {
        <span class="artifact-field" data-artifact=label.get_value()>
            <input node_ref=file type="file" class="sr" tabindex="-1" aria-label=t!("{name} file", name = label.get_value()) on:change=upload_file />
            <input node_ref=folder type="file" class="sr" tabindex="-1" aria-label=t!("{name} folder", name = label.get_value()) on:change=upload_folder />
            {move || if let Some(words) = busy.get() {
                view! { <span class="field" role="status"><span class="cut">{t!("Uploading {words}", words)}</span></span> }.into_any()
            } else if let Some(reference) = value.get() {
                view! {
                    <span class="field bound">
                        <span class="chip" title=reference.clone()>
                            <SmallIcon name="file" /><span class="cut">{words(&reference)}</span>
                            <button type="button" aria-label=t!("Remove") on:click=move |_| set.run(None)><SmallIcon name="close" /></button>
                        </span>
                    </span>
                }.into_any()
            } else {
                view! {
                    <span class="field">
                        <input class="mono" aria-label=label.get_value() placeholder="s3://bucket/key" bind:value=key
                            on:blur=move |_| take_key() on:keydown=move |event| if event.key() == "Enter" { take_key() } />
                    </span>
                    <button type="button" class="btn small" on:click=move |_| press(file)>{t!("File")}</button>
                    <button type="button" class="btn small" on:click=move |_| press(folder)>{t!("Folder")}</button>
                }.into_any()
            }}
        </span>
        {move || problem.get().map(|message| view! { <span class="hint error" role="alert">{message}</span> })}
    }
}
