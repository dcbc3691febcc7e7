//! What the signals of a document hold, read from the session as it is now. Sets nothing and tells nobody.

use super::{DocumentStore, Flag, Marks, WireLook};
use dagwright_editor::content::{DrumContent, NodeContent, drum_content, node_content, wire_class};
use dagwright_editor::scene::PortRef;
use dagwright_editor::selection::{Item, WireId};
use dagwright_shared::diagnostic::{Place, Severity};
use leptos::prelude::*;
use std::sync::Arc;

impl DocumentStore {
    pub(super) fn node_now(&self, task: &str) -> Option<Arc<NodeContent>> {
        let session = self.read();
        node_content(session.document(), session.scene(), task).map(Arc::new)
    }

    pub(super) fn drum_now(&self, volume: &str) -> Option<Arc<DrumContent>> {
        drum_content(self.read().document(), volume).map(Arc::new)
    }

    pub(super) fn wire_now(&self, id: &Arc<WireId>) -> WireLook {
        let session = self.read();
        let line = session.scene().line(id, |item| session.gesture().moved(item));
        WireLook {
            path: line.map(|line| line.svg()).unwrap_or_default(),
            class: wire_class(session.scene(), id),
            strong: session.selection().wires.contains(id.as_ref()) || session.hover().wire.as_ref() == Some(id),
            held: session.gesture().held_wire() == Some(id),
        }
    }

    pub(super) fn marks_now(&self, item: &Item) -> Marks {
        let session = self.read();
        Marks {
            selected: session.selection().items.contains(item),
            focused: session.focus() == Some(item),
            hovered: session.hover().item.as_ref() == Some(item),
        }
    }

    pub(super) fn lit_now(&self, task: &str) -> Arc<Vec<PortRef>> {
        let session = self.read();
        let ports = session.gesture().candidates().map(|candidates| {
            let start = Some(candidates.start()).filter(|start| start.task == task).cloned();
            candidates.fitting_of(task).iter().cloned().chain(start).collect()
        });
        Arc::new(ports.unwrap_or_default())
    }

    pub(super) fn flag_now(&self, item: &Item) -> Option<Flag> {
        self.0.problems.with_untracked(|problems| {
            let of_item = problems.iter().filter(|problem| match (&problem.place, item) {
                (Place::Task { task, .. }, Item::Task(name)) => task == name,
                (Place::Volume { volume, .. }, Item::Volume(name)) => volume == name,
                _ => false,
            });
            let of_item: Vec<_> = of_item.filter(|problem| problem.severity != Severity::Note).collect();
            let severity = of_item.iter().map(|problem| problem.severity).min()?;
            let text: Vec<&str> = of_item.iter().map(|problem| problem.message.as_str()).collect();
            Some(Flag { severity, text: Arc::from(text.join("\n")) })
        })
    }
}
