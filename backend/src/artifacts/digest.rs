//! SHA-256 of bytes that pass by. Knows no store.

use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use sha2::{Digest, Sha256};

use super::error::ArtifactError;

/// A running digest; cloning keeps the state, so that a part that is sent again is not counted twice.
#[derive(Clone, Default)]
pub(super) struct RunningDigest {
    hasher: Sha256,
    size: u64,
}

/// What a finished digest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) size: u64,
    /// 64 lower-case hexadecimal digits.
    pub(super) sha256: String,
}

impl RunningDigest {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn finish(self) -> Sum {
        Sum { size: self.size, sha256: hexadecimal(&self.hasher.finalize()) }
    }
}

/// A digest that a stream (owned by the client, on another task) writes and its starter reads afterwards.
#[derive(Clone, Default)]
pub(super) struct SharedDigest(Arc<Mutex<RunningDigest>>);

impl SharedDigest {
    pub(super) fn from(digest: RunningDigest) -> Self {
        Self(Arc::new(Mutex::new(digest)))
    }

    pub(super) fn update(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).update(bytes);
    }

    pub(super) fn state(&self) -> RunningDigest {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub(super) fn sum_of(bytes: &[u8]) -> Sum {
    let mut digest = RunningDigest::default();
    digest.update(bytes);
    digest.finish()
}

/// Size and digest of a file on disk.
pub(super) async fn sum_of_file(path: &Path) -> Result<Sum, ArtifactError> {
    let owned = path.to_owned();
    let read = move || {
        let mut file = std::fs::File::open(&owned)?;
        let mut digest = RunningDigest::default();
        let mut buffer = vec![0; 256 * 1024];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(digest.finish()),
                read => digest.update(buffer.get(..read).unwrap_or_default()),
            }
        }
    };
    let result: std::io::Result<Sum> = tokio::task::spawn_blocking(read).await.map_err(std::io::Error::other).flatten();
    result.map_err(ArtifactError::local("read", path))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// The form in which S3's checksum headers carry a digest.
pub(super) fn base64_of_hexadecimal(text: &str) -> String {
    let bytes: Vec<u8> = (0..text.len() / 2)
        .filter_map(|index| text.get(index * 2..index * 2 + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_vectors() {
        let sum = sum_of(b"abc");
        assert_eq!(sum.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(base64_of_hexadecimal(&sum.sha256), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }

    #[tokio::test]
    async fn a_missing_file_is_named() {
        let error = sum_of_file(Path::new("/no/such/file")).await.unwrap_err();
        assert!(error.to_string().contains("Cannot read /no/such/file"), "{error}");
    }
}
