//! The code of a Python function: ports follow its signature as one types; problems stand at their lines.

use super::component::ComponentEditing;
use crate::form::code_field::{CodeField, Language, marks};
use crate::net::python;
use crate::panels::editing::editable;
use crate::store::document_store::DocumentStore;
use crate::ui::format::sentences;
use crate::ui::pause::AfterPause;
use dagwright_shared::component::{Component, Implementation};
use dagwright_shared::diagnostic::{Diagnostic, Severity, any_error};
use dagwright_shared::python::PythonSignature;
use dagwright_texts::t;
use leptos::prelude::*;
use std::time::Duration;

/// From the last key to the ports.
const PAUSE: Duration = Duration::from_millis(400);
/// What is typed with shorter rests than this is one step of undo.
const REST: Duration = Duration::from_secs(3);

fn source_of(component: &Component) -> String {
    match &component.implementation {
        Implementation::Python(python) => python.source.clone(),
        _ => String::new(),
    }
}

fn function_of(component: &Component) -> String {
    match &component.implementation {
        Implementation::Python(python) => python.function.clone(),
        _ => String::new(),
    }
}

/// Reads a source's signature: of the named function, or of the only one that it can be when that name is gone.
async fn signature_of(source: &str, function: &str) -> Result<PythonSignature, String> {
    let signature = python::analyse(source, Some(function).filter(|function| !function.is_empty())).await?;
    let annotated = signature.functions.iter().filter(|function| function.annotated).count();
    if signature.function.is_none() && annotated == 1 {
        return python::analyse(source, None).await;
    }
    Ok(signature)
}

/// Puts a source into its component, with the ports that could be read from it.
fn put(component: &mut Component, source: String, signature: Option<&PythonSignature>) {
    let signature = signature.filter(|signature| signature.function.is_some() && !any_error(&signature.diagnostics));
    let was_called = function_of(component);
    if let Some(signature) = signature {
        signature.apply_to(component);
    }
    if let Implementation::Python(python) = &mut component.implementation {
        python.source = source;
    }
    // A component that was called as its function goes on being called so.
    if component.name == was_called {
        component.name = function_of(component);
    }
}

/// The tab.
#[component]
pub fn CodeTab(
    /// The document.
    store: DocumentStore,
    /// The task's name.
    task: String,
) -> impl IntoView {
    let editing = ComponentEditing::new(&store, &task);
    let stored = Memo::new(move |_| editing.read(source_of));
    let text = RwSignal::new(stored.get_untracked());
    let touched = StoredValue::new(false);
    let problems = RwSignal::new(Vec::<Diagnostic>::new());
    let failure = RwSignal::new(None::<String>);
    let line = RwSignal::new(None::<u32>);
    let squash = StoredValue::new(super::component::one_step());
    Effect::new(move |_| {
        let stored = stored.get();
        if !touched.get_value() && text.get_untracked() != stored {
            text.set(stored);
        }
    });
    // The ports follow when the reader has answered, unless the code has moved on.
    let take = move || {
        let source = text.get_untracked();
        let was_touched = touched.get_value();
        touched.set_value(false);
        let function = editing.read_untracked(function_of);
        leptos::task::spawn_local(async move {
            let answer = signature_of(&source, &function).await;
            if text.try_get_untracked().is_none_or(|now| now != source) {
                return;
            }
            failure.set(answer.as_ref().err().cloned());
            problems.set(answer.as_ref().map(|signature| signature.diagnostics.clone()).unwrap_or_default());
            // Looking at code changes nothing.
            if was_touched {
                let step = squash.get_value();
                let put = editing.change_in(step, |component| put(component, source, answer.as_ref().ok()));
                if let Err(problem) = put {
                    failure.set(Some(problem));
                }
            }
        });
    };
    take();
    let (pause, rest) = (AfterPause::new(PAUSE), AfterPause::new(REST));
    let take_typed = move || {
        if touched.try_get_value() == Some(true) {
            take();
        }
    };
    let typed = move |source: String| {
        text.set(source);
        touched.set_value(true);
        pause.run(take_typed);
        rest.run(move || drop(squash.try_set_value(super::component::one_step())));
    };
    let shown = Memo::new(move |_| problems.with(|problems| marks(problems)));
    let row = move |problem: Diagnostic| {
        let class = if problem.severity == Severity::Error { "line-problem error" } else { "line-problem warning" };
        let words = sentences(&problem.message, &problem.hint);
        match problem.position {
            Some(at) => view! {
                <button class=class title=t!("Show the line") on:click=move |_| line.set(Some(at.line))><span class="mono">{t!("line {line}", line = at.line)}</span><span>{words}</span></button>
            }
            .into_any(),
            None => view! { <p class=class>{words}</p> }.into_any(),
        }
    };
    view! {
        <div class="code-tab">
            <CodeField
                text=text
                language=Language::Python
                label=t!("Python source")
                changed=editable(&store).then(|| Callback::new(typed))
                left=Callback::new(move |()| take_typed())
                problems=shown
                line=line
            />
            <div class="line-list" role="status" data-testid="code-problems">
                {move || failure.get().map(|text| view! { <p class="line-problem error">{text}</p> })}
                {move || problems.get().into_iter().map(row).collect_view()}
            </div>
        </div>
    }
}
