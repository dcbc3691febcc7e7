//! Logs over everything that cuts them, and why a task waits. Must not look at anything but what a browser gets.

use crate::harness::{Cluster, PATIENCE};
use crate::server::{Run, Server};
use dagwright_shared::run::RunPhase;
use serde_json::json;
use std::time::{Duration, Instant};

/// Something to say for a while, among it a line that looks like one of Argo's, and an end without a line break.
const TALKING: &str = r##"apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: talking}
components:
  shell:
    name: shell
    inputs: [{name: script, type: String}]
    implementation: {container: {image: "busybox:1", command: [sh, -c, {inputValue: script}]}}
tasks:
  talk:
    component: shell
    arguments:
      script:
        value: |
          echo 'time="2026-01-01T00:00:00Z" level=info msg="capturing logs" argo=true'
          for i in $(seq 40); do echo line $i; sleep 0.3; done
          printf 'the end' >&2
"##;

fn address(run: &Run) -> String {
    format!("/api/runs/{}/tasks/talk/attempts/1/log", run.id)
}

/// The whole log, as a browser downloads it.
async fn whole(server: &Server, run: &Run) -> String {
    String::from_utf8(server.http().bytes(&format!("{}?download=1", address(run))).await).unwrap()
}

/// Waits until somebody who looks at the log sees this.
async fn shows(server: &Server, run: &Run, wanted: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let piece = server.http().get(&format!("{}?from=0", address(run))).await;
        if piece.is_ok_and(|piece| piece["text"].as_str().unwrap().contains(wanted)) {
            return;
        }
        assert!(Instant::now() < deadline, "{wanted:?} is never shown");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_log_is_whole_after_a_kill_and_argos_own_lines_are_not_in_it() {
    let Some(_cluster) = Cluster::find("a_log_is_whole_after_a_kill_and_argos_own_lines_are_not_in_it") else { return };
    let mut server = Server::start();
    let run = server.run(TALKING).await;
    shows(&server, &run, "line 5\n").await;
    server.kill();
    server.again();
    let state = server.end(&run).await;
    assert_eq!(state.phase, RunPhase::Succeeded, "{state:#?}");
    let lines: String = (1..=40).map(|number| format!("line {number}\n")).collect();
    let mine = r#"time="2026-01-01T00:00:00Z" level=info msg="capturing logs" argo=true"#;
    assert_eq!(whole(&server, &run).await, format!("{mine}\n{lines}the end"));
    let attempt = server.state(&run).await.tasks["talk"].attempts[0].clone();
    assert!(attempt.log_complete && attempt.log_key.is_some(), "{attempt:#?}");
}

#[tokio::test]
async fn a_pod_deleted_in_mid_task_leaves_its_log() {
    let Some(cluster) = Cluster::find("a_pod_deleted_in_mid_task_leaves_its_log") else { return };
    let server = Server::start();
    let run = server.run(TALKING).await;
    shows(&server, &run, "line 5\n").await;
    let ours = format!("dagwright.dev/run={}", run.id);
    cluster.kubectl(&["delete", "pods", "--selector", &ours, "--grace-period=0", "--force"]).unwrap();
    // Argo makes the pod anew under its name, or fails the task: both are told, and neither takes what was written away.
    server.end(&run).await;
    let log = whole(&server, &run).await;
    let first: String = (1..=5).map(|number| format!("line {number}\n")).collect();
    assert!(log.contains(&first) && !log.contains("sub-process exited"), "{log}");
    let attempt = server.state(&run).await.tasks["talk"].attempts[0].clone();
    assert!(attempt.log_key.is_some() && !attempt.log_complete, "a cut log says so: {attempt:#?}");
}

/// The program prints what it was given, and more than a log may have.
const TELLING: &str = r##"apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: telling}
components:
  shell:
    name: shell
    inputs: [{name: script, type: String}]
    implementation: {container: {image: "busybox:1", command: [sh, -c, {inputValue: script}]}}
tasks:
  talk:
    component: shell
    arguments: {script: {value: 'echo "it is $PASSWORD, ${#PASSWORD} letters"; for i in $(seq 20); do seq 1000; sleep 0.2; done; echo over'}}
    env: {PASSWORD: {secret: dagwright-told/password}}
"##;

#[tokio::test]
async fn a_secret_that_the_server_was_told_is_masked_and_a_long_log_is_cut() {
    let Some(cluster) = Cluster::find("a_secret_that_the_server_was_told_is_masked_and_a_long_log_is_cut") else {
        return;
    };
    let value = "correct-horse-battery";
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "dagwright-told"}, "stringData": {"password": value}});
    cluster.kubectl_with(&["apply", "--filename=-"], &secret.to_string()).unwrap();
    let server = Server::start_with(|command| {
        command.args(["--cluster", "--log-limit", "10000"]);
    });
    server.http().put("/api/secrets/dagwright-told/password", &json!({"value": value})).await;
    let run = server.run(TELLING).await;
    let told = "it is *********************, 21 letters\n1\n2\n3\n";
    shows(&server, &run, told).await;
    let state = server.end(&run).await;
    assert_eq!(state.phase, RunPhase::Succeeded, "{state:#?}");
    let deadline = Instant::now() + PATIENCE;
    while server.state(&run).await.tasks["talk"].attempts[0].log_key.is_none() {
        assert!(Instant::now() < deadline, "the log is never stored");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let log = whole(&server, &run).await;
    assert!(log.starts_with(told) && !log.contains(value), "{log:.200}");
    let (kept, notice) = log.split_at(10_000);
    assert!(kept.ends_with(|last: char| last.is_ascii_digit() || last == '\n'), "{kept}");
    assert!(notice.contains("the log is cut here, at its limit of 10000 bytes") && notice.len() < 300, "{notice}");
    // Argo's own copy has it all, and is not left in the bucket.
    let attempt = server.state(&run).await.tasks["talk"].attempts[0].clone();
    let stored = cluster.store().get_bytes(attempt.log_key.as_deref().unwrap(), 1 << 20).await.unwrap();
    assert_eq!(stored, log);
    cluster.kubectl(&["delete", "secret/dagwright-told"]).unwrap();
}
