//! Edits of the selection as a whole: delete, heal, duplicate, copy and paste, nudge, tidy.

use super::Session;
use super::edits::record_of;
use crate::action::Direction;
use crate::clipboard::Pasted;
use crate::scene::{PortRef, Side};
use crate::selection::{Item, WireId};
use crate::space::{Point, Rect, plus};
use crate::update::{Effect, Update};
use dagwright_shared::layout::arrange;
use dagwright_shared::layout::geometry::{SNAP, snapped};
use dagwright_shared::pipeline::Graph;
use dagwright_shared::pipeline::edit::{EditCommand, fragment, free_name};
use dagwright_shared::pipeline::record::RecordId;
use dagwright_texts::t;
use std::collections::BTreeSet;

/// How far a duplicate stands from what it was made of.
const DUPLICATE_OFFSET: Point = Point { x: 32.0, y: 32.0 };

impl Session {
    pub(super) fn delete(&mut self, update: &mut Update) {
        let commands = self.deletion();
        let wire = self.selection.single_wire().map(WireId::words);
        if !commands.is_empty() && self.carry_out(one(commands), update).is_some() {
            // An item's going is told by where the focus goes; a wire's by nothing.
            update.effects.extend(wire.map(|wire| Effect::Announced(t!("Deleted: {wire}", wire))));
        }
    }

    /// Deletes and wires each producer on to the consumers of what is gone.
    pub(super) fn delete_and_heal(&mut self, update: &mut Update) {
        let gone: BTreeSet<String> = self.selection.tasks().map(String::from).collect();
        let mut commands = self.healing(&gone);
        commands.extend(self.deletion());
        if !commands.is_empty() {
            self.carry_out(EditCommand::Several(commands), update);
        }
    }

    fn deletion(&self) -> Vec<EditCommand> {
        let records: Vec<_> = self.selection.items.iter().map(record_of).collect();
        let stays = |item: &Item| !self.selection.items.contains(item);
        // What ends at a deleted item goes with it.
        let wires = self.selection.wires.iter().filter(|wire| {
            let (from, to) = wire.ends();
            stays(&from) && stays(&to)
        });
        // Mounts of one task are removed by their place, so the last must go first.
        let mut wires: Vec<_> = wires.flat_map(|wire| self.removal_of(wire)).collect();
        wires.sort_by_key(|command| match command {
            EditCommand::RemoveMount { index, .. } => usize::MAX - index,
            _ => 0,
        });
        let items = (!records.is_empty()).then_some(EditCommand::Remove { records });
        wires.into_iter().chain(items).collect()
    }

