//! Keeps an attempt's log from filling the disk: what comes after the limit is cut off, and the log says so. The task goes on.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

/// How often a log that grows by itself is looked at: it is larger than its limit for no longer than this.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

/// The most that an attempt's log keeps, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct LogLimit {
    /// Bytes.
    pub bytes: u64,
}

impl LogLimit {
    /// Cuts a log that is longer. Tasks append to it (`O_APPEND`), so what they write next comes after the cut.
    ///
    /// # Errors
    /// When the file can be neither read nor changed; a log that is not there yet is none.
    pub(super) fn keep(self, log: &Path) -> io::Result<()> {
        let size = match std::fs::metadata(log) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            metadata => metadata?.len(),
        };
        let notice = self.notice();
        if size <= self.bytes.saturating_add(notice.len() as u64) {
            return Ok(());
        }
        let mut file = OpenOptions::new().append(true).open(log)?;
        file.set_len(self.bytes)?;
        file.write_all(notice.as_bytes())
    }

    /// What stands at the end of a log that was cut.
    pub(super) fn notice(self) -> String {
        format!(
            "\n[Dagwright: the log is cut here, at its limit of {} bytes. The task went on; what else it wrote is not kept. \
             A larger limit: dagwright serve --log-limit BYTES]\n",
            self.bytes
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_cut_at_its_limit_as_often_as_it_grows_over_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("main.log");
        let limit = LogLimit { bytes: 1_000 };
        limit.keep(&path).unwrap();
        let mut task = OpenOptions::new().create(true).append(true).open(&path).unwrap();
        task.write_all(&[b'a'; 1_000]).unwrap();
        limit.keep(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), [b'a'; 1_000], "what just fits stays as it is");
        for _ in 0..3 {
            task.write_all(&[b'b'; 5_000]).unwrap();
            limit.keep(&path).unwrap();
            let log = std::fs::read_to_string(&path).unwrap();
            let (kept, notice) = log.split_at(1_000);
            assert_eq!(kept, "a".repeat(1_000));
            assert_eq!(notice, limit.notice());
        }
    }
}
