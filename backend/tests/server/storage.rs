//! Uploads, volumes and secrets over HTTP.

use crate::harness::Server;
use crate::plans;
use axum::body::Body;
use dagwright::engine::Urgency;
use dagwright::store::VolumeLifetime;
use dagwright_shared::plan::{PlanLifetime, PlanMount, PlanSource, PlanVolume};
use dagwright_shared::run::{RunPhase, TaskPhase};
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

#[tokio::test]
async fn a_volume_that_a_run_uses_stays_and_one_that_is_free_goes() {
    let server = Server::start().await;
    if server.app.engines.named("local").unwrap().describe().sandbox == "process" {
        return; // A plain process cannot mount.
    }
    let mut plan = plans::plan();
    let volume = plan_volume("data", "shell-data");
    plan.volumes.push(volume);
    let template = plans::add(&mut plan, plans::shell("waits", "echo x > /data/x; sleep 30", &[], &[]));
    let (volume, path) = (String::from("data"), String::from("/data"));
    template.mounts.push(PlanMount { volume, path, read_only: false, sub_path: None });
    plans::start(&server, "r1", &plan).await;
    plans::wait(&server, "r1", |state| state.tasks.get("waits").is_some_and(|task| task.phase == TaskPhase::Running))
        .await;
    let used = server.empty("DELETE", "/api/volumes/shell-data").await;
    assert_eq!((used.status, used.code().as_str()), (StatusCode::CONFLICT, "volume-in-use"));
    assert_eq!(server.get("/api/volumes").await.json()["volumes"][0]["usedBy"], json!(["r1"]));
    server.app.engines.named("local").unwrap().cancel("r1", "a test", Urgency::AtOnce).await.unwrap();
    plans::wait(&server, "r1", |state| state.phase.is_final()).await;
    assert_eq!(server.empty("DELETE", "/api/volumes/shell-data").await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.get("/api/volumes").await.json(), json!({"volumes": []}));
}

fn plan_volume(slug: &str, claim: &str) -> PlanVolume {
    PlanVolume {
        slug: String::from(slug),
        name: String::from(slug),
        lifetime: PlanLifetime::Kept(String::from(claim)),
        size: Some(String::from("1Gi")),
        access_modes: vec![],
        storage_class: None,
    }
}

