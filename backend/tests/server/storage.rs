//! Uploads, volumes and secrets over HTTP.

use crate::harness::Server;
use crate::plans;
use axum::body::Body;
use dagwright::store::VolumeLifetime;
use dagwright_shared::plan::PlanSource;
use dagwright_shared::run::RunPhase;
use http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn an_uploaded_file_and_folder_are_a_task_s_inputs() {
    let server = Server::start().await;
    let upload = server.request("POST", "/api/uploads?name=my%20data.csv").body(Body::from("a,b\n")).unwrap();
    let file = server.raw(upload).await;
    assert_eq!(file.status, StatusCode::CREATED, "{}", file.text());
    let form = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"sub/one.txt\"\r\n\r\nfirst\r\n\
        --B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"two.txt\"\r\n\r\nsecond\r\n--B--\r\n";
    let upload = server.request("POST", "/api/uploads/folder?name=texts");
    let upload = upload.header("content-type", "multipart/form-data; boundary=B").body(Body::from(form)).unwrap();
    let folder = server.raw(upload).await;
    assert_eq!(folder.status, StatusCode::CREATED, "{}", folder.text());
    assert_eq!((&folder.json()["files"], &folder.json()["size"]), (&json!(2), &json!(11)));

    let stored =
        |answer: &crate::harness::Answer| PlanSource::Stored(answer.json()["artifact"].as_str().unwrap().to_owned());
    let mut plan = plans::plan();
    let inputs = [("table:Dataset", stored(&file)), ("texts:Dataset", stored(&folder))];
    let script =
        "test \"$(cat {in:table})\" = a,b && test $(cat {in:texts}/sub/one.txt {in:texts}/two.txt) = firstsecond";
    plans::add(&mut plan, plans::shell("check", script, &inputs, &[]));
    let state = plans::run(&server, "r1", &plan).await;
    assert_eq!((state.phase, state.message.as_str()), (RunPhase::Succeeded, ""));
}

#[tokio::test]
async fn uploads_that_are_refused() {
    let server = Server::start().await;
    let send = async |path: &str, kind: &str, body: String| {
        let request = server.request("POST", path).header("content-type", kind);
        server.raw(request.body(Body::from(body)).unwrap()).await
    };
    for name in ["", "..", "a/b", "a%00b", "..%2Fx"] {
        let answer = send(&format!("/api/uploads?name={name}"), "text/plain", String::from("x")).await;
        assert_eq!(answer.code(), "upload-name", "{name}");
    }
    assert_eq!(send("/api/uploads", "text/plain", String::new()).await.code(), "query-form");
    assert_eq!(server.get("/api/uploads").await.code(), "method-not-allowed");
    let large = "x".repeat((1 << 20) + 1);
    assert_eq!(send("/api/uploads?name=a", "text/plain", large.clone()).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let part = |name: &str, body: &str| {
        format!("--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{body}\r\n--B--\r\n")
    };
    let multipart = "multipart/form-data; boundary=B";
    for name in ["../x", "/etc/passwd", "a/../../b"] {
        let answer = send("/api/uploads/folder?name=a", multipart, part(name, "x")).await;
        assert_eq!(answer.code(), "artifact-path-unsafe", "{name}");
    }
    let answer = send("/api/uploads/folder?name=a", multipart, part("a", &large)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(send("/api/uploads/folder?name=a", "text/plain", String::new()).await.code(), "multipart-form");
    assert_eq!(send("/api/uploads/folder?name=a", multipart, String::from("nonsense")).await.code(), "multipart-form");
}

#[tokio::test]
async fn a_volume_is_listed_looked_into_and_deleted() {
    let server = Server::start().await;
    let volume = server.app.store.volume_of(VolumeLifetime::Kept, "p", "data", "p-data").await.unwrap();
    let folder = server.app.volumes.folder(&volume);
    std::fs::create_dir_all(folder.join("sub")).unwrap();
    std::fs::write(folder.join("sub/file.txt"), "content").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.join("link")).unwrap();
    let list = server.get("/api/volumes").await.json();
    assert_eq!((&list["volumes"][0]["id"], &list["volumes"][0]["files"]), (&json!("p-data"), &json!(2)));
    let files = server.get("/api/volumes/p-data/files?path=sub").await.json();
    assert_eq!(files["files"], json!([{"path": "sub/file.txt", "size": 7, "folder": false}]));
    let file = server.get("/api/volumes/p-data/content?path=sub/file.txt").await;
    assert!(file.text() == "content" && file.header("content-disposition").starts_with("attachment"));
    for path in ["link", "../p-data/sub/file.txt", "/etc/passwd", "sub", "none", "%00"] {
        let answer = server.get(&format!("/api/volumes/p-data/content?path={path}")).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::NOT_FOUND, String::from("not-found")), "{path}");
    }
    assert_eq!(server.empty("DELETE", "/api/volumes/p-data").await.status, StatusCode::NO_CONTENT);
    assert!(!folder.exists());
    assert_eq!(server.empty("DELETE", "/api/volumes/p-data").await.code(), "not-found");
}

#[tokio::test]
async fn secrets_go_in_and_never_out() {
    let server = Server::start().await;
    let set = server.send("PUT", "/api/secrets/hub/token", json!({"value": "hunter22"})).await;
    assert_eq!(set.status, StatusCode::NO_CONTENT);
    let list = server.get("/api/secrets").await;
    assert_eq!(list.json(), json!({"secrets": [{"name": "hub", "keys": ["token"]}]}));
    assert_eq!(server.get("/api/secrets/hub/token").await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(server.send("PUT", "/api/secrets/Hub/token", json!({"value": "x"})).await.code(), "secret-name");
    assert_eq!(
        server.send("PUT", "/api/secrets/hub/a", json!({"value": "x", "more": 1})).await.code(),
        "field-unknown"
    );
    assert_eq!(server.empty("DELETE", "/api/secrets/hub/token").await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.empty("DELETE", "/api/secrets/hub/token").await.code(), "not-found");
}

#[tokio::test]
async fn uploads_have_their_own_limit_not_that_of_json() {
    let server = Server::start_with(|configuration| configuration.upload_limit = 32 << 20).await;
    let content = "x".repeat(9 << 20);
    let file = server.request("POST", "/api/uploads?name=large").body(Body::from(content.clone())).unwrap();
    assert_eq!(server.raw(file).await.json()["size"], json!(9 << 20));
    let form =
        format!("--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n{content}\r\n--B--\r\n");
    let folder = server.request("POST", "/api/uploads/folder?name=large");
    let folder = folder.header("content-type", "multipart/form-data; boundary=B").body(Body::from(form)).unwrap();
    let folder = server.raw(folder).await;
    assert_eq!((folder.status, &folder.json()["size"]), (StatusCode::CREATED, &json!(9 << 20)));
}
