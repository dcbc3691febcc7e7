//! The frame of the list pages: top bar, navigation, where things run.

use crate::app::theme;
use crate::canvas::input::is_typing;
use crate::i18n::LanguageChoice;
use crate::store::server::{meaning_of, place_of, room_of, server_info};
use crate::ui::icon::{Icon, SmallIcon};
use dagwright_texts::t;
use leptos::{ev, html, prelude::*};
use leptos_router::components::A;

/// Top bar and navigation around a page.
#[component]
pub fn HomeFrame(
    /// The path of the page shown.
    current: &'static str,
    /// What is searched for on this page, where it has a search.
    #[prop(optional)]
    search: Option<RwSignal<String>>,
    /// The page.
    children: Children,
) -> impl IntoView {
    let server = server_info();
    let link = move |href: &'static str, icon: &'static str, word: &'static str| {
        let mark = (current == href).then_some("page");
        view! { <A href=href attr:aria-current=mark><Icon name=icon />{word}</A> }
    };
    view! {
        <div class="home">
            <header class="bar">
                <A href="/" attr:class="mark" attr:title=t!("Home") attr:aria-label=t!("Home")><Icon name="logo" /></A>
                <b>"Dagwright"</b>
                <span class="grow"></span>
                {search.map(|query| view! { <SearchField query=query /> })}
                <LanguageChoice />
                <button class="btn quiet icon" title=t!("Light or dark") aria-label=t!("Light or dark") on:click=|_| theme::toggle()>
                    <Icon name="theme" />
                </button>
            </header>
            <nav class="nav" aria-label=t!("Main")>
                {link("/", "layout", t!("Pipelines"))} {link("/runs", "runs", t!("Runs"))}
                {link("/experiments", "flask", t!("Experiments"))} {link("/volumes", "volume", t!("Volumes"))}
                {link("/settings", "key", t!("Settings"))}
                <div class="foot">
                    {move || server.get().map(|server| {
                        server.engines.iter().map(|engine| {
                            let (icon, place) = place_of(&engine.name);
                            let room = room_of(engine);
                            view! {
                                <div class="engine" title=meaning_of(engine).to_owned()>
                                    <span><SmallIcon name=icon />{place}</span>
                                    <div class="faint">{room}</div>
                                </div>
                            }
                        }).collect_view()
                    })}
                </div>
            </nav>
            <main class="page"><div class="in">{children()}</div></main>
        </div>
    }
}

/// The search of a list page; `/` leads to it from anywhere but a field or a dialog.
#[component]
fn SearchField(query: RwSignal<String>) -> impl IntoView {
    let field: NodeRef<html::Input> = NodeRef::new();
    let asked = window_event_listener(ev::keydown, move |event| {
        let Some(field) = field.try_get_untracked().flatten() else { return };
        let open = document().query_selector("[role=dialog]").is_ok_and(|found| found.is_some());
        if event.key() == "/" && !is_typing(&event) && !open {
            event.prevent_default();
            drop(field.focus());
            field.select();
        }
    });
    on_cleanup(move || asked.remove());
    let keydown = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            query.set(String::new());
            drop(event_target::<web_sys::HtmlElement>(&event).blur());
        }
    };
    view! {
        <span class="field search-field">
            <Icon name="search" />
            <input node_ref=field placeholder=t!("Search pipelines and runs") aria-label=t!("Search pipelines and runs") bind:value=query on:keydown=keydown />
            <span class="kbd">"/"</span>
        </span>
    }
}
