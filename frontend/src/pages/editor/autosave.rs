//! Autosave: a draft in this browser at once, the server within a second; never over somebody else's newer save.

use crate::net::client::{self, ApiError, segment};
use crate::store::document_store::DocumentStore;
use crate::ui::toast::toast;
use dagwright_shared::api::{SavePipeline, StoredPipeline};
use dagwright_shared::pipeline::file::{pipeline_from_value, pipeline_to_value};
use dagwright_texts::t;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// From the last edit to the save.
const PAUSE: Duration = Duration::from_millis(600);
/// From the first edit to the draft in this browser.
const DRAFT_PAUSE: Duration = Duration::from_millis(200);
/// Between tries while the server does not answer.
const RETRY: Duration = Duration::from_secs(3);

/// Where saving stands.
#[derive(Clone, Debug, PartialEq)]
pub enum SaveState {
    /// The server has everything.
    Saved,
    /// Edits wait for the pause.
    Changed,
    /// A save is on its way.
    Saving,
    /// The server does not answer; tried again.
    Offline,
    /// The server refuses the document; why.
    Refused(String),
    /// Somebody else saved in between.
    Conflict(Box<Theirs>),
}

/// The stored side of a conflict.
#[derive(Clone, Debug, PartialEq)]
pub struct Theirs {
    /// Its revision.
    pub revision: u64,
    /// Its document.
    pub document: Value,
}

/// What lies in this browser until the server has it.
#[derive(Serialize, Deserialize)]
struct Draft {
    revision: u64,
    document: Value,
}

type Done = Callback<Result<u64, String>>;

/// Gives the text that a person edits beside the canvas, where it says what the document says.
type TextSource = Box<dyn Fn() -> Option<String>>;

/// The saver of one open document.
#[derive(Clone, Copy)]
pub struct Autosave {
    /// Where it stands.
    pub state: RwSignal<SaveState>,
    inner: StoredValue<Inner, LocalStorage>,
}

struct Inner {
    store: DocumentStore,
    address: String,
    draft_key: String,
    revision: u64,
    edits: u64,
    saved_edits: u64,
    busy: bool,
    waiting: Vec<Done>,
    text: Option<TextSource>,
    save_timer: Option<TimeoutHandle>,
    draft_timer: Option<TimeoutHandle>,
}

