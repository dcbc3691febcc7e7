//! Texts with references: `digit ${image_number}`, `${train.accuracy}`, `${"my task"."out.csv"}`, `$$` for a dollar sign.
//! The one grammar of `Argument::Text`; reads, prints and renames, and knows neither types nor values.
//!
//! ```text
//! text      = { "$$" | "${" reference "}" | any other character }
//! reference = name [ "." name ]                    one name: a parameter; two: a task and its output
//! name      = bare | quoted                        spaces around a name are ignored
//! bare      = characters other than . { } " \ $ and control characters; no space at either end
//! quoted    = '"' { '\"' | '\\' | any character but " and \ } '"'
//! ```
//! A dollar sign before anything but `$` and `{` stands for itself.

use dagwright_texts::t;
use std::ops::Range;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextPiece {
    /// Literal text, with `$$` already made `$`.
    Text(String),
    /// `${name}`: a pipeline parameter.
    Parameter(String),
    /// `${task.output}`: an output of a task.
    Output {
        /// The task's name.
        task: String,
        /// The output's name.
        output: String,
    },
}

/// Why a text cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", t!("{what} (at character {character})", what = .what, character = .character))]
pub struct TextError {
    /// What is wrong.
    pub what: TextProblem,
    /// Byte offset in the text.
    pub offset: usize,
    /// The same for people: characters from 1.
    pub character: usize,
}

/// What can be wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextProblem {
    /// `${` without `}`.
    #[error("{}", t!("a reference that starts with ${ has no closing brace; write $${ if no reference is meant"))]
    Unclosed,
    /// `${}` or `${task.}`.
    #[error("{}", t!("a reference lacks a name; write ${name} or ${task.output}", name = "{name}"))]
    NameMissing,
    /// `${a.b.c}`.
    #[error("{}", t!("a reference has more than two names; put a name with a dot into quotes: ${task.\"out.csv\"}"))]
    TooManyNames,
    /// A character that a bare name cannot have.
    #[error("{}", t!("a name in a reference has a character that needs quotes: ${\"my {task}\".output}", task = "{task}"))]
    NeedsQuotes,
    /// A quoted name without its end.
    #[error("{}", t!("a quoted name in a reference has no closing quote"))]
    QuoteUnclosed,
    /// A backslash before anything but `"` and `\`.
    #[error("{}", t!("in a quoted name only \\\" and \\\\ are escapes"))]
    Escape,
}

/// Reads a text into its pieces; neighbouring literal text is one piece.
///
/// # Errors
/// The first [`TextError`].
pub fn parse(text: &str) -> Result<Vec<TextPiece>, TextError> {
    Ok(parse_with_places(text)?.into_iter().map(|(_, piece)| piece).collect())
}

/// Like [`parse`], each piece with its bytes in `text`: for highlighting and for cursors.
///
/// # Errors
/// The first [`TextError`].
pub fn parse_with_places(text: &str) -> Result<Vec<(Range<usize>, TextPiece)>, TextError> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut literal_start = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find('$') {
        let dollar = at + found;
        literal.push_str(&text[at..dollar]);
        let rest = &text[dollar + 1..];
        if let Some(inside) = rest.strip_prefix('{') {
            if !literal.is_empty() {
                pieces.push((literal_start..dollar, TextPiece::Text(std::mem::take(&mut literal))));
            }
            let mut reader = Reader { text, rest: inside };
            let piece = reader.reference(dollar)?;
            at = text.len() - reader.rest.len();
            literal_start = at;
            pieces.push((dollar..at, piece));
        } else {
            literal.push('$');
            at = dollar + 1 + usize::from(rest.starts_with('$'));
        }
    }
    literal.push_str(&text[at..]);
    if !literal.is_empty() {
        pieces.push((literal_start..text.len(), TextPiece::Text(literal)));
    }
    Ok(pieces)
}

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
}

