//! The document's text, live in both directions: an edit of the document changes only the lines it must, an edit of the text
//! becomes an edit of the document. A text that cannot be read leaves the document alone. Draws nothing.

use crate::panels::inspector::component::one_step;
use crate::store::document_store::DocumentStore;
use crate::ui::pause::AfterPause;
use dagwright_shared::diagnostic::{Diagnostic, Place, any_error};
use dagwright_shared::pipeline::Pipeline;
use dagwright_shared::pipeline::digest::{has_stale_digest, renew_digests};
use dagwright_shared::pipeline::edit::{EditCommand, realise};
use dagwright_shared::pipeline::file::{read_pipeline, update_pipeline};
use dagwright_shared::yaml::{self, Step};
use leptos::prelude::*;
use std::time::Duration;

/// From the last key to the document.
const PAUSE: Duration = Duration::from_millis(350);
/// What is typed with shorter rests than this is one step of undo.
const REST: Duration = Duration::from_secs(3);

/// The text of one open document; copies are handles on the same one. Lives as long as the page.
#[derive(Clone, Copy)]
pub struct DocumentText {
    /// What stands in the panel.
    pub text: RwSignal<String>,
    /// What reading it had to say, with places.
    pub problems: RwSignal<Vec<Diagnostic>>,
    /// Whether it cannot be read: the document is what it was before.
    pub is_broken: RwSignal<bool>,
    store: StoredValue<DocumentStore>,
    inner: StoredValue<Inner>,
    pause: AfterPause,
    rest: AfterPause,
    told: Callback<()>,
}

struct Inner {
    /// The last text that could be read; what it says is `meant`.
    good: String,
    meant: Pipeline,
    /// The document's revision that `meant` is.
    revision: u64,
    /// Typed in since it was last read.
    is_typed: bool,
    /// Nobody looks: the text follows when somebody does, or when it is saved.
    is_hidden: bool,
    /// Edits with this name are one step of undo.
    step: String,
}

impl DocumentText {
    /// Of an open document, from the text that is stored of it. `told` hears of edits of the text that the document does not
    /// show, such as comments.
    pub fn open(store: &DocumentStore, stored: &str, told: Callback<()>) -> Self {
        let document = store.with_untracked(Clone::clone);
        let text = update_pipeline(stored, &document);
        let revision = store.revision();
        let inner = Inner {
            good: text.clone(),
            meant: document,
            revision: revision.get_untracked(),
            is_typed: false,
            is_hidden: false,
            step: one_step(),
        };
        let opened = Self {
            problems: RwSignal::new(read_pipeline(&text).diagnostics),
            text: RwSignal::new(text),
            is_broken: RwSignal::new(false),
            store: StoredValue::new(store.clone()),
            inner: StoredValue::new(inner),
            pause: AfterPause::new(PAUSE),
            rest: AfterPause::new(REST),
            told,
        };
        Effect::new(move |_| {
            revision.track();
            if !opened.inner.with_value(|inner| inner.is_hidden) {
                opened.follow();
            }
        });
        opened
    }

    /// Somebody looks at it: it follows the document from now on.
    pub fn show(self) {
        self.inner.update_value(|inner| inner.is_hidden = false);
        self.follow();
    }

    /// Nobody looks at it any more: what is typed is taken.
    pub fn hide(self) {
        self.inner.update_value(|inner| inner.is_hidden = true);
        if self.inner.with_value(|inner| inner.is_typed) {
            self.take();
        }
    }

    /// The person typed: the document follows after a pause.
    pub fn typed(self, text: String) {
        self.text.set(text);
        self.inner.update_value(|inner| inner.is_typed = true);
        self.pause.run(move || self.take());
        self.rest.run(move || {
            self.inner.try_update_value(|inner| inner.step = one_step());
        });
    }

    /// The person left the text: what is typed is taken at once.
    pub fn left(self) {
        if self.inner.try_with_value(|inner| inner.is_typed && !inner.is_hidden) == Some(true) {
            self.take();
        }
    }

    /// The text, where it says what the document says; else `None`.
    pub fn agreed(self) -> Option<String> {
        if self.is_aside()? {
            return None;
        }
        self.follow();
        self.inner.try_with_value(|inner| inner.good.clone())
    }

    /// Gives up what was typed and could not be read: the text is the document's again.
    pub fn give_up(self) {
        self.inner.update_value(|inner| {
            inner.is_typed = false;
            // Written anew, whatever the revision.
            inner.revision = inner.revision.wrapping_sub(1);
        });
        self.is_broken.set(false);
        self.follow();
    }

