//! Where in a text every key and value of a tree stands, found by path.
//! A flat list beside the tree, so that trees stay plain JSON values; asked only when there is something to report.

use crate::diagnostic::TextPosition;
use serde_json::Value;

/// One step of a path into a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Into a map, by key.
    Key(&'a str),
    /// Into a list, by index from 0.
    Item(usize),
}

/// Positions of a tree's nodes. Empty for a tree that was not read from text, or from JSON that only a JSON reader takes.
#[derive(Clone, Debug, Default)]
pub struct Positions {
    pub(super) spots: Vec<Spot>,
}

/// A node's place; nodes stand in pre-order.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    /// Of the key that leads here; the value's own for items of lists.
    pub(super) key: TextPosition,
    pub(super) value: TextPosition,
    /// Nodes in this subtree, itself counted.
    pub(super) size: usize,
    /// A scalar as written, where its value would be written otherwise (`1.10`, `0x1F`, `True`).
    pub(super) spelling: Option<Box<str>>,
}

impl Positions {
    /// Where the value at `path` begins. `root` is the tree that was read together with these positions.
    pub fn value(&self, root: &Value, path: &[Step<'_>]) -> Option<TextPosition> {
        self.find(root, path).map(|spot| spot.value)
    }

    /// Where the key that leads to `path` begins; the value's own position for items of lists and for the root.
    pub fn key(&self, root: &Value, path: &[Step<'_>]) -> Option<TextPosition> {
        self.find(root, path).map(|spot| spot.key)
    }

    /// The scalar at `path` as written, where the tree's value would be written otherwise.
    pub fn spelling(&self, root: &Value, path: &[Step<'_>]) -> Option<&str> {
        self.find(root, path).and_then(|spot| spot.spelling.as_deref())
    }

    fn find(&self, root: &Value, path: &[Step<'_>]) -> Option<&Spot> {
        let mut at = 0;
        let mut value = root;
        for step in path {
            let (place, child) = match (step, value) {
                (Step::Key(key), Value::Object(map)) => {
                    map.iter().enumerate().find(|(_, (name, _))| name == key).map(|(place, (_, child))| (place, child))
                }
                (Step::Item(place), Value::Array(items)) => items.get(*place).map(|child| (*place, child)),
                _ => None,
            }?;
            at = child_of(&self.spots, at, place)?;
            value = child;
        }
        self.spots.get(at)
    }
}

/// The index of a node's child by its place among its siblings.
pub(super) fn child_of(spots: &[Spot], parent: usize, place: usize) -> Option<usize> {
    let end = parent + spots.get(parent)?.size;
    let mut at = parent + 1;
    for _ in 0..place {
        at += spots.get(at)?.size;
    }
    (at < end).then_some(at)
}
