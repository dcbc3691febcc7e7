//! Reading objects back: streamed, ranged, resumed when the line breaks, verified against the stored SHA-256.

use std::ops::Range;
use std::path::Path;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::io::{AsyncWriteExt, BufWriter};

use super::digest::{RunningDigest, Sum};
use super::error::ArtifactError;
use super::keys;
use super::put::{Stored, split_content_type};
use super::range::ByteRange;
use super::retry::{ATTEMPTS, delay_after, with_retries};
use super::store::ArtifactStore;

/// The bytes of an object. An error in it is final; what came before it is part of a damaged or broken answer.
pub type ByteStream = BoxStream<'static, Result<Bytes, ArtifactError>>;

/// What the store knows about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInformation {
    pub key: String,
    /// The whole object's size in bytes, also when a range was asked for.
    pub size: u64,
    /// Absent for objects that others wrote (Argo, a person): those are not verified.
    pub sha256: Option<String>,
    pub content_type: Option<String>,
    /// The store's own tag, quotes included.
    pub etag: Option<String>,
    /// The half-open range of bytes that the stream beside this holds.
    pub range: Range<u64>,
}

impl ArtifactStore {
    /// Whether the object is there, and its size, digest and type.
    ///
    /// # Errors
    /// [`ArtifactError::NotFound`] when it is not there (or the bucket is not: HEAD answers do not say which).
    pub async fn head(&self, key: &str) -> Result<ObjectInformation, ArtifactError> {
        keys::check_key(key)?;
        with_retries(|| async {
            let answer = self.inner.short.objects().head(&*self.bucket, key).send().await;
            let answer = answer.map_err(|error| self.request("look at", key).error(error))?;
            let size = answer.content_length.ok_or_else(|| self.no_length(key))?;
            Ok(information(key, size, answer.content_type, answer.etag))
        })
        .await
    }

    /// An object's bytes, all or a range. The stream takes up again where a line broke, as long as the object is the
    /// same. A whole object is verified: a wrong digest is an error in place of the stream's end.
    ///
    /// # Errors
    /// [`ArtifactError::NotFound`], [`ArtifactError::RangeNotSatisfiable`], or the store's refusal.
    pub async fn get_stream(
        &self,
        key: &str,
        range: Option<ByteRange>,
    ) -> Result<(ObjectInformation, ByteStream), ArtifactError> {
        keys::check_key(key)?;
        let (information, first) = match range {
            Some(range) => {
                let mut information = self.head(key).await?;
                information.range = range.resolve(key, information.size)?;
                let first = self.open_body(&information, information.range.clone()).await?;
                (information, first)
            }
            None => {
                with_retries(|| async {
                    let answer = self.inner.transfers.objects().get(&*self.bucket, key).send().await;
                    let answer = answer.map_err(|error| self.request("read", key).error(error))?;
                    let size = answer.content_length.ok_or_else(|| self.no_length(key))?;
                    Ok((information(key, size, answer.content_type, answer.etag), answer.body))
                })
                .await?
            }
        };
        let whole = information.range == (0..information.size);
        let reading = Reading {
            store: self.clone(),
            position: information.range.start,
            expected: information.sha256.clone().filter(|_| whole),
            digest: RunningDigest::default(),
            body: Some(first),
            faults: 0,
            information: information.clone(),
        };
        Ok((information, futures::stream::try_unfold(reading, Reading::step).boxed()))
    }

    /// A small object, whole.
    ///
    /// # Errors
    /// [`ArtifactError::TooLarge`] above `limit` bytes.
    pub async fn get_bytes(&self, key: &str, limit: u64) -> Result<Bytes, ArtifactError> {
        let (information, mut stream) = self.get_stream(key, None).await?;
        if information.size > limit {
            return Err(ArtifactError::TooLarge { what: format!("\"{key}\""), limit: format!("{limit} bytes") });
        }
        let mut content = BytesMut::new();
        while let Some(chunk) = stream.next().await {
            content.extend_from_slice(&chunk?);
        }
        Ok(content.freeze())
    }

    /// What is known of an object, and its first bytes (at most `most`): enough to choose a viewer.
    ///
    /// # Errors
    /// As [`Self::get_stream`].
    pub async fn get_beginning(&self, key: &str, most: u64) -> Result<(ObjectInformation, Bytes), ArtifactError> {
        let information = self.head(key).await?;
        if information.size == 0 || most == 0 {
            return Ok((information, Bytes::new()));
        }
        let range = 0..most.min(information.size);
        let mut body = self.open_body(&information, range).await?;
        let mut content = BytesMut::new();
        while let Some(chunk) = body.next().await {
            content.extend_from_slice(&chunk.map_err(|error| self.request("read", key).error(error))?);
        }
        Ok((information, content.freeze()))
    }

