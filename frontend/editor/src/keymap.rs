//! Keys to actions, and the list of them for people. Single keys hold while the canvas has the focus.

use crate::action::{Direction, EditorAction, KeyPress, Modifiers, PageAction, Step};
use dagwright_texts::t;

/// A row of the list of keys: what to press, what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHelp {
    /// The keys, as shown: `Ctrl Z`. On a Mac, Cmd stands for Ctrl.
    pub keys: &'static str,
    /// What it does.
    pub does: &'static str,
}

fn help(keys: &'static str, does: &'static str) -> KeyHelp {
    KeyHelp { keys, does }
}

/// Every key of the canvas, in the order the list shows.
pub fn keys() -> impl Iterator<Item = KeyHelp> {
    [
        help("Ctrl Enter", t!("Run")),
        help(t!("A, double-click"), t!("Add a component")),
        help("/", t!("Search components")),
        help(t!("Arrows"), t!("Walk the graph")),
        help(t!("Shift Arrows"), t!("Walk the graph and keep the selection")),
        help(t!("Ctrl Arrows"), t!("Move the view")),
        help("Tab, Shift Tab", t!("Next, previous task; next lit port while a wire is held")),
        help("E, Shift E", t!("Choose the next, previous wire of the focused task; Enter goes to its other end")),
        help("W", t!("Start a wire from the focused task; again: from its next port")),
        help("Shift W", t!("Start an order-only wire")),
        help("Enter", t!("Connect the held wire; fold or unfold a node with many inputs")),
        help("Esc", t!("Drop the wire, the drag, the selection")),
        help(t!("Alt Arrows"), t!("Move the selection by 8")),
        help("F2", t!("Rename")),
        help(t!("Delete"), t!("Delete")),
        help("Shift Delete", t!("Delete and heal the wires")),
        help("Ctrl D", t!("Duplicate")),
        help("Ctrl C, Ctrl X, Ctrl V", t!("Copy, cut, paste")),
        help("Ctrl A", t!("Select all")),
        help("Ctrl Z, Ctrl Shift Z", t!("Undo, redo")),
        help("L", t!("Tidy")),
        help("1", t!("Fit all")),
        help("0", t!("Zoom to 100%")),
        help("+, -", t!("Zoom in, out")),
        help("M", t!("Overview")),
        help(t!("Space, middle button"), t!("Hold and drag to pan; empty canvas pans by itself")),
        help(t!("Shift drag"), t!("Select with a box")),
        help(t!("Alt while dragging"), t!("Move without snapping")),
        help(t!("Ctrl drag a task"), t!("Run another task after it, without data")),
        help("[, ], `", t!("Fold the palette, the inspector, the bottom panel")),
        help("Y", t!("The YAML beside the canvas")),
        help("?", t!("All keys")),
    ]
    .into_iter()
}

/// The action of a key press on the canvas, if it has one.
pub fn action_of(press: &KeyPress) -> Option<EditorAction> {
    let Modifiers { control, shift, alt } = press.modifiers;
    let key = latin(press);
    match (control, alt) {
        (true, false) => with_control(&key, shift),
        (false, true) => arrow(&key).map(EditorAction::Nudge),
        (false, false) => plain(&key, shift),
        (true, true) => None,
    }
}

fn with_control(key: &str, shift: bool) -> Option<EditorAction> {
    if let (Some(direction), false) = (arrow(key), shift) {
        return Some(EditorAction::Pan(direction));
    }
    Some(match (key, shift) {
        ("Enter", false) => EditorAction::Page(PageAction::Run),
        ("a", false) => EditorAction::SelectAll,
        ("d", false) => EditorAction::Duplicate,
        ("c", false) => EditorAction::Copy,
        ("x", false) => EditorAction::Cut,
        ("v", false) => EditorAction::Page(PageAction::ReadClipboard),
        ("z", false) => EditorAction::Undo,
        ("z", true) | ("y", false) => EditorAction::Redo,
        _ => return None,
    })
}

