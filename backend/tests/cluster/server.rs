//! The real binary on the cluster, spoken to over HTTP. Must not look at the cluster itself.

use crate::harness::PATIENCE;
use crate::process::Process;
use dagwright_shared::run::{PortValue, RunState, TaskPhase};
use serde_json::{Value, json};
use std::process::Command;
use std::time::{Duration, Instant};

/// A server with a data folder of its own.
pub(crate) struct Server {
    process: Option<Process>,
    home: tempfile::TempDir,
    change: Box<dyn Fn(&mut Command)>,
}

/// A run that was started.
pub(crate) struct Run {
    pub(crate) id: String,
}

impl Server {
    /// KUBECONFIG, namespace and S3 come with the environment of `make test-cluster`.
    pub(crate) fn start() -> Self {
        Self::start_with(|command| {
            command.arg("--cluster");
        })
    }

    /// The same for another namespace.
    pub(crate) fn start_in(namespace: &str) -> Self {
        let namespace = String::from(namespace);
        Self::start_with(move |command| {
            command.args(["--cluster", "--namespace", &namespace]);
        })
    }

    /// With arguments and environment of one's own, also when it is started again.
    pub(crate) fn start_with(change: impl Fn(&mut Command) + 'static) -> Self {
        let mut server = Self { process: None, home: tempfile::tempdir().unwrap(), change: Box::new(change) };
        server.again();
        server
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        self.process.take().unwrap().kill();
    }

    /// Another one on the same data folder.
    pub(crate) fn again(&mut self) {
        self.process = Some(Process::start_with(&self.home.path().join("data"), &self.change));
    }

    pub(crate) fn http(&self) -> &Process {
        self.process.as_ref().unwrap()
    }

    /// Starts a document on the cluster.
    pub(crate) async fn run(&self, document: &str) -> Run {
        self.run_on("argo", document, json!({})).await
    }

    pub(crate) async fn run_on(&self, engine: &str, document: &str, arguments: Value) -> Run {
        let pipeline = self.http().post("/api/pipelines", &json!({"text": document})).await;
        let confirmed = ["foreign", "host", "volume"];
        let request = json!({"pipeline": pipeline["id"], "revision": 1, "engine": engine, "arguments": arguments, "confirmed": confirmed});
        let run = self.http().post("/api/runs", &request).await;
        Run { id: run["id"].as_str().unwrap_or_else(|| panic!("{run:#} for {pipeline:#}")).to_owned() }
    }

    pub(crate) async fn state(&self, run: &Run) -> RunState {
        let detail = self.http().get(&format!("/api/runs/{}", run.id)).await.unwrap();
        serde_json::from_value(detail["state"].clone()).unwrap()
    }

    /// Waits for a state of the run; it may not end before.
    pub(crate) async fn until(&self, run: &Run, what: &str, reached: impl Fn(&RunState) -> bool) -> RunState {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let state = self.state(run).await;
            if reached(&state) {
                return state;
            }
            let ended = state.phase.is_final();
            assert!(!ended && Instant::now() < deadline, "waited for {what} in vain: {state:#?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Waits until the run has ended and its logs are stored.
    pub(crate) async fn end(&self, run: &Run) -> RunState {
        let state = self.until(run, "its end", |state| state.phase.is_final()).await;
        let task_phases = state.tasks.iter().map(|(name, task)| (name.as_str(), task.phase)).collect::<Vec<_>>();
        assert!(task_phases.iter().all(|(_, phase)| phase.is_final()), "ended with {task_phases:?}");
        state
    }

    /// All events of a run that has ended, up to its last log's, as a browser hears them.
    pub(crate) async fn events(&self, run: &Run) -> Vec<Value> {
        let deadline = Instant::now() + PATIENCE;
        let state = loop {
            let state = self.state(run).await;
            let mut attempts = state.tasks.values().flat_map(|task| &task.attempts);
            if attempts.all(|attempt| attempt.log_key.is_some()) {
                break state;
            }
            assert!(Instant::now() < deadline, "a log is never stored: {state:#?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        let mut stream = self.http().stream(&format!("/api/events?after=0&run={}", run.id)).await;
        let (mut text, mut events) = (String::new(), Vec::new());
        loop {
            let bytes = tokio::time::timeout(PATIENCE, stream.chunk()).await.unwrap().unwrap().unwrap();
            text.push_str(std::str::from_utf8(&bytes).unwrap());
            while let Some(end) = text.find("\n\n") {
                let message: String = text.drain(..end + 2).collect();
                let data = message.lines().find_map(|line| line.strip_prefix("data:"));
                let event: Value = serde_json::from_str(data.unwrap_or("null")).unwrap_or_default();
                let id = event["id"].as_u64().unwrap_or_default();
                events.extend(event["fact"].is_object().then_some(event));
                if id >= state.last_event {
                    return events;
                }
            }
        }
    }

    /// A file of an output, as a browser downloads it.
    pub(crate) async fn output(&self, run: &Run, task: &str, output: &str, file: &str) -> Vec<u8> {
        let path = if file.is_empty() { String::new() } else { format!("&path={file}") };
        let path = format!("/api/runs/{}/tasks/{task}/outputs/{output}?download=1{path}", run.id);
        self.http().bytes(&path).await
    }

    pub(crate) async fn stop(&self, run: &Run) {
        self.http().order(reqwest::Method::POST, &format!("/api/runs/{}/stop", run.id)).await;
    }
}

/// Phases of tasks, in one line.
pub(crate) fn phases(state: &RunState) -> Vec<(&str, TaskPhase)> {
    state.tasks.iter().map(|(name, task)| (name.as_str(), task.phase)).collect()
}

/// A parameter that a task put out.
pub(crate) fn parameter<'a>(state: &'a RunState, task: &str, output: &str) -> &'a str {
    match &state.tasks[task].outputs[output] {
        PortValue::Parameter { text, .. } => text,
        artifact @ PortValue::Artifact { .. } => panic!("{task}.{output} is no parameter: {artifact:?}"),
    }
}

/// Where an artifact lies: its key and its size.
pub(crate) fn artifact<'a>(state: &'a RunState, task: &str, output: &str) -> (&'a str, u64) {
    match &state.tasks[task].outputs[output] {
        PortValue::Artifact { key, size, .. } => (key, *size),
        parameter @ PortValue::Parameter { .. } => panic!("{task}.{output} is no artifact: {parameter:?}"),
    }
}
