//! The project's own components: versions that no save passes silently, and the palette that has them.

use crate::harness::{Answer, Server};
use crate::process::Process;
use axum::body::Body;
use http::StatusCode;
use serde_json::{Value, json};

fn component(name: &str, image: &str) -> Value {
    json!({
        "name": name,
        "description": "Says it",
        "inputs": [{"name": "text", "type": "String"}],
        "implementation": {"container": {"image": image, "command": ["echo", {"inputValue": "text"}]}},
    })
}

async fn put(server: &Server, name: &str, condition: (&str, &str), body: &Value) -> Answer {
    let request = server.request("PUT", &format!("/api/components/{name}"));
    let request = request.header("content-type", "application/json").header(condition.0, condition.1);
    server.raw(request.body(Body::from(body.to_string())).unwrap()).await
}

const NEW: (&str, &str) = ("if-none-match", "*");

#[tokio::test]
async fn a_component_is_kept_with_versions_and_stays_over_a_restart() {
    let mut server = Server::start().await;
    let made = put(&server, "say", NEW, &json!({"component": component("say", "busybox:1")})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let made = made.json();
    assert_eq!((&made["version"], &made["component"]["description"]), (&json!(1), &json!("Says it")));
    let digest = made["digest"].as_str().unwrap();
    let digits = &digest["sha256:".len()..][..16];
    assert_eq!(made["component"]["origin"], format!("own/say@1#sha256={digits}"));

    // The same once more is no version; where it came from before does not matter.
    let mut again = component("say", "busybox:1");
    again["origin"] = json!("https://elsewhere.example.org/say.yaml");
    let again = put(&server, "say", NEW, &json!({"component": again})).await;
    assert_eq!((again.status, &again.json()), (StatusCode::OK, &made));

    let text = "# Ours.\nname: say\nimplementation:\n  container:\n    image: busybox:2 # newer\n    command: [echo]\n";
    let second = put(&server, "say", ("if-match", "\"1\""), &json!({"text": text})).await;
    assert_eq!(second.status, StatusCode::OK, "{}", second.text());
    server.restart().await;
    let shown = server.get("/api/components/say").await.json();
    assert_eq!(shown, second.json());
    let versions: Vec<&Value> = shown["versions"].as_array().unwrap().iter().map(|one| &one["version"]).collect();
    assert_eq!(versions, [&json!(2), &json!(1)]);
    let newest = server.get("/api/components/say/versions/2").await.json();
    assert_eq!(newest["text"], text, "byte for byte");
    let first = server.get("/api/components/say/versions/1").await.json();
    assert_eq!((&first["component"], &first["version"]["digest"]), (&made["component"], &made["digest"]));
    assert_eq!(server.get("/api/components/say/versions/3").await.status, StatusCode::NOT_FOUND);

    let list = server.get("/api/components").await.json();
    assert_eq!(list["components"], json!([shown]));
    let catalog = server.get("/api/catalog").await.json();
    assert_eq!(catalog["own"], list["components"]);
    assert_eq!(server.empty("DELETE", "/api/components/say").await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.empty("DELETE", "/api/components/say").await.status, StatusCode::NOT_FOUND);
    assert_eq!(server.get("/api/components/say").await.code(), "not-found");
}

#[tokio::test]
async fn a_save_says_over_what_it_goes_and_the_later_one_is_told() {
    let server = Server::start().await;
    let body = |image: &str| json!({"component": component("say", image)});
    let unsaid = server.send("PUT", "/api/components/say", body("a")).await;
    assert_eq!((unsaid.status, unsaid.code().as_str()), (StatusCode::PRECONDITION_REQUIRED, "version-missing"));
    let gone = put(&server, "say", ("if-match", "\"1\""), &body("a")).await;
    assert_eq!((gone.status, gone.code().as_str()), (StatusCode::PRECONDITION_FAILED, "version-conflict"));
    let wrong = put(&server, "say", ("if-match", "one"), &body("a")).await;
    assert_eq!((wrong.status, wrong.code().as_str()), (StatusCode::BAD_REQUEST, "version-form"));

    put(&server, "say", NEW, &body("a")).await;
    let stored = put(&server, "say", ("if-match", "\"1\""), &body("b")).await.json();
    for condition in [NEW, ("if-match", "\"1\"")] {
        let late = put(&server, "say", condition, &body("c")).await;
        assert_eq!((late.status, late.code().as_str()), (StatusCode::PRECONDITION_FAILED, "version-conflict"));
        assert_eq!(late.json()["details"], stored, "the stored one is shown");
    }
}

#[tokio::test]
async fn names_are_free_and_what_is_no_component_is_refused() {
    let server = Server::start().await;
    let made = put(&server, "%ED%95%99%EC%8A%B5%2F2", NEW, &json!({"component": component("학습/2", "a")})).await;
    assert_eq!((made.status, &made.json()["name"]), (StatusCode::CREATED, &json!("학습/2")));
    assert_eq!(server.get("/api/components/%ED%95%99%EC%8A%B5%2F2").await.status, StatusCode::OK);

    let large = "x".repeat(300 << 10);
    for (name, body, code) in [
        ("a", json!({}), "body-form"),
        ("a", json!({"text": "a: [b"}), "component-unreadable"),
        ("a", json!({"text": "name: a\n"}), "component-unreadable"),
        ("a", json!({"component": {"name": "a", "implementation": {"other": {}}}}), "component-unreadable"),
        ("b", json!({"component": component("a", "i")}), "component-name"),
        ("%20a", json!({"component": component(" a", "i")}), "component-name"),
        ("a", json!({"component": component("a", &large)}), "component-too-large"),
        ("a", json!({"component": component("a", "i"), "name": "a"}), "field-unknown"),
    ] {
        let answer = put(&server, name, NEW, &body).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, code), "{name}");
    }
}

