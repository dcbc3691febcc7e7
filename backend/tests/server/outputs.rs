//! Outputs over HTTP: what each kind of content goes out with, ranges and conditions, folders, tables, Markdown.

use crate::harness::{Answer, Server};
use crate::plans;
use axum::body::Body;
use dagwright_shared::run::RunPhase;
use http::StatusCode;

const BASE: &str = "/api/runs/r1/tasks/make/outputs";

/// A server with a finished run `r1` whose task `make` wrote what `script` says.
async fn server_with(script: &str, outputs: &[&str]) -> Server {
    let server = Server::start().await;
    let mut plan = plans::plan();
    plans::add(&mut plan, plans::shell("make", script, &[], outputs));
    let state = plans::run(&server, "r1", &plan).await;
    assert_eq!((state.phase, state.message.as_str()), (RunPhase::Succeeded, ""));
    server
}

async fn ask(server: &Server, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = server.request("GET", &format!("{BASE}/{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.raw(request.body(Body::empty()).unwrap()).await
}

/// An artifact's answer may be opened by a browser without harm.
fn assert_harmless(answer: &Answer) {
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("sandbox") && policy.contains("default-src 'none'"), "{policy}");
    assert!(
        !policy.contains("allow-same-origin") && !policy.contains("'self'") && !policy.contains("http"),
        "{policy}"
    );
    assert_eq!(answer.headers.get_all("content-security-policy").iter().count(), 1);
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn no_content_can_act_as_the_application() {
    let script = "printf '<script>alert(1)</script>' > {out:page}; \
        printf '<!doctype html><script>alert(1)</script>' > {out:claims}; \
        printf '<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"></svg>' > {out:drawing}; \
        printf '\\211PNG\\r\\n\\032\\nrest' > {out:image}; \
        printf '\\200\\004\\225pickle' > {out:model}; \
        printf '[1]' > {out:json}; printf 7 > {out:count}; \
        mkdir {out:tree}; cd {out:tree}; printf '<script>1</script>' > a.html; printf '<svg/>' > b.svg; printf '<b>' > c.png";
    let outputs = ["page:HTML", "claims:Dataset", "drawing:Artifact", "image:Artifact", "model:Model", "json:Artifact"];
    let outputs: Vec<_> = outputs.into_iter().chain(["count", "tree:Artifact"]).collect();
    let server = server_with(script, &outputs).await;
    let html = "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:";
    for (path, media_type, inline) in [
        ("page", "text/html; charset=utf-8", true),
        ("claims", "text/plain; charset=utf-8", true),
        ("drawing", "text/plain; charset=utf-8", true),
        ("image", "image/png", true),
        ("model", "application/octet-stream", false),
        ("json", "application/json", true),
        ("count", "text/plain; charset=utf-8", true),
        ("tree?path=a.html", "text/html; charset=utf-8", true),
        ("tree?path=b.svg", "image/svg+xml", false),
        ("tree?path=c.png", "application/octet-stream", false),
    ] {
        let answer = ask(&server, path, &[]).await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, media_type), "{path}");
        let disposition = if inline { "inline" } else { "attachment" };
        assert!(answer.header("content-disposition").starts_with(disposition), "{path}");
        assert_harmless(&answer);
        let is_html = media_type.starts_with("text/html");
        assert_eq!(answer.header("content-security-policy") == html, is_html, "{path}");
        assert!(is_html || !answer.header("content-security-policy").contains("allow-scripts"), "{path}");

        let saved = ask(&server, &format!("{path}{}download=1", if path.contains('?') { '&' } else { '?' }), &[]).await;
        assert_eq!(
            (saved.status, saved.header("content-type")),
            (StatusCode::OK, "application/octet-stream"),
            "{path}"
        );
        assert!(saved.header("content-disposition").starts_with("attachment"), "{path}");
        assert_eq!(saved.body, answer.body, "{path}");
        assert_harmless(&saved);
    }
    // An `<img>` draws it, without scripts; opened by itself it is saved.
    let drawn = ask(&server, "drawing", &[("sec-fetch-dest", "image")]).await;
    assert_eq!(drawn.header("content-type"), "image/svg+xml");
    assert!(drawn.header("content-disposition").starts_with("attachment"));
    assert_harmless(&drawn);
    let page = ask(&server, "claims", &[("sec-fetch-dest", "image")]).await;
    assert_eq!(page.header("content-type"), "text/plain; charset=utf-8");
}

