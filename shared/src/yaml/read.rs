//! YAML text to value trees with positions: the core schema, aliases and merge keys within limits, duplicate keys and
//! lost meanings reported. Never panics, never stops without a diagnostic, never reads beyond the limits.

use super::lenient::Lenient;
use super::position::{Positions, Spot, Step, child_of};
use super::scalar::{Plain, push_number, resolve};
use super::{DEEPEST_NESTING, LARGEST_TEXT};
use crate::diagnostic::{Diagnostic, DiagnosticCode, Place, TextPosition};
use dagwright_texts::{Text, t};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::HashMap;

/// What aliases may copy in one text: nodes, and bytes of text in them. Ten thousand tasks are far below it.
const MOST_COPIED_NODES: usize = 200_000;
const MOST_COPIED_BYTES: usize = LARGEST_TEXT;

/// One document of a text.
#[derive(Clone, Debug, Default)]
pub struct Yaml {
    /// The tree. `None` when the text could not be read to the document's end; empty documents are null.
    pub value: Option<Value>,
    /// Where its nodes stand.
    pub positions: Positions,
    /// What was wrong, in the order of the text, each with its position.
    pub diagnostics: Vec<Diagnostic>,
}

impl Yaml {
    /// Where the value at `path` begins.
    pub fn position(&self, path: &[Step<'_>]) -> Option<TextPosition> {
        self.value.as_ref().and_then(|root| self.positions.value(root, path))
    }
}

/// Reads a text that is to hold one document; another one after it is reported.
pub fn read(text: &str) -> Yaml {
    let mut documents = read_documents(text).into_iter();
    let mut first = documents.next().unwrap_or_else(|| Yaml { value: Some(Value::Null), ..Yaml::default() });
    if let Some(second) = documents.next() {
        let start = second.positions.spots.first().map(|spot| spot.value);
        let at = start.or_else(|| second.diagnostics.first()?.position);
        let message = t!("a second document begins here, and only the first is read");
        let hint = t!("Put each document into a file of its own, or remove the line with ---.");
        first.diagnostics.push(Diagnostic { position: at, ..report_nowhere(message) }.with_hint(hint));
    }
    first
}

/// Reads all documents of a text (`---` between them). After one that cannot be read there are no more.
pub fn read_documents(text: &str) -> Vec<Yaml> {
    let mut lenient = Lenient::new(text);
    let mut first_stop = None;
    loop {
        let mut builder = Builder::new(lenient.text());
        let mut documents = Vec::new();
        let stop = loop {
            match builder.document() {
                Ok(Some(document)) => documents.push(document),
                Ok(None) => break None,
                Err(stop) => break Some(stop),
            }
        };
        if let Some(stop) = stop {
            let unread = builder.diagnostics;
            let is_mended = lenient.mend(&stop.diagnostic, &stop.info);
            let first = first_stop.get_or_insert(stop);
            if is_mended {
                continue;
            }
            let json = if documents.is_empty() { read_json(text) } else { None };
            documents.push(json.unwrap_or_else(|| first.to_yaml(unread)));
        }
        documents.iter_mut().for_each(|document| lenient.shift_back(document));
        return documents;
    }
}

/// Some JSON is no YAML for YAML's readers: escaped surrogate pairs, tabs as indentation, keys of more than 1024 characters.
fn read_json(text: &str) -> Option<Yaml> {
    if text.len() > LARGEST_TEXT || !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let value = serde_json::from_str(text).ok()?;
    (nesting(&value) <= DEEPEST_NESTING).then(|| Yaml { value: Some(value), ..Yaml::default() })
}

fn nesting(value: &Value) -> usize {
    match value {
        Value::Object(map) => 1 + map.values().map(nesting).max().unwrap_or(0),
        Value::Array(items) => 1 + items.iter().map(nesting).max().unwrap_or(0),
        _ => 0,
    }
}

/// Why reading ends early.
struct Stop {
    diagnostic: Box<Diagnostic>,
    /// The parser's own words, if it was the parser.
    info: String,
}

impl Stop {
    fn of(diagnostic: Diagnostic) -> Self {
        Self { diagnostic: Box::new(diagnostic), info: String::new() }
    }

