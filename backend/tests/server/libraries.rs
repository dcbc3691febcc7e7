//! Libraries of components: the real binary fetches from a real server on this machine, with the switches that allow it.

use crate::process::Process;
use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use dagwright_shared::component::Component;
use dagwright_shared::pipeline::digest::digest;
use dagwright_shared::pipeline::file::component_from_value;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

const SAY: &str = "name: say\ninputs:\n- {name: text, type: String}\nimplementation:\n  container:\n    image: busybox\n    command: [echo, {inputValue: text}]\n";
const COUNT: &str = "name: count\nimplementation:\n  container:\n    image: busybox\n    command: [wc]\n";

/// A server of files on 127.0.0.1 with everything that may go wrong.
async fn files() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let text = |text: &'static str| get(async move || text);
    let port = address.port();
    let router = Router::new()
        .route("/kit/components.yaml", text("name: Team kit\ncomponents:\n- say.yaml\n- sub/count.yaml\n"))
        .route("/kit/say.yaml", text(SAY))
        .route("/kit/sub/count.yaml", text(COUNT))
        .route("/moved", get(async || Redirect::temporary("/kit/components.yaml")))
        .route(
            "/mixed.json",
            get(async move || {
                json!({"components": [
                    "kit/say.yaml", "large.yaml", "slow.yaml", "broken.yaml", "gone.yaml", "away.yaml", "http://127.0.0.9/x.yaml",
                    "file:///etc/passwd", "mixed.json", "kit/sub/count.yaml",
                ]})
                .to_string()
            }),
        )
        .route("/large.yaml", get(async || format!("{SAY}# {}\n", "x".repeat(300 << 10))))
        .route("/endless", get(async || Body::from_stream(tokio_stream::iter(std::iter::repeat_with(|| Ok::<_, std::io::Error>("x".repeat(65536)))))))
        .route("/slow.yaml", get(async || tokio::time::sleep(Duration::from_secs(60)).await))
        .route("/broken.yaml", text("name: say\nimplementation: [container\n"))
        .route("/page", text("<!doctype html><title>Sign in</title>"))
        .route("/away.yaml", get(async move || Redirect::temporary(&format!("http://127.0.0.2:{port}/kit/say.yaml"))))
        .route("/round", get(async || Redirect::temporary("/round")))
        .route("/bytes", get(async || vec![0xff_u8, 0xfe, 0].into_response()));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn server(data: &Path, arguments: &[&str]) -> Process {
    Process::start_with(data, |command| {
        command.args(["--fetch-timeout", "2"]).args(arguments);
    })
}

fn names(library: &Value) -> Vec<&str> {
    library["components"].as_array().unwrap().iter().map(|component| component["name"].as_str().unwrap()).collect()
}

