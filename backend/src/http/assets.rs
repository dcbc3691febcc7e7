//! The browser app: embedded in a release binary, read from the folder in a debug build. Unknown paths without a file
//! ending are the app's own routes and get its page. Must not serve anything outside the app's folder.

use super::error::ApiError;
use crate::app::App;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri, header};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::sync::{LazyLock, Mutex};

/// Files of the browser app, as the release binary carries them.
#[derive(RustEmbed)]
#[folder = "../frontend/dist"]
struct Embedded;

/// Files smaller than this are sent as they are.
const SMALLEST_COMPRESSED: usize = 1024;

/// Compressed forms by path and encoding; the embedded files never change.
static COMPRESSED: LazyLock<Mutex<HashMap<(String, Encoding), Bytes>>> = LazyLock::new(Mutex::default);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Encoding {
    Brotli,
    Gzip,
}

struct File {
    content: Bytes,
    etag: String,
    embedded: bool,
}

/// Answers every path that no other route has.
pub(super) async fn serve(State(app): State<App>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        let mut response = super::wrong_method(method, uri).await.into_response();
        response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let path = uri.path().trim_start_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    let source = app.configuration.browser_app.clone();
    if !path.is_empty()
        && let Some(file) = find(source.clone(), path).await
    {
        return answer(path, file, &headers).await;
    }
    if last.contains('.') {
        return ApiError::not_found(format!("There is no file {}", uri.path())).into_response();
    }
    match find(source, "index.html").await {
        Some(file) => answer("index.html", file, &headers).await,
        None => ApiError::not_found("This binary was built without the browser app")
            .hint("Run make frontend, then build the server again; the API under /api works all the same.")
            .into_response(),
    }
}

async fn find(folder: Option<PathBuf>, path: &str) -> Option<File> {
    // A debug build shows what was built last without being built again itself.
    let folder = folder.or_else(|| {
        cfg!(debug_assertions).then(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../frontend/dist")))
    });
    match folder {
        Some(folder) => from_folder(&folder, path).await,
        None => {
            let file = Embedded::get(path)?;
            let content = match file.data {
                Cow::Borrowed(content) => Bytes::from_static(content),
                Cow::Owned(content) => Bytes::from(content),
            };
            Some(File { content, etag: hex(&file.metadata.sha256_hash()[..12]), embedded: true })
        }
    }
}

async fn from_folder(folder: &Path, path: &str) -> Option<File> {
    let relative = Path::new(path);
    if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let folder = tokio::fs::canonicalize(folder).await.ok()?;
    let file = tokio::fs::canonicalize(folder.join(relative)).await.ok()?;
    if !file.starts_with(&folder) || !tokio::fs::metadata(&file).await.ok()?.is_file() {
        return None;
    }
    let content = tokio::fs::read(&file).await.ok()?;
    let etag = hex(&Sha256::digest(&content)[..12]);
    Some(File { content: Bytes::from(content), etag, embedded: false })
}

async fn answer(path: &str, file: File, asked: &HeaderMap) -> Response {
    let encoding = encoding(asked).filter(|_| file.embedded && is_compressible(path, file.content.len()));
    let suffix = match encoding {
        Some(Encoding::Brotli) => "-br",
        Some(Encoding::Gzip) => "-gz",
        None => "",
    };
    let etag = format!("\"{}{suffix}\"", file.etag);
    let caching = if is_hashed(path) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let builder = Response::builder()
        .header(header::ETAG, &etag)
        .header(header::CACHE_CONTROL, caching)
        .header(header::VARY, "accept-encoding");
    let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let unchanged = known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == etag));
    let built = if unchanged {
        builder.status(StatusCode::NOT_MODIFIED).body(Body::empty())
    } else {
        let kind = mime_guess::from_path(path).first_or_octet_stream();
        let text = kind.type_() == "text" || kind.subtype() == "json";
        let kind = if text { format!("{kind}; charset=utf-8") } else { kind.to_string() };
        let builder = builder.header(header::CONTENT_TYPE, kind);
        match encoding {
            None => builder.body(Body::from(file.content)),
            Some(encoding) => {
                let name = if encoding == Encoding::Brotli { "br" } else { "gzip" };
                let body = compressed(path, encoding, file.content).await;
                builder.header(header::CONTENT_ENCODING, name).body(Body::from(body))
            }
        }
    };
    built.unwrap_or_else(|_| ApiError::internal("The file cannot be sent").into_response())
}