    fn to_yaml(&self, mut diagnostics: Vec<Diagnostic>) -> Yaml {
        diagnostics.push(Diagnostic::clone(&self.diagnostic));
        Yaml { value: None, positions: Positions::default(), diagnostics }
    }
}

/// Advice by the parser's words, for the mistakes that people make.
fn syntax_hint(info: &str) -> Option<&'static str> {
    const HINTS: &[(&str, Text)] = &[
        (
            "mapping values are not allowed",
            Text::new("Put a text that holds “: ” into quotes, or mend the indentation.", &[]),
        ),
        (
            "illegal placement of ':'",
            Text::new("Close the bracket that was opened before, or put the text into quotes.", &[]),
        ),
        ("expected ',' or", Text::new("Separate entries with commas, and close the bracket.", &[])),
        (
            "quoted scalar",
            Text::new("Close the quotes that begin here; lines that go on inside must be indented.", &[]),
        ),
        (
            "unknown anchor",
            Text::new(
                "An alias *name needs an anchor &name before it; put a text that begins with * into quotes.",
                &[],
            ),
        ),
        ("simple key expect", Text::new("Write a colon and a space after the key, or mend the indentation.", &[])),
        ("expected key", Text::new("Write each entry as “key: value”, all equally far indented.", &[])),
        (
            "did not find expected <document start>",
            Text::new("Indent all top-level keys equally, at the start of the line.", &[]),
        ),
        (
            "cannot start any token",
            Text::new("Put the text into quotes: this character cannot begin one without.", &[]),
        ),
        (
            "escape",
            Text::new(
                "In double quotes a backslash begins an escape: write \\\\ for a backslash, or use single quotes.",
                &[],
            ),
        ),
        ("recursion limit", Text::new("Nest lists and maps less deeply.", &[])),
        ("indentation", Text::new("Mend the indentation: entries of one list or map are equally far indented.", &[])),
    ];
    HINTS.iter().find(|(part, _)| info.contains(part)).map(|(_, hint)| hint.plain())
}

fn report_nowhere(message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(DiagnosticCode::YamlSyntax, Place::File { path: String::new() }, message)
}

fn report(code: DiagnosticCode, position: TextPosition, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(code, Place::File { path: String::new() }, message).at(position)
}

fn position(marker: Marker) -> TextPosition {
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    TextPosition { line: narrow(marker.line().max(1)), column: narrow(marker.col() + 1) }
}