impl Inner {
    /// What is sent: the text where a person edits it, else the document.
    fn body(&self) -> SavePipeline {
        match self.text.as_ref().and_then(|text| text()) {
            Some(text) => SavePipeline { document: None, text: Some(text) },
            None => SavePipeline { document: Some(self.store.with_untracked(pipeline_to_value)), text: None },
        }
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

impl Autosave {
    /// Follows a document's edits. A draft that a killed tab left behind is taken up first.
    pub fn start(store: DocumentStore, stored: &StoredPipeline) -> Self {
        let draft_key = format!("dagwright-draft-{}", stored.id);
        let inner = Inner {
            store: store.clone(),
            address: format!("/api/pipelines/{}", segment(&stored.id)),
            draft_key: draft_key.clone(),
            revision: stored.revision,
            edits: 0,
            saved_edits: 0,
            busy: false,
            waiting: Vec::new(),
            text: None,
            save_timer: None,
            draft_timer: None,
        };
        let autosave = Self { state: RwSignal::new(SaveState::Saved), inner: StoredValue::new_local(inner) };
        let revision = store.revision();
        let opened = revision.get_untracked();
        Effect::new(move |_| {
            let edits = revision.get();
            if edits > opened {
                autosave.edited();
            }
        });
        autosave.take_up_draft(&draft_key, stored);
        on_cleanup(move || autosave.leave());
        autosave
    }

    fn take_up_draft(self, key: &str, stored: &StoredPipeline) {
        let draft = storage().and_then(|storage| storage.get_item(key).ok().flatten());
        let Some(draft) = draft.and_then(|text| serde_json::from_str::<Draft>(&text).ok()) else { return };
        if draft.document == stored.document {
            self.forget_draft();
            return;
        }
        let Some(document) = pipeline_from_value(&draft.document).value else { return };
        self.with(|inner| inner.store.replace(document));
        toast(t!("Edits that were not saved yet are back."));
        if draft.revision == stored.revision {
            self.edited();
        } else {
            let theirs = Theirs { revision: stored.revision, document: stored.document.clone() };
            self.state.set(SaveState::Conflict(Box::new(theirs)));
        }
    }

    fn with<T>(self, read: impl FnOnce(&mut Inner) -> T) -> Option<T> {
        self.inner.try_update_value(read)
    }

    /// From now on the text is saved, as long as there is one, so that what stands beside the document in it stays.
    pub fn save_text_of(self, source: impl Fn() -> Option<String> + 'static) {
        self.with(|inner| inner.text = Some(Box::new(source)));
    }

    /// The document changed, or the text beside it.
    pub fn edited(self) {
        let conflict = self.state.with_untracked(|state| matches!(state, SaveState::Conflict(_)));
        self.with(|inner| {
            inner.edits += 1;
            if inner.draft_timer.is_none() {
                inner.draft_timer = set_timeout_with_handle(move || self.keep_draft(), DRAFT_PAUSE).ok();
            }
            if let Some(timer) = inner.save_timer.take() {
                timer.clear();
            }
            if !conflict {
                inner.save_timer = set_timeout_with_handle(move || self.save(), PAUSE).ok();
            }
        });
        if !conflict {
            self.state.try_set(SaveState::Changed);
        }
    }

    fn keep_draft(self) {
        self.with(|inner| {
            inner.draft_timer = None;
            if inner.saved_edits == inner.edits {
                return;
            }
            let document = inner.store.with_untracked(pipeline_to_value);
            let draft = Draft { revision: inner.revision, document };
            if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(&draft)) {
                // A full storage costs the draft, not the save.
                drop(storage.set_item(&inner.draft_key, &text));
            }
        });
    }

    fn forget_draft(self) {
        self.with(|inner| {
            if let Some(storage) = storage() {
                drop(storage.remove_item(&inner.draft_key));
            }
        });
    }

    /// Saves now what is not saved, and says the revision that then holds.
    pub fn flush(self, done: Done) {
        if let SaveState::Conflict(_) = self.state.get_untracked() {
            done.run(Err(String::from(t!("Somebody else saved this pipeline. Choose which version to keep first."))));
            return;
        }
        let clean = self.with(|inner| {
            if inner.saved_edits == inner.edits && !inner.busy {
                return Some(inner.revision);
            }
            inner.waiting.push(done);
            None
        });
        match clean.flatten() {
            Some(revision) => done.run(Ok(revision)),
            None => self.save(),
        }
    }

    fn save(self) {
        let work = self.with(|inner| {
            inner.save_timer = None;
            if inner.busy {
                return None;
            }
            inner.busy = true;
            Some((inner.address.clone(), inner.revision, inner.edits, inner.body()))
        });
        let Some((address, revision, edits, body)) = work.flatten() else { return };
        self.state.try_set(SaveState::Saving);
        leptos::task::spawn_local(async move {
            let answer = client::put_if_match::<_, StoredPipeline>(&address, revision, &body).await;
            self.answered(answer, edits);
        });
    }

    fn answered(self, answer: Result<StoredPipeline, ApiError>, edits: u64) {
        self.with(|inner| inner.busy = false);
        let (state, outcome) = match answer {
            Ok(stored) => {
                let more = self.with(|inner| {
                    inner.revision = stored.revision;
                    inner.saved_edits = edits;
                    inner.edits > edits
                });
                if more == Some(true) {
                    // Edits went on meanwhile; whoever waits, waits for them too.
                    self.save();
                    return;
                }
                self.forget_draft();
                (SaveState::Saved, Ok(stored.revision))
            }
            Err(error) => self.refused(error),
        };
        self.state.try_set(state);
        let waiting = self.with(|inner| std::mem::take(&mut inner.waiting)).unwrap_or_default();
        waiting.into_iter().for_each(|done| done.run(outcome.clone()));
    }

    fn refused(self, error: ApiError) -> (SaveState, Result<u64, String>) {
        self.keep_draft();
        let theirs = error
            .body()
            .filter(|body| body.code == "revision-conflict")
            .and_then(|body| body.details.clone())
            .and_then(|details| {
                let revision = details.get("revision")?.as_u64()?;
                Some(Theirs { revision, document: details.get("document")?.clone() })
            });
        if let Some(theirs) = theirs {
            let words = t!("Somebody else saved this pipeline meanwhile. Choose which version to keep first.");
            return (SaveState::Conflict(Box::new(theirs)), Err(String::from(words)));
        }
        let words = error.to_string();
        match error {
            ApiError::Offline(_) => {
                set_timeout(
                    move || {
                        if self.state.try_get_untracked() == Some(SaveState::Offline) {
                            self.save();
                        }
                    },
                    RETRY,
                );
                (SaveState::Offline, Err(words))
            }
            _ => (SaveState::Refused(words.clone()), Err(words)),
        }
    }

    /// Ends a conflict with the stored side: this document becomes theirs.
    pub fn take_theirs(self, theirs: &Theirs) {
        let Some(document) = pipeline_from_value(&theirs.document).value else { return };
        self.with(|inner| {
            inner.store.replace(document);
            inner.revision = theirs.revision;
            inner.saved_edits = inner.edits;
        });
        self.forget_draft();
        self.state.set(SaveState::Saved);
    }

    /// Ends a conflict with this side: saved over theirs, knowingly.
    pub fn keep_mine(self, theirs: &Theirs) {
        self.with(|inner| {
            inner.revision = theirs.revision;
            inner.edits += 1;
        });
        self.state.set(SaveState::Changed);
        self.save();
    }

    /// The page is left: what is not saved is sent off at once.
    fn leave(self) {
        self.keep_draft();
        let open = self.with(|inner| {
            for timer in [inner.save_timer.take(), inner.draft_timer.take()].into_iter().flatten() {
                timer.clear();
            }
            let unsaved = inner.saved_edits < inner.edits && !inner.busy;
            unsaved.then(|| (inner.address.clone(), inner.revision, inner.draft_key.clone(), inner.body()))
        });
        let conflict = self.state.try_with_untracked(|state| matches!(state, SaveState::Conflict(_))).unwrap_or(true);
        if let Some((address, revision, key, body)) = open.flatten().filter(|_| !conflict) {
            leptos::task::spawn_local(async move {
                if client::put_if_match::<_, StoredPipeline>(&address, revision, &body).await.is_ok()
                    && let Some(storage) = storage()
                {
                    drop(storage.remove_item(&key));
                }
            });
        }
    }
}
