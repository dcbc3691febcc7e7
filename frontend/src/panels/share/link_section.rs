//! The link of a pipeline: all of it in the link where that fits, a short link kept by the server where it does not.

use crate::net::client::{self, ApiError};
use crate::store::server::{link_base, server_info};
use crate::ui::format::{bytes, sentences};
use crate::ui::icon::{Icon, SmallIcon};
use crate::ui::notice::ErrorNotice;
use dagwright_shared::api::{SharePipeline, SharedPipeline};
use dagwright_shared::link::{LINK_LIMIT, pipeline_link};
use dagwright_texts::t;
use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// The section.
#[component]
pub fn LinkSection(
    /// The pipeline's file.
    text: Signal<String>,
) -> impl IntoView {
    let server = server_info();
    let whole = Memo::new(move |_| {
        server.track();
        text.with(|text| pipeline_link(&link_base(), text))
    });
    let short = RwSignal::new(None::<String>);
    let problem = RwSignal::new(None::<ApiError>);
    let copied = RwSignal::new(false);
    // Another text has another link.
    Effect::new(move |_| {
        text.track();
        short.set(None);
        copied.set(false);
    });
    let link = Memo::new(move |_| short.get().or_else(|| whole.get().ok()));
    let copy = move |_| {
        let Some(link) = link.get_untracked() else { return };
        leptos::task::spawn_local(async move {
            let done = JsFuture::from(window().navigator().clipboard().write_text(&link)).await.is_ok();
            copied.try_set(done);
            if !done {
                crate::ui::toast::toast(t!("The browser does not give the clipboard. Select the link and copy it."));
            }
        });
    };
    let shorten = move |_| {
        let request = SharePipeline { document: None, text: Some(text.get_untracked()) };
        leptos::task::spawn_local(async move {
            match client::post::<_, SharedPipeline>("/api/links", &request).await {
                Ok(shared) => drop(short.try_set(Some(shared.link))),
                Err(error) => drop(problem.try_set(Some(error))),
            }
        });
    };
    let words = move || match (short.get(), whole.get()) {
        (Some(_), _) => String::from(t!(
            "The pipeline as it is now is kept on this server; whoever has the link and may sign in can open it."
        )),
        (None, Ok(_)) => String::from(t!(
            "The whole pipeline is in the link. Nothing is uploaded, and it opens even where a component is missing."
        )),
        (None, Err(error)) => sentences(&error.to_string(), error.hint()),
    };
    let length = move || {
        link.with(|link| {
            link.as_ref()
                .map(|link| t!("{size} of {limit}", size = bytes(link.len() as u64), limit = bytes(LINK_LIMIT as u64)))
        })
    };
    let can_shorten = move || short.with(Option::is_none) && server.with(Option::is_some);
    let select = |event: leptos::ev::FocusEvent| event_target::<web_sys::HtmlInputElement>(&event).select();
    view! {
        <label class="lede" for="share-link">{t!("Link")}</label>
        <div class="link-row">
            <span class="field">
                <Icon name="link" />
                <input id="share-link" class="mono" readonly data-testid="link" prop:value=move || link.get().unwrap_or_default() on:focus=select />
                <span class="unit">{length}</span>
            </span>
            <button class="btn primary" data-testid="copy-link" disabled=move || link.with(Option::is_none) on:click=copy><SmallIcon name="clone" />{move || if copied.get() { t!("Copied") } else { t!("Copy link") }}</button>
        </div>
        <p class="hint" class:error=move || link.with(Option::is_none) role="status" data-testid="link-words">
            {words}" "
            <Show when=can_shorten><button class="link" data-testid="short-link" on:click=shorten>{t!("Make a short link")}</button></Show>
        </p>
        {move || problem.get().map(|error| view! { <ErrorNotice error=error /> })}
    }
}