#[tokio::test]
async fn a_volume_s_folders_come_in_pages_and_nothing_leads_out() {
    let server = Server::start().await;
    let volume = server.app.store.volume_of(VolumeLifetime::Kept, "p", "data", "p-data").await.unwrap();
    let folder = server.app.volumes.folder(&volume);
    for number in 1000..1003 {
        std::fs::create_dir_all(folder.join(format!("many/folder-{number}"))).unwrap();
    }
    for number in 1000..2500 {
        std::fs::write(folder.join(format!("many/{number}")), "x").unwrap();
    }
    std::fs::write(folder.join("page.html"), "<script>alert(1)</script>").unwrap();
    std::os::unix::fs::symlink(server.app.configuration.data_dir.as_path(), folder.join("many/way")).unwrap();
    std::os::unix::fs::symlink("many", folder.join("inside")).unwrap();
    let other = server.app.store.volume_of(VolumeLifetime::Kept, "q", "data", "q-data").await.unwrap();
    std::fs::create_dir_all(server.app.volumes.folder(&other)).unwrap();
    std::fs::write(server.app.volumes.folder(&other).join("theirs"), "theirs").unwrap();

    let (mut after, mut pages) = (String::new(), Vec::new());
    loop {
        let page = server.get(&format!("/api/volumes/p-data/files?path=many&after={after}")).await.json();
        pages.push(page["files"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    let all = pages.concat();
    assert_eq!((pages[0].len(), pages[1].len(), all.len()), (1000, 503, 1503));
    assert_eq!((&all[0]["path"], &all[0]["folder"]), (&json!("many/folder-1000"), &json!(true)));
    assert!(all.windows(2).skip(3).all(|pair| pair[0]["path"].as_str() < pair[1]["path"].as_str()));

    let page = server.get("/api/volumes/p-data/content?path=page.html").await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "application/octet-stream"));
    assert!(page.header("content-disposition").starts_with("attachment"));
    assert!(page.header("content-security-policy").starts_with("sandbox;"));
    assert_eq!((page.header("x-content-type-options"), page.header("content-length")), ("nosniff", "25"));
    for path in [
        "..",
        "../q-data",
        "../q-data/theirs",
        "many/../../q-data/theirs",
        "many/way",
        "many/way/token",
        "inside",
        "inside/1000",
        "/",
        "/etc",
        "/etc/passwd",
        "..%2F..%2F..%2Ftoken",
        "many/1000/",
        "a%00b",
        "%FF",
        &"x/".repeat(4000),
    ] {
        for what in ["files", "content"] {
            let answer = server.get(&format!("/api/volumes/p-data/{what}?path={path}")).await;
            assert!(answer.status.is_client_error(), "{what} {path}: {}", answer.status);
            assert!(!answer.text().contains("theirs\""), "{what} {path}: {}", answer.text());
            assert!(["not-found", "query-form"].contains(&answer.code().as_str()), "{what} {path}: {}", answer.text());
        }
    }
    for id in ["..", "..%2Fkept", "p-data%2F..%2Fq-data", "none", "%2E%2E"] {
        for (method, rest) in [("GET", "/files"), ("GET", "/content?path=x"), ("DELETE", "")] {
            let answer = server.empty(method, &format!("/api/volumes/{id}{rest}")).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (StatusCode::NOT_FOUND, "not-found"),
                "{method} {id}{rest}"
            );
        }
    }
    assert_eq!(server.empty("DELETE", "/api/volumes/p-data").await.status, StatusCode::NO_CONTENT);
    assert!(server.app.configuration.data_dir.join("dagwright.db").exists(), "a link in a volume is not followed");
    assert_eq!(std::fs::read_to_string(server.app.volumes.folder(&other).join("theirs")).unwrap(), "theirs");
}

