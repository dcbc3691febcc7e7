//! `ArtifactStore`: one bucket of one S3 endpoint. Cheap to clone. Everything that touches S3 goes through it.
//! The actions themselves stand in put, get, list, delete and tree; here are connecting, the bucket and the check.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::configuration::{Addressing, S3Configuration};
use super::error::{ArtifactError, Request};
use super::keys;
use super::retry::with_retries;

/// Requests with a body of their own: as long as a part may take on a slow line.
const TRANSFER_TIMEOUT: Duration = Duration::from_secs(600);
const SHORT_TIMEOUT: Duration = Duration::from_secs(30);

/// A bucket to put artifacts into and get them from.
#[derive(Clone)]
pub struct ArtifactStore {
    pub(super) inner: Arc<Inner>,
    pub(super) bucket: Arc<str>,
}

pub(super) struct Inner {
    pub(super) transfers: s3::Client,
    pub(super) short: s3::Client,
    pub(super) spool: PathBuf,
    configuration: S3Configuration,
}

impl std::fmt::Debug for ArtifactStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ArtifactStore")
            .field("endpoint", &self.inner.configuration.endpoint)
            .field("bucket", &self.bucket)
            .finish_non_exhaustive()
    }
}

impl ArtifactStore {
    /// A store for a configuration. Sends nothing yet: see [`Self::check`] and [`Self::ensure_bucket`].
    /// `spool` is a folder of our own for streams whose checksum must be known before they are sent; it is made.
    ///
    /// # Errors
    /// [`ArtifactError::Configuration`], or [`ArtifactError::LocalFile`] when the folder cannot be made.
    pub fn connect(configuration: S3Configuration, spool: impl AsRef<Path>) -> Result<Self, ArtifactError> {
        let spool = spool.as_ref().to_owned();
        std::fs::create_dir_all(&spool).map_err(ArtifactError::local("make the folder", &spool))?;
        if !keys::is_bucket_name(&configuration.bucket) {
            return Err(ArtifactError::Configuration {
                what: format!("\"{}\" is not the name of a bucket", configuration.bucket),
                mend: "Use 3 to 63 lower-case letters, digits, dots and hyphens.".to_owned(),
            });
        }
        let bucket = configuration.bucket.as_str().into();
        let transfers = client(&configuration, TRANSFER_TIMEOUT)?;
        let short = client(&configuration, SHORT_TIMEOUT)?;
        Ok(Self { inner: Arc::new(Inner { transfers, short, spool, configuration }), bucket })
    }

    /// What the store was made from (the cluster engine tells pods the endpoint). Holds secrets: never show it.
    pub fn configuration(&self) -> &S3Configuration {
        &self.inner.configuration
    }

    /// The bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The same endpoint and keys with another bucket, for `s3://` inputs ([`keys::S3Uri`]). Never another host.
    ///
    /// # Errors
    /// [`ArtifactError::InvalidKey`] when the text is not the name of a bucket.
    pub fn in_bucket(&self, bucket: &str) -> Result<Self, ArtifactError> {
        if !keys::is_bucket_name(bucket) {
            return Err(ArtifactError::InvalidKey {
                key: format!("s3://{bucket}/"),
                why: "its bucket is not 3 to 63 lower-case letters, digits, dots and hyphens",
            });
        }
        Ok(Self { inner: Arc::clone(&self.inner), bucket: bucket.into() })
    }

    /// Makes the bucket if it is not there.
    ///
    /// # Errors
    /// [`ArtifactError`] when the store does not answer or refuses.
    pub async fn ensure_bucket(&self) -> Result<(), ArtifactError> {
        with_retries(|| async {
            let buckets = self.inner.short.buckets();
            let head = self.request("look for the bucket", "");
            match buckets.head(&*self.bucket).send().await.map_err(|error| head.error(error)) {
                Ok(_) => return Ok(()),
                Err(ArtifactError::NotFound { .. } | ArtifactError::NoSuchBucket { .. }) => {}
                Err(error) => return Err(error),
            }
            match buckets.create(&*self.bucket).send().await {
                Ok(_) => Ok(()),
                // Another server of ours made it between the two requests.
                Err(error) if error.code() == Some("BucketAlreadyOwnedByYou") => Ok(()),
                Err(error) => Err(self.request("make the bucket", "").error(error)),
            }
        })
        .await
    }

    /// Writes, reads back and deletes a small object, so that wrong settings are found at the start and not in a run.
    ///
    /// # Errors
    /// [`ArtifactError`] in words a person can act on: no answer, wrong keys, no bucket, damaged content.
    pub async fn check(&self) -> Result<(), ArtifactError> {
        let key = format!("checks/{}", uuid::Uuid::new_v4());
        let content = Bytes::from_static(b"Dagwright can write here.\n");
        self.put_bytes(content.clone(), &key).await?;
        let read = self.get_bytes(&key, 1024).await;
        let deleted = self.delete(&key).await;
        if read? != content {
            return Err(ArtifactError::Configuration {
                what: "the store gave back other bytes than it was given".to_owned(),
                mend: "Check what stands between this machine and the store (a proxy, a gateway).".to_owned(),
            });
        }
        deleted
    }

    pub(super) fn request<'a>(&'a self, action: &'static str, key: &'a str) -> Request<'a> {
        Request { endpoint: &self.inner.configuration.endpoint, bucket: &self.bucket, key, action }
    }
}

fn client(configuration: &S3Configuration, timeout: Duration) -> Result<s3::Client, ArtifactError> {
    let wrong = |error: s3::Error| ArtifactError::Configuration {
        what: error.to_string(),
        mend: "Check AWS_ENDPOINT_URL, AWS_REGION and the keys.".to_owned(),
    };
    let keys = &configuration.credentials;
    let mut credentials = s3::Credentials::new(&keys.access_key_id, &keys.secret_access_key).map_err(wrong)?;
    if let Some(token) = &keys.session_token {
        credentials = credentials.with_session_token(token).map_err(wrong)?;
    }
    let addressing = match configuration.addressing {
        Addressing::Path => s3::AddressingStyle::Path,
        Addressing::VirtualHosted => s3::AddressingStyle::VirtualHosted,
    };
    let build = |roots| -> Result<s3::Client, Box<s3::Error>> {
        let client = s3::Client::builder(&configuration.endpoint)?
            .region(&configuration.region)
            .auth(s3::Auth::Static(credentials.clone()))
            .addressing_style(addressing)
            .max_attempts(1)
            .timeout(timeout)
            .tls_root_store(roots)
            .build()?;
        Ok(client)
    };
    // The machine's certificates know a company's own S3; a machine without any still gets the public ones. Plain
    // HTTP needs none, and the client would load them all the same.
    if configuration.endpoint.starts_with("https://") {
        match build(s3::AsyncTlsRootStore::System) {
            Ok(client) => return Ok(client),
            Err(error) => tracing::warn!(%error, "no certificates on this machine: using the built-in public ones"),
        }
    }
    build(s3::AsyncTlsRootStore::WebPki).map_err(|error| wrong(*error))
}
