//! A document on the canvas as signals. Actions go to the pure session; what its update names is set, nothing else.
//! Order: the session is changed and let go first, then signals are set, then effects are handed out.

mod content;
mod origins;

use super::keyed::Keyed;
use dagwright_editor::action::{EditorAction, NewItem};
use dagwright_editor::catalogue::Catalogue;
use dagwright_editor::content::{DrumContent, NodeContent};
use dagwright_editor::gesture::Preview;
use dagwright_editor::scene::PortRef;
use dagwright_editor::selection::{Item, Selection, WireId};
use dagwright_editor::session::{Mode, Session};
use dagwright_editor::space::Rect;
use dagwright_editor::update::{Effect, Update as Changes};
use dagwright_editor::viewport::{Detail, Viewport};
use dagwright_shared::diagnostic::{Diagnostic, Severity};
use dagwright_shared::pipeline::Pipeline;
use dagwright_shared::pipeline::edit::{EditCommand, EditError};
use leptos::prelude::*;
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// How an item is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Marks {
    /// It is selected.
    pub selected: bool,
    /// The keyboard is on it.
    pub focused: bool,
    /// The pointer is over it.
    pub hovered: bool,
}

/// A wire's line and look.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct WireLook {
    /// SVG path data, in canvas units.
    pub path: String,
    /// Classes by type.
    pub class: &'static str,
    /// Whether it is selected or under the pointer.
    pub strong: bool,
    /// Whether it is off its port, in somebody's hand.
    pub held: bool,
}

/// What stands in the page: what is in or near the window.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Shown {
    /// Nodes and drums.
    pub items: Arc<Vec<Item>>,
    /// Wires.
    pub wires: Arc<Vec<Arc<WireId>>>,
}

/// The worst problem of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// How bad the worst is.
    pub severity: Severity,
    /// All messages of errors and warnings, one a line.
    pub text: Arc<str>,
}

/// The marks beside an item's name.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ItemFlags {
    /// The worst problem, if there is one.
    pub problem: Option<Flag>,
    /// Whether the palette has something newer than the task's component.
    pub outdated: bool,
}

/// What undo would take back and redo bring back.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct HistoryLabels {
    /// `move train`; `None`: nothing to undo.
    pub undo: Option<String>,
    /// The same for redo.
    pub redo: Option<String>,
}

type EffectHandler = Arc<dyn Fn(&Effect) + Send + Sync>;

/// A document on the canvas; clones are handles on the same one.
#[derive(Clone)]
pub struct DocumentStore(Arc<Inner>);

struct Inner {
    session: RwLock<Session>,
    placement: Keyed<Item, Rect>,
    nodes: Keyed<String, Option<Arc<NodeContent>>>,
    drums: Keyed<String, Option<Arc<DrumContent>>>,
    wires: Keyed<Arc<WireId>, WireLook>,
    marks: Keyed<Item, Marks>,
    lit: Keyed<String, Arc<Vec<PortRef>>>,
    flags: Keyed<Item, ItemFlags>,
    shown: ArcRwSignal<Shown>,
    shown_area: RwLock<Option<(Rect, Detail)>>,
    viewport: ArcRwSignal<Viewport>,
    detail: ArcRwSignal<Detail>,
    selection: ArcRwSignal<Selection>,
    preview: ArcRwSignal<Preview>,
    gesture: ArcRwSignal<u64>,
    moves: ArcRwSignal<u64>,
    history: ArcRwSignal<HistoryLabels>,
    overview: ArcRwSignal<bool>,
    revision: ArcRwSignal<u64>,
    problems: ArcRwSignal<Arc<Vec<Diagnostic>>>,
    catalogue: ArcRwSignal<Arc<Catalogue>>,
    outdated: ArcRwSignal<Arc<BTreeSet<String>>>,
    handlers: RwLock<Vec<(u64, EffectHandler)>>,
}

