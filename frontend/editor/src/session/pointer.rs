//! The pointer: presses, drags, drops. What a drop means for the document is said in `edits`.

use super::{Hover, Session, how};
use crate::action::{Button, NewItem, Pointer};
use crate::gesture::{DRAG_THRESHOLD, Gesture, HeldBy, MountStart, Mounting, Moving, Ordering, Wiring};
use crate::hit::{Hit, topmost};
use crate::scene::{PortRef, Side};
use crate::selection::{Choose, Item, Selection, WireId};
use crate::space::{Point, Rect, distance, minus, plus};
use crate::update::{Effect, Update};
use crate::wiring::{Candidates, SNAP_IN_SCREEN, Tip, nearest_port, refuses_order, tip_at};
use dagwright_shared::layout::geometry::snapped;
use dagwright_shared::pipeline::Argument;
use std::sync::Arc;

impl Session {
    pub(super) fn pointer_down(&mut self, pointer: Pointer, button: Button, update: &mut Update) {
        self.last_pointer = Some(pointer);
        if matches!(self.gesture, Gesture::Placing { .. }) {
            return;
        }
        if !self.gesture.is_idle() {
            self.drop_gesture(update);
        }
        if button == Button::Middle || (button == Button::Primary && self.space_held) {
            self.set_gesture(Gesture::Panning { last_in_screen: pointer.in_screen }, update);
            return;
        }
        let on = self.hit(pointer.in_screen);
        let item = match &on {
            Hit::Item(item) => Some(item.clone()),
            Hit::Port(PortRef { task, .. }) | Hit::MountPort(task) | Hit::More(task) => Some(Item::Task(task.clone())),
            Hit::VolumePort(volume) => Some(Item::Volume(volume.clone())),
            Hit::Wire(_) | Hit::Nothing => None,
        };
        // As it stood before the press: what this press selects, its release must not take away again.
        let was_selected = matches!(&on, Hit::Item(item) if self.selection.items.contains(item));
        if let Some(item) = &item {
            // A press on what is selected already keeps the rest selected: it may become a drag of all.
            if !self.selection.items.contains(item) || button == Button::Secondary {
                let keep = button == Button::Secondary && self.selection.items.contains(item);
                if !keep {
                    self.choose(item.clone(), how(pointer.modifiers), update);
                }
            }
            self.set_focus(Some(item.clone()), update);
        }
        update.effects.push(item.map_or(Effect::FocusCanvas, Effect::FocusItem));
        if button == Button::Secondary {
            if let Hit::Wire(wire) = &on
                && !self.selection.wires.contains(wire.as_ref())
            {
                let mut selection = self.selection.clone();
                selection.choose_wire(wire.as_ref().clone(), Choose::Only);
                self.select(selection, update);
            }
            update.effects.push(Effect::ContextMenu { at_in_screen: pointer.in_screen, on });
            return;
        }
        self.set_gesture(Gesture::Pressed { start: pointer, on, was_selected }, update);
    }

    pub(super) fn pointer_move(&mut self, pointer: Pointer, update: &mut Update) {
        self.last_pointer = Some(pointer);
        let at = self.viewport.canvas_from_screen(pointer.in_screen);
        match &mut self.gesture {
            Gesture::Idle => self.hover_at(pointer, update),
            Gesture::QuickAdd(_) => {}
            Gesture::Pressed { start, on, .. } => {
                if distance(start.in_screen, pointer.in_screen) >= DRAG_THRESHOLD {
                    let (start, on) = (*start, on.clone());
                    self.begin_drag(start, on, update);
                    if !matches!(self.gesture, Gesture::Idle | Gesture::Pressed { .. }) {
                        self.pointer_move(pointer, update);
                    }
                }
            }
            Gesture::Panning { last_in_screen } => {
                let by = minus(pointer.in_screen, *last_in_screen);
                *last_in_screen = pointer.in_screen;
                self.show(self.viewport.panned(by), update);
            }
            Gesture::Moving(moving) => {
                let by = minus(at, moving.start_in_canvas);
                let corner = self.scene.rect(&moving.grabbed).map(|rect| Point { x: rect.x, y: rect.y });
                let snapping = !pointer.modifiers.alt;
                let by = match corner {
                    Some(corner) if snapping => minus(snapped(plus(corner, by)), corner),
                    _ => by,
                };
                if by != moving.by {
                    moving.by = by;
                    update.dragged = true;
                }
            }
            Gesture::BoxSelect { .. } => self.stretch_box(at, update),
            Gesture::Wiring(_) => self.move_wire(at, update),
            Gesture::Ordering(_) => self.move_order(at, update),
            Gesture::Mounting(_) => self.move_mount(at, update),
            Gesture::Placing { .. } => self.move_placing(pointer, at, update),
        }
    }

