//! The same documents in containers of this machine, through Podman's Docker-compatible socket, from the very images that the
//! cluster's pods run: digits, volumes, limits, stop, kill -9 of the server.

use crate::harness::Cluster;
use crate::podman::{Podman, podman_in};
use crate::server::{Server, parameter};
use dagwright_shared::run::{RunPhase, RunState, TaskPhase};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A server without a cluster whose tasks are containers, and the service that runs them.
struct Here {
    server: Server,
    podman: Podman,
}

impl Here {
    /// `None`, with a line about it, where the images are not at hand or this machine starts no containers.
    fn start(test: &str, images: &[&str]) -> Option<Self> {
        Cluster::find(test)?;
        let Some(folder) = std::env::var_os("DAGWRIGHT_CLUSTER_IMAGES").map(PathBuf::from) else {
            println!("skipped: {test}: the cluster's images are not ours");
            return None;
        };
        let load = |storage: &std::path::Path| {
            images.iter().try_for_each(|image| {
                let archive = folder.join(format!("{image}.tar"));
                podman_in(storage, &["load", "--quiet", "--input", archive.to_str().unwrap()])
            })
        };
        let podman = Podman::start(load, "docker.io/library/busybox:1")?;
        let socket = podman.socket();
        let server = Server::start_with(move |command| {
            command.args(["--sandbox", "container"]).env("DOCKER_HOST", &socket);
            // Neither the cluster nor its bucket: all of it is on this machine.
            for name in ["KUBECONFIG", "DAGWRIGHT_NAMESPACE", "DAGWRIGHT_S3_BUCKET", "AWS_ENDPOINT_URL_S3"] {
                command.env_remove(name);
            }
        });
        Some(Self { server, podman })
    }

