//! What comes onto the canvas: components from the palette and the search, volumes, parameters on inputs, mounts and order.

use super::Session;
use crate::action::NewItem;
use crate::gesture::{Gesture, MountStart, Mounting, Ordering, QuickAdd};
use crate::quick_add::{Wanted, fitting_port};
use crate::scene::{PortRef, Side};
use crate::selection::{Item, Selection};
use crate::space::{Point, Rect};
use crate::update::{Effect, Update};
use crate::wiring::Refusal;
use dagwright_shared::component::Component;
use dagwright_shared::diagnostic::Place;
use dagwright_shared::layout::geometry::{
    Folding, HEADER_HEIGHT, NODE_WIDTH, VOLUME_HEIGHT, VOLUME_WIDTH, node_size, snapped,
};
use dagwright_shared::pipeline::edit::{EditCommand, free_name};
use dagwright_shared::pipeline::record::RecordId;
use dagwright_shared::pipeline::{Argument, Mount, Volume};
use dagwright_shared::types::{ParameterType, PortType};

impl Session {
    /// Drops what was dragged in from outside.
    pub(super) fn place_new(
        &mut self,
        item: NewItem,
        at: Point,
        onto: Option<Result<PortRef, Refusal>>,
        update: &mut Update,
    ) {
        match item {
            NewItem::Component(component) => {
                let corner = Point { x: at.x - NODE_WIDTH / 2.0, y: at.y - HEADER_HEIGHT / 2.0 };
                self.add_component(*component, corner, update);
            }
            NewItem::Volume => {
                let corner = Point { x: at.x - VOLUME_WIDTH / 2.0, y: at.y - VOLUME_HEIGHT / 2.0 };
                self.add_volume(corner, update);
            }
            NewItem::Parameter(name) => match onto {
                Some(Ok(port)) => {
                    let argument = Argument::Parameter(name);
                    self.carry_out(EditCommand::SetArgument { task: port.task, input: port.port, argument }, update);
                }
                Some(Err(refusal)) => update.effects.push(Effect::Refused(refusal.to_string())),
                None => {}
            },
        }
    }

    /// Whether a parameter may feed an input.
    pub(super) fn parameter_onto(&self, name: &str, port: PortRef) -> Result<PortRef, Refusal> {
        let parameter = self.document.graph.parameters.get(name).and_then(|parameter| parameter.type_spec.as_ref());
        let from = parameter.map_or(PortType::Parameter(ParameterType::String), PortType::from_spec);
        let to = self.scene.task(&port.task).and_then(|task| task.port(port.side, &port.port));
        match to {
            Some(to) if !from.fits(&to.port_type) => {
                Err(Refusal::Type { from: String::from(from.name()), to: String::from(to.port_type.name()) })
            }
            _ => Ok(port),
        }
    }

    /// A new task with its corner at a place, selected and focused.
    pub(super) fn add_component(&mut self, component: Component, corner: Point, update: &mut Update) -> Option<String> {
        let command =
            EditCommand::AddTask { component: Box::new(component), name: None, position: Some(snapped(corner)) };
        let added = self.carry_out(command, update)?;
        self.choose_added(&added, update)
    }

    pub(super) fn add_volume(&mut self, corner: Point, update: &mut Update) {
        let name = free_name(&self.document.graph.volumes, "volume");
        let volume = Volume {
            size: Some(String::from("1Gi")),
            access_modes: vec![String::from("ReadWriteOnce")],
            position: Some(snapped(corner)),
            ..Volume::default()
        };
        if let Some(added) = self.carry_out(EditCommand::SetVolume { name, volume: Box::new(volume) }, update) {
            self.choose_added(&added, update);
        }
    }

    /// Selects what an edit brought, and puts the focus on the first of it.
    pub(super) fn choose_added(&mut self, added: &[RecordId], update: &mut Update) -> Option<String> {
        let items: Vec<Item> = added
            .iter()
            .filter_map(|id| match id {
                RecordId::Task(name) => Some(Item::Task(name.clone())),
                RecordId::Volume(name) => Some(Item::Volume(name.clone())),
                _ => None,
            })
            .collect();
        let first = items.first().cloned()?;
        self.select(Selection::of(items), update);
        self.set_focus(Some(first.clone()), update);
        update.effects.push(Effect::FocusItem(first.clone()));
        Some(String::from(first.name()))
    }

