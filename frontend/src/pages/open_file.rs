//! Opening a file from the computer, plain or packed by gzip: a pipeline, a component, Python.

use super::arrive::start_from;
use crate::net::{client, files};
use crate::ui::icon::Icon;
use crate::ui::toast::toast;
use dagwright_shared::api::{CreatePipeline, StoredPipeline};
use dagwright_texts::t;
use leptos::{html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// Creates a pipeline and goes to its editor.
pub fn create_and_open(request: CreatePipeline, error: RwSignal<Option<client::ApiError>>) {
    let navigate = use_navigate();
    leptos::task::spawn_local(async move {
        match client::post::<_, StoredPipeline>("/api/pipelines", &request).await {
            Ok(stored) => navigate(&format!("/pipelines/{}", stored.id), NavigateOptions::default()),
            Err(problem) => error.set(Some(problem)),
        }
    });
}

/// A button that opens a file.
#[component]
pub fn OpenFileButton(
    /// Where a problem is shown.
    error: RwSignal<Option<client::ApiError>>,
) -> impl IntoView {
    let input: NodeRef<html::Input> = NodeRef::new();
    let navigate = use_navigate();
    let chosen = move |_| {
        let file = input.get_untracked().and_then(|input| input.files()).and_then(|files| files.get(0));
        let Some(file) = file else { return };
        let navigate = navigate.clone();
        leptos::task::spawn_local(async move {
            match files::text_of(&file).await {
                Ok(text) => start_from(&file.name(), text, error, navigate).await,
                Err(problem) => toast(format!("{}: {problem}", file.name())),
            }
            if let Some(input) = input.get_untracked() {
                input.set_value("");
            }
        });
    };
    view! {
        <input node_ref=input type="file" class="sr" tabindex="-1" aria-label=t!("Pipeline file") accept=".yaml,.yml,.json,.py,.gz" on:change=chosen />
        <button
            class="btn"
            on:click=move |_| {
                if let Some(input) = input.get_untracked() {
                    input.click();
                }
            }
        >
            <Icon name="download" />
            {t!("Open a file")}
        </button>
    }
}
