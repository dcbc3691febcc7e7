//! `-a name=path`: a file or folder of this machine on its way to the server, streamed. Must not know what takes it.

use super::CommandError;
use super::server::Client;
use bytes::Bytes;
use dagwright_shared::api::Uploaded;
use http_body::Frame;
use http_body_util::StreamBody;
use std::io;
use std::path::{Path, PathBuf};
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Bytes read at once.
const CHUNK: usize = 64 << 10;
/// Pieces that wait for the server.
const WAITING: usize = 4;
const BOUNDARY: &str = "dagwright-3b0f1d6a52e94c7d8f10";

type Piece = io::Result<Frame<Bytes>>;

/// The value of an artifact parameter: an `s3://` key as it is, anything else uploaded.
pub(super) async fn artifact(client: &Client, given: &str) -> Result<String, CommandError> {
    if given.starts_with("s3://") {
        return Ok(String::from(given));
    }
    let path = PathBuf::from(given);
    let failed = |source| CommandError::Artifact { path: path.clone(), source };
    let path = path.canonicalize().map_err(failed)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let query = percent_encoded(&name);
    let (sender, receiver) = mpsc::channel(WAITING);
    let body = StreamBody::new(ReceiverStream::new(receiver));
    let uploaded: Uploaded = if path.is_dir() {
        let files = files(&path).map_err(failed)?;
        tokio::spawn(send_folder(path, files, sender));
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        client.upload(&format!("/api/uploads/folder?name={query}"), &kind, body).await?
    } else {
        tokio::spawn(async move {
            if let Err(error) = send_file(&path, &sender).await {
                let _ = sender.send(Err(error)).await;
            }
        });
        client.upload(&format!("/api/uploads?name={query}"), "application/octet-stream", body).await?
    };
    Ok(uploaded.artifact)
}

/// Every file below a folder, by its path inside, in order. Links are followed, as a copy would.
fn files(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(inside) = open.pop() {
        for entry in std::fs::read_dir(folder.join(&inside))? {
            let inside = inside.join(entry?.file_name());
            if folder.join(&inside).is_dir() {
                open.push(inside);
            } else {
                found.push(inside.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

async fn send_folder(folder: PathBuf, files: Vec<String>, sender: mpsc::Sender<Piece>) {
    let send = async || -> io::Result<()> {
        for file in &files {
            let name = file.replace('\\', "\\\\").replace('"', "\\\"");
            let head =
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
            push(&sender, Bytes::from(head)).await?;
            send_file(&folder.join(file), &sender).await?;
            push(&sender, Bytes::from_static(b"\r\n")).await?;
        }
        push(&sender, Bytes::from(format!("--{BOUNDARY}--\r\n"))).await
    };
    if let Err(error) = send().await {
        let _ = sender.send(Err(error)).await;
    }
}

async fn send_file(path: &Path, sender: &mpsc::Sender<Piece>) -> io::Result<()> {
    let mut file = tokio::fs::File::open(path).await?;
    loop {
        let mut chunk = vec![0; CHUNK];
        let read = file.read(&mut chunk).await?;
        if read == 0 {
            return Ok(());
        }
        chunk.truncate(read);
        push(sender, Bytes::from(chunk)).await?;
    }
}

async fn push(sender: &mpsc::Sender<Piece>, bytes: Bytes) -> io::Result<()> {
    // Nobody receives any more: the request has failed, and says why itself.
    sender.send(Ok(Frame::data(bytes))).await.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
}

/// A text as a query holds it.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
