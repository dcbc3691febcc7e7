//! Two sets that follow each other as one: a drag, or the typing in one field, is one step of undo.
//! Works on the sets alone; the pipeline is not needed.

use super::super::record::RecordId;
use super::{Change, ChangeSet, Placed};
use indexmap::IndexMap;
use std::collections::HashSet;
use std::mem::{Discriminant, discriminant};

impl ChangeSet {
    /// This set and then `next`, as one set. `next` must have been made on the pipeline that this set left.
    #[must_use]
    pub fn then(&self, next: &ChangeSet) -> ChangeSet {
        let first = Shifts::new(self);
        let second = Shifts::new(next);
        let mut merged: IndexMap<&RecordId, (Option<Placed>, Option<Placed>)> = IndexMap::new();
        for change in &self.0 {
            // Where `next` does not touch the record, it may still have moved it along.
            let after = change.after.as_ref().map(|placed| moved(placed, second.of(&change.id), Direction::Forward));
            merged.insert(&change.id, (change.before.clone(), after));
        }
        for change in &next.0 {
            match merged.get_mut(&change.id) {
                Some((_, after)) => *after = change.after.clone(),
                None => {
                    let shift = first.of(&change.id);
                    let before = change.before.as_ref().map(|placed| moved(placed, shift, Direction::Backward));
                    merged.insert(&change.id, (before, change.after.clone()));
                }
            }
        }
        let change = |(id, (before, after)): (&RecordId, (Option<Placed>, Option<Placed>))| Change {
            id: id.clone(),
            before,
            after,
        };
        ChangeSet(merged.into_iter().map(change).collect()).without_idle()
    }

    /// Without the changes that change nothing.
    pub(in crate::pipeline) fn without_idle(mut self) -> ChangeSet {
        let place = |placed: &Option<Placed>| placed.as_ref().map(|placed| placed.index);
        self.0.retain(|change| change.before.is_some() || change.after.is_some());
        // Where entries come, go or move, an equal one still pins its place among those that the set does not name.
        let moving: HashSet<Discriminant<RecordId>> = self
            .0
            .iter()
            .filter(|change| place(&change.before) != place(&change.after))
            .map(|change| discriminant(&change.id))
            .collect();
        self.0.retain(|change| change.before != change.after || moving.contains(&discriminant(&change.id)));
        self
    }
}

#[derive(Clone, Copy)]
enum Direction {
    Forward,
    Backward,
}

/// How a set moves the entries of one map that it does not touch.
#[derive(Default)]
struct Shift {
    /// Sorted places that the set takes entries from.
    from: Vec<usize>,
    /// Sorted places that the set puts entries to.
    to: Vec<usize>,
}

#[derive(Default)]
struct Shifts {
    none: Shift,
    parameters: Shift,
    volumes: Shift,
    components: Shift,
    tasks: Shift,
}

impl Shifts {
    fn new(changes: &ChangeSet) -> Self {
        let mut shifts = Self::default();
        for change in &changes.0 {
            let shift = match &change.id {
                RecordId::Metadata | RecordId::Graph => continue,
                RecordId::Parameter(_) => &mut shifts.parameters,
                RecordId::Volume(_) => &mut shifts.volumes,
                RecordId::Component(_) => &mut shifts.components,
                RecordId::Task(_) => &mut shifts.tasks,
            };
            shift.from.extend(change.before.as_ref().map(|placed| placed.index));
            shift.to.extend(change.after.as_ref().map(|placed| placed.index));
        }
        for shift in [&mut shifts.parameters, &mut shifts.volumes, &mut shifts.components, &mut shifts.tasks] {
            shift.from.sort_unstable();
            shift.to.sort_unstable();
        }
        shifts
    }

    fn of(&self, id: &RecordId) -> &Shift {
        match id {
            RecordId::Metadata | RecordId::Graph => &self.none,
            RecordId::Parameter(_) => &self.parameters,
            RecordId::Volume(_) => &self.volumes,
            RecordId::Component(_) => &self.components,
            RecordId::Task(_) => &self.tasks,
        }
    }
}

/// An untouched entry keeps its rank among the untouched.
fn moved(placed: &Placed, shift: &Shift, direction: Direction) -> Placed {
    let (from, to) = match direction {
        Direction::Forward => (&shift.from, &shift.to),
        Direction::Backward => (&shift.to, &shift.from),
    };
    let mut index = placed.index - from.partition_point(|place| *place < placed.index);
    for place in to {
        if *place <= index {
            index += 1;
        } else {
            break;
        }
    }
    Placed { index, record: placed.record.clone() }
}
