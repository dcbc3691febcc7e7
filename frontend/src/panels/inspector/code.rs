//! The code of a Python function: ports follow its signature as one types; problems stand with their line.

use super::component::ComponentEditing;
use crate::net::python;
use crate::store::document_store::DocumentStore;
use crate::ui::pause::AfterPause;
use dagwright_shared::component::Implementation;
use dagwright_shared::diagnostic::{Diagnostic, Severity};
use leptos::prelude::*;
use std::time::Duration;

/// The tab.
#[component]
pub fn CodeTab(
    /// The document.
    store: DocumentStore,
    /// The task's name.
    task: String,
) -> impl IntoView {
    let editing = ComponentEditing::new(&store, &task);
    let stored = Memo::new(move |_| {
        editing.read(|component| match &component.implementation {
            Implementation::Python(python) => python.source.clone(),
            _ => String::new(),
        })
    });
    let text = RwSignal::new(stored.get_untracked());
    let touched = StoredValue::new(false);
    let problems = RwSignal::new(Vec::<Diagnostic>::new());
    let failure = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        let stored = stored.get();
        if !touched.get_value() && text.get_untracked() != stored {
            text.set(stored);
        }
    });
    // The source is stored at once; the ports follow when the reader has answered, unless the code has moved on.
    let take = move || {
        let source = text.get_untracked();
        touched.set_value(false);
        let function = editing.read(|component| match &component.implementation {
            Implementation::Python(python) => python.function.clone(),
            _ => String::new(),
        });
        leptos::task::spawn_local(async move {
            let named = Some(function.as_str()).filter(|function| !function.is_empty());
            let mut signature = python::analyse(&source, named).await;
            // A renamed function is followed where only one can be meant.
            if let Ok(found) = &signature
                && found.function.is_none()
                && found.functions.iter().filter(|function| function.annotated).count() == 1
            {
                signature = python::analyse(&source, None).await;
            }
            if text.try_get_untracked().is_none_or(|now| now != source) {
                return;
            }
            let answer = match signature {
                Ok(signature) => {
                    problems.set(signature.diagnostics.clone());
                    failure.set(None);
                    let readable = signature.function.is_some()
                        && !dagwright_shared::diagnostic::any_error(&signature.diagnostics);
                    editing.change(|component| {
                        if readable {
                            signature.apply_to(component);
                        }
                        let function = signature.function.clone().filter(|_| readable);
                        if let Implementation::Python(python) = &mut component.implementation {
                            python.source = source.clone();
                            if let Some(function) = function {
                                // A component that was called as its function goes on being called so.
                                if component.name == python.function {
                                    component.name.clone_from(&function);
                                }
                                python.function = function;
                            }
                        }
                    })
                }
                Err(problem) => {
                    failure.set(Some(problem));
                    editing.change(|component| {
                        if let Implementation::Python(python) = &mut component.implementation {
                            python.source = source.clone();
                        }
                    })
                }
            };
            if let Err(problem) = answer {
                failure.set(Some(problem));
            }
        });
    };
    take();
    let pause = AfterPause::new(Duration::from_millis(400));
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
    let keydown = move |event: leptos::ev::KeyboardEvent| {
        // Tab indents; Escape first lets it go, so that the keyboard is never caught.
        if event.key() == "Tab" && !event.shift_key() {
            let area = event_target::<web_sys::HtmlTextAreaElement>(&event);
            if let (Ok(Some(start)), Ok(Some(end))) = (area.selection_start(), area.selection_end()) {
                event.prevent_default();
                drop(area.set_range_text_with_start_and_end("    ", start, end));
                drop(area.set_selection_range(start + 4, start + 4));
                text.set(area.value());
                touched.set_value(true);
                take();
            }
        } else if event.key() == "Escape" {
            drop(event_target::<web_sys::HtmlElement>(&event).blur());
        }
        if !(event.key() == "Enter" && (event.ctrl_key() || event.meta_key())) {
            event.stop_propagation();
        }
    };
    let line = |problem: Diagnostic| {
        let class = if problem.severity == Severity::Error { "hint error" } else { "hint warning" };
        let place = problem.position.map(|at| format!("line {}: ", at.line)).unwrap_or_default();
        view! { <p class=class ><span class="mono">{place}</span>{problem.message}" "{problem.hint}</p> }
    };
    view! {
        <div class="scroll padded code-tab">
            <textarea
                class="code-area"
                aria-label="Python source"
                spellcheck="false"
                autocapitalize="off"
                wrap="off"
                prop:value=move || text.get()
                on:input=typed
                on:keydown=keydown
                on:blur=move |_| take_typed()
            ></textarea>
            <div class="line-list" role="status" data-testid="code-problems">
                {move || failure.get().map(|text| view! { <p class="hint error">{text}</p> })}
                {move || problems.get().into_iter().map(line).collect_view()}
            </div>
        </div>
    }
}
