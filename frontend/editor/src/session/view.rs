//! Looking: zoom, fit, focus, walking the graph. Nothing here edits.

use super::{Mode, Session};
use crate::action::{Direction, EditorAction, Pointer, Step};
use crate::selection::{Choose, Item, Selection};
use crate::space::{Point, Rect};
use crate::update::{Effect, Update};
use crate::viewport::Viewport;

/// Zoom by 2 to the power of this for each px of wheel.
const WHEEL_ZOOM: f64 = 0.002;
/// The same for a pinch, which browsers send as small deltas with Ctrl.
const PINCH_ZOOM: f64 = 0.01;

impl Session {
    /// Actions that change only what is seen.
    pub(super) fn look(&mut self, action: EditorAction, update: &mut Update) {
        match action {
            EditorAction::Wheel { pointer, delta_x, delta_y } => self.wheel(pointer, delta_x, delta_y, update),
            EditorAction::Resize(size) => {
                let first = !self.sized;
                self.sized = true;
                self.show(Viewport { size, ..self.viewport }, update);
                if first {
                    self.fit(update);
                }
            }
            EditorAction::ZoomIn => self.show(self.viewport.zoomed_in(), update),
            EditorAction::ZoomOut => self.show(self.viewport.zoomed_out(), update),
            EditorAction::ZoomToActual => {
                self.show(self.viewport.zoomed_at(self.viewport.middle_in_screen(), 1.0), update);
            }
            EditorAction::Fit => self.fit(update),
            EditorAction::CentreOn(point) => self.show(self.viewport.centred(point, self.viewport.zoom), update),
            EditorAction::ShowViewport(viewport) => {
                self.show(Viewport { size: self.viewport.size, ..viewport }, update);
            }
            EditorAction::Reveal(item) => self.reveal(item, update),
            EditorAction::ToggleOverview => {
                self.overview = !self.overview;
                update.overview = true;
            }
            EditorAction::Focus(item) => self.set_focus(Some(item), update),
            EditorAction::Walk(direction) => self.walk(direction, Choose::Only, update),
            EditorAction::WalkOn(direction) => self.walk(direction, Choose::Also, update),
            EditorAction::Pan(direction) => {
                let size = self.viewport.size;
                let by = match direction {
                    Direction::Left => Point { x: size.width / 4.0, y: 0.0 },
                    Direction::Right => Point { x: -size.width / 4.0, y: 0.0 },
                    Direction::Up => Point { x: 0.0, y: size.height / 4.0 },
                    Direction::Down => Point { x: 0.0, y: -size.height / 4.0 },
                };
                self.show(self.viewport.panned(by), update);
            }
            EditorAction::Advance(step) => self.advance(step, update),
            EditorAction::WalkWires(step) => self.walk_wires(step, update),
            EditorAction::Activate => self.activate_focus(update),
            EditorAction::Escape => {
                if self.gesture.is_idle() {
                    self.select(Selection::default(), update);
                } else {
                    self.drop_gesture(update);
                    update.effects.push(self.focus.clone().map_or(Effect::FocusCanvas, Effect::FocusItem));
                }
            }
            // What would edit is passed over where the document may only be looked at.
            _ => {}
        }
    }

    pub(super) fn show(&mut self, viewport: Viewport, update: &mut Update) {
        if viewport != self.viewport {
            self.viewport = viewport;
            update.viewport = true;
        }
    }

    fn wheel(&mut self, pointer: Pointer, delta_x: f64, delta_y: f64, update: &mut Update) {
        let held = pointer.modifiers;
        if held.shift {
            let along = if delta_x == 0.0 { delta_y } else { delta_x };
            self.show(self.viewport.panned(Point { x: -along, y: 0.0 }), update);
            return;
        }
        if delta_x != 0.0 && !held.control {
            // Only a touchpad turns both ways at once: two fingers pan.
            self.show(self.viewport.panned(Point { x: -delta_x, y: -delta_y }), update);
            return;
        }
        let speed = if held.control { PINCH_ZOOM } else { WHEEL_ZOOM };
        let zoom = self.viewport.zoom * (-speed * delta_y).exp2();
        self.show(self.viewport.zoomed_at(pointer.in_screen, zoom), update);
    }

    fn fit(&mut self, update: &mut Update) {
        let viewport = match self.scene.bounds() {
            Some(bounds) => self.viewport.fitted(bounds),
            None => self.viewport.centred(Point::default(), 1.0),
        };
        self.show(viewport, update);
    }

    fn reveal(&mut self, item: Item, update: &mut Update) {
        let Some(rect) = self.scene.rect(&item) else { return };
        let viewport = if self.viewport.zoom < crate::viewport::ZOOM_OF_BOXES {
            self.viewport.centred(rect.center(), 1.0)
        } else {
            self.viewport.showing(rect)
        };
        self.show(viewport, update);
        self.choose(item, Choose::Only, update);
    }

    /// Puts the focus on an item, selects it and brings it into view.
    pub(super) fn go_to(&mut self, item: Item, how: Choose, update: &mut Update) {
        let Some(rect) = self.scene.rect(&item) else { return };
        self.show(self.viewport.showing(rect), update);
        self.choose(item.clone(), how, update);
        update.effects.push(Effect::FocusItem(item));
    }

