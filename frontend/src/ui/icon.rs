//! Icons from the design's one sprite, `icons.svg`. Decorative: whoever uses one writes the word beside it or a title.

use leptos::prelude::*;

/// An icon of 16 px by its name in the sprite, without `i-`.
#[component]
pub fn Icon(
    /// Name in the sprite, without `i-`.
    #[prop(into)]
    name: Signal<&'static str>,
) -> impl IntoView {
    view! { <svg class="i" aria-hidden="true"><use href=move || href(name.get())></use></svg> }
}

/// An icon of 14 px.
#[component]
pub fn SmallIcon(
    /// Name in the sprite, without `i-`.
    #[prop(into)]
    name: Signal<&'static str>,
) -> impl IntoView {
    view! { <svg class="i i-s" aria-hidden="true"><use href=move || href(name.get())></use></svg> }
}

/// The address of an icon in the sprite.
pub fn href(name: &str) -> String {
    format!("/icons.svg#i-{name}")
}