#[tokio::test]
async fn the_newest_fifty_versions_are_kept() {
    let server = Server::start().await;
    for number in 0_u32..60 {
        let over = format!("\"{number}\"");
        let condition = if number == 0 { NEW } else { ("if-match", over.as_str()) };
        let body = json!({"component": component("say", &format!("image:{number}"))});
        assert!(put(&server, "say", condition, &body).await.status.is_success());
    }
    let shown = server.get("/api/components/say").await.json();
    let versions = shown["versions"].as_array().unwrap();
    assert_eq!((versions.len(), &versions[0]["version"], &versions[49]["version"]), (50, &json!(60), &json!(11)));
}

#[tokio::test]
async fn the_command_line_lists_own_components_and_those_of_libraries() {
    let home = tempfile::tempdir().unwrap();
    let (data, kit) = (home.path().join("data"), home.path().join("kit"));
    std::fs::create_dir_all(&kit).unwrap();
    std::fs::write(
        kit.join("wc.yaml"),
        "name: wc\nimplementation:\n  container:\n    image: busybox\n    command: [wc]\n",
    )
    .unwrap();
    let server = Process::start_with(&data, |command| {
        command.arg("--library-folder").arg(&kit);
    });
    server.post("/api/libraries", &json!({"source": kit.display().to_string()})).await;
    let body = json!({"component": component("print_text", "busybox:7")});
    server.put_new("/api/components/print_text", &body).await;
    let ask = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_dagwright"));
        let command = command.arg("components").args(arguments).arg("--data-dir").arg(&data);
        let output = command.env_remove("DAGWRIGHT_TOKEN").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let look = || {
        let all = ask(&[]);
        assert!(all.contains("Yours 1") && all.contains("kit ") && all.contains("Basics"), "{all}");
        assert!(ask(&["print_text"]).contains("busybox:7"), "the own one comes first");
        assert!(ask(&["wc"]).starts_with("name: wc\n"));
    };
    look();
    assert!(server.terminate());
    look();
}