    /// Whether what stands in the panel is not the document's text.
    fn is_aside(self) -> Option<bool> {
        let is_typed = self.inner.try_with_value(|inner| inner.is_typed)?;
        Some(is_typed || self.is_broken.get_untracked())
    }

    /// Brings the text in step with the document, unless the person has it in hand.
    fn follow(self) {
        if self.is_aside() != Some(false) {
            return;
        }
        let (revision, document) = self.document();
        let changed = self.inner.try_update_value(|inner| {
            if inner.revision == revision {
                return None;
            }
            inner.good = update_pipeline(&inner.good, &document);
            inner.meant = document;
            inner.revision = revision;
            Some(inner.good.clone())
        });
        if let Some(text) = changed.flatten() {
            self.problems.set(read_pipeline(&text).diagnostics);
            self.text.set(text);
        }
    }

    fn document(self) -> (u64, Pipeline) {
        self.store.with_value(|store| (store.revision().get_untracked(), store.with_untracked(Clone::clone)))
    }

    /// Makes the document what the text says.
    fn take(self) {
        let Some(text) = self.text.try_get_untracked() else { return };
        self.pause.cancel();
        let outcome = read_pipeline(&text);
        let meant = outcome.value.filter(|_| !any_error(&outcome.diagnostics));
        self.problems.set(outcome.diagnostics);
        let Some(mut meant) = meant else {
            self.is_broken.set(true);
            return;
        };
        let (before, now) = self.document();
        let (step, is_aside) = self.inner.with_value(|inner| {
            let elsewhere = (inner.revision != before).then(|| {
                // The canvas went on while the text could not be read: both stay.
                let changes = realise(&inner.meant, &EditCommand::SetDocument(Box::new(meant.clone())));
                changes.map_or_else(|_| meant.clone(), |changes| changes.laid_over(&now))
            });
            (inner.step.clone(), elsewhere)
        });
        let mut is_rewritten = is_aside.is_some();
        if let Some(both) = is_aside {
            meant = both;
        }
        if has_stale_digest(&meant.graph) {
            renew_digests(&mut meant.graph);
            is_rewritten = true;
        }
        let command = EditCommand::SetDocument(Box::new(meant));
        if let Err(refusal) = self.store.with_value(|store| store.edit(&command, Some(step))) {
            crate::ui::toast::toast(refusal.to_string());
        }
        let (revision, document) = self.document();
        let good = if is_rewritten { update_pipeline(&text, &document) } else { text.clone() };
        let is_news = self.inner.with_value(|inner| inner.good != good);
        self.inner.update_value(|inner| {
            inner.good.clone_from(&good);
            inner.meant = document;
            inner.revision = revision;
            inner.is_typed = false;
        });
        self.is_broken.set(false);
        if good != text {
            self.text.set(good);
        }
        if is_news && revision == before {
            self.told.run(());
        }
    }

    /// The line of the text where a place of the document stands, from 1: the deepest part of it that the text has.
    pub fn lines_of(self, places: &[Place]) -> Vec<Option<u32>> {
        let read = self.text.with_untracked(|text| yaml::read(text));
        let Some(root) = &read.value else { return vec![None; places.len()] };
        let line = |place: &Place| {
            let keys = path_of(place);
            (1..=keys.len()).rev().find_map(|length| {
                let path: Vec<Step<'_>> = keys[..length].iter().map(|key| step_of(key)).collect();
                read.positions.key(root, &path).map(|at| at.line)
            })
        };
        places.iter().map(line).collect()
    }
}

fn step_of(key: &str) -> Step<'_> {
    key.parse().map_or(Step::Key(key), Step::Item)
}

/// Where a place stands in a file, as keys.
fn path_of(place: &Place) -> Vec<String> {
    let (map, name, field) = match place {
        Place::Pipeline => return Vec::new(),
        Place::Task { task, field } => ("tasks", task, field),
        Place::Component { component, field } => ("components", component, field),
        Place::Parameter { parameter, field } => ("parameters", parameter, field),
        Place::Volume { volume, field } => ("volumes", volume, field),
        Place::File { path } => return path.split('/').map(String::from).collect(),
    };
    let inside = field.split('/').filter(|part| !part.is_empty()).map(String::from);
    [String::from(map), name.clone()].into_iter().chain(inside).collect()
}