fn plain(key: &str, shift: bool) -> Option<EditorAction> {
    if let Some(direction) = arrow(key) {
        return Some(if shift { EditorAction::WalkOn(direction) } else { EditorAction::Walk(direction) });
    }
    Some(match (key, shift) {
        ("a", false) => EditorAction::OpenQuickAdd,
        ("e", false) => EditorAction::WalkWires(Step::Next),
        ("e", true) => EditorAction::WalkWires(Step::Previous),
        ("w", false) => EditorAction::StartWire,
        ("w", true) => EditorAction::StartOrder,
        ("l", false) => EditorAction::Tidy,
        ("m", false) => EditorAction::ToggleOverview,
        ("1", false) => EditorAction::Fit,
        ("0", false) => EditorAction::ZoomToActual,
        ("+" | "=", _) => EditorAction::ZoomIn,
        ("-" | "_", _) => EditorAction::ZoomOut,
        ("/", _) => EditorAction::Page(PageAction::Search),
        ("?", _) => EditorAction::Page(PageAction::Help),
        ("[", _) => EditorAction::Page(PageAction::TogglePalette),
        ("]", _) => EditorAction::Page(PageAction::ToggleInspector),
        ("y", false) => EditorAction::Page(PageAction::ToggleYaml),
        ("`", _) => EditorAction::Page(PageAction::ToggleBottom),
        ("F2", false) => EditorAction::Page(PageAction::Rename),
        ("Delete" | "Backspace", false) => EditorAction::Delete,
        ("Delete" | "Backspace", true) => EditorAction::DeleteAndHeal,
        ("Tab", false) => EditorAction::Advance(Step::Next),
        ("Tab", true) => EditorAction::Advance(Step::Previous),
        ("Enter", false) => EditorAction::Activate,
        ("Escape", _) => EditorAction::Escape,
        _ => return None,
    })
}

fn arrow(key: &str) -> Option<Direction> {
    Some(match key {
        "ArrowLeft" => Direction::Left,
        "ArrowRight" => Direction::Right,
        "ArrowUp" => Direction::Up,
        "ArrowDown" => Direction::Down,
        _ => return None,
    })
}

/// The key's name in lower case; where the layout writes no Latin letter (hangul), the letter at the key's place.
fn latin(press: &KeyPress) -> String {
    let mut letters = press.key.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter.is_ascii() => letter.to_ascii_lowercase().to_string(),
        (Some(_), None) => press.code.strip_prefix("Key").map_or_else(|| press.key.clone(), str::to_ascii_lowercase),
        _ if press.key == "Process" => {
            press.code.strip_prefix("Key").map_or_else(|| press.key.clone(), str::to_ascii_lowercase)
        }
        _ => press.key.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(key: &str, code: &str, held: &str) -> Option<EditorAction> {
        let has = |letter| held.contains(letter);
        let modifiers = Modifiers { control: has('C'), shift: has('S'), alt: has('A') };
        action_of(&KeyPress { key: String::from(key), code: String::from(code), modifiers })
    }

    #[test]
    fn the_keys_of_the_design() {
        assert_eq!(press("z", "KeyZ", "C"), Some(EditorAction::Undo));
        assert_eq!(press("Z", "KeyZ", "CS"), Some(EditorAction::Redo));
        assert_eq!(press("Delete", "Delete", "S"), Some(EditorAction::DeleteAndHeal));
        assert_eq!(press("ArrowLeft", "ArrowLeft", ""), Some(EditorAction::Walk(Direction::Left)));
        assert_eq!(press("ArrowLeft", "ArrowLeft", "A"), Some(EditorAction::Nudge(Direction::Left)));
        assert_eq!(press("?", "Slash", "S"), Some(EditorAction::Page(PageAction::Help)));
        assert_eq!(press("E", "KeyE", "S"), Some(EditorAction::WalkWires(Step::Previous)));
        assert_eq!(press("q", "KeyQ", ""), None);
        assert_eq!(press("a", "KeyA", "CA"), None);
    }

    #[test]
    fn letters_hold_on_a_hangul_layout() {
        assert_eq!(press("ㅁ", "KeyA", ""), Some(EditorAction::OpenQuickAdd));
        assert_eq!(press("Process", "KeyA", ""), Some(EditorAction::OpenQuickAdd));
        assert_eq!(press("ㅋ", "KeyZ", "C"), Some(EditorAction::Undo));
    }
}
