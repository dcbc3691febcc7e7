//! Which language the app speaks: what was chosen in this browser, else what the browser asks for, else English.
//! The page is loaded anew when another one is chosen: texts stand where they are used and are no signals.

use dagwright_texts::{Language, language};
use leptos::prelude::*;

const KEY: &str = "dagwright-language";

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// What to speak in this browser.
pub fn wanted() -> Language {
    let chosen = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
    let asked =
        || window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect::<Vec<_>>().join(",");
    chosen.and_then(|tag| Language::best(&tag)).or_else(|| Language::best(&asked())).unwrap_or_default()
}

/// From now on the app and the page speak that language.
pub fn speak(language: Language) {
    dagwright_texts::set_language(language);
    if let Some(root) = document().document_element() {
        drop(root.set_attribute("lang", language.tag()));
    }
}

/// Keeps the choice and loads the page anew.
fn choose(tag: &str) {
    if let Some(storage) = storage() {
        drop(storage.set_item(KEY, tag));
    }
    drop(window().location().reload());
}

/// The choice, each language by its own name.
#[component]
pub fn LanguageChoice() -> impl IntoView {
    view! {
        <select class="language" aria-label="Language · 언어" on:change=move |event| choose(&event_target_value(&event))>
            {Language::ALL.map(|choice| view! {
                <option value=choice.tag() lang=choice.tag() selected=choice == language()>{choice.name()}</option>
            }).into_iter().collect_view()}
        </select>
    }
}
