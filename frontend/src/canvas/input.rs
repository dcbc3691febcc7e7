//! DOM events to actions: at most one pointer action and one wheel action a frame, in order. Decides nothing.

use crate::store::document_store::DocumentStore;
use dagwright_editor::action::{Button, EditorAction, KeyPress, Modifiers, Pointer};
use dagwright_editor::space::{Point, Size};
use leptos::{ev, prelude::*};
use std::sync::{Arc, Mutex, PoisonError};
use wasm_bindgen::JsCast;

/// Lines and pages of wheels that do not count in px.
const PX_A_LINE: f64 = 25.0;

/// What waits for the next frame.
#[derive(Default)]
struct Waiting {
    moved: Option<Pointer>,
    wheel: Option<(Pointer, f64, f64)>,
    asked: bool,
}

/// The canvas element's input.
#[derive(Clone)]
pub struct CanvasInput {
    store: DocumentStore,
    waiting: Arc<Mutex<Waiting>>,
    /// The element's corner in the window, measured when it may have moved.
    corner: Arc<Mutex<Point>>,
}

impl CanvasInput {
    /// For a store.
    pub fn new(store: DocumentStore) -> Self {
        Self { store, waiting: Arc::default(), corner: Arc::default() }
    }

    /// Measures where the element stands.
    pub fn measure(&self, element: &web_sys::Element) {
        let bounds = element.get_bounding_client_rect();
        *self.corner.lock().unwrap_or_else(PoisonError::into_inner) = Point { x: bounds.left(), y: bounds.top() };
        let size = Size { width: bounds.width(), height: bounds.height() };
        if size.width > 0.0 && self.store.with_session(|session| session.viewport().size != size || !session.is_sized())
        {
            self.store.dispatch(EditorAction::Resize(size));
        }
    }

    /// Where an event is, in the element.
    pub fn pointer(&self, event: &web_sys::MouseEvent) -> Pointer {
        let corner = *self.corner.lock().unwrap_or_else(PoisonError::into_inner);
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        let modifiers =
            Modifiers { control: event.ctrl_key() || event.meta_key(), shift: event.shift_key(), alt: event.alt_key() };
        Pointer { in_screen: Point { x: x - corner.x, y: y - corner.y }, modifiers }
    }

    /// A button went down.
    pub fn down(&self, event: &ev::PointerEvent) {
        let button = match event.button() {
            0 => Button::Primary,
            1 => Button::Middle,
            2 => Button::Secondary,
            _ => return,
        };
        self.flush();
        self.store.dispatch(EditorAction::PointerDown(self.pointer(event), button));
    }

    /// The pointer moved; told with the next frame.
    pub fn moved(&self, event: &ev::PointerEvent) {
        self.lock().moved = Some(self.pointer(event));
        self.ask();
    }

    /// A button came up.
    pub fn up(&self, event: &ev::PointerEvent) {
        self.lock().moved = Some(self.pointer(event));
        self.flush();
        self.store.dispatch(EditorAction::PointerUp(self.pointer(event)));
    }

    /// The wheel turned; told with the next frame.
    pub fn wheel(&self, event: &ev::WheelEvent) {
        let unit = if event.delta_mode() == 0 { 1.0 } else { PX_A_LINE };
        let pointer = self.pointer(event);
        let mut waiting = self.lock();
        let (_, x, y) = waiting.wheel.unwrap_or((pointer, 0.0, 0.0));
        waiting.wheel = Some((pointer, x + event.delta_x() * unit, y + event.delta_y() * unit));
        drop(waiting);
        self.ask();
    }

    fn ask(&self) {
        let mut waiting = self.lock();
        if !std::mem::replace(&mut waiting.asked, true) {
            let input = self.clone();
            request_animation_frame(move || input.flush());
        }
    }

    /// Tells what waits, now.
    fn flush(&self) {
        let Waiting { moved, wheel, .. } = std::mem::take(&mut *self.lock());
        if let Some(pointer) = moved {
            self.store.dispatch(EditorAction::PointerMove(pointer));
        }
        if let Some((pointer, delta_x, delta_y)) = wheel {
            self.store.dispatch(EditorAction::Wheel { pointer, delta_x, delta_y });
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A key press as data.
pub fn key_press(event: &ev::KeyboardEvent) -> KeyPress {
    KeyPress {
        key: event.key(),
        code: event.code(),
        modifiers: Modifiers {
            control: event.ctrl_key() || event.meta_key(),
            shift: event.shift_key(),
            alt: event.alt_key(),
        },
    }
}

/// Whether keys belong to a field that is being typed in.
pub fn is_typing(event: &ev::KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok());
    target.is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") || element.is_content_editable()
    })
}
