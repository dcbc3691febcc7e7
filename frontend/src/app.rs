//! The root: routes, theme, toasts, and what happens when the program panics. No page's own matter.

mod parts;

use crate::i18n;
use crate::net::texts;
use crate::pages::{editor::EditorPage, not_found::NotFoundPage};
use crate::store::server::provide_server_info;
use crate::ui::ask::QuestionPlace;
use crate::ui::toast::{ToastList, Toasts};
use dagwright_texts::{Language, t};
use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;
use parts::{Look, Page, look, page};

/// Mounts the app. Called once by the entry.
pub fn start() {
    std::panic::set_hook(Box::new(|info| report_panic(&info.to_string())));
    theme::restore();
    match i18n::wanted() {
        Language::English => mount_to_body(App),
        other => leptos::task::spawn_local(async move {
            match texts::load().await {
                Ok(()) => i18n::speak(other),
                // The app is of use in English too.
                Err(error) => web_sys::console::error_1(&error.to_string().into()),
            }
            mount_to_body(App);
        }),
    }
}

/// The root component.
#[component]
pub fn App() -> impl IntoView {
    Toasts::provide();
    provide_server_info();
    view! {
        <Router>
            <Routes fallback=|| view! { <NotFoundPage /> }>
                <Route path=path!("/") view=|| page(Page::Start) />
                <Route path=path!("/runs") view=|| page(Page::Runs) />
                <Route path=path!("/runs/:id") view=|| look(Look::One) />
                <Route path=path!("/compare/:left/:right") view=|| look(Look::Two) />
                <Route path=path!("/experiments") view=|| page(Page::Experiments) />
                <Route path=path!("/volumes") view=|| page(Page::Volumes) />
                <Route path=path!("/settings") view=|| page(Page::Settings) />
                <Route path=path!("/pipelines/:id") view=EditorPage />
                <Route path=path!("/pipelines/:id/versions") view=|| page(Page::Versions) />
            </Routes>
        </Router>
        <QuestionPlace />
        <ToastList />
    }
}

/// A panic must lose no work: the last state lies in local storage; the page says so and offers the way back.
fn report_panic(report: &str) {
    web_sys::console::error_1(&report.into());
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let (Some(body), Ok(page)) = (document.body(), document.create_element("div")) else { return };
    let text = |tag: &str, words: &str| {
        if let Ok(element) = document.create_element(tag) {
            element.set_text_content(Some(words));
            drop(page.append_child(&element));
        }
    };
    page.set_class_name("error-page");
    drop(page.set_attribute("role", "alert"));
    text("h1", t!("Dagwright has stopped in this tab"));
    text(
        "p",
        t!(
            "Your edits are kept in this browser. Reload the page to go on. If it happens again, please report this text:"
        ),
    );
    text("pre", report);
    body.set_inner_html("");
    drop(body.append_child(&page));
}

/// Light, dark, or as the system says.
pub mod theme {
    use leptos::prelude::*;

    const KEY: &str = "dagwright-theme";

    fn storage() -> Option<web_sys::Storage> {
        window().local_storage().ok().flatten()
    }

    /// Takes up what was chosen last.
    pub fn restore() {
        if let Some(theme) = storage().and_then(|storage| storage.get_item(KEY).ok().flatten()) {
            set(Some(&theme));
        }
    }

    /// Goes from what is seen now to the other one.
    pub fn toggle() {
        let root = document().document_element();
        let chosen = root.and_then(|root| root.get_attribute("data-theme"));
        let system =
            || window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|query| query.matches());
        let dark = chosen.map_or_else(system, |theme| theme == "dark");
        let next = if dark { "light" } else { "dark" };
        set(Some(next));
        if let Some(storage) = storage() {
            drop(storage.set_item(KEY, next));
        }
    }

    fn set(theme: Option<&str>) {
        if let (Some(root), Some(theme)) = (document().document_element(), theme) {
            drop(root.set_attribute("data-theme", theme));
        }
    }
}