#[tokio::test]
async fn uploads_count_what_really_comes_and_know_their_content() {
    let server = Server::start_with(|configuration| configuration.upload_limit = 5000).await;
    // Without a length announced, in pieces, as browsers and curl send from a pipe.
    let pieces = |count: usize| {
        let pieces = futures::stream::iter((0..count).map(|_| Ok::<_, std::io::Error>("0123456789".repeat(10))));
        server.request("POST", "/api/uploads?name=data").body(Body::from_stream(pieces)).unwrap()
    };
    let fits = server.raw(pieces(50)).await;
    assert_eq!((fits.status, &fits.json()["size"]), (StatusCode::CREATED, &json!(5000)));
    let again = server.raw(pieces(50)).await;
    assert_eq!(again.json(), fits.json(), "the same content is the same upload");
    let (digest, name) = {
        let json = fits.json();
        let artifact = json["artifact"].as_str().unwrap().strip_prefix("upload:").unwrap().to_owned();
        let (digest, name) = artifact.split_once('/').unwrap();
        (digest.to_owned(), name.to_owned())
    };
    assert_eq!((digest.len(), name.as_str()), (64, "data"));
    let stored = server.app.artifacts.store.get_bytes(&format!("uploads/{digest}"), 1 << 20).await.unwrap();
    assert_eq!(stored, "0123456789".repeat(500));
    let large = server.raw(pieces(51)).await;
    assert_eq!((large.status, large.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "artifact-too-large"));
    let lies = server.request("POST", "/api/uploads?name=a").header("content-length", "99999999999999");
    let lies = server.raw(lies.body(Body::from("x")).unwrap()).await;
    assert_eq!((lies.status, lies.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "body-too-large"));
    let cut = futures::stream::iter([Ok("some"), Err(std::io::Error::other("the line broke"))]);
    let cut = server.request("POST", "/api/uploads?name=cut").body(Body::from_stream(cut)).unwrap();
    let cut = server.raw(cut).await;
    assert_eq!((cut.status, cut.code().as_str()), (StatusCode::BAD_REQUEST, "artifact-interrupted"));
    let spool = server.app.artifacts.store.list("uploads/", &Default::default()).await.unwrap();
    assert_eq!(spool.entries.len(), 1, "what was refused left nothing");

    let form = |parts: &[(&str, &str)]| {
        let part = |(name, body): &(&str, &str)| {
            format!("--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{body}\r\n")
        };
        let body: String = parts.iter().map(part).collect::<String>() + "--B--\r\n";
        let request = server.request("POST", "/api/uploads/folder?name=gr%C3%B6%C3%9Fe");
        request.header("content-type", "multipart/form-data; boundary=B").body(Body::from(body)).unwrap()
    };
    let half = "x".repeat(2501);
    let together = server.raw(form(&[("a", &half), ("b", &half)])).await;
    assert_eq!((together.status, together.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "artifact-too-large"));
    for parts in [
        [("a", "1"), ("a", "2")],
        [("a", "1"), ("a/b", "2")],
        [("ok", "1"), ("a/./b", "2")],
        [("ok", "1"), ("a//b", "2")],
        [("ok", "1"), ("..", "2")],
    ] {
        let answer = server.raw(form(&parts)).await;
        let is = (answer.status, answer.code());
        assert_eq!(is, (StatusCode::UNPROCESSABLE_ENTITY, String::from("artifact-path-unsafe")), "{parts:?}");
    }
    let one = server.raw(form(&[("sub/größe.txt", "1"), ("b c", "22")])).await.json();
    let other = server.raw(form(&[("b c", "22"), ("sub/größe.txt", "1")])).await.json();
    assert_eq!((&one["files"], &one["size"], &one["artifact"]), (&json!(2), &json!(3), &other["artifact"]));
    assert!(one["artifact"].as_str().unwrap().ends_with("/größe"));
}

#[tokio::test]
async fn no_answer_about_secrets_says_a_value() {
    let server = Server::start().await;
    let path = "/api/secrets/hub/token";
    assert_eq!(server.send("PUT", path, json!({"value": "hunter22"})).await.text(), "");
    for body in [
        json!("hunter22"),
        json!({"value": ["hunter22"]}),
        json!({"value": {"hunter22": 1}}),
        json!(["hunter22"]),
        json!({"more": "hunter22", "value": "hunter22"}),
        json!({}),
    ] {
        let answer = server.send("PUT", path, body.clone()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert!(!answer.text().contains("hunter22"), "{}", answer.text());
    }
    for (address, code) in [
        ("Hub/token", "secret-name"),
        ("-hub/token", "secret-name"),
        ("a%2Fb/token", "secret-name"),
        ("..%2F/token", "secret-name"),
        ("hub/to%20ken", "secret-name"),
        ("hub/..", "secret-name"),
        ("hub/a%00", "secret-name"),
    ] {
        let answer = server.send("PUT", &format!("/api/secrets/{address}"), json!({"value": "hunter22"})).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, code), "{address}");
        assert!(!answer.text().contains("hunter22") && answer.text().contains("letters"), "{}", answer.text());
    }
    let long = server.send("PUT", path, json!({"value": "hunter22".repeat(200_000)})).await;
    assert_eq!((long.status.as_u16(), long.code().as_str()), (422, "secret-too-long"));
    for path in
        ["/api/secrets", "/api/secrets/hub", path, "/api/info", "/api/openapi.json", "/api/volumes", "/api/runs"]
    {
        assert!(!server.get(path).await.text().contains("hunter22"), "{path}");
    }
    for method in ["GET", "POST", "PATCH"] {
        let answer = server.empty(method, path).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    assert_eq!(server.app.secrets.value("hub", "token").as_deref(), Some("hunter22"), "nothing refused was stored");
}
