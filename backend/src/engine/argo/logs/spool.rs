//! The file of one attempt's log while it goes on, and beside it how far it has been read. Both stay through a kill: the
//! next server goes on there. The log is written before the place, so that a place never lies behind its file's end.

use super::stream::Place;
use crate::engine::log_limit::LogLimit;
use std::io;
use std::path::{Path, PathBuf};
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncSeekExt, AsyncWriteExt, SeekFrom};

/// One attempt's file.
#[derive(Debug)]
pub(super) struct Spool {
    folder: PathBuf,
    file: File,
    limit: LogLimit,
    /// Bytes that were given, whether they are kept or not.
    given: u64,
}

/// The log in an attempt's folder.
pub(super) fn log_file(folder: &Path) -> PathBuf {
    folder.join("main.log")
}

impl Spool {
    /// Opens an attempt's file, or makes it. Gives the place to go on from. What comes after the limit is not kept, and the
    /// file says so.
    pub(super) async fn open(folder: &Path, limit: LogLimit) -> io::Result<(Self, Place)> {
        tokio::fs::create_dir_all(folder).await?;
        let options = OpenOptions::new().create(true).truncate(false).write(true).read(true).clone();
        let mut file = options.open(log_file(folder)).await?;
        let place = match tokio::fs::read(folder.join("place.json")).await {
            Ok(bytes) => serde_json::from_slice::<Place>(&bytes).unwrap_or_default(),
            Err(_) => Place::default(),
        };
        // Shorter than it says, after a power cut: from the beginning.
        let place = if kept(&place, limit) <= file.metadata().await?.len() { place } else { Place::default() };
        // What lies behind the place comes again, byte for byte, and stays if it cannot.
        file.seek(SeekFrom::Start(place.shown.min(limit.bytes))).await?;
        let given = place.shown;
        Ok((Self { folder: folder.to_path_buf(), file, limit, given }, place))
    }

    /// Appends, up to the limit.
    pub(super) async fn write(&mut self, shown: &[u8]) -> io::Result<()> {
        let room = self.limit.bytes.saturating_sub(self.given);
        let was_over = self.given > self.limit.bytes;
        self.given += shown.len() as u64;
        let most = usize::try_from(room).unwrap_or(usize::MAX).min(shown.len());
        self.file.write_all(&shown[..most]).await?;
        if self.given > self.limit.bytes && !was_over {
            self.file.write_all(self.limit.notice().as_bytes()).await?;
        }
        self.file.flush().await
    }

    /// Notes how far the log has been read.
    pub(super) async fn note(&self, place: &Place) -> io::Result<()> {
        let (written, target) = (self.folder.join("place.new"), self.folder.join("place.json"));
        tokio::fs::write(&written, serde_json::to_vec(place)?).await?;
        tokio::fs::rename(written, target).await
    }

    /// Bytes in the file.
    pub(super) async fn size(&self) -> io::Result<u64> {
        Ok(self.file.metadata().await?.len())
    }

    /// The whole log has come: what an earlier server wrote beyond it goes.
    pub(super) async fn cut(&self, place: &Place) -> io::Result<()> {
        self.file.set_len(kept(place, self.limit)).await
    }
}

/// Bytes of the file up to a place.
fn kept(place: &Place, limit: LogLimit) -> u64 {
    if place.shown > limit.bytes { limit.bytes + limit.notice().len() as u64 } else { place.shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written in pieces and over restarts, the file is the same: what fits, and a notice once.
    #[tokio::test]
    async fn a_log_over_its_limit_is_cut_once_and_says_so() {
        let limit = LogLimit { bytes: 1000 };
        let whole = vec![b'x'; 2500];
        for (length, kept) in [(1000, 1000), (1001, 1000 + limit.notice().len()), (2500, 1000 + limit.notice().len())] {
            for piece in [1, 7, 999, 1000, 1001, 2500] {
                let home = tempfile::tempdir().unwrap();
                let mut place = Place::default();
                for bytes in whole[..length].chunks(piece.max(50)) {
                    let (mut spool, from) = Spool::open(home.path(), limit).await.unwrap();
                    assert_eq!(from, place);
                    spool.write(bytes).await.unwrap();
                    place.shown += bytes.len() as u64;
                    spool.note(&place).await.unwrap();
                }
                let (spool, _) = Spool::open(home.path(), limit).await.unwrap();
                spool.cut(&place).await.unwrap();
                let text = std::fs::read_to_string(log_file(home.path())).unwrap();
                assert_eq!((text.len(), text.matches("the log is cut here").count()), (kept, usize::from(kept > 1000)));
                assert!(text.starts_with(&"x".repeat(1000)));
            }
        }
    }
}
