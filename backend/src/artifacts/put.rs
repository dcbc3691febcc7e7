//! Storing bytes, files and streams. Nothing is held in memory beyond one small buffer per transfer.
//! Every object carries its SHA-256: as `x-amz-meta-sha256` for people and other tools, and as a parameter of its
//! content type, since the `s3` crate's answers show no user metadata.

use std::io;
use std::path::Path;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufWriter};
use tokio_util::io::ReaderStream;

use super::digest::{RunningDigest, SharedDigest, Sum, base64_of_hexadecimal, sum_of, sum_of_file};
use super::error::ArtifactError;
use super::keys;
use super::retry::with_retries;
use super::store::ArtifactStore;

/// Above this a file goes in parts, each sent again by itself when the line breaks.
pub(super) const SINGLE_REQUEST_LIMIT: u64 = 64 * 1024 * 1024;
const PART_SIZE: u64 = 16 * 1024 * 1024;
/// S3's limit, with room.
const MOST_PARTS: u64 = 9_000;
const READ_BUFFER: usize = 64 * 1024;
const SPOOL_BUFFER: usize = 256 * 1024;

/// What was stored.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stored {
    pub key: String,
    /// In bytes.
    pub size: u64,
    /// 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// How long a stream says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamLength {
    Known(u64),
    Unknown,
}

impl ArtifactStore {
    /// Stores a file of the local disk.
    ///
    /// # Errors
    /// [`ArtifactError`]; `ChangedWhileReading` when something wrote to the file meanwhile.
    pub async fn put_file(&self, path: impl AsRef<Path>, key: &str) -> Result<Stored, ArtifactError> {
        let path = path.as_ref();
        keys::check_key(key)?;
        let sum = sum_of_file(path).await?;
        self.put_summed_file(path, key, sum).await
    }

    /// Stores a text or another small value.
    ///
    /// # Errors
    /// [`ArtifactError`].
    pub async fn put_bytes(&self, content: impl Into<Bytes>, key: &str) -> Result<Stored, ArtifactError> {
        let content = content.into();
        self.put_object(content, key).await
    }

    /// Stores a stream. It is spooled to our own disk first: its checksum goes with it, a broken stream leaves
    /// nothing in the store, and parts can be sent again.
    ///
    /// # Errors
    /// [`ArtifactError`]; `Interrupted` when the stream fails or is not as long as it said.
    pub async fn put_stream<E: std::fmt::Display>(
        &self,
        stream: impl Stream<Item = Result<Bytes, E>> + Send,
        length: StreamLength,
        key: &str,
    ) -> Result<Stored, ArtifactError> {
        keys::check_key(key)?;
        let spooled = self.spool(stream, key, u64::MAX).await?;
        if let StreamLength::Known(length) = length
            && length != spooled.sum.size
        {
            let reason = format!("{} bytes came, {length} were announced", spooled.sum.size);
            return Err(ArtifactError::Interrupted { what: key.to_owned(), reason });
        }
        self.put_summed_file(spooled.file.path(), key, spooled.sum).await
    }

    pub(super) async fn put_summed_file(&self, path: &Path, key: &str, sum: Sum) -> Result<Stored, ArtifactError> {
        keys::check_key(key)?;
        if sum.size > SINGLE_REQUEST_LIMIT {
            self.put_in_parts(path, key, &sum).await?;
        } else if sum.size == 0 {
            return self.put_object(Bytes::new(), key).await;
        } else {
            with_retries(|| async {
                let digest = SharedDigest::default();
                let body = section(path, 0, sum.size, digest.clone()).await?;
                let sent = self.put_request(key, &sum).body_stream_sized(body, sum.size).send().await;
                // A file that changed makes the request fail too (too short, wrong checksum): say the cause.
                if digest.state().size() == sum.size {
                    unchanged(path, digest.state(), &sum)?;
                }
                sent.map_err(|error| self.request("store", key).error(error))
            })
            .await?;
        }
        Ok(Stored { key: key.to_owned(), size: sum.size, sha256: sum.sha256 })
    }

    async fn put_object(&self, content: Bytes, key: &str) -> Result<Stored, ArtifactError> {
        keys::check_key(key)?;
        let sum = sum_of(&content);
        with_retries(|| async {
            let sent = self.put_request(key, &sum).body_bytes(content.clone()).send().await;
            sent.map_err(|error| self.request("store", key).error(error))
        })
        .await?;
        Ok(Stored { key: key.to_owned(), size: sum.size, sha256: sum.sha256 })
    }

    fn put_request(&self, key: &str, sum: &Sum) -> s3::api::PutObjectRequest {
        let checksum =
            s3::types::Checksum::new(s3::types::ChecksumAlgorithm::Sha256, base64_of_hexadecimal(&sum.sha256));
        let objects = self.inner.transfers.objects();
        objects
            .put(&*self.bucket, key)
            .content_type(content_type_with_digest(key, &sum.sha256))
            .metadata("sha256", &sum.sha256)
            .checksum(checksum)
    }

    async fn put_in_parts(&self, path: &Path, key: &str, sum: &Sum) -> Result<(), ArtifactError> {
        let objects = self.inner.transfers.objects();
        let upload = with_retries(|| async {
            let request = objects
                .create_multipart_upload(&*self.bucket, key)
                .content_type(content_type_with_digest(key, &sum.sha256))
                .metadata("sha256", &sum.sha256);
            request.send().await.map_err(|error| self.request("begin storing", key).error(error))
        })
        .await?;
        let result = self.put_parts(path, key, sum, &upload.upload_id).await;
        if result.is_err() {
            let abort = objects.abort_multipart_upload(&*self.bucket, key, &upload.upload_id).send().await;
            if let Err(error) = abort {
                tracing::warn!(%error, key, "artifact store: parts of a failed upload stay behind");
            }
        }
        result
    }

