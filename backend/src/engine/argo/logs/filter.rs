//! Argo's own lines in the log of a task's container. Argo's emissary starts the program, copies its output and writes
//! about it on standard error, in one of three forms: logrus text (3.5 to 3.7), slog text (4.x), JSON (both). Where in
//! the log a line stands tells whose it is: between "capturing logs" and "sub-process exited" everything is the program's.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest line of Argo's that is looked for, bytes.
pub(super) const LONGEST: usize = 4096;

const BEGINS: &str = "capturing logs";
const ENDS: &str = "sub-process exited";

/// Where in the log the filter stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Filter {
    /// The program has not been started.
    #[default]
    Before,
    /// It runs.
    During,
    /// It has ended; Argo saves outputs. What it left in its buffers may follow.
    After,
}

impl Filter {
    /// What of a line people see, with its line break where it has one.
    pub(super) fn line<'a>(&mut self, line: &'a [u8]) -> &'a [u8] {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        match self {
            Self::Before => match Own::read(text) {
                Some(own) if own.message == BEGINS => {
                    *self = Self::During;
                    &[]
                }
                Some(own) if own.is_marked => &[],
                // Why the program could not be started; or logs are not archived, so nothing says that it begins.
                _ => self.during(line, text),
            },
            Self::During => self.during(line, text),
            Self::After => {
                let exit = text.strip_prefix(b"Error: exit status ");
                let is_exit = exit.is_some_and(|code| !code.is_empty() && code.iter().all(u8::is_ascii_digit));
                if is_exit || Own::read(text).is_some() { &[] } else { line }
            }
        }
    }

    /// A program that ends its output without a line break has Argo's line behind its own text.
    fn during<'a>(&mut self, line: &'a [u8], text: &'a [u8]) -> &'a [u8] {
        let from = text.len().saturating_sub(LONGEST);
        let starts =
            (from..text.len()).filter(|at| text[*at..].starts_with(b"time=") || text[*at..].starts_with(b"{\""));
        for at in starts {
            if Own::read(&text[at..]).is_some_and(|own| own.message == ENDS && own.tells_error) {
                *self = Self::After;
                return &line[..at];
            }
        }
        line
    }

    /// A log that begins elsewhere than expected: when Argo begins there, its pod was made anew and the program with it.
    pub(super) fn anew(&mut self, line: &[u8]) {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        if Own::read(text).is_some_and(|own| own.is_marked && own.message == BEGINS) {
            *self = Self::Before;
        }
    }

    /// A piece of a line too long to be Argo's.
    pub(super) fn piece(&mut self) {
        if *self == Self::Before {
            *self = Self::During;
        }
    }
}

/// A line of Argo's logger.
#[derive(Debug, PartialEq, Eq)]
struct Own {
    message: String,
    /// Whether it says `argo=true`.
    is_marked: bool,
    /// Whether it has a field `error`, as "sub-process exited" always has.
    tells_error: bool,
}

impl Own {
    fn read(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?;
        if text.starts_with("{\"") { Self::json(text) } else { Self::text(text) }
    }

    fn json(text: &str) -> Option<Self> {
        let Value::Object(fields) = serde_json::from_str(text).ok()? else { return None };
        let word = |name: &str| fields.get(name).and_then(Value::as_str);
        (is_time(word("time")?) && is_level(word("level")?)).then_some(())?;
        Some(Self {
            message: String::from(word("msg")?),
            is_marked: fields.get("argo").is_some_and(|argo| *argo == Value::Bool(true) || *argo == "true"),
            // slog writes an error that is none as null.
            tells_error: fields.contains_key("error"),
        })
    }

    /// `key=value key="quoted as in Go"`, from `time` on.
    fn text(mut text: &str) -> Option<Self> {
        let (mut message, mut level, mut is_marked, mut tells_error) = (None, false, false, false);
        let mut is_first = true;
        while !text.is_empty() {
            let (key, rest) = text.split_once('=')?;
            if key.is_empty() || key.contains([' ', '"']) {
                return None;
            }
            let (value, rest) = value(rest)?;
            match key {
                "time" if is_first && is_time(&value) => {}
                _ if is_first => return None,
                "level" => level = is_level(&value),
                "msg" => message = Some(value),
                "argo" => is_marked = value == "true",
                "error" => tells_error = true,
                _ => {}
            }
            is_first = false;
            text = match rest.strip_prefix(' ') {
                Some(rest) if !rest.is_empty() => rest,
                Some(_) => return None,
                None if rest.is_empty() => rest,
                None => return None,
            };
        }
        Some(Self { message: message.filter(|_| level)?, is_marked, tells_error })
    }
}

/// A value up to the next blank, or quoted; and what follows.
fn value(text: &str) -> Option<(String, &str)> {
    if !text.starts_with('"') {
        let end = text.find(' ').unwrap_or(text.len());
        return Some((String::from(&text[..end]), &text[end..]));
    }
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, character)| {
        let closes = *character == '"' && !escaped;
        escaped = *character == '\\' && !escaped;
        closes
    });
    let (end, _) = end?;
    Some((text[1..end].replace("\\\"", "\""), &text[end + 1..]))
}

