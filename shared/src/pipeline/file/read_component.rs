//! Reading a component: KFP's `component.yaml` as its SDKs 1.x and 2.x take it, plus `python` and `graph`.
//! Forms that no engine carries out stay verbatim in the `Unknown` variants; judging them is `check`'s.

use super::reader::{Meaning, Reader};
use crate::component::{
    Component, ContainerImplementation, GraphImplementation, IfCondition, Implementation, InputPort, OutputPort,
    Placeholder, PythonImplementation,
};
use crate::diagnostic::DiagnosticCode;
use crate::types::{ParameterType, TypeSpec};
use crate::yaml::Step;
use dagwright_texts::t;
use serde_json::{Map, Value};
use std::collections::HashSet;

const COMPONENT: &[&str] =
    &["name", "description", "inputs", "outputs", "implementation", "metadata", "origin", "digest"];
const INPUT: &[&str] = &["name", "type", "default", "description", "optional", "annotations", "enum"];
const OUTPUT: &[&str] = &["name", "type", "description", "annotations"];
const CONTAINER: &[&str] = &["image", "command", "args", "env", "fileOutputs"];
const PYTHON: &[&str] = &["image", "function", "source", "packages", "env"];

impl<'a> Reader<'a> {
    /// A file with one component.
    pub(super) fn lone_component(&mut self, value: &'a Value) -> Option<Component> {
        if value.get("implementation").is_none() && !self.is_component_without_implementation(value) {
            self.report_foreign(
                value,
                t!("a component"),
                t!("A component file has a name, inputs, outputs and an implementation."),
            );
            return None;
        }
        self.component(value, None)
    }

    fn is_component_without_implementation(&self, value: &Value) -> bool {
        value.is_object()
            && ["inputs", "outputs"].iter().any(|field| value.get(field).is_some_and(Value::is_array))
            && ["tasks", "apiVersion"].iter().all(|field| value.get(field).is_none())
    }

    /// A component; `key` is what tasks call it, where it is embedded in a pipeline.
    pub(super) fn component(&mut self, value: &'a Value, key: Option<&str>) -> Option<Component> {
        let mut fields = self.fields(value, t!("a component"), COMPONENT)?;
        let name = match key {
            Some(key) if fields.get("name").is_none() => String::from(key),
            None if fields.get("name").is_none() => {
                self.report_missing(t!("a component"), "name");
                // KFP lets it be absent.
                self.soften();
                String::new()
            }
            _ => fields.text(self, "name").unwrap_or_default(),
        };
        let description = fields.text(self, "description");
        let origin = fields.text(self, "origin");
        let digest = fields.text(self, "digest");
        let inputs = fields.list(self, "inputs", Self::input);
        let outputs = fields.list(self, "outputs", Self::output);
        self.report_twice("inputs", value, inputs.iter().map(|port| port.name.as_str()));
        self.report_twice("outputs", value, outputs.iter().map(|port| port.name.as_str()));
        if fields.get("implementation").is_none() {
            self.report_missing(t!("a component"), "implementation");
        }
        let mut beside = Map::new();
        let implementation = fields
            .read(self, "implementation", |reader, value| Some(reader.implementation(value, &mut beside)))
            .unwrap_or(Implementation::Unknown(Value::Null));
        fields.keep("implementation", beside);
        let extra = fields.finish(self, &["metadata"]);
        Some(Component { name, description, origin, digest, inputs, outputs, implementation, extra })
    }

