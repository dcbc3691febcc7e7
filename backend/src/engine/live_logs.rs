//! Logs of attempts that go on: read from the attempt's own file, with secrets hidden. Must not outlive the file.

use super::masks::Masks;
use crate::engine::LivePiece;
use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of one piece at most.
const MOST: usize = 256 * 1024;

type Key = (String, String, u32);

/// The logs that can be read right now. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct LiveLogs {
    files: Arc<Mutex<HashMap<Key, (PathBuf, Masks)>>>,
}

impl LiveLogs {
    /// An attempt begins to write.
    pub(super) fn open(&self, run: &str, task: &str, attempt: u32, file: PathBuf, masks: Masks) {
        self.lock().insert((String::from(run), String::from(task), attempt), (file, masks));
    }

    /// An attempt's log is stored: who reads it reads there from now on.
    pub(super) fn close(&self, run: &str, task: &str, attempt: u32) {
        self.lock().remove(&(String::from(run), String::from(task), attempt));
    }

    /// A piece from a byte offset. `None`: there is no such live log.
    pub(super) async fn read(&self, run: &str, task: &str, attempt: u32, from: u64) -> Option<LivePiece> {
        let found = self.lock().get(&(String::from(run), String::from(task), attempt)).cloned();
        let (file, masks) = found?;
        let read = tokio::task::spawn_blocking(move || read(&file, &masks, from)).await;
        match read {
            Ok(Ok(bytes)) => Some(LivePiece { bytes, end: false }),
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                Some(LivePiece { bytes: Vec::new(), end: false })
            }
            Ok(Err(error)) => {
                tracing::warn!("a live log cannot be read: {error}");
                None
            }
            Err(_) => None,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, (PathBuf, Masks)>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(file: &PathBuf, masks: &Masks, from: u64) -> std::io::Result<Vec<u8>> {
    let mut file = std::fs::File::open(file)?;
    let size = file.metadata()?.len();
    if from >= size {
        return Ok(Vec::new());
    }
    // A secret may begin before the piece and end after it.
    let before = (masks.reach() as u64).min(from);
    file.seek(SeekFrom::Start(from - before))?;
    let mut bytes = Vec::new();
    file.take(before + (MOST + masks.reach()) as u64).read_to_end(&mut bytes)?;
    let whole = from - before + bytes.len() as u64 >= size;
    masks.hide(&mut bytes);
    let held = if whole { masks.unsure(&bytes) } else { masks.reach() };
    bytes.truncate(bytes.len() - held.min(bytes.len()));
    bytes.drain(..(before as usize).min(bytes.len()));
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[tokio::test]
    async fn a_secret_that_arrives_in_two_writes_is_never_shown() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("main.log");
        let logs = LiveLogs::default();
        logs.open("r", "t", 1, path.clone(), Masks::new(["hunter22"]));
        let mut file = std::fs::File::create(&path).unwrap();
        let mut seen = Vec::new();
        for piece in ["key: hunt", "er", "22\nafter ", "hunter2", "3\n"] {
            file.write_all(piece.as_bytes()).unwrap();
            let read = logs.read("r", "t", 1, seen.len() as u64).await.unwrap();
            seen.extend(read.bytes);
        }
        assert_eq!(String::from_utf8(seen).unwrap(), "key: ********\nafter hunter23\n");
        for from in 0..30 {
            let read = logs.read("r", "t", 1, from).await.unwrap();
            assert!(!String::from_utf8_lossy(&read.bytes).contains("nter22"), "from {from}");
        }
        logs.close("r", "t", 1);
        assert!(logs.read("r", "t", 1, 0).await.is_none());
    }
}
