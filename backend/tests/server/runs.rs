//! Runs over HTTP: from a document to events, logs and outputs, and everything that is refused on the way.

use crate::harness::{Answer, Server};
use axum::body::Body;
use dagwright_shared::run::{RunEvent, RunPhase, RunState};
use http::StatusCode;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::time::Duration;

const DOCUMENT: &str = r##"apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: words}
parameters:
  - {name: word, type: String, default: hello}
components:
  make:
    name: make
    inputs: [{name: word, type: String}]
    outputs:
      - {name: table, type: Dataset}
      - {name: page, type: HTML}
      - {name: notes, type: Markdown}
      - {name: metrics, type: Metrics}
      - {name: tree, type: Artifact}
      - {name: count, type: Integer}
    implementation:
      container:
        image: busybox
        command:
          - sh
          - -c
          - |
            echo "said $1"
            printf 'a,b\n1,%s\n2,x\n' "$1" > "$2"
            printf '<script>alert(1)</script>' > "$3"
            printf '# Title\n<script>x</script> [l](javascript:x)' > "$4"
            printf '{"accuracy": 0.5}' > "$5"
            mkdir -p "$6/sub"; printf one > "$6/1.txt"; printf two > "$6/sub/2.txt"
            printf 7 > "$7"
          - sh
        args:
          - {inputValue: word}
          - {outputPath: table}
          - {outputPath: page}
          - {outputPath: notes}
          - {outputPath: metrics}
          - {outputPath: tree}
          - {outputPath: count}
tasks:
  make:
    component: make
    arguments: {word: {parameter: word}}
"##;

