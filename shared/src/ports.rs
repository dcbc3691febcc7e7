//! What a component's ports carry and how its implementation uses them, once spelling and placeholders have been read.
//! The canvas, check and the compiler ask here; nothing else may read a type from a placeholder.

use crate::component::{Component, IfCondition, Implementation, Placeholder};
use crate::types::{ParameterType, PortType};
use serde_json::Value;
use std::collections::HashMap;

/// A component's resolved ports, in the component's order.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Ports {
    /// Inputs.
    pub inputs: Vec<ResolvedInput>,
    /// Outputs.
    pub outputs: Vec<ResolvedOutput>,
}

/// An input with its meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedInput {
    /// As written.
    pub name: String,
    /// What it carries; an untyped input follows its placeholder, and is a String where no placeholder names it.
    pub port_type: PortType,
    /// What it takes when a task gives nothing.
    pub default: Option<Value>,
    /// Whether it may stay without a value.
    pub optional: bool,
    /// The only values allowed (`enum`, from Python's `Literal`); empty means any.
    pub choices: Vec<Value>,
    /// Whether the implementation uses its value as text.
    pub as_value: bool,
    /// Whether the implementation uses a file's or folder's path.
    pub as_file: bool,
    /// Whether an `if` asks for its presence or value.
    pub in_condition: bool,
}

/// An output with its meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedOutput {
    /// As written.
    pub name: String,
    /// What it carries; an untyped output is a generic artifact.
    pub port_type: PortType,
    /// Whether the implementation knows where to write it.
    pub written: bool,
    /// A literal path inside the container (KFP v1's `fileOutputs`).
    pub path: Option<String>,
}

impl ResolvedInput {
    /// Whether a task must feed it: no default, and not optional.
    pub fn required(&self) -> bool {
        self.default.is_none() && !self.optional
    }
}

impl Ports {
    /// An input by its name.
    pub fn input(&self, name: &str) -> Option<&ResolvedInput> {
        self.inputs.iter().find(|input| input.name == name)
    }

    /// An output by its name.
    pub fn output(&self, name: &str) -> Option<&ResolvedOutput> {
        self.outputs.iter().find(|output| output.name == name)
    }
}

/// Reads the ports of a component.
pub fn ports(component: &Component) -> Ports {
    let mut uses = Uses::default();
    match &component.implementation {
        Implementation::Container(container) => {
            container.command.iter().chain(&container.args).for_each(|placeholder| uses.read(placeholder));
            uses.paths = container.file_outputs.iter().map(|(output, path)| (output.as_str(), path.as_str())).collect();
        }
        Implementation::Python(_) => uses.read_python(component),
        Implementation::Graph(_) | Implementation::Unknown(_) => {
            uses.outputs.extend(component.outputs.iter().map(|output| output.name.as_str()));
        }
    }
    let inputs = component.inputs.iter().map(|input| {
        let usage = uses.inputs.get(input.name.as_str()).copied().unwrap_or_default();
        let from_placeholder = || {
            if usage.as_file && !usage.as_value {
                PortType::Artifact(None)
            } else {
                PortType::Parameter(ParameterType::String)
            }
        };
        ResolvedInput {
            name: input.name.clone(),
            port_type: input.type_spec.as_ref().map_or_else(from_placeholder, PortType::from_spec),
            default: input.default.clone().filter(|default| !default.is_null()),
            optional: input.optional,
            choices: input.extra.get("enum").and_then(Value::as_array).cloned().unwrap_or_default(),
            as_value: usage.as_value,
            as_file: usage.as_file,
            in_condition: usage.in_condition,
        }
    });
    let outputs = component.outputs.iter().map(|output| {
        let path = uses.paths.get(output.name.as_str()).map(|path| String::from(*path));
        ResolvedOutput {
            name: output.name.clone(),
            port_type: output.type_spec.as_ref().map_or(PortType::Artifact(None), PortType::from_spec),
            written: path.is_some() || uses.outputs.contains(&output.name.as_str()),
            path,
        }
    });
    Ports { inputs: inputs.collect(), outputs: outputs.collect() }
}

#[derive(Clone, Copy, Default)]
struct Usage {
    as_value: bool,
    as_file: bool,
    in_condition: bool,
}

