//! Each refusal of the guards, and what they let through.

use crate::harness::{Answer, Server};
use axum::body::Body;
use http::{Request, StatusCode};

async fn ask(server: &Server, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "127.0.0.1:7667");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.raw(request.body(Body::empty()).unwrap()).await
}

fn cookie(server: &Server) -> String {
    format!("dagwright-7667={}", server.app.token.cookie())
}

#[tokio::test]
async fn without_a_token_there_is_only_health_and_the_sign_in_page() {
    let server = Server::start().await;
    assert_eq!(ask(&server, "GET", "/healthz", &[("host", "anything")]).await.status, StatusCode::OK);
    let page = ask(&server, "GET", "/pipelines/1", &[]).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(page.text().contains("<form method=\"post\">") && !page.text().contains("<script"));
    assert_eq!(ask(&server, "GET", "/sign-in.css", &[]).await.status, StatusCode::OK);
    let api = ask(&server, "GET", "/api/server", &[]).await;
    assert_eq!((api.status, api.code()), (StatusCode::UNAUTHORIZED, String::from("signed-out")));
    for wrong in ["Bearer x", "Bearer ", "Basic eDp5", "Bearer"] {
        let answer = ask(&server, "GET", "/api/server", &[("authorization", wrong)]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wrong}");
    }
    let stale = ask(&server, "GET", "/api/server", &[("cookie", "dagwright-7667=old; other=1")]).await;
    assert_eq!(stale.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_token_in_the_address_becomes_a_cookie_and_leaves_it() {
    let server = Server::start().await;
    let token = server.app.token.text().to_owned();
    let answer = ask(&server, "GET", &format!("/pipelines/1?a=1&token={token}&b=2"), &[]).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/pipelines/1?a=1&b=2"));
    let set = answer.header("set-cookie");
    assert!(set.starts_with(&cookie(&server)), "{set}");
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && !set.contains("Secure"), "{set}");
    assert!(!set.contains(&token), "the cookie is not the token");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    let page = ask(&server, "GET", "/pipelines/1", &[("cookie", &cookie(&server))]).await;
    assert!(page.status == StatusCode::OK && page.text().contains("the app"));

    let wrong = ask(&server, "GET", "/?token=wrong", &[]).await;
    assert!(wrong.status == StatusCode::UNAUTHORIZED && wrong.text().contains("not this server"));
    let away = ask(&server, "GET", &format!("//evil.example/?token={token}"), &[]).await;
    assert_eq!(away.header("location"), "/evil.example/");
}

#[tokio::test]
async fn under_tls_the_cookie_is_secure() {
    let server = Server::start_with(|c| c.public_url = Some(String::from("https://pipelines.example.org"))).await;
    let path = format!("/?token={}", server.app.token.text());
    assert!(ask(&server, "GET", &path, &[]).await.header("set-cookie").ends_with("; Secure"));
}

#[tokio::test]
async fn the_sign_in_form_leads_back_to_where_it_stood() {
    let server = Server::start().await;
    let post = async |body: String| {
        let request = Request::post("/editor/5?x=1").header("host", "localhost:7667");
        server.raw(request.body(Body::from(body)).unwrap()).await
    };
    let token = server.app.token.text().to_owned();
    for form in [format!("token={token}"), format!("token=http%3A%2F%2F127.0.0.1%3A7667%2F%3Ftoken%3D{token}")] {
        let answer = post(form).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/editor/5?x=1"));
        assert!(answer.header("set-cookie").contains(&cookie(&server)));
    }
    assert_eq!(post(String::from("token=wrong")).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(post(format!("token={}", "x".repeat(9000))).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn another_name_for_this_server_is_refused() {
    let server = Server::start().await;
    let cookie = cookie(&server);
    for host in
        ["localhost", "localhost:1", "127.0.0.1", "127.8.9.1:80", "[::1]:7667", "pipelines.example.org", "LOCALHOST:7"]
    {
        let answer = ask(&server, "GET", "/", &[("host", host), ("cookie", &cookie)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{host}");
    }
    for host in ["evil.example", "localhost.evil.example:7667", "10.0.0.1", "127.0.0.1.evil.example", "", "[::2]"] {
        let answer = ask(&server, "GET", "/", &[("host", host), ("cookie", &cookie)]).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::FORBIDDEN, String::from("host-refused")), "{host}");
    }
}

#[tokio::test]
async fn what_another_page_sends_is_refused() {
    let server = Server::start().await;
    let cookie = cookie(&server);
    let refused: &[(&str, &[(&str, &str)])] = &[
        ("POST", &[("origin", "http://evil.example")]),
        ("POST", &[("origin", "null")]),
        ("POST", &[("origin", "null"), ("sec-fetch-site", "cross-site")]),
        ("POST", &[("origin", "null"), ("sec-fetch-site", "none")]),
        ("POST", &[("origin", "http://127.0.0.1:8888")]),
        ("DELETE", &[("sec-fetch-site", "cross-site")]),
        ("PUT", &[("sec-fetch-site", "same-site")]),
        ("GET", &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")]),
        ("GET", &[("sec-fetch-site", "same-site"), ("sec-fetch-mode", "cors")]),
    ];
    for (method, headers) in refused {
        let headers: Vec<_> = headers.iter().copied().chain([("cookie", cookie.as_str())]).collect();
        let answer = ask(&server, method, "/api/nothing", &headers).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::FORBIDDEN, String::from("origin-refused")),
            "{headers:?}"
        );
    }
    let passes: &[(&str, &[(&str, &str)])] = &[
        ("POST", &[("origin", "http://127.0.0.1:7667"), ("sec-fetch-site", "same-origin")]),
        ("POST", &[]),
        ("POST", &[("origin", "null"), ("sec-fetch-site", "same-origin")]),
        ("GET", &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]),
        ("GET", &[("sec-fetch-site", "none")]),
    ];
    for (method, headers) in passes {
        let headers: Vec<_> = headers.iter().copied().chain([("cookie", cookie.as_str())]).collect();
        let answer = ask(&server, method, "/api/nothing", &headers).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::NOT_FOUND, String::from("not-found")), "{headers:?}");
    }
}

