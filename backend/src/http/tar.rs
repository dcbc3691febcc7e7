//! A folder in S3 as a tar file (POSIX.1-2001, "pax"), written while it is read: memory stays flat.

use crate::artifacts::{ArtifactError, ArtifactStore, PageRequest};
use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

const BLOCK: u64 = 512;
/// Names that fit into the old header.
const SHORT_NAME: usize = 100;
/// Sizes that fit into the old header: eleven octal digits.
const LARGEST_SIZE: u64 = 0o777_7777_7777;

/// A body with all files under `prefix/`, each named `<name>/<path>`.
pub(super) fn folder(store: ArtifactStore, prefix: &str, name: &str) -> Body {
    let (sender, receiver) = mpsc::channel(8);
    let (prefix, name) = (format!("{prefix}/"), String::from(name));
    tokio::spawn(async move {
        // A broken body shows as a cut file: there is no place left for an error.
        if let Err(error) = write(&store, &prefix, &name, &sender).await {
            tracing::warn!("a download of {prefix} broke off: {error}");
            let _ = sender.send(Err(std::io::Error::other(error))).await;
        }
    });
    Body::from_stream(ReceiverStream::new(receiver))
}

type Sender = mpsc::Sender<Result<Bytes, std::io::Error>>;

async fn write(store: &ArtifactStore, prefix: &str, name: &str, sender: &Sender) -> Result<(), ArtifactError> {
    let mut page = PageRequest::default();
    loop {
        let listing = store.list(prefix, &page).await?;
        for entry in listing.entries {
            let Some(path) = entry.key.strip_prefix(prefix).filter(|path| !path.is_empty() && !path.ends_with('/'))
            else {
                continue;
            };
            let (information, mut stream) = store.get_stream(&entry.key, None).await?;
            let head = header(&format!("{name}/{path}"), information.size);
            if sender.send(Ok(Bytes::from(head))).await.is_err() {
                return Ok(());
            }
            while let Some(chunk) = stream.next().await {
                if sender.send(Ok(chunk?)).await.is_err() {
                    return Ok(());
                }
            }
            let _ = sender.send(Ok(Bytes::from(vec![0; padding(information.size)]))).await;
        }
        match listing.continuation {
            Some(next) => page.continuation = Some(next),
            None => break,
        }
    }
    let _ = sender.send(Ok(Bytes::from(vec![0; 2 * BLOCK as usize]))).await;
    Ok(())
}

fn padding(size: u64) -> usize {
    (size.next_multiple_of(BLOCK) - size) as usize
}

/// The header of a file, with a pax header before it where name or size do not fit the old one.
fn header(path: &str, size: u64) -> Vec<u8> {
    let mut records = String::new();
    if path.len() > SHORT_NAME || !path.is_ascii() {
        records.push_str(&record("path", path));
    }
    if size > LARGEST_SIZE {
        records.push_str(&record("size", &size.to_string()));
    }
    let mut bytes = Vec::new();
    if !records.is_empty() {
        bytes.extend(block("pax", records.len() as u64, b'x'));
        bytes.extend(records.as_bytes());
        bytes.resize(bytes.len() + padding(records.len() as u64), 0);
    }
    bytes.extend(block(path, size.min(LARGEST_SIZE), b'0'));
    bytes
}

/// `<length> <key>=<value>\n`, where the length counts itself.
fn record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let mut length = rest;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    format!("{length} {key}={value}\n")
}

fn block(path: &str, size: u64, kind: u8) -> [u8; BLOCK as usize] {
    let mut block = [0; BLOCK as usize];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    let short: Vec<u8> = path.bytes().filter(u8::is_ascii).take(SHORT_NAME).collect();
    put(0, &short);
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn tar_reads_what_is_written() {
        let long = format!("folder/{}/größe.txt", "x".repeat(120));
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("a.tar");
        let mut out = std::fs::File::create(&file).unwrap();
        for (path, content) in [("folder/a", "hello"), (long.as_str(), ""), ("folder/b", "x".repeat(512).as_str())] {
            out.write_all(&header(path, content.len() as u64)).unwrap();
            out.write_all(content.as_bytes()).unwrap();
            out.write_all(&vec![0; padding(content.len() as u64)]).unwrap();
        }
        out.write_all(&[0; 1024]).unwrap();
        let listed = std::process::Command::new("tar").arg("tf").arg(&file).env("LC_ALL", "C.UTF-8").output().unwrap();
        let expected = format!("folder/a\n{long}\nfolder/b\n");
        let listed_text = String::from_utf8(listed.stdout).unwrap();
        assert!(listed.status.success(), "{:?}", listed.stderr);
        assert_eq!(listed_text.replace("\\303\\266", "ö").replace("\\303\\237", "ß"), expected);
        let shown = std::process::Command::new("tar").arg("xOf").arg(&file).arg("folder/a").output().unwrap();
        assert_eq!(shown.stdout, b"hello");
    }
}