    pub(super) fn pointer_up(&mut self, pointer: Pointer, update: &mut Update) {
        self.last_pointer = Some(pointer);
        let at = self.viewport.canvas_from_screen(pointer.in_screen);
        match self.gesture.clone() {
            Gesture::Idle | Gesture::QuickAdd(_) => {}
            Gesture::Pressed { start, on, was_selected } => {
                self.drop_gesture(update);
                self.click(start, on, was_selected, update);
            }
            Gesture::Panning { .. } | Gesture::BoxSelect { .. } => self.drop_gesture(update),
            Gesture::Moving(moving) => {
                self.drop_gesture(update);
                self.move_items(&moving.items, moving.by, update);
            }
            Gesture::Wiring(wiring) if wiring.held_by == HeldBy::Pointer => self.drop_wire(wiring, at, update),
            Gesture::Ordering(ordering) if ordering.held_by == HeldBy::Pointer => {
                self.drop_gesture(update);
                self.finish_order(ordering, update);
            }
            Gesture::Wiring(_) | Gesture::Ordering(_) => {}
            Gesture::Mounting(mounting) => {
                self.drop_gesture(update);
                self.finish_mount(mounting, update);
            }
            Gesture::Placing { item, at_in_screen, onto } => {
                self.drop_gesture(update);
                if at_in_screen.is_some() {
                    self.place_new(item, at, onto, update);
                }
            }
        }
    }

    pub(super) fn double_click(&mut self, pointer: Pointer, update: &mut Update) {
        match self.hit(pointer.in_screen) {
            Hit::Nothing if self.may_edit() => {
                self.open_quick_add(self.viewport.canvas_from_screen(pointer.in_screen), None, update);
            }
            Hit::Item(item) => {
                self.choose(item.clone(), Choose::Only, update);
                self.toggle_folding(&item, update);
            }
            _ => {}
        }
    }

    /// A press that did not become a drag.
    fn click(&mut self, start: Pointer, on: Hit, was_selected: bool, update: &mut Update) {
        match on {
            Hit::Nothing if start.modifiers.shift || start.modifiers.control => {}
            Hit::Nothing => {
                self.select(Selection::default(), update);
                self.set_focus(None, update);
            }
            Hit::Wire(wire) => {
                let mut selection = self.selection.clone();
                selection.choose_wire(wire.as_ref().clone(), how(start.modifiers));
                self.select(selection, update);
            }
            Hit::Item(item) if was_selected => self.choose(item, how(start.modifiers), update),
            Hit::More(task) => self.toggle_folding(&Item::Task(task), update),
            _ => {}
        }
    }

    /// A press has become a drag.
    fn begin_drag(&mut self, start: Pointer, on: Hit, update: &mut Update) {
        let at = self.viewport.canvas_from_screen(start.in_screen);
        if !self.may_edit() {
            self.set_gesture(Gesture::Panning { last_in_screen: start.in_screen }, update);
            return;
        }
        match on {
            Hit::Nothing | Hit::Wire(_) if start.modifiers.shift => {
                let before = self.selection.clone();
                let gesture = Gesture::BoxSelect { from_in_canvas: at, to_in_canvas: at, before };
                self.set_gesture(gesture, update);
            }
            Hit::Nothing | Hit::Wire(_) => {
                self.set_gesture(Gesture::Panning { last_in_screen: start.in_screen }, update);
            }
            Hit::Port(port) if start.modifiers.alt => self.hold_order(&port.task, at, HeldBy::Pointer, update),
            Hit::Port(port) => self.hold_port(&port, at, update),
            Hit::MountPort(task) => self.hold_mount(MountStart::Task(task), at, update),
            Hit::VolumePort(volume) => self.hold_mount(MountStart::Volume(volume), at, update),
            Hit::Item(Item::Task(task)) if start.modifiers.control => {
                self.hold_order(&task, at, HeldBy::Pointer, update);
            }
            Hit::Item(grabbed) => self.begin_moving(grabbed, at, update),
            Hit::More(task) => self.begin_moving(Item::Task(task), at, update),
        }
    }