#[tokio::test]
async fn every_answer_carries_the_policy() {
    let server = Server::start().await;
    for path in ["/", "/api/nothing", "/nothing.js"] {
        let answer = server.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
    }
}

#[tokio::test]
async fn the_browser_app_is_cached_by_its_names() {
    let server = Server::start().await;
    let page = server.get("/").await;
    assert_eq!(page.header("cache-control"), "no-cache");
    let known = server.request("GET", "/").header("if-none-match", page.header("etag")).body(Body::empty()).unwrap();
    let again = server.raw(known).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    let script = server.get("/app-0123456789abcdef.js").await;
    assert!(script.header("cache-control").contains("immutable"));
    assert!(script.header("content-type").starts_with("text/javascript"));
    for path in ["/sub", "/runs/7", "/../token"] {
        assert!(server.get(path).await.text().contains("the app"), "{path}");
    }
    for path in ["/..", "/missing.js", "/%2e%2e/data/token.txt", "//etc/passwd.x", "/sub/../../data/lock.x"] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::NOT_FOUND, String::from("not-found")), "{path}");
    }
    let answer = server.raw(server.request("POST", "/").body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD"));
}

#[tokio::test]
async fn an_error_is_said_in_the_language_that_the_request_asks_for() {
    let server = Server::start().await;
    let token = format!("Bearer {}", server.app.token.text());
    for (asked, begin) in [("ko-KR,ko;q=0.9,en;q=0.8", "/nothing에는"), ("en", "There is"), ("fr", "There is")] {
        let headers = [("accept-language", asked), ("authorization", token.as_str())];
        let answer = ask(&server, "GET", "/api/nothing", &headers).await.json();
        let message = answer["message"].as_str().unwrap();
        assert!(message.starts_with(begin), "{asked}: {message}");
        assert_eq!(answer["code"], "not-found", "the code is the same in every language");
    }
}
