//! What a task runs with: CPU, memory, GPU, and what happens when it fails.

use crate::form::text_field::TextField;
use crate::panels::editing::{edit, task_memo};
use crate::store::document_store::DocumentStore;
use dagwright_shared::pipeline::edit::{EditCommand, TaskField};
use dagwright_shared::pipeline::{Resources, Retry};
use dagwright_shared::quantity;
use leptos::prelude::*;

const GPU: &str = "nvidia.com/gpu";

/// CPU, memory and GPU; the simple field sets request and limit.
#[component]
pub fn ResourcesSection(
    /// The document.
    store: DocumentStore,
    /// The task's name.
    task: String,
) -> impl IntoView {
    let record = task_memo(&store, &task);
    let resources = Memo::new(move |_| {
        record.with(|record| record.as_ref().map(|record| record.resources.clone()).unwrap_or_default())
    });
    let value = move |name: &'static str| Signal::derive(move || resources.with(|resources| shown(resources, name)));
    let set = move |name: &'static str| {
        let (store, task) = (store.clone(), task.clone());
        Callback::new(move |text: String| {
            let text = text.trim().to_owned();
            if !text.is_empty() && quantity::quantity(&text).is_none() {
                return Err(String::from("A number with a unit, such as 500m, 512Mi or 1Gi."));
            }
            let mut resources = resources.get_untracked();
            for map in [&mut resources.requests, &mut resources.limits] {
                if text.is_empty() {
                    map.shift_remove(name);
                } else {
                    map.insert(name.to_owned(), text.clone());
                }
            }
            edit(&store, EditCommand::SetTask { task: task.clone(), field: TaskField::Resources(resources) })
        })
    };
    view! {
        <section class="sect">
            <h3>"Resources"</h3>
            <div class="three">
                <div><label>"CPU"</label><TextField value=value("cpu") set=set("cpu") label="CPU" placeholder="any" unit="cores" /></div>
                <div><label>"Memory"</label><TextField value=value("memory") set=set("memory") label="Memory" placeholder="any" /></div>
                <div><label>"GPU"</label><TextField value=value(GPU) set=set(GPU) label="GPU" placeholder="0" /></div>
            </div>
        </section>
    }
}

/// The limit, or the request where there is no limit.
fn shown(resources: &Resources, name: &str) -> String {
    resources.limits.get(name).or_else(|| resources.requests.get(name)).cloned().unwrap_or_default()
}

/// Retries and the time limit.
#[component]
pub fn FailureSection(
    /// The document.
    store: DocumentStore,
    /// The task's name.
    task: String,
) -> impl IntoView {
    let record = task_memo(&store, &task);
    let retry = Memo::new(move |_| record.with(|record| record.as_ref().and_then(|record| record.retry.clone())));
    let timeout = Signal::derive(move || {
        record.with(|record| record.as_ref().and_then(|record| record.timeout.clone()).unwrap_or_default())
    });
    let limit = Signal::derive(move || {
        retry.with(|retry| retry.as_ref().map(|retry| retry.limit.to_string()).unwrap_or_default())
    });
    let backoff = Signal::derive(move || {
        retry.with(|retry| retry.as_ref().and_then(|retry| retry.backoff.clone()).unwrap_or_default())
    });
    let put = {
        let (store, task) = (store.clone(), task.clone());
        move |field: TaskField| edit(&store, EditCommand::SetTask { task: task.clone(), field })
    };
    let duration = |text: &str| -> Result<Option<String>, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let text = if text.chars().all(|c| c.is_ascii_digit()) { format!("{text}s") } else { text.to_owned() };
        if quantity::seconds(&text).is_none() {
            Err(String::from("A number with a unit: 90s, 30m, 1h30m."))
        } else {
            Ok(Some(text))
        }
    };
    let set_limit = {
        let put = put.clone();
        Callback::new(move |text: String| {
            let text = text.trim().to_owned();
            if text.is_empty() || text == "0" {
                return put(TaskField::Retry(None));
            }
            let limit = text.parse::<u32>().map_err(|_| String::from("A whole number of further attempts."))?;
            let old = retry.get_untracked().unwrap_or(Retry {
                backoff: Some(String::from("10s")),
                factor: Some(2.0),
                ..Retry::default()
            });
            put(TaskField::Retry(Some(Retry { limit, ..old })))
        })
    };
    let set_backoff = {
        let put = put.clone();
        Callback::new(move |text: String| {
            let backoff = duration(&text)?;
            let old = retry.get_untracked().ok_or_else(|| String::from("Set how many times first."))?;
            put(TaskField::Retry(Some(Retry { backoff, ..old })))
        })
    };
    let set_timeout = Callback::new(move |text: String| put(TaskField::Timeout(duration(&text)?)));
    view! {
        <section class="sect">
            <h3>"If it fails"</h3>
            <div class="frow two">
                <label>"Retry"</label>
                <span class="pair">
                    <span class="stack"><TextField value=limit set=set_limit label="Retries" placeholder="0" unit="times" /></span>
                    <span class="stack"><TextField value=backoff set=set_backoff label="Wait before a retry" placeholder="10s" unit="wait" /></span>
                </span>
            </div>
            <div class="frow two">
                <label>"Stop after"</label>
                <span class="stack"><TextField value=timeout set=set_timeout label="Time limit" placeholder="no limit" /></span>
            </div>
        </section>
    }
}
