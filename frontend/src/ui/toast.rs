//! Toasts: five seconds at the bottom, only for what happened elsewhere.

use leptos::prelude::*;
use std::time::Duration;

/// The list of toasts, in context.
#[derive(Clone, Copy)]
pub struct Toasts(RwSignal<Vec<(u64, String)>>);

impl Toasts {
    /// Puts the list into context; once, at the root.
    pub fn provide() -> Self {
        let toasts = Self(RwSignal::new(Vec::new()));
        provide_context(toasts);
        toasts
    }

    /// Shows a text for five seconds.
    pub fn show(self, text: impl Into<String>) {
        let id = self.0.with_untracked(|list| list.last().map_or(1, |(id, _)| id + 1));
        self.0.update(|list| list.push((id, text.into())));
        set_timeout(
            move || {
                self.0.try_update(|list| list.retain(|(other, _)| *other != id));
            },
            Duration::from_secs(5),
        );
    }
}

/// Shows a toast from anywhere below the root.
pub fn toast(text: impl Into<String>) {
    if let Some(toasts) = use_context::<Toasts>() {
        toasts.show(text);
    }
}

/// The place where toasts stand.
#[component]
pub fn ToastList() -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.0.get() key=|(id, _)| *id children=|(_, text)| view! { <div class="toast">{text}</div> } />
        </div>
    }
}
