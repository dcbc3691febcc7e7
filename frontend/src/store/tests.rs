//! How many signals wake: moving one node of a thousand must wake one node and its wires, no more.

use super::document_store::DocumentStore;
use dagwright_editor::action::{Button, EditorAction, Modifiers, Pointer};
use dagwright_editor::selection::Item;
use dagwright_editor::session::Mode;
use dagwright_editor::space::{Point, Size};
use dagwright_shared::component::{Component, InputPort, OutputPort};
use dagwright_shared::pipeline::{Argument, Pipeline, Task};
use dagwright_shared::types::TypeSpec;
use leptos::prelude::*;
use std::sync::Arc;

/// A chain of a thousand tasks, forty in a row.
fn thousand() -> Pipeline {
    let spec = Some(TypeSpec::Named(String::from("Model")));
    let input = InputPort { name: String::from("in"), type_spec: spec.clone(), ..InputPort::default() };
    let output = OutputPort { name: String::from("out"), type_spec: spec, ..OutputPort::default() };
    let component =
        Component { name: String::from("step"), inputs: vec![input], outputs: vec![output], ..Component::default() };
    let mut document = Pipeline::default();
    document.graph.components.insert(String::from("step"), component);
    for index in 0..1000_u32 {
        let position = Some(Point { x: f64::from(index % 40) * 320.0, y: f64::from(index / 40) * 200.0 });
        let mut task = Task { component: String::from("step"), position, ..Task::default() };
        if let Some(before) = index.checked_sub(1) {
            let argument = Argument::Output { task: format!("n{before}"), output: String::from("out") };
            task.arguments.insert(String::from("in"), argument);
        }
        document.graph.tasks.insert(format!("n{index}"), task);
    }
    document
}

/// Watches everything that stands in the page, as views do; says by name what woke since it was last asked.
struct Watched {
    store: DocumentStore,
    signals: Vec<(String, Box<dyn Fn() -> bool>)>,
}

/// A check whether a signal was set since the last check: a memo that ran again has seen another value.
fn wakes<T: Clone + PartialEq + Send + Sync + 'static>(signal: ArcReadSignal<T>) -> Box<dyn Fn() -> bool> {
    let runs = ArcRwSignal::new(0_u32);
    let counted = runs.clone();
    let memo = ArcMemo::new(move |_| {
        counted.update_untracked(|runs| *runs += 1);
        signal.track();
    });
    memo.get_untracked();
    let seen = ArcRwSignal::new(runs.get_untracked());
    Box::new(move || {
        memo.get_untracked();
        let now = runs.get_untracked();
        let woke = now != seen.get_untracked();
        seen.set(now);
        woke
    })
}

impl Watched {
    fn all_of(store: DocumentStore) -> Self {
        let shown = store.shown().get_untracked();
        let mut signals: Vec<(String, Box<dyn Fn() -> bool>)> = Vec::new();
        for item in shown.items.iter() {
            signals.push((format!("place {}", item.name()), wakes(store.placement(item))));
            signals.push((format!("content {}", item.name()), wakes(store.node(item.name()))));
            signals.push((format!("marks {}", item.name()), wakes(store.marks(item))));
            signals.push((format!("lit {}", item.name()), wakes(store.lit(item.name()))));
        }
        for wire in shown.wires.iter() {
            let (from, to) = wire.ends();
            signals.push((format!("wire {}-{}", from.name(), to.name()), wakes(store.wire(wire))));
        }
        signals.push((String::from("shown"), wakes(store.shown())));
        signals.push((String::from("selection"), wakes(store.selection())));
        signals.push((String::from("revision"), wakes(store.revision())));
        signals.push((String::from("viewport"), wakes(store.viewport())));
        Self { store, signals }
    }

    fn woken(&self) -> Vec<&str> {
        self.signals.iter().filter(|(_, woke)| woke()).map(|(name, _)| name.as_str()).collect()
    }

    fn does(&self, action: EditorAction) -> Vec<&str> {
        self.store.dispatch(action);
        self.woken()
    }
}

