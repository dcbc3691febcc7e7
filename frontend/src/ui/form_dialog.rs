//! A dialog that is a small form: fields, what went wrong, Cancel and one button. Enter presses that button.

use super::dialog::Dialog;
use super::notice::ErrorNotice;
use crate::net::client::ApiError;
use dagwright_texts::t;
use leptos::prelude::*;

/// The dialog.
#[component]
pub fn FormDialog(
    /// The heading.
    #[prop(into)]
    title: String,
    /// The word on the button.
    action: &'static str,
    /// Called by the button and by Enter.
    submit: Callback<()>,
    /// Why it was refused.
    error: RwSignal<Option<ApiError>>,
    /// Closes it.
    close: Callback<()>,
    /// Rows of fields.
    children: Children,
) -> impl IntoView {
    view! {
        <Dialog title=title close=close>
            <form
                on:submit=move |event| {
                    event.prevent_default();
                    submit.run(());
                }
            >
                <div class="body">{children()} {move || error.get().map(|error| view! { <ErrorNotice error=error /> })}</div>
                <footer role="presentation">
                    <span class="grow"></span>
                    <button type="button" class="btn" on:click=move |_| close.run(())>{t!("Cancel")}</button>
                    <button type="submit" class="btn primary">{action}</button>
                </footer>
            </form>
        </Dialog>
    }
}

/// A row with one line of text.
#[component]
pub fn TextRow(
    /// The field's id.
    id: &'static str,
    /// The word before it.
    label: &'static str,
    /// Shown while it is empty.
    #[prop(optional)]
    placeholder: &'static str,
    /// The text.
    value: RwSignal<String>,
) -> impl IntoView {
    view! {
        <div class="frow">
            <label for=id>{label}</label>
            <span class="field"><input id=id placeholder=placeholder autocomplete="off" bind:value=value /></span>
        </div>
    }
}
