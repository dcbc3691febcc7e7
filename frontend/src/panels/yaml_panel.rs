//! The pipeline's YAML beside the canvas: typed in and followed, with problems at their lines. What becomes of the text is
//! `document_text`'s to say.

use crate::form::code_field::{CodeField, Language, marks};
use crate::net::code_editor::Mark;
use crate::panels::document_text::DocumentText;
use crate::store::document_store::DocumentStore;
use crate::ui::format::sentences;
use crate::ui::icon::SmallIcon;
use dagwright_editor::selection::Item;
use dagwright_shared::diagnostic::{Diagnostic, Place, Severity};
use dagwright_texts::t;
use leptos::prelude::*;

/// Texts longer than this, in bytes, show no marks of the document's problems: their lines would be looked for at each edit.
const LONGEST_SEARCHED: usize = 400_000;

/// The panel.
#[component]
pub fn YamlPanel(
    /// The document.
    store: DocumentStore,
    /// Its text.
    text: DocumentText,
    /// Closes the panel.
    close: Callback<()>,
) -> impl IntoView {
    let line = RwSignal::new(None::<u32>);
    let selection = store.selection();
    Effect::new(move |before: Option<()>| {
        let place = selection.with(|selection| match selection.single() {
            Some(Item::Task(task)) => Some(Place::Task { task: task.clone(), field: String::new() }),
            Some(Item::Volume(volume)) => Some(Place::Volume { volume: volume.clone(), field: String::new() }),
            None => None,
        });
        let here = crate::form::code_field::has_focus();
        if let (Some(place), false) = (place, here && before.is_some()) {
            line.set(text.lines_of(&[place]).into_iter().flatten().next());
        }
    });
    let checked = store.problems();
    let shown = Memo::new(move |_| {
        let mut all = text.problems.with(|problems| marks(problems));
        if !text.is_broken.get() && text.text.with(|text| text.len() < LONGEST_SEARCHED) {
            checked.with(|problems| all.extend(marks_of_places(text, problems)));
        }
        all
    });
    let broken = move || {
        if !text.is_broken.get() {
            return None;
        }
        let first =
            text.problems.with(|problems| problems.iter().find(|problem| problem.severity == Severity::Error).cloned());
        let words = first.as_ref().map_or_else(String::new, |problem| sentences(&problem.message, &problem.hint));
        let at = first.and_then(|problem| problem.position).map(|at| at.line);
        Some(view! {
            <div class="notice error yaml-broken" role="alert" data-testid="yaml-broken">
                <div class="grow">
                    {at.map(|at| view! { <button class="link mono" on:click=move |_| line.set(Some(at))>{t!("Line {line}", line = at)}</button>" " })}
                    {words}
                    <p class="faint">{t!("The canvas shows the pipeline as it was before.")}</p>
                </div>
                <button class="btn small" on:click=move |_| text.give_up()>{t!("Discard my text")}</button>
            </div>
        })
    };
    view! {
        <section class="yaml-panel" aria-label=t!("Pipeline YAML") data-testid="yaml-panel">
            <header class="yaml-head">
                <b>"YAML"</b>
                <span class="faint" role="status">{move || if text.is_broken.get() { t!("Cannot be read") } else { t!("Live") }}</span>
                <span class="grow"></span>
                <button class="btn quiet small icon" title=t!("Close") aria-label=t!("Close the YAML") on:click=move |_| close.run(())><SmallIcon name="close" /></button>
            </header>
            <CodeField
                text=text.text
                language=Language::Yaml
                label=t!("Pipeline YAML")
                changed=Some(Callback::new(move |typed| text.typed(typed)))
                left=Callback::new(move |()| text.left())
                problems=shown
                line=line
            />
            {broken}
        </section>
    }
}

/// Problems of the document at the lines of what they are about.
fn marks_of_places(text: DocumentText, problems: &[Diagnostic]) -> Vec<Mark> {
    if problems.is_empty() {
        return Vec::new();
    }
    let places: Vec<Place> = problems.iter().map(|problem| problem.place.clone()).collect();
    let lines = text.lines_of(&places);
    let mark = |(problem, line): (&Diagnostic, Option<u32>)| {
        let severity = crate::form::code_field::severity_name(problem.severity);
        Some(Mark { line: line?, column: None, severity, message: sentences(&problem.message, &problem.hint) })
    };
    problems.iter().zip(lines).filter_map(mark).collect()
}