struct Builder<'t> {
    text: &'t str,
    parser: Parser<'t, StrInput<'t>>,
    spots: Vec<Spot>,
    anchors: HashMap<usize, (Value, Vec<Spot>)>,
    copied_nodes: usize,
    copied_bytes: usize,
    diagnostics: Vec<Diagnostic>,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            parser: Parser::new_from_str(text),
            spots: Vec::new(),
            anchors: HashMap::new(),
            copied_nodes: 0,
            copied_bytes: 0,
            diagnostics: Vec::new(),
        }
    }

    /// The next document; `None` at the end of the text.
    fn document(&mut self) -> Result<Option<Yaml>, Stop> {
        if self.text.len() > LARGEST_TEXT {
            let message = t!(
                "the text has {bytes} bytes, and at most {most} are read",
                bytes = self.text.len(),
                most = LARGEST_TEXT
            );
            let start = TextPosition { line: 1, column: 1 };
            return Err(Stop::of(report(DiagnosticCode::YamlTooLarge, start, message)));
        }
        if self.next_document_start()?.is_none() {
            return Ok(None);
        }
        let (event, span) = self.next()?;
        let value = self.node(event, span, 0, None)?;
        self.anchors.clear();
        let positions = Positions { spots: std::mem::take(&mut self.spots) };
        Ok(Some(Yaml { value: Some(value), positions, diagnostics: std::mem::take(&mut self.diagnostics) }))
    }

    fn next_document_start(&mut self) -> Result<Option<TextPosition>, Stop> {
        loop {
            match self.next()? {
                (Event::DocumentStart(_), span) => return Ok(Some(position(span.start))),
                (Event::StreamEnd, _) => return Ok(None),
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), Stop> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => {
                Err(Stop { diagnostic: Box::new(self.syntax(&error)), info: String::from(error.info()) })
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn syntax(&self, error: &ScanError) -> Diagnostic {
        let at = position(*error.marker());
        let diagnostic = report(DiagnosticCode::YamlSyntax, at, t!("this is not YAML: {info}", info = error.info()));
        let line = self.text.lines().nth(at.line as usize - 1).unwrap_or_default();
        let blanks = &line[..line.len() - line.trim_start().len()];
        if blanks.contains('\t') {
            return diagnostic.with_hint(t!("Indent with spaces: YAML takes no tabs there."));
        }
        match syntax_hint(error.info()) {
            Some(hint) => diagnostic.with_hint(hint),
            None => diagnostic,
        }
    }

    /// Reads the node that begins with `event`, and notes its spots. `key` is where the key that leads to it stands.
    fn node(&mut self, event: Event<'t>, span: Span, depth: usize, key: Option<TextPosition>) -> Result<Value, Stop> {
        let at = position(span.start);
        if depth > DEEPEST_NESTING {
            let message = t!("lists and maps are nested more than {levels} levels deep here", levels = DEEPEST_NESTING);
            return Err(Stop::of(report(DiagnosticCode::YamlTooLarge, at, message)));
        }
        let index = self.spots.len();
        self.spots.push(Spot { key: key.unwrap_or(at), value: at, size: 1, spelling: None });
        let (value, anchor) = match event {
            Event::Alias(anchor) => return self.alias(anchor, index),
            Event::Scalar(text, style, anchor, tag) => (self.scalar(text, style, tag.as_deref(), index), anchor),
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), at);
                let mut items = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    if matches!(event, Event::SequenceEnd | Event::StreamEnd) {
                        break;
                    }
                    items.push(self.node(event, span, depth + 1, None)?);
                }
                (Value::Array(items), anchor)
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), at);
                (Value::Object(self.mapping(depth, index)?), anchor)
            }
            _ => (Value::Null, 0),
        };
        self.spots[index].size = self.spots.len() - index;
        if anchor > 0 {
            self.count_copy(&value, self.spots.len() - index, at)?;
            self.anchors.insert(anchor, (value.clone(), self.spots[index..].to_vec()));
        }
        Ok(value)
    }

    fn alias(&mut self, anchor: usize, index: usize) -> Result<Value, Stop> {
        let at = self.spots[index].value;
        let Some((value, mut spots)) = self.anchors.get(&anchor).cloned() else {
            let message = t!("this alias repeats the list or map that it stands in");
            return Err(Stop::of(report(DiagnosticCode::YamlTooLarge, at, message)));
        };
        self.count_copy(&value, spots.len(), at)?;
        let (first, own) = (spots.remove(0), &mut self.spots[index]);
        (own.size, own.spelling) = (first.size, first.spelling);
        self.spots.append(&mut spots);
        Ok(value)
    }

    fn count_copy(&mut self, value: &Value, nodes: usize, at: TextPosition) -> Result<(), Stop> {
        self.copied_nodes += nodes;
        self.copied_bytes += bytes_of_text(value);
        if self.copied_nodes > MOST_COPIED_NODES || self.copied_bytes > MOST_COPIED_BYTES {
            let message = t!("anchors and aliases repeat more of the text than is allowed");
            return Err(Stop::of(report(DiagnosticCode::YamlTooLarge, at, message)));
        }
        Ok(())
    }

    fn mapping(&mut self, depth: usize, index: usize) -> Result<Map<String, Value>, Stop> {
        let mut map = Map::new();
        let mut merged = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd | Event::StreamEnd) {
                break;
            }
            let key_at = position(span.start);
            let is_merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<");
            let key = self.key(event, span, depth)?;
            let mark = self.spots.len();
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1, Some(key_at))?;
            match key {
                _ if is_merge => merged.push((value, self.spots.split_off(mark), key_at)),
                Some(key) if !map.contains_key(&key) => {
                    map.insert(key, value);
                }
                Some(key) => {
                    self.spots.truncate(mark);
                    self.report_duplicate(&map, &key, key_at, index);
                }
                None => self.spots.truncate(mark),
            }
        }
        for (value, spots, at) in merged {
            self.merge(&mut map, value, &spots, at);
        }
        Ok(map)
    }

    /// A key as text; `None`, reported, for a list or map as a key.
    fn key(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Option<String>, Stop> {
        let at = position(span.start);
        let mark = self.spots.len();
        let key = match event {
            Event::Scalar(text, _, 0, _) => return Ok(Some(text.into_owned())),
            Event::Scalar(ref text, ..) => {
                let text = text.to_string();
                self.node(event, span, depth + 1, None)?;
                Some(text)
            }
            event => match self.node(event, span, depth + 1, None)? {
                Value::Array(_) | Value::Object(_) => None,
                Value::String(text) => Some(text),
                scalar => Some(scalar.to_string()),
            },
        };
        self.spots.truncate(mark);
        if key.is_none() {
            self.diagnostics.push(
                report(DiagnosticCode::YamlSyntax, at, t!("a list or map stands as a key, and keys are text"))
                    .with_hint(t!("Write a text as the key; quote it if it begins with [ or {.")),
            );
        }
        Ok(key)
    }

    fn report_duplicate(&mut self, map: &Map<String, Value>, key: &str, at: TextPosition, index: usize) {
        let place = map.keys().position(|name| name == key).unwrap_or(0);
        // The mapping's size is not known before its end; for the walk to its children any end beyond them does.
        self.spots[index].size = self.spots.len() - index;
        let first = child_of(&self.spots, index, place).map_or(0, |child| self.spots[child].key.line);
        let message = t!("the key “{key}” stands twice in this map; the one in line {first} is read", key, first);
        self.diagnostics.push(report(DiagnosticCode::YamlDuplicateKey, at, message));
    }

    /// `<<: *base` and `<<: [*one, *two]` (YAML 1.1's merge key): entries that the map does not have itself.
    fn merge(&mut self, map: &mut Map<String, Value>, value: Value, spots: &[Spot], at: TextPosition) {
        let bases = match value {
            Value::Object(base) => vec![(base, 0)],
            Value::Array(items) => items
                .into_iter()
                .enumerate()
                .filter_map(|(place, item)| match item {
                    Value::Object(base) => Some((base, child_of(spots, 0, place)?)),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        if bases.is_empty() {
            let message = t!("the merge key << takes a map, or a list of maps, and this is neither");
            let hint = t!("Write <<: *name of an anchored map; quote \"<<\" if it is meant as a key.");
            self.diagnostics.push(report(DiagnosticCode::YamlSyntax, at, message).with_hint(hint));
        }
        for (base, base_index) in bases {
            for (place, (key, value)) in base.into_iter().enumerate() {
                let Some(child) = child_of(spots, base_index, place).filter(|_| !map.contains_key(&key)) else {
                    continue;
                };
                self.spots.extend_from_slice(&spots[child..child + spots[child].size]);
                map.insert(key, value);
            }
        }
    }

    fn scalar(&mut self, text: Cow<'t, str>, style: ScalarStyle, tag: Option<&Tag>, index: usize) -> Value {
        let at = self.spots[index].value;
        let core = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
        let plain = match (core, tag) {
            (Some("str" | "binary"), _) => false,
            (Some("int" | "float" | "bool" | "null"), _) => true,
            (None, Some(tag)) if tag.handle.is_empty() && tag.suffix == "!" => false,
            _ => {
                self.check_tag(tag, at);
                style == ScalarStyle::Plain
            }
        };
        if !plain {
            return Value::String(text.into_owned());
        }
        match resolve(&text) {
            Plain::Value(Value::String(_)) => Value::String(text.into_owned()),
            Plain::Value(value) => {
                if !is_canonical(&value, &text) {
                    self.spots[index].spelling = Some(text.as_ref().into());
                }
                value
            }
            Plain::NotFinite => {
                let message = t!("“{text}” is no finite number; it is read as text", text);
                let hint = t!("Write a finite number, or put it in quotes.");
                self.diagnostics.push(report(DiagnosticCode::FieldForm, at, message).with_hint(hint));
                Value::String(text.into_owned())
            }
        }
    }

    /// Tags of the core schema say what is there anyway; others have no meaning here.
    fn check_tag(&mut self, tag: Option<&Tag>, at: TextPosition) {
        let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) else { return };
        let message = t!("the tag “{tag}” has no meaning here and is not kept", tag);
        self.diagnostics.push(report(DiagnosticCode::FieldUnknown, at, message).with_hint(t!("Remove the tag.")));
    }
}

/// Whether the scalar would be written just so.
fn is_canonical(value: &Value, text: &str) -> bool {
    match value {
        Value::Number(number) => {
            let mut canonical = String::new();
            push_number(&mut canonical, number);
            canonical == text
        }
        Value::Bool(flag) => text == if *flag { "true" } else { "false" },
        _ => true,
    }
}

fn bytes_of_text(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(bytes_of_text).sum(),
        Value::Object(map) => map.iter().map(|(key, value)| key.len() + bytes_of_text(value)).sum(),
        _ => 0,
    }
}
