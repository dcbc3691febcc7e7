//! The estimate of a Workflow's size against nodes as Argo writes them, compressed as Argo does.

use crate::features::features;
use crate::layout::grid;
use crate::sample::*;
use crate::status::{Nodes, compressed};
use dagwright_shared::check::Arguments;
use dagwright_shared::compile::compile;
use dagwright_shared::export::argo::{ArgoExport, export};
use dagwright_shared::export::size::workflow_size;
use dagwright_shared::pipeline::{Pipeline, Retry};
use serde_json::{Map, Value};

fn exported(pipeline: &Pipeline) -> ArgoExport {
    export(&compile(pipeline, &Arguments::new()).unwrap()).unwrap()
}

/// A run's status as it is kept, in bytes: the nodes, and a line for each pod as Argo 3.5 has it.
fn kept(export: &ArgoExport) -> usize {
    let name = format!("{}{}", export.workflow["metadata"]["generateName"].as_str().unwrap(), "5545f5f3148b55455545");
    let nodes = Nodes::new(&export.workflow, &name).all(|_| true);
    let pods = nodes.iter().filter(|(_, node)| node["type"] == "Pod").map(|(id, _)| format!("\"{id}\":true,").len());
    compressed(&nodes).len() + pods.sum::<usize>()
}

/// What the tests compress is what Argo compresses.
#[test]
fn made_up_nodes_are_like_real_ones() {
    let recorded: Map<String, Value> = serde_json::from_str(include_str!("status/grid-12.json")).unwrap();
    let real = recorded["nodes"].as_object().unwrap();
    let export = exported(&grid(3, 4));
    let made_up = Nodes::new(&export.workflow, recorded["name"].as_str().unwrap()).all(|_| true);
    let keys = |nodes: &Map<String, Value>| nodes.keys().cloned().collect::<std::collections::BTreeSet<_>>();
    assert_eq!(keys(real), keys(&made_up));
    for (id, node) in real {
        let mut fields = keys(node.as_object().unwrap());
        if node["type"] == "DAG" {
            ["outboundNodes", "resourcesDuration"].iter().for_each(|field| assert!(fields.remove(*field)));
        }
        assert_eq!(fields, keys(made_up[id].as_object().unwrap()), "{id}");
    }
    let (real, made_up) = (compressed(real).len(), compressed(&made_up).len());
    assert!(made_up.abs_diff(real) * 20 < real, "{made_up} bytes, not {real}");
}

#[test]
fn nodes_are_estimated_on_the_large_side() {
    // As hard to compress as written English.
    let mut random = 1_u64;
    let mut letter = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b"  eeetttaaooiinnsshhrrdlcumw"[(random >> 33) as usize % 28])
    };
    let mut texts = pipeline("texts");
    add_component(&mut texts.graph, "show", container("show", &["text: String"], &[], [text("echo"), value("text")]));
    let mut many = pipeline("many ports");
    let inputs = ["a: String", "b: Model", "c: Model"];
    let command = [text("use"), value("a"), path("b"), path("c"), out("x"), out("y"), out("z")];
    add_component(&mut many.graph, "use", container("use", &inputs, &["x: String", "y: Model", "z: Model"], command));
    for number in 0..1000_usize {
        let constant_text: String = (0..300).map(|_| letter()).collect();
        add_task(&mut texts.graph, &format!("show-{number}"), task("show", [("text", constant(constant_text))]));
        let before = |back: usize| format!("a rather long name {}", number.saturating_sub(back));
        let inputs = match number {
            0..2 => [("a", constant("a")), ("b", constant("b")), ("c", constant("c"))],
            _ => [("a", output(&before(1), "x")), ("b", output(&before(1), "y")), ("c", output(&before(2), "z"))],
        };
        add_task(&mut many.graph, &before(0), task("use", inputs));
    }
    let mut retried = grid(25, 40);
    for task in retried.graph.tasks.values_mut() {
        task.retry = Some(Retry { limit: 2, ..Retry::default() });
    }
    let cases = [
        ("grid", grid(50, 40)),
        ("row", grid(2000, 1)),
        ("chain", grid(2, 500)),
        ("retried", retried),
        ("texts", texts),
        ("many", many),
    ];
    for (name, pipeline) in cases.into_iter().chain(features()) {
        let export = exported(&pipeline);
        let (real, estimate) = (kept(&export), workflow_size(&export).status);
        println!("{name}: estimated {estimate}, {real} bytes");
        // Tasks with retries are taken to need more attempts than these had.
        let most = if real > 10_000 { real * 2 } else { real + 3000 };
        assert!((real..most).contains(&estimate), "{name}: estimated {estimate}, but {real} bytes");
    }
}
