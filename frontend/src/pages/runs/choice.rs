//! Runs that are picked in a list, and what can be done with them: move to an experiment, rename, delete.

use super::change::ChangeRunDialog;
use crate::net::client::{self, segment};
use crate::pages::compare::compare_path;
use crate::ui::ask::ask;
use crate::ui::format;
use crate::ui::icon::{Icon, SmallIcon};
use crate::ui::toast::toast;
use dagwright_shared::api::RunSummary;
use dagwright_texts::t;
use leptos::prelude::*;
use leptos_router::components::A;
use std::collections::BTreeSet;

/// What is picked. Copied freely.
#[derive(Clone, Copy)]
pub struct Choice {
    /// The runs of the page.
    pub shown: Signal<Vec<RunSummary>>,
    chosen: RwSignal<BTreeSet<String>>,
}

impl Choice {
    /// Nothing of these.
    pub fn new(shown: Signal<Vec<RunSummary>>) -> Self {
        Self { shown, chosen: RwSignal::default() }
    }

    /// Whether a run is picked.
    pub fn has(self, id: &str) -> bool {
        self.chosen.with(|chosen| chosen.contains(id))
    }

    /// Whether anything is.
    pub fn any(self) -> bool {
        self.chosen.with(|chosen| !chosen.is_empty())
    }

    /// Whether all of the page are.
    pub fn is_all(self) -> bool {
        self.any() && self.shown.with(|shown| shown.iter().all(|run| self.has(&run.id)))
    }

    /// Picks a run, or puts it back.
    pub fn toggle(self, id: String) {
        self.chosen.update(|chosen| {
            if !chosen.remove(&id) {
                chosen.insert(id);
            }
        });
    }

    /// Picks all of the page, or none.
    pub fn toggle_all(self) {
        let all = self.is_all();
        let ids = self.shown.with(|shown| shown.iter().map(|run| run.id.clone()).collect());
        self.chosen.set(if all { BTreeSet::new() } else { ids });
    }

    /// Nothing is picked any more.
    pub fn clear(self) {
        if self.chosen.with_untracked(|chosen| !chosen.is_empty()) {
            self.chosen.set(BTreeSet::new());
        }
    }

    /// The picked runs, in the order of the page.
    pub fn runs(self) -> Vec<RunSummary> {
        self.shown.with(|shown| shown.iter().filter(|run| self.has(&run.id)).cloned().collect())
    }
}

/// Asks, then deletes runs with their artifacts; those that go on are left out. Says whether anything was deleted.
fn delete(runs: Vec<RunSummary>, done: Callback<()>) {
    let all = runs.len();
    let ended: Vec<RunSummary> = runs.into_iter().filter(|run| run.phase.is_final()).collect();
    if ended.is_empty() {
        toast(t!("A run that goes on cannot be deleted. Stop it first."));
        return;
    }
    let size = ended.iter().map(|run| run.size).sum();
    let mut words = t!(
        "Delete {runs} with {size} of artifacts and logs? This cannot be undone.",
        runs = format::runs(ended.len() as u64),
        size = format::bytes(size)
    );
    if ended.len() < all {
        words.push(' ');
        words.push_str(t!("Runs that go on stay."));
    }
    ask(words, t!("Delete"), move || {
        let ended = ended.clone();
        leptos::task::spawn_local(async move {
            let mut problem = None;
            for run in &ended {
                problem = client::delete(&format!("/api/runs/{}", segment(&run.id))).await.err().or(problem);
            }
            toast(match problem {
                None => t!("Deleted {runs}", runs = format::runs(ended.len() as u64)),
                Some(problem) => problem.to_string(),
            });
            done.run(());
        });
    });
}

/// What can be done with the picked runs, in place of the filters.
#[component]
pub fn ChoiceBar(
    choice: Choice,
    /// Something was done.
    changed: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let runs = Memo::new(move |_| choice.runs());
    // The older one stands left.
    let pair = move || {
        runs.with(|runs| match runs.as_slice() {
            [one, other] if one.created <= other.created => Some(compare_path(&one.id, &other.id)),
            [one, other] => Some(compare_path(&other.id, &one.id)),
            _ => None,
        })
    };
    let words = move || t!("{count} chosen", count = runs.with(Vec::len));
    view! {
        <span class="chosen" role="status">{words}</span>
        <button class="btn quiet" on:click=move |_| choice.clear()>{t!("Choose none")}</button>
        <span class="grow"></span>
        {move || pair().map(|path| view! { <A href=path attr:class="btn"><Icon name="compare" />{t!("Compare")}</A> })}
        <button class="btn" on:click=move |_| open.set(true)>
            <Icon name="flask" />{move || if runs.with(Vec::len) == 1 { t!("Rename or move") } else { t!("Move") }}
        </button>
        <button class="btn danger" on:click=move |_| delete(runs.get_untracked(), changed)><SmallIcon name="close" />{t!("Delete")}</button>
        <Show when=move || open.get()>
            <ChangeRunDialog runs=runs.get_untracked() close=Callback::new(move |()| open.set(false)) changed=changed />
        </Show>
    }
}