#[tokio::test]
async fn ranges_and_conditions() {
    let server = server_with("seq 1 100000 > {out:list}; : > {out:empty}", &["list:Dataset", "empty:Dataset"]).await;
    let whole = ask(&server, "list", &[]).await;
    let (size, tag) = (whole.body.len(), whole.header("etag").to_owned());
    assert_eq!((size, whole.header("accept-ranges")), (588_895, "bytes"));
    assert_eq!(whole.header("content-length"), "588895");
    assert!(tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=2-4", 2, 5),
        ("bytes=588890-", 588_890, size),
        ("bytes=-7", size - 7, size),
        ("bytes=588890-9999999", 588_890, size),
    ] {
        let part = ask(&server, "list", &[("range", range)]).await;
        assert_eq!((part.status, &part.body[..]), (StatusCode::PARTIAL_CONTENT, &whole.body[from..to]), "{range}");
        assert_eq!(part.header("content-range"), format!("bytes {from}-{}/{size}", to - 1));
        assert_eq!(
            (part.header("content-length"), part.header("etag")),
            ((to - from).to_string().as_str(), tag.as_str())
        );
        assert_harmless(&part);
    }
    for range in ["bytes=588895-", "bytes=-0", "bytes=9999999-99999999"] {
        let outside = ask(&server, "list", &[("range", range)]).await;
        assert_eq!(
            (outside.status, outside.header("content-range")),
            (StatusCode::RANGE_NOT_SATISFIABLE, "bytes */588895")
        );
        assert_eq!(outside.code(), "artifact-range-not-satisfiable");
    }
    for range in ["bytes=1-2,4-5", "lines=1-2", "bytes=9-1", "nonsense"] {
        let answer = ask(&server, "list", &[("range", range)]).await;
        assert_eq!((answer.status, answer.body.len()), (StatusCode::OK, size), "{range}");
    }
    let empty = ask(&server, "empty", &[("range", "bytes=0-99")]).await;
    assert_eq!((empty.status, empty.body.len()), (StatusCode::OK, 0));

    for tags in [tag.clone(), format!("\"other\", W/{tag}"), String::from("*")] {
        let same = ask(&server, "list", &[("if-none-match", &tags)]).await;
        assert_eq!((same.status, same.body.len(), same.header("etag")), (StatusCode::NOT_MODIFIED, 0, tag.as_str()));
        assert_harmless(&same);
    }
    assert_eq!(ask(&server, "list", &[("if-none-match", "\"other\"")]).await.status, StatusCode::OK);
    let same = ask(&server, "list", &[("range", "bytes=2-4"), ("if-range", &tag)]).await;
    assert_eq!(same.status, StatusCode::PARTIAL_CONTENT);
    let other = ask(&server, "list", &[("range", "bytes=2-4"), ("if-range", "\"other\"")]).await;
    assert_eq!((other.status, other.body.len()), (StatusCode::OK, size));
    let head = server.empty("HEAD", &format!("{BASE}/list")).await;
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (StatusCode::OK, "588895", 0));
}

#[tokio::test]
async fn a_folder_file_by_file_page_by_page_and_as_a_tar_file() {
    let script = "mkdir -p {out:tree}/sub; cd {out:tree}; i=1000; \
        while [ $i -lt 2100 ]; do printf $i > sub/$i; i=$((i+1)); done; printf ü > 'größe \"x\".txt'; : > empty";
    let server = server_with(script, &["tree:Artifact"]).await;
    let first = ask(&server, "tree/files", &[]).await.json();
    let next = first["next"].as_str().unwrap();
    assert_eq!((first["files"].as_array().unwrap().len(), &first["files"][999]["path"]), (1000, &first["next"]));
    let second = ask(&server, &format!("tree/files?after={next}"), &[]).await.json();
    assert_eq!((second["files"].as_array().unwrap().len(), &second["next"]), (102, &serde_json::Value::Null));
    assert_eq!(second["files"][101]["path"], "sub/2099");
    let behind = ask(&server, "tree/files?after=zzz", &[]).await.json();
    assert_eq!(behind["files"], serde_json::json!([]));
    for after in ["../x", "/", "a//b", "%00", &"x".repeat(2000)] {
        let answer = ask(&server, &format!("tree/files?after={after}"), &[]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{after}: {}", answer.text());
    }
    assert_eq!(ask(&server, "tree?path=sub/1234", &[]).await.text(), "1234");
    let named = ask(&server, "tree?path=gr%C3%B6%C3%9Fe%20%22x%22.txt", &[]).await;
    assert_eq!(named.text(), "ü");
    assert!(named.header("content-disposition").contains("filename*=UTF-8''gr%C3%B6%C3%9Fe%20%22x%22.txt"));
    for (path, code) in [
        ("tree?path=../make", "artifact-path-unsafe"),
        ("tree?path=sub/../../tree/empty", "artifact-path-unsafe"),
        ("tree?path=/etc/passwd", "artifact-path-unsafe"),
        ("tree?path=sub%2F..%2F..", "artifact-path-unsafe"),
        ("tree?path=a%5Cb", "artifact-path-unsafe"),
        ("tree?path=a%00b", "artifact-path-unsafe"),
        ("tree?path=sub", "artifact-not-found"),
        ("tree?path=none", "artifact-not-found"),
        ("tree", "path-missing"),
        ("tree/table?path=../x", "artifact-path-unsafe"),
        ("tree/markdown?path=..%2Fx", "artifact-path-unsafe"),
        ("none", "not-found"),
        ("tree?colour=red", "query-form"),
        ("tree?download=yes", "query-form"),
        ("..%2F..%2Fsecrets", "not-found"),
    ] {
        let answer = ask(&server, path, &[]).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        assert_eq!(answer.code(), code, "{path}: {}", answer.text());
    }

    let tar = ask(&server, "tree?download=1", &[]).await;
    assert_eq!((tar.status, tar.header("content-type")), (StatusCode::OK, "application/x-tar"));
    assert!(tar.header("content-disposition").starts_with("attachment; filename=\"make-tree.tar\""));
    assert_harmless(&tar);
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("a.tar"), &tar.body).unwrap();
    let unpacked = std::process::Command::new("tar").args(["xf", "a.tar"]).current_dir(home.path()).status().unwrap();
    assert!(unpacked.success());
    let tree = home.path().join("make-tree");
    assert_eq!(std::fs::read_dir(tree.join("sub")).unwrap().count(), 1100);
    assert_eq!(std::fs::read_to_string(tree.join("sub/2099")).unwrap(), "2099");
    assert_eq!(std::fs::read_to_string(tree.join("größe \"x\".txt")).unwrap(), "ü");
    assert_eq!(std::fs::metadata(tree.join("empty")).unwrap().len(), 0);
}

