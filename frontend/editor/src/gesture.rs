//! What the pointer, or a key, is in the middle of. Gesture state dies at pointer-up or Escape; it is never in the
//! document, never saved, never checked.

use crate::action::{NewItem, Pointer};
use crate::hit::Hit;
use crate::path::{Line, mount_line};
use crate::quick_add::Wanted;
use crate::scene::{PortRef, Scene, Side};
use crate::selection::{Item, Selection, WireId};
use crate::space::{Point, Rect};
use crate::wiring::{Candidates, Refusal, Tip};
use dagwright_texts::t;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A press becomes a drag once the pointer is this far from where it went down, in screen px.
pub const DRAG_THRESHOLD: f64 = 4.0;

/// Who holds a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldBy {
    /// The pointer, with the button down.
    Pointer,
    /// The keyboard: `W` took it up, `Tab` moves it, `Enter` connects.
    Keyboard,
}

/// What is going on.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Gesture {
    /// Nothing.
    #[default]
    Idle,
    /// A button is down and has not moved yet.
    Pressed {
        /// Where it went down.
        start: Pointer,
        /// On what.
        on: Hit,
        /// Whether that was selected before the press.
        was_selected: bool,
    },
    /// The canvas follows the pointer.
    Panning {
        /// Where the pointer was last.
        last_in_screen: Point,
    },
    /// Items follow the pointer.
    Moving(Moving),
    /// A box is drawn; what it touches is selected.
    BoxSelect {
        /// Where it began.
        from_in_canvas: Point,
        /// Where the pointer is.
        to_in_canvas: Point,
        /// What was selected before.
        before: Selection,
    },
    /// A wire is held by one end.
    Wiring(Wiring),
    /// An order-only wire is held.
    Ordering(Ordering),
    /// A volume is being mounted or handed over.
    Mounting(Mounting),
    /// Something from outside is dragged over the canvas.
    Placing {
        /// What.
        item: NewItem,
        /// Where, once the pointer is known.
        at_in_screen: Option<Point>,
        /// For a parameter: the input it would feed, or why not.
        onto: Option<Result<PortRef, Refusal>>,
    },
    /// The search for components is open.
    QuickAdd(QuickAdd),
}

/// Items that follow the pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Moving {
    /// Which.
    pub items: BTreeSet<Item>,
    /// The one that was grabbed: the snapping is its.
    pub grabbed: Item,
    /// Where it was grabbed.
    pub start_in_canvas: Point,
    /// How far they have come.
    pub by: Point,
}

/// A held wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Wiring {
    /// Where it starts and what fits.
    pub candidates: Candidates,
    /// Where its loose end is.
    pub tip_in_canvas: Point,
    /// What the loose end is on.
    pub tip: Tip,
    /// The wire that was taken off an input, hidden meanwhile.
    pub taken_off: Option<Arc<WireId>>,
    /// Who holds it.
    pub held_by: HeldBy,
}

/// A held order-only wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Ordering {
    /// The earlier task.
    pub before: String,
    /// Where the loose end is.
    pub tip_in_canvas: Point,
    /// The later task, or why not.
    pub onto: Option<Result<String, Refusal>>,
    /// Who holds it.
    pub held_by: HeldBy,
}

/// Where a mount is drawn from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MountStart {
    /// From a drum to a task.
    Volume(String),
    /// From a task's mount port: to a drum, or to a task that gets the volume handed over.
    Task(String),
}

/// A mount being drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Mounting {
    /// From where.
    pub start: MountStart,
    /// Where the loose end is.
    pub tip_in_canvas: Point,
    /// Onto what, or why not.
    pub onto: Option<Result<Item, Refusal>>,
}

/// The open search for components.
#[derive(Clone, Debug, PartialEq)]
pub struct QuickAdd {
    /// Where the new node goes.
    pub at_in_canvas: Point,
    /// The held wire's start, and what it wants.
    pub from: Option<(PortRef, Wanted)>,
}

/// What a view draws for a gesture over the canvas.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Preview {
    /// The held wire.
    pub line: Option<Line>,
    /// What kind of wire it is.
    pub kind: PreviewKind,
    /// The loose end.
    pub tip_in_canvas: Option<Point>,
    /// What the tip says; empty: nothing.
    pub text: String,
    /// Whether the text is a refusal.
    pub refused: bool,
    /// The box of a box select.
    pub area: Option<Rect>,
    /// The port that the wire starts from.
    pub start: Option<PortRef>,
}

/// The look of a held wire.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum PreviewKind {
    /// No wire.
    #[default]
    None,
    /// Data of a type, by the type's name.
    Data(dagwright_shared::types::PortType),
    /// Order.
    Order,
    /// Storage.
    Mount,
}

impl Gesture {
    /// How far a drag has moved an item.
    pub fn moved(&self, item: &Item) -> Point {
        match self {
            Self::Moving(moving) if moving.items.contains(item) => moving.by,
            _ => Point::default(),
        }
    }

    /// Whether a drag moves an item.
    pub fn drags(&self, item: &Item) -> bool {
        matches!(self, Self::Moving(moving) if moving.items.contains(item))
    }

    /// The items that a drag moves.
    pub fn dragged_items(&self) -> impl Iterator<Item = &Item> {
        let moving = if let Self::Moving(moving) = self { Some(&moving.items) } else { None };
        moving.into_iter().flatten()
    }

    /// The wire that was taken off an input and is held.
    pub fn held_wire(&self) -> Option<&Arc<WireId>> {
        if let Self::Wiring(wiring) = self { wiring.taken_off.as_ref() } else { None }
    }

