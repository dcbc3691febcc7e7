//! A component: inputs, outputs and an implementation, as KFP's `component.yaml` has them, plus `python` and `graph`.
//! Data only. Reading and writing files is `pipeline/file.rs`; nothing here decides how a component runs.

use crate::{pipeline::Graph, types::TypeSpec};
use indexmap::IndexMap;
use serde_json::{Map, Value};

/// Fields that this version does not know, kept in their order and written back where they stood.
pub type Extra = Map<String, Value>;

/// A reusable piece of work (KFP's ComponentSpec).
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Component {
    /// What people call it; KFP's `name`. May be any Unicode text.
    pub name: String,
    /// What it does, in a sentence or more.
    pub description: Option<String>,
    /// Where it came from (`builtin/digits/train`, a URL, a file name). Not part of the digest.
    pub origin: Option<String>,
    /// `sha256:` of the component without origin and digest, as it was when embedded.
    pub digest: Option<String>,
    /// Inputs in their order.
    pub inputs: Vec<InputPort>,
    /// Outputs in their order.
    pub outputs: Vec<OutputPort>,
    /// How it runs.
    pub implementation: Implementation,
    /// `metadata` and whatever else stood in the file.
    pub extra: Extra,
}

/// One input of a component.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct InputPort {
    /// The port's name; unique among the inputs.
    pub name: String,
    /// The type as written; `None` follows the placeholder it is used by.
    pub type_spec: Option<TypeSpec>,
    /// For people.
    pub description: Option<String>,
    /// Used when a task gives no argument. Text in KFP files; any JSON value in ours.
    pub default: Option<Value>,
    /// Whether it may stay without a value (KFP's `optional`).
    pub optional: bool,
    /// `annotations` and whatever else stood in the file.
    pub extra: Extra,
}

/// One output of a component.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OutputPort {
    /// The port's name; unique among the outputs.
    pub name: String,
    /// The type as written; `None` follows the placeholder it is used by (an artifact).
    pub type_spec: Option<TypeSpec>,
    /// For people.
    pub description: Option<String>,
    /// Whatever else stood in the file.
    pub extra: Extra,
}

/// How a component runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Implementation {
    /// A container's command and arguments with placeholders.
    Container(ContainerImplementation),
    /// A Python function; becomes a container command when compiled.
    Python(PythonImplementation),
    /// Tasks of its own: a sub-pipeline.
    Graph(Box<GraphImplementation>),
    /// Nothing that this version can read: kept verbatim, reported by check, never run.
    Unknown(Value),
}

impl Default for Implementation {
    fn default() -> Self {
        Self::Container(ContainerImplementation::default())
    }
}

/// KFP's `implementation.container`.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ContainerImplementation {
    /// The image's reference.
    pub image: String,
    /// The entry point; empty takes the image's own (a cluster only: check says so).
    pub command: Vec<Placeholder>,
    /// The arguments after the command.
    pub args: Vec<Placeholder>,
    /// Environment variables of every task made from it.
    pub env: IndexMap<String, String>,
    /// KFP v1's deprecated `fileOutputs`: output name → path inside the container.
    pub file_outputs: IndexMap<String, String>,
    /// Whatever else stood in the file.
    pub extra: Extra,
}

/// A Python function (ours).
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PythonImplementation {
    /// The base image; anything with Python 3.7 or newer.
    pub image: String,
    /// pip requirement specifiers, installed unless already satisfied.
    pub packages: Vec<String>,
    /// The name of the function in `source` that is called.
    pub function: String,
    /// The whole module text; byte for byte what the author typed.
    pub source: String,
    /// Environment variables of every task made from it.
    pub env: IndexMap<String, String>,
    /// Whatever else stood in the file.
    pub extra: Extra,
}

/// A graph as an implementation: a sub-pipeline (ours), or KFP's own graph component, kept in `extra`.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct GraphImplementation {
    /// The inner graph. Its parameters are the component's inputs.
    pub graph: Graph,
    /// Whatever else stood in the file.
    pub extra: Extra,
}

/// A piece of a command line (KFP's placeholders).
#[derive(Clone, Debug, PartialEq)]
pub enum Placeholder {
    /// Literal text.
    Text(String),
    /// `{inputValue: name}`: the value as text.
    InputValue(String),
    /// `{inputPath: name}`: the path of a file or folder with the content.
    InputPath(String),
    /// `{outputPath: name}`: the path that the program writes to.
    OutputPath(String),
    /// `{concat: […]}`: the pieces joined to one argument.
    Concat(Vec<Placeholder>),
    /// `{if: {cond, then, else}}`.
    If {
        /// When the first branch is taken.
        condition: IfCondition,
        /// Arguments when it holds.
        then: Vec<Placeholder>,
        /// Arguments otherwise.
        otherwise: Vec<Placeholder>,
    },
    /// One that this version cannot carry out (`inputUri`, `executorInput`, …): kept, and reported by check.
    Unknown(Value),
}

/// The `cond` of an `if` placeholder.
#[derive(Clone, Debug, PartialEq)]
pub enum IfCondition {
    /// `{isPresent: input}`: whether the input has an argument or a default.
    IsPresent(String),
    /// A text or placeholder that must come out as `true`.
    Value(Box<Placeholder>),
    /// A literal `true` or `false`.
    Literal(bool),
}

impl Placeholder {
    /// Calls `visit` for this placeholder and for every one inside it, those in conditions included.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Placeholder)) {
        visit(self);
        match self {
            Self::Concat(pieces) => pieces.iter().for_each(|piece| piece.walk(visit)),
            Self::If { condition, then, otherwise } => {
                if let IfCondition::Value(value) = condition {
                    value.walk(visit);
                }
                then.iter().chain(otherwise).for_each(|piece| piece.walk(visit));
            }
            _ => {}
        }
    }
}
