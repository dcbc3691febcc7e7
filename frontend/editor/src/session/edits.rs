//! What actions mean for the document: each becomes an `EditCommand`, is realised, applied and remembered for undo.

use super::{Mode, Session};
use crate::gesture::Gesture;
use crate::label::label_of;
use crate::scene::{PortRef, Touched};
use crate::selection::{Item, Selection, WireId};
use crate::space::{Point, plus};
use crate::update::{Effect, Update};
use dagwright_shared::pipeline::change::{Change, ChangeSet};
use dagwright_shared::pipeline::edit::{EditCommand, EditError, realise};
use dagwright_shared::pipeline::record::{Record, RecordId};
use dagwright_shared::pipeline::text;
use dagwright_shared::pipeline::{Argument, Pipeline};
use std::collections::BTreeSet;

/// The record of an item.
pub(super) fn record_of(item: &Item) -> RecordId {
    match item {
        Item::Task(name) => RecordId::Task(name.clone()),
        Item::Volume(name) => RecordId::Volume(name.clone()),
    }
}

impl Session {
    /// Carries out a command that a panel or a form asks for. Edits with the same `squash` key, one after the other, are
    /// one step of undo.
    ///
    /// # Errors
    /// Why it was refused; nothing is changed then.
    pub fn edit(&mut self, command: &EditCommand, squash: Option<String>) -> Result<Update, EditError> {
        if self.mode == Mode::Look {
            return Err(EditError::ReadOnly);
        }
        let mut update = Update::default();
        let changes = realise(&self.document, command)?;
        self.apply(label_of(command), changes, squash, &mut update);
        Ok(update)
    }

    /// Carries out a command; where it is refused the person is told why. Answers with what came new.
    pub(super) fn carry_out(&mut self, command: EditCommand, update: &mut Update) -> Option<Vec<RecordId>> {
        self.carry_out_squashed(command, None, update)
    }

    pub(super) fn carry_out_squashed(
        &mut self,
        command: EditCommand,
        squash: Option<String>,
        update: &mut Update,
    ) -> Option<Vec<RecordId>> {
        match realise(&self.document, &command) {
            Ok(changes) => {
                let added = changes.added().cloned().collect();
                self.apply(label_of(&command), changes, squash, update);
                Some(added)
            }
            Err(error) => {
                update.effects.push(Effect::Refused(error.to_string()));
                None
            }
        }
    }

    fn apply(&mut self, label: String, changes: ChangeSet, squash: Option<String>, update: &mut Update) {
        if changes.is_empty() {
            return;
        }
        match self.document.apply(&changes) {
            Ok(()) => {
                self.follow(&changes, update);
                self.history.record(label, changes, squash);
            }
            Err(error) => update.effects.push(Effect::Refused(error.to_string())),
        }
    }

    pub(super) fn undo(&mut self, update: &mut Update) {
        match self.history.undo(&mut self.document) {
            Ok(Some(step)) => self.follow_step(&step.changes, update),
            Ok(None) => {}
            Err(error) => update.effects.push(Effect::Refused(error.to_string())),
        }
    }

    pub(super) fn redo(&mut self, update: &mut Update) {
        match self.history.redo(&mut self.document) {
            Ok(Some(step)) => self.follow_step(&step.changes, update),
            Ok(None) => {}
            Err(error) => update.effects.push(Effect::Refused(error.to_string())),
        }
    }

    /// What undo would take back, and redo bring back.
    pub fn history_labels(&self) -> (Option<&str>, Option<&str>) {
        (self.history.undo_label(), self.history.redo_label())
    }

