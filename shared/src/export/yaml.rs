//! YAML for other programs: block style, short things in one line, long texts as literal blocks. What any reader of
//! YAML 1.1 or 1.2 could take for a number, a boolean, a date or null is quoted. Writes only; keeps no comments.

use serde_json::{Map, Value};

/// Lists and mappings that fit into this many columns stand in one line.
const LINE_WIDTH: usize = 110;

/// Writes one document, without `---`, with a newline at its end. The root is a block.
pub fn to_text(value: &Value) -> String {
    let mut writer = Writer { text: String::new() };
    match value {
        Value::Object(map) if !map.is_empty() => writer.mapping(map, 0),
        Value::Array(list) if !list.is_empty() => writer.sequence(list, 0),
        other => {
            let written = writer.flow(other, usize::MAX);
            writer.text.push_str(&written.unwrap_or_default());
            writer.text.push('\n');
        }
    }
    writer.text
}

struct Writer {
    text: String,
}

impl Writer {
    fn mapping(&mut self, map: &Map<String, Value>, indent: usize) {
        for (index, (key, value)) in map.iter().enumerate() {
            if index > 0 {
                self.spaces(indent);
            }
            scalar(key, Context::Flow, &mut self.text);
            self.text.push(':');
            self.after_key(value, indent, key.len() + 2);
        }
    }

    /// A value behind `key:`, with the newline after it.
    fn after_key(&mut self, value: &Value, indent: usize, used: usize) {
        let room = LINE_WIDTH.saturating_sub(indent + used);
        match value {
            Value::String(text) if is_literal(text) => {
                self.text.push(' ');
                self.literal(text, indent + 2);
            }
            Value::String(text) => {
                self.text.push(' ');
                scalar(text, Context::Block, &mut self.text);
                self.text.push('\n');
            }
            _ => {
                if let Some(line) = self.flow(value, room) {
                    self.text.push(' ');
                    self.text.push_str(&line);
                    self.text.push('\n');
                    return;
                }
                self.text.push('\n');
                match value {
                    Value::Object(map) => {
                        self.spaces(indent + 2);
                        self.mapping(map, indent + 2);
                    }
                    Value::Array(list) => {
                        self.spaces(indent);
                        self.sequence(list, indent);
                    }
                    _ => {}
                }
            }
        }
    }

    fn sequence(&mut self, list: &[Value], indent: usize) {
        for (index, value) in list.iter().enumerate() {
            if index > 0 {
                self.spaces(indent);
            }
            self.text.push_str("- ");
            match value {
                Value::String(text) if is_literal(text) => self.literal(text, indent + 2),
                Value::String(text) => {
                    scalar(text, Context::Block, &mut self.text);
                    self.text.push('\n');
                }
                _ => match (self.flow(value, LINE_WIDTH.saturating_sub(indent + 2)), value) {
                    (Some(line), _) => {
                        self.text.push_str(&line);
                        self.text.push('\n');
                    }
                    (None, Value::Object(map)) => self.mapping(map, indent + 2),
                    (None, Value::Array(list)) => self.sequence(list, indent + 2),
                    (None, _) => {}
                },
            }
        }
    }

    /// The value in one line; `None` when it is longer than `room` or holds a text of several lines.
    fn flow(&self, value: &Value, room: usize) -> Option<String> {
        let mut line = String::new();
        write_flow(value, room, &mut line).then_some(line)
    }

    /// A text of several lines: `|`, then its lines.
    fn literal(&mut self, text: &str, indent: usize) {
        self.text.push('|');
        if text.starts_with([' ', '\n', '\t']) {
            self.text.push('2');
        }
        if !text.ends_with('\n') {
            self.text.push('-');
        } else if text.ends_with("\n\n") || text == "\n" {
            self.text.push('+');
        }
        self.text.push('\n');
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            if !line.is_empty() {
                self.spaces(indent);
                self.text.push_str(line);
            }
            self.text.push('\n');
        }
    }

    fn spaces(&mut self, count: usize) {
        self.text.extend(std::iter::repeat_n(' ', count));
    }
}

fn write_flow(value: &Value, room: usize, line: &mut String) -> bool {
    match value {
        Value::Null => line.push_str("null"),
        Value::Bool(truth) => line.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => line.push_str(&number.to_string()),
        Value::String(text) => {
            if text.len() > room || is_literal(text) {
                return false;
            }
            scalar(text, Context::Flow, line);
        }
        Value::Array(list) => {
            line.push('[');
            for (index, value) in list.iter().enumerate() {
                if index > 0 {
                    line.push_str(", ");
                }
                if !write_flow(value, room, line) || line.len() > room {
                    return false;
                }
            }
            line.push(']');
        }
        Value::Object(map) => {
            line.push('{');
            for (index, (key, value)) in map.iter().enumerate() {
                if index > 0 {
                    line.push_str(", ");
                }
                scalar(key, Context::Flow, line);
                line.push_str(": ");
                if !write_flow(value, room, line) || line.len() > room {
                    return false;
                }
            }
            line.push('}');
        }
    }
    line.len() <= room
}

