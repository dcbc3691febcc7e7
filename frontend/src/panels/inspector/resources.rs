//! What tasks run with: CPU, memory, GPU, and what happens when they fail. Of one task, or of several at once.

use crate::form::text_field::TextField;
use crate::panels::editing::{edit_tasks, shared, tasks_memo};
use crate::store::document_store::DocumentStore;
use dagwright_shared::pipeline::edit::TaskField;
use dagwright_shared::pipeline::{Resources, Retry};
use dagwright_shared::quantity;
use dagwright_texts::t;
use leptos::prelude::*;

const GPU: &str = "nvidia.com/gpu";

/// CPU, memory and GPU; the simple field sets request and limit.
#[component]
pub fn ResourcesSection(
    /// The document.
    store: DocumentStore,
    /// The tasks' names.
    tasks: Vec<String>,
) -> impl IntoView {
    let tasks = tasks_memo(&store, &tasks);
    let field = move |name: &'static str, label: &'static str, placeholder: &'static str, unit: &'static str| {
        let shown = shared(tasks, placeholder, move |task| shown(&task.resources, name));
        let store = store.clone();
        let set = Callback::new(move |text: String| {
            let text = text.trim().to_owned();
            if !text.is_empty() && quantity::quantity(&text).is_none() {
                return Err(String::from(t!("A number with a unit, such as 500m, 512Mi or 1Gi.")));
            }
            edit_tasks(&store, tasks, |task| {
                let mut resources = task.resources.clone();
                for map in [&mut resources.requests, &mut resources.limits] {
                    if text.is_empty() {
                        map.shift_remove(name);
                    } else {
                        map.insert(name.to_owned(), text.clone());
                    }
                }
                Some(TaskField::Resources(resources))
            })
        });
        view! { <TextField value=shown.text set=set label=label placeholder=shown.placeholder unit=unit /> }
    };
    view! {
        <section class="sect">
            <h3>{t!("Resources")}</h3>
            <div class="three">
                <div><label>"CPU"</label>{field("cpu", "CPU", t!("any"), t!("cores"))}</div>
                <div><label>{t!("Memory")}</label>{field("memory", t!("Memory"), t!("any"), "")}</div>
                <div><label>"GPU"</label>{field(GPU, "GPU", "0", "")}</div>
            </div>
        </section>
    }
}

/// The limit, or the request where there is no limit.
fn shown(resources: &Resources, name: &str) -> String {
    resources.limits.get(name).or_else(|| resources.requests.get(name)).cloned().unwrap_or_default()
}

/// A span of time as the document holds it; `None` for an empty text.
fn duration(text: &str) -> Result<Option<String>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let text = if text.chars().all(|c| c.is_ascii_digit()) { format!("{text}s") } else { text.to_owned() };
    if quantity::seconds(&text).is_none() {
        return Err(String::from(t!("A number with a unit: 90s, 30m, 1h30m.")));
    }
    Ok(Some(text))
}

/// Retries and the time limit.
#[component]
pub fn FailureSection(
    /// The document.
    store: DocumentStore,
    /// The tasks' names.
    tasks: Vec<String>,
) -> impl IntoView {
    let tasks = tasks_memo(&store, &tasks);
    let limit = shared(tasks, "0", |task| task.retry.as_ref().map(|retry| retry.limit.to_string()).unwrap_or_default());
    let backoff =
        shared(tasks, "10s", |task| task.retry.as_ref().and_then(|retry| retry.backoff.clone()).unwrap_or_default());
    let timeout = shared(tasks, t!("no limit"), |task| task.timeout.clone().unwrap_or_default());
    let (limits, backoffs) = (store.clone(), store.clone());
    let set_limit = Callback::new(move |text: String| {
        let text = text.trim();
        if text.is_empty() || text == "0" {
            return edit_tasks(&limits, tasks, |_| Some(TaskField::Retry(None)));
        }
        let limit = text.parse::<u32>().map_err(|_| String::from(t!("A whole number of further attempts.")))?;
        edit_tasks(&limits, tasks, |task| {
            let first = || Retry { backoff: Some(String::from("10s")), factor: Some(2.0), ..Retry::default() };
            Some(TaskField::Retry(Some(Retry { limit, ..task.retry.clone().unwrap_or_else(first) })))
        })
    });
    let set_backoff = Callback::new(move |text: String| {
        let backoff = duration(&text)?;
        if tasks.with_untracked(|tasks| tasks.iter().any(|(_, task)| task.retry.is_none())) {
            return Err(String::from(t!("Set how many times first.")));
        }
        edit_tasks(&backoffs, tasks, |task| {
            let retry = task.retry.clone()?;
            Some(TaskField::Retry(Some(Retry { backoff: backoff.clone(), ..retry })))
        })
    });
    let set_timeout = Callback::new(move |text: String| {
        let timeout = duration(&text)?;
        edit_tasks(&store, tasks, |_| Some(TaskField::Timeout(timeout.clone())))
    });
    view! {
        <section class="sect">
            <h3>{t!("If it fails")}</h3>
            <div class="frow two">
                <label>{t!("Retry")}</label>
                <span class="pair">
                    <span class="stack"><TextField value=limit.text set=set_limit label=t!("Retries") placeholder=limit.placeholder unit=t!("times") /></span>
                    <span class="stack"><TextField value=backoff.text set=set_backoff label=t!("Wait before a retry") placeholder=backoff.placeholder unit=t!("wait") /></span>
                </span>
            </div>
            <div class="frow two">
                <label>{t!("Stop after")}</label>
                <span class="stack"><TextField value=timeout.text set=set_timeout label=t!("Time limit") placeholder=timeout.placeholder /></span>
            </div>
        </section>
    }
}