#[derive(Default)]
struct Uses<'a> {
    inputs: HashMap<&'a str, Usage>,
    outputs: Vec<&'a str>,
    paths: HashMap<&'a str, &'a str>,
}

impl<'a> Uses<'a> {
    fn read(&mut self, placeholder: &'a Placeholder) {
        match placeholder {
            Placeholder::Text(_) | Placeholder::Unknown(_) => {}
            Placeholder::InputValue(name) => self.inputs.entry(name).or_default().as_value = true,
            Placeholder::InputPath(name) => self.inputs.entry(name).or_default().as_file = true,
            Placeholder::OutputPath(name) => self.outputs.push(name),
            Placeholder::Concat(pieces) => pieces.iter().for_each(|piece| self.read(piece)),
            Placeholder::If { condition, then, otherwise } => {
                match condition {
                    IfCondition::IsPresent(name) => self.inputs.entry(name).or_default().in_condition = true,
                    IfCondition::Value(value) => self.read_condition(value),
                    IfCondition::Literal(_) => {}
                }
                then.iter().chain(otherwise).for_each(|piece| self.read(piece));
            }
        }
    }

    fn read_condition(&mut self, placeholder: &'a Placeholder) {
        match placeholder {
            Placeholder::InputValue(name) | Placeholder::InputPath(name) => {
                self.inputs.entry(name).or_default().in_condition = true;
            }
            Placeholder::Concat(pieces) => pieces.iter().for_each(|piece| self.read_condition(piece)),
            other => self.read(other),
        }
    }

    /// A Python function takes artifacts as paths and parameters as values, and writes every output
    /// (`python/command.rs`, which makes its command line).
    fn read_python(&mut self, component: &'a Component) {
        for input in &component.inputs {
            let as_file = input.type_spec.as_ref().is_none_or(|spec| PortType::from_spec(spec).is_artifact());
            let usage = Usage { as_value: !as_file, as_file, in_condition: false };
            self.inputs.insert(&input.name, usage);
        }
        self.outputs.extend(component.outputs.iter().map(|output| output.name.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::component::{ContainerImplementation, InputPort, OutputPort};
    use crate::types::TypeSpec;

    #[test]
    fn untyped_ports_follow_their_placeholders() {
        let names = ["value", "file", "both", "unused", "asked"];
        let input = |name: &str| InputPort { name: String::from(name), ..InputPort::default() };
        let typed = InputPort { type_spec: Some(TypeSpec::Named(String::from("Integer"))), ..input("typed") };
        let text = String::from;
        let args = vec![
            Placeholder::Concat(vec![Placeholder::InputValue(text("value")), Placeholder::InputValue(text("both"))]),
            Placeholder::InputPath(text("file")),
            Placeholder::InputPath(text("both")),
            Placeholder::InputPath(text("typed")),
            Placeholder::OutputPath(text("out")),
            Placeholder::If {
                condition: IfCondition::IsPresent(text("asked")),
                then: vec![Placeholder::InputPath(text("asked"))],
                otherwise: Vec::new(),
            },
        ];
        let component = Component {
            inputs: names.into_iter().map(input).chain([typed]).collect(),
            outputs: ["out", "old", "lost"].map(|name| OutputPort { name: text(name), ..OutputPort::default() }).into(),
            implementation: Implementation::Container(ContainerImplementation {
                args,
                file_outputs: [(text("old"), text("/old.txt"))].into_iter().collect(),
                ..ContainerImplementation::default()
            }),
            ..Component::default()
        };
        let ports = ports(&component);
        let types: Vec<_> = ports.inputs.iter().map(|input| input.port_type.name()).collect();
        assert_eq!(types, ["String", "Artifact", "String", "String", "Artifact", "Integer"]);
        let both = ports.input("both").unwrap();
        assert!(both.as_value && both.as_file && both.required());
        assert!(ports.input("typed").unwrap().as_file);
        let written: Vec<_> = ports.outputs.iter().map(|output| output.written).collect();
        assert_eq!(written, [true, true, false]);
        assert_eq!(ports.output("old").unwrap().path.as_deref(), Some("/old.txt"));
    }
}
