//! Reads an attempt's log while it grows, with secrets masked: for live views and for the stored copy.
//!
//! The file itself is written by the task, unmasked; nobody else may be shown it.

use std::io::{self, SeekFrom};
use std::path::PathBuf;

use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

/// The most that one read gives, before masking.
const PIECE: usize = 256 * 1024;
/// Shorter values would mask ordinary text (`1`, `yes`).
const SHORTEST_SECRET: usize = 4;
const MASK: &[u8] = b"***";

/// Follows one log file from its beginning.
pub struct LogReader {
    path: PathBuf,
    file: Option<File>,
    offset: u64,
    masker: Masker,
}

impl LogReader {
    /// Reads the log at `path`, which need not exist yet, masking these values. Of a value with several lines, each
    /// line is masked too; values shorter than four bytes are not masked.
    pub fn new<'a>(path: PathBuf, secrets: impl IntoIterator<Item = &'a str>) -> Self {
        Self { path, file: None, offset: 0, masker: Masker::new(secrets) }
    }

    /// What came since the last call, at most a quarter of a mebibyte; empty when nothing did. The beginning of what
    /// may become a secret or a character is held back until more comes, or [`LogReader::read_rest`].
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub async fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut piece = Vec::new();
        if let Some(file) = self.open().await? {
            file.take(PIECE as u64).read_to_end(&mut piece).await?;
        }
        self.offset += piece.len() as u64;
        Ok(self.masker.mask(&piece, More::MayCome))
    }

    /// Everything that is left, what was held back too. For after the attempt's end; a long log comes in several calls
    /// of [`LogReader::read`] first.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub async fn read_rest(&mut self) -> io::Result<Vec<u8>> {
        let mut rest = Vec::new();
        if let Some(file) = self.open().await? {
            file.read_to_end(&mut rest).await?;
        }
        self.offset += rest.len() as u64;
        Ok(self.masker.mask(&rest, More::WillNotCome))
    }

    async fn open(&mut self) -> io::Result<Option<&mut File>> {
        if self.file.is_none() {
            match File::open(&self.path).await {
                Ok(mut file) => {
                    file.seek(SeekFrom::Start(self.offset)).await?;
                    self.file = Some(file);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.file.as_mut())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum More {
    MayCome,
    WillNotCome,
}

struct Masker {
    /// Longest first, so that a secret inside another does not spoil it.
    secrets: Vec<Vec<u8>>,
    held: Vec<u8>,
}

impl Masker {
    fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all: Vec<Vec<u8>> = Vec::new();
        for secret in secrets {
            let value = secret.trim_end_matches(['\n', '\r']);
            all.extend([value].into_iter().chain(value.lines()).map(|text| text.as_bytes().to_vec()));
        }
        all.retain(|secret| secret.len() >= SHORTEST_SECRET);
        all.sort_by(|left, right| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
        all.dedup();
        Self { secrets: all, held: Vec::new() }
    }

    fn mask(&mut self, piece: &[u8], more: More) -> Vec<u8> {
        let mut text = std::mem::take(&mut self.held);
        text.extend_from_slice(piece);
        let mut masked = Vec::with_capacity(text.len());
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            // A secret that is here whole may still be the beginning of a longer one.
            let begun = |secret: &Vec<u8>| secret.len() > rest.len() && secret.starts_with(rest);
            if more == More::MayCome && (self.secrets.iter().any(begun) || is_begun_character(rest)) {
                self.held = rest.to_vec();
                break;
            }
            if let Some(secret) = self.secrets.iter().find(|secret| rest.starts_with(secret)) {
                masked.extend_from_slice(MASK);
                at += secret.len();
            } else {
                masked.extend_from_slice(&rest[..1]);
                at += 1;
            }
        }
        masked
    }
}

/// Whether these last bytes are the beginning of one UTF-8 character, cut short.
fn is_begun_character(rest: &[u8]) -> bool {
    rest.len() < 4
        && rest.first().is_some_and(|byte| *byte >= 0xc2)
        && std::str::from_utf8(rest).is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn masked(secrets: &[&str], pieces: &[&[u8]]) -> String {
        let mut masker = Masker::new(secrets.iter().copied());
        let mut all: Vec<u8> = pieces.iter().flat_map(|piece| masker.mask(piece, More::MayCome)).collect();
        all.extend(masker.mask(b"", More::WillNotCome));
        String::from_utf8(all).unwrap()
    }

    #[test]
    fn secrets_are_masked_however_the_log_is_cut() {
        let text = b"a token=s3cr3t-longer s3cr3 s3cr3t end s3cr";
        let expected = "a token=*** s3cr3 *** end s3cr";
        for cut in 0..text.len() {
            assert_eq!(masked(&["s3cr3t", "s3cr3t-longer"], &[&text[..cut], &text[cut..]]), expected, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(masked(&["s3cr3t-longer", "s3cr3t"], &bytes), expected);
        assert_eq!(masked(&["s3cr3t", "s3cr3t-longer"], &[b"s3cr3t"]), "***");
    }

    #[test]
    fn each_line_of_a_long_secret_is_masked_and_short_values_are_not() {
        assert_eq!(masked(&["BEGIN KEY\nabcdef\n", "no"], &[b"x abcdef BEGIN KEY\nno"]), "x *** ***\nno");
    }

    #[test]
    fn characters_are_not_cut() {
        let mut masker = Masker::new([]);
        let text = "ä漢🦀".as_bytes();
        let mut whole = String::new();
        for byte in text {
            whole.push_str(std::str::from_utf8(&masker.mask(&[*byte], More::MayCome)).unwrap());
        }
        assert_eq!(whole, "ä漢🦀");
        assert_eq!(masker.mask(b"\xff\xfeok", More::MayCome), b"\xff\xfeok", "what is no text passes");
    }

    #[tokio::test]
    async fn a_growing_file_is_followed() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("main.log");
        let mut reader = LogReader::new(path.clone(), ["geheim"]);
        assert_eq!(reader.read().await.unwrap(), b"");
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(b"one ge").unwrap();
        assert_eq!(reader.read().await.unwrap(), b"one ");
        file.write_all(b"heim two ge").unwrap();
        assert_eq!(reader.read().await.unwrap(), b"*** two ");
        assert_eq!(reader.read().await.unwrap(), b"");
        assert_eq!(reader.read_rest().await.unwrap(), b"ge");
        assert_eq!(reader.read_rest().await.unwrap(), b"");
    }
}
