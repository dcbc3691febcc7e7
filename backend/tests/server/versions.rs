//! Versions over HTTP: kept under a name, listed with the runs made from them, looked at, restored without a loss.

use crate::harness::{Answer, Server};
use crate::runs::{create, finished, start};
use axum::body::Body;
use http::StatusCode;
use serde_json::{Value, json};

const DOCUMENT: &str = "# kept with the text
apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: first}
components:
  say: {name: say, implementation: {container: {image: busybox, command: [echo, hello]}}}
tasks:
  say: {component: say}
";

async fn over(server: &Server, method: &str, path: &str, revision: u64, body: Value) -> Answer {
    let request = server.request(method, path).header("if-match", format!("\"{revision}\""));
    let request = request.header("content-type", "application/json");
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    server.raw(request.body(body).unwrap()).await
}

/// Saves the document under another name, which makes the next revision.
async fn rename(server: &Server, path: &str, name: &str) -> u64 {
    let stored = server.get(path).await.json();
    let mut document = stored["document"].clone();
    document["metadata"]["name"] = json!(name);
    let saved = over(server, "PUT", path, stored["revision"].as_u64().unwrap(), json!({"document": document})).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    saved.json()["revision"].as_u64().unwrap()
}

async fn names(server: &Server, path: &str) -> Vec<String> {
    let list = server.get(&format!("{path}/versions")).await.json();
    let of = |version: &Value| {
        format!("{} {} {}", version["revision"], version["name"].as_str().unwrap(), version["runs"]).replace("  ", " ")
    };
    list["versions"].as_array().unwrap().iter().map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_named_looked_at_and_restored() {
    let server = Server::start().await;
    let (id, first) = create(&server, DOCUMENT).await;
    let path = format!("/api/pipelines/{id}");
    let versions = format!("{path}/versions");
    assert!(names(&server, &path).await.is_empty());
    let started = start(&server, json!({"pipeline": id, "revision": first})).await;
    let run = started.json()["id"].as_str().unwrap().to_owned();
    finished(&server, &run).await;
    assert_eq!(names(&server, &path).await, ["1 1"], "a run makes a version");

    let named = over(&server, "POST", &versions, first, json!({"name": " the first "})).await;
    assert_eq!(named.status, StatusCode::CREATED, "{}", named.text());
    let version = named.json()["id"].as_u64().unwrap();
    assert_eq!(server.get(&format!("/api/runs/{run}")).await.json()["version"], version, "the very one of the run");
    assert_eq!((&named.json()["name"], &named.json()["lastRun"]), (&json!("the first"), &json!(1)));
    assert_eq!(names(&server, &path).await, ["1 the first 1"]);

    let second = rename(&server, &path, "second").await;
    let stale = over(&server, "POST", &versions, first, json!({"name": "x"})).await;
    assert_eq!((stale.code().as_str(), &stale.json()["details"]["revision"]), ("revision-conflict", &json!(second)));
    for wrong in ["", " ", "a\nb"] {
        assert_eq!(over(&server, "POST", &versions, second, json!({"name": wrong})).await.code(), "version-name");
    }
    assert_eq!(server.send("POST", &versions, json!({"name": "x"})).await.code(), "revision-missing");
    let shown = server.get(&format!("{versions}/{version}")).await.json();
    assert_eq!(shown["document"]["metadata"]["name"], "first");

    // A version runs as it was, whatever is stored now; its run is one more of the same version.
    let request = json!({"pipeline": id, "revision": 0, "version": version, "confirmed": ["foreign", "host"]});
    let again = server.send("POST", "/api/runs", request).await;
    assert_eq!(again.status, StatusCode::CREATED, "{}", again.text());
    assert_eq!(again.json()["pipelineName"], "first");
    let again = again.json()["id"].as_str().unwrap().to_owned();
    finished(&server, &again).await;
    assert_eq!(server.get(&format!("/api/runs/{again}")).await.json()["version"], version);
    assert_eq!(names(&server, &path).await, ["1 the first 2"]);
    assert_eq!(server.send("DELETE", &format!("/api/runs/{again}"), json!({})).await.status, StatusCode::NO_CONTENT);
    let unknown = json!({"pipeline": id, "revision": second, "version": 99});
    assert_eq!(server.send("POST", "/api/runs", unknown).await.status, StatusCode::NOT_FOUND);

    // Restored: a new revision with the old text, to the comment; what was there is kept.
    let restore = format!("{versions}/{version}/restore");
    assert_eq!(over(&server, "POST", &restore, first, Value::Null).await.code(), "revision-conflict");
    let restored = over(&server, "POST", &restore, second, Value::Null).await;
    assert_eq!(restored.status, StatusCode::OK, "{}", restored.text());
    assert_eq!(
        (&restored.json()["revision"], &restored.json()["document"]["metadata"]["name"]),
        (&json!(3), &json!("first"))
    );
    assert_eq!(server.get(&format!("{path}/file")).await.text(), DOCUMENT);
    assert_eq!(names(&server, &path).await, ["2 0", "1 the first 1"]);
    let again = over(&server, "POST", &restore, 3, Value::Null).await;
    assert_eq!(again.json()["revision"], 3, "what is there already changes nothing");
    let kept = server.get(&versions).await.json()["versions"][0]["id"].as_u64().unwrap();
    let back = over(&server, "POST", &format!("{versions}/{kept}/restore"), 3, Value::Null).await;
    assert_eq!(back.json()["document"]["metadata"]["name"], "second", "a restore is undone by another");

    // Names go and come; a version that nothing needs goes with its name.
    let other = server.send("PATCH", &format!("{versions}/{kept}"), json!({"name": "the second"})).await;
    assert_eq!(other.status, StatusCode::NO_CONTENT);
    assert_eq!(names(&server, &path).await, ["3 0", "2 the second 0", "1 the first 1"]);
    for gone in [kept, version] {
        let path = format!("{versions}/{gone}");
        assert_eq!(server.send("PATCH", &path, json!({"name": ""})).await.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(names(&server, &path).await, ["3 0", "1 1"]);
    for unknown in ["99", "x"] {
        assert_eq!(server.get(&format!("{versions}/{unknown}")).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(server.get("/api/pipelines/none/versions").await.status, StatusCode::NOT_FOUND);
    let (other, _) = create(&server, DOCUMENT).await;
    let elsewhere = format!("/api/pipelines/{other}/versions/{version}");
    assert_eq!(server.get(&elsewhere).await.status, StatusCode::NOT_FOUND, "of another pipeline");
}