    fn begin_moving(&mut self, grabbed: Item, at: Point, update: &mut Update) {
        if !self.selection.items.contains(&grabbed) {
            self.choose(grabbed.clone(), Choose::Only, update);
        }
        let items = self.selection.items.clone();
        let moving = Moving { items, grabbed, start_in_canvas: at, by: Point::default() };
        self.set_gesture(Gesture::Moving(moving), update);
    }

    /// Takes up a wire at a port: a wired input gives up its wire, anything else starts a new one.
    fn hold_port(&mut self, port: &PortRef, at: Point, update: &mut Update) {
        let taken = (port.side == Side::Input).then(|| self.wire_into(port)).flatten();
        let start = taken.as_ref().map_or_else(|| port.clone(), |(_, producer)| producer.clone());
        let Some(candidates) = Candidates::of(&self.scene, &start) else { return };
        let wiring = Wiring {
            candidates,
            tip_in_canvas: at,
            tip: Tip::Free,
            taken_off: taken.map(|(wire, _)| wire),
            held_by: HeldBy::Pointer,
        };
        self.set_gesture(Gesture::Wiring(wiring), update);
    }

    /// The wire that alone feeds an input, with its producer; none where a text or a constant does.
    fn wire_into(&self, port: &PortRef) -> Option<(Arc<WireId>, PortRef)> {
        let argument = self.document.graph.tasks.get(&port.task)?.arguments.get(&port.port)?;
        let Argument::Output { task, output } = argument else { return None };
        let id = WireId::Data {
            from_task: task.clone(),
            output: output.clone(),
            task: port.task.clone(),
            input: port.port.clone(),
        };
        let wire = self.scene.wire(&id)?;
        let producer = PortRef { task: task.clone(), side: Side::Output, port: output.clone() };
        // A producer that has lost the output has no port to draw from.
        self.scene.port_at(&producer)?;
        Some((Arc::clone(&wire.id), producer))
    }

    fn move_wire(&mut self, at: Point, update: &mut Update) {
        if let Gesture::Wiring(wiring) = &mut self.gesture {
            wiring.tip_in_canvas = at;
            wiring.tip = tip_at(&self.scene, &wiring.candidates, at, self.viewport.zoom);
            update.gesture = true;
        }
    }

    fn drop_wire(&mut self, wiring: Wiring, at: Point, update: &mut Update) {
        self.drop_gesture(update);
        match (wiring.tip, wiring.taken_off) {
            (Tip::Fits(end), taken_off) => {
                let (output, input) = wiring.candidates.joined(&end);
                self.rewire(taken_off.as_deref(), &output, &input, update);
            }
            (Tip::Refused(_, refusal), _) => update.effects.push(Effect::Refused(refusal.to_string())),
            (Tip::Free, Some(wire)) => self.disconnect(&wire, update),
            (Tip::Free, None) => {
                // A wire let go near where it began was a slip of the hand.
                let near = self
                    .scene
                    .port_at(wiring.candidates.start())
                    .is_some_and(|from| distance(from, at) * self.viewport.zoom < SNAP_IN_SCREEN);
                let over_node = self.scene.items_meeting(&Rect::new(at.x, at.y, 0.0, 0.0)).pop().is_some();
                if !near && !over_node {
                    self.open_quick_add(at, Some(wiring.candidates.start().clone()), update);
                }
            }
        }
    }

