//! Taking in a request's bytes: to a temporary file, with every checksum the client sent verified on the way.

use std::collections::BTreeMap;

use base64::Engine;
use futures::StreamExt;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1};
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3Result, TrailingHeaders, s3_error};
use tokio::io::{AsyncWriteExt, BufWriter};

use super::disk::{Disk, Incoming};
use crate::artifacts::digest::{RunningDigest, Sum, base64_of_hexadecimal};

const BUFFER: usize = 256 * 1024;
/// S3's names of checksums, as they end the `x-amz-checksum-…` headers.
const ALGORITHMS: [&str; 5] = ["sha256", "sha1", "crc32", "crc32c", "crc64nvme"];

/// What the client said about the bytes to come.
pub(super) struct Announced {
    headers: http::HeaderMap,
    trailers: Option<TrailingHeaders>,
}

/// Bytes that arrived whole and match what was said about them.
pub(super) struct Received {
    pub(super) bytes: Incoming,
    pub(super) sum: Sum,
    /// The verified checksums, base64 by name.
    pub(super) checksums: BTreeMap<String, String>,
}

impl Announced {
    pub(super) fn new(headers: http::HeaderMap, trailers: Option<TrailingHeaders>) -> Self {
        Self { headers, trailers }
    }

    fn header(&self, name: &str) -> Option<String> {
        Some(self.headers.get(name)?.to_str().ok()?.trim().to_owned())
    }

    fn trailer(&self, name: &str) -> Option<String> {
        self.trailers.as_ref()?.read(|trailers| Some(trailers.get(name)?.to_str().ok()?.trim().to_owned()))?
    }

    fn wants(&self, algorithm: &str) -> bool {
        let name = format!("x-amz-checksum-{algorithm}");
        self.headers.contains_key(&name)
            || self.header("x-amz-trailer").is_some_and(|trailer| trailer.to_ascii_lowercase().contains(&name))
    }
}

pub(super) async fn receive(disk: &Disk, body: Option<StreamingBlob>, announced: Announced) -> S3Result<Received> {
    let bytes = disk.incoming();
    let file = tokio::fs::File::create(&bytes.0).await.map_err(internal)?;
    let mut writer = BufWriter::with_capacity(BUFFER, file);
    let mut digest = RunningDigest::default();
    let mut others = ChecksumHasher {
        crc32: announced.wants("crc32").then(Crc32::new),
        crc32c: announced.wants("crc32c").then(Crc32c::new),
        crc64nvme: announced.wants("crc64nvme").then(Crc64Nvme::new),
        sha1: announced.wants("sha1").then(Sha1::new),
        sha256: None,
    };
    let mut md5 = announced.headers.contains_key("content-md5").then(Md5::new);
    let mut body = body.unwrap_or_else(|| StreamingBlob::from(s3s::Body::empty()));
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| {
            s3_error!(IncompleteBody, "The request's body broke off or its signature does not fit: {error}")
        })?;
        digest.update(&chunk);
        others.update(&chunk);
        if let Some(md5) = &mut md5 {
            md5.update(&chunk);
        }
        writer.write_all(&chunk).await.map_err(internal)?;
    }
    writer.flush().await.map_err(internal)?;

    let sum = digest.finish();
    let payload = announced.header("x-amz-content-sha256").filter(|text| text.len() == 64);
    if payload.is_some_and(|payload| !payload.eq_ignore_ascii_case(&sum.sha256)) {
        return Err(s3_error!(BadDigest, "The body is not the one that was signed."));
    }
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let md5 = md5.map(|md5| encode(md5.finalize().as_ref()));
    if md5.is_some() && md5 != announced.header("content-md5") {
        return Err(s3_error!(BadDigest, "The Content-MD5 is not that of the body."));
    }
    let computed = others.finalize();
    let mut checksums = BTreeMap::new();
    for algorithm in ALGORITHMS.into_iter().filter(|algorithm| announced.wants(algorithm)) {
        let name = format!("x-amz-checksum-{algorithm}");
        let actual = match algorithm {
            "sha256" => Some(base64_of_hexadecimal(&sum.sha256)),
            "sha1" => computed.checksum_sha1.clone(),
            "crc32" => computed.checksum_crc32.clone(),
            "crc32c" => computed.checksum_crc32c.clone(),
            _ => computed.checksum_crc64nvme.clone(),
        };
        let expected = announced.header(&name).or_else(|| announced.trailer(&name));
        if expected != actual {
            return Err(s3_error!(BadDigest, "The {name} is not that of the body."));
        }
        checksums.extend(actual.map(|actual| (algorithm.to_owned(), actual)));
    }
    Ok(Received { bytes, sum, checksums })
}

/// A fault of our disk: logged here with its cause, told to the client without paths.
pub(super) fn internal(error: std::io::Error) -> S3Error {
    tracing::error!(%error, "embedded S3: the disk failed");
    if error.kind() == std::io::ErrorKind::StorageFull {
        return s3_error!(InternalError, "The disk of the data folder is full.");
    }
    s3_error!(InternalError, "The disk of the data folder failed ({}).", error.kind())
}
