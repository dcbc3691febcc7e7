//! What a function's signature says: ports and problems, as plain data that crosses from the parser's wasm module
//! to the editor as JSON. Decides nothing about how Python is read.

use crate::component::{Component, Extra, Implementation, InputPort, OutputPort};
use crate::diagnostic::{Diagnostic, Place};
use crate::types::TypeSpec;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The image of a Python component that nobody chose one for.
pub const DEFAULT_IMAGE: &str = "python:3.11-slim";

/// What was found in a source text. Problems do not hide the ports that could be read.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PythonSignature {
    /// Every function at the top level of the source, in its order.
    pub functions: Vec<FunctionSummary>,
    /// The function that the ports belong to; `None` when the source has none of the wanted name.
    pub function: Option<String>,
    /// The docstring's first paragraph, as one line.
    pub description: Option<String>,
    /// The image that KFP's decorator names.
    #[serde(default)]
    pub image: Option<String>,
    /// The packages that KFP's decorator names.
    #[serde(default)]
    pub packages: Vec<String>,
    /// Inputs in the order of the signature.
    pub inputs: Vec<PythonInput>,
    /// Outputs: those of parameters first, in their order, then the returned ones.
    pub outputs: Vec<PythonOutput>,
    /// Problems, in the order of the source. Their place has no component key yet: see [`PythonSignature::placed`].
    pub diagnostics: Vec<Diagnostic>,
}

/// A function that could be the component's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionSummary {
    /// Its name.
    pub name: String,
    /// The line of its `def`, from 1.
    pub line: u32,
    /// Whether every parameter has an annotation: helpers usually have not.
    pub annotated: bool,
}

/// An input as the signature declares it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PythonInput {
    /// The port's name: [`port_name`] of the parameter.
    pub name: String,
    /// The parameter's name in the function.
    pub parameter: String,
    /// KFP's name of the type, or its structured form.
    #[serde(rename = "type")]
    pub port_type: Value,
    /// The default as JSON; `None` when there is none, `null` for Python's `None`.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Whether the task may leave it without any value: the default is `None`, or computed by the function.
    pub optional: bool,
    /// From the docstring's section on arguments.
    pub description: Option<String>,
    /// The values that `Literal[…]` allows; empty means any.
    pub choices: Vec<Value>,
}

/// An output as the signature declares it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PythonOutput {
    /// The port's name.
    pub name: String,
    /// The parameter's name; `None` for a returned value.
    pub parameter: Option<String>,
    /// KFP's name of the type, or its structured form.
    #[serde(rename = "type")]
    pub port_type: Value,
    /// From the docstring.
    pub description: Option<String>,
}

/// A default of `null` is a value, not the lack of one.
mod present {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::Value;

    pub(super) fn serialize<S: Serializer>(value: &Option<Value>, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
        Value::deserialize(deserializer).map(Some)
    }
}

/// The port's name of a parameter, KFP v1's rule: a parameter that is a path (`InputPath`, `OutputPath`) loses `_path`
/// and then `_file` at its end, one that is an open file (`InputTextFile`, …) loses `_file`; all others keep their name.
/// `suffixes` are the ones to strip, in order. Underscores stay. A name that is nothing but the suffix stays too.
pub fn port_name(parameter: &str, suffixes: &[&str]) -> String {
    let mut name = parameter;
    for suffix in suffixes {
        name = name.strip_suffix(suffix).filter(|rest| !rest.is_empty()).unwrap_or(name);
    }
    String::from(name)
}

/// Whether two names mean one port of a Python function: spaces, hyphens and underscores are the same, so that a
/// document may call `confusion_matrix` "confusion matrix". The bootstrap has the same rule.
pub fn same_port(left: &str, right: &str) -> bool {
    let letters = |name: &str| {
        let words = name.split(|c: char| c.is_whitespace() || c == '_' || c == '-').filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("_")
    };
    letters(left) == letters(right)
}

impl PythonSignature {
    /// The same with every problem placed at the component with this key.
    #[must_use]
    pub fn placed(mut self, key: &str) -> Self {
        for diagnostic in &mut self.diagnostics {
            if let Place::Component { component, .. } = &mut diagnostic.place {
                *component = String::from(key);
            }
        }
        self
    }