    /// Writes an object to a file, which appears only when it is complete and verified. The folder must exist.
    ///
    /// # Errors
    /// [`ArtifactError`]; on any of them no file is left.
    pub async fn get_to_file(&self, key: &str, path: impl AsRef<Path>) -> Result<Stored, ArtifactError> {
        let path = path.as_ref();
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        let (_, mut stream) = self.get_stream(key, None).await?;
        let partial = tempfile::Builder::new().prefix(".partial-").tempfile_in(folder);
        let partial = partial.map_err(ArtifactError::local("make a file in", folder))?;
        let handle = tokio::fs::File::create(partial.path()).await.map_err(ArtifactError::local("write", path))?;
        let mut writer = BufWriter::with_capacity(256 * 1024, handle);
        let mut digest = RunningDigest::default();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk?;
            digest.update(&chunk);
            writer.write_all(&chunk).await.map_err(ArtifactError::local("write", path))?;
        }
        writer.flush().await.map_err(ArtifactError::local("write", path))?;
        readable_by_tasks(partial.path()).map_err(ArtifactError::local("write", path))?;
        partial.persist(path).map_err(|error| ArtifactError::local("write", path)(error.error))?;
        let sum = digest.finish();
        Ok(Stored { key: key.to_owned(), size: sum.size, sha256: sum.sha256 })
    }

    /// Whether the object is there with this very content.
    pub(super) async fn has(&self, key: &str, sum: &Sum) -> Result<bool, ArtifactError> {
        match self.head(key).await {
            Ok(found) => Ok(found.size == sum.size && found.sha256.as_deref() == Some(&sum.sha256)),
            Err(ArtifactError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn no_length(&self, key: &str) -> ArtifactError {
        ArtifactError::Store {
            endpoint: self.configuration().endpoint.clone(),
            bucket: self.bucket().to_owned(),
            key: key.to_owned(),
            action: "read",
            reason: "its answer has no Content-Length; is there a proxy in between?".to_owned(),
            transient: false,
        }
    }

    async fn open_body(
        &self,
        information: &ObjectInformation,
        range: Range<u64>,
    ) -> Result<s3::types::ByteStream, ArtifactError> {
        let key = information.key.as_str();
        with_retries(|| async {
            let objects = self.inner.transfers.objects();
            let mut request = objects.get(&*self.bucket, key).range_bytes(range.start, range.end.saturating_sub(1));
            if let Some(etag) = &information.etag {
                request = request.if_match(etag);
            }
            Ok(request.send().await.map_err(|error| self.request("read", key).error(error))?.body)
        })
        .await
    }
}

/// Temporary files are made 0600; what a task reads must have the rights of an ordinary file.
fn readable_by_tasks(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))?;
    }
    Ok(())
}

struct Reading {
    store: ArtifactStore,
    information: ObjectInformation,
    position: u64,
    expected: Option<String>,
    digest: RunningDigest,
    body: Option<s3::types::ByteStream>,
    faults: u32,
}

impl Reading {
    async fn step(mut self) -> Result<Option<(Bytes, Self)>, ArtifactError> {
        loop {
            let end = self.information.range.end;
            let mut body = match self.body.take() {
                Some(body) => body,
                None => self.store.open_body(&self.information, self.position..end).await?,
            };
            let fault = match body.next().await {
                Some(Ok(chunk)) => {
                    self.position += chunk.len() as u64;
                    // Only faults without any progress between them are counted.
                    self.faults = 0;
                    if self.expected.is_some() {
                        self.digest.update(&chunk);
                    }
                    self.body = Some(body);
                    return Ok(Some((chunk, self)));
                }
                None if self.position == end => return self.verify().map(|()| None),
                None => ArtifactError::Unreachable {
                    endpoint: self.store.configuration().endpoint.clone(),
                    reason: format!("the answer broke off after {} of {end} bytes", self.position),
                },
                Some(Err(error)) => self.store.request("read", &self.information.key).error(error),
            };
            self.faults += 1;
            if self.position >= end || !fault.is_transient() || self.faults >= ATTEMPTS {
                return Err(fault);
            }
            tokio::time::sleep(delay_after(self.faults)).await;
        }
    }

    fn verify(self) -> Result<(), ArtifactError> {
        let Some(expected) = self.expected else { return Ok(()) };
        let actual = self.digest.finish().sha256;
        if actual == expected {
            return Ok(());
        }
        Err(ArtifactError::ChecksumMismatch { key: self.information.key, expected, actual })
    }
}

fn information(key: &str, size: u64, content_type: Option<String>, etag: Option<String>) -> ObjectInformation {
    let (content_type, sha256) = content_type.map(|stored| split_content_type(&stored)).unzip();
    ObjectInformation { key: key.to_owned(), size, sha256: sha256.flatten(), content_type, etag, range: 0..size }
}
