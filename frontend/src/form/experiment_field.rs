//! A field for an experiment: one of those there are, or the name of a new one.

use crate::net::client;
use dagwright_shared::api::ExperimentList;
use leptos::prelude::*;

/// The field, with what there is to choose from.
#[component]
pub fn ExperimentField(
    /// The field's id, for its label.
    id: &'static str,
    /// The name; empty: the default one.
    value: RwSignal<String>,
) -> impl IntoView {
    let known = LocalResource::new(|| async { client::get::<ExperimentList>("/api/experiments").await.ok() });
    let list = format!("{id}-known");
    let options = move || {
        let list = known.get().flatten().map(|list| list.experiments).unwrap_or_default();
        list.into_iter().map(|known| view! { <option value=known.name></option> }).collect_view()
    };
    view! {
        <span class="field"><input id=id list=list.clone() placeholder="Default" autocomplete="off" bind:value=value /></span>
        <datalist id=list>{options}</datalist>
    }
}