    async fn put_parts(&self, path: &Path, key: &str, sum: &Sum, upload: &str) -> Result<(), ArtifactError> {
        let objects = self.inner.transfers.objects();
        let part_size = PART_SIZE.max(sum.size.div_ceil(MOST_PARTS));
        let mut completed = objects.complete_multipart_upload(&*self.bucket, key, upload);
        let mut digest = RunningDigest::default();
        for number in 1u32.. {
            let start = digest.size();
            let length = part_size.min(sum.size - start);
            if length == 0 {
                break;
            }
            let (after, tag) = with_retries(|| async {
                let part = SharedDigest::from(digest.clone());
                let body = section(path, start, length, part.clone()).await?;
                let request = objects.upload_part(&*self.bucket, key, upload, number);
                let sent = request.body_stream_sized(body, length).send().await;
                let sent = sent.map_err(|error| self.request("store a part of", key).error(error))?;
                Ok((part.state(), sent.etag.unwrap_or_default()))
            })
            .await?;
            digest = after;
            completed = completed.part(number, tag);
        }
        unchanged(path, digest, sum)?;
        let finished = completed.send().await.map_err(|error| self.request("finish storing", key).error(error));
        match finished {
            Ok(_) => Ok(()),
            // Only the answer may have been lost; the same request again would find the upload gone.
            Err(fault) => match self.has(key, sum).await {
                Ok(true) => Ok(()),
                _ => Err(fault),
            },
        }
    }

    /// Writes a stream to a temporary file in the spool folder, at most `limit` bytes of it.
    pub(super) async fn spool<E: std::fmt::Display>(
        &self,
        stream: impl Stream<Item = Result<Bytes, E>> + Send,
        what: &str,
        limit: u64,
    ) -> Result<Spooled, ArtifactError> {
        let spool = &self.inner.spool;
        let file = tempfile::NamedTempFile::new_in(spool).map_err(ArtifactError::local("make a file in", spool))?;
        let sum = write_stream(stream, file.path(), what, limit).await?;
        Ok(Spooled { file, sum })
    }
}

/// A stream on our own disk; deleted when dropped.
pub(super) struct Spooled {
    pub(super) file: tempfile::NamedTempFile,
    pub(super) sum: Sum,
}

/// Writes a stream to `path`, at most `limit` bytes.
pub(super) async fn write_stream<E: std::fmt::Display>(
    stream: impl Stream<Item = Result<Bytes, E>> + Send,
    path: &Path,
    what: &str,
    limit: u64,
) -> Result<Sum, ArtifactError> {
    let handle = tokio::fs::File::create(path).await.map_err(ArtifactError::local("write", path))?;
    let mut writer = BufWriter::with_capacity(SPOOL_BUFFER, handle);
    let mut digest = RunningDigest::default();
    let mut stream = std::pin::pin!(stream);
    while let Some(chunk) = stream.next().await {
        let interrupted = |error: E| ArtifactError::Interrupted { what: what.to_owned(), reason: error.to_string() };
        let chunk = chunk.map_err(interrupted)?;
        digest.update(&chunk);
        if digest.size() > limit {
            return Err(ArtifactError::TooLarge { what: format!("\"{what}\""), limit: format!("{limit} bytes") });
        }
        writer.write_all(&chunk).await.map_err(ArtifactError::local("write", path))?;
    }
    writer.flush().await.map_err(ArtifactError::local("write", path))?;
    Ok(digest.finish())
}

/// `length` bytes of a file from `start`, counted into `digest` as they pass.
async fn section(
    path: &Path,
    start: u64,
    length: u64,
    digest: SharedDigest,
) -> Result<impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static, ArtifactError> {
    let open = async {
        let mut file = tokio::fs::File::open(path).await?;
        file.seek(io::SeekFrom::Start(start)).await?;
        Ok(file)
    };
    let file = open.await.map_err(ArtifactError::local("read", path))?;
    let stream = ReaderStream::with_capacity(file.take(length), READ_BUFFER);
    Ok(stream.inspect(move |chunk| {
        if let Ok(chunk) = chunk {
            digest.update(chunk);
        }
    }))
}

fn unchanged(path: &Path, sent: RunningDigest, sum: &Sum) -> Result<(), ArtifactError> {
    if sent.finish() == *sum { Ok(()) } else { Err(ArtifactError::ChangedWhileReading { path: path.to_owned() }) }
}

const DIGEST_PARAMETER: &str = "; sha256=";

fn content_type_with_digest(key: &str, sha256: &str) -> String {
    format!("{}{DIGEST_PARAMETER}{sha256}", mime_guess::from_path(key).first_or_octet_stream().essence_str())
}

/// Takes a stored content type apart: the type proper, and the digest when we wrote it.
pub(super) fn split_content_type(stored: &str) -> (String, Option<String>) {
    match stored.split_once(DIGEST_PARAMETER) {
        Some((essence, digest)) if keys::upload_key(digest).is_ok() => (essence.to_owned(), Some(digest.to_owned())),
        _ => (stored.to_owned(), None),
    }
}
