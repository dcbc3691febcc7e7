//! Lists of runs over HTTP: filters, orders, pages, sizes; renaming, moving, experiments. Must run nothing long.

use crate::harness::Server;
use crate::runs::{create, finished, start};
use http::StatusCode;
use serde_json::{Value, json};

const DOCUMENT: &str = "apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: NAME}
components:
  write:
    name: write
    outputs: [{name: text, type: Dataset}]
    implementation:
      container:
        image: busybox
        command: [sh, -c, 'printf 12345 > \"$1\"; echo said; exit CODE', sh, {outputPath: text}]
tasks:
  write: {component: write}
";

/// Runs a pipeline of this name once and waits for its end.
async fn run_once(server: &Server, name: &str, code: u8, experiment: &str) -> (String, String) {
    let text = DOCUMENT.replace("NAME", name).replace("CODE", &code.to_string());
    let (pipeline, revision) = create(server, &text).await;
    let started = start(server, json!({"pipeline": pipeline, "revision": revision, "experiment": experiment})).await;
    assert_eq!(started.status, StatusCode::CREATED, "{}", started.text());
    let run = started.json()["id"].as_str().unwrap().to_owned();
    finished(server, &run).await;
    (pipeline, run)
}

async fn names(server: &Server, query: &str) -> Vec<String> {
    let answer = server.get(&format!("/api/runs?{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.text());
    let list = answer.json();
    list["runs"].as_array().unwrap().iter().map(|run| run["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_found_sorted_paged_renamed_and_moved() {
    let server = Server::start().await;
    let (apples, first) = run_once(&server, "apples", 0, "fruit").await;
    run_once(&server, "Beans", 3, "vegetables").await;
    run_once(&server, "cherries", 0, "fruit").await;

    assert_eq!(names(&server, "").await, ["cherries 1", "Beans 1", "apples 1"]);
    assert_eq!(names(&server, "sort=name").await, ["apples 1", "Beans 1", "cherries 1"]);
    assert_eq!(names(&server, "state=failed").await, ["Beans 1"]);
    assert_eq!(names(&server, "experiment=fruit&state=succeeded").await, ["cherries 1", "apples 1"]);
    assert_eq!(names(&server, &format!("pipeline={apples}")).await, ["apples 1"]);
    assert_eq!(names(&server, "engine=local&text=ruit+CHER").await, ["cherries 1"]);
    assert!(names(&server, "engine=argo").await.is_empty());
    for sort in ["newest", "longest", "largest", "name"] {
        let (mut seen, mut before) = (Vec::new(), String::new());
        loop {
            let list = server.get(&format!("/api/runs?limit=1&sort={sort}&before={before}")).await.json();
            seen.extend(list["runs"].as_array().unwrap().iter().map(|run| run["name"].clone()));
            assert_eq!(list["total"], 3);
            let Some(next) = list["next"].as_str() else { break };
            before = next.replace(' ', "%20");
        }
        assert_eq!(json!(names(&server, &format!("sort={sort}")).await), Value::from(seen), "{sort}");
    }
    for wrong in ["sort=colour", "before=x", "sort=name&before=1", "before=1.apples", "state=x", "limit=0"] {
        assert_eq!(server.get(&format!("/api/runs?{wrong}")).await.code(), "query-form", "{wrong}");
    }

    let path = format!("/api/runs/{first}");
    let size = server.get(&path).await.json()["summary"]["size"].as_u64().unwrap();
    assert_eq!(size, "12345".len() as u64 + "said\n".len() as u64, "the artifact and the log");

    let changed = server.send("PATCH", &path, json!({"name": " the best ", "experiment": "chosen"})).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    assert_eq!((&changed.json()["name"], &changed.json()["experiment"]), (&json!("the best"), &json!("chosen")));
    assert_eq!(names(&server, "text=best").await, ["the best"]);
    assert_eq!(server.send("PATCH", &path, json!({"name": "a\nb"})).await.code(), "run-name");
    assert_eq!(server.send("PATCH", &path, json!({"experiment": " "})).await.code(), "experiment-name");
    assert_eq!(server.send("PATCH", &path, json!({"phase": "failed"})).await.code(), "field-unknown");
    assert_eq!(server.send("PATCH", "/api/runs/none", json!({"name": "x"})).await.status, StatusCode::NOT_FOUND);

    let counts = async || {
        let list = server.get("/api/experiments").await.json();
        let of = |known: &Value| (known["name"].as_str().unwrap().to_owned(), known["runs"].as_u64().unwrap());
        let mut counts: Vec<_> = list["experiments"].as_array().unwrap().iter().map(of).collect();
        counts.sort();
        counts.iter().map(|(name, runs)| format!("{name} {runs}")).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(counts().await, "chosen 1, fruit 1, vegetables 1");
    let rename = json!({"name": "orchard", "description": "what grows on trees"});
    assert_eq!(server.send("PATCH", "/api/experiments/fruit", rename).await.status, StatusCode::NO_CONTENT);
    assert_eq!(names(&server, "experiment=orchard").await, ["cherries 1"]);
    let taken = server.send("PATCH", "/api/experiments/orchard", json!({"name": "chosen"})).await;
    assert_eq!(taken.code(), "experiment-exists");
    assert_eq!(server.send("PATCH", "/api/experiments/none", json!({})).await.status, StatusCode::NOT_FOUND);
    assert_eq!(counts().await, "chosen 1, orchard 1, vegetables 1");
}