    fn report_twice<'n>(&mut self, key: &'static str, value: &'a Value, names: impl Iterator<Item = &'n str>) {
        let mut seen = HashSet::new();
        for (index, name) in names.enumerate() {
            if seen.insert(name) {
                continue;
            }
            let message = t!("“{name}” stands twice among the {key}", name, key);
            self.within(Step::Key(key), value, |reader| {
                reader.within(Step::Item(index), value, |reader| {
                    reader.report(DiagnosticCode::NameTwice, message);
                });
            });
        }
    }

    /// A type as written: a name, or KFP's structure with the name as its key.
    pub(super) fn type_spec(&mut self, value: &'a Value) -> Option<TypeSpec> {
        match value {
            Value::Object(map) if !map.is_empty() => Some(TypeSpec::Structured(value.clone())),
            Value::String(_) | Value::Number(_) | Value::Bool(_) => self.text(value).map(TypeSpec::Named),
            _ => {
                self.report_form(value, t!("a type's name, or a map with it as the key"));
                None
            }
        }
    }

    fn input(&mut self, value: &'a Value) -> Option<InputPort> {
        let mut fields = self.fields(value, t!("an input"), INPUT)?;
        let name = fields.required_text(self, "name");
        let type_spec = fields.read(self, "type", Self::type_spec);
        let meaning = meaning(type_spec.as_ref());
        Some(InputPort {
            name,
            default: fields.read(self, "default", |reader, value| Some(reader.value(value, meaning))),
            type_spec,
            description: fields.text(self, "description"),
            optional: fields.flag(self, "optional"),
            extra: fields.finish(self, &["annotations", "enum"]),
        })
    }

    fn output(&mut self, value: &'a Value) -> Option<OutputPort> {
        let mut fields = self.fields(value, t!("an output"), OUTPUT)?;
        Some(OutputPort {
            name: fields.required_text(self, "name"),
            type_spec: fields.read(self, "type", Self::type_spec),
            description: fields.text(self, "description"),
            extra: fields.finish(self, &["annotations"]),
        })
    }

    /// `beside` takes what stands beside `container`, `python` or `graph`.
    fn implementation(&mut self, value: &'a Value, beside: &mut Map<String, Value>) -> Implementation {
        let Value::Object(map) = value else { return Implementation::Unknown(value.clone()) };
        let kind =
            ["container", "python", "graph"].into_iter().find(|kind| map.get(*kind).is_some_and(Value::is_object));
        let Some((kind, inner)) = kind.and_then(|kind| map.get_key_value(kind)) else {
            return Implementation::Unknown(value.clone());
        };
        let implementation = self.within(Step::Key(kind), inner, |reader| match kind.as_str() {
            "container" => reader.container(inner).map(Implementation::Container),
            "python" => reader.python(inner).map(Implementation::Python),
            _ if is_kfp_graph(inner) => None,
            _ => reader.inner_graph(inner).map(|graph| Implementation::Graph(Box::new(graph))),
        });
        let Some(implementation) = implementation else { return Implementation::Unknown(value.clone()) };
        for (key, value) in map.iter().filter(|(key, _)| *key != kind) {
            self.within(Step::Key(key), value, |reader| {
                let message = t!(
                    "{here} is not a field of an implementation with “{kind}”; it is kept",
                    here = reader.here(),
                    kind
                );
                reader.report(DiagnosticCode::FieldUnknown, message);
            });
            beside.insert(key.clone(), value.clone());
        }
        implementation
    }

    fn container(&mut self, value: &'a Value) -> Option<ContainerImplementation> {
        let mut fields = self.fields(value, t!("a container"), CONTAINER)?;
        Some(ContainerImplementation {
            image: fields.required_text(self, "image"),
            command: fields.list(self, "command", Self::placeholder),
            args: fields.list(self, "args", Self::placeholder),
            env: fields.text_map(self, "env"),
            file_outputs: fields.text_map(self, "fileOutputs"),
            extra: fields.finish(self, &[]),
        })
    }

    fn python(&mut self, value: &'a Value) -> Option<PythonImplementation> {
        let mut fields = self.fields(value, t!("a Python function"), PYTHON)?;
        Some(PythonImplementation {
            image: fields.required_text(self, "image"),
            packages: fields.texts(self, "packages"),
            function: fields.required_text(self, "function"),
            source: fields.required_text(self, "source"),
            env: fields.text_map(self, "env"),
            extra: fields.finish(self, &[]),
        })
    }

    fn inner_graph(&mut self, value: &'a Value) -> Option<GraphImplementation> {
        let mut fields = self.fields(value, t!("a graph"), super::read_graph::GRAPH)?;
        let graph = self.graph(&mut fields);
        Some(GraphImplementation { graph, extra: fields.finish(self, &[]) })
    }

    /// A piece of a command line. `None`, reported, for what is neither a text nor a map.
    fn placeholder(&mut self, value: &'a Value) -> Option<Placeholder> {
        let Value::Object(map) = value else {
            return match value {
                Value::Null | Value::Array(_) => {
                    self.report_form(value, t!("a text or a placeholder"));
                    None
                }
                _ => self.text(value).map(Placeholder::Text),
            };
        };
        let unknown = || Some(Placeholder::Unknown(value.clone()));
        let mut entries = map.iter();
        let (Some((kind, inner)), None) = (entries.next(), entries.next()) else { return unknown() };
        let placeholder = self.within(Step::Key(kind), inner, |reader| match kind.as_str() {
            "inputValue" => reader.port_name(inner).map(Placeholder::InputValue),
            "inputPath" => reader.port_name(inner).map(Placeholder::InputPath),
            "outputPath" => reader.port_name(inner).map(Placeholder::OutputPath),
            "concat" => reader.pieces(inner, OneAlone::Refused).map(Placeholder::Concat),
            "if" => reader.if_placeholder(inner),
            _ => None,
        });
        placeholder.or_else(unknown)
    }

    fn port_name(&mut self, value: &'a Value) -> Option<String> {
        if value.is_string() || value.is_number() || value.is_boolean() { self.text(value) } else { None }
    }

    fn pieces(&mut self, value: &'a Value, alone: OneAlone) -> Option<Vec<Placeholder>> {
        let read = |reader: &mut Self, item: &'a Value| match item {
            Value::Null | Value::Array(_) => None,
            _ => reader.placeholder(item),
        };
        match (value, alone) {
            (Value::Array(items), _) => items
                .iter()
                .enumerate()
                .map(|(index, item)| self.within(Step::Item(index), item, |reader| read(reader, item)))
                .collect(),
            (_, OneAlone::Taken) => read(self, value).map(|piece| vec![piece]),
            (_, OneAlone::Refused) => None,
        }
    }

    fn if_placeholder(&mut self, value: &'a Value) -> Option<Placeholder> {
        let map = value.as_object()?;
        if !map.keys().all(|key| matches!(key.as_str(), "cond" | "then" | "else")) {
            return None;
        }
        let (cond, then) = (map.get("cond")?, map.get("then")?);
        let condition = self.within(Step::Key("cond"), cond, |reader| match cond {
            Value::Bool(literal) => Some(IfCondition::Literal(*literal)),
            Value::Object(map) if map.len() == 1 && map.get("isPresent").is_some_and(Value::is_string) => {
                map.get("isPresent").and_then(Value::as_str).map(|name| IfCondition::IsPresent(String::from(name)))
            }
            Value::Null | Value::Array(_) => None,
            _ => reader.placeholder(cond).map(|placeholder| IfCondition::Value(Box::new(placeholder))),
        })?;
        let then = self.within(Step::Key("then"), then, |reader| reader.pieces(then, OneAlone::Taken))?;
        let otherwise = match map.get("else") {
            None | Some(Value::Null) => Vec::new(),
            Some(other) => self.within(Step::Key("else"), other, |reader| reader.pieces(other, OneAlone::Taken))?,
        };
        Some(Placeholder::If { condition, then, otherwise })
    }
}

/// Whether a single piece may stand where a list of pieces is meant, as KFP lets it in `then` and `else`.
#[derive(Clone, Copy)]
enum OneAlone {
    Taken,
    Refused,
}

/// KFP's own graph components refer to components by URL and to inputs by `graphInput`: another format than ours.
fn is_kfp_graph(graph: &Value) -> bool {
    let tasks = graph.get("tasks").and_then(Value::as_object);
    graph.get("outputValues").is_some()
        || tasks.is_some_and(|tasks| tasks.values().any(|task| task.get("componentRef").is_some()))
}

/// Whether values of this type are text: untyped ports take text too.
pub(super) fn meaning(spec: Option<&TypeSpec>) -> Meaning {
    match spec.map(TypeSpec::name).map(ParameterType::from_name) {
        None | Some(Some(ParameterType::String)) => Meaning::Text,
        Some(_) => Meaning::Other,
    }
}
