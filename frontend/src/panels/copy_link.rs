//! A button that copies a link to something on this server.

use crate::store::server::{link_base, server_info};
use crate::ui::icon::SmallIcon;
use crate::ui::toast::toast;
use dagwright_texts::t;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen_futures::JsFuture;

/// How long the button says that it was done.
const SAID: Duration = Duration::from_secs(2);

/// The button: an icon whose title says what is copied.
#[component]
pub fn CopyLink(
    /// The path on this server, with its query.
    #[prop(into)]
    path: Signal<String>,
    /// What it leads to: `Copy a link to train`.
    #[prop(into)]
    title: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let server = server_info();
    let base = Memo::new(move |_| {
        server.track();
        link_base()
    });
    let copy = move |_| {
        let link = format!("{}{}", base.get_untracked(), path.get_untracked());
        leptos::task::spawn_local(async move {
            if JsFuture::from(window().navigator().clipboard().write_text(&link)).await.is_err() {
                toast(t!("The browser does not let this page copy. The link is {link}", link));
                return;
            }
            copied.try_set(true);
            let unsaid = move || {
                copied.try_set(false);
            };
            set_timeout(unsaid, SAID);
        });
    };
    let words = StoredValue::new(title);
    let said = move || if copied.get() { String::from(t!("Copied")) } else { words.get_value() };
    view! {
        <button class="btn quiet small icon" title=said aria-label=said data-testid="copy-link" on:click=copy>
            <SmallIcon name=Signal::derive(move || if copied.get() { "check" } else { "link" }) />
        </button>
    }
}