    /// A free place near the middle of what is seen.
    pub(super) fn place_in_view(&self, width: f64, height: f64) -> Point {
        let middle = self.viewport.visible_in_canvas().center();
        let mut corner = snapped(Point { x: middle.x - width / 2.0, y: middle.y - height / 2.0 });
        for _ in 0..64 {
            let wanted = Rect::new(corner.x, corner.y, width, height).grown(8.0);
            if self.scene.items_meeting(&wanted).is_empty() {
                break;
            }
            corner = Point { x: corner.x + 32.0, y: corner.y + 32.0 };
        }
        corner
    }

    pub(super) fn add_component_in_view(&mut self, component: Component, update: &mut Update) {
        let size = node_size(&component, Folding::Folded);
        let corner = self.place_in_view(size.width, size.height);
        self.add_component(component, corner, update);
    }

    pub(super) fn add_volume_in_view(&mut self, update: &mut Update) {
        let corner = self.place_in_view(VOLUME_WIDTH, VOLUME_HEIGHT);
        self.add_volume(corner, update);
    }

    // --- the search

    pub(super) fn open_quick_add(&mut self, at: Point, from: Option<PortRef>, update: &mut Update) {
        let from = from.and_then(|start| {
            let port = self.scene.task(&start.task)?.port(start.side, &start.port)?;
            let wanted = Wanted { start: start.side, port_type: port.port_type.clone() };
            Some((start, wanted))
        });
        self.set_gesture(Gesture::QuickAdd(QuickAdd { at_in_canvas: at, from }), update);
    }

    /// The component that was chosen in the search, wired to what the search was opened from.
    pub(super) fn quick_add(&mut self, component: Component, update: &mut Update) {
        let Gesture::QuickAdd(open) = self.gesture.clone() else { return };
        self.drop_gesture(update);
        let size = node_size(&component, Folding::Folded);
        let at = open.at_in_canvas;
        let corner = match open.from.as_ref().map(|(start, _)| start.side) {
            Some(Side::Output) => Point { x: at.x, y: at.y - HEADER_HEIGHT - 16.0 },
            Some(Side::Input) => Point { x: at.x - size.width, y: at.y - HEADER_HEIGHT - 16.0 },
            None => Point { x: at.x - size.width / 2.0, y: at.y - HEADER_HEIGHT / 2.0 },
        };
        let wire = open.from.and_then(|(start, wanted)| Some((start, fitting_port(&component, &wanted)?)));
        let Some((start, port)) = wire else {
            self.add_component(component, corner, update);
            return;
        };
        let name = free_name(&self.document.graph.tasks, &component.name);
        let end = PortRef { task: name.clone(), side: other_side(start.side), port };
        let (output, input) = if start.side == Side::Output { (start, end) } else { (end, start) };
        let add =
            EditCommand::AddTask { component: Box::new(component), name: Some(name), position: Some(snapped(corner)) };
        let connect =
            EditCommand::Connect { from_task: output.task, output: output.port, task: input.task, input: input.port };
        if let Some(added) = self.carry_out(EditCommand::Several(vec![add, connect]), update) {
            self.choose_added(&added, update);
        }
    }

    // --- mounts and order

