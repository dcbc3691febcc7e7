//! What a page shows while data comes, when there is none, and when it could not be had.

use crate::net::client::ApiError;
use dagwright_texts::t;
use leptos::prelude::*;

/// Three rows at their final size; seen only after 200 ms.
#[component]
pub fn Skeleton(
    /// More classes, such as `pip` for tall rows.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    view! { <div class=format!("skeleton {class}") aria-hidden="true"><i></i><i></i><i></i></div> }
}

/// An error where it happened, with the mend beside it.
#[component]
pub fn ErrorNotice(
    /// What went wrong.
    error: ApiError,
    /// Tries again.
    #[prop(into, optional)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    view! {
        <div class="notice error" role="alert">
            <svg class="i" aria-hidden="true"><use href="/icons.svg#i-error"></use></svg>
            <span class="grow">{error.to_string()}</span>
            {retry.map(|retry| view! { <button class="btn small" on:click=move |_| retry.run(())>{t!("Try again")}</button> })}
        </div>
    }
}
