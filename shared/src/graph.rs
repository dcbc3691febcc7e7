//! The order of a graph's tasks: a petgraph view over data edges, hand-overs and `after`, made when asked for.
//! A node's index is its task's place in the document; no index is ever stored in the model.

use crate::pipeline::{Argument, Graph, Task, text};
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};

/// Why one task waits for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// An output feeds an input, whole or inside a text.
    Data,
    /// A volume is handed over.
    HandOver,
    /// Order without data.
    After,
}

/// A view of a graph's order. References to tasks that are not there are left out; check reports them.
#[derive(Clone, Debug)]
pub struct TaskGraph<'a> {
    names: Vec<&'a str>,
    places: HashMap<&'a str, usize>,
    graph: DiGraph<(), EdgeKind, u32>,
}

/// Tasks that wait for each other in a circle: each for the next, the last for the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle<'a>(pub Vec<&'a str>);

/// The tasks that a task waits for, with the reason, as written: data first, then hand-overs, then `after`.
/// Repeats and names of tasks that are not there included.
pub fn upstream_references(task: &Task) -> Vec<(Cow<'_, str>, EdgeKind)> {
    let mut references = Vec::new();
    for argument in task.arguments.values() {
        references.extend(argument_tasks(argument).into_iter().map(|name| (name, EdgeKind::Data)));
    }
    for mount in &task.mounts {
        references.extend(mount.from.iter().map(|name| (Cow::from(name.as_str()), EdgeKind::HandOver)));
    }
    references.extend(task.after.iter().map(|name| (Cow::from(name.as_str()), EdgeKind::After)));
    references
}

/// The tasks whose outputs an argument takes.
pub fn argument_tasks(argument: &Argument) -> Vec<Cow<'_, str>> {
    match argument {
        Argument::Output { task, .. } => vec![Cow::from(task.as_str())],
        Argument::Text(written) => text::tasks(written).into_iter().map(Cow::from).collect(),
        _ => Vec::new(),
    }
}

impl<'a> TaskGraph<'a> {
    /// Reads the order of `graph`'s tasks; time and memory grow with tasks and references only.
    pub fn new(graph: &'a Graph) -> Self {
        let names: Vec<&str> = graph.tasks.keys().map(String::as_str).collect();
        let places: HashMap<&str, usize> = names.iter().enumerate().map(|(place, name)| (*name, place)).collect();
        let mut view = DiGraph::with_capacity(names.len(), 2 * names.len());
        for _ in &names {
            view.add_node(());
        }
        for (place, task) in graph.tasks.values().enumerate() {
            for (name, kind) in upstream_references(task) {
                if let Some(from) = places.get(name.as_ref()) {
                    view.add_edge(NodeIndex::new(*from), NodeIndex::new(place), kind);
                }
            }
        }
        Self { names, places, graph: view }
    }

    /// All tasks, each after those it waits for; among those that could come next, the document's order.
    ///
    /// # Errors
    /// A [`Cycle`] when tasks wait for each other.
    pub fn order(&self) -> Result<Vec<&'a str>, Cycle<'a>> {
        let mut waiting: Vec<usize> = self.graph.node_indices().map(|node| self.incoming(node)).collect();
        let mut ready: BinaryHeap<Reverse<usize>> =
            waiting.iter().enumerate().filter(|(_, count)| **count == 0).map(|(place, _)| Reverse(place)).collect();
        let mut order = Vec::with_capacity(self.names.len());
        while let Some(Reverse(place)) = ready.pop() {
            order.push(self.names[place]);
            for edge in self.graph.edges(NodeIndex::new(place)) {
                let next = edge.target().index();
                waiting[next] -= 1;
                if waiting[next] == 0 {
                    ready.push(Reverse(next));
                }
            }
        }
        if order.len() == self.names.len() {
            return Ok(order);
        }
        Err(self.cycles().into_iter().next().unwrap_or(Cycle(Vec::new())))
    }

    /// One circle for each group of tasks that wait for each other, starting with the task that stands first in the document.
    pub fn cycles(&self) -> Vec<Cycle<'a>> {
        let mut cycles: Vec<(usize, Cycle<'a>)> = Vec::new();
        for group in tarjan_scc(&self.graph) {
            let Some(first) = group.iter().min().copied() else { continue };
            if let Some(path) = self.circle_through(first, &group) {
                // Edges run from the producer; people read "waits for", from the consumer back.
                let names = path.into_iter().map(|node| self.names[node.index()]).collect();
                cycles.push((first.index(), Cycle(names)));
            }
        }
        cycles.sort_by_key(|(first, _)| *first);
        cycles.into_iter().map(|(_, cycle)| cycle).collect()
    }

