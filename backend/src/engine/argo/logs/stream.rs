//! A container's log as the kubelet sends it with timestamps, taken apart into lines, and the place in it to go on from
//! after a broken connection: the second of the newest line and how many lines of that second on have come. The kubelet
//! leaves out by the same rule (`sinceTime` has whole seconds), so nothing is lost and nothing comes twice. Pure.

use super::filter::{Filter, LONGEST};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A line longer than this is passed on in pieces.
const LONG_LINE: usize = 64 * 1024;

/// How far a log has been read; survives the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place {
    /// Bytes that people see so far.
    pub(super) shown: u64,
    /// Seconds since 1970 to ask from; `None`: from the beginning.
    pub(super) since: Option<i64>,
    /// Whole lines of that second or later that have come.
    lines: u64,
    /// Bytes of the line behind them that were passed on.
    middle: u64,
    /// Nanoseconds since 1970 of the first line that `lines` counts: when another comes first, the log was rotated.
    first: Option<i64>,
    /// Nanoseconds since 1970 of the newest line.
    newest: Option<i64>,
    filter: Filter,
    /// Whether something may be missing.
    pub(super) gap: bool,
}

impl Place {
    /// Whether Argo said that the program has ended.
    pub(super) fn has_exited(&self) -> bool {
        self.filter == Filter::After
    }
}

/// Reads one connection's bytes. Its place is always one that can be gone on from.
#[derive(Debug)]
pub(super) struct Reader {
    /// What was taken; lines that come again do not change it.
    place: Place,
    /// Whole lines that are to come again.
    again: u64,
    /// Bytes of the line behind them that come again.
    again_bytes: u64,
    /// Lines up to this time came before; for a log that does not begin where it should.
    until: Option<i64>,
    is_first: bool,
    /// Whether this line is the first of a log that begins elsewhere than expected.
    is_elsewhere: bool,
    /// An unfinished line, without its timestamp once that was read.
    line: Vec<u8>,
    /// Whose line it is, once its timestamp was read.
    kind: Option<Kind>,
}

/// What is to be done with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Pass on; `counts`: another connection would bring it again.
    New { counts: bool },
    /// One of those to come again.
    Again,
    /// Leave out.
    Dropped,
}

impl Reader {
    /// For a connection that was asked for everything since `place.since`.
    pub(super) fn new(place: Place) -> Self {
        let (again, again_bytes) = (place.lines, place.middle);
        Self {
            place,
            again,
            again_bytes,
            until: None,
            is_first: true,
            is_elsewhere: false,
            line: Vec::new(),
            kind: None,
        }
    }

    /// Where another connection would go on.
    pub(super) fn place(&self) -> Place {
        let mut place = self.place.clone();
        if self.kind == Some(Kind::New { counts: false }) {
            // An unfinished line that is older than the second to go on from will not come again.
            place.gap = true;
            place.middle = 0;
        }
        place
    }

