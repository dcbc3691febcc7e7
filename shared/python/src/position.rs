//! Byte offsets of the parser as lines and columns for people. Knows nothing of Python.

use dagwright_shared::diagnostic::TextPosition;
use rustpython_ruff_text_size::TextSize;

/// The starts of all lines of a text (ended by LF, CRLF or CR, as Python has it).
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let ends = (0..bytes.len()).filter(|&at| match bytes[at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let starts = std::iter::once(0).chain(ends.map(|at| at + 1)).collect();
        Self { text, starts }
    }

    /// Line and column, both from 1; the column counts Unicode scalar values. Beyond the end means the end.
    pub(crate) fn position(&self, offset: TextSize) -> TextPosition {
        let mut offset = offset.to_usize().min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|&start| start <= offset);
        let column = self.text[self.starts[line - 1]..offset].chars().count() + 1;
        let number = |value| u32::try_from(value).unwrap_or(u32::MAX);
        TextPosition { line: number(line), column: number(column) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_letters_and_all_line_ends_count() {
        let lines = Lines::new("aé\r\nb\rc😀d");
        let at = |offset: u32| {
            let TextPosition { line, column } = lines.position(TextSize::new(offset));
            (line, column)
        };
        assert_eq!([at(0), at(3), at(5), at(7), at(12), at(99)], [(1, 1), (1, 3), (2, 1), (3, 1), (3, 3), (3, 4)]);
    }
}