impl Reader<'_> {
    fn error(&self, what: TextProblem) -> TextError {
        self.error_at(what, self.text.len() - self.rest.len())
    }

    fn error_at(&self, what: TextProblem, offset: usize) -> TextError {
        TextError { what, offset, character: self.text[..offset].chars().count() + 1 }
    }

    /// Reads from after `${` to after `}`.
    fn reference(&mut self, start: usize) -> Result<TextPiece, TextError> {
        let first = self.name(start)?;
        if self.take('}') {
            return Ok(TextPiece::Parameter(first));
        }
        if !self.take('.') {
            return Err(self.end_error(start));
        }
        let output = self.name(start)?;
        if self.take('}') {
            return Ok(TextPiece::Output { task: first, output });
        }
        if self.rest.starts_with('.') {
            return Err(self.error(TextProblem::TooManyNames));
        }
        Err(self.end_error(start))
    }

    fn end_error(&self, start: usize) -> TextError {
        if self.rest.is_empty() {
            self.error_at(TextProblem::Unclosed, start)
        } else {
            self.error(TextProblem::NeedsQuotes)
        }
    }

    fn take(&mut self, wanted: char) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn name(&mut self, start: usize) -> Result<String, TextError> {
        self.rest = self.rest.trim_start();
        let name = if self.take('"') {
            self.quoted()?
        } else {
            let end = self.rest.find(needs_quotes).unwrap_or(self.rest.len());
            let (bare, rest) = self.rest.split_at(end);
            let name = bare.trim_end();
            if name.is_empty() {
                return Err(if rest.is_empty() {
                    self.error_at(TextProblem::Unclosed, start)
                } else if rest.starts_with(['.', '}']) {
                    self.error(TextProblem::NameMissing)
                } else {
                    self.error(TextProblem::NeedsQuotes)
                });
            }
            self.rest = rest;
            String::from(name)
        };
        self.rest = self.rest.trim_start();
        Ok(name)
    }

    fn quoted(&mut self) -> Result<String, TextError> {
        let opening = self.text.len() - self.rest.len() - 1;
        let mut name = String::new();
        let mut characters = self.rest.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(name);
                }
                '\\' => match characters.next() {
                    Some((_, escaped @ ('"' | '\\'))) => name.push(escaped),
                    _ => {
                        self.rest = &self.rest[at..];
                        return Err(self.error(TextProblem::Escape));
                    }
                },
                _ => name.push(character),
            }
        }
        Err(self.error_at(TextProblem::QuoteUnclosed, opening))
    }
}

fn needs_quotes(character: char) -> bool {
    matches!(character, '.' | '{' | '}' | '"' | '\\' | '$') || character.is_control()
}

/// Writes pieces as a text that [`parse`] reads back to the same pieces (literal neighbours joined).
pub fn print(pieces: &[TextPiece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            TextPiece::Text(literal) => text.push_str(&literal.replace('$', "$$")),
            TextPiece::Parameter(name) => {
                text.push_str("${");
                print_name(name, &mut text);
                text.push('}');
            }
            TextPiece::Output { task, output } => {
                text.push_str("${");
                print_name(task, &mut text);
                text.push('.');
                print_name(output, &mut text);
                text.push('}');
            }
        }
    }
    text
}

fn print_name(name: &str, text: &mut String) {
    if !name.is_empty() && name.trim() == name && !name.contains(needs_quotes) {
        text.push_str(name);
        return;
    }
    text.push('"');
    for character in name.chars() {
        if matches!(character, '"' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    text.push('"');
}

/// The parameters that a text refers to, each once, in order; none where the text cannot be read.
pub fn parameters(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for piece in parse(text).unwrap_or_default() {
        if let TextPiece::Parameter(name) = piece
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// The tasks that a text takes outputs of, each once, in order; none where the text cannot be read.
pub fn tasks(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for piece in parse(text).unwrap_or_default() {
        if let TextPiece::Output { task, .. } = piece
            && !names.contains(&task)
        {
            names.push(task);
        }
    }
    names
}

/// The text with every reference passed through `change`, and all else as the author typed it. `None` when no
/// reference changed, or the text cannot be read.
pub fn with_references(text: &str, mut change: impl FnMut(TextPiece) -> TextPiece) -> Option<String> {
    let mut written = String::new();
    let mut changed = false;
    for (place, piece) in parse_with_places(text).ok()? {
        let now = if matches!(piece, TextPiece::Text(_)) { piece.clone() } else { change(piece.clone()) };
        if now == piece {
            written.push_str(&text[place]);
        } else {
            changed = true;
            written.push_str(&print(&[now]));
        }
    }
    changed.then_some(written)
}
