//! The session: a document being looked at and edited, with viewport, selection, focus and gesture. `dispatch` turns an
//! action into changes and says what changed; it decides everything and shows nothing.

use crate::action::{EditorAction, Modifiers, Pointer};
use crate::gesture::Gesture;
use crate::hit::{Hit, PortsShown, hit};
use crate::scene::{PortRef, Scene};
use crate::selection::{Choose, Item, Selection, WireId};
use crate::space::{Point, Rect};
use crate::update::{Effect, Update};
use crate::viewport::{Detail, Viewport};
use dagwright_shared::pipeline::Pipeline;
use dagwright_shared::pipeline::history::History;
use std::sync::Arc;

mod additions;
mod edits;
mod keyboard;
mod pointer;
mod view;
mod whole;

/// What may be done with the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mode {
    /// Everything.
    #[default]
    Edit,
    /// Look, select, walk (a run's canvas).
    Look,
}

/// What the pointer is over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hover {
    /// A node or drum.
    pub item: Option<Item>,
    /// A port of it.
    pub port: Option<PortRef>,
    /// A wire.
    pub wire: Option<Arc<WireId>>,
}

/// A document on the canvas.
#[derive(Clone, Debug)]
pub struct Session {
    document: Pipeline,
    history: History,
    scene: Scene,
    viewport: Viewport,
    selection: Selection,
    focus: Option<Item>,
    hover: Hover,
    gesture: Gesture,
    mode: Mode,
    space_held: bool,
    sized: bool,
    overview: bool,
    last_pointer: Option<Pointer>,
}

impl Session {
    /// Opens a document.
    pub fn open(document: Pipeline, mode: Mode) -> Self {
        let scene = Scene::of(&document);
        Self {
            document,
            history: History::default(),
            scene,
            viewport: Viewport::default(),
            selection: Selection::default(),
            focus: None,
            hover: Hover::default(),
            gesture: Gesture::Idle,
            mode,
            space_held: false,
            sized: false,
            overview: true,
            last_pointer: None,
        }
    }

    /// The document as it stands.
    pub fn document(&self) -> &Pipeline {
        &self.document
    }

    /// Where everything stands.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// What is seen.
    pub fn viewport(&self) -> &Viewport {
        &self.viewport
    }

    /// What is selected.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// What the keyboard is on.
    pub fn focus(&self) -> Option<&Item> {
        self.focus.as_ref()
    }

    /// What the pointer is over.
    pub fn hover(&self) -> &Hover {
        &self.hover
    }

    /// What is going on.
    pub fn gesture(&self) -> &Gesture {
        &self.gesture
    }

    /// What may be done.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether the overview is shown.
    pub fn overview(&self) -> bool {
        self.overview
    }

    /// Whether the next drag pans, whatever it starts on.
    pub fn space_held(&self) -> bool {
        self.space_held
    }

    /// Where an item is drawn now, a drag included.
    pub fn place(&self, item: &Item) -> Option<Rect> {
        Some(self.scene.rect(item)?.moved(self.gesture.moved(item)))
    }

    /// Where the pointer was last, on the canvas.
    pub fn pointer_in_canvas(&self) -> Option<Point> {
        self.last_pointer.map(|pointer| self.viewport.canvas_from_screen(pointer.in_screen))
    }

    /// Does what an action says, and tells what changed.
    pub fn dispatch(&mut self, action: EditorAction) -> Update {
        let mut update = Update::default();
        self.act(action, &mut update);
        update
    }

    fn act(&mut self, action: EditorAction, update: &mut Update) {
        use EditorAction as Action;
        match action {
            Action::PointerDown(pointer, button) => self.pointer_down(pointer, button, update),
            Action::PointerMove(pointer) => self.pointer_move(pointer, update),
            Action::PointerUp(pointer) => self.pointer_up(pointer, update),
            Action::DoubleClick(pointer) => self.double_click(pointer, update),
            Action::PointerCancel => self.drop_gesture(update),
            Action::PointerLeave => self.set_hover(Hover::default(), update),
            Action::HoldSpace => self.space_held = true,
            Action::ReleaseSpace => self.space_held = false,
            Action::Choose(item, how) => self.choose(item, how, update),
            Action::ChooseWire(wire, how) => {
                let mut selection = self.selection.clone();
                selection.choose_wire(wire, how);
                self.select(selection, update);
            }
            Action::SelectAll => {
                let tasks = self.document.graph.tasks.keys().cloned().map(Item::Task);
                let volumes = self.document.graph.volumes.keys().cloned().map(Item::Volume);
                self.select(Selection::of(tasks.chain(volumes)), update);
            }
            Action::SelectNone => self.select(Selection::default(), update),
            Action::Page(page) => update.effects.push(Effect::Page(page)),
            Action::Copy => self.copy(update),
            _ if self.mode == Mode::Edit => self.change(action, update),
            _ => self.look(action, update),
        }
    }

