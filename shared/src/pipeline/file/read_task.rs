//! Reading a task: what feeds it, its volumes, its order and its settings.
//! Quantities, durations and Kubernetes names stay as written; `check` judges them.

use super::reader::{Fields, Reader};
use super::write::{GPU, is_resource};
use crate::diagnostic::DiagnosticCode;
use crate::pipeline::{Argument, EnvValue, ForEach, Mount, Resources, Retry, Task};
use crate::yaml::Step;
use dagwright_texts::t;
use indexmap::IndexMap;
use serde_json::{Map, Value};

const TASK: &[&str] = &[
    "component",
    "arguments",
    "mounts",
    "after",
    "resources",
    "env",
    "retry",
    "timeout",
    "nodeSelector",
    "tolerations",
    "cache",
    "when",
    "forEach",
];
const MOUNT: &[&str] = &["volume", "path", "readOnly", "subPath", "from"];
const RETRY: &[&str] = &["limit", "backoff", "factor", "maxBackoff"];
const FOR_EACH: &[&str] = &["items", "as", "limit"];
const RESOURCES: &[&str] = &["cpu", "memory", "gpu", "ephemeral-storage"];

impl<'a> Reader<'a> {
    pub(super) fn task(&mut self, value: &'a Value) -> Option<Task> {
        let mut fields = self.fields(value, t!("a task"), TASK)?;
        let component = fields.required_text(self, "component");
        let arguments = fields.map(self, "arguments", |reader, _, value| Some(reader.argument(value)));
        Some(Task {
            component,
            arguments,
            mounts: fields.list(self, "mounts", Self::mount),
            after: fields.texts(self, "after"),
            resources: self.resources(&mut fields),
            env: fields.map(self, "env", |reader, _, value| Some(reader.env_value(value))),
            retry: fields.read(self, "retry", Self::retry),
            timeout: fields.text(self, "timeout"),
            node_selector: fields.text_map(self, "nodeSelector"),
            tolerations: fields.list(self, "tolerations", |_, value| Some(value.clone())),
            cache: fields.read(self, "cache", Self::boolean),
            when: fields.read(self, "when", |_, value| Some(value.clone())),
            for_each: fields.read(self, "forEach", Self::for_each),
            position: None,
            extra: fields.finish(self, &[]),
        })
    }

    /// What feeds an input; a form that is not known stays as it is, for `check` to report.
    pub(super) fn argument(&mut self, value: &'a Value) -> Argument {
        let Value::Object(map) = value else { return Argument::Unknown(value.clone()) };
        let only = |field: &str| if map.len() == 1 { map.get(field) } else { None };
        let only_text = |field: &str| only(field).and_then(Value::as_str).map(String::from);
        if let Some(value) = only("value") {
            return Argument::Value(value.clone());
        }
        let pair =
            || match (map.len(), map.get("task").and_then(Value::as_str), map.get("output").and_then(Value::as_str)) {
                (2, Some(task), Some(output)) => {
                    Some(Argument::Output { task: String::from(task), output: String::from(output) })
                }
                _ => None,
            };
        only_text("parameter")
            .map(Argument::Parameter)
            .or_else(|| only_text("text").map(Argument::Text))
            .or_else(|| only_text("artifact").map(Argument::Artifact))
            .or_else(pair)
            .unwrap_or_else(|| Argument::Unknown(value.clone()))
    }

    fn mount(&mut self, value: &'a Value) -> Option<Mount> {
        let mut fields = self.fields(value, t!("a mount"), MOUNT)?;
        Some(Mount {
            volume: fields.required_text(self, "volume"),
            path: fields.required_text(self, "path"),
            read_only: fields.flag(self, "readOnly"),
            sub_path: fields.text(self, "subPath"),
            from: fields.texts(self, "from"),
            extra: fields.finish(self, &[]),
        })
    }

