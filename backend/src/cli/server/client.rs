//! HTTP to a Dagwright server: JSON both ways, bodies that are streamed, and its stream of events. Knows no route.

use crate::token::Token;
use bytes::Bytes;
use dagwright_shared::api::ErrorBody;
use dagwright_shared::run::RunEvent;
use http::{Method, Request, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::convert::Infallible;

type Body = BoxBody<Bytes, std::io::Error>;

/// A server, and the token that it asks for.
#[derive(Clone)]
pub(in crate::cli) struct Client {
    url: String,
    authorization: String,
    http: legacy::Client<HttpConnector, Body>,
}

/// Why a server did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// It does not answer.
    #[error("the server at {url} does not answer: {reason}. Is it still running?")]
    Away {
        /// Its address.
        url: String,
        /// What the system said.
        reason: String,
    },
    /// It said no.
    #[error("{}{}{}", body.message, if body.hint.is_empty() { "" } else { ". " }, body.hint)]
    Refused {
        /// HTTP status.
        status: StatusCode,
        /// Its words.
        body: Box<ErrorBody>,
    },
    /// It says something else than this version of the command expects.
    #[error("the server's answer cannot be read ({0}): it is of another version than this command")]
    Unreadable(String),
}

impl Client {
    pub(in crate::cli) fn new(url: String, token: &Token) -> Self {
        let http = legacy::Client::builder(TokioExecutor::new()).build_http();
        Self { url, authorization: format!("Bearer {}", token.text()), http }
    }

    /// The server's address, without a slash at its end.
    pub(in crate::cli) fn url(&self) -> &str {
        &self.url
    }

    /// Whether somebody answers.
    pub(in crate::cli) async fn alive(&self) -> Result<(), ClientError> {
        self.ask(Method::GET, "/healthz", None, empty()).await.map(drop)
    }

    /// `GET`, answered with JSON.
    pub(in crate::cli) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        read(self.ask(Method::GET, path, None, empty()).await?).await
    }

    /// `GET`, answered with a text.
    pub(in crate::cli) async fn text(&self, path: &str) -> Result<String, ClientError> {
        let bytes = collect(self.ask(Method::GET, path, None, empty()).await?).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// JSON to a route, answered with JSON.
    pub(in crate::cli) async fn send<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.send_over(method, path, None, body).await
    }

    /// The same over a revision (`If-Match`).
    pub(in crate::cli) async fn send_over<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        revision: Option<u64>,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let unreadable = |error: serde_json::Error| ClientError::Unreadable(error.to_string());
        let body = Full::new(Bytes::from(serde_json::to_vec(body).map_err(unreadable)?));
        let method = Method::from_bytes(method.as_bytes()).unwrap_or(Method::POST);
        read(self.ask_over(method, path, Some("application/json"), revision, full(body)).await?).await
    }

    /// A body as it is, answered with JSON.
    pub(in crate::cli) async fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        media_type: &str,
        body: impl http_body::Body<Data = Bytes, Error = std::io::Error> + Send + Sync + 'static,
    ) -> Result<T, ClientError> {
        read(self.ask(Method::POST, path, Some(media_type), body.boxed()).await?).await
    }

    /// `POST` without a body and without an answer that matters.
    pub(in crate::cli) async fn order(&self, path: &str) -> Result<(), ClientError> {
        self.ask(Method::POST, path, None, empty()).await.map(drop)
    }

    /// All events of a run from its first, as they come.
    pub(in crate::cli) async fn events(&self, run: &str) -> Result<Events, ClientError> {
        let body = self.ask(Method::GET, &format!("/api/events?after=0&run={run}"), None, empty()).await?;
        Ok(Events { body, unread: Vec::new() })
    }

    async fn ask(&self, method: Method, path: &str, kind: Option<&str>, body: Body) -> Result<Incoming, ClientError> {
        self.ask_over(method, path, kind, None, body).await
    }

    async fn ask_over(
        &self,
        method: Method,
        path: &str,
        kind: Option<&str>,
        revision: Option<u64>,
        body: Body,
    ) -> Result<Incoming, ClientError> {
        let away = |reason: String| ClientError::Away { url: self.url.clone(), reason };
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        request = request.header(header::AUTHORIZATION, &self.authorization);
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        if let Some(revision) = revision {
            request = request.header(header::IF_MATCH, format!("\"{revision}\""));
        }
        let request = request.body(body).map_err(|error| away(error.to_string()))?;
        let answer = self.http.request(request).await.map_err(|error| away(error.to_string()))?;
        let (parts, body) = answer.into_parts();
        if parts.status.is_success() {
            return Ok(body);
        }
        let text = collect(body).await?;
        let body = serde_json::from_slice(&text).map_err(|_| {
            ClientError::Unreadable(format!("{} {}", parts.status, String::from_utf8_lossy(&text).trim()))
        })?;
        Err(ClientError::Refused { status: parts.status, body: Box::new(body) })
    }
}

fn full(body: Full<Bytes>) -> Body {
    body.map_err(|never: Infallible| match never {}).boxed()
}

fn empty() -> Body {
    full(Full::new(Bytes::new()))
}

async fn collect(body: Incoming) -> Result<Bytes, ClientError> {
    let collected = body.collect().await.map_err(|error| ClientError::Unreadable(error.to_string()))?;
    Ok(collected.to_bytes())
}

async fn read<T: DeserializeOwned>(body: Incoming) -> Result<T, ClientError> {
    serde_json::from_slice(&collect(body).await?).map_err(|error| ClientError::Unreadable(error.to_string()))
}

/// The events of a run.
pub(in crate::cli) struct Events {
    body: Incoming,
    unread: Vec<u8>,
}

impl Events {
    /// The next event; `None` when the server has ended the stream.
    pub(in crate::cli) async fn next(&mut self) -> Result<Option<RunEvent>, ClientError> {
        loop {
            while let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
                let message: Vec<u8> = self.unread.drain(..end + 2).collect();
                if let Some(event) = run_event(&String::from_utf8_lossy(&message))? {
                    return Ok(Some(event));
                }
            }
            match self.body.frame().await {
                None => return Ok(None),
                Some(Err(error)) => return Err(ClientError::Unreadable(error.to_string())),
                Some(Ok(frame)) => self.unread.extend(frame.data_ref().map(|data| data.as_ref()).unwrap_or_default()),
            }
        }
    }
}

/// The event of a message; `None` for comments and other kinds.
fn run_event(message: &str) -> Result<Option<RunEvent>, ClientError> {
    if !message.lines().any(|line| line.trim_end() == "event: run") {
        return Ok(None);
    }
    let data: String = message.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    serde_json::from_str(&data).map(Some).map_err(|error| ClientError::Unreadable(error.to_string()))
}