#[tokio::test]
async fn tables_and_markdown_and_what_they_refuse() {
    let script = "(echo 'n;\"a;b\"'; seq 1 2500 | sed 's/$/;x/') > {out:table}; \
        printf 'a,b\\n1,2\\n1,2,3\\n' > {out:broken}; \
        printf '# Hi\\n<img src=x onerror=alert(1)>\\n\\n![x](https://example.org/x.png) [l](javascript:alert(1)) [ok](https://example.org)' > {out:notes}; \
        head -c 2097153 /dev/zero | tr '\\0' '#' > {out:long}; printf 7 > {out:count}";
    let outputs = ["table:Dataset", "broken:CSV", "notes:Markdown", "long:Markdown", "count"];
    let server = server_with(script, &outputs).await;
    let page = ask(&server, "table/table?offset=2499&limit=50", &[]).await.json();
    assert_eq!(
        page,
        serde_json::json!({"columns": ["n", "a;b"], "rows": [["2500", "x"]], "offset": 2499, "total": 2500})
    );
    for (query, rows) in [("", 100), ("?limit=99999", 1000), ("?offset=18446744073709551615", 0)] {
        let page = ask(&server, &format!("table/table{query}"), &[]).await.json();
        assert_eq!(page["rows"].as_array().unwrap().len(), rows, "{query}");
    }
    for (path, status, code) in [
        ("broken/table", 422, "view-table"),
        ("count/table", 404, "not-found"),
        ("table/table?offset=-1", 400, "query-form"),
        ("table/table?path=x", 404, "not-found"),
        ("long/markdown", 422, "view-too-large"),
        ("count/markdown", 404, "not-found"),
        ("count/files", 404, "not-found"),
    ] {
        let answer = ask(&server, path, &[]).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{path}: {}", answer.text());
    }
    let broken = ask(&server, "broken/table", &[]).await;
    assert!(broken.text().contains("row 2 (line 3) has 3 fields"), "{}", broken.text());

    let notes = ask(&server, "notes/markdown", &[]).await;
    assert_eq!(notes.header("content-type"), "text/html; charset=utf-8");
    let policy = notes.header("content-security-policy");
    assert!(policy.starts_with("sandbox") && policy.contains("default-src 'none'"), "{policy}");
    assert!(
        !policy.contains("allow-scripts") && !policy.contains("script-src") && !policy.contains("https"),
        "{policy}"
    );
    assert_eq!(notes.header("x-content-type-options"), "nosniff");
    let text = notes.text();
    assert!(text.starts_with("<!doctype html>") && text.contains("<h1>Hi</h1>"), "{text}");
    assert!(
        !text.contains("<img") && !text.contains("javascript:") && text.contains("https://example.org\""),
        "{text}"
    );
    let raw = ask(&server, "notes", &[]).await;
    assert_eq!(raw.header("content-type"), "text/plain; charset=utf-8");
}