impl DocumentStore {
    /// Opens a document.
    pub fn open(document: Pipeline, mode: Mode) -> Self {
        let session = Session::open(document, mode);
        let viewport = *session.viewport();
        let store = Self(Arc::new(Inner {
            session: RwLock::new(session),
            placement: Keyed::default(),
            nodes: Keyed::default(),
            drums: Keyed::default(),
            wires: Keyed::default(),
            marks: Keyed::default(),
            lit: Keyed::default(),
            flags: Keyed::default(),
            shown: ArcRwSignal::default(),
            shown_area: RwLock::default(),
            viewport: ArcRwSignal::new(viewport),
            detail: ArcRwSignal::new(viewport.detail()),
            selection: ArcRwSignal::default(),
            preview: ArcRwSignal::default(),
            gesture: ArcRwSignal::default(),
            moves: ArcRwSignal::default(),
            history: ArcRwSignal::default(),
            overview: ArcRwSignal::new(true),
            revision: ArcRwSignal::default(),
            problems: ArcRwSignal::default(),
            catalogue: ArcRwSignal::default(),
            outdated: ArcRwSignal::default(),
            handlers: RwLock::default(),
        }));
        store.cull(Culling::Always);
        store
    }

    // --- doing

    /// Does what an action says.
    pub fn dispatch(&self, action: EditorAction) {
        let update = self.write().dispatch(action);
        self.publish(update);
    }

    /// Carries out an edit that a panel or a form asks for. Edits with the same `squash` key, one after the other, are one
    /// step of undo: give a field's name while it is typed in.
    ///
    /// # Errors
    /// Why it was refused; nothing is changed then.
    pub fn edit(&self, command: &EditCommand, squash: Option<String>) -> Result<(), EditError> {
        let changes = self.write().edit(command, squash)?;
        self.publish(changes);
        Ok(())
    }

    /// Puts another document in place of this one (the server's, after a conflict), with nothing to undo.
    pub fn replace(&self, document: Pipeline) {
        let changes = self.write().replace(document);
        self.publish(changes);
    }

    /// Begins a drag of something from outside the canvas; call it from `pointerdown`, the canvas does the rest.
    pub fn begin_drag(&self, item: NewItem) {
        self.dispatch(EditorAction::BeginDrag(item));
    }

    /// Tells what a check found.
    pub fn set_problems(&self, problems: Vec<Diagnostic>) {
        let problems = Arc::new(problems);
        if self.0.problems.with_untracked(|old| *old == problems) {
            return;
        }
        self.0.problems.set(problems);
        self.set_flags();
    }

    /// Hands every effect to `handler` until the owner of the calling scope is gone.
    pub fn on_effect(&self, handler: impl Fn(&Effect) + Send + Sync + 'static) {
        let mut handlers = self.0.handlers.write().unwrap_or_else(PoisonError::into_inner);
        let id = handlers.last().map_or(1, |(id, _)| id + 1);
        handlers.push((id, Arc::new(handler)));
        drop(handlers);
        let inner = Arc::downgrade(&self.0);
        on_cleanup(move || {
            if let Some(inner) = inner.upgrade() {
                inner.handlers.write().unwrap_or_else(PoisonError::into_inner).retain(|(other, _)| *other != id);
            }
        });
    }

    // --- reading

    /// Reads the document, subscribing to every edit.
    pub fn with<T>(&self, read: impl FnOnce(&Pipeline) -> T) -> T {
        self.0.revision.track();
        read(self.read().document())
    }

    /// Reads the document without subscribing.
    pub fn with_untracked<T>(&self, read: impl FnOnce(&Pipeline) -> T) -> T {
        read(self.read().document())
    }

    /// Reads the session without subscribing.
    pub fn with_session<T>(&self, read: impl FnOnce(&Session) -> T) -> T {
        read(&self.read())
    }

    /// A number that rises with every edit.
    pub fn revision(&self) -> ArcReadSignal<u64> {
        self.0.revision.read_only()
    }

    /// What is selected.
    pub fn selection(&self) -> ArcReadSignal<Selection> {
        self.0.selection.read_only()
    }

    /// What is seen.
    pub fn viewport(&self) -> ArcReadSignal<Viewport> {
        self.0.viewport.read_only()
    }

    /// How much of a node is drawn.
    pub fn detail(&self) -> ArcReadSignal<Detail> {
        self.0.detail.read_only()
    }