    fn healing(&self, gone: &BTreeSet<String>) -> Vec<EditCommand> {
        let mut commands = Vec::new();
        for name in gone {
            for wire in self.scene.wires_of(&Item::Task(name.clone())) {
                match wire.as_ref() {
                    WireId::Data { from_task, task, input, .. } if from_task == name && !gone.contains(task) => {
                        let end = PortRef { task: task.clone(), side: Side::Input, port: input.clone() };
                        if let Some(producer) = self.producer_before(gone, name, &end) {
                            commands.push(EditCommand::Connect {
                                from_task: producer.task,
                                output: producer.port,
                                task: task.clone(),
                                input: input.clone(),
                            });
                        }
                    }
                    WireId::Order { before, task } if before == name && !gone.contains(task) => {
                        for earlier in self.tasks_before(gone, name) {
                            if !self.document.graph.tasks.get(task).is_some_and(|task| task.after.contains(&earlier)) {
                                commands.push(EditCommand::AddAfter { task: task.clone(), before: earlier });
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        commands
    }

    /// The nearest output upstream of a deleted task that stays and fits the input.
    fn producer_before(&self, gone: &BTreeSet<String>, name: &str, end: &PortRef) -> Option<PortRef> {
        let input = &self.scene.task(&end.task)?.port(Side::Input, &end.port)?.port_type;
        let mut seen = BTreeSet::from([String::from(name)]);
        let mut queue = std::collections::VecDeque::from([String::from(name)]);
        while let Some(here) = queue.pop_front() {
            for wire in self.scene.wires_of(&Item::Task(here.clone())) {
                let WireId::Data { from_task, output, task, .. } = wire.as_ref() else { continue };
                if *task != here {
                    continue;
                }
                if gone.contains(from_task) {
                    if seen.insert(from_task.clone()) {
                        queue.push_back(from_task.clone());
                    }
                } else if self.scene.wire(wire)?.port_type.as_ref().is_some_and(|output| output.fits(input)) {
                    return Some(PortRef { task: from_task.clone(), side: Side::Output, port: output.clone() });
                }
            }
        }
        None
    }

    /// The tasks that stay and come right before a deleted one.
    fn tasks_before(&self, gone: &BTreeSet<String>, name: &str) -> BTreeSet<String> {
        let item = Item::Task(String::from(name));
        let wires = self.scene.wires_of(&item);
        let before = wires.filter_map(|wire| match wire.ends() {
            (Item::Task(from), Item::Task(to)) if to == name && !gone.contains(&from) => Some(from),
            _ => None,
        });
        before.collect()
    }

    pub(super) fn duplicate(&mut self, update: &mut Update) {
        let records: Vec<_> = self.selection.items.iter().map(record_of).collect();
        if records.is_empty() {
            return;
        }
        let mut fragment = fragment(&self.document.graph, &records);
        self.as_copies(&mut fragment);
        let command = EditCommand::AddFragment { fragment: Box::new(fragment), offset: DUPLICATE_OFFSET };
        if let Some(added) = self.carry_out(command, update) {
            self.choose_added(&added, update);
        }
    }

    /// Volumes that are selected themselves are doubled, not shared.
    fn as_copies(&self, fragment: &mut Graph) {
        let names: Vec<String> = self.selection.volumes().map(String::from).collect();
        for name in names {
            let copy = free_name(&self.document.graph.volumes, &name);
            let Some(volume) = fragment.volumes.shift_remove(&name) else { continue };
            fragment.volumes.insert(copy.clone(), volume);
            let mounts = fragment.tasks.values_mut().flat_map(|task| &mut task.mounts);
            for mount in mounts.filter(|mount| mount.volume == name) {
                mount.volume.clone_from(&copy);
            }
        }
    }

    pub(super) fn copy(&mut self, update: &mut Update) {
        let records: Vec<_> = self.selection.items.iter().map(record_of).collect();
        if !records.is_empty() {
            let copied = Box::new(fragment(&self.document.graph, &records));
            update.effects.push(Effect::WriteClipboard(copied));
        }
    }

    pub(super) fn paste(&mut self, pasted: Pasted, update: &mut Update) {
        let fragment = match pasted {
            Pasted::Tasks(fragment) => with_places(*fragment),
            Pasted::ForThePage(text) => {
                update.effects.push(Effect::Arrived(text));
                return;
            }
            Pasted::Nothing(why) => {
                update.effects.push(Effect::Refused(why.to_string()));
                return;
            }
        };
        let offset = self.offset_for(&fragment);
        let command = EditCommand::AddFragment { fragment: Box::new(fragment), offset };
        if let Some(added) = self.carry_out(command, update) {
            self.choose_added(&added, update);
        }
    }

    /// Where a pasted fragment goes: its middle to the pointer, or to the middle of what is seen.
    fn offset_for(&self, fragment: &Graph) -> Point {
        let places = fragment.tasks.values().filter_map(|task| task.position);
        let rects = places.map(|place| Rect::new(place.x, place.y, 208.0, 120.0));
        let Some(bounds) = rects.reduce(|all, rect| all.joined(&rect)) else { return Point::default() };
        let seen = self.viewport.visible_in_canvas();
        let to = self.pointer_in_canvas().filter(|point| seen.contains(*point)).unwrap_or_else(|| seen.center());
        let middle = bounds.center();
        snapped(Point { x: to.x - middle.x, y: to.y - middle.y })
    }

    /// Lays everything out anew; the whole keeps its top left corner.
    pub(super) fn tidy(&mut self, update: &mut Update) {
        let arrangement = arrange(&self.document.graph);
        let corner = arrangement.tasks.values().chain(arrangement.volumes.values()).copied();
        let corner = corner.reduce(|one, other| Point { x: one.x.min(other.x), y: one.y.min(other.y) });
        let (Some(bounds), Some(corner)) = (self.scene.bounds(), corner) else { return };
        let by = snapped(Point { x: bounds.x - corner.x, y: bounds.y - corner.y });
        let tasks = arrangement.tasks.into_iter().map(|(name, place)| (RecordId::Task(name), plus(place, by)));
        let volumes = arrangement.volumes.into_iter().map(|(name, place)| (RecordId::Volume(name), plus(place, by)));
        let places: Vec<_> = tasks.chain(volumes).collect();
        self.carry_out(EditCommand::Move { places }, update);
    }

    pub(super) fn nudge(&mut self, direction: Direction, update: &mut Update) {
        if self.selection.items.is_empty() {
            return;
        }
        let by = match direction {
            Direction::Left => Point { x: -SNAP, y: 0.0 },
            Direction::Right => Point { x: SNAP, y: 0.0 },
            Direction::Up => Point { x: 0.0, y: -SNAP },
            Direction::Down => Point { x: 0.0, y: SNAP },
        };
        let items = self.selection.items.clone();
        let places = self.places_moved(&items, by);
        self.carry_out_squashed(EditCommand::Move { places }, Some(String::from("nudge")), update);
        for item in items {
            if let Some(rect) = self.scene.rect(&item).filter(|_| self.selection.single() == Some(&item)) {
                self.show(self.viewport.showing(rect), update);
            }
        }
    }
}

/// A file may give no places: then the fragment is laid out by itself.
fn with_places(mut fragment: Graph) -> Graph {
    let arrangement = arrange(&fragment);
    for (name, task) in &mut fragment.tasks {
        task.position = task.position.or_else(|| arrangement.tasks.get(name).copied());
    }
    for (name, volume) in &mut fragment.volumes {
        volume.position = volume.position.or_else(|| arrangement.volumes.get(name).copied());
    }
    fragment
}

fn one(mut commands: Vec<EditCommand>) -> EditCommand {
    if commands.len() == 1
        && let Some(only) = commands.pop()
    {
        return only;
    }
    EditCommand::Several(commands)
}
