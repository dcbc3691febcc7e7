//! What the server wants agreed to before it starts something (409 `confirm`): its words, and a button that agrees.

use crate::net::client::ApiError;
use dagwright_texts::t;
use leptos::prelude::*;
use serde_json::Value;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The names to send back as agreed.
    pub what: Vec<String>,
    /// What it is about.
    pub message: String,
    /// What would happen.
    pub lines: Vec<String>,
}

impl Question {
    /// From a refusal that is one.
    pub fn read(error: &ApiError) -> Option<Self> {
        let body = error.body().filter(|body| body.code == "confirm")?;
        let details = body.details.as_ref()?;
        let texts = |name: &str| {
            let list = details.get(name).and_then(Value::as_array);
            list.map(|list| list.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>())
                .unwrap_or_default()
        };
        Some(Self { what: texts("confirm"), message: format!("{} {}", body.message, body.hint), lines: texts("lines") })
    }
}

/// The question, while there is one.
#[component]
pub fn AgreeNotice(
    /// What is asked.
    question: RwSignal<Option<Question>>,
    /// Starts, with what was agreed to.
    agree: Callback<Vec<String>>,
) -> impl IntoView {
    move || {
        question.get().map(|Question { what, message, lines }| {
            view! {
                <div class="notice" role="alertdialog" aria-label=t!("Please confirm") data-testid="confirm">
                    <div class="grow">
                        <p>{message}</p>
                        <ul class="confirm-lines">{lines.into_iter().map(|line| view! { <li class="mono">{line}</li> }).collect_view()}</ul>
                    </div>
                    <button class="btn small" on:click=move |_| agree.run(what.clone())>{t!("Agree and run")}</button>
                </div>
            }
        })
    }
}
