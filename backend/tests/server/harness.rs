//! A server over a fresh data folder, asked without a network. Must hold no assertion about a resource.

use axum::Router;
use axum::body::Body;
use dagwright::app::App;
use dagwright::artifacts::S3Settings;
use dagwright::configuration::Configuration;
use dagwright::fetch::FetchRules;
use dagwright::libraries::LibraryRules;
use dagwright::token::Token;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// A started server.
pub(crate) struct Server {
    pub(crate) app: App,
    router: Router,
    _home: tempfile::TempDir,
}

async fn open(configuration: Configuration) -> App {
    let _ = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_test_writer().try_init();
    let settings = S3Settings::from_environment(|_| None);
    App::start(configuration, &settings, Token::random(), CancellationToken::new()).await.unwrap()
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The error body's code; the body must be one.
    pub(crate) fn code(&self) -> String {
        let body: dagwright_shared::api::ErrorBody =
            serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()));
        assert!(!body.message.is_empty());
        body.code
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Configuration)) -> Self {
        let home = tempfile::tempdir().unwrap();
        let browser_app = home.path().join("app");
        std::fs::create_dir_all(browser_app.join("sub")).unwrap();
        std::fs::write(browser_app.join("index.html"), "<!doctype html><title>the app</title>").unwrap();
        std::fs::write(browser_app.join("app-0123456789abcdef.js"), "export default 1;").unwrap();
        let mut configuration = Configuration {
            data_dir: home.path().join("data"),
            address: "127.0.0.1:7667".parse().unwrap(),
            hosts: vec![String::from("pipelines.example.org")],
            public_url: None,
            slots: 2,
            upload_limit: 1 << 20,
            log_limit: 64 << 20,
            keep_runs: None,
            sandbox: None,
            cluster: None,
            local: true,
            libraries: LibraryRules {
                fetch: FetchRules { networks: Vec::new(), time: Duration::from_secs(10) },
                folders: Vec::new(),
            },
            browser_app: Some(browser_app),
        };
        change(&mut configuration);
        std::fs::create_dir_all(&configuration.data_dir).unwrap();
        let app = open(configuration).await;
        let router = dagwright::http::router(app.clone());
        Self { app, router, _home: home }
    }

    /// Stops the server as a signal does and starts another on the same data folder.
    pub(crate) async fn restart(&mut self) {
        self.app.close().await;
        let configuration = (*self.app.configuration).clone();
        self.app = open(configuration).await;
        self.router = dagwright::http::router(self.app.clone());
    }

    /// Sends a request as it is.
    pub(crate) async fn raw(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// A request with the token and without a body.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.raw(self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    /// A JSON body with the token.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        let request = self.request(method, path).header("content-type", "application/json");
        self.raw(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// A request with the token and without a body.
    pub(crate) async fn empty(&self, method: &str, path: &str) -> Answer {
        self.raw(self.request(method, path).body(Body::empty()).unwrap()).await
    }

    /// The pieces of an endless answer, as they come.
    pub(crate) async fn stream(&self, request: Request<Body>) -> Body {
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.into_body()
    }

    /// A request builder with host and token.
    pub(crate) fn request(&self, method: &str, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost:7667")
            .header("authorization", format!("Bearer {}", self.app.token.text()))
    }
}