    /// Whether an edge from `from` to `to` would close a circle: they are one task, or `from` already waits for `to`.
    pub fn would_cycle(&self, from: &str, to: &str) -> bool {
        from == to || self.reaches(to, from)
    }

    /// Whether `later` waits for `earlier`, directly or through others.
    pub fn reaches(&self, earlier: &str, later: &str) -> bool {
        let (Some(earlier), Some(later)) = (self.places.get(earlier), self.places.get(later)) else { return false };
        let mut seen = vec![false; self.names.len()];
        let mut queue = vec![*earlier];
        while let Some(place) = queue.pop() {
            for next in self.graph.neighbors(NodeIndex::new(place)) {
                if next.index() == *later {
                    return true;
                }
                if !std::mem::replace(&mut seen[next.index()], true) {
                    queue.push(next.index());
                }
            }
        }
        false
    }

    /// The tasks that `task` waits for directly, once each, in document order.
    pub fn dependencies(&self, task: &str) -> Vec<&'a str> {
        self.neighbours(task, petgraph::Direction::Incoming)
    }

    /// The tasks that wait for `task` directly, once each, in document order.
    pub fn dependents(&self, task: &str) -> Vec<&'a str> {
        self.neighbours(task, petgraph::Direction::Outgoing)
    }

    /// All tasks that `task` waits for, directly or through others, in document order.
    pub fn ancestors(&self, task: &str) -> Vec<&'a str> {
        self.closure(task, petgraph::Direction::Incoming)
    }

    /// All tasks that wait for `task`, directly or through others, in document order.
    pub fn descendants(&self, task: &str) -> Vec<&'a str> {
        self.closure(task, petgraph::Direction::Outgoing)
    }

    /// For each task in document order, the places (in the document) of those it waits for, sorted, once each.
    pub fn dependency_places(&self) -> Vec<Vec<usize>> {
        let nodes = self.graph.node_indices();
        nodes.map(|node| self.places_next_to(node, petgraph::Direction::Incoming)).collect()
    }

    /// The consecutive pairs of `tasks`, once they stand in running order, that nothing orders.
    /// No pair means that all of them run one after the other. Empty as well where the graph has a cycle.
    pub fn unordered_neighbours(&self, tasks: &[&str]) -> Vec<(&'a str, &'a str)> {
        let Ok(order) = self.order() else { return Vec::new() };
        let mut rank = vec![0; self.names.len()];
        for (position, name) in order.iter().enumerate() {
            rank[self.places[name]] = position;
        }
        let mut places: Vec<usize> = tasks.iter().filter_map(|name| self.places.get(name).copied()).collect();
        places.sort_by_key(|place| rank[*place]);
        places.dedup();
        let mut marks = vec![usize::MAX; self.names.len()];
        let pairs = places.windows(2).enumerate();
        pairs
            .filter(|(mark, pair)| !self.reaches_within(pair[0], pair[1], &rank, (&mut marks, *mark)))
            .map(|(_, pair)| (self.names[pair[0]], self.names[pair[1]]))
            .collect()
    }

    /// Searches only tasks that stand between the two in running order, so that neighbours cost next to nothing.
    fn reaches_within(
        &self,
        earlier: usize,
        later: usize,
        rank: &[usize],
        (marks, mark): (&mut [usize], usize),
    ) -> bool {
        let mut queue = VecDeque::from([later]);
        while let Some(place) = queue.pop_front() {
            for next in self.graph.neighbors_directed(NodeIndex::new(place), petgraph::Direction::Incoming) {
                let next = next.index();
                if next == earlier {
                    return true;
                }
                if rank[next] > rank[earlier] && std::mem::replace(&mut marks[next], mark) != mark {
                    queue.push_back(next);
                }
            }
        }
        false
    }

    fn incoming(&self, node: NodeIndex) -> usize {
        self.graph.edges_directed(node, petgraph::Direction::Incoming).count()
    }

    fn places_next_to(&self, node: NodeIndex, direction: petgraph::Direction) -> Vec<usize> {
        let mut places: Vec<usize> = self.graph.neighbors_directed(node, direction).map(NodeIndex::index).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    fn neighbours(&self, task: &str, direction: petgraph::Direction) -> Vec<&'a str> {
        let Some(place) = self.places.get(task) else { return Vec::new() };
        let places = self.places_next_to(NodeIndex::new(*place), direction);
        places.into_iter().map(|place| self.names[place]).collect()
    }

    fn closure(&self, task: &str, direction: petgraph::Direction) -> Vec<&'a str> {
        let Some(start) = self.places.get(task) else { return Vec::new() };
        let mut seen = vec![false; self.names.len()];
        let mut queue = vec![NodeIndex::new(*start)];
        while let Some(node) = queue.pop() {
            for next in self.graph.neighbors_directed(node, direction) {
                if !std::mem::replace(&mut seen[next.index()], true) {
                    queue.push(next);
                }
            }
        }
        self.names.iter().zip(seen).filter(|(_, seen)| *seen).map(|(name, _)| *name).collect()
    }

    /// The shortest circle from `first` back to itself inside its group, in waiting order; `None` when there is none.
    fn circle_through(&self, first: NodeIndex, group: &[NodeIndex]) -> Option<Vec<NodeIndex>> {
        let inside: HashSet<NodeIndex> = group.iter().copied().collect();
        let mut came_from: HashMap<NodeIndex, NodeIndex> = HashMap::new();
        let mut queue = VecDeque::from([first]);
        while let Some(node) = queue.pop_front() {
            let mut waits_for = self.places_next_to(node, petgraph::Direction::Incoming);
            waits_for.retain(|place| inside.contains(&NodeIndex::new(*place)));
            for next in waits_for.into_iter().map(NodeIndex::new) {
                if next == first {
                    let mut path = vec![node];
                    while let Some(before) = path.last().and_then(|node| came_from.get(node)) {
                        path.push(*before);
                    }
                    path.reverse();
                    return Some(path);
                }
                if let Entry::Vacant(entry) = came_from.entry(next) {
                    entry.insert(node);
                    queue.push_back(next);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Mount;

    /// Tasks with the names they come after.
    fn graph(tasks: &[(&str, &[&str])]) -> Graph {
        let tasks = tasks.iter().map(|(name, after)| {
            let after = after.iter().map(|name| String::from(*name)).collect();
            (String::from(*name), Task { after, ..Task::default() })
        });
        Graph { tasks: tasks.collect(), ..Graph::default() }
    }

    #[test]
    fn order_is_the_documents_where_it_may_be() {
        let graph = graph(&[("c", &["a"]), ("b", &[]), ("a", &[]), ("d", &["b", "c"])]);
        let view = TaskGraph::new(&graph);
        assert_eq!(view.order().unwrap(), ["b", "a", "c", "d"]);
        assert_eq!(view.dependencies("d"), ["c", "b"]);
        assert_eq!(view.ancestors("d"), ["c", "b", "a"]);
        assert_eq!(view.descendants("a"), ["c", "d"]);
        assert!(view.would_cycle("d", "a") && view.would_cycle("a", "a") && !view.would_cycle("a", "d"));
        assert!(!view.would_cycle("nobody", "a"));
    }

    #[test]
    fn every_kind_of_reference_is_an_edge() {
        let mut graph = graph(&[("a", &[]), ("b", &[]), ("c", &["missing"])]);
        let output = Argument::Output { task: String::from("a"), output: String::from("x") };
        graph.tasks["b"].arguments.insert(String::from("in"), output);
        graph.tasks["c"].mounts.push(Mount { from: vec![String::from("b")], ..Mount::default() });
        assert!(TaskGraph::new(&graph).reaches("a", "c"));
    }

    #[test]
    fn cycles_are_named_in_waiting_order() {
        let graph = graph(&[("x", &[]), ("a", &["c", "x"]), ("b", &["a"]), ("c", &["b"]), ("s", &["s"])]);
        let view = TaskGraph::new(&graph);
        assert_eq!(view.order(), Err(Cycle(vec!["a", "c", "b"])));
        assert_eq!(view.cycles(), [Cycle(vec!["a", "c", "b"]), Cycle(vec!["s"])]);
    }

    #[test]
    fn unordered_pairs_are_found() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["a"]), ("d", &["b", "c"])]);
        let view = TaskGraph::new(&graph);
        assert_eq!(view.unordered_neighbours(&["d", "c", "b", "a"]), [("b", "c")]);
        assert!(view.unordered_neighbours(&["d", "a"]).is_empty());
    }

    #[test]
    fn ten_thousand_tasks_are_ordered_at_once() {
        let names: Vec<String> = (0..10_000).map(|index| format!("t{index}")).collect();
        let tasks = names.iter().enumerate().map(|(index, name)| {
            let after = names[index.saturating_sub(100)..index].iter().step_by(50).cloned().collect();
            (name.clone(), Task { after, ..Task::default() })
        });
        let graph = Graph { tasks: tasks.collect(), ..Graph::default() };
        let view = TaskGraph::new(&graph);
        assert_eq!(view.order().unwrap().len(), 10_000);
        assert!(view.cycles().is_empty());
    }
}
