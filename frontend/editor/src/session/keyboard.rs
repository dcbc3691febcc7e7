//! Wires by keyboard: `E` chooses one that is there; `W` takes one up, `Tab` walks the lit ports, `Enter` connects, `Esc` drops.

use super::Session;
use crate::action::Step;
use crate::gesture::{Gesture, HeldBy, Wiring};
use crate::hit::ports_in_order;
use crate::scene::{PortRef, Side};
use crate::selection::{Item, Selection, WireId};
use crate::space::Point;
use crate::update::{Effect, Update};
use crate::wiring::{Candidates, Tip, refuses_order};
use dagwright_texts::t;

impl Session {
    /// Takes a wire up at the focused task's first port; pressed again, at its next one.
    pub(super) fn start_wire(&mut self, update: &mut Update) {
        let held = match &self.gesture {
            Gesture::Wiring(wiring) if wiring.held_by == HeldBy::Keyboard => Some(wiring.candidates.start().clone()),
            Gesture::Idle => None,
            _ => return,
        };
        let task = held.as_ref().map(|port| port.task.clone()).or_else(|| match &self.focus {
            Some(Item::Task(name)) => Some(name.clone()),
            _ => None,
        });
        let Some(task) = task else {
            update.effects.push(Effect::Told(String::from(t!(
                "Put the focus on a task first: Tab or the arrows walk the graph."
            ))));
            return;
        };
        let ports = ports_in_order(&self.scene, &task);
        let next = held.and_then(|held| ports.iter().position(|port| *port == held)).map_or(0, |place| place + 1);
        let Some(start) = ports.get(next % ports.len().max(1)) else {
            update.effects.push(Effect::Told(t!("{task} has no ports.", task)));
            return;
        };
        let Some(candidates) = Candidates::of(&self.scene, start) else { return };
        let from = self.scene.port_at(start).unwrap_or_default();
        let mut wiring = Wiring {
            tip: candidates.fitting().first().cloned().map_or(Tip::Free, Tip::Fits),
            tip_in_canvas: Point { x: from.x + 48.0, y: from.y },
            candidates,
            taken_off: None,
            held_by: HeldBy::Keyboard,
        };
        wiring.tip_in_canvas = self.tip_place(&wiring).unwrap_or(wiring.tip_in_canvas);
        self.set_gesture(Gesture::Wiring(wiring), update);
    }

    /// Moves the held wire's loose end to the next lit port, or the held order's to the next task.
    pub(super) fn advance_wire(&mut self, step: Step, update: &mut Update) {
        match &self.gesture {
            Gesture::Wiring(wiring) => {
                let mut wiring = wiring.clone();
                let fitting = wiring.candidates.fitting();
                let here = match &wiring.tip {
                    Tip::Fits(port) => fitting.iter().position(|other| other == port),
                    _ => None,
                };
                let Some(next) = stepped(here, step, fitting.len()) else { return };
                wiring.tip = fitting.get(next).cloned().map_or(Tip::Free, Tip::Fits);
                wiring.tip_in_canvas = self.tip_place(&wiring).unwrap_or(wiring.tip_in_canvas);
                self.see(wiring.tip_in_canvas, update);
                self.gesture = Gesture::Wiring(wiring);
                update.gesture = true;
            }
            Gesture::Ordering(ordering) => {
                let mut ordering = ordering.clone();
                let tasks: Vec<String> = self
                    .reading_order()
                    .into_iter()
                    .filter_map(|item| match item {
                        Item::Task(name) => Some(name),
                        Item::Volume(_) => None,
                    })
                    .filter(|task| refuses_order(&self.scene, &ordering.before, task).is_none())
                    .collect();
                let here = match &ordering.onto {
                    Some(Ok(task)) => tasks.iter().position(|other| other == task),
                    _ => None,
                };
                let Some(task) = stepped(here, step, tasks.len()).and_then(|next| tasks.get(next)) else { return };
                if let Some(shape) = self.scene.task(task) {
                    ordering.tip_in_canvas = Point { x: shape.rect.x, y: shape.rect.y + 20.0 };
                }
                ordering.onto = Some(Ok(task.clone()));
                self.see(ordering.tip_in_canvas, update);
                self.gesture = Gesture::Ordering(ordering);
                update.gesture = true;
            }
            _ => {}
        }
    }

