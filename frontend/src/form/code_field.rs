//! A text of code: typed in with highlighting and problems at their lines, or only read. The text stands there plain until
//! the code editor is loaded. What is stored, and when, is for whoever uses it.

use crate::net::code_editor::{CodeEditor, Mark, Opening};
use dagwright_shared::diagnostic::{Diagnostic, Severity};
use leptos::{html, prelude::*};

/// What the text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Python.
    Python,
    /// YAML.
    Yaml,
    /// Nothing that is highlighted: a shell script, a log.
    Text,
}

impl Language {
    fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Yaml => "yaml",
            Self::Text => "text",
        }
    }
}

/// What the code editor calls it.
pub fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "info",
    }
}

/// Whether somebody is in a text of code just now.
pub fn has_focus() -> bool {
    document().active_element().is_some_and(|active| active.class_list().contains("code-host"))
}

/// The marks of those diagnostics that have a position.
pub fn marks(diagnostics: &[Diagnostic]) -> Vec<Mark> {
    let mark = |problem: &Diagnostic| {
        let at = problem.position?;
        let severity = severity_name(problem.severity);
        let message = crate::ui::format::sentences(&problem.message, &problem.hint);
        Some(Mark { line: at.line, column: Some(at.column), severity, message })
    };
    diagnostics.iter().filter_map(mark).collect()
}

/// The field. Fills its parent.
#[component]
pub fn CodeField(
    /// The text as it should stand; what is typed should come back in it.
    #[prop(into)]
    text: Signal<String>,
    /// What it is written in.
    language: Language,
    /// For screen readers and tests.
    #[prop(into)]
    label: String,
    /// Takes the whole text after each change; without it the text can only be read.
    #[prop(optional_no_strip)]
    changed: Option<Callback<String>>,
    /// Called when the focus leaves.
    #[prop(optional, into)]
    left: Option<Callback<()>>,
    /// Problems, shown at their lines.
    #[prop(optional, into)]
    problems: Signal<Vec<Mark>>,
    /// A line to show, from 1, each time it is set.
    #[prop(optional, into)]
    line: Signal<Option<u32>>,
) -> impl IntoView {
    let host: NodeRef<html::Div> = NodeRef::new();
    let editor = StoredValue::new_local(None::<CodeEditor>);
    let ready = RwSignal::new(false);
    let failure = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        let Some(element) = host.get() else { return };
        let tell = move |text: String| {
            if let Some(changed) = changed {
                changed.run(text);
            }
        };
        let opening = Opening {
            text: text.get_untracked(),
            language: language.name(),
            label: label.clone(),
            changed: changed.map(|_| Box::new(tell) as Box<dyn FnMut(String)>),
            left: Box::new(move || {
                if let Some(left) = left {
                    left.run(());
                }
            }),
        };
        leptos::task::spawn_local(async move {
            match CodeEditor::open(&element, opening).await {
                Ok(opened) => {
                    // What changed while it was loading is caught up with by the effects below.
                    if editor.try_set_value(Some(opened)).is_none() {
                        ready.try_set(true);
                    }
                }
                Err(problem) => drop(failure.try_set(Some(problem))),
            }
        });
    });
    let with_editor = move |act: &dyn Fn(&CodeEditor)| {
        editor.try_with_value(|editor| {
            if let Some(editor) = editor {
                act(editor);
            }
        });
    };
    Effect::new(move |_| {
        if ready.get() {
            text.with(|text| with_editor(&|editor| editor.set_text(text)));
        }
    });
    Effect::new(move |_| {
        if ready.get() {
            problems.with(|problems| with_editor(&|editor| editor.set_marks(problems)));
        }
    });
    Effect::new(move |_| {
        if ready.get()
            && let Some(line) = line.get()
        {
            with_editor(&|editor| editor.reveal(line));
        }
    });
    // Keys typed here are not the canvas's. Ctrl Enter is the page's; Escape is a dialog's where nothing is typed.
    let keydown = move |event: leptos::ev::KeyboardEvent| {
        let runs = event.key() == "Enter" && (event.ctrl_key() || event.meta_key());
        let closes = event.key() == "Escape" && changed.is_none() && !event.default_prevented();
        if !runs && !closes {
            event.stop_propagation();
        }
    };
    view! {
        <div class="code-field" data-testid="code-field" data-ready=move || ready.get().to_string()>
            <div node_ref=host class="code-host" on:keydown=keydown></div>
            <Show when=move || !ready.get()>
                <pre class="code-plain" aria-hidden="true">{move || text.get()}</pre>
            </Show>
            {move || failure.get().map(|text| view! { <p class="notice error" role="alert">{text}</p> })}
        </div>
    }
}
