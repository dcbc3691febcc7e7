//! A value tree to YAML text: block style, one-line flow where the style wants it and it fits, literal blocks for
//! multi-line text. Plain text is quoted wherever some reader could misunderstand it. Never fails; the same tree gives
//! the same text.

use super::position::Step;
use super::scalar::{is_ambiguous, push_number};
use serde_json::{Map, Value};

/// How a list or map is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One line an entry.
    Block,
    /// All on one line, `{name: x, type: Integer}`, if it fits and holds no multi-line text; otherwise as a block.
    Flow,
}

/// Where the dashes of a list stand that is a map's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dashes {
    /// A level in from the key.
    Indented,
    /// Below the key, as Kubernetes' own files have it.
    Flush,
}

/// What decides the layout.
pub struct Style<'a> {
    /// The longest line that flow may make, in characters.
    pub width: usize,
    /// The layout of the list or map at a path. Asked for every list and map that is not empty and not inside a flow.
    pub layout: &'a dyn Fn(&[Step<'_>], &Value) -> Layout,
    /// Where lists stand under their keys.
    pub dashes: Dashes,
}

impl Style<'static> {
    /// Blocks everywhere.
    pub fn block() -> Self {
        Self { width: 120, layout: &|_, _| Layout::Block, dashes: Dashes::Indented }
    }
}

/// Spaces a level.
const INDENT: usize = 2;

/// YAML readers need not accept a longer key without the mark of an explicit key (YAML 1.2.2, 7.4.2: 1024 characters).
const LONGEST_IMPLICIT_KEY: usize = 1000;

/// Writes a tree as one YAML document, ending in a newline. Reading it gives the same tree.
pub fn write(value: &Value, style: &Style<'_>) -> String {
    let mut writer = Writer { out: String::new(), line_start: 0, path: Vec::new(), style };
    match value {
        // At the root there is no indentation that a literal block could stand out from.
        Value::String(text) if text.contains('\n') => push_quoted(&mut writer.out, text),
        Value::Object(_) | Value::Array(_) => writer.collection(value, 0, Lead::Nothing),
        scalar => push_scalar(&mut writer.out, scalar, Context::Block),
    }
    if !writer.out.ends_with('\n') {
        writer.newline();
    }
    writer.out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Block,
    Flow,
}

/// What stands before a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lead {
    Nothing,
    Key,
    Dash,
}

struct Writer<'a> {
    out: String,
    line_start: usize,
    path: Vec<Step<'a>>,
    style: &'a Style<'a>,
}

impl<'a> Writer<'a> {
    /// The cursor stands behind the indentation of the first entry.
    fn mapping(&mut self, map: &'a Map<String, Value>, indent: usize) {
        for (place, (key, value)) in map.iter().enumerate() {
            if place > 0 {
                self.indent(indent);
            }
            let start = self.out.len();
            push_text(&mut self.out, key, Context::Block);
            if self.out.len() - start > LONGEST_IMPLICIT_KEY {
                self.out.insert_str(start, "? ");
                self.newline();
                self.indent(indent);
            }
            self.out.push(':');
            self.path.push(Step::Key(key));
            self.entry(value, indent, Lead::Key);
            self.path.pop();
        }
    }

    /// The cursor stands behind the indentation of the first entry.
    fn sequence(&mut self, items: &'a [Value], indent: usize) {
        for (place, value) in items.iter().enumerate() {
            if place > 0 {
                self.indent(indent);
            }
            self.out.push('-');
            self.path.push(Step::Item(place));
            self.entry(value, indent, Lead::Dash);
            self.path.pop();
        }
    }

    fn entry(&mut self, value: &'a Value, indent: usize, lead: Lead) {
        match value {
            Value::Array(_) if lead == Lead::Key && self.style.dashes == Dashes::Flush => {
                self.collection(value, indent, lead);
            }
            Value::Object(_) | Value::Array(_) => self.collection(value, indent + INDENT, lead),
            Value::String(text) if is_literal(text) => self.literal(text, indent + INDENT),
            scalar => {
                self.out.push(' ');
                push_scalar(&mut self.out, scalar, Context::Block);
                self.newline();
            }
        }
    }