    /// Whether the overview is shown.
    pub fn overview(&self) -> ArcReadSignal<bool> {
        self.0.overview.read_only()
    }

    /// What a gesture draws over the canvas.
    pub fn preview(&self) -> ArcReadSignal<Preview> {
        self.0.preview.read_only()
    }

    /// A number that changes with every change of the gesture.
    pub fn gesture(&self) -> ArcReadSignal<u64> {
        self.0.gesture.read_only()
    }

    /// A number that changes whenever a drag moves something.
    pub fn moves(&self) -> ArcReadSignal<u64> {
        self.0.moves.read_only()
    }

    /// What undo would take back and redo bring back.
    pub fn history(&self) -> ArcReadSignal<HistoryLabels> {
        self.0.history.read_only()
    }

    /// The marks beside an item's name.
    pub fn flags(&self, item: &Item) -> ArcReadSignal<ItemFlags> {
        self.0.flags.signal(item, || self.flags_now(item)).read_only()
    }

    /// What stands in the page.
    pub fn shown(&self) -> ArcReadSignal<Shown> {
        self.0.shown.read_only()
    }

    /// The document's problems, as last checked.
    pub fn problems(&self) -> ArcReadSignal<Arc<Vec<Diagnostic>>> {
        self.0.problems.read_only()
    }

    /// Where an item is drawn, a drag included.
    pub fn placement(&self, item: &Item) -> ArcReadSignal<Rect> {
        self.0.placement.signal(item, || self.read().place(item).unwrap_or_default()).read_only()
    }

    /// What a task's node shows.
    pub fn node(&self, task: &str) -> ArcReadSignal<Option<Arc<NodeContent>>> {
        self.0.nodes.signal(&String::from(task), || self.node_now(task)).read_only()
    }

    /// What a volume's drum shows.
    pub fn drum(&self, volume: &str) -> ArcReadSignal<Option<Arc<DrumContent>>> {
        self.0.drums.signal(&String::from(volume), || self.drum_now(volume)).read_only()
    }

    /// A wire's line and look.
    pub fn wire(&self, id: &Arc<WireId>) -> ArcReadSignal<WireLook> {
        self.0.wires.signal(id, || self.wire_now(id)).read_only()
    }

    /// How an item is marked.
    pub fn marks(&self, item: &Item) -> ArcReadSignal<Marks> {
        self.0.marks.signal(item, || self.marks_now(item)).read_only()
    }

    /// The ports of a task that a held wire may take, and the one it starts from.
    pub fn lit(&self, task: &str) -> ArcReadSignal<Arc<Vec<PortRef>>> {
        self.0.lit.signal(&String::from(task), || self.lit_now(task)).read_only()
    }

    // --- telling

    /// Sets the signals that an update names, then hands out its effects.
    fn publish(&self, update: Changes) {
        let inner = &self.0;
        if update.membership {
            // First, so that a view that is being taken down keeps showing what it showed.
            self.forget_gone(&update);
        }
        let dragged: Vec<Item> = if update.dragged { self.dragged() } else { Vec::new() };
        for item in update.placed.iter().chain(&dragged) {
            inner.placement.set(item, || self.read().place(item).unwrap_or_default());
        }
        for item in &update.redrawn {
            match item {
                Item::Task(name) => inner.nodes.set(name, || self.node_now(name)),
                Item::Volume(name) => inner.drums.set(name, || self.drum_now(name)),
            }
        }
        if update.dragged {
            for id in self.dragged_wires() {
                inner.wires.set(&id, || self.wire_now(&id));
            }
        }
        for id in update.wires.iter().chain(&update.marked_wires) {
            inner.wires.set(id, || self.wire_now(id));
        }
        for item in &update.marked {
            inner.marks.set(item, || self.marks_now(item));
        }
        for task in &update.lit {
            inner.lit.set(task, || self.lit_now(task));
        }
        if update.viewport {
            let viewport = *self.read().viewport();
            inner.viewport.set(viewport);
            if inner.detail.get_untracked() != viewport.detail() {
                inner.detail.set(viewport.detail());
            }
        }
        if update.membership || update.viewport || !update.placed.is_empty() {
            let culling = if update.viewport && !update.membership && update.placed.is_empty() {
                Culling::WhenFarEnough
            } else {
                Culling::Always
            };
            self.cull(culling);
        }
        if update.selection {
            inner.selection.set(self.read().selection().clone());
        }
        if update.gesture || update.dragged {
            let preview = {
                let session = self.read();
                session.gesture().preview(session.scene())
            };
            if inner.preview.with_untracked(|shown| *shown != preview) {
                inner.preview.set(preview);
            }
        }
        if update.gesture {
            inner.gesture.update(|count| *count += 1);
        }
        if update.overview {
            inner.overview.set(self.read().overview());
        }
        if update.dragged {
            inner.moves.update(|count| *count += 1);
        }
        if update.document {
            let labels = {
                let session = self.read();
                let (undo, redo) = session.history_labels();
                HistoryLabels { undo: undo.map(String::from), redo: redo.map(String::from) }
            };
            inner.history.set(labels);
            inner.revision.update(|revision| *revision += 1);
        }
        let handlers = inner.handlers.read().unwrap_or_else(PoisonError::into_inner).clone();
        for effect in &update.effects {
            for (_, handler) in &handlers {
                handler(effect);
            }
        }
    }

