//! A reverse proxy in front of the real API server, which passes everything on and refuses what it is told to: 410 on a watch,
//! 429 on anything. It makes no answer of its own but those.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use dagwright::engine::argo::cluster::{Cluster, ClusterSettings};
use futures::StreamExt;
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// What a request is for, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Call {
    ListWorkflows,
    WatchWorkflows,
    CreateWorkflow,
    ListPods,
    WatchPods,
    Other,
}

/// How it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Refusal {
    /// HTTP 429 with `Retry-After`.
    TooMany,
    /// HTTP 410.
    Gone,
    /// 200 and then 410 as an event of the watch, as API servers say it of a place that they have forgotten.
    GoneAsEvent,
}

type Orders = BTreeMap<(Call, Refusal), u32>;

struct Shared {
    upstream: Cluster,
    /// How many requests of a kind are still to be refused how.
    orders: Mutex<Orders>,
    /// How many were.
    refused: Mutex<Orders>,
    /// Its change ends every open watch.
    cut: watch::Sender<u32>,
}

/// A proxy that runs until it is dropped.
pub(crate) struct Proxy {
    shared: Arc<Shared>,
    serving: tokio::task::JoinHandle<()>,
    kubeconfig: PathBuf,
    _home: tempfile::TempDir,
}

impl Proxy {
    pub(crate) async fn start() -> Self {
        let upstream = Cluster::connect(&ClusterSettings::default()).await.unwrap();
        let home = tempfile::tempdir().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "proxy",
            "clusters": [{"name": "proxy", "cluster": {"server": format!("http://{}", listener.local_addr().unwrap())}}],
            "users": [{"name": "anybody", "user": {}}],
            "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "anybody", "namespace": upstream.namespace}}],
        });
        let kubeconfig = home.path().join("kubeconfig");
        std::fs::write(&kubeconfig, config.to_string()).unwrap();
        let (cut, _) = watch::channel(0);
        let shared = Arc::new(Shared { upstream, orders: Mutex::default(), refused: Mutex::default(), cut });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { shared, serving, kubeconfig, _home: home }
    }

    /// What a client of the proxy takes as its KUBECONFIG.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Refuses the next requests of a kind.
    pub(crate) fn refuse(&self, call: Call, refusal: Refusal, count: u32) {
        *self.shared.orders.lock().unwrap().entry((call, refusal)).or_default() += count;
    }

    /// Ends every open watch, as a restart of something between does.
    pub(crate) fn cut_watches(&self) {
        self.shared.cut.send_modify(|count| *count += 1);
    }

    /// Orders that have not been carried out yet.
    pub(crate) fn open(&self) -> Orders {
        self.shared.orders.lock().unwrap().clone()
    }

    /// How often what was refused.
    pub(crate) fn refused(&self) -> Orders {
        self.shared.refused.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn call(request: &Request) -> Call {
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let is_watch = query.split('&').any(|pair| pair == "watch=true" || pair == "watch=1");
    match (request.method().as_str(), path.rsplit('/').next().unwrap_or_default(), is_watch) {
        ("GET", "workflows", false) => Call::ListWorkflows,
        ("GET", "workflows", true) => Call::WatchWorkflows,
        ("POST", "workflows", _) => Call::CreateWorkflow,
        ("GET", "pods", false) => Call::ListPods,
        ("GET", "pods", true) => Call::WatchPods,
        _ => Call::Other,
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    // Before the orders are looked at: a watch that is passed on is one that the next cut ends.
    let cut = shared.cut.subscribe();
    let call = call(&request);
    let refusal = {
        let mut orders = shared.orders.lock().unwrap();
        let next = orders.iter().find(|((wanted, _), _)| *wanted == call).map(|((_, refusal), _)| *refusal);
        if let Some(refusal) = next {
            let left = orders.get_mut(&(call, refusal)).unwrap();
            *left -= 1;
            if *left == 0 {
                orders.remove(&(call, refusal));
            }
            *shared.refused.lock().unwrap().entry((call, refusal)).or_default() += 1;
        }
        next
    };
    match refusal {
        Some(Refusal::TooMany) => {
            let retry = [(header::RETRY_AFTER, "1")];
            (StatusCode::TOO_MANY_REQUESTS, retry, axum::Json(status(429, "TooManyRequests"))).into_response()
        }
        Some(Refusal::Gone) => (StatusCode::GONE, axum::Json(status(410, "Expired"))).into_response(),
        Some(Refusal::GoneAsEvent) => {
            let event = json!({"type": "ERROR", "object": status(410, "Expired")});
            ([(header::CONTENT_TYPE, "application/json")], format!("{event}\n")).into_response()
        }
        None => pass_on(&shared, request, cut).await,
    }
}

fn status(code: u16, reason: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": reason, "code": code,
        "message": format!("{reason}: refused by the test's proxy")})
}

async fn pass_on(shared: &Shared, request: Request, mut cut: watch::Receiver<u32>) -> Response {
    let (mut parts, body) = request.into_parts();
    parts.uri = parts.uri.path_and_query().unwrap().as_str().parse().unwrap();
    hop_by_hop(&mut parts.headers);
    let body = to_bytes(body, 64 << 20).await.unwrap().to_vec();
    let request = http::Request::from_parts(parts, kube::client::Body::from(body));
    let answered = match shared.upstream.client.send(request).await {
        Ok(answered) => answered,
        Err(error) => return (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    };
    let (mut parts, body) = answered.into_parts();
    hop_by_hop(&mut parts.headers);
    let ended = async move {
        let _ = cut.changed().await;
    };
    Response::from_parts(parts, Body::from_stream(body.into_data_stream().take_until(Box::pin(ended))))
}

fn hop_by_hop(headers: &mut HeaderMap) {
    for name in [header::HOST, header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH] {
        headers.remove(name);
    }
}
