//! What the editor opens on demand, all in one part: it needs the compiler, the exporter and the YAML reader, which the canvas
//! does not.

use super::editor::autosave::{Autosave, Theirs};
use super::editor::conflict::Sides;
use super::editor::yaml::YamlColumn;
use crate::panels::keys::KeySheet;
use crate::panels::run_form::RunForm;
use crate::panels::share::ShareDialog;
use crate::panels::workflow::{self, WorkflowPreview};
use crate::store::document_store::DocumentStore;
use crate::ui::later::{Part, Room, later, soon};
use crate::ui::pause::AfterPause;
use leptos::prelude::*;
use leptos::wasm_split::wasm_split;

/// A dialog or panel of the editor.
#[derive(Clone)]
pub(in crate::pages) enum Extra {
    /// The run form.
    Run {
        /// The document.
        store: DocumentStore,
        /// The pipeline's id.
        id: String,
        /// Saves before the run.
        autosave: Autosave,
        /// Bytes of the Workflow.
        size: RwSignal<Option<u64>>,
        /// Closes it.
        close: Callback<()>,
    },
    /// Links and files.
    Share {
        /// The document.
        store: DocumentStore,
        /// The id of the stored pipeline; empty where no server keeps it.
        id: String,
        /// Closes it.
        close: Callback<()>,
    },
    /// The sheet of keys.
    Keys {
        /// Closes it.
        close: Callback<()>,
    },
    /// The Workflow's text.
    Preview {
        /// The document.
        store: DocumentStore,
    },
    /// The pipeline's own text beside the canvas.
    Yaml {
        /// The document.
        store: DocumentStore,
        /// The pipeline's id.
        id: String,
        /// Saves the text.
        autosave: Autosave,
        /// Whether it is shown.
        shown: RwSignal<bool>,
    },
    /// The choice after somebody else's save.
    Conflict {
        /// The document.
        store: DocumentStore,
        /// Saves what is chosen.
        autosave: Autosave,
        /// What the other saved.
        theirs: Box<Theirs>,
        /// Set to put the choice off.
        hidden: RwSignal<bool>,
    },
}

#[wasm_split(editor_extras, wasm_split_path = leptos::wasm_split, preload(load), fallible)]
fn view_of(extra: Extra) -> Part<AnyView> {
    Ok(match extra {
        Extra::Run { store, id, autosave, size, close } => {
            let save = Callback::new(move |done| autosave.flush(done));
            if size.get_untracked().is_none() {
                size.set(workflow::size_of(&store));
            }
            view! { <RunForm store=store pipeline=id save=save size=size close=close /> }.into_any()
        }
        Extra::Share { store, id, close } => view! { <ShareDialog store=store pipeline=id close=close /> }.into_any(),
        Extra::Keys { close } => view! { <KeySheet close=close /> }.into_any(),
        Extra::Preview { store } => view! { <WorkflowPreview store=store /> }.into_any(),
        Extra::Yaml { store, id, autosave, shown } => {
            view! { <YamlColumn store=store id=id autosave=autosave shown=shown /> }.into_any()
        }
        Extra::Conflict { store, autosave, theirs, hidden } => {
            view! { <Sides store=store autosave=autosave theirs=*theirs hidden=hidden /> }.into_any()
        }
    })
}

/// The dialog or panel, fetched when it is first opened.
pub(in crate::pages) fn extra(extra: Extra) -> impl IntoView {
    let room = match extra {
        Extra::Run { .. } | Extra::Share { .. } | Extra::Keys { .. } | Extra::Conflict { .. } => Room::Over,
        Extra::Preview { .. } | Extra::Yaml { .. } => Room::Panel,
    };
    let extra = StoredValue::new(extra);
    later(load, move || view_of(extra.get_value()), room)
}

/// Fetches them, for one whose pointer is on the way to what opens one.
pub(in crate::pages) fn fetch_extras() {
    soon(load);
}

#[wasm_split(editor_extras, wasm_split_path = leptos::wasm_split, fallible)]
fn workflow_size(store: DocumentStore) -> Part<Option<u64>> {
    Ok(workflow::size_of(&store))
}

/// How long edits rest before the Workflow is weighed.
const WEIGH_PAUSE: std::time::Duration = std::time::Duration::from_millis(250);

/// Tasks from which on a document is weighed when it is opened; a smaller one is far from the limit and waits for its first edit.
const WEIGHED_AT_ONCE: usize = 100;

/// Bytes of the Workflow as Kubernetes stores it at the end of a run, weighed whenever edits settle; `None` while it cannot be
/// compiled, and before.
pub(super) fn keep_weighed(store: &DocumentStore) -> RwSignal<Option<u64>> {
    let found = RwSignal::new(None);
    let revision = store.revision();
    let store = store.clone();
    let pause = AfterPause::new(WEIGH_PAUSE);
    Effect::new(move |before: Option<u64>| {
        let now = revision.get();
        if before.is_some() || store.with_untracked(|pipeline| pipeline.graph.tasks.len()) >= WEIGHED_AT_ONCE {
            let store = store.clone();
            pause.run(move || {
                leptos::task::spawn_local(async move {
                    if let Ok(size) = workflow_size(store).await {
                        found.try_set(size);
                    }
                });
            });
        }
        now
    });
    found
}