    /// The dragged items that somebody looks at.
    fn dragged(&self) -> Vec<Item> {
        let watched = self.0.placement.keys();
        let session = self.read();
        watched.into_iter().filter(|item| session.gesture().drags(item)).collect()
    }

    /// The wires at dragged items that somebody looks at.
    fn dragged_wires(&self) -> Vec<Arc<WireId>> {
        let watched = self.0.wires.keys();
        let session = self.read();
        let drags = |id: &Arc<WireId>| {
            let (from, to) = id.ends();
            session.gesture().drags(&from) || session.gesture().drags(&to)
        };
        watched.into_iter().filter(drags).collect()
    }

    /// Frees the signals of what is gone.
    fn forget_gone(&self, update: &Changes) {
        let inner = &self.0;
        let session = self.read();
        for item in update.placed.iter().filter(|item| session.scene().rect(item).is_none()) {
            inner.placement.remove(item);
            inner.marks.remove(item);
            inner.flags.remove(item);
            match item {
                Item::Task(name) => {
                    inner.nodes.remove(name);
                    inner.lit.remove(name);
                }
                Item::Volume(name) => inner.drums.remove(name),
            }
        }
        for id in update.wires.iter().filter(|id| session.scene().wire(id).is_none()) {
            inner.wires.remove(id);
        }
    }

    /// Works out anew what stands in the page.
    fn cull(&self, culling: Culling) {
        let session = self.read();
        let viewport = session.viewport();
        let (seen, detail) = (viewport.visible_in_canvas(), viewport.detail());
        let mut last = self.0.shown_area.write().unwrap_or_else(PoisonError::into_inner);
        let enough = last.is_some_and(|(area, shown)| {
            // Far too much in the page is as bad as too little.
            shown == detail && area.covers(&seen) && area.width < seen.width * 4.0
        });
        if culling == Culling::WhenFarEnough && enough {
            return;
        }
        let area = seen.grown(seen.width.max(seen.height) * 0.35);
        *last = Some((area, detail));
        drop(last);
        let shown = if detail == Detail::Dot {
            let kept = session.focus().filter(|item| session.scene().rect(item).is_some()).cloned();
            Shown { items: Arc::new(kept.into_iter().collect()), wires: Arc::default() }
        } else {
            let mut items = session.scene().items_meeting(&area);
            items.extend(session.focus().filter(|item| session.scene().rect(item).is_some()).cloned());
            items.extend(session.gesture().dragged_items().cloned());
            items.sort();
            items.dedup();
            let mut wires = session.scene().wires_meeting(&area);
            wires.sort();
            Shown { items: Arc::new(items), wires: Arc::new(wires) }
        };
        drop(session);
        if self.0.shown.with_untracked(|old| *old != shown) {
            self.0.shown.set(shown);
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Session> {
        self.0.session.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Session> {
        self.0.session.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When to work out anew what stands in the page.
#[derive(Clone, Copy, PartialEq)]
enum Culling {
    Always,
    WhenFarEnough,
}
