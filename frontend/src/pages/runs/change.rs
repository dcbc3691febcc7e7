//! The dialog that renames a run, or moves runs to an experiment.

use crate::form::experiment_field::ExperimentField;
use crate::net::client::{self, ApiError, segment};
use crate::ui::form_dialog::{FormDialog, TextRow};
use dagwright_shared::api::{ChangeRun, RunSummary};
use dagwright_texts::t;
use leptos::prelude::*;

/// The dialog.
#[component]
pub fn ChangeRunDialog(
    /// One, or several to move.
    runs: Vec<RunSummary>,
    /// Closes it.
    close: Callback<()>,
    /// Something was changed.
    changed: Callback<()>,
) -> impl IntoView {
    let single = if let [run] = runs.as_slice() { Some(run.clone()) } else { None };
    let name = RwSignal::new(single.as_ref().map(|run| run.name.clone()).unwrap_or_default());
    let experiment = RwSignal::new(single.as_ref().map(|run| run.experiment.clone()).unwrap_or_default());
    let title = match &single {
        Some(run) => t!("Run {number} of {pipeline}", number = run.number, pipeline = run.pipeline_name),
        None => t!("Move {count} runs", count = runs.len()),
    };
    let error = RwSignal::new(None::<ApiError>);
    let one = single.is_some();
    let paths = StoredValue::new(runs.iter().map(|run| format!("/api/runs/{}", segment(&run.id))).collect::<Vec<_>>());
    let save = Callback::new(move |()| {
        let request =
            ChangeRun { name: one.then(|| name.get_untracked()), experiment: Some(experiment.get_untracked()) };
        leptos::task::spawn_local(async move {
            for path in paths.get_value() {
                if let Err(problem) = client::patch_only(&path, &request).await {
                    error.set(Some(problem));
                    return;
                }
            }
            close.run(());
            changed.run(());
        });
    });
    view! {
        <FormDialog title=title action=if one { t!("Save") } else { t!("Move") } submit=save error=error close=close>
            {one.then(|| view! { <TextRow id="change-name" label=t!("Name") placeholder=t!("Given by number") value=name /> })}
            <div class="frow">
                <label for="change-experiment">{t!("Experiment")}</label>
                <ExperimentField id="change-experiment" value=experiment />
            </div>
        </FormDialog>
    }
}
