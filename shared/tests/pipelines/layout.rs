//! The automatic layout: nothing overlaps, everything is on the grid, wires run to the right.

use crate::sample::*;
use dagwright_shared::graph::TaskGraph;
use dagwright_shared::layout::arrange;
use dagwright_shared::layout::geometry::{Folding, NODE_WIDTH, node_size};
use dagwright_shared::pipeline::{Graph, Pipeline};

/// A grid as in the benchmarks: each task waits for two of the row above.
pub(crate) fn grid(width: usize, depth: usize) -> Pipeline {
    let mut grid = pipeline(&format!("grid-{}", width * depth));
    let graph = &mut grid.graph;
    add_parameter(graph, "greeting", typed("String", "hello"));
    add_parameter(graph, "subject", typed("String", "world"));
    let source = |change: &str| {
        format!(
            "import os\nimport sys\n\ntext, path = sys.argv[1:]\nwords = text.split()\nchanged = \" \".join({change})\n\
             os.makedirs(os.path.dirname(path), exist_ok=True)\nwith open(path, \"w\") as file:\n    file.write(changed)\n\
             print(len(words), \"words\")\n"
        )
    };
    let changes = [
        ("upper", "word.upper() for word in words"),
        ("reverse", "word[::-1] for word in words"),
        ("sort", "word for word in sorted(words)"),
        ("swap", "word.swapcase() for word in words"),
    ];
    for (name, change) in changes {
        let command = [text("python3"), text("-c"), text(&source(change)), value("text"), out("result")];
        add_component(graph, name, container(name, &["text: String"], &["result: String"], command));
    }
    for row in 0..depth {
        for column in 0..width {
            let before = |column: usize| format!("t-{}-{}", row - 1, column % width);
            let from = match row {
                0 => parameter(["greeting", "subject"][column % 2]),
                _ => output(&before(column), "result"),
            };
            let mut made = task(changes[(row + column) % 4].0, [("text", from)]);
            if row > 0 {
                made.after.push(before(column + 1));
            }
            add_task(graph, &format!("t-{row}-{column}"), made);
        }
    }
    grid
}

fn assert_tidy(graph: &Graph) {
    let arrangement = arrange(graph);
    let mut boxes: Vec<(f64, f64, f64)> = graph
        .tasks
        .iter()
        .map(|(name, task)| {
            let point = arrangement.tasks[name];
            assert!(point.x % 8.0 == 0.0 && point.y % 8.0 == 0.0, "{name} is off the grid: {point:?}");
            (point.x, point.y, node_size(&graph.components[&task.component], Folding::Folded).height)
        })
        .collect();
    boxes.sort_by(|left, right| left.partial_cmp(right).unwrap());
    for pair in boxes.windows(2) {
        let [(x, y, height), (next_x, next_y, _)] = [pair[0], pair[1]];
        assert!(next_x != x || next_y >= y + height, "{pair:?} overlap");
        assert!(next_x == x || next_x >= x + NODE_WIDTH, "columns overlap: {pair:?}");
    }
    let view = TaskGraph::new(graph);
    if view.cycles().is_empty() {
        for name in graph.tasks.keys() {
            for before in view.dependencies(name) {
                assert!(arrangement.tasks[before].x < arrangement.tasks[name].x, "{before} is not left of {name}");
            }
        }
    }
    assert_eq!(arrange(graph), arrangement);
}

#[test]
fn the_pair_with_a_volume() {
    let mut pair = pair();
    add_volume(&mut pair.graph, "data", volume("1Gi"));
    add_volume(&mut pair.graph, "idle", volume("1Gi"));
    pair.graph.tasks["first"].mounts.push(mount("data", "/data"));
    add_task(&mut pair.graph, "alone", task("make", [("text", constant("x"))]));
    assert_tidy(&pair.graph);
    insta::assert_debug_snapshot!(arrange(&pair.graph));
}

#[test]
fn grids_and_circles() {
    assert_tidy(&grid(7, 8).graph);
    let mut circle = grid(2, 3).graph;
    circle.tasks["t-0-0"].after.push(String::from("t-2-1"));
    assert_tidy(&circle);
    assert_tidy(&Graph::default());
}

#[test]
fn long_wires_find_room() {
    let mut graph = pair().graph;
    for number in 0..6 {
        let mut next = task("make", [("text", output(if number == 0 { "first" } else { "step" }, "result"))]);
        if number > 0 {
            next.arguments["text"] = output(&format!("step-{}", number - 1), "result");
        }
        add_task(&mut graph, &format!("step-{number}"), next);
    }
    add_task(
        &mut graph,
        "last",
        task("read", [("text", output("step-5", "result")), ("model", output("first", "model"))]),
    );
    assert_tidy(&graph);
}

#[test]
fn ten_thousand_nodes() {
    assert_tidy(&grid(100, 100).graph);
}