    fn collection(&mut self, value: &'a Value, indent: usize, lead: Lead) {
        let is_empty = match value {
            Value::Object(map) => map.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => true,
        };
        let start = self.out.len();
        if lead != Lead::Nothing {
            self.out.push(' ');
        }
        if is_empty || (self.style.layout)(&self.path, value) == Layout::Flow {
            if self.flow(value) || is_empty {
                self.newline();
                return;
            }
            self.out.truncate(start);
            if lead != Lead::Nothing {
                self.out.push(' ');
            }
        }
        if lead == Lead::Key {
            self.out.truncate(start);
            self.newline();
            self.indent(indent);
        }
        match value {
            Value::Object(map) => self.mapping(map, indent),
            Value::Array(items) => self.sequence(items, indent),
            _ => {}
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.out.push_str(" |");
        // A first line that begins with a blank would be taken for a deeper indentation.
        if text.starts_with([' ', '\t', '\n']) {
            self.out.push('2');
        }
        let body = text.trim_end_matches('\n');
        match text.len() - body.len() {
            0 => self.out.push('-'),
            1 => {}
            _ => self.out.push('+'),
        }
        self.newline();
        let lines = text.strip_suffix('\n').unwrap_or(text);
        for line in lines.split('\n') {
            if !line.is_empty() {
                self.indent(indent);
                self.out.push_str(line);
            }
            self.newline();
        }
    }

    /// Writes on one line; false, with the text unfinished, if that becomes too long or cannot be.
    fn flow(&mut self, value: &Value) -> bool {
        match value {
            Value::Object(map) => {
                self.out.push('{');
                for (place, (key, value)) in map.iter().enumerate() {
                    if place > 0 {
                        self.out.push_str(", ");
                    }
                    push_text(&mut self.out, key, Context::Flow);
                    self.out.push_str(": ");
                    if !self.flow(value) {
                        return false;
                    }
                }
                self.out.push('}');
            }
            Value::Array(items) => {
                self.out.push('[');
                for (place, value) in items.iter().enumerate() {
                    if place > 0 {
                        self.out.push_str(", ");
                    }
                    if !self.flow(value) {
                        return false;
                    }
                }
                self.out.push(']');
            }
            Value::String(text) if is_literal(text) => return false,
            scalar => push_scalar(&mut self.out, scalar, Context::Flow),
        }
        let line = &self.out[self.line_start..];
        line.len() <= self.style.width || line.chars().count() <= self.style.width
    }

    fn newline(&mut self) {
        self.out.push('\n');
        self.line_start = self.out.len();
    }

    fn indent(&mut self, spaces: usize) {
        self.out.extend(std::iter::repeat_n(' ', spaces));
    }
}

fn push_scalar(out: &mut String, value: &Value, context: Context) {
    match value {
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => push_number(out, number),
        Value::String(text) => push_text(out, text, context),
        Value::Null | Value::Array(_) | Value::Object(_) => out.push_str("null"),
    }
}

fn push_text(out: &mut String, text: &str, context: Context) {
    if is_plain(text, context) { out.push_str(text) } else { push_quoted(out, text) }
}

/// Whether the text may stand without quotes, as a key or value, in every YAML reader.
fn is_plain(text: &str, context: Context) -> bool {
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return false };
    let second = characters.next();
    let starts_well = match first {
        '-' => second.is_some_and(|second| second != ' ') && !text.starts_with("---"),
        '.' => !text.starts_with("..."),
        _ => !first.is_whitespace() && !"?:,[]{}#&*!|>'\"%@`".contains(first),
    };
    if !starts_well || is_ambiguous(text) {
        return false;
    }
    let mut previous = ' ';
    for character in text.chars() {
        match character {
            ' ' if previous == ':' => return false,
            '#' if previous == ' ' => return false,
            // PyYAML takes a question mark in flow for the mark of a key, even inside a text.
            ',' | '[' | ']' | '{' | '}' | '?' if context == Context::Flow => return false,
            '\t' => return false,
            _ if !is_printable(character) => return false,
            _ => {}
        }
        previous = character;
    }
    // saphyr refuses a dash before the end of a flow, even one that ends a text.
    previous != ':' && !previous.is_whitespace() && (previous != '-' || context == Context::Block)
}

/// Whether a text is written as a literal block: several lines, all of which can stand as they are.
fn is_literal(text: &str) -> bool {
    let Some((_, last)) = text.trim_end_matches('\n').rsplit_once('\n') else { return false };
    // Readers differ on blanks that end a block, or make up its first lines.
    !last.trim_matches([' ', '\t']).is_empty()
        && !text.split('\n').next().is_some_and(|first| !first.is_empty() && first.trim_matches([' ', '\t']).is_empty())
        && text.chars().all(|character| is_printable(character) || matches!(character, '\n' | '\t'))
}

/// Characters that YAML takes as they are (YAML 1.2.2, 5.1), but for line breaks of other systems and byte order marks.
fn is_printable(character: char) -> bool {
    matches!(character,
        ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}'
        | '\u{10000}'..)
}

fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            _ if is_printable(character) => out.push(character),
            _ => push_escape(out, u32::from(character)),
        }
    }
    out.push('"');
}

fn push_escape(out: &mut String, code: u32) {
    let (letter, digits) = match code {
        0..=0xff => ('x', 2),
        0x100..=0xffff => ('u', 4),
        _ => ('U', 8),
    };
    out.push('\\');
    out.push(letter);
    for place in (0..digits).rev() {
        out.extend(char::from_digit((code >> (4 * place)) & 15, 16));
    }
}