    /// Actions that may edit; all others are only about what is seen.
    fn change(&mut self, action: EditorAction, update: &mut Update) {
        use EditorAction as Action;
        match action {
            Action::BeginDrag(item) => {
                self.set_gesture(Gesture::Placing { item, at_in_screen: None, onto: None }, update);
            }
            Action::StartWire => self.start_wire(update),
            Action::StartOrder => self.start_order(update),
            Action::Activate => self.activate(update),
            Action::OpenQuickAdd => {
                let seen = self.viewport.visible_in_canvas();
                let at = self.pointer_in_canvas().filter(|point| seen.contains(*point));
                self.open_quick_add(at.unwrap_or_else(|| seen.center()), None, update);
            }
            Action::QuickAdd(component) => self.quick_add(*component, update),
            Action::CloseQuickAdd => {
                self.drop_gesture(update);
                update.effects.push(self.focus.clone().map_or(Effect::FocusCanvas, Effect::FocusItem));
            }
            Action::AddComponent(component) => self.add_component_in_view(*component, update),
            Action::AddVolume => self.add_volume_in_view(update),
            Action::Delete => self.delete(update),
            Action::DeleteAndHeal => self.delete_and_heal(update),
            Action::Duplicate => self.duplicate(update),
            Action::Cut => {
                self.copy(update);
                self.delete(update);
            }
            Action::Paste(pasted) => self.paste(pasted, update),
            Action::Nudge(direction) => self.nudge(direction, update),
            Action::Tidy => self.tidy(update),
            Action::Undo => self.undo(update),
            Action::Redo => self.redo(update),
            other => self.look(other, update),
        }
    }

    /// Whether the element's size is known.
    pub fn is_sized(&self) -> bool {
        self.sized
    }

    /// The pointer's look, by a word for `data-cursor`.
    pub fn cursor(&self) -> &'static str {
        match &self.gesture {
            Gesture::Panning { .. } => "grabbing",
            Gesture::Moving(_) => "moving",
            Gesture::Wiring(_) | Gesture::Ordering(_) => "wiring",
            Gesture::Mounting(_) => "mounting",
            Gesture::Placing { .. } => "placing",
            Gesture::BoxSelect { .. } => "box",
            _ if self.space_held => "grab",
            _ => "default",
        }
    }

    /// What stands under a point of the screen.
    pub fn hit(&self, in_screen: Point) -> Hit {
        let ports = if self.viewport.detail() == Detail::Full { PortsShown::Yes } else { PortsShown::No };
        hit(&self.scene, self.viewport.canvas_from_screen(in_screen), self.viewport.zoom, ports, &self.selection)
    }

    /// Chooses an item and puts the focus on it.
    fn choose(&mut self, item: Item, how: Choose, update: &mut Update) {
        if self.scene.rect(&item).is_none() {
            return;
        }
        let mut selection = self.selection.clone();
        selection.choose(item.clone(), how);
        self.select(selection, update);
        self.set_focus(Some(item), update);
    }

    fn select(&mut self, selection: Selection, update: &mut Update) {
        if selection == self.selection {
            return;
        }
        update.selection = true;
        update.marked.extend(self.selection.changed_items(&selection).cloned());
        update.marked_wires.extend(self.selection.changed_wires(&selection).cloned().map(Arc::new));
        self.selection = selection;
    }

    fn set_focus(&mut self, focus: Option<Item>, update: &mut Update) {
        if focus == self.focus {
            return;
        }
        update.marked.extend(self.focus.take());
        update.marked.extend(focus.clone());
        // What has the focus is always in the page, wherever it stands.
        update.membership = true;
        self.focus = focus;
    }

    fn set_hover(&mut self, hover: Hover, update: &mut Update) {
        if hover == self.hover {
            return;
        }
        let before = std::mem::replace(&mut self.hover, hover);
        if before.item != self.hover.item || before.port != self.hover.port {
            update.marked.extend(before.item);
            update.marked.extend(self.hover.item.clone());
        }
        if before.wire != self.hover.wire {
            update.marked_wires.extend(before.wire);
            update.marked_wires.extend(self.hover.wire.clone());
        }
    }

    /// Ends whatever is going on, with nothing done.
    fn drop_gesture(&mut self, update: &mut Update) {
        self.set_gesture(Gesture::Idle, update);
    }

    /// Changes the gesture, and names whatever looks different for it.
    fn set_gesture(&mut self, gesture: Gesture, update: &mut Update) {
        let before = std::mem::replace(&mut self.gesture, gesture);
        update.gesture = true;
        for gesture in [&before, &self.gesture] {
            if let Some(candidates) = gesture.candidates() {
                update.lit.extend(candidates.tasks().cloned());
                update.lit.insert(candidates.start().task.clone());
            }
            if let Gesture::Moving(moving) = gesture {
                update.placed.extend(moving.items.iter().cloned());
                for item in &moving.items {
                    update.wires.extend(self.scene.wires_of(item).cloned());
                }
            }
            update.wires.extend(gesture.held_wire().cloned());
        }
    }
}

/// Whether a press with these keys adds to the selection.
fn how(modifiers: Modifiers) -> Choose {
    if modifiers.shift || modifiers.control { Choose::Toggle } else { Choose::Only }
}
