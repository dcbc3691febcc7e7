//! A component as its own file, `component.yaml`: typed in with problems at their lines, taken where it can be read. Tasks follow
//! its ports as they do wherever it is edited.

use super::component::{ComponentEditing, one_step};
use crate::form::code_field::{CodeField, Language, marks};
use crate::panels::editing::editable;
use crate::store::document_store::DocumentStore;
use crate::ui::format::sentences;
use crate::ui::pause::AfterPause;
use dagwright_shared::component::Component;
use dagwright_shared::diagnostic::{Diagnostic, Severity, any_error};
use dagwright_shared::pipeline::file::{read_component, write_component};
use dagwright_texts::t;
use leptos::prelude::*;
use std::time::Duration;

/// From the last key to the document.
const PAUSE: Duration = Duration::from_millis(400);

/// A component without what its file leaves to the pipeline: where it came from, and its digest.
fn bare(component: &Component) -> Component {
    Component { origin: None, digest: None, ..component.clone() }
}

/// The tab.
#[component]
pub fn ComponentTextTab(
    /// The document.
    store: DocumentStore,
    /// The task's name.
    task: String,
) -> impl IntoView {
    let editing = ComponentEditing::new(&store, &task);
    let stored = Memo::new(move |_| editing.read(bare));
    let text = RwSignal::new(write_component(&stored.get_untracked()));
    // What the text says; while the document says the same, the text is the person's.
    let said = StoredValue::new(stored.get_untracked());
    let typed = StoredValue::new(false);
    let problems = RwSignal::new(Vec::<Diagnostic>::new());
    let line = RwSignal::new(None::<u32>);
    Effect::new(move |_| {
        let stored = stored.get();
        if !typed.get_value() && said.with_value(|said| *said != stored) {
            text.set(write_component(&stored));
            said.set_value(stored);
            problems.set(Vec::new());
        }
    });
    let step = StoredValue::new(one_step());
    let pause = AfterPause::new(PAUSE);
    let take = move || {
        if typed.try_get_value() != Some(true) {
            return;
        }
        let outcome = read_component(&text.get_untracked());
        let readable = outcome.value.filter(|_| !any_error(&outcome.diagnostics));
        problems.set(outcome.diagnostics);
        let Some(component) = readable else { return };
        typed.set_value(false);
        said.set_value(bare(&component));
        let change = |known: &mut Component| {
            let origin = component.origin.clone().or_else(|| known.origin.clone());
            *known = Component { origin, digest: known.digest.clone(), ..component };
        };
        if let Err(problem) = editing.change_in(step.get_value(), change) {
            crate::ui::toast::toast(problem);
        }
    };
    let changed = move |now: String| {
        text.set(now);
        typed.set_value(true);
        pause.run(take);
    };
    let left = move |()| {
        take();
        step.set_value(one_step());
    };
    let shown = Memo::new(move |_| problems.with(|problems| marks(problems)));
    let row = move |problem: Diagnostic| {
        let class = if problem.severity == Severity::Error { "line-problem error" } else { "line-problem warning" };
        let words = sentences(&problem.message, &problem.hint);
        let at = problem.position.map(|at| at.line).unwrap_or(1);
        view! { <button class=class title=t!("Show the line") on:click=move |_| line.set(Some(at))><span class="mono">{t!("line {line}", line = at)}</span><span>{words}</span></button> }
    };
    view! {
        <div class="code-tab">
            <CodeField text=text language=Language::Yaml label=t!("Component YAML") changed=editable(&store).then(|| Callback::new(changed)) left=Callback::new(left) problems=shown line=line />
            <div class="line-list" role="status" data-testid="component-problems">
                {move || problems.get().into_iter().map(row).collect_view()}
            </div>
        </div>
    }
}
