//! Two thousand tasks on a real API server and Argo controller, up to scheduling, and as big as estimated.

use super::cluster::Cluster;
use crate::layout::grid;
use crate::status::{Nodes, compressed};
use dagwright_shared::check::Arguments;
use dagwright_shared::compile::compile;
use dagwright_shared::export::argo::export;
use dagwright_shared::export::size::workflow_size;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Argo validates two thousand tasks for 13 s of processor time before it starts the first.
const PATIENCE: Duration = Duration::from_secs(400);

/// Waits for what is wanted of a Workflow; returns it as it is stored.
fn until(cluster: &Cluster, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = cluster.kubectl(&["get", "--output=json", "--show-managed-fields", name], "").unwrap();
        let workflow: Value = serde_json::from_str(&text).unwrap();
        if wanted(&workflow["status"]) {
            return workflow;
        }
        assert!(Instant::now() < deadline, "{name} stays: {:.2000}", workflow["status"]);
        std::thread::sleep(Duration::from_secs(1));
    }
}

#[test]
fn two_thousand_tasks_are_accepted_and_grow_as_estimated() {
    let Some(cluster) = Cluster::find("two_thousand_tasks_are_accepted_and_grow_as_estimated") else { return };
    let exported = export(&compile(&grid(50, 40), &Arguments::new()).unwrap()).unwrap();
    let size = workflow_size(&exported);
    let mut workflow = exported.workflow.clone();
    workflow["spec"]["parallelism"] = json!(3);
    workflow["spec"]["nodeSelector"] = json!({"dagwright.dev/no-such-node": "true"});

    // From the start: the first pods wait for a node.
    workflow["metadata"] = json!({"generateName": "export-grid-"});
    let asked = Instant::now();
    let started = cluster.create(&workflow.to_string());
    println!("created {} bytes in {:?}", size.submitted, asked.elapsed());
    let is_waiting =
        |node: &Value| node["message"].as_str().is_some_and(|message| message.starts_with("Unschedulable"));
    until(&cluster, &started, |status| {
        status["nodes"].as_object().is_some_and(|nodes| nodes.values().filter(|node| is_waiting(node)).count() == 3)
    });
    println!("three pods wait for a node after {:?}", asked.elapsed());
    cluster.delete(&started);

    // Shortly before the end: all but the last task are done, which makes the status as big as it gets.
    let name = format!("export-grid-{:020}", std::process::id());
    let almost = compressed(&Nodes::new(&exported.workflow, &name).all(|task| task != "t-39-49"));
    workflow["metadata"] = json!({"name": name});
    workflow["status"] = json!({"phase": "Running", "startedAt": "2026-11-24T00:00:00Z", "progress": "1999/2000", "compressedNodes": almost});
    let ending = cluster.create(&workflow.to_string());
    let pods = || {
        let selector = format!("--selector=workflows.argoproj.io/workflow={name}");
        cluster.kubectl(&["get", "pods", "--output=name", &selector], "").unwrap().lines().count()
    };
    let is_stored = |status: &Value| status["compressedNodes"].as_str().is_some_and(|nodes| nodes != almost);
    let stored = until(&cluster, &ending, |status| is_stored(status) && pods() > 0);
    assert_eq!(pods(), 1, "the last task's alone");
    cluster.delete(&ending);
    let (real, nodes) = (stored.to_string().len(), stored["status"]["compressedNodes"].as_str().unwrap().len());
    println!(
        "{size:?} together {}; stored {real} bytes, of them nodes {nodes}; ours were {}",
        size.total(),
        almost.len()
    );
    assert!(nodes.abs_diff(almost.len()) * 10 < nodes, "what the tests compress is what Argo compresses");
    // The estimate has room for what Argo 3.5 keeps besides, 45 bytes a pod and more.
    assert!((real..real * 7 / 4).contains(&size.total()), "{size:?}, {real} bytes");
}
