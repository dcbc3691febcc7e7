//! The script of a step whose command is a shell with a script in it: edited as code. Its arguments stand under Component.

use super::component::{ComponentEditing, one_step};
use crate::form::code_field::{CodeField, Language};
use crate::panels::editing::editable;
use crate::store::document_store::DocumentStore;
use crate::ui::pause::AfterPause;
use dagwright_shared::component::{Component, Implementation, Placeholder};
use dagwright_texts::t;
use leptos::prelude::*;
use std::time::Duration;

/// From the last key to the document.
const PAUSE: Duration = Duration::from_millis(400);

/// Where the script stands in the command: after a shell and its `-c`.
fn place(component: &Component) -> Option<usize> {
    let Implementation::Container(container) = &component.implementation else { return None };
    let [Placeholder::Text(shell), Placeholder::Text(flags), Placeholder::Text(_), ..] = container.command.as_slice()
    else {
        return None;
    };
    let program = shell.rsplit('/').next().unwrap_or_default();
    (["sh", "bash", "ash", "dash"].contains(&program) && flags.starts_with('-') && flags.ends_with('c')).then_some(2)
}

/// The script of a component, if it is one.
pub fn script_of(component: &Component) -> Option<String> {
    let Implementation::Container(container) = &component.implementation else { return None };
    match container.command.get(place(component)?)? {
        Placeholder::Text(script) => Some(script.clone()),
        _ => None,
    }
}

fn put(component: &mut Component, script: String) {
    if let Some(place) = place(component)
        && let Implementation::Container(container) = &mut component.implementation
    {
        container.command[place] = Placeholder::Text(script);
    }
}

/// The tab.
#[component]
pub fn ScriptTab(
    /// The document.
    store: DocumentStore,
    /// The task's name.
    task: String,
) -> impl IntoView {
    let editing = ComponentEditing::new(&store, &task);
    let stored = Memo::new(move |_| editing.read(|component| script_of(component).unwrap_or_default()));
    let text = RwSignal::new(stored.get_untracked());
    let typed = StoredValue::new(false);
    Effect::new(move |_| {
        let stored = stored.get();
        if !typed.get_value() && text.get_untracked() != stored {
            text.set(stored);
        }
    });
    let step = StoredValue::new(one_step());
    let pause = AfterPause::new(PAUSE);
    let take = move || {
        if typed.try_get_value() == Some(true) {
            typed.set_value(false);
            let script = text.get_untracked();
            if let Err(problem) = editing.change_in(step.get_value(), |component| put(component, script)) {
                crate::ui::toast::toast(problem);
            }
        }
    };
    let changed = move |script: String| {
        text.set(script);
        typed.set_value(true);
        pause.run(take);
    };
    let left = move |()| {
        take();
        step.set_value(one_step());
    };
    view! {
        <div class="code-tab"><CodeField text=text language=Language::Text label=t!("Shell script") changed=editable(&store).then(|| Callback::new(changed)) left=Callback::new(left) /></div>
    }
}