pub(crate) async fn create(server: &Server, text: &str) -> (String, u64) {
    let answer = server.send("POST", "/api/pipelines", json!({"text": text})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let stored = answer.json();
    (stored["id"].as_str().unwrap().to_owned(), stored["revision"].as_u64().unwrap())
}

/// Starts a run and agrees to whatever is asked.
pub(crate) async fn start(server: &Server, mut request: Value) -> Answer {
    request["confirmed"] = json!(["foreign", "host", "volume"]);
    server.send("POST", "/api/runs", request).await
}

pub(crate) async fn finished(server: &Server, id: &str) -> RunState {
    for _ in 0..400 {
        let detail = server.get(&format!("/api/runs/{id}")).await.json();
        let state: RunState = serde_json::from_value(detail["state"].clone()).unwrap();
        if state.phase.is_final() {
            return state;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the run does not end");
}

#[tokio::test]
async fn a_run_from_document_to_outputs() {
    let server = Server::start().await;
    let (pipeline, revision) = create(&server, DOCUMENT).await;
    let request =
        json!({"pipeline": pipeline, "revision": revision, "arguments": {"word": "größe"}, "experiment": "first"});
    let asked = server.send("POST", "/api/runs", request.clone()).await;
    assert_eq!((asked.status, asked.code().as_str()), (StatusCode::CONFLICT, "confirm"), "a file of somebody else's");
    let details = asked.json()["details"].clone();
    assert!(details["confirm"].as_array().unwrap().contains(&json!("foreign")));
    assert!(details["lines"].to_string().contains("busybox"), "{details}");

    let started = start(&server, request).await;
    assert_eq!(started.status, StatusCode::CREATED, "{}", started.text());
    let run = started.json()["id"].as_str().unwrap().to_owned();
    let state = finished(&server, &run).await;
    assert_eq!((state.phase, state.message.as_str()), (RunPhase::Succeeded, ""));
    let detail = server.get(&format!("/api/runs/{run}")).await.json();
    assert_eq!((&detail["summary"]["name"], &detail["summary"]["experiment"]), (&json!("words 1"), &json!("first")));
    assert_eq!(detail["arguments"]["word"], "größe");
    assert_eq!(detail["state"]["tasks"]["make"]["outputs"]["metrics"]["inline"], json!({"accuracy": 0.5}));

    let base = format!("/api/runs/{run}/tasks/make");
    let log = server.get(&format!("{base}/attempts/1/log")).await.json();
    assert_eq!((&log["text"], &log["end"], &log["complete"]), (&json!("said größe\n"), &json!(true), &json!(true)));
    let rest = server.get(&format!("{base}/attempts/1/log?from=5")).await.json();
    assert_eq!((&rest["text"], &rest["from"], &rest["to"]), (&json!("größe\n"), &json!(5), &json!(13)));
    let file = server.get(&format!("{base}/attempts/1/log?download=1")).await;
    assert!(file.header("content-disposition").starts_with("attachment") && file.text() == "said größe\n");

    let table = server.get(&format!("{base}/outputs/table/table?offset=1&limit=1")).await.json();
    assert_eq!((&table["columns"], &table["rows"]), (&json!(["a", "b"]), &json!([["2", "x"]])));
    let page = server.get(&format!("{base}/outputs/page")).await;
    assert!(page.header("content-type").starts_with("text/html"));
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("sandbox allow-scripts;") && !policy.contains("allow-same-origin"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    let notes = server.get(&format!("{base}/outputs/notes/markdown")).await;
    assert!(notes.text().contains("<h1>Title</h1>") && !notes.text().contains("<script>"), "{}", notes.text());
    assert!(!notes.text().contains("href=\"javascript"));

    let range = server.request("GET", &format!("{base}/outputs/table")).header("range", "bytes=2-4");
    let part = server.raw(range.body(Body::empty()).unwrap()).await;
    assert_eq!((part.status, part.text().as_str()), (StatusCode::PARTIAL_CONTENT, "b\n1"));
    assert!(part.header("content-range").starts_with("bytes 2-4/"), "{}", part.header("content-range"));
    let range = server.request("GET", &format!("{base}/outputs/table")).header("range", "bytes=900-");
    let outside = server.raw(range.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (outside.status, outside.code().as_str()),
        (StatusCode::RANGE_NOT_SATISFIABLE, "artifact-range-not-satisfiable")
    );

    let files = server.get(&format!("{base}/outputs/tree/files")).await.json();
    assert_eq!(files["files"].as_array().unwrap().len(), 2, "{files}");
    assert_eq!(server.get(&format!("{base}/outputs/tree?path=sub/2.txt")).await.text(), "two");
    assert_eq!(server.get(&format!("{base}/outputs/tree")).await.code(), "path-missing");
    for path in ["../count", "sub/../../x", "/etc/passwd", "none"] {
        let answer = server.get(&format!("{base}/outputs/tree?path={path}")).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
    }
    let tar = server.get(&format!("{base}/outputs/tree?download=1")).await;
    assert!(tar.header("content-type") == "application/x-tar" && tar.body.len() == 3072, "{}", tar.body.len());
    assert_eq!(server.get(&format!("{base}/outputs/count")).await.text(), "7");

    let list = server.get("/api/runs?state=succeeded,failed&text=words").await.json();
    assert_eq!((&list["total"], &list["runs"][0]["counts"]), (&json!(1), &json!({"succeeded": 1})));
    assert_eq!(server.empty("POST", &format!("/api/runs/{run}/stop")).await.code(), "run-ended");
    assert_eq!(server.empty("DELETE", &format!("/api/runs/{run}")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.get(&format!("{base}/outputs/page")).await.status, StatusCode::NOT_FOUND);
    let left = server.app.artifacts.store.list(&format!("runs/{run}/"), &Default::default()).await.unwrap();
    assert!(left.entries.is_empty(), "its artifacts are gone too");
}

#[tokio::test]
async fn what_a_run_cannot_start_with() {
    let server = Server::start().await;
    let (pipeline, revision) = create(&server, DOCUMENT).await;
    let ask = async |change: Value| {
        let mut request = json!({"pipeline": pipeline, "revision": revision});
        for (key, value) in change.as_object().unwrap() {
            request[key] = value.clone();
        }
        let answer = start(&server, request).await;
        (answer.status.as_u16(), answer.code(), answer.text())
    };
    let is = |answer: &(u16, String, String), status, code: &str| {
        assert_eq!((answer.0, answer.1.as_str()), (status, code), "{}", answer.2)
    };
    is(&ask(json!({"pipeline": "none"})).await, 404, "not-found");
    is(&ask(json!({"revision": 9})).await, 412, "revision-conflict");
    is(&ask(json!({"engine": "moon"})).await, 422, "engine-unknown");
    is(&ask(json!({"experiment": "a\nb"})).await, 422, "experiment-name");
    is(&ask(json!({"name": "x".repeat(201)})).await, 422, "run-name");
    is(&ask(json!({"colour": "red"})).await, 422, "field-unknown");
    is(&ask(json!({"revision": "one"})).await, 422, "body-form");
    let wrong = ask(json!({"arguments": {"speed": 3}})).await;
    is(&wrong, 422, "not-runnable");
    assert!(wrong.2.contains("argument-for-unknown-parameter"), "{}", wrong.2);
    let cannot = DOCUMENT.replace("      - sh\n          - -c", "      - no-such-program\n          - -c");
    let (other, revision) = create(&server, &cannot).await;
    let cannot = ask(json!({"pipeline": other, "revision": revision})).await;
    if server.app.engines.named("local").unwrap().describe().sandbox != "container" {
        is(&cannot, 422, "not-runnable");
        assert!(cannot.2.contains("engine-cannot"), "{}", cannot.2);
    }
    for path in ["/api/runs?state=flying", "/api/runs?limit=0", "/api/runs?limit=x", "/api/runs?colour=red"] {
        assert_eq!(server.get(path).await.code(), "query-form", "{path}");
    }
    for path in ["/api/runs/none", "/api/runs/none/tasks/a/attempts/1/log", "/api/runs/none/tasks/a/outputs/b"] {
        assert_eq!(server.get(path).await.code(), "not-found", "{path}");
    }
    assert_eq!(server.get("/api/runs/none/tasks/a/attempts/minus/log").await.code(), "not-found");
    let text = server.request("POST", "/api/runs").header("content-type", "application/json");
    let broken = server.raw(text.body(Body::from("{\"pipeline\": ")).unwrap()).await;
    assert_eq!((broken.status.as_u16(), broken.code().as_str()), (400, "json-syntax"));
    assert!(broken.text().contains("line 1"), "{}", broken.text());
    let plain = server.raw(server.request("POST", "/api/runs").body(Body::from("{}")).unwrap()).await;
    assert_eq!((plain.status.as_u16(), plain.code().as_str()), (415, "media-type"));
    let patch = server.empty("PATCH", "/api/runs").await;
    assert_eq!((patch.status.as_u16(), patch.code().as_str()), (405, "method-not-allowed"));
    assert!(patch.header("allow").contains("POST"), "{:?}", patch.headers);
    let large = server.send("POST", "/api/runs", json!({"name": "x".repeat(9 << 20)})).await;
    assert_eq!((large.status.as_u16(), large.code().as_str()), (413, "body-too-large"));
}

/// Reads an event stream until `enough`.
async fn read(mut body: Body, enough: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while !enough(&text) {
        let frame =
            tokio::time::timeout_at(deadline, body.frame()).await.unwrap_or_else(|_| panic!("too late: {text}"));
        let frame = frame.unwrap().unwrap();
        text.push_str(&String::from_utf8_lossy(frame.data_ref().unwrap()));
    }
    text
}

fn run_events(text: &str) -> Vec<RunEvent> {
    let blocks = text.split("\n\n").filter(|block| block.contains("event: run"));
    let data = blocks.filter_map(|block| block.lines().find_map(|line| line.strip_prefix("data: ")));
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

#[tokio::test]
async fn one_stream_has_events_and_log_tails_and_goes_on_where_it_was_cut() {
    let server = Server::start().await;
    let slow = DOCUMENT.replace("echo \"said $1\"", "echo one; sleep 0.5; echo two; sleep 0.5");
    let (pipeline, revision) = create(&server, &slow).await;
    let live = server.stream(server.request("GET", "/api/events").body(Body::empty()).unwrap()).await;
    let started = start(&server, json!({"pipeline": pipeline, "revision": revision})).await;
    let run = started.json()["id"].as_str().unwrap().to_owned();
    let tail = format!("/api/events?after=0&logs={run}/make/1:0");
    let tail = server.stream(server.request("GET", &tail).body(Body::empty()).unwrap()).await;

    let text = read(live, |text| text.contains("runFinished")).await;
    assert!(text.starts_with("event: ready"), "{text}");
    let events = run_events(&text);
    let mut state = RunState::default();
    events.iter().for_each(|event| state.apply(event).unwrap());
    assert_eq!(state, finished(&server, &run).await, "the browser's fold is the server's");

    let text = read(tail, |text| text.contains("runFinished") && text.contains("two")).await;
    assert!(text.contains("event: log") && text.find("one\\n").unwrap() < text.find("two\\n").unwrap(), "{text}");
    assert_eq!(run_events(&text), events, "from the store as live");

    let middle = events[events.len() / 2].id;
    let again = server.request("GET", "/api/events?after=0").header("last-event-id", middle.to_string());
    let text = read(server.stream(again.body(Body::empty()).unwrap()).await, |text| text.contains("runFinished")).await;
    assert_eq!(run_events(&text), events.iter().filter(|event| event.id > middle).cloned().collect::<Vec<_>>());
    for wrong in ["logs=x", "logs=a/b/c:0", "logs=a/b/1:-1", "after=x", "colour=red"] {
        assert_eq!(server.get(&format!("/api/events?{wrong}")).await.code(), "query-form", "{wrong}");
    }
}

#[tokio::test]
async fn a_second_run_on_a_kept_volume_is_asked_about() {
    let server = Server::start().await;
    if server.app.engines.named("local").unwrap().describe().sandbox == "process" {
        return;
    }
    let text = DOCUMENT
        .replace("parameters:", "volumes: [{name: data, size: 1Gi}]\nparameters:")
        .replace("echo \"said $1\"", "sleep 30")
        .replace("    arguments: {word", "    mounts: [{volume: data, path: /data}]\n    arguments: {word");
    let (pipeline, revision) = create(&server, &text).await;
    let request = json!({"pipeline": pipeline, "revision": revision, "confirmed": ["foreign", "host"]});
    let first = server.send("POST", "/api/runs", request.clone()).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    let second = server.send("POST", "/api/runs", request).await;
    assert_eq!((second.code().as_str(), &second.json()["details"]["confirm"]), ("confirm", &json!(["volume"])));
    let run = first.json()["id"].as_str().unwrap().to_owned();
    let volume = server.get("/api/volumes").await.json()["volumes"][0].clone();
    assert_eq!((&volume["used_by"], &volume["usedBy"]), (&Value::Null, &json!([run])));
    let path = format!("/api/volumes/{}", volume["id"].as_str().unwrap());
    assert_eq!(server.empty("DELETE", &path).await.code(), "volume-in-use");
    assert_eq!(server.empty("DELETE", &format!("/api/runs/{run}")).await.code(), "run-going-on");
    for _ in 0..2 {
        assert_eq!(server.empty("POST", &format!("/api/runs/{run}/stop")).await.status, StatusCode::ACCEPTED);
    }
    assert_eq!(finished(&server, &run).await.phase, RunPhase::Stopped);
    assert_eq!(server.empty("DELETE", &path).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_go_with_logs_and_artifacts_when_their_time_has_come() {
    const DAY: u64 = 24 * 60 * 60 * 1000;
    let server = Server::start_with(|configuration| configuration.keep_runs = Some(7)).await;
    assert_eq!(server.get("/api/server").await.json()["keepRuns"], 7);
    let (pipeline, revision) = create(&server, DOCUMENT).await;
    let request = json!({"pipeline": pipeline, "revision": revision, "arguments": {}});
    let run = start(&server, request.clone()).await.json()["id"].as_str().unwrap().to_owned();
    let ended = finished(&server, &run).await.finished.unwrap();
    let going_on = start(&server, request).await.json()["id"].as_str().unwrap().to_owned();
    let objects = async || {
        let prefix = dagwright::artifacts::keys::run_prefix(&run).unwrap();
        let page = dagwright::artifacts::PageRequest::default();
        server.app.artifacts.store.list(&prefix, &page).await.unwrap().entries.len()
    };
    assert!(objects().await > 5, "outputs and a log");

    assert_eq!(dagwright::retention::sweep(&server.app, 7, ended + 7 * DAY).await, 0, "not a moment too early");
    assert_eq!(server.get(&format!("/api/runs/{run}")).await.status, StatusCode::OK);

    assert_eq!(dagwright::retention::sweep(&server.app, 7, ended + 7 * DAY + 1).await, 1);
    assert_eq!(server.get(&format!("/api/runs/{run}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(objects().await, 0);
    assert_eq!(server.get(&format!("/api/runs/{going_on}")).await.status, StatusCode::OK, "it ended later, or goes on");
}
