//! The address `/`: the start page, or the pipeline that a link leads to, which stands in the address after `#`.
//! A link that cannot be opened is told, and leaves what is open as it was.

use super::home::HomePage;
use super::link::{LinkPage, Opened};
use crate::net::client;
use crate::ui::format::sentences;
use crate::ui::icon::Icon;
use crate::ui::notice::Skeleton;
use dagwright_shared::api::SharedPipeline;
use dagwright_shared::link::{Link, unpack};
use dagwright_shared::pipeline::file::read_pipeline;
use dagwright_texts::t;
use leptos::{ev, prelude::*};
use leptos_router::hooks::use_location;

/// The page.
#[component]
pub fn StartPage() -> impl IntoView {
    let location = use_location();
    let opened = RwSignal::new(None::<Opened>);
    let problem = RwSignal::new(None::<String>);
    let fragment = RwSignal::new(window().location().hash().unwrap_or_default());
    // The router hears of its own ways before they stand in the address, the browser of what is typed into it.
    Effect::new(move |before: Option<()>| {
        let hash = location.hash.get();
        if before.is_some() {
            fragment.set(hash);
        }
    });
    let heard = window_event_listener(ev::hashchange, move |_| {
        fragment.try_set(window().location().hash().unwrap_or_default());
    });
    on_cleanup(move || heard.remove());
    let wanted = Memo::new(move |_| fragment.with(|fragment| Link::in_fragment(fragment)));
    let is_awaited = RwSignal::new(wanted.with_untracked(Option::is_some));
    Effect::new(move |_| {
        // What comes of it, good or bad, ends the waiting.
        if opened.with(Option::is_some) || problem.with(Option::is_some) {
            is_awaited.set(false);
        }
    });
    Effect::new(move |_| match wanted.get() {
        None => {
            problem.set(None);
            opened.set(None);
        }
        Some(Link::Pipeline(packed)) => {
            let text = unpack(&packed).map_err(|error| sentences(&error.to_string(), error.hint()));
            take(text, &packed, opened, problem);
        }
        Some(Link::Shared { id, .. }) => {
            leptos::task::spawn_local(async move {
                let address = format!("/api/links/{}", client::segment(&id));
                let text = client::get::<SharedPipeline>(&address).await.map(|shared| shared.text);
                if wanted.try_get_untracked().flatten() == Some(Link::Shared { base: String::new(), id: id.clone() }) {
                    take(text.map_err(|error| error.to_string()), &id, opened, problem);
                }
            });
        }
    });
    let page = move || match opened.get() {
        Some(found) => view! { <LinkPage opened=found /> }.into_any(),
        None if is_awaited.get() => view! { <div class="page"><Skeleton /></div> }.into_any(),
        None => view! { <HomePage /> }.into_any(),
    };
    view! {
        {page}
        {move || problem.get().map(|words| view! {
            <div class="notice error link-problem" role="alert" data-testid="link-problem">
                <Icon name="error" />
                <span class="grow">{words}</span>
                <button class="btn small" on:click=move |_| problem.set(None)>{t!("Dismiss")}</button>
            </div>
        })}
    }
}

/// Opens what a link held, or says why not.
fn take(text: Result<String, String>, key: &str, opened: RwSignal<Option<Opened>>, problem: RwSignal<Option<String>>) {
    let read = text.and_then(|text| {
        let outcome = read_pipeline(&text);
        let first = || outcome.diagnostics.first().map(|problem| sentences(&problem.message, &problem.hint));
        match outcome.value {
            Some(pipeline) => Ok(Opened { key: String::from(key), text, pipeline }),
            None => Err(t!("The link holds no pipeline. {why}", why = first().unwrap_or_default())),
        }
    });
    match read {
        Ok(found) => {
            problem.set(None);
            opened.set(Some(found));
        }
        Err(words) => problem.set(Some(words)),
    }
}
