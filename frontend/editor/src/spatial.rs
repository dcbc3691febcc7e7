//! A uniform grid over the canvas: which keys' rectangles meet a rectangle. Asked by hit tests, box select and culling;
//! fast at 10,000 nodes. Knows nothing of nodes and wires.

use crate::space::Rect;
use indexmap::{IndexMap, IndexSet};
use std::hash::Hash;

/// The side of a cell in canvas units: a node is about 208 × 150.
const CELL: f64 = 512.0;
/// Rectangles over more cells than this are kept in a list of their own, looked at in every query.
const MANY_CELLS: i64 = 64;

/// A grid of rectangles by key.
#[derive(Clone, Debug)]
pub struct Grid<K> {
    rects: IndexMap<K, Rect>,
    cells: IndexMap<(i64, i64), IndexSet<K>>,
    large: IndexSet<K>,
}

impl<K> Default for Grid<K> {
    fn default() -> Self {
        Self { rects: IndexMap::new(), cells: IndexMap::new(), large: IndexSet::new() }
    }
}

struct Span {
    columns: (i64, i64),
    rows: (i64, i64),
}

impl Span {
    fn of(rect: &Rect) -> Self {
        // A saturating cast: far-away and non-finite coordinates end in the outermost cells.
        #[expect(clippy::cast_possible_truncation, reason = "saturates, which is what is meant")]
        let cell = |at: f64| (at / CELL).floor().clamp(-1e12, 1e12) as i64;
        Self { columns: (cell(rect.x), cell(rect.right())), rows: (cell(rect.y), cell(rect.bottom())) }
    }

    fn count(&self) -> i64 {
        (self.columns.1 - self.columns.0 + 1).saturating_mul(self.rows.1 - self.rows.0 + 1)
    }

    fn cells(&self) -> impl Iterator<Item = (i64, i64)> + use<> {
        let (columns, rows) = (self.columns, self.rows);
        (columns.0..=columns.1).flat_map(move |column| (rows.0..=rows.1).map(move |row| (column, row)))
    }
}

impl<K: Clone + Eq + Hash> Grid<K> {
    /// Puts a key's rectangle in, in place of an earlier one.
    pub fn insert(&mut self, key: K, rect: Rect) {
        if self.rects.get(&key) == Some(&rect) {
            return;
        }
        self.remove(&key);
        let span = Span::of(&rect);
        if span.count() > MANY_CELLS {
            self.large.insert(key.clone());
        } else {
            for cell in span.cells() {
                self.cells.entry(cell).or_default().insert(key.clone());
            }
        }
        self.rects.insert(key, rect);
    }

    /// Takes a key out; nothing happens where it is not in.
    pub fn remove(&mut self, key: &K) {
        let Some(rect) = self.rects.swap_remove(key) else { return };
        if self.large.swap_remove(key) {
            return;
        }
        for cell in Span::of(&rect).cells() {
            if let Some(keys) = self.cells.get_mut(&cell) {
                keys.swap_remove(key);
                if keys.is_empty() {
                    self.cells.swap_remove(&cell);
                }
            }
        }
    }

    /// A key's rectangle.
    pub fn get(&self, key: &K) -> Option<Rect> {
        self.rects.get(key).copied()
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.rects.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rects.is_empty()
    }

    /// Every key whose rectangle meets `area`, each once, in no promised order.
    pub fn meeting(&self, area: &Rect) -> Vec<K> {
        let span = Span::of(area);
        let meets = |key: &&K| self.rects.get(*key).is_some_and(|rect| rect.meets(area));
        if usize::try_from(span.count()).is_ok_and(|count| count > self.cells.len().max(16)) {
            return self.rects.iter().filter(|(_, rect)| rect.meets(area)).map(|(key, _)| key.clone()).collect();
        }
        let mut found: IndexSet<K> = self.large.iter().filter(meets).cloned().collect();
        for cell in span.cells() {
            if let Some(keys) = self.cells.get(&cell) {
                found.extend(keys.iter().filter(meets).cloned());
            }
        }
        found.into_iter().collect()
    }

    /// The smallest rectangle around all, if there are any.
    pub fn bounds(&self) -> Option<Rect> {
        self.rects.values().copied().reduce(|all, rect| all.joined(&rect))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_a_scan_finds(
            rects in prop::collection::vec((-3000.0..3000.0f64, -3000.0..3000.0f64, 0.0..9000.0f64, 0.0..400.0f64), 1..60),
            moved in prop::collection::vec((0usize..60, -3000.0..3000.0f64), 0..20),
            area in (-3000.0..3000.0f64, -3000.0..3000.0f64, 0.0..2000.0f64, 0.0..2000.0f64),
        ) {
            let mut plain: Vec<Rect> = rects.iter().map(|r| Rect::new(r.0, r.1, r.2, r.3)).collect();
            let mut grid = Grid::default();
            for (key, rect) in plain.iter().enumerate() {
                grid.insert(key, *rect);
            }
            for (key, x) in moved {
                if let Some(rect) = plain.get_mut(key) {
                    rect.x = x;
                    grid.insert(key, *rect);
                }
            }
            grid.remove(&0);
            let area = Rect::new(area.0, area.1, area.2, area.3);
            let mut found = grid.meeting(&area);
            found.sort_unstable();
            let scan: Vec<usize> = (1..plain.len()).filter(|key| plain[*key].meets(&area)).collect();
            prop_assert_eq!(found, scan);
        }
    }
}
