//! The frame of the list pages: top bar, navigation, where things run.

use crate::app::theme;
use crate::store::server::{place_of, room_of, server_info};
use crate::ui::icon::{Icon, SmallIcon};
use leptos::prelude::*;
use leptos_router::components::A;

/// Top bar and navigation around a page.
#[component]
pub fn HomeFrame(
    /// The path of the page shown.
    current: &'static str,
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
                <A href="/" attr:class="mark" attr:title="Home" attr:aria-label="Home"><Icon name="logo" /></A>
                <b>"Dagwright"</b>
                <span class="grow"></span>
                <button class="btn quiet icon" title="Light or dark" aria-label="Light or dark" on:click=|_| theme::toggle()>
                    <Icon name="theme" />
                </button>
            </header>
            <nav class="nav" aria-label="Main">
                {link("/", "layout", "Pipelines")} {link("/runs", "runs", "Runs")}
                {link("/experiments", "flask", "Experiments")} {link("/volumes", "volume", "Volumes")}
                {link("/settings", "key", "Settings")}
                <div class="foot">
                    {move || server.get().flatten().map(|server| {
                        server.engines.iter().map(|engine| {
                            let (icon, place) = place_of(&engine.name);
                            let room = room_of(engine);
                            view! {
                                <div class="engine" title=engine.meaning.clone()>
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
