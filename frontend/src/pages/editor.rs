//! The editor page.

use leptos::prelude::*;

/// The page.
#[component]
pub fn EditorPage() -> impl IntoView {
    view! { <main></main> }
}
