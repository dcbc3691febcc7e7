//! Servers die and come back in mid-run: Dagwright's own, the API server, Argo's controller. Nothing is lost or told twice.

use crate::harness::Cluster;
use crate::server::{Run, Server, parameter};
use dagwright_shared::run::{RunPhase, RunState};

/// Three tasks in a chain, each with something to say.
pub(crate) const CHAIN: &str = r##"apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: chain}
components:
  add:
    name: add
    inputs: [{name: number, type: Integer, default: 0}]
    outputs: [{name: sum, type: Integer}]
    implementation:
      container: {image: "busybox:1", command: [sh, -ec, "echo begun with $0; sleep 4; expr $0 + 1 > \"$1\"; echo done", {inputValue: number}, {outputPath: sum}]}
tasks:
  one: {component: add}
  two: {component: add, arguments: {number: {task: one, output: sum}}}
  three: {component: add, arguments: {number: {task: two, output: sum}}}
"##;

/// Waits until a task has begun. Whether it runs is known only when Argo next looks at its pod, up to 10 s later.
pub(crate) async fn begun(server: &Server, run: &Run, task: &str) {
    let begun = |state: &RunState| state.tasks.get(task).is_some_and(|task| !task.attempts.is_empty());
    server.until(run, &format!("{task} to begin"), begun).await;
}

/// The run ends as if nothing had happened.
pub(crate) async fn check(server: &Server, run: &Run) {
    let state = server.end(run).await;
    assert_eq!((state.phase, state.message.as_str()), (RunPhase::Succeeded, ""), "{state:#?}");
    assert_eq!(parameter(&state, "three", "sum"), "3");
    for task in ["one", "two", "three"] {
        assert_eq!(state.tasks[task].attempts.len(), 1, "{task} ran once");
    }
}

#[tokio::test]
async fn kill_9_of_the_server_in_mid_run() {
    let Some(_cluster) = Cluster::find("kill_9_of_the_server_in_mid_run") else { return };
    let mut server = Server::start();
    let run = server.run(CHAIN).await;
    begun(&server, &run, "one").await;
    server.kill();
    // Long enough for a task to end and another to begin unseen.
    tokio::time::sleep(std::time::Duration::from_secs(12)).await;
    server.again();
    check(&server, &run).await;
    // Between the request and the Workflow there is a moment, too.
    let next = server.run(CHAIN).await;
    server.kill();
    server.again();
    check(&server, &next).await;
}

#[tokio::test]
async fn restarts_of_the_api_server_and_of_argo_in_mid_run() {
    let Some(cluster) = Cluster::find("restarts_of_the_api_server_and_of_argo_in_mid_run") else { return };
    let server = Server::start();
    let run = server.run(CHAIN).await;
    begun(&server, &run, "one").await;
    if !cluster.restart("apiserver") {
        return;
    }
    begun(&server, &run, "two").await;
    assert!(cluster.restart("argo"));
    check(&server, &run).await;
}

#[tokio::test]
async fn a_workflow_deleted_behind_our_back_ends_its_run() {
    let Some(cluster) = Cluster::find("a_workflow_deleted_behind_our_back_ends_its_run") else { return };
    let server = Server::start();
    let run = server.run(CHAIN).await;
    begun(&server, &run, "one").await;
    cluster.kubectl(&["delete", "workflows", "--selector", &format!("dagwright.dev/run={}", run.id)]).unwrap();
    let state = server.end(&run).await;
    assert_eq!(state.phase, RunPhase::Failed);
    assert!(state.message.to_lowercase().contains("deleted"), "{}", state.message);
}
