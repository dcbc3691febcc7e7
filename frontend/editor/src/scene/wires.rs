//! Which wires a task's record asks for: data, references in texts, order, mounts and hand-overs.

use super::{Item, Scene, SceneChange, Side, WireId, WireShape};
use crate::space::Point;
use dagwright_shared::graph::upstream_references;
use dagwright_shared::pipeline::text::{self, TextPiece};
use dagwright_shared::pipeline::{Argument, Graph, Task};
use dagwright_shared::types::PortType;
use indexmap::IndexSet;
use std::sync::Arc;

/// The upstream outputs that an argument takes: task and output.
pub(super) fn references(argument: &Argument) -> Vec<(String, String)> {
    match argument {
        Argument::Output { task, output } => vec![(task.clone(), output.clone())],
        // A text that cannot be read makes no wires; the check says so.
        Argument::Text(written) => text::parse(written)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|piece| match piece {
                TextPiece::Output { task, output } => Some((task, output)),
                TextPiece::Text(_) | TextPiece::Parameter(_) => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The wires that end at a task.
fn wires_into(graph: &Graph, name: &str) -> Vec<WireId> {
    let Some(task) = graph.tasks.get(name) else { return Vec::new() };
    let own = || String::from(name);
    let data = task.arguments.iter().flat_map(|(input, argument)| {
        references(argument).into_iter().map(move |(from_task, output)| WireId::Data {
            from_task,
            output,
            task: own(),
            input: input.clone(),
        })
    });
    let order = task.after.iter().map(|before| WireId::Order { before: before.clone(), task: own() });
    let mounts = task.mounts.iter().flat_map(|mount| {
        let volume = || mount.volume.clone();
        let hand_over = mount.from.iter().map(move |from| WireId::HandOver {
            from_task: from.clone(),
            task: own(),
            volume: volume(),
        });
        std::iter::once(WireId::Mount { volume: volume(), task: own() }).chain(hand_over)
    });
    data.chain(order).chain(mounts).collect()
}

/// Every task that a task's record names as coming before it.
pub(super) fn upstream(task: &Task) -> impl Iterator<Item = String> {
    upstream_references(task).into_iter().map(|(name, _)| String::from(name))
}

impl Scene {
    /// Puts the wires that end at a task in step with its record.
    pub(super) fn wire_task(&mut self, graph: &Graph, name: &str, change: &mut SceneChange) {
        let item = Item::Task(String::from(name));
        let wanted: IndexSet<WireId> = wires_into(graph, name).into_iter().collect();
        let stale = self.wires_of(&item).filter(|id| id.ends().1 == item && !wanted.contains(id.as_ref()));
        let stale: Vec<Arc<WireId>> = stale.cloned().collect();
        for id in stale {
            self.remove_wire(&id);
            change.wires.insert(id);
            change.wire_membership = true;
        }
        for id in wanted {
            self.insert_wire(id, change);
        }
    }

    /// What a wire carries; `None` for mounts and order.
    pub(super) fn type_of(&self, id: &WireId) -> Option<PortType> {
        let WireId::Data { from_task, output, .. } = id else { return None };
        Some(self.task(from_task)?.port(Side::Output, output)?.port_type.clone())
    }

    fn insert_wire(&mut self, id: WireId, change: &mut SceneChange) {
        if self.wires.contains_key(&id) {
            return;
        }
        // An end that is not there (a reference to a missing task) makes no wire; the check says so.
        let Some(line) = self.line(&id, |_| Point::default()) else { return };
        let id = Arc::new(id);
        let port_type = self.type_of(&id);
        self.lines.insert(Arc::clone(&id), line.bounds());
        let (from, to) = id.ends();
        self.of_item.entry(from).or_default().insert(Arc::clone(&id));
        self.of_item.entry(to).or_default().insert(Arc::clone(&id));
        change.wires.insert(Arc::clone(&id));
        change.wire_membership = true;
        self.wires.insert(Arc::clone(&id), WireShape { id, port_type });
    }

    pub(super) fn remove_wire(&mut self, id: &Arc<WireId>) {
        self.wires.swap_remove(id);
        self.lines.remove(id);
        let (from, to) = id.ends();
        for end in [from, to] {
            if let Some(wires) = self.of_item.get_mut(&end) {
                wires.swap_remove(id);
                if wires.is_empty() {
                    self.of_item.swap_remove(&end);
                }
            }
        }
    }
}