    /// Puts another document in place of this one, with nothing to undo; the view stays where it is.
    pub fn replace(&mut self, document: Pipeline) -> Update {
        let mut update = Update::default();
        let old = std::mem::replace(&mut self.document, document);
        self.history = dagwright_shared::pipeline::history::History::default();
        let tasks = old.graph.tasks.keys().chain(self.document.graph.tasks.keys()).cloned().collect();
        let volumes = old.graph.volumes.keys().chain(self.document.graph.volumes.keys()).cloned().collect();
        let components = old.graph.components.keys().chain(self.document.graph.components.keys()).cloned().collect();
        let change = self.scene.replace(&self.document.graph, &Touched { tasks, volumes, components });
        update.take(change);
        update.document = true;
        self.forget_gone(&mut update);
        update
    }

    /// After an undo or redo: what came back is selected.
    fn follow_step(&mut self, changes: &ChangeSet, update: &mut Update) {
        self.follow(changes, update);
        let back: Vec<Item> = changes.added().filter_map(item_of).collect();
        if !back.is_empty() {
            self.select(Selection::of(back), update);
        }
    }

    /// Brings the scene, the selection and what the views are told in step with an applied set.
    fn follow(&mut self, changes: &ChangeSet, update: &mut Update) {
        let mut touched = Touched::default();
        for id in changes.ids() {
            match id {
                RecordId::Task(name) => touched.tasks.insert(name.clone()),
                RecordId::Volume(name) => touched.volumes.insert(name.clone()),
                RecordId::Component(key) => touched.components.insert(key.clone()),
                RecordId::Parameter(_) | RecordId::Metadata | RecordId::Graph => false,
            };
        }
        let mut change = self.scene.refresh(&self.document.graph, &touched);
        let moved: BTreeSet<Item> =
            changes.0.iter().filter(|change| is_only_moved(change)).filter_map(|change| item_of(&change.id)).collect();
        if touched.components.is_empty() {
            update.placed.extend(moved.iter().cloned());
            change.items.retain(|item| !moved.contains(item));
        }
        update.take(change);
        update.document = true;
        self.forget_gone(update);
    }

    /// Takes out of selection, focus and gesture what is no longer there.
    fn forget_gone(&mut self, update: &mut Update) {
        let mut selection = self.selection.clone();
        selection.items.retain(|item| self.scene.rect(item).is_some());
        selection.wires.retain(|wire| self.scene.wire(wire).is_some());
        self.select(selection, update);
        if self.focus.as_ref().is_some_and(|item| self.scene.rect(item).is_none()) {
            self.set_focus(None, update);
            update.effects.push(Effect::FocusCanvas);
        }
        if self.hover.item.as_ref().is_some_and(|item| self.scene.rect(item).is_none())
            || self.hover.wire.as_ref().is_some_and(|wire| self.scene.wire(wire).is_none())
        {
            self.set_hover(super::Hover::default(), update);
        }
        // What was being held was held on the document as it was.
        if !matches!(self.gesture, Gesture::Idle | Gesture::Panning { .. } | Gesture::Placing { .. }) {
            self.drop_gesture(update);
        }
    }

    // --- places

    pub(super) fn move_items(&mut self, items: &BTreeSet<Item>, by: Point, update: &mut Update) {
        if by == Point::default() {
            return;
        }
        let mut places = self.places_moved(items, by);
        // Whatever the file gave no place keeps the one it is shown at.
        let lost = self.without_place().filter(|item| !items.contains(item)).collect();
        places.extend(self.places_moved(&lost, Point::default()));
        self.carry_out(EditCommand::Move { places }, update);
    }

    fn without_place(&self) -> impl Iterator<Item = Item> {
        let graph = &self.document.graph;
        let tasks = graph.tasks.iter().filter(|(_, task)| task.position.is_none());
        let volumes = graph.volumes.iter().filter(|(_, volume)| volume.position.is_none());
        tasks.map(|(name, _)| Item::Task(name.clone())).chain(volumes.map(|(name, _)| Item::Volume(name.clone())))
    }

    pub(super) fn places_moved(&self, items: &BTreeSet<Item>, by: Point) -> Vec<(RecordId, Point)> {
        let place = |item: &Item| {
            let rect = self.scene.rect(item)?;
            Some((record_of(item), plus(Point { x: rect.x, y: rect.y }, by)))
        };
        items.iter().filter_map(place).collect()
    }

