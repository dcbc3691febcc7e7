//! Measures the engine on a real cluster and prints: `DAGWRIGHT_BY_HAND=bench cargo test -p dagwright --test argo -- --nocapture --test-threads 1`.
//! Needs what `dagwright serve --cluster` needs in the environment. Statuses are written by this bench itself: Argo is told
//! to leave these Workflows alone (`controller-instanceid`), so that only the server is measured.

use clap::Parser;
use dagwright::app::App;
use dagwright::artifacts::S3Settings;
use dagwright::cli::{Command, CommandLine};
use dagwright::configuration::Configuration;
use dagwright::documents::from_store;
use dagwright::engine::argo::cluster::{Cluster, ClusterSettings};
use dagwright::engine::argo::names::{RunLabels, workflow_name};
use dagwright::engine::argo::submit::submission;
use dagwright::store::NewRun;
use dagwright::token::Token;
use dagwright_shared::check::Arguments;
use dagwright_shared::compile::compile;
use dagwright_shared::plan::Plan;
use futures::StreamExt;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Tasks of a measured run.
const TASKS: usize = 20;
/// Changes to each of the watched Workflows: in the first seven tasks begin, three at a time.
const ROUNDS: usize = 14;

struct Bench {
    app: App,
    url: String,
    cluster: Cluster,
    workflows: Api<DynamicObject>,
    plan: Plan,
    text: String,
    pipeline: String,
    _home: tempfile::TempDir,
}

fn document() -> String {
    let mut text = String::from(
        "apiVersion: dagwright.dev/v1\nkind: Pipeline\nmetadata: {name: bench}\ncomponents:\n  say:\n    name: say\n    \
         implementation: {container: {image: 'busybox:1', command: [echo, hello]}}\ntasks:\n",
    );
    for index in 0..TASKS {
        text.push_str(&format!("  task-{index}: {{component: say}}\n"));
    }
    text
}