    /// Moves the focus to the nearest item in a direction: along wires first, then by place.
    fn walk(&mut self, direction: Direction, how: Choose, update: &mut Update) {
        let Some(here) = self.focus.clone().filter(|item| self.scene.rect(item).is_some()) else {
            let first = self.reading_order().into_iter().next();
            if let Some(first) = first {
                self.go_to(first, how, update);
            }
            return;
        };
        let next = match direction {
            Direction::Left | Direction::Right => self.along_wires(&here, direction),
            Direction::Up | Direction::Down => None,
        };
        if let Some(next) = next.or_else(|| self.beside(&here, direction)) {
            self.go_to(next, how, update);
        }
    }

    fn along_wires(&self, here: &Item, direction: Direction) -> Option<Item> {
        let from = self.scene.rect(here)?.center();
        let ends = self.scene.wires_of(here).filter_map(|wire| {
            let (before, after) = wire.ends();
            match direction {
                Direction::Right if before == *here => Some(after),
                Direction::Left if after == *here => Some(before),
                _ => None,
            }
        });
        let placed = ends.filter_map(|item| Some(((self.scene.rect(&item)?.center().y - from.y).abs(), item)));
        placed.min_by(|one, other| one.0.total_cmp(&other.0).then_with(|| one.1.cmp(&other.1))).map(|(_, item)| item)
    }

    fn beside(&self, here: &Item, direction: Direction) -> Option<Item> {
        let from = self.scene.rect(here)?.center();
        let tasks = self.scene.tasks().map(|(name, task)| (Item::Task(name.clone()), task.rect));
        let volumes = self.scene.volumes().map(|(name, rect)| (Item::Volume(name.clone()), *rect));
        let scored = tasks.chain(volumes).filter(|(item, _)| item != here).filter_map(|(item, rect)| {
            let to = rect.center();
            let (along, across) = match direction {
                Direction::Left => (from.x - to.x, from.y - to.y),
                Direction::Right => (to.x - from.x, from.y - to.y),
                Direction::Up => (from.y - to.y, from.x - to.x),
                Direction::Down => (to.y - from.y, from.x - to.x),
            };
            (along > 1.0).then_some((along + 2.0 * across.abs(), item))
        });
        scored.min_by(|one, other| one.0.total_cmp(&other.0).then_with(|| one.1.cmp(&other.1))).map(|(_, item)| item)
    }

    /// Items as `Tab` goes through them: by columns from the left, in a column from the top; drums first.
    pub(super) fn reading_order(&self) -> Vec<Item> {
        let volumes = self.scene.volumes().map(|(name, rect)| (*rect, Item::Volume(name.clone())));
        let tasks = self.scene.tasks().map(|(name, task)| (task.rect, Item::Task(name.clone())));
        let mut items: Vec<(Rect, Item)> = volumes.chain(tasks).collect();
        items.sort_by(|(one, item), (other, another)| {
            one.x.total_cmp(&other.x).then(one.y.total_cmp(&other.y)).then_with(|| item.cmp(another))
        });
        items.into_iter().map(|(_, item)| item).collect()
    }

    /// `Tab`: the next item, or out of the canvas after the last one; the next lit port while a wire is held.
    fn advance(&mut self, step: Step, update: &mut Update) {
        if self.holds_wire() {
            self.advance_wire(step, update);
            return;
        }
        if let Some(next) = self.next_item(step) {
            self.go_to(next, Choose::Only, update);
        }
    }

    /// The item that `Tab` goes to; `None`: it leaves the canvas.
    pub fn next_item(&self, step: Step) -> Option<Item> {
        let order = self.reading_order();
        let here = self.focus.as_ref().and_then(|item| order.iter().position(|other| other == item));
        let next = match (here, step) {
            (None, Step::Next) => Some(0),
            (None, Step::Previous) => None,
            (Some(place), Step::Next) => Some(place + 1),
            (Some(place), Step::Previous) => place.checked_sub(1),
        };
        next.and_then(|place| order.get(place).cloned())
    }

    /// Folds a node with many inputs, or unfolds it; others stay as they are.
    pub(super) fn toggle_folding(&mut self, item: &Item, update: &mut Update) {
        let Item::Task(name) = item else { return };
        let folds = self.scene.is_unfolded(name) || self.scene.task(name).is_some_and(|task| task.component.more > 0);
        if folds {
            let change = self.scene.toggle_folding(&self.document.graph, name);
            update.take(change);
        }
    }

    /// `Enter` on the focused item: selects it; on the selected one: folds or unfolds it; on a wire of it: to the other end.
    pub(super) fn activate_focus(&mut self, update: &mut Update) {
        let Some(item) = self.focus.clone() else { return };
        if let Some(end) = self.selection.single_wire().and_then(|wire| wire.other_end(&item)) {
            self.go_to(end, Choose::Only, update);
        } else if self.selection.single() == Some(&item) {
            self.toggle_folding(&item, update);
        } else {
            self.choose(item, Choose::Only, update);
        }
    }

    /// Whether edits are allowed.
    pub(super) fn may_edit(&self) -> bool {
        self.mode == Mode::Edit
    }
}