    /// Gives `component` the ports, description and function of this signature, and image and packages of its decorator
    /// where nobody chose others. Its name stays when it has one;
    /// a port that is still there keeps the name and the unknown fields it has in the document, so that wires hold.
    pub fn apply_to(&self, component: &mut Component) {
        if component.name.is_empty() {
            component.name = self.function.clone().unwrap_or_default();
        }
        if self.description.is_some() {
            component.description.clone_from(&self.description);
        }
        if let (Implementation::Python(python), Some(function)) = (&mut component.implementation, &self.function) {
            python.function.clone_from(function);
            if python.packages.is_empty() {
                python.packages.clone_from(&self.packages);
            }
            if let Some(image) = &self.image
                && (python.image.is_empty() || python.image == DEFAULT_IMAGE)
            {
                python.image.clone_from(image);
            }
        }
        let inputs = self.inputs.iter().map(|input| {
            let is_it = |port: &&InputPort| same_port(&port.name, &input.name) || port.name == input.parameter;
            let known = component.inputs.iter().find(is_it);
            let mut extra = known.map_or_else(Extra::new, |port| port.extra.clone());
            if input.choices.is_empty() {
                extra.shift_remove("enum");
            } else {
                extra.insert(String::from("enum"), Value::Array(input.choices.clone()));
            }
            InputPort {
                name: known.map_or(&input.name, |port| &port.name).clone(),
                type_spec: Some(type_spec(&input.port_type)),
                description: input.description.clone().or_else(|| known.and_then(|port| port.description.clone())),
                default: input.default.clone().filter(|default| !default.is_null()),
                optional: input.optional,
                extra,
            }
        });
        let inputs = inputs.collect();
        let outputs = self.outputs.iter().map(|output| {
            let is_it = |port: &&OutputPort| {
                same_port(&port.name, &output.name) || output.parameter.as_ref() == Some(&port.name)
            };
            let known = component.outputs.iter().find(is_it);
            OutputPort {
                name: known.map_or(&output.name, |port| &port.name).clone(),
                type_spec: Some(type_spec(&output.port_type)),
                description: output.description.clone().or_else(|| known.and_then(|port| port.description.clone())),
                extra: known.map_or_else(Extra::new, |port| port.extra.clone()),
            }
        });
        component.outputs = outputs.collect();
        component.inputs = inputs;
    }
}

fn type_spec(port_type: &Value) -> TypeSpec {
    match port_type {
        Value::String(name) => TypeSpec::Named(name.clone()),
        structured => TypeSpec::Structured(structured.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_names_follow_kfp() {
        let path = ["_path", "_file"];
        for (parameter, port) in [
            ("model_path", "model"),
            ("model_file_path", "model"),
            ("model_file", "model"),
            ("model_path_file", "model_path"),
            ("_path", "_path"),
            ("confusion_matrix", "confusion_matrix"),
        ] {
            assert_eq!(port_name(parameter, &path), port);
        }
        assert_eq!(port_name("model_path", &["_file"]), "model_path");
    }

    #[test]
    fn a_port_keeps_the_name_that_the_document_gave_it() {
        let output = OutputPort { name: String::from("confusion matrix"), ..OutputPort::default() };
        let mut component = Component { outputs: vec![output], ..Component::default() };
        let found = PythonOutput {
            name: String::from("confusion_matrix"),
            parameter: None,
            port_type: Value::from("ClassificationMetrics"),
            description: None,
        };
        PythonSignature { outputs: vec![found], ..PythonSignature::default() }.apply_to(&mut component);
        assert_eq!(component.outputs[0].name, "confusion matrix");
        assert_eq!(component.outputs[0].type_spec, Some(TypeSpec::Named(String::from("ClassificationMetrics"))));
    }

    #[test]
    fn a_default_of_none_survives_json() {
        let text = r#"{"name":"a","parameter":"a","type":"String","default":null,"optional":true,"description":null,"choices":[]}"#;
        let input: PythonInput = serde_json::from_str(text).unwrap();
        assert_eq!(input.default, Some(Value::Null));
        assert_eq!(serde_json::to_string(&input).unwrap(), text);
    }
}
