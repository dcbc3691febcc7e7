//! The first steps in the editor: five hints beside what they are about, shown once in a browser, skipped by one press.
//! They lie over nothing that has to be used, and take no focus.

use dagwright_texts::t;
use leptos::prelude::*;

/// Set once somebody has seen or skipped them.
const SEEN: &str = "dagwright-tour";

/// Where it stands (a class), what it is about, what it says.
fn steps() -> [(&'static str, &'static str, &'static str); 5] {
    [
        (
            "at-left",
            t!("Components"),
            t!("Drag one onto the canvas. Your own Python or shell code starts from a component here too."),
        ),
        (
            "at-canvas",
            t!("The graph"),
            t!("Drag from an output to an input to wire two tasks. Every edit can be undone."),
        ),
        (
            "at-right",
            t!("What is selected"),
            t!("Values, code, volumes and resources of the selected task are set here."),
        ),
        (
            "at-run",
            t!("Run"),
            t!("Runs the pipeline here or on a cluster. The same canvas then shows states, logs and results."),
        ),
        ("at-keys", t!("Keys"), t!("Everything has a key. Press ? on the canvas to see all of them.")),
    ]
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// The hints; nothing for somebody who has seen them.
#[component]
pub fn Tour() -> impl IntoView {
    let seen = storage().is_none_or(|storage| storage.get_item(SEEN).ok().flatten().is_some());
    let step = RwSignal::new((!seen).then_some(0usize));
    let end = move || {
        step.set(None);
        if let Some(storage) = storage() {
            drop(storage.set_item(SEEN, "seen"));
        }
    };
    let steps = steps();
    let next = move |at: usize| if at + 1 < steps.len() { step.set(Some(at + 1)) } else { end() };
    move || {
        let at = step.get()?;
        let (place, title, words) = *steps.get(at)?;
        let last = at + 1 == steps.len();
        Some(view! {
            <section class=format!("tour {place}") aria-label=t!("First steps") data-testid="tour">
                <b>{title}</b>
                <p>{words}</p>
                <div class="button-row">
                    <span class="hint">{t!("{number} of {count}", number = at + 1, count = steps.len())}</span>
                    <span class="grow"></span>
                    {(!last).then(|| view! { <button class="btn quiet small" on:click=move |_| end()>{t!("Skip")}</button> })}
                    <button class="btn small" on:click=move |_| next(at)>{if last { t!("Done") } else { t!("Next") }}</button>
                </div>
            </section>
        })
    }
}
