//! Layers and the order within them. Long wires get invisible nodes on the layers they cross, so that they find room.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Barycentre sweeps, there and back.
const SWEEPS: usize = 8;
/// Above this many invisible nodes for each visible one, long wires go straight.
const MOST_INVISIBLE: usize = 8;
/// Height of an invisible node: a wire.
const WIRE_HEIGHT: f64 = 8.0;

/// Nodes in layers. Nodes below `visible` are the given ones; the rest are invisible.
pub(super) struct Layers {
    /// For each layer its nodes from top to bottom.
    pub(super) order: Vec<Vec<usize>>,
    /// For each node those it is joined to in an earlier layer.
    pub(super) before: Vec<Vec<usize>>,
    /// For each node those it is joined to in a later layer.
    pub(super) after: Vec<Vec<usize>>,
    /// For each node its height.
    pub(super) heights: Vec<f64>,
    layer: Vec<usize>,
}

impl Layers {
    /// `before` lists, for each node, the nodes it waits for.
    pub(super) fn new(before: &[Vec<usize>], heights: Vec<f64>) -> Self {
        let (ranks, layer) = layers(before);
        let mut layers = Self {
            order: Vec::new(),
            before: vec![Vec::new(); before.len()],
            after: vec![Vec::new(); before.len()],
            heights,
            layer,
        };
        layers.join(before, &ranks);
        layers.initial_order(&ranks);
        layers.sweep();
        layers
    }

    pub(super) fn layer_of(&self, node: usize) -> usize {
        self.layer[node]
    }

    fn join(&mut self, before: &[Vec<usize>], ranks: &[usize]) {
        let forward = |node: usize, other: usize| ranks[other] < ranks[node];
        let crossed = |layer: &[usize], node: usize, other: usize| layer[node].abs_diff(layer[other]).saturating_sub(1);
        let wires = before.iter().enumerate().flat_map(|(node, others)| others.iter().map(move |other| (node, *other)));
        let wires: Vec<(usize, usize)> = wires.collect();
        let invisible: usize = wires.iter().map(|(node, other)| crossed(&self.layer, *node, *other)).sum();
        let through = invisible <= MOST_INVISIBLE * before.len();
        for (node, other) in wires {
            // A wire of a circle that runs backwards is laid as if it ran forwards.
            let (from, to) = if forward(node, other) { (other, node) } else { (node, other) };
            let mut last = from;
            if through {
                for layer in self.layer[from] + 1..self.layer[to] {
                    let next = self.add_invisible(layer);
                    self.connect(last, next);
                    last = next;
                }
            }
            self.connect(last, to);
        }
    }

    fn add_invisible(&mut self, layer: usize) -> usize {
        self.layer.push(layer);
        self.before.push(Vec::new());
        self.after.push(Vec::new());
        self.heights.push(WIRE_HEIGHT);
        self.layer.len() - 1
    }

    fn connect(&mut self, from: usize, to: usize) {
        self.after[from].push(to);
        self.before[to].push(from);
    }

    fn initial_order(&mut self, ranks: &[usize]) {
        let count = self.layer.iter().max().map_or(0, |last| last + 1);
        self.order = vec![Vec::new(); count];
        let mut nodes: Vec<usize> = (0..self.layer.len()).collect();
        // Invisible nodes have no rank of their own: they follow the visible ones, in the order of their wires.
        nodes.sort_by_key(|node| ranks.get(*node).copied().unwrap_or(usize::MAX));
        for node in nodes {
            self.order[self.layer[node]].push(node);
        }
    }

