//! What is kept beside an object's bytes: a small JSON file.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use s3s::dto::{ETag, Timestamp};
use serde::{Deserialize, Serialize};

/// An object's record. Size and time also say which bytes it belongs to, since the two files change one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Of this format; 1.
    pub(super) version: u32,
    pub(super) size: u64,
    /// The data file's modification time, in nanoseconds since 1970; unique within a server.
    pub(super) modified: u64,
    /// Without quotes. The SHA-256 of the bytes; for an object put together from parts that of the parts' digests and
    /// their number.
    pub(super) etag: String,
    #[serde(flatten)]
    pub(super) headers: Headers,
}

/// What the client said about the object and gets back with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Headers {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_disposition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cache_control: Option<String>,
    /// `x-amz-meta-…`
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) metadata: BTreeMap<String, String>,
    /// The checksums the client sent and we verified, by their S3 names (`sha256`, `crc32`, …), base64.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) checksums: BTreeMap<String, String>,
}

impl Record {
    /// The record of a file that has none: somebody put it there by hand.
    pub(super) fn of_plain_file(size: u64, modified: u64) -> Self {
        Self { version: 1, size, modified, etag: format!("{size:x}-{modified:x}"), headers: Headers::default() }
    }

    pub(super) fn tag(&self) -> ETag {
        ETag::Strong(self.etag.clone())
    }

    pub(super) fn last_modified(&self) -> Timestamp {
        timestamp(self.modified)
    }

    pub(super) fn checksum(&self, name: &str) -> Option<String> {
        self.headers.checksums.get(name).cloned()
    }
}

pub(super) fn timestamp(nanoseconds: u64) -> Timestamp {
    (SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds)).into()
}

/// Nanoseconds since 1970, until the year 2554.
pub(super) fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