impl Bench {
    async fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let folder = home.path().display().to_string();
        let line = ["dagwright", "serve", "--cluster", "--data-dir", folder.as_str()];
        let Command::Serve(arguments) = CommandLine::try_parse_from(line).unwrap().command else { unreachable!() };
        let mut configuration = Configuration::from_arguments(arguments).unwrap();
        configuration.address = address;
        let settings = S3Settings::from_environment(|name| std::env::var(name).ok());
        let stop = CancellationToken::new();
        let app = App::start(configuration, &settings, Token::random(), stop.clone()).await.unwrap();
        tokio::spawn(dagwright::http::serve(listener, app.clone(), stop));
        let cluster = Cluster::connect(&ClusterSettings::default()).await.unwrap();
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("argoproj.io", "v1alpha1", "Workflow"));
        let workflows = Api::namespaced_with(cluster.client.clone(), &cluster.namespace, &resource);
        let text = document();
        let (pipeline, _) = from_store(&text).unwrap();
        let plan = compile(&pipeline, &Arguments::new()).unwrap();
        let url = format!("http://{address}");
        let mut bench = Self { app, url, cluster, workflows, plan, text, pipeline: String::new(), _home: home };
        let made = bench.post("/api/pipelines", &json!({"text": bench.text})).await;
        bench.pipeline = made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
        bench
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = reqwest::Client::new().post(format!("{}{path}", self.url)).bearer_auth(self.app.token.text());
        request.json(body).send().await.unwrap().json().await.unwrap()
    }

    fn workflow(&self, run: &str) -> Value {
        let name = workflow_name(&self.plan, run);
        let labels = RunLabels { run, workflow: &name, pipeline: &self.pipeline, slug: &self.plan.slug, revision: 1 };
        let mut document = submission(&self.plan, &labels).unwrap().workflow;
        document["metadata"]["labels"]["workflows.argoproj.io/controller-instanceid"] = json!("bench");
        document
    }

    /// A run whose Workflow Argo leaves alone.
    async fn quiet_run(&self) -> String {
        let id = uuid::Uuid::now_v7().to_string();
        let new = NewRun {
            id: id.clone(),
            name: String::new(),
            pipeline: self.pipeline.clone(),
            pipeline_name: String::from("bench"),
            revision: 1,
            text: self.text.clone(),
            experiment: String::from("Default"),
            engine: String::from("argo"),
            sandbox: String::new(),
            created: dagwright::clock::now(),
            plan: self.plan.clone(),
            arguments: serde_json::Map::new(),
            volumes: Vec::new(),
        };
        self.app.store.create_run(&new).await.unwrap();
        let object: DynamicObject = serde_json::from_value(self.workflow(&id)).unwrap();
        self.workflows.create(&PostParams::default(), &object).await.unwrap();
        self.app.engines.named("argo").unwrap().submit(&id).await.unwrap();
        id
    }

    /// Shows the first `count` tasks of a run as running.
    async fn show_running(&self, run: &str, count: usize) {
        let name = workflow_name(&self.plan, run);
        let node = |index: usize| {
            let id = format!("{name}-{index}");
            (
                id.clone(),
                json!({"id": id, "name": format!("{name}.task-{index}"), "displayName": format!("task-{index}"),
                "type": "Pod", "phase": "Running", "boundaryID": name, "startedAt": "2026-11-23T22:00:00Z"}),
            )
        };
        let nodes: serde_json::Map<String, Value> = (0..count).map(node).collect();
        let patch = json!({"status": {"phase": "Running", "startedAt": "2026-11-23T22:00:00Z", "nodes": nodes,
            // Each look brings a change, also where no task begins.
            "progress": uuid::Uuid::now_v7().to_string()}});
        self.workflows.patch(&name, &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
    }

    async fn delete(&self, run: &str) {
        let _ = self.workflows.delete(&workflow_name(&self.plan, run), &Default::default()).await;
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Of this process, in MiB.
fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<f64>().unwrap() * 4096.0 / (1024.0 * 1024.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn bench_submit_against_kubectl() {
    if std::env::var("DAGWRIGHT_BY_HAND").as_deref() != Ok("bench") {
        return;
    }
    let bench = Bench::start().await;
    let (mut ours, mut kubectls) = (Vec::new(), Vec::new());
    for _ in 0..11 {
        let begun = Instant::now();
        let request = json!({"pipeline": bench.pipeline, "revision": 1, "engine": "argo", "confirmed": ["foreign"]});
        let run = bench.post("/api/runs", &request).await;
        let id = run["id"].as_str().unwrap_or_else(|| panic!("{run}")).to_owned();
        let name = workflow_name(&bench.plan, &id);
        while bench.cluster.workflows().get_opt(&name).await.unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        ours.push(begun.elapsed());
        bench.delete(&id).await;

        let id = uuid::Uuid::now_v7().to_string();
        let file = bench.app.configuration.data_dir.join("workflow.json");
        std::fs::write(&file, bench.workflow(&id).to_string()).unwrap();
        let begun = Instant::now();
        let done = std::process::Command::new("kubectl")
            .args(["--namespace", &bench.cluster.namespace, "create", "-f"])
            .arg(&file)
            .output();
        assert!(done.unwrap().status.success());
        kubectls.push(begun.elapsed());
        bench.delete(&id).await;
    }
    let (ours, kubectls) = (median(ours), median(kubectls));
    eprintln!("submit until the Workflow exists: {ours:.1?}; kubectl create of the same: {kubectls:.1?}");
    assert!(ours < kubectls * 3 / 2, "at most 1.5 times");
}

#[tokio::test(flavor = "multi_thread")]
async fn bench_status_to_sse() {
    if std::env::var("DAGWRIGHT_BY_HAND").as_deref() != Ok("bench") {
        return;
    }
    let bench = Bench::start().await;
    let request = reqwest::Client::new().get(format!("{}/api/events", bench.url)).bearer_auth(bench.app.token.text());
    let mut stream = request.send().await.unwrap().bytes_stream();
    let (sender, mut heard) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut text = String::new();
        while let Some(Ok(bytes)) = stream.next().await {
            text.push_str(&String::from_utf8_lossy(&bytes));
            while let Some(end) = text.find("\n\n") {
                let event: String = text.drain(..end + 2).collect();
                if event.contains("taskRunning") {
                    let _ = sender.send((Instant::now(), event));
                }
            }
        }
    });
    let mut times = Vec::new();
    for _ in 0..5 {
        let run = bench.quiet_run().await;
        for count in 1..=TASKS {
            let begun = Instant::now();
            bench.show_running(&run, count).await;
            let wanted = format!("\"task-{}\"", count - 1);
            let wait = async {
                loop {
                    let (at, event) = heard.recv().await.unwrap();
                    if event.contains(&wanted) && event.contains(&run) {
                        break at - begun;
                    }
                }
            };
            times.push(tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap());
        }
        bench.delete(&run).await;
    }
    times.sort();
    let p95 = times[times.len() * 95 / 100];
    eprintln!(
        "status changed (the patch that does it included) to heard by SSE, {}: median {:.1?}, p95 {p95:.1?}",
        times.len(),
        times[times.len() / 2]
    );
    assert!(p95 < Duration::from_millis(250));
}

#[tokio::test(flavor = "multi_thread")]
async fn bench_memory_of_500_workflows() {
    if std::env::var("DAGWRIGHT_BY_HAND").as_deref() != Ok("bench") {
        return;
    }
    let bench = Bench::start().await;
    let before = resident();
    let mut runs = Vec::new();
    for _ in 0..500 {
        runs.push(bench.quiet_run().await);
    }
    let mut measured = vec![resident()];
    for round in 1..=ROUNDS {
        let count = (round * 3).min(TASKS);
        futures::stream::iter(&runs).for_each_concurrent(4, |run| bench.show_running(run, count)).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        measured.push(resident());
    }
    let shown: Vec<String> = measured.iter().map(|mebibytes| format!("{mebibytes:.0}")).collect();
    eprintln!("resident, this bench included: {before:.0} MiB idle, with 500 Workflows {} MiB", shown.join(", "));
    futures::stream::iter(&runs).for_each_concurrent(4, |run| bench.delete(run)).await;
    let (all_run, last) = (measured[TASKS.div_ceil(3)], measured[ROUNDS]);
    assert!(last < 150.0, "{last} MiB");
    assert!(last - all_run < 10.0, "from {all_run} to {last} MiB while no task begins");
}
