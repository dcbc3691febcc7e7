//! The reader's hands: it walks a tree, knows where it is, takes fields out of maps, and keeps what it cannot read.
//! Which fields there are is said in `read_*`; nothing here stops at the first problem.

use crate::component::Extra;
use crate::diagnostic::{Diagnostic, DiagnosticCode, Place, Severity};
use crate::yaml::{Positions, Step};
use dagwright_texts::t;
use indexmap::IndexMap;
use serde_json::{Map, Value};

/// A walk through a tree.
pub(super) struct Reader<'a> {
    root: &'a Value,
    positions: Option<&'a Positions>,
    path: Vec<Part<'a>>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

#[derive(Clone, Copy)]
struct Part<'a> {
    step: Step<'a>,
    /// The `name` of a list's item that has one.
    name: Option<&'a str>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(root: &'a Value, positions: Option<&'a Positions>) -> Self {
        Self { root, positions, path: Vec::new(), diagnostics: Vec::new() }
    }

    /// Reads something one step further inside.
    pub(super) fn within<T>(&mut self, step: Step<'a>, value: &'a Value, read: impl FnOnce(&mut Self) -> T) -> T {
        let name = match step {
            Step::Item(_) => value.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()),
            Step::Key(_) => None,
        };
        self.path.push(Part { step, name });
        let outcome = read(self);
        self.path.pop();
        outcome
    }

    /// Reports a problem with the value here.
    pub(super) fn report(&mut self, code: DiagnosticCode, message: impl Into<String>) -> &mut Diagnostic {
        let steps: Vec<Step<'a>> = self.path.iter().map(|part| part.step).collect();
        let position = self.positions.and_then(|positions| match code {
            DiagnosticCode::FieldUnknown => positions.key(self.root, &steps),
            _ => positions.value(self.root, &steps),
        });
        let index = self.diagnostics.len();
        self.diagnostics.push(Diagnostic { position, ..Diagnostic::new(code, self.place(), message) });
        &mut self.diagnostics[index]
    }

    /// Makes the last report a warning: it forbids no run.
    pub(super) fn soften(&mut self) {
        if let Some(diagnostic) = self.diagnostics.last_mut() {
            diagnostic.severity = Severity::Warning;
        }
    }

    /// Reports that the value here has not the form that is expected: `a text`, `a list`, …
    pub(super) fn report_form(&mut self, value: &Value, expected: &str) {
        let message =
            t!("{here} is {value}, and should be {expected}", here = self.here(), value = kind_of(value), expected);
        self.report(DiagnosticCode::FieldForm, message);
    }

    /// Reports that the map here lacks a field.
    pub(super) fn report_missing(&mut self, what: &str, field: &str) {
        let message = match self.path.is_empty() {
            true => t!("{what} needs the field “{field}”", what, field),
            false => t!("{here} has no “{field}”, and {what} needs it", here = self.here(), field, what),
        };
        self.report(DiagnosticCode::FieldMissing, message).hint = t!("Add “{field}”.", field);
    }

    /// The path here, as people read it: `“tasks/train/mounts/0”`; items that have a name by their name.
    pub(super) fn here(&self) -> String {
        match self.path.is_empty() {
            true => String::from(t!("the file")),
            false => format!("“{}”", self.path_from(0, |part| part.name)),
        }
    }

    fn path_from(&self, start: usize, name: impl Fn(&Part<'a>) -> Option<&'a str>) -> String {
        let mut path = String::new();
        for part in self.path.iter().skip(start) {
            if !path.is_empty() {
                path.push('/');
            }
            match (part.step, name(part)) {
                (_, Some(text)) | (Step::Key(text), None) => path.push_str(text),
                (Step::Item(index), None) => path.push_str(&index.to_string()),
            }
        }
        path
    }

    fn place(&self) -> Place {
        let field = || self.path_from(2, |_| None);
        match self.path.get(..2) {
            Some([Part { step: Step::Key("tasks"), .. }, Part { step: Step::Key(task), .. }]) => {
                Place::Task { task: String::from(*task), field: field() }
            }
            Some([Part { step: Step::Key("components"), .. }, Part { step: Step::Key(component), .. }]) => {
                Place::Component { component: String::from(*component), field: field() }
            }
            Some([Part { step: Step::Key("parameters"), .. }, Part { name: Some(name), .. }]) => {
                Place::Parameter { parameter: String::from(*name), field: field() }
            }
            Some([Part { step: Step::Key("volumes"), .. }, Part { name: Some(name), .. }]) => {
                Place::Volume { volume: String::from(*name), field: field() }
            }
            _ => Place::File { path: self.path_from(0, |_| None) },
        }
    }

    /// The scalar here as its author wrote it, if its value would be written otherwise.
    fn spelling(&self) -> Option<&'a str> {
        let steps: Vec<Step<'a>> = self.path.iter().map(|part| part.step).collect();
        self.positions?.spelling(self.root, &steps)
    }

    /// A text; numbers and booleans are taken as they were written.
    pub(super) fn text(&mut self, value: &'a Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(self.spelling().map_or_else(|| value.to_string(), String::from)),
            _ => {
                self.report_form(value, t!("a text"));
                None
            }
        }
    }

    /// A value that may mean text: a number whose spelling would be lost (`1.10`) becomes a text where `is_text`.
    pub(super) fn value(&self, value: &Value, meaning: Meaning) -> Value {
        match (value, meaning) {
            (Value::Number(_), Meaning::Text) => self.spelling().map_or_else(|| value.clone(), Value::from),
            _ => value.clone(),
        }
    }

    pub(super) fn boolean(&mut self, value: &'a Value) -> Option<bool> {
        if !value.is_boolean() {
            self.report_form(value, t!("true or false"));
        }
        value.as_bool()
    }

    pub(super) fn number(&mut self, value: &'a Value) -> Option<f64> {
        if !value.is_number() {
            self.report_form(value, t!("a number"));
        }
        value.as_f64()
    }

    pub(super) fn count(&mut self, value: &'a Value) -> Option<u32> {
        let count = value.as_u64().and_then(|number| u32::try_from(number).ok());
        if count.is_none() {
            self.report_form(value, t!("a whole number from 0 to 4294967295"));
        }
        count
    }

    /// The fields of a map; `None`, reported, for anything else. `known` are all fields that a map of this kind has.
    pub(super) fn fields(
        &mut self,
        value: &'a Value,
        what: &'static str,
        known: &'static [&'static str],
    ) -> Option<Fields<'a>> {
        match value {
            Value::Object(map) => Some(Fields { map, what, known, refused: Vec::new(), left: Map::new() }),
            _ => {
                self.report_form(
                    value,
                    &t!("{what}: a map with fields such as {known}", what, known = examples(known)),
                );
                None
            }
        }
    }
}

