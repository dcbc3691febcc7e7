//! A field for a plain text of the document: name, image, path, quantity. Taken after a pause, on Enter and on leaving.

use super::value_field::PAUSE;
use crate::ui::pause::AfterPause;
use leptos::prelude::*;

/// Grows a text area to its content, up to `lines` lines.
pub fn grow(area: &web_sys::HtmlTextAreaElement, lines: i32) {
    let style = web_sys::HtmlElement::style(area);
    drop(style.set_property("height", "18px"));
    let height = area.scroll_height().clamp(18, 18 * lines);
    drop(style.set_property("height", &format!("{height}px")));
}

/// A one-line field.
#[component]
pub fn TextField(
    /// What is stored.
    #[prop(into)]
    value: Signal<String>,
    /// Takes what was typed; an error is shown under the field and nothing is stored.
    set: Callback<String, Result<(), String>>,
    /// For screen readers and tests.
    #[prop(into)]
    label: String,
    /// Faint text in the empty field.
    #[prop(into, optional)]
    placeholder: Signal<String>,
    /// The unit inside the field.
    #[prop(optional)]
    unit: &'static str,
    /// Whether it is code.
    #[prop(optional)]
    mono: bool,
) -> impl IntoView {
    let text = RwSignal::new(value.get_untracked());
    let problem = RwSignal::new(None::<String>);
    let touched = StoredValue::new(false);
    Effect::new(move |_| {
        let stored = value.get();
        if !touched.get_value() && text.get_untracked() != stored {
            text.set(stored);
            problem.set(None);
        }
    });
    let take = move || {
        touched.set_value(false);
        let typed = text.get_untracked();
        if typed == value.get_untracked() {
            problem.set(None);
            return;
        }
        problem.set(set.run(typed).err());
    };
    let pause = AfterPause::new(PAUSE);
    let take_typed = move || {
        if touched.try_get_value() == Some(true) {
            take();
        }
    };
    let typed = move |event| {
        text.set(event_target_value(&event));
        touched.set_value(true);
        pause.run(take_typed);
    };
    view! {
        <span class="field" class:error=move || problem.get().is_some()>
            <input
                class:mono=mono
                aria-label=label
                placeholder=move || placeholder.get()
                spellcheck="false"
                autocomplete="off"
                prop:value=move || text.get()
                on:input=typed
                on:blur=move |_| take_typed()
                on:keydown=move |event| if event.key() == "Enter" { take() }
                aria-invalid=move || problem.get().is_some().to_string()
            />
            {(!unit.is_empty()).then(|| view! { <span class="unit">{unit}</span> })}
        </span>
        {move || problem.get().map(|message| view! { <span class="hint error" role="alert">{message}</span> })}
    }
}
