//! The run page.

use leptos::prelude::*;

/// The page.
#[component]
pub fn RunPage() -> impl IntoView {
    view! { <main></main> }
}
