//! What a dispatched action changed: whom the store must tell, and what the page must do. Made by the session only.

use crate::action::PageAction;
use crate::hit::Hit;
use crate::scene::SceneChange;
use crate::selection::{Item, WireId};
use crate::space::Point;
use dagwright_shared::diagnostic::Place;
use dagwright_shared::pipeline::Graph;
use indexmap::IndexSet;
use std::sync::Arc;

/// Something that is not the session's to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Put this on the clipboard, as the text that `clipboard::write` gives.
    WriteClipboard(Box<Graph>),
    /// Say why an edit was refused.
    Refused(String),
    /// Say what was done where it cannot be seen.
    Told(String),
    /// Say it to a screen reader: who looks at the canvas sees it.
    Announced(String),
    /// Open what was pasted: a link, or Python.
    Arrived(String),
    /// The page's own matter.
    Page(PageAction),
    /// Open the field of a place in the inspector.
    EditField(Place),
    /// Open a menu.
    ContextMenu {
        /// Where, in the canvas element.
        at_in_screen: Point,
        /// For what.
        on: Hit,
    },
    /// Put the browser's focus on an item.
    FocusItem(Item),
    /// Put the browser's focus on the canvas itself.
    FocusCanvas,
}

/// What changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Update {
    /// Items whose place or size changed.
    pub placed: IndexSet<Item>,
    /// Items whose content changed.
    pub redrawn: IndexSet<Item>,
    /// Wires whose line or look changed.
    pub wires: IndexSet<Arc<WireId>>,
    /// Items whose selected, focused or hovered state changed.
    pub marked: IndexSet<Item>,
    /// Wires whose selected or hovered state changed.
    pub marked_wires: IndexSet<Arc<WireId>>,
    /// Tasks whose lit ports changed.
    pub lit: IndexSet<String>,
    /// Whether the items of a drag, and their wires, are drawn elsewhere than before.
    pub dragged: bool,
    /// Whether items or wires came or went.
    pub membership: bool,
    /// Whether the viewport changed.
    pub viewport: bool,
    /// Whether the selection changed.
    pub selection: bool,
    /// Whether the gesture, or what it shows, changed.
    pub gesture: bool,
    /// Whether the document changed.
    pub document: bool,
    /// Whether the overview was shown or hidden.
    pub overview: bool,
    /// What the page must do.
    pub effects: Vec<Effect>,
}

impl Update {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes in what a refresh of the scene changed.
    pub(crate) fn take(&mut self, change: SceneChange) {
        self.placed.extend(change.items.iter().cloned());
        self.redrawn.extend(change.items);
        self.wires.extend(change.wires);
        self.membership |= change.membership || change.wire_membership;
    }
}