fn is_time(text: &str) -> bool {
    let digits =
        |range: std::ops::Range<usize>| text.get(range).is_some_and(|part| part.bytes().all(|b| b.is_ascii_digit()));
    digits(0..4) && digits(5..7) && digits(8..10) && text.as_bytes().get(10) == Some(&b'T')
}

fn is_level(text: &str) -> bool {
    let levels = ["debug", "info", "warn", "warning", "error", "fatal", "panic", "trace"];
    levels.iter().any(|level| text.eq_ignore_ascii_case(level))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(log: &str) -> String {
        let mut filter = Filter::default();
        let shown = log.split_inclusive('\n').flat_map(|line| filter.line(line.as_bytes()).to_vec());
        String::from_utf8(shown.collect()).unwrap()
    }

    /// As Argo 3.7.14 wrote it on the test cluster, with the timestamps taken off.
    #[test]
    fn a_recorded_log_shows_what_the_program_wrote() {
        let log = concat!(
            "time=\"2026-11-23T21:39:31.107Z\" level=info msg=\"capturing logs\" argo=true\n",
            "out\n",
            "tail-outtime=\"2026-11-23T21:35:42.198Z\" level=info msg=\"mine\" argo=true\n",
            "line 1\n",
            "err\n",
            "no newlinetime=\"2026-11-23T21:39:47.119Z\" level=info msg=\"sub-process exited\" argo=true error=\"<nil>\"\n",
            "time=\"2026-11-23T21:39:47.119Z\" level=warning msg=\"cannot save artifact /tmp/o\" argo=true error=\"stat /tmp/o: no such file or directory\"\n",
            "time=\"2026-11-23T21:35:42.199Z\" level=info msg=\"Taring /tmp/outputs/text\"\n",
            "Error: exit status 3\n",
        );
        let wanted = concat!(
            "out\n",
            "tail-outtime=\"2026-11-23T21:35:42.198Z\" level=info msg=\"mine\" argo=true\n",
            "line 1\nerr\nno newline"
        );
        assert_eq!(shown(log), wanted);
    }

    #[test]
    fn the_three_forms_of_argos_lines() {
        for (begins, ends) in [
            (
                r#"time="2026-01-01T00:00:00Z" level=info msg="capturing logs" argo=true"#,
                r#"time="2026-01-01T00:00:00Z" level=info msg="sub-process exited" argo=true error="<nil>""#,
            ),
            (
                r#"{"argo":true,"level":"info","msg":"capturing logs","time":"2026-01-01T00:00:00Z"}"#,
                r#"{"argo":true,"error":null,"level":"info","msg":"sub-process exited","time":"2026-01-01T00:00:00Z"}"#,
            ),
            (
                r#"time=2026-01-01T00:00:00.000Z level=INFO msg="capturing logs" argo=true"#,
                r#"time=2026-01-01T00:00:00.000Z level=INFO msg="sub-process exited" error=<nil> argo=true"#,
            ),
            (
                r#"{"time":"2026-01-01T00:00:00.000Z","level":"INFO","msg":"capturing logs","argo":true}"#,
                r#"{"time":"2026-01-01T00:00:00.000Z","level":"INFO","msg":"sub-process exited","error":null}"#,
            ),
        ] {
            assert_eq!(shown(&format!("{begins}\nhello\nhalf{ends}\n{begins}\nlate\n")), "hello\nhalflate\n", "{ends}");
        }
    }

    #[test]
    fn lines_of_the_program_stay_however_they_look() {
        let begins = r#"time="2026-01-01T00:00:00Z" level=info msg="capturing logs" argo=true"#;
        for line in [
            begins,
            r#"time="2026-01-01T00:00:00Z" level=info msg="I log with logrus too" argo=true"#,
            r#"time="2026-01-01T00:00:00Z" level=info msg="sub-process exited" argo=true"#,
            r#"{"time":"2026-01-01T00:00:00Z","level":"info","msg":"mine"}"#,
            "Error: exit status 3",
            r#"sub-process exited argo=true error="<nil>""#,
            r#"msg="sub-process exited" argo=true error="<nil>""#,
            r#"time="yesterday" level=info msg="sub-process exited" argo=true error="<nil>""#,
            r#"time="2026-01-01T00:00:00Z" level=info msg="sub-process exited" error="<nil>" and more"#,
        ] {
            assert_eq!(shown(&format!("{begins}\n{line}\n")), format!("{line}\n"));
        }
    }

    #[test]
    fn why_a_program_could_not_be_started_is_shown() {
        let log = "Error: failed to find name in PATH: exec: \"no-such-program\": executable file not found in $PATH\n";
        assert_eq!(shown(log), log);
        let offloaded =
            r#"time="2026-01-01T00:00:00Z" level=info msg="Reading container args from file" argo=true argsFile=/x"#;
        assert_eq!(shown(&format!("{offloaded}\nplain\n")), "plain\n");
    }
}
