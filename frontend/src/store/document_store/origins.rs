//! What the palette offers, and which tasks are outdated against it. Looked at when edits have settled, never during one.

use super::{DocumentStore, ItemFlags};
use dagwright_editor::catalogue::Catalogue;
use dagwright_editor::selection::Item;
use leptos::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

impl DocumentStore {
    /// Says which components the palette and the search offer beside the document's own.
    pub fn set_catalogue(&self, catalogue: Catalogue) {
        self.0.catalogue.set(Arc::new(catalogue));
        self.review_origins();
    }

    /// Components that the palette and the search offer beside the document's own.
    pub fn catalogue(&self) -> ArcReadSignal<Arc<Catalogue>> {
        self.0.catalogue.read_only()
    }

    /// The keys of components that something newer is offered for, as last looked at.
    pub fn outdated(&self) -> ArcReadSignal<Arc<BTreeSet<String>>> {
        self.0.outdated.read_only()
    }

    /// Looks which components are outdated. Costs a comparison for each component that came from somewhere.
    pub fn review_origins(&self) {
        let found = self.0.catalogue.with_untracked(|catalogue| catalogue.outdated(&self.read().document().graph));
        let before = self.0.outdated.get_untracked();
        if found.is_empty() && before.is_empty() {
            return;
        }
        if found != *before {
            self.0.outdated.set(Arc::new(found));
        }
        // A task may have gone to another component meanwhile.
        self.set_flags();
    }

    pub(super) fn set_flags(&self) {
        for item in self.0.flags.keys() {
            self.0.flags.set(&item, || self.flags_now(&item));
        }
    }

    pub(super) fn flags_now(&self, item: &Item) -> ItemFlags {
        let outdated = self.0.outdated.with_untracked(|outdated| match item {
            Item::Task(name) if !outdated.is_empty() => {
                let session = self.read();
                session.document().graph.tasks.get(name).is_some_and(|task| outdated.contains(&task.component))
            }
            _ => false,
        });
        ItemFlags { problem: self.flag_now(item), outdated }
    }
}
