//! All that a person can do on the canvas, as data. Views translate DOM events into these and decide nothing.

use crate::clipboard::Pasted;
use crate::selection::{Choose, Item, WireId};
use crate::space::{Point, Size};
use crate::viewport::Viewport;
use dagwright_shared::component::Component;

/// Keys held down. `control` is Ctrl, or Cmd on a Mac.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Modifiers {
    /// Ctrl or Cmd.
    pub control: bool,
    /// Shift.
    pub shift: bool,
    /// Alt or Option.
    pub alt: bool,
}

/// Where the pointer is, in screen px from the canvas element's corner, and what is held.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Pointer {
    /// The place.
    pub in_screen: Point,
    /// Keys held.
    pub modifiers: Modifiers,
}

/// A mouse button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// The left button, a touch, a pen.
    Primary,
    /// The wheel pressed.
    Middle,
    /// The right button.
    Secondary,
}

/// A key as the browser names it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct KeyPress {
    /// `KeyboardEvent.key`.
    pub key: String,
    /// `KeyboardEvent.code`: the key's place, for layouts without Latin letters.
    pub code: String,
    /// Keys held.
    pub modifiers: Modifiers,
}

/// Left, right, up or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Against the flow of data.
    Left,
    /// Along the flow of data.
    Right,
    /// Upwards.
    Up,
    /// Downwards.
    Down,
}

/// Onwards or back in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the next.
    Next,
    /// To the one before.
    Previous,
}

/// Something that is dragged onto the canvas from outside it.
#[derive(Clone, Debug, PartialEq)]
pub enum NewItem {
    /// A component, becoming a task.
    Component(Box<Component>),
    /// A new volume.
    Volume,
    /// A pipeline parameter, to be dropped on an input.
    Parameter(String),
}

/// One thing that a person does on the canvas.
#[derive(Clone, Debug, PartialEq)]
pub enum EditorAction {
    /// A button goes down.
    PointerDown(Pointer, Button),
    /// The pointer moves; at most one of these a frame.
    PointerMove(Pointer),
    /// The button comes up.
    PointerUp(Pointer),
    /// The browser took the pointer away.
    PointerCancel,
    /// The pointer left the canvas with no button down.
    PointerLeave,
    /// Two clicks in a row.
    DoubleClick(Pointer),
    /// The wheel turns; deltas in px.
    Wheel {
        /// Where.
        pointer: Pointer,
        /// To the right.
        delta_x: f64,
        /// Downwards: zooms out.
        delta_y: f64,
    },
    /// The canvas element changed its size.
    Resize(Size),
    /// A drag from the palette begins; the pointer may still be outside the canvas.
    BeginDrag(NewItem),
    /// Space is held: the next drag pans.
    HoldSpace,
    /// Space is let go.
    ReleaseSpace,

    /// One step closer.
    ZoomIn,
    /// One step away.
    ZoomOut,
    /// Zoom 1.
    ZoomToActual,
    /// All in view.
    Fit,
    /// A canvas point into the middle (the minimap).
    CentreOn(Point),
    /// Exactly this part of the canvas (a page that comes back to where it was).
    ShowViewport(Viewport),
    /// An item selected, focused and brought into view (the problems panel).
    Reveal(Item),
    /// The minimap shown or hidden.
    ToggleOverview,

    /// An item chosen.
    Choose(Item, Choose),
    /// A wire chosen.
    ChooseWire(WireId, Choose),
    /// All tasks and volumes.
    SelectAll,
    /// Nothing.
    SelectNone,
    /// The keyboard focus put on an item.
    Focus(Item),
    /// The focus moved along the graph.
    Walk(Direction),
    /// The same, with what was selected kept.
    WalkOn(Direction),
    /// The view moved by a quarter of the window.
    Pan(Direction),
    /// The focus, or the held wire, moved on.
    Advance(Step),
    /// The next wire of the focused item chosen.
    WalkWires(Step),
    /// What is selected moved by 8.
    Nudge(Direction),
    /// Space or Enter on the focused item; connects a held wire.
    Activate,
    /// Drops what is held, then the selection.
    Escape,

    /// A wire started from the focused port; again: from the next port.
    StartWire,
    /// An order-only wire started from the focused task.
    StartOrder,
    /// The search for components opened, at the pointer or in the middle.
    OpenQuickAdd,
    /// A component chosen in the open search.
    QuickAdd(Box<Component>),
    /// The open search closed with nothing chosen.
    CloseQuickAdd,
    /// A component put in the middle of the view (Enter in the palette).
    AddComponent(Box<Component>),
    /// A volume put in the middle of the view.
    AddVolume,

    /// What is selected deleted, with its wires.
    Delete,
    /// The same, with each producer wired on to the consumers.
    DeleteAndHeal,
    /// What is selected doubled.
    Duplicate,
    /// What is selected put on the clipboard.
    Copy,
    /// The same, and deleted.
    Cut,
    /// What the clipboard held put in: `clipboard::read`.
    Paste(Pasted),
    /// All tasks laid out anew.
    Tidy,
    /// The last edit taken back.
    Undo,
    /// The last undone edit done again.
    Redo,

    /// What only the page can do.
    Page(PageAction),
}

/// What a key asks of the page around the canvas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageAction {
    /// The run form.
    Run,
    /// The palette's search field.
    Search,
    /// The name field of the focused item.
    Rename,
    /// The list of keys.
    Help,
    /// The palette folded.
    TogglePalette,
    /// The inspector folded.
    ToggleInspector,
    /// The bottom panel folded.
    ToggleBottom,
    /// The YAML beside the canvas opened or closed.
    ToggleYaml,
    /// A link to the selected task put on the clipboard.
    CopyLink,
    /// The clipboard's text wanted: the page reads it and sends `Paste`.
    ReadClipboard,
}
