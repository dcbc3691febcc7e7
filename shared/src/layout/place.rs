//! Heights on the canvas: each node as near to the middle of those it is joined to as its neighbours in the layer allow.

use super::layers::Layers;

/// Rounds of pulling, there and back.
const ROUNDS: usize = 6;

/// The top of every node, in the order of the layers' nodes.
pub(super) fn tops(layers: &Layers, gap: f64) -> Vec<f64> {
    let mut tops = vec![0.0; layers.heights.len()];
    for order in &layers.order {
        let heights: Vec<f64> = order.iter().map(|node| layers.heights[*node]).collect();
        let total: f64 = heights.iter().map(|height| height + gap).sum();
        let mut y = -total / 2.0;
        for (node, height) in order.iter().zip(heights) {
            tops[*node] = y;
            y += height + gap;
        }
    }
    for round in 0..ROUNDS {
        let forwards = round % 2 == 0;
        let count = layers.order.len();
        for step in 0..count {
            let order = &layers.order[if forwards { step } else { count - 1 - step }];
            let wanted: Vec<f64> = order
                .iter()
                .map(|node| {
                    let joined = if forwards { &layers.before[*node] } else { &layers.after[*node] };
                    if joined.is_empty() {
                        return tops[*node];
                    }
                    let middle: f64 = joined.iter().map(|other| tops[*other] + layers.heights[*other] / 2.0).sum();
                    middle / joined.len() as f64 - layers.heights[*node] / 2.0
                })
                .collect();
            let heights: Vec<f64> = order.iter().map(|node| layers.heights[*node]).collect();
            for (node, top) in order.iter().zip(spread(&wanted, &heights, gap)) {
                tops[*node] = top;
            }
        }
    }
    tops
}

/// Places spans of these sizes in this order, each as near to where it wants to start as the others allow (least squares,
/// by pooling neighbours that would overlap), with `gap` between them.
pub(super) fn spread(wanted: &[f64], sizes: &[f64], gap: f64) -> Vec<f64> {
    // With the room of the spans before it taken off, a span only has to stand no higher than the one before.
    let mut room = 0.0;
    let mut pools: Vec<(f64, usize)> = Vec::with_capacity(wanted.len());
    for (wanted, size) in wanted.iter().zip(sizes) {
        let mut pool = (wanted - room, 1);
        while let Some(last) = pools.last().filter(|last| last.0 / last.1 as f64 > pool.0 / pool.1 as f64) {
            pool = (pool.0 + last.0, pool.1 + last.1);
            pools.pop();
        }
        pools.push(pool);
        room += size + gap;
    }
    let bases = pools.into_iter().flat_map(|(sum, count)| std::iter::repeat_n(sum / count as f64, count));
    let mut room = 0.0;
    bases
        .zip(sizes)
        .map(|(base, size)| {
            let start = base + room;
            room += size + gap;
            start
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn spans_keep_their_order_and_distance() {
        assert_eq!(spread(&[0.0, 100.0], &[10.0, 10.0], 5.0), [0.0, 100.0]);
        assert_eq!(spread(&[0.0, 0.0], &[10.0, 10.0], 5.0), [-7.5, 7.5]);
        let starts = spread(&[5.0, 0.0, 3.0, 1.0], &[8.0; 4], 2.0);
        assert!(starts.windows(2).all(|pair| pair[1] - pair[0] >= 10.0 - 1e-9), "{starts:?}");
    }
}
