//! Where a person is on the page of a run, as its address says it: `?task=train&tab=logs`, `?task=train&output=model`.

use crate::net::client::segment;
use crate::panels::run::links::{output_path, task_path};
use crate::panels::run::live::LiveRun;
use crate::panels::run::task::TaskTab;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};

/// What is looked at. Copied freely.
#[derive(Clone, Copy)]
pub struct RunPlace {
    /// The task's slug.
    pub task: RwSignal<Option<String>>,
    /// The tab of its panel.
    pub tab: RwSignal<TaskTab>,
    /// The slug of the output that the link is about.
    pub output: RwSignal<Option<String>>,
}

impl RunPlace {
    /// As the address says; from then on the address follows.
    pub fn of(live: LiveRun) -> Self {
        let query = use_query_map().get_untracked();
        let known = |slug: &String| live.with_plan(|plan| plan.task(slug).is_some());
        let task = query.get("task").filter(known);
        let output = query.get("output").filter(|_| task.is_some());
        let named = query.get("tab").and_then(|name| TaskTab::ALL.into_iter().find(|tab| tab.name() == name));
        let tab = named.or(output.is_some().then_some(TaskTab::Outputs));
        let given = task.is_some() && tab.is_some();
        let place = Self {
            task: RwSignal::new(task),
            tab: RwSignal::new(tab.unwrap_or(TaskTab::Outputs)),
            output: RwSignal::new(output),
        };
        // Whoever opens a task looks at what is going on: a running one shows its log, a finished one its outputs.
        let choose_tab = move || {
            let running = place.task.with_untracked(|slug| {
                slug.as_ref().is_some_and(|slug| live.with_state_untracked(|state| !state.task_phase(slug).is_final()))
            });
            place.tab.set(if running { TaskTab::Logs } else { TaskTab::Outputs });
        };
        Effect::new(move |before: Option<Option<String>>| {
            let task = place.task.get();
            if task.is_some() && before.as_ref() != Some(&task) && !(before.is_none() && given) {
                choose_tab();
            }
            if before.is_some_and(|before| before != task) {
                place.output.set(None);
            }
            task
        });
        place.follow(live.id());
        place
    }

    fn follow(self, run: String) {
        let go = use_navigate();
        Effect::new(move |before: Option<String>| {
            let address = self.task.with(|task| {
                let task = task.as_ref()?;
                Some(match self.output.get() {
                    Some(output) => output_path(&run, task, &output),
                    None => format!("{}&tab={}", task_path(&run, task), self.tab.get().name()),
                })
            });
            let address = address.unwrap_or_else(|| format!("/runs/{}", segment(&run)));
            if before.is_some_and(|before| before != address) {
                go(&address, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
            }
            address
        });
    }
}