    fn sweep(&mut self) {
        let mut position = vec![0.0; self.layer.len()];
        let spread = |order: &[usize], position: &mut [f64]| {
            for (index, node) in order.iter().enumerate() {
                position[*node] = (index as f64 + 0.5) / order.len() as f64;
            }
        };
        self.order.iter().for_each(|order| spread(order, &mut position));
        let mut best = (self.crossings(), self.order.clone());
        for sweep in 0..SWEEPS {
            let forwards = sweep % 2 == 0;
            let neighbours = if forwards { &self.before } else { &self.after };
            let count = self.order.len();
            for step in 0..count {
                let layer = if forwards { step } else { count - 1 - step };
                let order = &mut self.order[layer];
                let mut keyed: Vec<(f64, usize)> = order
                    .iter()
                    .map(|node| {
                        let joined = &neighbours[*node];
                        let sum: f64 = joined.iter().map(|other| position[*other]).sum();
                        (if joined.is_empty() { position[*node] } else { sum / joined.len() as f64 }, *node)
                    })
                    .collect();
                keyed.sort_by(|left, right| left.0.total_cmp(&right.0));
                *order = keyed.into_iter().map(|(_, node)| node).collect();
                spread(order, &mut position);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.order.clone());
            }
        }
        self.order = best.1;
    }

    /// How many pairs of wires between neighbouring layers cross.
    fn crossings(&self) -> usize {
        let mut place = vec![0; self.layer.len()];
        for order in &self.order {
            order.iter().enumerate().for_each(|(index, node)| place[*node] = index);
        }
        let mut crossings = 0;
        for pair in self.order.windows(2) {
            // A Fenwick tree over the lower layer counts, for each wire, the earlier ones that end below it.
            let mut tree = vec![0_usize; pair[1].len() + 1];
            let mut seen = 0;
            for node in &pair[0] {
                let mut ends: Vec<usize> = self.after[*node]
                    .iter()
                    .filter(|next| self.layer[**next] == self.layer[*node] + 1)
                    .map(|next| place[*next])
                    .collect();
                ends.sort_unstable();
                for end in &ends {
                    let mut not_below = 0;
                    let mut index = end + 1;
                    while index > 0 {
                        not_below += tree[index];
                        index &= index - 1;
                    }
                    crossings += seen - not_below;
                }
                for end in ends {
                    seen += 1;
                    let mut index = end + 1;
                    while index < tree.len() {
                        tree[index] += 1;
                        index += index & index.wrapping_neg();
                    }
                }
            }
        }
        crossings
    }
}

/// For each node its place in running order and its layer: one more than the latest it waits for. In a circle the node
/// that stands first in the document goes first.
fn layers(before: &[Vec<usize>]) -> (Vec<usize>, Vec<usize>) {
    let mut after = vec![Vec::new(); before.len()];
    for (node, others) in before.iter().enumerate() {
        others.iter().for_each(|other| after[*other].push(node));
    }
    let mut waiting: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut ready: BinaryHeap<Reverse<usize>> =
        (0..before.len()).filter(|node| waiting[*node] == 0).map(Reverse).collect();
    let mut ranks = vec![usize::MAX; before.len()];
    let mut layer = vec![0_usize; before.len()];
    let (mut next_rank, mut first_unplaced) = (0, 0);
    while next_rank < before.len() {
        let node = ready.pop().map(|Reverse(node)| node).unwrap_or_else(|| {
            while ranks[first_unplaced] != usize::MAX {
                first_unplaced += 1;
            }
            first_unplaced
        });
        if ranks[node] != usize::MAX {
            continue;
        }
        ranks[node] = next_rank;
        next_rank += 1;
        for next in &after[node] {
            waiting[*next] = waiting[*next].saturating_sub(1);
            if ranks[*next] == usize::MAX {
                layer[*next] = layer[*next].max(layer[node] + 1);
                if waiting[*next] == 0 {
                    ready.push(Reverse(*next));
                }
            }
        }
    }
    // Sources stand beside what they feed, not all at the far left.
    for node in 0..before.len() {
        if before[node].is_empty()
            && let Some(nearest) = after[node].iter().map(|next| layer[*next]).min()
        {
            layer[node] = nearest.saturating_sub(1);
        }
    }
    (ranks, layer)
}
