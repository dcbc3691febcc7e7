//! From a run to its comparison with another of its pipeline: the one before it first.

use crate::net::client::{self, segment};
use crate::pages::compare::compare_path;
use crate::pages::runs::run_title;
use crate::ui::clock;
use crate::ui::icon::Icon;
use crate::ui::menu::{Menu, MenuPlace, below};
use crate::ui::toast::toast;
use dagwright_shared::api::{RunList, RunSummary};
use dagwright_texts::t;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

/// Runs that the menu offers; the list of runs has all.
const OFFERED: usize = 10;

/// The runs to compare with, nearest before it first, then those after it.
fn in_order(runs: Vec<RunSummary>, number: u64) -> Vec<RunSummary> {
    let (before, after): (Vec<_>, Vec<_>) = runs.into_iter().partition(|run| run.number < number);
    before.into_iter().chain(after.into_iter().filter(|run| run.number > number)).take(OFFERED).collect()
}

/// The button with its menu.
#[component]
pub fn CompareWith(
    /// The run.
    summary: RunSummary,
) -> impl IntoView {
    let menu = RwSignal::new(None as MenuPlace);
    let others = RwSignal::new(Vec::<RunSummary>::new());
    let run = StoredValue::new(summary);
    let navigate = StoredValue::new_local(use_navigate());
    let open = move |event| {
        let place = below(&event);
        leptos::task::spawn_local(async move {
            let pipeline = run.with_value(|run| segment(&run.pipeline));
            match client::get::<RunList>(&format!("/api/runs?pipeline={pipeline}&limit=50")).await {
                Ok(list) => {
                    let found = in_order(list.runs, run.with_value(|run| run.number));
                    if found.is_empty() {
                        toast(t!("There is no other run of this pipeline to compare with."));
                    } else {
                        others.set(found);
                        menu.set(place);
                    }
                }
                Err(problem) => toast(problem.to_string()),
            }
        });
    };
    view! {
        <button class="btn quiet" aria-haspopup="menu" title=t!("Parameters, metrics and pipeline beside those of another run") on:click=open><Icon name="compare" />{t!("Compare")}</button>
        <Menu place=menu label=t!("Compare with")>
            {move || others.get().into_iter().map(|other| {
                let path = run.with_value(|run| compare_path(&other.id, &run.id));
                let previous = run.with_value(|run| other.number + 1 == run.number);
                let when = clock::relative(other.created, clock::now());
                view! {
                    <button role="menuitem" data-other=other.number on:click=move |_| navigate.with_value(|navigate| navigate(&path, Default::default()))>
                        {run_title(&other)}<span class="menu-key">{if previous { t!("the one before, {when}", when) } else { when }}</span>
                    </button>
                }
            }).collect_view()}
        </Menu>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_run_before_comes_first_and_the_run_itself_never() {
        let run = |number| RunSummary {
            id: format!("{number}"),
            name: String::new(),
            number,
            pipeline: String::from("p"),
            pipeline_name: String::from("p"),
            experiment: String::new(),
            engine: String::new(),
            sandbox: String::new(),
            phase: dagwright_shared::run::RunPhase::Succeeded,
            created: 0,
            started: None,
            finished: None,
            tasks: 0,
            counts: BTreeMap::new(),
            size: 0,
        };
        let numbers = |list: Vec<RunSummary>| list.iter().map(|run| run.number).collect::<Vec<_>>();
        assert_eq!(numbers(in_order((1..=5).rev().map(run).collect(), 3)), [2, 1, 5, 4]);
        assert!(in_order(vec![run(1)], 1).is_empty());
    }
}
