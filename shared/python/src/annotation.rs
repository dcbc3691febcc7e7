//! Annotations: what a parameter or a returned value is, read from the expression after its colon or arrow.
//! Resolves no imports: the last name of `kfp.dsl.InputPath` decides.

mod generic;

use crate::literal::literal;
use crate::nesting::too_deep;
use dagwright_shared::types::ParameterType;
use dagwright_texts::t;
use generic::{flatten, read_subscript, read_union};
use rustpython_ruff_python_ast::{Expr, ExprCall, Operator};
use rustpython_ruff_python_parser::parse_expression;
use rustpython_ruff_text_size::{Ranged, TextRange};
use serde_json::Value;

/// How a parameter is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passing {
    /// The value itself.
    Value,
    /// `InputPath`: the path of a file with it.
    InputPath,
    /// `OutputPath`: the path to write to.
    OutputPath,
    /// `InputTextFile`, `InputBinaryFile`: an open file.
    InputFile,
    /// `OutputTextFile`, `OutputBinaryFile`: a file open for writing.
    OutputFile,
    /// `Input[Model]`: an artifact object.
    InputArtifact,
    /// `Output[Model]`: an artifact object to fill.
    OutputArtifact,
}

impl Passing {
    pub(crate) fn is_output(self) -> bool {
        matches!(self, Self::OutputPath | Self::OutputFile | Self::OutputArtifact)
    }

    /// What a parameter's name loses to become the port's.
    pub(crate) fn suffixes(self) -> &'static [&'static str] {
        match self {
            Self::InputPath | Self::OutputPath => &["_path", "_file"],
            Self::InputFile | Self::OutputFile => &["_file"],
            Self::Value | Self::InputArtifact | Self::OutputArtifact => &[],
        }
    }
}

/// What an annotation says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Annotation {
    pub(crate) passing: Passing,
    /// A type's name, or KFP's structured form.
    pub(crate) port_type: Value,
    /// Whether `None` is allowed.
    pub(crate) nullable: bool,
    /// Of `Literal[…]`.
    pub(crate) choices: Vec<Value>,
}

/// Why an annotation cannot become a port.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) range: TextRange,
    pub(crate) message: String,
    pub(crate) hint: String,
}

/// What annotations there are.
fn forms() -> &'static str {
    t!(
        "Use str, int, float, bool, list, dict, InputPath(\"Dataset\"), OutputPath(\"Model\"), Input[Dataset] or Output[Model]."
    )
}

/// The artifact classes of `kfp.dsl`: the only ones that may stand bare.
const ARTIFACT_CLASSES: [&str; 8] = [
    "Artifact",
    "Dataset",
    "Model",
    "Metrics",
    "ClassificationMetrics",
    "SlicedClassificationMetrics",
    "HTML",
    "Markdown",
];

/// How deep annotations may nest, strings in strings included.
const DEPTH: usize = 16;

/// Reads an annotation. `source` is the text that the ranges point into.
pub(crate) fn read(expression: &Expr) -> Result<Annotation, Refusal> {
    read_nested(expression, DEPTH)
}

/// The last name of a name, an attribute or a call: `dsl.Input` is `Input`.
pub(crate) fn last_name(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        Expr::Call(call) => last_name(&call.func),
        _ => None,
    }
}

fn read_nested(expression: &Expr, depth: usize) -> Result<Annotation, Refusal> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(refusal(expression, t!("This annotation nests too deeply"), forms()));
    };
    match expression {
        Expr::StringLiteral(string) => read_string(expression, string.value.to_str(), depth),
        Expr::Name(_) | Expr::Attribute(_) => read_name(expression),
        Expr::Call(call) => read_call(expression, call, depth),
        Expr::Subscript(subscript) => read_subscript(expression, subscript, depth),
        Expr::BinOp(binary) if binary.op == Operator::BitOr => {
            let mut members = Vec::new();
            flatten(expression, &mut members);
            read_union(expression, &members, depth)
        }
        _ => Err(refusal(expression, t!("This annotation is no type that a port can have"), forms())),
    }
}

fn refusal(at: &impl Ranged, message: impl Into<String>, hint: &str) -> Refusal {
    Refusal { range: at.range(), message: message.into(), hint: String::from(hint) }
}

fn value(name: &str) -> Annotation {
    Annotation { passing: Passing::Value, port_type: Value::from(name), nullable: false, choices: Vec::new() }
}

