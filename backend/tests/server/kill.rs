//! kill -9 at random moments of a run: the next server takes it up, and it ends right.

use crate::process::Process;
use dagwright_shared::run::{RunPhase, RunState, TaskPhase};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// Moments at which the server is killed.
const KILLS: u64 = 20;

/// Five tasks over two values and a file; the sum tells that nothing was lost or doubled.
const DOCUMENT: &str = r##"apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: survivor}
components:
  source:
    name: source
    outputs: [{name: number, type: Integer}, {name: file, type: Dataset}]
    implementation:
      container:
        image: busybox
        command: [sh, -c, "echo begun; sleep 0.15; printf 5 > \"$0\"; seq 100 > \"$1\"", {outputPath: number}, {outputPath: file}]
  add:
    name: add
    inputs: [{name: number, type: Integer}, {name: file, type: Dataset}]
    outputs: [{name: sum, type: Integer}]
    implementation:
      container:
        image: busybox
        command: [sh, -c, "sleep 0.15; expr \"$0\" + $(wc -l < \"$1\") > \"$2\"; echo done", {inputValue: number}, {inputPath: file}, {outputPath: sum}]
  join:
    name: join
    inputs: [{name: a, type: Integer}, {name: b, type: Integer}]
    outputs: [{name: sum, type: Integer}]
    implementation:
      container:
        image: busybox
        command: [sh, -c, "sleep 0.1; expr \"$0\" + \"$1\" > \"$2\"", {inputValue: a}, {inputValue: b}, {outputPath: sum}]
tasks:
  first: {component: source}
  second: {component: source}
  left: {component: add, arguments: {number: {task: first, output: number}, file: {task: first, output: file}}}
  right: {component: add, arguments: {number: {task: second, output: number}, file: {task: first, output: file}}}
  last: {component: join, arguments: {a: {task: left, output: sum}, b: {task: right, output: sum}}}
"##;

/// The same numbers at every run of the test.
fn seeded(mut seed: u64) -> impl FnMut(u64) -> u64 {
    move |below| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    }
}

async fn state(server: &Process, run: &str) -> Option<RunState> {
    let detail = server.get(&format!("/api/runs/{run}")).await.ok()?;
    serde_json::from_value(detail["state"].clone()).ok()
}

async fn begin(server: &Process) -> String {
    let pipeline = server.post("/api/pipelines", &json!({"text": DOCUMENT})).await;
    let request = json!({"pipeline": pipeline["id"], "revision": 1, "confirmed": ["foreign", "host"]});
    let run = server.post("/api/runs", &request).await;
    run["id"].as_str().unwrap_or_else(|| panic!("{run}")).to_owned()
}

async fn end(server: &Process, run: &str) -> RunState {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        match state(server, run).await {
            Some(state) if state.phase.is_final() => return state,
            last if Instant::now() > deadline => panic!("the run does not end: {last:#?}"),
            _ => tokio::time::sleep(Duration::from_millis(30)).await,
        }
    }
}

/// Processes of this machine whose command line holds a text.
fn processes_with(text: &str) -> usize {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries.filter(|entry| std::fs::read(entry.path().join("cmdline")).is_ok_and(|line| contains(&line, text))).count()
}

fn contains(line: &[u8], text: &str) -> bool {
    line.windows(text.len()).any(|window| window == text.as_bytes())
}

fn check(before: Option<&RunState>, after: &RunState, data_dir: &Path, kill: u64) {
    assert_eq!((after.phase, after.message.as_str()), (RunPhase::Succeeded, ""), "kill {kill}: {after:#?}");
    let sum = serde_json::to_value(&after.tasks["last"].outputs["sum"]).unwrap();
    assert_eq!(sum["text"], "210", "kill {kill}");
    for (name, task) in &after.tasks {
        assert_eq!(task.phase, TaskPhase::Succeeded, "kill {kill}: {name}");
        let lost = task.attempts.iter().filter(|attempt| attempt.lost).count();
        assert_eq!(task.attempts.len(), lost + 1, "kill {kill}: {name} ran once beside what was cut");
        let known = before.and_then(|before| before.tasks.get(name));
        if let Some(known) = known.filter(|known| known.phase == TaskPhase::Succeeded) {
            assert_eq!(known.attempts.len(), task.attempts.len(), "kill {kill}: {name} was finished and ran again");
        }
    }
    let work = data_dir.join("work");
    let left = || std::fs::read_dir(&work).map_or(0, Iterator::count);
    let deadline = Instant::now() + Duration::from_secs(3);
    while left() > 0 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(left(), 0, "kill {kill}: a run that ended leaves no folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_survives_kill_9_at_twenty_moments() {
    let home = tempfile::tempdir().unwrap();
    let data_dir = home.path().join("data");
    let mut random = seeded(7);
    let mut server = Process::start(&data_dir);
    for kill in 0..KILLS {
        let run = begin(&server).await;
        tokio::time::sleep(Duration::from_millis(random(900))).await;
        let before = state(&server, &run).await;
        server.kill();
        server = Process::start(&data_dir);
        let after = end(&server, &run).await;
        check(before.as_ref(), &after, &data_dir, kill);
    }
    let runs: Value = server.get("/api/runs?state=succeeded").await.unwrap();
    assert_eq!(runs["total"], json!(KILLS));
    assert!(server.terminate(), "SIGTERM ends it well");
    assert_eq!(processes_with(&data_dir.display().to_string()), 0, "nothing of it is left");
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_told_where_the_first_is() {
    let home = tempfile::tempdir().unwrap();
    let server = Process::start(home.path());
    let second = std::process::Command::new(env!("CARGO_BIN_EXE_dagwright"))
        .args(["serve", "--port", "0", "--data-dir"])
        .arg(home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success() && said.contains("in use") && said.contains(&server.url), "{said}");
    assert!(server.get("/healthz").await.is_err(), "it answers, and not in JSON");
    let pipelines = server.get("/api/pipelines").await.unwrap();
    assert_eq!(pipelines["pipelines"][0]["name"], "digits", "the digits stand open at first start");
}