    /// `{cpu, memory, gpu}` sets requests and limits; `{requests: {…}, limits: {…}}` each by itself.
    fn resources(&mut self, fields: &mut Fields<'a>) -> Resources {
        let mut resources = Resources::default();
        let mut left = Map::new();
        fields.read(self, "resources", |reader, value| {
            let Value::Object(map) = value else {
                reader.report_form(value, t!("a map with cpu, memory and gpu, or with requests and limits"));
                return None;
            };
            let is_full = map.contains_key("requests") || map.contains_key("limits");
            for (name, value) in map {
                reader.within(Step::Key(name), value, |reader| {
                    let into = match (is_full, name.as_str()) {
                        (true, "requests") => &mut resources.requests,
                        (true, "limits") => &mut resources.limits,
                        (true, _) => {
                            let message =
                                t!("{here} stands beside requests and limits; it is kept", here = reader.here());
                            reader.report(DiagnosticCode::FieldUnknown, message).hint =
                                t!("Write “{name}” into requests and limits.", name);
                            left.insert(name.clone(), value.clone());
                            return;
                        }
                        (false, _) => {
                            if !reader.quantity(name, value, &mut resources.requests, Form::Simple) {
                                left.insert(name.clone(), value.clone());
                            }
                            return;
                        }
                    };
                    let Value::Object(quantities) = value else {
                        if !value.is_null() {
                            reader.report_form(value, t!("a map from resources to quantities"));
                            left.insert(name.clone(), value.clone());
                        }
                        return;
                    };
                    let mut unread = Map::new();
                    for (resource, quantity) in quantities {
                        let read = reader.within(Step::Key(resource), quantity, |reader| {
                            reader.quantity(resource, quantity, into, Form::Full)
                        });
                        if !read {
                            unread.insert(resource.clone(), quantity.clone());
                        }
                    }
                    if !unread.is_empty() {
                        left.insert(name.clone(), Value::Object(unread));
                    }
                });
            }
            if !is_full {
                resources.limits = resources.requests.clone();
            }
            Some(())
        });
        fields.keep("resources", left);
        resources
    }

    /// Whether the quantity could be read; otherwise it has been reported.
    fn quantity(&mut self, name: &str, value: &'a Value, into: &mut IndexMap<String, String>, form: Form) -> bool {
        if form == Form::Simple && name != "gpu" && !is_resource(name) {
            let message = t!("{here} is not a resource; it is kept", here = self.here());
            let hint = super::reader::closest(name, RESOURCES).map(|known| t!("Did you mean “{known}”?", known));
            let diagnostic = self.report(DiagnosticCode::FieldUnknown, message);
            diagnostic.hint = hint.unwrap_or_else(|| {
                String::from(t!("There are cpu, memory, gpu, ephemeral-storage, and devices such as amd.com/gpu."))
            });
            return false;
        }
        let name = if name == "gpu" { GPU } else { name };
        if into.contains_key(name) {
            self.report_form(value, t!("left out, since “gpu” is short for “nvidia.com/gpu”"));
            return false;
        }
        match self.text(value) {
            Some(quantity) => {
                into.insert(String::from(name), quantity);
                true
            }
            None => false,
        }
    }

    fn env_value(&mut self, value: &'a Value) -> EnvValue {
        let secret = value.as_object().filter(|map| map.len() == 1).and_then(|map| map.get("secret"));
        match (value, secret.and_then(Value::as_str).and_then(|secret| secret.split_once('/'))) {
            (_, Some((name, key))) if !name.is_empty() && !key.is_empty() => {
                EnvValue::Secret { name: String::from(name), key: String::from(key) }
            }
            (Value::String(_) | Value::Number(_) | Value::Bool(_), _) => {
                self.text(value).map_or_else(|| EnvValue::Unknown(value.clone()), EnvValue::Value)
            }
            _ => EnvValue::Unknown(value.clone()),
        }
    }

    fn retry(&mut self, value: &'a Value) -> Option<Retry> {
        if value.is_number() {
            return self.count(value).map(|limit| Retry { limit, ..Retry::default() });
        }
        let mut fields = self.fields(value, t!("a retry"), RETRY)?;
        if fields.get("limit").is_none() {
            self.report_missing(t!("a retry"), "limit");
        }
        Some(Retry {
            limit: fields.read(self, "limit", Self::count).unwrap_or_default(),
            backoff: fields.text(self, "backoff"),
            factor: fields.read(self, "factor", Self::number),
            max_backoff: fields.text(self, "maxBackoff"),
            extra: fields.finish(self, &[]),
        })
    }

    fn for_each(&mut self, value: &'a Value) -> Option<ForEach> {
        let mut fields = self.fields(value, t!("a loop"), FOR_EACH)?;
        if fields.get("items").is_none() {
            self.report_missing(t!("a loop"), "items");
            return None;
        }
        let items = fields.read(self, "items", |reader, value| Some(reader.argument(value)))?;
        Some(ForEach {
            items,
            name: fields.required_text(self, "as"),
            limit: fields.read(self, "limit", Self::count),
            extra: fields.finish(self, &[]),
        })
    }
}

/// The two forms of `resources`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Simple,
    Full,
}
