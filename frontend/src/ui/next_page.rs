//! Buttons through a list of files that has more than one page. Fetches nothing.

use dagwright_texts::t;
use leptos::prelude::*;

/// To the next files of a folder that has more than one page, and back to the first.
#[component]
pub fn NextPage(
    /// What the page is asked for.
    after: RwSignal<String>,
    /// What the next page is asked for.
    next: Option<String>,
) -> impl IntoView {
    let first = (!after.get_untracked().is_empty()).then(|| {
        view! { <button class="btn small" on:click=move |_| after.set(String::new())>{t!("First files")}</button> }
    });
    let next = next.map(|next| {
        view! { <button class="btn small" on:click=move |_| after.set(next.clone())>{t!("More files")}</button> }
    });
    let any = first.is_some() || next.is_some();
    any.then(|| view! { <div class="pager"><span class="grow"></span>{first}{next}</div> })
}