    /// Takes bytes and gives what people see of them.
    pub(super) fn push(&mut self, mut bytes: &[u8]) -> Vec<u8> {
        let mut shown = Vec::new();
        while !bytes.is_empty() {
            let end = bytes.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
            let (piece, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
            bytes = rest;
            self.line.extend_from_slice(piece);
            if self.kind.is_none() && (end.is_some() || self.line.contains(&b' ') || self.line.len() > LONGEST) {
                self.kind = Some(self.stamp());
            }
            self.leave_out();
            if end.is_some() {
                self.finish(&mut shown);
            } else if self.line.len() > LONG_LINE {
                self.pass_piece(&mut shown);
            }
        }
        self.place.shown += shown.len() as u64;
        shown
    }

    /// The end of the log: a last line may have no line break.
    pub(super) fn end(&mut self) -> Vec<u8> {
        let mut shown = Vec::new();
        if !self.line.is_empty() || self.kind.is_some() {
            if self.kind.is_none() {
                self.kind = Some(self.stamp());
            }
            self.leave_out();
            self.finish(&mut shown);
        }
        self.place.shown += shown.len() as u64;
        shown
    }

    /// Takes the timestamp off a line and decides what it is.
    fn stamp(&mut self) -> Kind {
        let end = self.line.iter().position(|byte| *byte == b' ').unwrap_or(self.line.len());
        let Some(time) = std::str::from_utf8(&self.line[..end]).ok().and_then(nanoseconds) else {
            // The kubelet's own words, such as that it cannot read the file.
            self.place.gap = true;
            return Kind::Dropped;
        };
        self.line.drain(..(end + 1).min(self.line.len()));
        let expects = self.again > 0 || self.again_bytes > 0;
        if std::mem::take(&mut self.is_first) && expects && self.place.first != Some(time) {
            // The kubelet keeps only the newest part of a long log.
            self.place.gap = true;
            self.until = self.place.newest;
            self.is_elsewhere = true;
            (self.again, self.again_bytes, self.place.middle) = (0, 0, 0);
        }
        if self.again > 0 {
            return Kind::Again;
        }
        if self.until.is_some_and(|until| time <= until) {
            return Kind::Dropped;
        }
        self.until = None;
        let second = time.div_euclid(1_000_000_000);
        if self.place.since.is_none_or(|since| since < second) {
            (self.place.since, self.place.first, self.place.lines) = (Some(second), Some(time), 0);
        }
        self.place.newest = Some(self.place.newest.map_or(time, |newest| newest.max(time)));
        // Standard output and error are stamped apart: a line may be older than the one before it.
        Kind::New { counts: self.place.since.is_some_and(|since| since <= second) }
    }

    /// Takes what came before out of the line that the last connection broke in.
    fn leave_out(&mut self) {
        match self.kind {
            Some(Kind::New { .. }) if self.again_bytes > 0 => {
                let count = self.again_bytes.min(self.line.len() as u64);
                self.line.drain(..count as usize);
                self.again_bytes -= count;
            }
            Some(Kind::Again | Kind::Dropped) if self.line.len() > LONG_LINE => self.line.clear(),
            _ => {}
        }
    }

    fn finish(&mut self, shown: &mut Vec<u8>) {
        let line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.is_elsewhere) {
            self.place.filter.anew(&line);
        }
        match self.kind.take() {
            Some(Kind::New { counts }) => {
                shown.extend_from_slice(self.place.filter.line(&line));
                self.place.lines += u64::from(counts);
                self.place.middle = 0;
            }
            Some(Kind::Again) => self.again -= 1,
            Some(Kind::Dropped) | None => {}
        }
    }

    /// All of a long line but its end, where Argo's words may be.
    fn pass_piece(&mut self, shown: &mut Vec<u8>) {
        if matches!(self.kind, Some(Kind::New { .. })) {
            let count = self.line.len() - LONGEST;
            shown.extend(self.line.drain(..count));
            self.place.filter.piece();
            self.place.middle += count as u64;
        }
    }
}

