//! The pipeline as an edit leaves it, as an overlay: only what is touched is copied, so that an edit of one task costs
//! the same in a graph of ten thousand. Knows no rules; gives the set of changes at the end.

use crate::component::Component;
use crate::pipeline::change::{Change, ChangeSet, Placed};
use crate::pipeline::record::{GraphRecord, Record, RecordId};
use crate::pipeline::{Metadata, Parameter, Pipeline, Task, Volume};
use indexmap::IndexMap;
use std::collections::HashMap;

/// A pipeline and what has been done to it so far.
pub(super) struct Draft<'a> {
    base: &'a Pipeline,
    metadata: Option<Metadata>,
    graph: Option<GraphRecord>,
    pub(super) parameters: Overlay<'a, Parameter>,
    pub(super) volumes: Overlay<'a, Volume>,
    pub(super) components: Overlay<'a, Component>,
    pub(super) tasks: Overlay<'a, Task>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(base: &'a Pipeline) -> Self {
        Self {
            base,
            metadata: None,
            graph: None,
            parameters: Overlay::new(&base.graph.parameters),
            volumes: Overlay::new(&base.graph.volumes),
            components: Overlay::new(&base.graph.components),
            tasks: Overlay::new(&base.graph.tasks),
        }
    }

    pub(super) fn has(&self, id: &RecordId) -> bool {
        match id {
            RecordId::Metadata | RecordId::Graph => true,
            RecordId::Parameter(name) => self.parameters.get(name).is_some(),
            RecordId::Volume(name) => self.volumes.get(name).is_some(),
            RecordId::Component(name) => self.components.get(name).is_some(),
            RecordId::Task(name) => self.tasks.get(name).is_some(),
        }
    }

    pub(super) fn set_metadata(&mut self, metadata: Metadata) {
        self.metadata = Some(metadata);
    }

    pub(super) fn graph_record(&self) -> GraphRecord {
        self.graph.clone().unwrap_or_else(|| self.base.graph_record())
    }

    pub(super) fn set_graph_record(&mut self, record: GraphRecord) {
        self.graph = Some(record);
    }

    /// Makes it the other pipeline.
    pub(super) fn set_all(&mut self, other: &Pipeline) {
        self.metadata = Some(other.metadata.clone());
        self.graph = Some(other.graph_record());
        self.parameters.set_all(&other.graph.parameters);
        self.volumes.set_all(&other.graph.volumes);
        self.components.set_all(&other.graph.components);
        self.tasks.set_all(&other.graph.tasks);
    }

    /// What changed.
    pub(super) fn finish(self) -> ChangeSet {
        let mut changes = Vec::new();
        if let Some(metadata) = self.metadata {
            changes.push(Change {
                id: RecordId::Metadata,
                before: Some(Placed { index: 0, record: Record::Metadata(Box::new(self.base.metadata.clone())) }),
                after: Some(Placed { index: 0, record: Record::Metadata(Box::new(metadata)) }),
            });
        }
        if let Some(graph) = self.graph {
            changes.push(Change {
                id: RecordId::Graph,
                before: Some(Placed { index: 0, record: Record::Graph(Box::new(self.base.graph_record())) }),
                after: Some(Placed { index: 0, record: Record::Graph(Box::new(graph)) }),
            });
        }
        self.parameters.finish(&mut changes, RecordId::Parameter, |value| Record::Parameter(Box::new(value)));
        self.volumes.finish(&mut changes, RecordId::Volume, |value| Record::Volume(Box::new(value)));
        self.components.finish(&mut changes, RecordId::Component, |value| Record::Component(Box::new(value)));
        self.tasks.finish(&mut changes, RecordId::Task, |value| Record::Task(Box::new(value)));
        ChangeSet(changes).without_idle()
    }
}

/// A map of records with what has been done to it.
pub(super) struct Overlay<'a, T> {
    base: &'a IndexMap<String, T>,
    /// `None`: gone.
    touched: IndexMap<String, Option<T>>,
    /// All names in their new order, those gone still among them; `None` while it is the base's order.
    order: Option<Vec<String>>,
}

impl<T: Clone + PartialEq> Overlay<'_, T> {
    /// Makes it the other map, its order included; touches what differs and what changed places, no more.
    fn set_all(&mut self, other: &IndexMap<String, T>) {
        let gone: Vec<String> =
            self.iter().map(|(name, _)| name).filter(|name| !other.contains_key(*name)).map(String::from).collect();
        for name in &gone {
            self.remove(name);
        }
        for (name, value) in other {
            if self.get(name) != Some(value) {
                self.insert(name, value.clone());
            }
        }
        let places: HashMap<String, usize> =
            self.iter().enumerate().map(|(place, (name, _))| (String::from(name), place)).collect();
        let places: Vec<usize> = other.keys().filter_map(|name| places.get(name).copied()).collect();
        if places.is_sorted() {
            return;
        }
        // What is not in the longest run that kept its order has moved.
        let stays = longest_rising(&places);
        for (name, stays) in other.keys().zip(stays) {
            if !stays {
                self.get_mut(name);
            }
        }
        self.order = Some(other.keys().cloned().chain(gone).collect());
    }
}

/// Which of the numbers, all different, are in the longest rising subsequence (the first such found).
fn longest_rising(numbers: &[usize]) -> Vec<bool> {
    // `ends[length]`: the place of the smallest number that ends a rising run of `length + 1`.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(numbers.len());
    for (place, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| numbers[*end] < *number);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = place,
            None => ends.push(place),
        }
    }
    let mut rising = vec![false; numbers.len()];
    let mut at = ends.last().copied();
    while let Some(place) = at {
        rising[place] = true;
        at = before[place];
    }
    rising
}