    /// Takes up an order-only wire at the focused task.
    pub(super) fn start_order(&mut self, update: &mut Update) {
        let Some(Item::Task(task)) = self.focus.clone() else {
            update.effects.push(Effect::Told(String::from(t!(
                "Put the focus on a task first: Tab or the arrows walk the graph."
            ))));
            return;
        };
        let Some(shape) = self.scene.task(&task) else { return };
        let at = Point { x: shape.rect.right() + 48.0, y: shape.rect.y + 20.0 };
        self.hold_order(&task, at, HeldBy::Keyboard, update);
        self.advance_wire(Step::Next, update);
    }

    /// Chooses the next wire of the focused item: as its ports stand, then order, mounts and hand-overs. The focus stays.
    pub(super) fn walk_wires(&mut self, step: Step, update: &mut Update) {
        if self.holds_wire() {
            return;
        }
        let Some(item) = self.focus.clone().filter(|item| self.scene.rect(item).is_some()) else {
            update.effects.push(Effect::Told(String::from(t!(
                "Put the focus on a task first: Tab or the arrows walk the graph."
            ))));
            return;
        };
        let wires = self.wires_in_order(&item);
        let here = self.selection.single_wire().and_then(|chosen| wires.iter().position(|wire| wire == chosen));
        let Some((place, wire)) = stepped(here, step, wires.len()).and_then(|next| Some((next, wires.get(next)?)))
        else {
            update.effects.push(Effect::Told(t!("{name} has no wires.", name = item.name())));
            return;
        };
        update.effects.push(Effect::Announced(t!(
            "Wire {number} of {count}: {words}",
            number = place + 1,
            count = wires.len(),
            words = wire.words()
        )));
        self.select(Selection { wires: [wire.clone()].into(), ..Selection::default() }, update);
    }

    fn wires_in_order(&self, item: &Item) -> Vec<WireId> {
        let ports = match item {
            Item::Task(name) => ports_in_order(&self.scene, name),
            Item::Volume(_) => Vec::new(),
        };
        let place = |wire: &WireId| {
            let WireId::Data { from_task, output, task, input } = wire else { return usize::MAX };
            let (task, side, port) = match item.name() == task {
                true => (task, Side::Input, input),
                false => (from_task, Side::Output, output),
            };
            let end = PortRef { task: task.clone(), side, port: port.clone() };
            ports.iter().position(|port| *port == end).unwrap_or(ports.len())
        };
        let mut wires: Vec<WireId> = self.scene.wires_of(item).map(|wire| wire.as_ref().clone()).collect();
        wires.sort_by_cached_key(|wire| (place(wire), wire.clone()));
        wires
    }

    /// Whether a wire is held, so that `Tab` is its own.
    pub fn holds_wire(&self) -> bool {
        matches!(self.gesture, Gesture::Wiring(_) | Gesture::Ordering(_))
    }

    /// `Enter`: connects what is held; else chooses the focused item.
    pub(super) fn activate(&mut self, update: &mut Update) {
        match self.gesture.clone() {
            Gesture::Wiring(wiring) => {
                self.drop_gesture(update);
                match &wiring.tip {
                    Tip::Fits(end) => {
                        let (output, input) = wiring.candidates.joined(end);
                        self.rewire(wiring.taken_off.as_deref(), &output, &input, update);
                    }
                    _ => {
                        let start = wiring.candidates.start().clone();
                        self.open_quick_add(wiring.tip_in_canvas, Some(start), update);
                    }
                }
            }
            Gesture::Ordering(ordering) => {
                self.drop_gesture(update);
                self.finish_order(ordering, update);
            }
            _ => self.activate_focus(update),
        }
    }

    fn tip_place(&self, wiring: &Wiring) -> Option<Point> {
        match &wiring.tip {
            Tip::Fits(port) => self.scene.port_at(port),
            _ => None,
        }
    }

    /// Brings a point into view.
    fn see(&mut self, point: Point, update: &mut Update) {
        let rect = crate::space::Rect::new(point.x, point.y, 0.0, 0.0).grown(16.0);
        self.show(self.viewport.showing(rect), update);
    }
}

/// The next place in a circle of `count`.
fn stepped(here: Option<usize>, step: Step, count: usize) -> Option<usize> {
    if count == 0 {
        return None;
    }
    Some(match (here, step) {
        (None, Step::Next) => 0,
        (None, Step::Previous) => count - 1,
        (Some(place), Step::Next) => (place + 1) % count,
        (Some(place), Step::Previous) => (place + count - 1) % count,
    })
}