fn encoding(asked: &HeaderMap) -> Option<Encoding> {
    let accepted = asked.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    let has = |name: &str| {
        accepted.split(',').any(|one| {
            let (coding, quality) = one.split_once(';').unwrap_or((one, ""));
            coding.trim() == name && quality.trim() != "q=0"
        })
    };
    if has("br") {
        Some(Encoding::Brotli)
    } else if has("gzip") {
        Some(Encoding::Gzip)
    } else {
        None
    }
}

async fn compressed(path: &str, encoding: Encoding, content: Bytes) -> Bytes {
    let key = (String::from(path), encoding);
    let lock = || COMPRESSED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(found) = lock().get(&key) {
        return found.clone();
    }
    let original = content.clone();
    let made = tokio::task::spawn_blocking(move || compress(&content, encoding)).await.ok().flatten();
    match made {
        Some(made) => {
            lock().insert(key, made.clone());
            made
        }
        None => original,
    }
}

fn compress(content: &[u8], encoding: Encoding) -> Option<Bytes> {
    match encoding {
        Encoding::Brotli => {
            let mut made = Vec::new();
            let parameters = brotli::enc::BrotliEncoderParams { quality: 9, ..Default::default() };
            brotli::BrotliCompress(&mut &*content, &mut made, &parameters).ok()?;
            Some(Bytes::from(made))
        }
        Encoding::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(9));
            encoder.write_all(content).ok()?;
            encoder.finish().ok().map(Bytes::from)
        }
    }
}

/// Compresses the large embedded files ahead of the first visitor.
pub(super) fn warm() {
    if cfg!(debug_assertions) {
        return;
    }
    tokio::task::spawn_blocking(|| {
        for path in Embedded::iter().filter(|path| is_hashed(path)) {
            let Some(file) = Embedded::get(&path) else { continue };
            if !is_compressible(&path, file.data.len()) {
                continue;
            }
            if let Some(made) = compress(&file.data, Encoding::Brotli) {
                let mut cache = COMPRESSED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                cache.insert((path.into_owned(), Encoding::Brotli), made);
            }
        }
    });
}

fn is_compressible(path: &str, size: usize) -> bool {
    let ending = path.rsplit('.').next().unwrap_or_default();
    size >= SMALLEST_COMPRESSED && matches!(ending, "wasm" | "js" | "css" | "html" | "svg" | "json" | "txt" | "map")
}

/// Whether the name carries a hash of the content, as trunk's `name-0123456789abcdef_bg.wasm` does. trunk writes no leading
/// zeros, so that one in sixteen is shorter.
fn is_hashed(path: &str) -> bool {
    let is_hash = |part: &str| (12..=16).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    path.split(['-', '.', '_', '/']).any(is_hash)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_outside_the_folder() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("dist");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("index.html"), "page").unwrap();
        std::fs::write(home.path().join("secret"), "secret").unwrap();
        std::os::unix::fs::symlink(home.path().join("secret"), folder.join("link")).unwrap();
        assert!(from_folder(&folder, "index.html").await.is_some());
        for path in ["../secret", "./../secret", "link", "a/../../secret", "/etc/passwd", "", "%2e%2e/secret"] {
            assert!(from_folder(&folder, path).await.is_none(), "{path}");
        }
    }

    #[test]
    fn hashed_names_are_known() {
        assert!(is_hashed("dagwright-frontend-901f8a362b4a8196_bg.wasm"));
        assert!(is_hashed("dagwright-frontend-901f8a362b4a8196.js"));
        assert!(is_hashed("components-db64ecd9089e2bf.css"));
        assert!(is_hashed("parts-262c63ff96a953d5/split_run.wasm"));
        assert!(!is_hashed("loader.js") && !is_hashed("index.html"));
    }

    #[test]
    fn compression_is_undone_by_its_reader() {
        let content = "body { color: red }\n".repeat(100);
        let made = compress(content.as_bytes(), Encoding::Brotli).unwrap();
        let mut read = Vec::new();
        brotli::BrotliDecompress(&mut &*made, &mut read).unwrap();
        assert!(made.len() < content.len() / 4);
        assert_eq!(read, content.as_bytes());
    }
}
