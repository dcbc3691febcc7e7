//! A question before what cannot be undone: a dialog of the app's own, asked from anywhere and answered by a callback.

use super::dialog::Dialog;
use dagwright_texts::t;
use leptos::prelude::*;
use std::sync::OnceLock;

/// The page's one place for questions.
static OPEN: OnceLock<RwSignal<Option<Question>>> = OnceLock::new();

/// A question.
#[derive(Clone, Copy)]
struct Question {
    words: StoredValue<String>,
    action: &'static str,
    done: Callback<()>,
}

/// Asks before `done`, which `action` on a button starts; Escape, Cancel and a press outside leave everything as it is.
pub fn ask(words: impl Into<String>, action: &'static str, done: impl Fn() + Send + Sync + 'static) {
    if let Some(open) = OPEN.get() {
        let (words, done) = (StoredValue::new(words.into()), Callback::new(move |()| done()));
        open.set(Some(Question { words, action, done }));
    }
}

/// The place where questions stand; once, at the root.
#[component]
pub fn QuestionPlace() -> impl IntoView {
    let open = *OPEN.get_or_init(|| RwSignal::new(None));
    let close = Callback::new(move |()| open.set(None));
    move || {
        open.get().map(|question| {
            let answer = move |_| {
                open.set(None);
                question.done.run(());
            };
            // The words as they are now: who asked may be gone when the dialog goes.
            let words = question.words.try_get_value().unwrap_or_default();
            view! {
                <Dialog title=t!("{action}?", action = question.action) close=close>
                    <div class="body"><p data-testid="question">{words}</p></div>
                    <footer role="presentation">
                        <span class="grow"></span>
                        <button class="btn" data-autofocus="" on:click=move |_| close.run(())>{t!("Cancel")}</button>
                        <button class="btn danger" on:click=answer>{question.action}</button>
                    </footer>
                </Dialog>
            }
        })
    }
}
