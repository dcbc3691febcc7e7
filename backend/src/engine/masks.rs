//! Hides secret values in log text. Each hidden byte becomes one `*`, so that offsets into the log stay what they are.

use crate::secrets::Secrets;
use dagwright_shared::plan::{Plan, PlanEnv, PlanEnvValue};
use std::io::{Read, Write};
use std::path::Path;

/// Shorter values are not hidden: they would hide half of any text.
const SHORTEST: usize = dagwright_shared::api::SHORTEST_MASKED;

/// What is to be hidden.
#[derive(Clone, Default)]
pub struct Masks {
    secrets: Vec<Vec<u8>>,
}

impl std::fmt::Debug for Masks {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Masks({})", self.secrets.len())
    }
}

impl Masks {
    /// Hides these values, and each line of one that has several: programs print them one by one.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut secrets: Vec<Vec<u8>> = Vec::new();
        for value in values {
            for text in std::iter::once(value.trim_end_matches(['\r', '\n'])).chain(value.lines()) {
                let text = text.trim();
                if text.len() >= SHORTEST && !secrets.iter().any(|known| known == text.as_bytes()) {
                    secrets.push(text.as_bytes().to_vec());
                }
            }
        }
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self { secrets }
    }

    /// Hides the secrets of a task's environment, as far as this server was told their values.
    pub fn of_task(plan: &Plan, task: &str, secrets: &Secrets) -> Self {
        let template = plan.task(task).and_then(|task| plan.template(&task.template));
        let variables = template.map(|template| template.env.as_slice()).unwrap_or_default();
        let value = |variable: &PlanEnv| match &variable.value {
            PlanEnvValue::Secret { name, key } => secrets.value(name, key),
            PlanEnvValue::Text(_) => None,
        };
        let values: Vec<String> = variables.iter().filter_map(value).collect();
        Self::new(values.iter().map(String::as_str))
    }

    /// Whether there is nothing to hide.
    pub(super) fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// Bytes before and after a piece that must be looked at with it.
    pub(super) fn reach(&self) -> usize {
        self.secrets.first().map_or(0, |longest| longest.len() - 1)
    }

    /// Hides every whole secret in a piece.
    pub(super) fn hide(&self, piece: &mut [u8]) {
        let mut found = Vec::new();
        for secret in &self.secrets {
            let mut from = 0;
            while let Some(at) = find(&piece[from..], secret) {
                found.push((from + at, secret.len()));
                from += at + 1;
            }
        }
        // Afterwards, so that secrets that overlap are all found.
        for (at, length) in found {
            piece[at..at + length].fill(b'*');
        }
    }

    /// Bytes at a piece's end that may be the beginning of a secret whose rest has not come yet.
    pub(super) fn unsure(&self, piece: &[u8]) -> usize {
        let begins = |secret: &Vec<u8>| {
            let most = (secret.len() - 1).min(piece.len());
            (1..=most).rev().find(|length| piece.ends_with(&secret[..*length])).unwrap_or(0)
        };
        self.secrets.iter().map(begins).max().unwrap_or(0)
    }

    /// Copies a file with everything hidden.
    pub(super) fn copy(&self, from: &Path, to: &Path) -> std::io::Result<()> {
        let mut input = std::fs::File::open(from)?;
        let mut output = std::io::BufWriter::new(std::fs::File::create(to)?);
        let mut held: Vec<u8> = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let count = input.read(&mut buffer)?;
            held.extend_from_slice(&buffer[..count]);
            self.hide(&mut held);
            let keep = if count == 0 { 0 } else { self.reach().min(held.len()) };
            let sent = held.len() - keep;
            output.write_all(&held[..sent])?;
            held.drain(..sent);
            if count == 0 {
                return output.flush();
            }
        }
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    while let Some(at) = text.get(from..)?.iter().position(|byte| *byte == first) {
        if text[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_secrets_lines_of_them_and_overlaps() {
        let masks = Masks::new(["hunter22", "first line\nsecond\n", "abc", "22-tail"]);
        let mut text = b"x hunter22-tail first line second abc".to_vec();
        masks.hide(&mut text);
        assert_eq!(String::from_utf8(text).unwrap(), "x ************* ********** ****** abc");
        assert_eq!(masks.unsure(b"say hunt"), 4);
        assert_eq!(masks.unsure(b"say hunter22"), 2, "22 begins another");
        assert_eq!(masks.unsure(b"nothing"), 0);
    }

    #[test]
    fn a_secret_split_over_reads_is_hidden_in_the_copy() {
        let home = tempfile::tempdir().unwrap();
        let (from, to) = (home.path().join("a"), home.path().join("b"));
        let masks = Masks::new(["hunter22"]);
        for before in 64 * 1024 - 9..64 * 1024 + 1 {
            std::fs::write(&from, format!("{}hunter22 end", "-".repeat(before))).unwrap();
            masks.copy(&from, &to).unwrap();
            let text = std::fs::read_to_string(&to).unwrap();
            assert_eq!(text, format!("{}******** end", "-".repeat(before)));
        }
    }
}