    /// What dropping a mount line on an item would do; `None`: nothing.
    pub(super) fn mount_onto(&self, start: &MountStart, onto: Item) -> Option<Result<Item, Refusal>> {
        let mounts = |task: &str, volume: &str| {
            let mounts = self.document.graph.tasks.get(task).map(|task| task.mounts.as_slice()).unwrap_or_default();
            mounts.iter().any(|mount| mount.volume == *volume)
        };
        let into = |volume: &String, task: &String, onto: Item| {
            if mounts(task, volume) {
                Err(Refusal::MountedAlready { volume: volume.clone(), task: task.clone() })
            } else {
                Ok(onto)
            }
        };
        match (start, &onto) {
            (MountStart::Volume(volume), Item::Task(task)) => Some(into(volume, task, onto.clone())),
            (MountStart::Task(task), Item::Volume(volume)) => Some(into(volume, task, onto.clone())),
            (MountStart::Task(from), Item::Task(task)) if from != task => {
                if self.volume_to_hand_over(from, task).is_none() {
                    return Some(Err(Refusal::NothingToHandOver { task: from.clone() }));
                }
                let closes = crate::wiring::upstream(&self.scene, from).contains(task);
                Some(if closes {
                    Err(Refusal::Cycle { producer: from.clone(), consumer: task.clone() })
                } else {
                    Ok(onto)
                })
            }
            _ => None,
        }
    }

    /// The first volume of a task that the other does not have from it yet.
    fn volume_to_hand_over(&self, from: &str, task: &str) -> Option<String> {
        let giver = self.document.graph.tasks.get(from)?;
        let taker = self.document.graph.tasks.get(task)?;
        let has = |volume: &str| {
            taker.mounts.iter().any(|mount| mount.volume == volume && mount.from.iter().any(|other| other == from))
        };
        giver.mounts.iter().map(|mount| &mount.volume).find(|volume| !has(volume)).cloned()
    }

    pub(super) fn finish_mount(&mut self, mounting: Mounting, update: &mut Update) {
        let onto = match mounting.onto {
            Some(Ok(onto)) => onto,
            Some(Err(refusal)) => {
                update.effects.push(Effect::Refused(refusal.to_string()));
                return;
            }
            None => return,
        };
        match (mounting.start, onto) {
            (MountStart::Volume(volume), Item::Task(task)) | (MountStart::Task(task), Item::Volume(volume)) => {
                self.mount(&volume, &task, update);
            }
            (MountStart::Task(from), Item::Task(task)) => {
                if let Some(volume) = self.volume_to_hand_over(&from, &task) {
                    self.carry_out(EditCommand::HandOver { volume, from, task }, update);
                }
            }
            (MountStart::Volume(_), Item::Volume(_)) => {}
        }
    }

    fn mount(&mut self, volume: &str, task: &str, update: &mut Update) {
        let Some(record) = self.document.graph.tasks.get(task) else { return };
        let index = record.mounts.len();
        let taken = |path: &str| record.mounts.iter().any(|mount| mount.path == path);
        // Where the volume is mounted elsewhere it is likeliest meant at the same path.
        let elsewhere = self.document.graph.tasks.values().flat_map(|task| &task.mounts);
        let elsewhere = elsewhere.filter(|mount| mount.volume == volume).map(|mount| mount.path.clone());
        let wishes = elsewhere.chain([String::from("/data"), format!("/mnt/{volume}")]);
        let numbered = (2_u32..).map(|number| format!("/mnt/{volume}-{number}"));
        let Some(path) = wishes.chain(numbered).find(|path| !taken(path)) else { return };
        let mount = Mount { volume: String::from(volume), path, ..Mount::default() };
        let task = String::from(task);
        if self.carry_out(EditCommand::AddMount { task: task.clone(), mount }, update).is_some() {
            self.choose(Item::Task(task.clone()), crate::selection::Choose::Only, update);
            update.effects.push(Effect::EditField(Place::Task { task, field: format!("mounts/{index}/path") }));
        }
    }

    pub(super) fn finish_order(&mut self, ordering: Ordering, update: &mut Update) {
        match ordering.onto {
            Some(Ok(task)) => {
                self.carry_out(EditCommand::AddAfter { task, before: ordering.before }, update);
            }
            Some(Err(refusal)) => update.effects.push(Effect::Refused(refusal.to_string())),
            None => {}
        }
    }
}

fn other_side(side: Side) -> Side {
    match side {
        Side::Input => Side::Output,
        Side::Output => Side::Input,
    }
}