fn nanoseconds(text: &str) -> Option<i64> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(time.unix_timestamp_nanos()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGINS: &str = "time=\"2026-01-01T00:00:00Z\" level=info msg=\"capturing logs\" argo=true";
    const ENDS: &str = "time=\"2026-01-01T00:00:09Z\" level=info msg=\"sub-process exited\" argo=true error=\"<nil>\"";

    /// A kubelet's log: lines with their time in nanoseconds since 1970.
    struct Log(Vec<(i64, String)>);

    impl Log {
        /// What it sends when asked for everything since a second.
        fn since(&self, since: Option<i64>) -> Vec<u8> {
            let late = |time: i64| since.is_none_or(|since| time >= since * 1_000_000_000);
            let lines = self.0.iter().filter(|(time, _)| late(*time));
            let lines = lines.map(|(time, line)| format!("{} {line}\n", stamp(*time)));
            lines.collect::<String>().into_bytes()
        }
    }

    fn stamp(time: i64) -> String {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(time)).unwrap().format(&Rfc3339).unwrap()
    }

    /// Several lines a second, some out of order, one that is very long.
    fn log() -> (Log, String) {
        let second = 1_000_000_000;
        let start = 1_790_000_000 * second;
        let mut lines = vec![(start, String::from(BEGINS))];
        let mut wanted = String::new();
        for number in 0..60_i64 {
            let line = match number {
                20 => "x".repeat(150_000),
                _ => format!("line {number} ü"),
            };
            let askew = if number % 4 == 3 { -400_000_000 } else { 0 };
            lines.push((start + number * 250_000_000 + askew, line.clone()));
            wanted.push_str(&line);
            wanted.push('\n');
        }
        lines.push((start + 20 * second, String::from(ENDS)));
        (Log(lines), wanted)
    }

    #[test]
    fn wherever_connections_break_nothing_is_lost_and_nothing_comes_twice() {
        let (log, wanted) = log();
        let whole = log.since(None).len();
        for (step, piece) in
            [(331, 4096), (331, 40_000), (997, 7000), (31_013, 3), (65_000, 7), (whole, 5), (whole, whole)]
        {
            {
                let (mut place, mut shown) = (Place::default(), Vec::new());
                for broken in 0.. {
                    assert!(broken < 10_000, "it does not come to its end");
                    let bytes = log.since(place.since);
                    let mut reader = Reader::new(place.clone());
                    // Each connection gets further than what came before already.
                    let taken = (step * (broken + 1)).min(bytes.len());
                    for piece in bytes[..taken].chunks(piece) {
                        shown.extend(reader.push(piece));
                    }
                    if taken == bytes.len() {
                        shown.extend(reader.end());
                    }
                    place = reader.place();
                    assert_eq!(place.shown, shown.len() as u64);
                    // What a journal keeps is all that is needed.
                    place = serde_json::from_str(&serde_json::to_string(&place).unwrap()).unwrap();
                    if taken == bytes.len() {
                        break;
                    }
                }
                assert!(String::from_utf8(shown).unwrap() == wanted, "steps of {step}, pieces of {piece}");
                assert!(place.has_exited() && !place.gap);
            }
        }
    }

    #[test]
    fn a_rotated_log_goes_on_and_says_so() {
        let (log, _) = log();
        let bytes = log.since(None);
        let mut reader = Reader::new(Place::default());
        let before = reader.push(&bytes[..400]);
        let rotated = Log(log.0[30..].to_vec());
        let place = reader.place();
        let mut reader = Reader::new(place.clone());
        let after = reader.push(&rotated.since(place.since));
        assert!(reader.place().gap);
        let text = String::from_utf8([before, after].concat()).unwrap();
        assert!(text.starts_with("line 0") && text.ends_with("line 59 ü\n"), "{text}");
        assert_eq!(text.matches("line 40 ü").count(), 1);
    }

    /// Argo makes a deleted pod anew under its name: seen on the test cluster.
    #[test]
    fn a_pod_made_anew_goes_on_behind_what_the_first_one_wrote() {
        let second = 1_000_000_000;
        let pod = |from: i64, ends: bool| {
            let mut lines = vec![(from, String::from(BEGINS)), (from + 1, String::from("hello"))];
            lines.extend(ends.then(|| (from + 2, String::from(ENDS))));
            Log(lines)
        };
        for ends in [false, true] {
            let start = 1_790_000_000 * second;
            let mut reader = Reader::new(Place::default());
            let mut shown = reader.push(&pod(start, ends).since(None));
            let place = reader.place();
            let mut reader = Reader::new(place.clone());
            shown.extend(reader.push(&pod(start + 5 * second, true).since(place.since)));
            assert_eq!(shown, b"hello\nhello\n", "the first ended by itself: {ends}");
            assert!(reader.place().gap && reader.place().has_exited());
        }
    }

    #[test]
    fn words_of_the_kubelet_are_no_log() {
        let mut reader = Reader::new(Place::default());
        let mut shown =
            reader.push(b"2026-01-01T00:00:00.1Z mine\nunable to retrieve container logs for containerd://1\n");
        shown.extend(reader.push(b"2026-01-01T00:00:00.2Z half"));
        shown.extend(reader.end());
        assert_eq!(shown, b"mine\nhalf");
        assert!(reader.place().gap);
    }
}