fn plain_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "str" => "String",
        "int" => "Integer",
        "float" => "Float",
        "bool" => "Boolean",
        "list" | "List" | "Sequence" | "Iterable" => "List",
        "dict" | "Dict" | "Mapping" => "Dict",
        _ => return None,
    })
}

fn file_passing(name: &str) -> Option<Passing> {
    Some(match name {
        "InputPath" => Passing::InputPath,
        "OutputPath" => Passing::OutputPath,
        "InputTextFile" | "InputBinaryFile" => Passing::InputFile,
        "OutputTextFile" | "OutputBinaryFile" => Passing::OutputFile,
        _ => return None,
    })
}

fn read_name(expression: &Expr) -> Result<Annotation, Refusal> {
    let name = last_name(expression).unwrap_or_default();
    if let Some(plain) = plain_type(name) {
        return Ok(value(plain));
    }
    if let Some(passing) = file_passing(name) {
        return Ok(Annotation { passing, ..value("Artifact") });
    }
    if ARTIFACT_CLASSES.contains(&name) {
        return Ok(Annotation { passing: Passing::InputArtifact, ..value(name) });
    }
    let hint = match name {
        "tuple" | "Tuple" | "set" | "Set" | "frozenset" => t!("Use list: values travel as JSON."),
        "bytes" | "bytearray" => t!("Use InputPath(\"Artifact\") or OutputPath(\"Artifact\"): bytes travel as files."),
        "DataFrame" => {
            t!("Use InputPath(\"Dataset\") or OutputPath(\"Dataset\") and read or write the file in the function.")
        }
        "Input" | "Output" => t!("Name the artifact's class: Input[Dataset], Output[Model]."),
        _ => forms(),
    };
    Err(refusal(expression, t!("The type {name} is no type that a port can have", name), hint))
}

/// The expression that a string annotation holds.
pub(crate) fn parsed_string(text: &str) -> Option<Expr> {
    if too_deep(text) {
        return None;
    }
    Some(*parse_expression(text.trim()).ok()?.into_syntax().body)
}

/// A string annotation is an expression; KFP v1 also takes a bare type name, such as `'JsonObject'`.
fn read_string(expression: &Expr, text: &str, depth: usize) -> Result<Annotation, Refusal> {
    if ParameterType::from_name(text.trim()).is_some() && plain_type(text.trim()).is_none() {
        return Ok(value(text.trim()));
    }
    let Some(parsed) = parsed_string(text) else {
        return Err(refusal(
            expression,
            t!("The annotation {text} is no Python expression", text = format!("{text:?}")),
            forms(),
        ));
    };
    let at_the_string = |refusal: Refusal| Refusal { range: expression.range(), ..refusal };
    read_nested(&parsed, depth).map_err(at_the_string)
}

/// `InputPath("Dataset")` and its kin; the argument names a type.
fn read_call(expression: &Expr, call: &ExprCall, depth: usize) -> Result<Annotation, Refusal> {
    let name = last_name(&call.func).unwrap_or_default();
    let Some(passing) = file_passing(name) else {
        return Err(refusal(expression, t!("The call {name}(…) is no annotation that a port can have", name), forms()));
    };
    let argument =
        call.arguments.args.first().or_else(|| call.arguments.keywords.first().map(|keyword| &keyword.value));
    let port_type = match argument {
        None | Some(Expr::NoneLiteral(_)) => Value::from("Artifact"),
        Some(Expr::StringLiteral(string)) if !string.value.to_str().trim().is_empty() => {
            Value::from(string.value.to_str().trim())
        }
        Some(dict @ Expr::Dict(_)) => match literal(dict) {
            Some(structured) if structured.as_object().is_some_and(|map| map.len() == 1) => structured,
            _ => return Err(refusal(dict, t!("A structured type is a dict literal with one key, its name"), forms())),
        },
        Some(class @ (Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_))) => type_of_class(class, depth)?,
        Some(other) => {
            let hint = t!("Write {name}(\"Dataset\"), or another type's name.", name);
            return Err(refusal(other, t!("{name} takes a type's name", name), &hint));
        }
    };
    Ok(Annotation { passing, port_type, nullable: false, choices: Vec::new() })
}

/// A class where a type's name is wanted: `str`, `dsl.Model`, `List[int]`, or a class of the author's own.
fn type_of_class(class: &Expr, depth: usize) -> Result<Value, Refusal> {
    match class {
        Expr::Subscript(_) => read_nested(class, depth).map(|annotation| annotation.port_type),
        _ => {
            let name = last_name(class).unwrap_or_default();
            Ok(Value::from(plain_type(name).unwrap_or(name)))
        }
    }
}