    pub(super) fn hold_order(&mut self, before: &str, at: Point, held_by: HeldBy, update: &mut Update) {
        let ordering = Ordering { before: String::from(before), tip_in_canvas: at, onto: None, held_by };
        self.set_gesture(Gesture::Ordering(ordering), update);
    }

    fn move_order(&mut self, at: Point, update: &mut Update) {
        let over = self.task_at(at);
        if let Gesture::Ordering(ordering) = &mut self.gesture {
            ordering.tip_in_canvas = at;
            ordering.onto = over.filter(|task| *task != ordering.before).map(|task| {
                match refuses_order(&self.scene, &ordering.before, &task) {
                    None => Ok(task),
                    Some(refusal) => Err(refusal),
                }
            });
            update.gesture = true;
        }
    }

    fn hold_mount(&mut self, start: MountStart, at: Point, update: &mut Update) {
        self.set_gesture(Gesture::Mounting(Mounting { start, tip_in_canvas: at, onto: None }), update);
    }

    fn move_mount(&mut self, at: Point, update: &mut Update) {
        let over = self.item_at(at);
        let Gesture::Mounting(mounting) = &self.gesture else { return };
        let onto = over.and_then(|item| self.mount_onto(&mounting.start, item));
        if let Gesture::Mounting(mounting) = &mut self.gesture {
            mounting.tip_in_canvas = at;
            mounting.onto = onto;
            update.gesture = true;
        }
    }

    fn move_placing(&mut self, pointer: Pointer, at: Point, update: &mut Update) {
        let size = self.viewport.size;
        let inside = Rect::new(0.0, 0.0, size.width, size.height).contains(pointer.in_screen);
        let Gesture::Placing { item, .. } = &self.gesture else { return };
        let onto = match item {
            NewItem::Parameter(name) if inside => nearest_port(&self.scene, at, SNAP_IN_SCREEN / self.viewport.zoom)
                .filter(|(port, _)| port.side == Side::Input)
                .map(|(port, _)| self.parameter_onto(name, port)),
            _ => None,
        };
        if let Gesture::Placing { at_in_screen, onto: shown, .. } = &mut self.gesture {
            *at_in_screen = inside.then_some(pointer.in_screen);
            *shown = onto;
            update.gesture = true;
        }
    }

    fn stretch_box(&mut self, at: Point, update: &mut Update) {
        let Gesture::BoxSelect { from_in_canvas, to_in_canvas, before } = &mut self.gesture else { return };
        *to_in_canvas = at;
        update.gesture = true;
        let area = Rect::spanned(*from_in_canvas, at);
        let mut selection = before.clone();
        // A key may have deleted some of it meanwhile.
        selection.items.retain(|item| self.scene.rect(item).is_some());
        selection.wires.retain(|wire| self.scene.wire(wire).is_some());
        selection.items.extend(self.scene.items_meeting(&area));
        self.select(selection, update);
    }

    fn hover_at(&mut self, pointer: Pointer, update: &mut Update) {
        let hover = match self.hit(pointer.in_screen) {
            Hit::Port(port) => Hover { item: Some(Item::Task(port.task.clone())), port: Some(port), wire: None },
            Hit::Item(item) => Hover { item: Some(item), ..Hover::default() },
            Hit::MountPort(task) | Hit::More(task) => Hover { item: Some(Item::Task(task)), ..Hover::default() },
            Hit::VolumePort(volume) => Hover { item: Some(Item::Volume(volume)), ..Hover::default() },
            Hit::Wire(wire) => Hover { wire: Some(wire), ..Hover::default() },
            Hit::Nothing => Hover::default(),
        };
        self.set_hover(hover, update);
    }

    /// The item that is drawn on top at a canvas point.
    pub(super) fn item_at(&self, at: Point) -> Option<Item> {
        topmost(&self.scene, &Rect::new(at.x, at.y, 0.0, 0.0).grown(8.0), &self.selection)
    }

    fn task_at(&self, at: Point) -> Option<String> {
        match self.item_at(at)? {
            Item::Task(name) => Some(name),
            Item::Volume(_) => None,
        }
    }
}
