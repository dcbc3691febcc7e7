//! A modal dialog: focus goes in and comes back, Escape and a press on the scrim close it. One at a time.

use super::icon::SmallIcon;
use dagwright_texts::t;
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// A modal dialog with a title, a body and a footer.
#[component]
pub fn Dialog(
    /// The heading.
    #[prop(into)]
    title: Signal<String>,
    /// Faint text beside the heading.
    #[prop(into, optional)]
    note: Signal<String>,
    /// Called by Escape, the cross and a press outside.
    close: Callback<()>,
    /// More classes, such as `wide`.
    #[prop(optional)]
    class: &'static str,
    /// The body and, after it, the footer.
    children: Children,
) -> impl IntoView {
    let node: NodeRef<html::Section> = NodeRef::new();
    let before = document().active_element();
    Effect::new(move |_| {
        if let Some(section) = node.get() {
            // The first field, else the dialog itself, so that Escape and Tab work at once.
            let first =
                section.query_selector("[data-autofocus], .body input, .body select, .body textarea").ok().flatten();
            match first.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
                Some(element) => drop(element.focus()),
                None => drop(section.focus()),
            }
        }
    });
    let before = StoredValue::new_local(before);
    on_cleanup(move || {
        if let Some(Some(element)) = before.try_get_value()
            && let Ok(element) = element.dyn_into::<web_sys::HtmlElement>()
        {
            drop(element.focus());
        }
    });
    let keydown = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            event.prevent_default();
            close.run(());
        } else if event.key() == "Tab" {
            keep_focus(&event, node);
        } else if !(event.ctrl_key() && event.key() == "Enter") {
            // Keys typed in a dialog are not the canvas's.
            event.stop_propagation();
        }
    };
    view! {
        <div
            class="center-dialog"
            on:pointerdown=move |event| {
                if event.target() == event.current_target() {
                    close.run(());
                }
            }
            on:keydown=keydown
        >
            <section
                node_ref=node
                class=format!("dialog {class}")
                role="dialog"
                aria-modal="true"
                aria-label=move || title.get()
                tabindex="-1"
            >
                <header role="presentation">
                    <b>{move || title.get()}</b>
                    <span class="faint">{move || note.get()}</span>
                    <span class="grow"></span>
                    <button class="btn quiet small icon" title=t!("Close  Esc") aria-label=t!("Close") on:click=move |_| close.run(())>
                        <SmallIcon name="close" />
                    </button>
                </header>
                {children()}
            </section>
        </div>
    }
}

/// Keeps Tab inside the dialog.
fn keep_focus(event: &ev::KeyboardEvent, node: NodeRef<html::Section>) {
    let Some(section) = node.get_untracked() else { return };
    let selector = "button:not([disabled]), input:not([disabled]), select, textarea, a[href], [tabindex='0']";
    let Ok(list) = section.query_selector_all(selector) else { return };
    let Some(last) = list.length().checked_sub(1) else { return };
    let element = |index| list.item(index).and_then(|node| node.dyn_into::<web_sys::HtmlElement>().ok());
    let active = document().active_element();
    let at = |index| element(index).is_some_and(|found| active.as_ref().is_some_and(|active| **found == **active));
    let to = if event.shift_key() && at(0) {
        element(last)
    } else if !event.shift_key() && at(last) {
        element(0)
    } else {
        None
    };
    if let Some(to) = to {
        event.prevent_default();
        drop(to.focus());
    }
}