/// Where a scalar stands: inside brackets more characters mean something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Block,
    Flow,
}

fn scalar(text: &str, context: Context, line: &mut String) {
    if is_plain(text, context) {
        line.push_str(text);
    } else if !text.contains('\'') && text.chars().all(is_printable) {
        line.push('\'');
        line.push_str(text);
        line.push('\'');
    } else {
        double_quoted(text, line);
    }
}

fn double_quoted(text: &str, line: &mut String) {
    line.push('"');
    for character in text.chars() {
        match character {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            '\t' => line.push_str("\\t"),
            '\r' => line.push_str("\\r"),
            printable if is_printable(printable) => line.push(printable),
            other if u32::from(other) > 0xffff => line.push_str(&format!("\\U{:08x}", u32::from(other))),
            other => line.push_str(&format!("\\u{:04x}", u32::from(other))),
        }
    }
    line.push('"');
}

/// Whether a text can stand without quotes, for every reader.
fn is_plain(text: &str, context: Context) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let starts_well = first.is_alphanumeric()
        || matches!(first, '_' | '/' | '.' | '$' | '(' | '+')
        || (first == '-' && text[1..].starts_with(|next: char| next.is_ascii_alphanumeric()));
    let allowed = |character: char| {
        character.is_alphanumeric()
            || matches!(
                character,
                ' ' | '_'
                    | '/'
                    | '.'
                    | '$'
                    | '('
                    | ')'
                    | '+'
                    | '-'
                    | '='
                    | '@'
                    | '&'
                    | '|'
                    | '<'
                    | '>'
                    | ';'
                    | '!'
                    | '%'
                    | '*'
                    | '~'
                    | '^'
                    | '?'
                    | ':'
            )
            || (context == Context::Block && character == ',')
    };
    starts_well
        && text.chars().all(allowed)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !(context == Context::Flow && text.contains(':') && text.contains('?'))
        && !is_word(text)
        && !could_be_number(text)
}

/// Words that YAML 1.1 or 1.2 read as booleans or null.
fn is_word(text: &str) -> bool {
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", ".inf", ".nan", "+.inf", "-.inf"];
    text.len() <= 5 && words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether a reader could take a text for a number, a date or a time: digits with nothing but what these may have.
fn could_be_number(text: &str) -> bool {
    let part = |byte: u8| {
        byte.is_ascii_hexdigit()
            || matches!(byte, b'+' | b'-' | b'.' | b'_' | b':' | b'x' | b'X' | b'o' | b'O' | b'T' | b't' | b'Z' | b' ')
    };
    text.bytes().any(|byte| byte.is_ascii_digit())
        && text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.'))
        && text.bytes().all(part)
}

fn is_printable(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a text is best written as a literal block: several lines, all of them printable.
fn is_literal(text: &str) -> bool {
    text.contains('\n')
        && text != "\n"
        && !text.trim_matches('\n').is_empty()
        && text.chars().all(|character| matches!(character, '\n' | '\t') || is_printable(character))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_could_be_misread_is_quoted() {
        for text in [
            "y",
            "No",
            "on",
            "~",
            "",
            "1",
            "-1.5",
            "1e3",
            "0x1f",
            "2026-11-23",
            "1:30",
            "=",
            "a: b",
            "a #b",
            "- a",
            "{{x}}",
            "*a",
            "x:",
            " a",
            ".inf",
            "null",
            "#a",
        ] {
            assert!(!is_plain(text, Context::Block), "{text}");
        }
        for text in ["a", "-c", "python:3.11-slim", "/data", "a && b", "t-0-0", "1Gi", "500m", "학습", "yesterday"] {
            assert!(is_plain(text, Context::Block), "{text}");
        }
    }

    #[test]
    fn documents_are_readable() {
        let value = json!({
            "kind": "Workflow",
            "spec": {
                "empty": {}, "none": null, "list": ["a", "1", "it's", "tab\tand \"quotes\""],
                "source": "import os\n\nprint('x')\n", "kept": " indented\n", "bell": "a\u{7}\n",
                "long": [{"name": "a rather long name to fill the line", "value": "{{tasks.a.outputs.parameters.b}}", "more": {"x": [1, true]}}],
            },
        });
        insta::assert_snapshot!(to_text(&value));
    }
}
