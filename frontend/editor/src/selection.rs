//! What is selected, and what can be: tasks, volumes, wires. Session state: never saved, never in history's changes.

use dagwright_texts::t;
use std::collections::BTreeSet;

/// Something that stands on the canvas at a place of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// A task by its name.
    Task(String),
    /// A volume by its name.
    Volume(String),
}

impl Item {
    /// Its name in the document.
    pub fn name(&self) -> &str {
        match self {
            Self::Task(name) | Self::Volume(name) => name,
        }
    }
}

/// A line on the canvas, by what it joins in the document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WireId {
    /// `from_task`'s output feeds `task`'s input (also by a reference in a text).
    Data {
        /// The producing task.
        from_task: String,
        /// Its output.
        output: String,
        /// The task that is fed.
        task: String,
        /// Its input.
        input: String,
    },
    /// `task` comes after `before`, without data.
    Order {
        /// The earlier task.
        before: String,
        /// The later task.
        task: String,
    },
    /// `volume` is mounted in `task`.
    Mount {
        /// The volume.
        volume: String,
        /// The task.
        task: String,
    },
    /// `from_task` hands `volume` over to `task`.
    HandOver {
        /// The task that had the volume.
        from_task: String,
        /// The task that gets it.
        task: String,
        /// The volume.
        volume: String,
    },
}

impl WireId {
    /// The two ends, the earlier first.
    pub fn ends(&self) -> (Item, Item) {
        let task = |name: &String| Item::Task(name.clone());
        match self {
            Self::Data { from_task, task: to, .. } | Self::HandOver { from_task, task: to, .. } => {
                (task(from_task), task(to))
            }
            Self::Order { before, task: to } => (task(before), task(to)),
            Self::Mount { volume, task: to } => (Item::Volume(volume.clone()), task(to)),
        }
    }

    /// The end that is not `item`; `None`: the wire does not end at `item`.
    pub fn other_end(&self, item: &Item) -> Option<Item> {
        match self.ends() {
            (from, to) if from == *item => Some(to),
            (from, to) if to == *item => Some(from),
            _ => None,
        }
    }

    /// What it says, in words: `train / model feeds predict / model`.
    pub fn words(&self) -> String {
        match self {
            Self::Data { from_task, output, task, input } => {
                t!("{from_task} / {output} feeds {task} / {input}", from_task, output, task, input)
            }
            Self::Order { before, task } => t!("{task} runs after {before}", task, before),
            Self::Mount { volume, task } => t!("{volume} is mounted in {task}", volume, task),
            Self::HandOver { from_task, task, volume } => {
                t!("{from_task} hands {volume} over to {task}", from_task, volume, task)
            }
        }
    }
}

/// How a choice changes what is selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choose {
    /// Only this.
    Only,
    /// This as well.
    Also,
    /// This if it was not, not this if it was.
    Toggle,
}

/// What is selected.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Selection {
    /// Tasks and volumes.
    pub items: BTreeSet<Item>,
    /// Wires.
    pub wires: BTreeSet<WireId>,
}

impl Selection {
    /// Of items only.
    pub fn of(items: impl IntoIterator<Item = Item>) -> Self {
        Self { items: items.into_iter().collect(), wires: BTreeSet::new() }
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.wires.is_empty()
    }

    /// The only selected item, when one item and nothing else is selected.
    pub fn single(&self) -> Option<&Item> {
        if self.items.len() == 1 && self.wires.is_empty() { self.items.first() } else { None }
    }

    /// The only selected wire, when one wire and nothing else is selected.
    pub fn single_wire(&self) -> Option<&WireId> {
        if self.wires.len() == 1 && self.items.is_empty() { self.wires.first() } else { None }
    }

    /// Changed by a choice of an item.
    pub fn choose(&mut self, item: Item, how: Choose) {
        match how {
            Choose::Only => *self = Self::of([item]),
            Choose::Toggle if self.items.contains(&item) => {
                self.items.remove(&item);
            }
            Choose::Also | Choose::Toggle => {
                self.items.insert(item);
            }
        }
    }

    /// Changed by a choice of a wire.
    pub fn choose_wire(&mut self, wire: WireId, how: Choose) {
        match how {
            Choose::Only => *self = Self { items: BTreeSet::new(), wires: BTreeSet::from([wire]) },
            Choose::Toggle if self.wires.contains(&wire) => {
                self.wires.remove(&wire);
            }
            Choose::Also | Choose::Toggle => {
                self.wires.insert(wire);
            }
        }
    }

    /// Items whose state differs between two selections: those whose views must be told.
    pub fn changed_items<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a Item> {
        self.items.symmetric_difference(&other.items)
    }

    /// Wires whose state differs between two selections.
    pub fn changed_wires<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a WireId> {
        self.wires.symmetric_difference(&other.wires)
    }

    /// The names of the selected tasks, in name order.
    pub fn tasks(&self) -> impl Iterator<Item = &str> {
        self.items.iter().filter_map(|item| match item {
            Item::Task(name) => Some(name.as_str()),
            Item::Volume(_) => None,
        })
    }

    /// The names of the selected volumes, in name order.
    pub fn volumes(&self) -> impl Iterator<Item = &str> {
        self.items.iter().filter_map(|item| match item {
            Item::Volume(name) => Some(name.as_str()),
            Item::Task(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_replace_add_and_toggle() {
        let task = |name: &str| Item::Task(String::from(name));
        let mut selection = Selection::default();
        selection.choose(task("a"), Choose::Only);
        selection.choose(task("b"), Choose::Also);
        assert_eq!(selection.tasks().collect::<Vec<_>>(), ["a", "b"]);
        selection.choose(task("a"), Choose::Toggle);
        assert_eq!(selection.single(), Some(&task("b")));
        let before = selection.clone();
        selection.choose(task("c"), Choose::Only);
        assert_eq!(selection.changed_items(&before).count(), 2);
    }
}