    // --- wires

    /// Joins an output and an input; a wire that was taken off another input leaves that one.
    pub(super) fn rewire(
        &mut self,
        taken_off: Option<&WireId>,
        output: &PortRef,
        input: &PortRef,
        update: &mut Update,
    ) {
        let connect = EditCommand::Connect {
            from_task: output.task.clone(),
            output: output.port.clone(),
            task: input.task.clone(),
            input: input.port.clone(),
        };
        let Some(WireId::Data { task: old_task, input: old_input, .. }) = taken_off else {
            self.carry_out(connect, update);
            return;
        };
        if *old_task == input.task && *old_input == input.port {
            return;
        }
        let clear = EditCommand::ClearArgument { task: old_task.clone(), input: old_input.clone() };
        self.carry_out(EditCommand::Several(vec![clear, connect]), update);
    }

    /// The commands that take a wire away.
    pub(super) fn removal_of(&self, wire: &WireId) -> Vec<EditCommand> {
        match wire {
            WireId::Data { from_task, output, task, input } => {
                let argument = self.document.graph.tasks.get(task).and_then(|task| task.arguments.get(input));
                let (task, input) = (task.clone(), input.clone());
                let rest = match argument {
                    Some(Argument::Text(text)) => text_without(text, from_task, output),
                    _ => None,
                };
                vec![match rest {
                    Some(argument) => EditCommand::SetArgument { task, input, argument },
                    None => EditCommand::ClearArgument { task, input },
                }]
            }
            WireId::Order { before, task } => {
                vec![EditCommand::RemoveAfter { task: task.clone(), before: before.clone() }]
            }
            WireId::HandOver { from_task, task, volume } => vec![EditCommand::RemoveHandOver {
                volume: volume.clone(),
                from: from_task.clone(),
                task: task.clone(),
            }],
            WireId::Mount { volume, task } => {
                let mounts = self.document.graph.tasks.get(task).map(|task| task.mounts.as_slice()).unwrap_or_default();
                let places = mounts.iter().enumerate().filter(|(_, mount)| mount.volume == *volume);
                // From the last, so that the places before it stay what they are.
                places.rev().map(|(index, _)| EditCommand::RemoveMount { task: task.clone(), index }).collect()
            }
        }
    }

    pub(super) fn disconnect(&mut self, wire: &WireId, update: &mut Update) {
        let commands = self.removal_of(wire);
        self.carry_out(EditCommand::Several(commands), update);
    }
}

fn item_of(id: &RecordId) -> Option<Item> {
    match id {
        RecordId::Task(name) => Some(Item::Task(name.clone())),
        RecordId::Volume(name) => Some(Item::Volume(name.clone())),
        _ => None,
    }
}

/// Whether nothing but the place of a task or volume changed.
fn is_only_moved(change: &Change) -> bool {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return false };
    match (&before.record, &after.record) {
        (Record::Task(before), Record::Task(after)) => {
            let mut moved = before.clone();
            moved.position = after.position;
            moved == *after
        }
        (Record::Volume(before), Record::Volume(after)) => {
            let mut moved = before.clone();
            moved.position = after.position;
            moved == *after
        }
        _ => false,
    }
}

/// A text with the references to one output taken out; `None`: nothing is left of it.
fn text_without(written: &str, from_task: &str, from_output: &str) -> Option<Argument> {
    let pieces = text::parse(written).ok()?;
    let stays = |piece: &text::TextPiece| !matches!(piece, text::TextPiece::Output { task, output } if task == from_task && output == from_output);
    let rest: Vec<text::TextPiece> = pieces.into_iter().filter(stays).collect();
    let printed = text::print(&rest);
    (!printed.trim().is_empty()).then_some(Argument::Text(printed))
}
