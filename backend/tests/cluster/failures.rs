//! What goes wrong in a run on the cluster: exit codes, retries, time limits, stops, and mistakes that people make.

use crate::harness::{Cluster, PATIENCE};
use crate::server::{Server, phases};
use dagwright_shared::run::{RunPhase, TaskPhase};
use std::time::Duration;

/// `slow` exceeds its time, `flaky` succeeds at its third attempt, `bad` fails and cuts what follows it; `good` does not care.
const FAILING: &str = r##"apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: failing}
volumes: [{name: memory, size: 1Mi, accessModes: [ReadWriteOnce], lifetime: run}]
components:
  shell:
    name: shell
    inputs: [{name: script, type: String}, {name: before, type: String, optional: true}]
    outputs: [{name: said, type: String}]
    implementation:
      container:
        image: busybox:1
        command: [sh, -c, "printf said > \"$0\"; eval \"$1\"", {outputPath: said}, {inputValue: script}]
tasks:
  bad: {component: shell, arguments: {script: {value: "echo on its way; echo out of reason >&2; exit 3"}}}
  after bad: {component: shell, arguments: {script: {value: "true"}, before: {task: bad, output: said}}}
  good: {component: shell, arguments: {script: {value: "echo fine"}}}
  flaky:
    component: shell
    arguments: {script: {value: "echo x >> /memory/tries; echo attempt $(wc -l < /memory/tries); [ $(wc -l < /memory/tries) = 3 ]"}}
    mounts: [{volume: memory, path: /memory}]
    retry: {limit: 3, backoff: 1s, factor: 1}
  slow:
    component: shell
    arguments: {script: {value: "echo begun; sleep 600"}}
    timeout: 40s
"##;

#[tokio::test]
async fn exit_codes_retries_and_time_limits() {
    let Some(_cluster) = Cluster::find("exit_codes_retries_and_time_limits") else { return };
    let server = Server::start();
    let run = server.run(FAILING).await;
    let state = server.end(&run).await;
    assert_eq!(state.phase, RunPhase::Failed);
    assert_eq!(
        phases(&state),
        [
            ("after-bad", TaskPhase::Skipped),
            ("bad", TaskPhase::Failed),
            ("flaky", TaskPhase::Succeeded),
            ("good", TaskPhase::Succeeded),
            ("slow", TaskPhase::Failed),
        ]
    );
    let bad = &state.tasks["bad"];
    assert_eq!((bad.attempts.len(), bad.attempts[0].exit_code), (1, Some(3)), "{bad:#?}");
    assert!(state.message.contains("bad"), "the run says which task failed: {}", state.message);
    assert_eq!(state.tasks["after-bad"].attempts.len(), 0);
    assert!(state.tasks["after-bad"].detail.contains("bad"), "{:?}", state.tasks["after-bad"].detail);

    let flaky = &state.tasks["flaky"].attempts;
    let told: Vec<_> = flaky.iter().map(|attempt| (attempt.phase, attempt.exit_code)).collect();
    let failed = (TaskPhase::Failed, Some(1));
    assert_eq!(told[..2], [failed, failed], "{flaky:#?}");
    assert_eq!((told.len(), told[2].0), (3, TaskPhase::Succeeded));

    let slow = &state.tasks["slow"].attempts[0];
    let why = slow.message.to_lowercase();
    assert!(why.contains("time") || why.contains("15 s") || why.contains("deadline"), "{slow:#?}");
}

const ENDLESS: &str = r##"apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: endless}
components:
  wait:
    name: wait
    inputs: [{name: seconds, type: Integer}]
    implementation:
      container: {image: "busybox:1", command: [sh, -c, "echo begun; sleep \"$0\"", {inputValue: seconds}]}
tasks:
  wait: {component: wait, arguments: {seconds: {value: 600}}, retry: {limit: 3}}
  later: {component: wait, arguments: {seconds: {value: 0}}, after: [wait]}
"##;

#[tokio::test]
async fn stop_ends_pods_and_retries_nothing() {
    let Some(cluster) = Cluster::find("stop_ends_pods_and_retries_nothing") else { return };
    let server = Server::start();
    let run = server.run(ENDLESS).await;
    server
        .until(&run, "wait to run", |state| {
            state.tasks.get("wait").is_some_and(|task| task.phase == TaskPhase::Running)
        })
        .await;
    server.stop(&run).await;
    let state = server.end(&run).await;
    assert_eq!(state.phase, RunPhase::Stopped, "{state:#?}");
    assert_eq!(state.tasks["wait"].phase, TaskPhase::Stopped);
    assert_eq!(state.tasks["wait"].attempts.len(), 1, "a stopped task is not tried again");
    let ours = format!("dagwright.dev/run={}", run.id);
    // The program has ended; Argo's own container may still be storing its log.
    let is_running = || {
        let pods = cluster.get(&["pods", "--selector", &ours]);
        pods["items"].as_array().unwrap().iter().any(|pod| pod["status"]["phase"] == "Running")
    };
    let deadline = std::time::Instant::now() + PATIENCE;
    while is_running() {
        assert!(std::time::Instant::now() < deadline, "a pod of the stopped run goes on");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test]
async fn an_image_that_is_not_there_is_named_while_the_run_waits() {
    let Some(_cluster) = Cluster::find("an_image_that_is_not_there_is_named_while_the_run_waits") else { return };
    let server = Server::start();
    let run = server.run(&ENDLESS.replace("busybox:1", "registry.invalid/nowhere:1")).await;
    let named = |state: &dagwright_shared::run::RunState| {
        state.tasks.get("wait").is_some_and(|task| task.detail.contains("registry.invalid/nowhere:1"))
    };
    server.until(&run, "the image's name", named).await;
    server.stop(&run).await;
    assert_eq!(server.end(&run).await.phase, RunPhase::Stopped);
}
