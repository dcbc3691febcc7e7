//! Requests to the server: JSON in, JSON out, one error type that carries the server's own words.

use dagwright_shared::api::ErrorBody;
use dagwright_texts::t;
use gloo_net::http::{Method, Request, RequestBuilder, Response};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;

/// Why a request failed.
#[derive(Clone, Debug, PartialEq)]
pub enum ApiError {
    /// No answer came: the server is away or the network is.
    Offline(String),
    /// The server said no.
    Refused {
        /// HTTP status.
        status: u16,
        /// What it said.
        body: Box<ErrorBody>,
    },
    /// An answer that cannot be read: another version of the server, or something between.
    Unreadable(String),
}

impl ApiError {
    /// The server's code, where it said one.
    pub fn code(&self) -> &str {
        match self {
            Self::Refused { body, .. } => &body.code,
            Self::Offline(_) => "offline",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// The server's body, where it said no.
    pub fn body(&self) -> Option<&ErrorBody> {
        match self {
            Self::Refused { body, .. } => Some(body),
            _ => None,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offline(_) => formatter.write_str(t!("The server does not answer. Is it still running?")),
            Self::Refused { body, .. } if body.hint.is_empty() => formatter.write_str(&body.message),
            Self::Refused { body, .. } => write!(formatter, "{} {}", body.message, body.hint),
            Self::Unreadable(what) => {
                formatter.write_str(&t!("The server's answer cannot be read ({what}). Reload the page.", what))
            }
        }
    }
}

/// `GET`, answered with JSON.
pub async fn get<T: DeserializeOwned>(path: &str) -> Result<T, ApiError> {
    read(send(builder(Method::GET, path), None).await?).await
}

/// `POST` with a JSON body, answered with JSON.
pub async fn post<B: Serialize, T: DeserializeOwned>(path: &str, body: &B) -> Result<T, ApiError> {
    let body = serde_json::to_string(body).map_err(|error| ApiError::Unreadable(error.to_string()))?;
    read(send(builder(Method::POST, path), Some(body)).await?).await
}

/// `PUT` with a JSON body, answered with JSON.
pub async fn put<B: Serialize, T: DeserializeOwned>(path: &str, body: &B) -> Result<T, ApiError> {
    let body = serde_json::to_string(body).map_err(|error| ApiError::Unreadable(error.to_string()))?;
    read(send(builder(Method::PUT, path), Some(body)).await?).await
}

/// `PATCH` with a JSON body; the answer's body is not looked at.
pub async fn patch_only<B: Serialize>(path: &str, body: &B) -> Result<(), ApiError> {
    send_only(Method::PATCH, path, body).await
}

/// `POST` with a JSON body; the answer's body is not looked at.
pub async fn post_only<B: Serialize>(path: &str, body: &B) -> Result<(), ApiError> {
    send_only(Method::POST, path, body).await
}

async fn send_only<B: Serialize>(method: Method, path: &str, body: &B) -> Result<(), ApiError> {
    let body = serde_json::to_string(body).map_err(|error| ApiError::Unreadable(error.to_string()))?;
    send(builder(method, path), Some(body)).await.map(drop)
}

/// `POST` with a JSON body about a known revision; 412 when somebody else saved in between.
pub async fn post_over<B: Serialize, T: DeserializeOwned>(path: &str, revision: u64, body: &B) -> Result<T, ApiError> {
    send_over(Method::POST, path, revision, body).await
}

/// `PUT` of a whole document over a known revision; 412 when somebody else saved in between.
pub async fn put_if_match<B: Serialize, T: DeserializeOwned>(
    path: &str,
    revision: u64,
    body: &B,
) -> Result<T, ApiError> {
    send_over(Method::PUT, path, revision, body).await
}

/// `PUT` to where nothing is yet; 412 when somebody else was quicker.
pub async fn put_new<B: Serialize, T: DeserializeOwned>(path: &str, body: &B) -> Result<T, ApiError> {
    let body = serde_json::to_string(body).map_err(|error| ApiError::Unreadable(error.to_string()))?;
    read(send(builder(Method::PUT, path).header("If-None-Match", "*"), Some(body)).await?).await
}

async fn send_over<B: Serialize, T: DeserializeOwned>(
    method: Method,
    path: &str,
    revision: u64,
    body: &B,
) -> Result<T, ApiError> {
    let body = serde_json::to_string(body).map_err(|error| ApiError::Unreadable(error.to_string()))?;
    read(send(over(method, path, revision), Some(body)).await?).await
}

fn over(method: Method, path: &str, revision: u64) -> RequestBuilder {
    builder(method, path).header("If-Match", &format!("\"{revision}\""))
}

/// `POST` without a body; the answer's body is not looked at.
pub async fn post_empty(path: &str) -> Result<(), ApiError> {
    send(builder(Method::POST, path), None).await.map(drop)
}

/// `POST` without a body, over a known revision; the answer's body is not looked at.
pub async fn post_if_match(path: &str, revision: u64) -> Result<(), ApiError> {
    send(over(Method::POST, path, revision), None).await.map(drop)
}

/// `PUT` whose answer has no body.
pub async fn put_only<B: Serialize>(path: &str, body: &B) -> Result<(), ApiError> {
    send_only(Method::PUT, path, body).await
}

/// `DELETE`.
pub async fn delete(path: &str) -> Result<(), ApiError> {
    send(builder(Method::DELETE, path), None).await.map(drop)
}

/// `GET` as text.
pub async fn get_text(path: &str) -> Result<String, ApiError> {
    let response = send(builder(Method::GET, path), None).await?;
    response.text().await.map_err(|error| ApiError::Unreadable(error.to_string()))
}

/// `POST` of a browser body (a file, a form), streamed by the browser; answered with JSON.
pub async fn upload<T: DeserializeOwned>(path: &str, body: wasm_bindgen::JsValue) -> Result<T, ApiError> {
    let request = Request::post(path).body(body).map_err(|error| ApiError::Unreadable(error.to_string()))?;
    let response = request.send().await.map_err(|error| ApiError::Offline(error.to_string()))?;
    read(refused(response).await?).await
}

/// Percent-encodes one segment of a path.
pub fn segment(text: &str) -> String {
    String::from(js_sys::encode_uri_component(text))
}

fn builder(method: Method, path: &str) -> RequestBuilder {
    // What was chosen here goes before what the browser asks for by itself.
    RequestBuilder::new(path).method(method).header("Accept-Language", dagwright_texts::language().tag())
}

async fn send(builder: RequestBuilder, body: Option<String>) -> Result<Response, ApiError> {
    let sent = match body {
        Some(body) => {
            let request = builder.header("Content-Type", "application/json").body(body);
            request.map_err(|error| ApiError::Unreadable(error.to_string()))?.send().await
        }
        None => builder.send().await,
    };
    refused(sent.map_err(|error| ApiError::Offline(error.to_string()))?).await
}

async fn refused(response: Response) -> Result<Response, ApiError> {
    if response.ok() {
        return Ok(response);
    }
    let status = response.status();
    let text = response.text().await.unwrap_or_default();
    let body = serde_json::from_str(&text).unwrap_or_else(|_| ErrorBody {
        code: String::from("unknown"),
        message: t!("The server answered {status}.", status),
        hint: String::new(),
        diagnostics: Vec::new(),
        details: None,
    });
    Err(ApiError::Refused { status, body: Box::new(body) })
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, ApiError> {
    let text = response.text().await.map_err(|error| ApiError::Unreadable(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| ApiError::Unreadable(error.to_string()))
}

/// The first `length` bytes of what lies at an address; all of it where it is shorter.
pub async fn get_start(path: &str, length: usize) -> Result<Vec<u8>, ApiError> {
    let range = format!("bytes=0-{}", length.saturating_sub(1));
    let response = send(builder(Method::GET, path).header("Range", &range), None).await?;
    let mut bytes = response.binary().await.map_err(|error| ApiError::Unreadable(error.to_string()))?;
    bytes.truncate(length);
    Ok(bytes)
}