    /// Containers that there are, whether they run or not.
    fn containers(&self) -> usize {
        let output = self.podman.command(&["ps", "--all", "--quiet"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().lines().count()
    }

    async fn none_is_left(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.containers() > 0 {
            assert!(Instant::now() < deadline, "{} containers are left", self.containers());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

#[tokio::test]
async fn digits_in_containers_of_the_clusters_image() {
    let Some(here) = Here::start("digits_in_containers_of_the_clusters_image", &["busybox", "python"]) else { return };
    let about = here.server.http().get("/api/server").await.unwrap();
    assert_eq!(about["engines"][0]["sandbox"], "container", "{about:#}");
    let run = here.server.run_on("local", crate::digits::DIGITS, json!({})).await;
    let state = here.server.end(&run).await;
    crate::digits::check(&here.server, &run, &state).await;
    here.none_is_left().await;
}

/// `keep` and `read` share two volumes; `greedy` takes more than it may; `limits` tells what its control group says.
const SHARING: &str = r##"apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: sharing}
volumes:
  - {name: shared, size: 1Mi, accessModes: [ReadWriteMany], lifetime: run}
  - {name: own, size: 1Mi, accessModes: [ReadWriteOnce], lifetime: kept}
components:
  shell:
    name: shell
    inputs: [{name: script, type: String}]
    outputs: [{name: said, type: String}]
    implementation:
      container: {image: "busybox:1", command: [sh, -c, "eval \"$1\" > \"$0\"", {outputPath: said}, {inputValue: script}]}
tasks:
  keep:
    component: shell
    arguments: {script: {value: "echo from keep > /shared/text; echo again >> /own/text; ls /"}}
    mounts: [{volume: shared, path: /shared}, {volume: own, path: /own}]
  read:
    component: shell
    arguments: {script: {value: "cat /shared/text /own/text; touch /own/no 2>/dev/null && echo written; true"}}
    mounts: [{volume: shared, path: /shared, from: [keep]}, {volume: own, path: /own, readOnly: true, from: [keep]}]
  limits:
    component: shell
    arguments: {script: {value: "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null; true"}}
    resources: {limits: {memory: 48Mi, cpu: 500m}}
  greedy:
    component: shell
    arguments: {script: {value: "dd if=/dev/zero of=/dev/null bs=200M count=1"}}
    resources: {limits: {memory: 32Mi}}
"##;

#[tokio::test]
async fn volumes_and_limits_in_containers() {
    let Some(here) = Here::start("volumes_and_limits_in_containers", &["busybox"]) else { return };
    let run = here.server.run_on("local", SHARING, json!({})).await;
    let state = here.server.end(&run).await;
    assert_eq!(state.tasks["read"].phase, TaskPhase::Succeeded, "{:#?}", state.tasks);
    assert_eq!(parameter(&state, "read", "said"), "from keep\nagain", "a read-only mount cannot be written");
    let root = parameter(&state, "keep", "said");
    assert!(root.contains("bin") && !root.contains("home"), "the image's own root, not this machine's: {root}");
    let about = here.server.http().get("/api/server").await.unwrap();
    let unlimited = about["engines"][0]["meaning"].as_str().unwrap().contains("not limited");
    if unlimited {
        println!("skipped: limits: this machine's Podman has no control groups: {about:#}");
        return;
    }
    assert_eq!(parameter(&state, "limits", "said"), (48 << 20).to_string());
    assert_eq!((state.phase, state.tasks["greedy"].phase), (RunPhase::Failed, TaskPhase::Failed), "{state:#?}");
    let why = &state.tasks["greedy"].attempts[0].message;
    assert!(why.contains("memory"), "{why}");
    // Kept is kept: the next run of the pipeline adds to it.
    let request = json!({"pipeline": pipeline_of(&here.server, &run.id).await, "revision": 1});
    let next = here.server.http().post("/api/runs", &request).await;
    let next = crate::server::Run { id: next["id"].as_str().unwrap_or_else(|| panic!("{next:#}")).to_owned() };
    let state = here.server.end(&next).await;
    assert_eq!(parameter(&state, "read", "said"), "from keep\nagain\nagain");
    here.none_is_left().await;
}

async fn pipeline_of(server: &Server, run: &str) -> Value {
    server.http().get(&format!("/api/runs/{run}")).await.unwrap()["summary"]["pipeline"].clone()
}

const LONG: &str = r##"apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: long}
parameters: [{name: seconds, type: Integer, default: 600}]
volumes: [{name: own, size: 1Mi, accessModes: [ReadWriteOnce], lifetime: kept}]
components:
  wait:
    name: wait
    inputs: [{name: seconds, type: Integer}]
    outputs: [{name: begun, type: Integer}]
    implementation:
      container: {image: "busybox:1", command: [sh, -c, "echo begun; echo x >> /own/begun; wc -l < /own/begun > \"$1\"; (setsid sleep $0 &); sleep $0", {inputValue: seconds}, {outputPath: begun}]}
  after:
    name: after
    implementation: {container: {image: "busybox:1", command: [echo, after]}}
tasks:
  wait: {component: wait, arguments: {seconds: {parameter: seconds}}, mounts: [{volume: own, path: /own}]}
  after: {component: after, after: [wait]}
"##;

fn runs(task: &'static str) -> impl Fn(&RunState) -> bool {
    move |state| state.tasks.get(task).is_some_and(|task| task.phase == TaskPhase::Running)
}

#[tokio::test]
async fn stop_and_kill_9_of_the_server_leave_no_container() {
    let Some(mut here) = Here::start("stop_and_kill_9_of_the_server_leave_no_container", &["busybox"]) else { return };
    let run = here.server.run_on("local", LONG, json!({})).await;
    here.server.until(&run, "wait to run", runs("wait")).await;
    let asked = Instant::now();
    here.server.stop(&run).await;
    let state = here.server.end(&run).await;
    assert_eq!((state.phase, state.tasks["wait"].phase), (RunPhase::Stopped, TaskPhase::Stopped), "{state:#?}");
    assert!(asked.elapsed() < Duration::from_secs(20), "a stop takes {:?}", asked.elapsed());
    here.none_is_left().await;

    let run = here.server.run_on("local", LONG, json!({"seconds": 5})).await;
    here.server.until(&run, "wait to run", runs("wait")).await;
    assert!(here.containers() > 0);
    here.server.kill();
    here.server.again();
    let state = here.server.end(&run).await;
    assert_eq!((state.phase, state.message.as_str()), (RunPhase::Succeeded, ""), "{state:#?}");
    let attempts = &state.tasks["wait"].attempts;
    assert!(attempts.len() == 2 && attempts[0].lost, "what the kill cut runs again, and says so: {attempts:#?}");
    assert_eq!(parameter(&state, "wait", "begun"), "2", "its volume is the same");
    here.none_is_left().await;
}