fn watched() -> Watched {
    let store = DocumentStore::open(thousand(), Mode::Edit);
    store.dispatch(EditorAction::Resize(Size { width: 1440.0, height: 900.0 }));
    store.dispatch(EditorAction::ZoomToActual);
    store.dispatch(EditorAction::CentreOn(Point { x: 1000.0, y: 500.0 }));
    Watched::all_of(store)
}

#[test]
fn moving_one_node_of_a_thousand_wakes_one_node_and_its_wires() {
    let owner = Owner::new();
    owner.set();
    let watched = watched();
    let count = watched.store.shown().with_untracked(|shown| shown.items.len());
    assert!((20..200).contains(&count), "{count} of a thousand stand in the page");
    let at = watched.store.with_session(|session| session.viewport().screen_from_canvas(Point { x: 730.0, y: 420.0 }));
    let pointer = |by: f64| Pointer { in_screen: Point { x: at.x + by, y: at.y }, modifiers: Modifiers::default() };
    watched.does(EditorAction::PointerDown(pointer(0.0), Button::Primary));
    watched.does(EditorAction::PointerMove(pointer(40.0)));
    let woken = watched.does(EditorAction::PointerMove(pointer(80.0)));
    assert_eq!(woken, ["place n82", "wire n81-n82", "wire n82-n83"]);
    let woken = watched.does(EditorAction::PointerMove(pointer(81.0)));
    assert!(woken.is_empty(), "within a step of the grid nothing moves: {woken:?}");
    let woken = watched.does(EditorAction::PointerUp(pointer(80.0)));
    assert_eq!(woken, ["revision"], "everything stands where the drag had it");
    let woken = watched.does(EditorAction::Undo);
    assert_eq!(woken, ["place n82", "wire n81-n82", "wire n82-n83", "revision"]);
}

#[test]
fn panning_wakes_the_viewport_alone_and_choosing_two_nodes() {
    let owner = Owner::new();
    owner.set();
    let watched = watched();
    let choose =
        |name: &str| EditorAction::Choose(Item::Task(String::from(name)), dagwright_editor::selection::Choose::Only);
    watched.does(choose("n82"));
    assert_eq!(watched.does(choose("n83")), ["marks n82", "marks n83", "selection"]);
    let middle = Pointer { in_screen: Point { x: 700.0, y: 450.0 }, modifiers: Modifiers::default() };
    let woken = watched.does(EditorAction::Wheel { pointer: middle, delta_x: 10.0, delta_y: 10.0 });
    assert_eq!(woken, ["viewport"]);
}

#[test]
fn what_is_deleted_frees_its_signals_and_its_readers_do_not_panic() {
    let owner = Owner::new();
    owner.set();
    let store = DocumentStore::open(thousand(), Mode::Edit);
    let item = Item::Task(String::from("n0"));
    let place = store.placement(&item);
    let before = place.get_untracked();
    let content = store.node("n0");
    store.dispatch(EditorAction::Choose(item.clone(), dagwright_editor::selection::Choose::Only));
    store.dispatch(EditorAction::Delete);
    assert_eq!(place.get_untracked(), before, "a row that is being taken down still reads what it held");
    assert!(content.get_untracked().is_none_or(|node| node.name == "n0"));
    store.dispatch(EditorAction::Undo);
    assert_eq!(store.placement(&item).get_untracked(), before);
}

#[test]
fn an_effect_may_dispatch_again() {
    let owner = Owner::new();
    owner.set();
    let store = DocumentStore::open(thousand(), Mode::Edit);
    let again = store.clone();
    let asked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    store.on_effect(move |effect| {
        if matches!(effect, dagwright_editor::update::Effect::Page(_)) {
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            again.dispatch(EditorAction::SelectAll);
        }
    });
    store.dispatch(EditorAction::Page(dagwright_editor::action::PageAction::Help));
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 1);
    assert_eq!(store.selection().with_untracked(|selection| selection.items.len()), 1000);
}
