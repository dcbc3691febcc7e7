//! Short links: what is shared comes back as it was, to whoever is signed in and has the whole link.

use crate::harness::Server;
use axum::body::Body;
use dagwright_shared::link::Link;
use http::{Request, StatusCode};
use serde_json::json;

/// With a comment, a component that is missing and a field of a later version.
const FILE: &str = "# Ours.\napiVersion: dagwright.dev/v1\nkind: Pipeline\nmetadata:\n  name: half\n  x-team: data\n\
    tasks:\n  lost:\n    component: not-here\n";

#[tokio::test]
async fn a_shared_pipeline_comes_back_as_it_was_even_with_a_component_missing() {
    let mut server = Server::start().await;
    let shared = server.send("POST", "/api/links", json!({"text": FILE})).await;
    assert_eq!(shared.status, StatusCode::CREATED, "{}", shared.text());
    let shared = shared.json();
    let link = shared["link"].as_str().unwrap();
    let Some(Link::Shared { base, id }) = Link::find(link) else { panic!("{link}") };
    assert_eq!((base.as_str(), id.as_str()), ("http://localhost:7667", shared["id"].as_str().unwrap()));
    assert_eq!(id.len(), 22, "128 bits");

    server.restart().await;
    let opened = server.get(&format!("/api/links/{id}")).await.json();
    assert_eq!(opened, shared);
    assert_eq!(opened["text"], FILE);
    assert!(
        server.get("/api/pipelines").await.json()["pipelines"].as_array().unwrap().len() < 2,
        "sharing stores none"
    );

    let read = server.send("POST", "/api/documents/read", json!({"text": opened["text"]})).await.json();
    assert_eq!(read["pipeline"]["tasks"]["lost"]["component"], "not-here");
    let document = server.send("POST", "/api/links", json!({"document": read["pipeline"]})).await;
    assert_eq!(document.status, StatusCode::CREATED, "{}", document.text());
    assert_ne!(document.json()["id"], shared["id"], "another text, another link");
}

#[tokio::test]
async fn the_same_file_has_the_same_link_and_others_are_not_to_be_guessed() {
    let server = Server::start_with(|c| c.public_url = Some(String::from("https://pipelines.example.org/d"))).await;
    let share = async |text: String| server.send("POST", "/api/links", json!({"text": text})).await.json();
    let first = share(String::from(FILE)).await;
    assert_eq!(share(String::from(FILE)).await, first);
    assert!(first["link"].as_str().unwrap().starts_with("https://pipelines.example.org/d/#shared="));
    let mut ids = std::collections::BTreeSet::new();
    for number in 0..20 {
        ids.insert(share(format!("{FILE}# {number}\n")).await["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), 20);
    let information = server.get("/api/server").await.json();
    assert_eq!(information["publicUrl"], "https://pipelines.example.org/d");
}

#[tokio::test]
async fn what_is_no_pipeline_is_not_shared_and_what_is_no_link_does_not_open() {
    let server = Server::start().await;
    for (body, code) in [
        (json!({}), "body-form"),
        (json!({"text": FILE, "document": {}}), "body-form"),
        (json!({"text": "a: [b"}), "document-unreadable"),
        (json!({"text": "kind: Workflow\n"}), "document-unreadable"),
        (json!({"text": FILE, "name": "x"}), "field-unknown"),
    ] {
        let answer = server.send("POST", "/api/links", body).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, code));
    }
    for id in ["AAAAAAAAAAAAAAAAAAAAAA", "AAAA", "%2e%2e", "AAAAAAAAAAAAAAAAAAAAA%0A"] {
        let answer = server.get(&format!("/api/links/{id}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::NOT_FOUND, "not-found"), "{id}");
    }
    let unsigned = Request::get("/api/links/AAAAAAAAAAAAAAAAAAAAAA").header("host", "localhost:7667");
    let answer = server.raw(unsigned.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::UNAUTHORIZED, "signed-out"));
}