/// What a value is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// For a port or parameter that carries text.
    Text,
    /// For any other.
    Other,
}

/// The fields of one map, taken one by one.
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    what: &'static str,
    known: &'static [&'static str],
    /// Known fields that could not be read; already reported.
    refused: Vec<&'a str>,
    /// Parts of known fields that could not be read; already reported.
    left: Extra,
}

impl<'a> Fields<'a> {
    /// The field's value; null is as good as absent.
    pub(super) fn get(&self, key: &str) -> Option<(&'a str, &'a Value)> {
        self.map.get_key_value(key).filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.as_str(), value))
    }

    /// Reads a field with `read`; where that gives nothing, it has reported why, and the field is kept as it is.
    pub(super) fn read<T>(
        &mut self,
        reader: &mut Reader<'a>,
        key: &'static str,
        read: impl FnOnce(&mut Reader<'a>, &'a Value) -> Option<T>,
    ) -> Option<T> {
        debug_assert!(self.known.contains(&key), "{key} is missing among the fields of {}", self.what);
        let (key, value) = self.get(key)?;
        let outcome = reader.within(Step::Key(key), value, |reader| read(reader, value));
        if outcome.is_none() {
            self.refused.push(key);
        }
        outcome
    }

    /// A text field.
    pub(super) fn text(&mut self, reader: &mut Reader<'a>, key: &'static str) -> Option<String> {
        self.read(reader, key, Reader::text)
    }

    /// A text field that must be there.
    pub(super) fn required_text(&mut self, reader: &mut Reader<'a>, key: &'static str) -> String {
        if self.get(key).is_none() {
            reader.report_missing(self.what, key);
        }
        self.text(reader, key).unwrap_or_default()
    }

    /// A field that is `true` or absent.
    pub(super) fn flag(&mut self, reader: &mut Reader<'a>, key: &'static str) -> bool {
        self.read(reader, key, Reader::boolean).unwrap_or(false)
    }

    /// A list; items that `read` gives nothing for are kept.
    pub(super) fn list<T>(
        &mut self,
        reader: &mut Reader<'a>,
        key: &'static str,
        mut read: impl FnMut(&mut Reader<'a>, &'a Value) -> Option<T>,
    ) -> Vec<T> {
        let mut left = Vec::new();
        let items = self.read(reader, key, |reader, value| {
            let Value::Array(items) = value else {
                reader.report_form(value, t!("a list"));
                return None;
            };
            let mut outcome = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                match reader.within(Step::Item(index), item, |reader| read(reader, item)) {
                    Some(item) => outcome.push(item),
                    None => left.push(item.clone()),
                }
            }
            Some(outcome)
        });
        if !left.is_empty() {
            self.left.insert(String::from(key), Value::Array(left));
        }
        items.unwrap_or_default()
    }

    /// A list of texts; a single text is a list of one.
    pub(super) fn texts(&mut self, reader: &mut Reader<'a>, key: &'static str) -> Vec<String> {
        match self.get(key) {
            Some((_, Value::String(text))) => vec![text.clone()],
            _ => self.list(reader, key, Reader::text),
        }
    }

    /// A list of maps that have a name, unique among them.
    pub(super) fn named_list<T>(
        &mut self,
        reader: &mut Reader<'a>,
        key: &'static str,
        mut read: impl FnMut(&mut Reader<'a>, &'a Value) -> Option<(String, T)>,
    ) -> IndexMap<String, T> {
        let mut outcome = IndexMap::new();
        self.list(reader, key, |reader, value| {
            let (name, item) = read(reader, value)?;
            if name.is_empty() || outcome.contains_key(&name) {
                match name.is_empty() {
                    // A missing name has been reported where it is missing.
                    true if value.get("name").is_none_or(Value::is_null) => {}
                    true => {
                        let message = t!("{here} has an empty name", here = reader.here());
                        reader.report(DiagnosticCode::NameEmpty, message);
                    }
                    false => {
                        let message = t!("“{name}” stands twice among the {key}; the first one is used", name, key);
                        reader.report(DiagnosticCode::NameTwice, message);
                    }
                }
                return None;
            }
            outcome.insert(name, item);
            Some(())
        });
        outcome
    }

    /// A map from names to things; entries that `read` gives nothing for are kept.
    pub(super) fn map<T>(
        &mut self,
        reader: &mut Reader<'a>,
        key: &'static str,
        mut read: impl FnMut(&mut Reader<'a>, &'a str, &'a Value) -> Option<T>,
    ) -> IndexMap<String, T> {
        let mut left = Map::new();
        let entries = self.read(reader, key, |reader, value| {
            let Value::Object(map) = value else {
                reader.report_form(value, t!("a map"));
                return None;
            };
            let mut outcome = IndexMap::with_capacity(map.len());
            for (name, entry) in map {
                match reader.within(Step::Key(name), entry, |reader| read(reader, name, entry)) {
                    Some(entry) => {
                        outcome.insert(name.clone(), entry);
                    }
                    None => {
                        left.insert(name.clone(), entry.clone());
                    }
                }
            }
            Some(outcome)
        });
        if !left.is_empty() {
            self.left.insert(String::from(key), Value::Object(left));
        }
        entries.unwrap_or_default()
    }

    /// A map from names to texts.
    pub(super) fn text_map(&mut self, reader: &mut Reader<'a>, key: &'static str) -> IndexMap<String, String> {
        self.map(reader, key, |reader, _, value| reader.text(value))
    }

    /// Keeps a part of a known field that has no place in the model.
    pub(super) fn keep(&mut self, key: &str, part: Map<String, Value>) {
        if !part.is_empty() {
            self.left.insert(String::from(key), Value::Object(part));
        }
    }

    /// What is left: fields that are not known, reported, and what could not be read. `quiet` fields are expected in
    /// files of this kind, without a place in the model.
    pub(super) fn finish(mut self, reader: &mut Reader<'a>, quiet: &[&str]) -> Extra {
        let mut extra = Extra::new();
        for (key, value) in self.map {
            if let Some(left) = self.left.remove(key) {
                extra.insert(key.clone(), left);
            } else if quiet.contains(&key.as_str()) || self.refused.contains(&key.as_str()) {
                extra.insert(key.clone(), value.clone());
            } else if !self.known.contains(&key.as_str()) {
                let what = self.what;
                reader.within(Step::Key(key), value, |reader| {
                    let message = t!("{here} is not a field of {what}; it is kept", here = reader.here(), what);
                    let diagnostic = reader.report(DiagnosticCode::FieldUnknown, message);
                    if let Some(known) = closest(key, self.known) {
                        diagnostic.hint = t!("Did you mean “{known}”? As it is, it has no effect.", known);
                    }
                });
                extra.insert(key.clone(), value.clone());
            }
        }
        extra
    }
}

/// What a value is, as a sentence says it.
fn kind_of(value: &Value) -> String {
    match value {
        Value::Null => String::from(t!("empty")),
        Value::Bool(_) | Value::Number(_) => format!("“{value}”"),
        Value::String(text) if text.is_empty() => String::from(t!("an empty text")),
        Value::String(text) if text.chars().count() <= 30 && !text.contains('\n') => t!("the text “{text}”", text),
        Value::String(_) => String::from(t!("a text")),
        Value::Array(_) => String::from(t!("a list")),
        Value::Object(_) => String::from(t!("a map")),
    }
}

fn examples(known: &[&str]) -> String {
    known.iter().take(3).map(|name| format!("“{name}”")).collect::<Vec<_>>().join(", ")
}

/// The known name that a misspelt one most likely means.
pub(super) fn closest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let bare = |name: &str| name.to_lowercase().replace(['_', '-', ' '], "");
    let wanted = bare(name);
    let allowed = if wanted.chars().count() <= 4 { 1 } else { 2 };
    known
        .iter()
        .map(|candidate| (distance(&wanted, &bare(candidate)), *candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters to insert, remove or replace (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, left) in one.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, right) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}