impl<'a, T: Clone> Overlay<'a, T> {
    fn new(base: &'a IndexMap<String, T>) -> Self {
        Self { base, touched: IndexMap::new(), order: None }
    }

    pub(super) fn get(&self, name: &str) -> Option<&T> {
        match self.touched.get(name) {
            Some(touched) => touched.as_ref(),
            None => self.base.get(name),
        }
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        if !self.touched.contains_key(name) {
            let copy = self.base.get(name)?.clone();
            self.touched.insert(String::from(name), Some(copy));
        }
        self.touched.get_mut(name)?.as_mut()
    }

    /// Names and values in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        let (from_order, from_base) = match &self.order {
            Some(order) => (Some(order.iter()), None),
            None => (None, Some(self.base.keys())),
        };
        let names = from_order.into_iter().flatten().chain(from_base.into_iter().flatten());
        names.filter_map(|name| Some((name.as_str(), self.get(name)?)))
    }

    /// Adds at the end, or replaces in place.
    pub(super) fn insert(&mut self, name: &str, value: T) {
        if self.get(name).is_none() {
            let is_listed = self.base.contains_key(name) || self.touched.contains_key(name);
            let order = self.order();
            if is_listed {
                order.retain(|listed| listed != name);
            }
            order.push(String::from(name));
        }
        self.touched.insert(String::from(name), Some(value));
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<T> {
        let value = self.get(name)?.clone();
        self.touched.insert(String::from(name), None);
        Some(value)
    }

    /// Gives an entry another name at the same place; the new name must be free.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        let Some(value) = self.remove(from) else { return };
        let order = self.order();
        order.retain(|listed| listed != to);
        if let Some(place) = order.iter().position(|listed| listed == from) {
            order.insert(place, String::from(to));
        }
        self.touched.insert(String::from(to), Some(value));
    }

    /// Moves an entry so that it has the index (the end at most) among those that are there.
    pub(super) fn reorder(&mut self, name: &str, index: usize) {
        if self.get_mut(name).is_none() {
            return;
        }
        let mut order: Vec<String> =
            self.iter().map(|(listed, _)| String::from(listed)).filter(|listed| listed != name).collect();
        order.insert(index.min(order.len()), String::from(name));
        self.order = Some(order);
    }

    fn order(&mut self) -> &mut Vec<String> {
        let base = self.base;
        self.order.get_or_insert_with(|| base.keys().cloned().collect())
    }

    fn finish(self, changes: &mut Vec<Change>, id: impl Fn(String) -> RecordId, record: impl Fn(T) -> Record) {
        let same_places = self.order.is_none() && self.touched.values().all(Option::is_some);
        let places: IndexMap<String, usize> = if same_places {
            let place = |name: &String| Some((name.clone(), self.base.get_index_of(name)?));
            self.touched.keys().filter_map(place).collect()
        } else {
            let listed = self.iter().enumerate();
            listed
                .filter(|(_, (name, _))| self.touched.contains_key(*name))
                .map(|(place, (name, _))| (String::from(name), place))
                .collect()
        };
        for (name, value) in self.touched {
            let before = self.base.get_full(&name);
            let before = before.map(|(index, _, value)| Placed { index, record: record(value.clone()) });
            let index = places.get(&name).copied().unwrap_or_default();
            let after = value.map(|value| Placed { index, record: record(value) });
            changes.push(Change { id: id(name), before, after });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::longest_rising;
    use crate::pipeline::Pipeline;
    use crate::pipeline::arbitrary;
    use crate::pipeline::edit::{EditCommand, realise};
    use crate::pipeline::file::pipeline_to_value;
    use proptest::prelude::*;

    /// Everything with its order, which equality of maps leaves out.
    fn written(pipeline: &Pipeline) -> String {
        pipeline_to_value(pipeline).to_string()
    }

    #[test]
    fn the_longest_run_that_rises() {
        let longest = |numbers: &[usize]| {
            let kept = longest_rising(numbers).into_iter().zip(numbers).filter(|(stays, _)| *stays);
            kept.map(|(_, number)| *number).collect::<Vec<_>>()
        };
        assert_eq!(longest(&[]), Vec::<usize>::new());
        assert_eq!(longest(&[3, 0, 1, 2]), [0, 1, 2]);
        assert_eq!(longest(&[0, 4, 1, 2, 3]), [0, 1, 2, 3]);
        assert_eq!(longest(&[2, 1, 0]).len(), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

        /// Any document becomes any other by one set, and is itself again when that is taken back.
        #[test]
        fn a_document_becomes_another(from in arbitrary::pipeline(), mut to in arbitrary::pipeline(), turned in any::<bool>()) {
            if turned {
                // Records of the same names, in another order.
                to.graph.tasks.extend(from.graph.tasks.clone());
                to.graph.tasks.reverse();
                to.graph.parameters.extend(from.graph.parameters.clone());
                to.graph.parameters.sort_keys();
            }
            let mut pipeline = from.clone();
            let changes = realise(&from, &EditCommand::SetDocument(Box::new(to.clone()))).unwrap();
            pipeline.apply(&changes).unwrap();
            prop_assert_eq!(written(&pipeline), written(&to));
            pipeline.apply(&changes.reversed()).unwrap();
            prop_assert_eq!(written(&pipeline), written(&from));
        }
    }
}
