//! Texts that YAML's grammar refuses and the readers of Python and Go take: lines of a flow (`[…]`) or of a quoted text
//! that are not indented more than what they stand in. Blanks before such lines mean nothing, so they get more of them.

use super::read::Yaml;
use crate::diagnostic::{Diagnostic, TextPosition};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// A text with spaces put before some of its lines.
pub(super) struct Lenient<'t> {
    text: Cow<'t, str>,
    /// From 1.
    lines: BTreeSet<u32>,
    mends: usize,
}

impl<'t> Lenient<'t> {
    /// More than any line that is read need be indented.
    const SPACES: usize = 200;
    /// Each mend is another reading: how much may be read in all, in bytes.
    const MOST_READ: usize = 32 * 1024 * 1024;

    pub(super) fn new(text: &'t str) -> Self {
        Self { text: Cow::Borrowed(text), lines: BTreeSet::new(), mends: 0 }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Indents what reading stopped at, if indentation is why; false if it is not, or does not help.
    pub(super) fn mend(&mut self, stop: &Diagnostic, info: &str) -> bool {
        let Some(at) = stop.position.filter(|_| self.mends * self.text.len() < Self::MOST_READ && self.mends < 1000)
        else {
            return false;
        };
        self.mends += 1;
        let start = self.line_start(at.line);
        // The parser's words for the two.
        if info == "invalid indentation" || info.ends_with(": invalid indentation") {
            return self.indent(start, at.line);
        }
        if info == "invalid indentation in quoted scalar" || info.ends_with(": invalid indentation in quoted scalar") {
            let quote =
                start + self.text[start..].chars().take(at.column as usize - 1).map(char::len_utf8).sum::<usize>();
            let Some(length) = quoted_length(&self.text[quote..]) else { return false };
            let breaks: Vec<usize> =
                self.text[quote..quote + length].match_indices('\n').map(|(offset, _)| quote + offset + 1).collect();
            let mut is_mended = false;
            // From the last to the first, since what is put before one moves those after it.
            for (place, line_start) in breaks.into_iter().enumerate().rev() {
                is_mended |=
                    self.indent(line_start, at.line + 1 + u32::try_from(place).unwrap_or(u32::MAX - at.line - 1));
            }
            return is_mended;
        }
        false
    }

    fn indent(&mut self, start: usize, line: u32) -> bool {
        let is_new = self.lines.insert(line);
        if is_new {
            self.text.to_mut().insert_str(start, &" ".repeat(Self::SPACES));
        }
        is_new
    }

    fn line_start(&self, line: u32) -> usize {
        self.text.split_inclusive('\n').take(line as usize - 1).map(str::len).sum()
    }

    /// Positions as they are in the text that was given.
    pub(super) fn shift_back(&self, document: &mut Yaml) {
        if self.lines.is_empty() {
            return;
        }
        let shift = |position: &mut TextPosition| {
            if self.lines.contains(&position.line) {
                position.column = position.column.saturating_sub(Self::SPACES as u32).max(1);
            }
        };
        for spot in &mut document.positions.spots {
            shift(&mut spot.key);
            shift(&mut spot.value);
        }
        document.diagnostics.iter_mut().filter_map(|diagnostic| diagnostic.position.as_mut()).for_each(shift);
    }
}

/// The length of the quoted text that begins here, quotes included.
fn quoted_length(text: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((offset, character)) = characters.next() {
        match character {
            '\\' if quote == '"' => {
                characters.next();
            }
            '\'' if quote == '\'' && characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                characters.next();
            }
            _ if character == quote => return Some(offset + 1),
            _ => {}
        }
    }
    None
}
