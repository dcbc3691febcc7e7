//! Environment variables of a task: plain text, or a secret by name and key.

use crate::form::text_field::TextField;
use crate::panels::editing::{edit, task_memo};
use crate::store::document_store::DocumentStore;
use crate::ui::icon::{Icon, SmallIcon};
use dagwright_shared::pipeline::EnvValue;
use dagwright_shared::pipeline::edit::{EditCommand, TaskField};
use dagwright_texts::t;
use indexmap::IndexMap;
use leptos::prelude::*;

type Environment = IndexMap<String, EnvValue>;

/// The section.
#[component]
pub fn EnvironmentSection(
    /// The document.
    store: DocumentStore,
    /// The task's name.
    task: String,
) -> impl IntoView {
    let record = task_memo(&store, &task);
    let environment =
        Memo::new(move |_| record.with(|record| record.as_ref().map(|record| record.env.clone()).unwrap_or_default()));
    let put = Callback::new(move |environment: Environment| {
        edit(&store, EditCommand::SetTask { task: task.clone(), field: TaskField::Env(environment) })
    });
    let add = move |value: EnvValue| {
        let mut environment = environment.get_untracked();
        let name = (1..)
            .map(|number| if number == 1 { String::from("NAME") } else { format!("NAME_{number}") })
            .find(|name| !environment.contains_key(name));
        environment.insert(name.unwrap_or_default(), value);
        if let Err(problem) = put.run(environment) {
            crate::ui::toast::toast(problem);
        }
    };
    let names = Memo::new(move |_| environment.with(|environment| environment.keys().cloned().collect::<Vec<_>>()));
    view! {
        <section class="sect">
            <h3>
                {t!("Environment")}
                <span class="end-buttons">
                    <button class="btn quiet small icon" title=t!("Add a secret") aria-label=t!("Add a secret") on:click=move |_| add(EnvValue::Secret { name: String::new(), key: String::new() })><SmallIcon name="key" /></button>
                    <button class="btn quiet small icon" title=t!("Add a variable") aria-label=t!("Add a variable") on:click=move |_| add(EnvValue::Value(String::new()))><Icon name="plus" /></button>
                </span>
            </h3>
            <For each=move || names.get() key=Clone::clone children=move |name| view! { <VariableRow environment=environment put=put name=name /> } />
            <Show when=move || names.with(Vec::is_empty)><p class="empty-line">{t!("Empty but for what its component sets.")}</p></Show>
        </section>
    }
}

#[component]
fn VariableRow(
    environment: Memo<Environment>,
    put: Callback<Environment, Result<(), String>>,
    name: String,
) -> impl IntoView {
    let value = {
        let name = name.clone();
        Memo::new(move |_| environment.with(|environment| environment.get(&name).cloned()))
    };
    let rename = {
        let name = name.clone();
        Callback::new(move |new: String| {
            let valid = new.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !new.is_empty()
                && !new.starts_with(|c: char| c.is_ascii_digit());
            if !valid {
                return Err(String::from(t!("Letters, digits and _, not starting with a digit.")));
            }
            let old = environment.get_untracked();
            if old.contains_key(&new) {
                return Err(t!("{new} is there already.", new));
            }
            put.run(old.into_iter().map(|(key, value)| (if key == name { new.clone() } else { key }, value)).collect())
        })
    };
    let change = {
        let name = name.clone();
        move |value: EnvValue| {
            let mut environment = environment.get_untracked();
            environment.insert(name.clone(), value);
            put.run(environment)
        }
    };
    let remove = {
        let name = name.clone();
        move |_| {
            let mut environment = environment.get_untracked();
            environment.shift_remove(&name);
            if let Err(problem) = put.run(environment) {
                crate::ui::toast::toast(problem);
            }
        }
    };
    let shown = name.clone();
    let secret = move || value.with(|value| matches!(value, Some(EnvValue::Secret { .. })));
    let is_secret = Memo::new(move |_| secret());
    let field = move || {
        let change = change.clone();
        if is_secret.get() {
            let text = Signal::derive(move || {
                value.with(|value| match value {
                    Some(EnvValue::Secret { name, key }) if !name.is_empty() || !key.is_empty() => {
                        format!("{name}/{key}")
                    }
                    _ => String::new(),
                })
            });
            let set = Callback::new(move |text: String| {
                let (name, key) = text
                    .split_once('/')
                    .filter(|(name, key)| !name.is_empty() && !key.is_empty())
                    .ok_or_else(|| String::from(t!("Write name/key.")))?;
                change(EnvValue::Secret { name: name.to_owned(), key: key.to_owned() })
            });
            view! { <TextField value=text set=set label=t!("Secret") placeholder=t!("secret name/key") unit=t!("secret") mono=true /> }.into_any()
        } else {
            let text = Signal::derive(move || {
                value.with(|value| match value {
                    Some(EnvValue::Value(text)) => text.clone(),
                    _ => String::new(),
                })
            });
            let set = Callback::new(move |text: String| change(EnvValue::Value(text)));
            view! { <TextField value=text set=set label=t!("Value") mono=true /> }.into_any()
        }
    };
    view! {
        <div class="frow env-row">
            <span class="stack"><TextField value=Signal::derive(move || shown.clone()) set=rename label=t!("Variable") mono=true /></span>
            <span class="stack">{field}</span>
            <button class="btn quiet small icon" title=t!("Remove") aria-label=t!("Remove the variable") on:click=remove><SmallIcon name="close" /></button>
        </div>
    }
}