    /// Whether nothing is going on.
    pub fn is_idle(&self) -> bool {
        matches!(self, Self::Idle)
    }

    /// The candidates of a held wire, or of the wire that the open search belongs to.
    pub fn candidates(&self) -> Option<&Candidates> {
        match self {
            Self::Wiring(wiring) => Some(&wiring.candidates),
            _ => None,
        }
    }

    /// Whether all that a gesture holds on to is still there.
    pub fn holds_only(&self, scene: &Scene) -> bool {
        let there = |task: &String| scene.task(task).is_some();
        match self {
            Self::Moving(moving) => moving.items.iter().all(|item| scene.rect(item).is_some()),
            Self::Wiring(wiring) => scene.port_at(wiring.candidates.start()).is_some(),
            Self::Ordering(ordering) => there(&ordering.before),
            Self::Mounting(Mounting { start: MountStart::Task(task), .. }) => there(task),
            Self::Mounting(Mounting { start: MountStart::Volume(volume), .. }) => {
                scene.rect(&Item::Volume(volume.clone())).is_some()
            }
            Self::QuickAdd(QuickAdd { from: Some((start, _)), .. }) => scene.port_at(start).is_some(),
            _ => true,
        }
    }

    /// What to draw.
    pub fn preview(&self, scene: &Scene) -> Preview {
        match self {
            Self::BoxSelect { from_in_canvas, to_in_canvas, .. } => {
                Preview { area: Some(Rect::spanned(*from_in_canvas, *to_in_canvas)), ..Preview::default() }
            }
            Self::Wiring(wiring) => wiring.preview(scene),
            Self::Ordering(ordering) => ordering.preview(scene),
            Self::Mounting(mounting) => mounting.preview(scene),
            Self::QuickAdd(QuickAdd { at_in_canvas, from: Some((start, wanted)) }) => {
                let from = scene.port_at(start).unwrap_or(*at_in_canvas);
                Preview {
                    line: Some(wire_line(from, *at_in_canvas, start.side)),
                    kind: PreviewKind::Data(wanted.port_type.clone()),
                    start: Some(start.clone()),
                    ..Preview::default()
                }
            }
            Self::Placing { item: NewItem::Parameter(name), onto: Some(onto), .. } => {
                let (text, refused) = match onto {
                    Ok(port) => (t!("{from} to {to}", from = name, to = port.port), false),
                    Err(refusal) => (refusal.to_string(), true),
                };
                Preview { text, refused, ..Preview::default() }
            }
            _ => Preview::default(),
        }
    }
}

impl Wiring {
    fn preview(&self, scene: &Scene) -> Preview {
        let start = self.candidates.start();
        let Some(from) = scene.port_at(start) else { return Preview::default() };
        let (tip, text, refused) = match &self.tip {
            Tip::Free => (self.tip_in_canvas, String::new(), false),
            Tip::Fits(port) => {
                let (producer, consumer) = self.candidates.joined(port);
                let at = scene.port_at(port).unwrap_or(self.tip_in_canvas);
                (at, t!("{from} to {to}", from = producer.port, to = consumer.port), false)
            }
            Tip::Refused(_, refusal) => (self.tip_in_canvas, refusal.to_string(), true),
        };
        Preview {
            line: Some(wire_line(from, tip, start.side)),
            kind: PreviewKind::Data(self.candidates.start_type().clone()),
            tip_in_canvas: Some(tip),
            text,
            refused,
            area: None,
            start: Some(start.clone()),
        }
    }
}

impl Ordering {
    fn preview(&self, scene: &Scene) -> Preview {
        let Some(task) = scene.task(&self.before) else { return Preview::default() };
        let from = Point { x: task.rect.right(), y: task.rect.y + 20.0 };
        let (text, refused) = match &self.onto {
            Some(Ok(task)) => (t!("{task} after {before}", task, before = self.before), false),
            Some(Err(refusal)) => (refusal.to_string(), true),
            None => (String::new(), false),
        };
        Preview {
            line: Some(Line::Curve { from, to: self.tip_in_canvas }),
            kind: PreviewKind::Order,
            tip_in_canvas: Some(self.tip_in_canvas),
            text,
            refused,
            ..Preview::default()
        }
    }
}

impl Mounting {
    fn preview(&self, scene: &Scene) -> Preview {
        let tip = self.tip_in_canvas;
        let line = match &self.start {
            MountStart::Volume(volume) => scene.rect(&Item::Volume(volume.clone())).map(|drum| mount_line(drum, tip)),
            MountStart::Task(task) => scene.task(task).map(|task| Line::Corners(vec![task.mount_port(), tip])),
        };
        let (text, refused) = match (&self.onto, &self.start) {
            (Some(Ok(Item::Task(task))), MountStart::Volume(volume)) => {
                (t!("{volume} into {task}", volume, task), false)
            }
            (Some(Ok(Item::Task(task))), MountStart::Task(from)) => {
                (t!("{from} hands over to {task}", from, task), false)
            }
            (Some(Ok(Item::Volume(volume))), MountStart::Task(task)) => {
                (t!("{volume} into {task}", volume, task), false)
            }
            (Some(Err(refusal)), _) => (refusal.to_string(), true),
            _ => (String::new(), false),
        };
        Preview { line, kind: PreviewKind::Mount, tip_in_canvas: Some(tip), text, refused, ..Preview::default() }
    }
}

/// A held wire's curve: it leaves an output to the right and an input to the left.
fn wire_line(from: Point, tip: Point, side: Side) -> Line {
    match side {
        Side::Output => Line::Curve { from, to: tip },
        Side::Input => Line::Curve { from: tip, to: from },
    }
}
