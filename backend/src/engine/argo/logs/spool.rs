//! The file of one attempt's log while it goes on, and beside it how far it has been read. Both stay through a kill: the
//! next server goes on there. The log is written before the place, so that a place never lies behind its file's end.

use super::stream::Place;
use std::io;
use std::path::{Path, PathBuf};
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncSeekExt, AsyncWriteExt, SeekFrom};

/// One attempt's file.
#[derive(Debug)]
pub(super) struct Spool {
    folder: PathBuf,
    file: File,
}

/// The log in an attempt's folder.
pub(super) fn log_file(folder: &Path) -> PathBuf {
    folder.join("main.log")
}

impl Spool {
    /// Opens an attempt's file, or makes it. Gives the place to go on from.
    pub(super) async fn open(folder: &Path) -> io::Result<(Self, Place)> {
        tokio::fs::create_dir_all(folder).await?;
        let options = OpenOptions::new().create(true).truncate(false).write(true).read(true).clone();
        let mut file = options.open(log_file(folder)).await?;
        let place = match tokio::fs::read(folder.join("place.json")).await {
            Ok(bytes) => serde_json::from_slice::<Place>(&bytes).unwrap_or_default(),
            Err(_) => Place::default(),
        };
        // Shorter than it says, after a power cut: from the beginning.
        let place = if place.shown <= file.metadata().await?.len() { place } else { Place::default() };
        // What lies behind the place comes again, byte for byte, and stays if it cannot.
        file.seek(SeekFrom::Start(place.shown)).await?;
        Ok((Self { folder: folder.to_path_buf(), file }, place))
    }

    /// Appends.
    pub(super) async fn write(&mut self, shown: &[u8]) -> io::Result<()> {
        self.file.write_all(shown).await?;
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
        self.file.set_len(place.shown).await
    }
}
