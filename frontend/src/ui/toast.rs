//! Toasts: five seconds at the bottom, only for what happened elsewhere.

use leptos::prelude::*;
use std::sync::OnceLock;
use std::time::Duration;

/// The page's one list: also for what ends after its part of the page is gone, where no context reaches.
static LIST: OnceLock<Toasts> = OnceLock::new();

/// The list of toasts.
#[derive(Clone, Copy, Debug)]
pub struct Toasts(RwSignal<Vec<(u64, String)>>);

impl Toasts {
    /// Makes the list; once, at the root.
    pub fn provide() -> Self {
        *LIST.get_or_init(|| Self(RwSignal::new(Vec::new())))
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

/// Shows a toast from anywhere.
pub fn toast(text: impl Into<String>) {
    if let Some(toasts) = LIST.get() {
        toasts.show(text);
    }
}

/// The place where toasts stand.
#[component]
pub fn ToastList() -> impl IntoView {
    let toasts = Toasts::provide();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.0.get() key=|(id, _)| *id children=|(_, text)| view! { <div class="toast">{text}</div> } />
        </div>
    }
}