fn places(library: &Value) -> Vec<&str> {
    library["problems"].as_array().unwrap().iter().map(|problem| problem["place"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_list_is_read_listed_read_again_and_removed() {
    let home = tempfile::tempdir().unwrap();
    let address = files().await;
    let server = server(home.path(), &["--allow-network", "127.0.0.1"]);
    let source = format!("http://{address}/moved");
    let library = server.post("/api/libraries", &json!({"source": source})).await;
    assert_eq!((library["name"].as_str(), names(&library)), (Some("Team kit"), vec!["say", "count"]), "{library}");
    assert_eq!(library["problems"], json!([]));
    let first = component_from_value(&library["components"][0]).value.unwrap();
    let digits = digest(&Component { origin: None, ..first.clone() });
    assert_eq!(first.origin.unwrap(), format!("http://{address}/kit/say.yaml#sha256={}", &digits[7..23]));

    let twice = server.post("/api/libraries", &json!({"source": source})).await;
    assert_eq!(twice["code"], "library-exists");
    let alone = server.post("/api/libraries", &json!({"source": format!("http://{address}/kit/sub/count.yaml")})).await;
    assert_eq!((alone["name"].as_str(), names(&alone)), (Some("count"), vec!["count"]));
    let catalog = server.get("/api/catalog").await.unwrap();
    assert_eq!(catalog["libraries"], json!([library, alone]));

    let id = library["id"].as_str().unwrap();
    let again = server.post(&format!("/api/libraries/{id}/refresh"), &json!({})).await;
    assert_eq!(names(&again), ["say", "count"]);
    server.order(reqwest::Method::DELETE, &format!("/api/libraries/{id}")).await;
    assert_eq!(server.get("/api/libraries").await.unwrap()["libraries"], json!([alone]));
    assert_eq!(server.post(&format!("/api/libraries/{id}/refresh"), &json!({})).await["code"], "not-found");
}

#[tokio::test]
async fn bad_entries_are_told_one_by_one_and_the_good_ones_stay() {
    let home = tempfile::tempdir().unwrap();
    let address = files().await;
    let server = server(home.path(), &["--allow-network", "127.0.0.1/32"]);
    let library = server.post("/api/libraries", &json!({"source": format!("http://{address}/mixed.json")})).await;
    assert_eq!(names(&library), ["say", "count"], "{library}");
    let bad = [
        "large.yaml",
        "slow.yaml",
        "broken.yaml",
        "gone.yaml",
        "away.yaml",
        "http://127.0.0.9/x.yaml",
        "file:///etc/passwd",
        "mixed.json",
    ];
    assert_eq!(places(&library), bad);
    let told = [
        "more than 262144 bytes",
        "did not answer whole within 2 s",
        "line 3: ",
        "answers 404",
        "127.0.0.2, which is no public address",
        "127.0.0.9, which is no public address",
        "is not an http or https address",
        "should be a component",
    ];
    for (problem, words) in library["problems"].as_array().unwrap().iter().zip(told) {
        assert!(problem["message"].as_str().unwrap().contains(words), "{words}: {problem}");
        assert!(!problem["hint"].as_str().unwrap().is_empty(), "{problem}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_not_added_and_says_why() {
    let home = tempfile::tempdir().unwrap();
    let address = files().await;
    let server = server(home.path(), &["--allow-network", "127.0.0.1"]);
    for (path, code, words) in [
        ("endless", "library-unreachable", "has more than"),
        ("slow.yaml", "library-unreachable", "did not answer"),
        ("gone", "library-unreachable", "404"),
        ("round", "library-unreachable", "leads on more than"),
        ("away.yaml", "address-refused", "127.0.0.2"),
        ("page", "library-unreadable", "list"),
        ("bytes", "library-unreadable", "UTF-8"),
        ("broken.yaml", "library-unreadable", "line 3"),
    ] {
        let answer = server.post("/api/libraries", &json!({"source": format!("http://{address}/{path}")})).await;
        assert_eq!(answer["code"], code, "{path}: {answer}");
        assert!(answer["message"].as_str().unwrap().contains(words), "{path}: {answer}");
    }
    for source in ["", "components.yaml", "file:///etc/passwd", "http://a:b@x.org/", "ftp://x.org/a"] {
        let answer = server.post("/api/libraries", &json!({"source": source})).await;
        assert_eq!(answer["code"], "library-source", "{source}: {answer}");
    }
    assert_eq!(server.get("/api/libraries").await.unwrap()["libraries"], json!([]));
}

#[tokio::test]
async fn without_a_switch_nothing_of_the_own_network_and_no_folder_is_read() {
    let home = tempfile::tempdir().unwrap();
    let address = files().await;
    let server = server(home.path(), &[]);
    let port = address.port();
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0.0.0.0", "169.254.169.254"] {
        let source = format!("http://{host}:{port}/kit/components.yaml");
        let answer = server.post("/api/libraries", &json!({"source": source})).await;
        assert_eq!(answer["code"], "address-refused", "{host}: {answer}");
        assert!(answer["hint"].as_str().unwrap().contains("--allow-network"), "{answer}");
    }
    for folder in ["/etc", "/", &home.path().display().to_string()] {
        let answer = server.post("/api/libraries", &json!({"source": folder})).await;
        assert_eq!(answer["code"], "folder-refused", "{folder}: {answer}");
        assert!(answer["hint"].as_str().unwrap().contains("--library-folder"), "{answer}");
    }
}

#[tokio::test]
async fn a_folder_is_read_as_far_as_it_reaches_and_keeps_what_it_had() {
    let home = tempfile::tempdir().unwrap();
    let allowed = home.path().join("allowed");
    let kit = allowed.join("kit");
    std::fs::create_dir_all(kit.join("sub/.git")).unwrap();
    std::fs::write(home.path().join("secret.yaml"), SAY).unwrap();
    std::fs::write(kit.join("component.yaml"), SAY).unwrap();
    std::fs::write(kit.join("sub/count.yml"), COUNT).unwrap();
    std::fs::write(kit.join("sub/.git/hidden.yaml"), COUNT).unwrap();
    std::fs::write(kit.join("values.yaml"), "replicas: 3\n").unwrap();
    std::fs::write(kit.join("broken.yaml"), "name: [x\n").unwrap();
    std::os::unix::fs::symlink("../../secret.yaml", kit.join("out.yaml")).unwrap();
    std::os::unix::fs::symlink(home.path(), kit.join("way")).unwrap();
    std::os::unix::fs::symlink("sub/count.yml", kit.join("inside.yaml")).unwrap();
    std::os::unix::fs::symlink("..", allowed.join("up")).unwrap();
    let data = home.path().join("data");
    let server = server(&data, &["--library-folder", allowed.to_str().unwrap()]);
    let source = kit.display().to_string();
    let library = server.post("/api/libraries", &json!({"source": source})).await;
    assert_eq!(library["name"], "kit", "{library}");
    assert_eq!(names(&library), ["say", "count", "count"], "a link inside is the file it leads to");
    assert!(library["components"][0]["origin"].as_str().unwrap().starts_with("library/kit/component.yaml#sha256="));
    assert_eq!(places(&library), ["broken.yaml", "out.yaml"]);
    assert!(library["problems"][1]["message"].as_str().unwrap().contains("link out of"), "{library}");
    for other in [allowed.join("up"), home.path().join("data"), allowed.join("kit/way"), allowed.join("kit/../..")] {
        let answer = server.post("/api/libraries", &json!({"source": other.display().to_string()})).await;
        assert_eq!(answer["code"], "folder-refused", "{other:?}: {answer}");
    }

    std::fs::rename(&kit, allowed.join("elsewhere")).unwrap();
    let id = library["id"].as_str().unwrap();
    let kept = server.post(&format!("/api/libraries/{id}/refresh"), &json!({})).await;
    assert_eq!(kept["components"], library["components"]);
    assert_eq!(kept["failure"]["place"], source, "{kept}");
    std::fs::rename(allowed.join("elsewhere"), &kit).unwrap();
    std::fs::write(kit.join("broken.yaml"), COUNT).unwrap();
    let mended = server.post(&format!("/api/libraries/{id}/refresh"), &json!({})).await;
    assert_eq!((places(&mended), &mended["failure"]), (vec!["out.yaml"], &Value::Null));
}
