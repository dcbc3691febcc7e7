//! Types of ports and parameters, and the one table of what fits what.
//! Used by check, by the canvas while a wire is dragged, and by import; nothing else may decide it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A type as the author wrote it: KFP allows a name (`Integer`) or a structure (`{GCSPath: {…}}`).
/// Kept verbatim, so that a file's spelling (`Float`, `JsonArray`) survives a round trip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeSpec {
    /// A plain name, such as `String`, `Dataset` or `system.Model@0.0.1`.
    Named(String),
    /// KFP's structured form: one key, the name, with properties below.
    Structured(Value),
}

impl TypeSpec {
    /// The name that decides the meaning: the name itself, or the structure's only key.
    pub fn name(&self) -> &str {
        match self {
            TypeSpec::Named(name) => name,
            TypeSpec::Structured(value) => {
                value.as_object().and_then(|map| map.keys().next()).map_or("Artifact", String::as_str)
            }
        }
    }
}

/// The kinds of parameter values (KFP's, with its aliases folded together).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ParameterType {
    /// Any text.
    String,
    /// A whole number.
    Integer,
    /// A floating-point number; `Float` is its alias.
    Double,
    /// `true` or `false`.
    Boolean,
    /// A JSON array; `JsonArray` is its alias.
    List,
    /// A JSON object; `JsonObject` and `Struct` are its aliases.
    Dict,
}

/// What a port carries once its spelling and its placeholders have been read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "type", rename_all = "lowercase")]
pub enum PortType {
    /// A small value, carried as text.
    Parameter(ParameterType),
    /// A file or folder. `None` is the generic `Artifact`, which fits any other artifact.
    Artifact(Option<String>),
}

impl ParameterType {
    /// Reads a type's name with all aliases that KFP's SDKs have used; `None` means it names an artifact.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "String" | "str" | "string" | "Text" | "STRING" => Self::String,
            "Integer" | "int" | "integer" | "Int" | "NUMBER_INTEGER" | "INT" => Self::Integer,
            "Double" | "Float" | "float" | "double" | "NUMBER_DOUBLE" | "DOUBLE" => Self::Double,
            "Boolean" | "Bool" | "bool" | "boolean" | "BOOLEAN" => Self::Boolean,
            "List" | "JsonArray" | "list" | "LIST" => Self::List,
            "Dict" | "JsonObject" | "dict" | "Struct" | "STRUCT" => Self::Dict,
            _ => return None,
        })
    }

    /// The canonical name, as written into new documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::Integer => "Integer",
            Self::Double => "Double",
            Self::Boolean => "Boolean",
            Self::List => "List",
            Self::Dict => "Dict",
        }
    }

    /// All of them, in the order menus show.
    pub const ALL: [Self; 6] = [Self::String, Self::Integer, Self::Double, Self::Boolean, Self::List, Self::Dict];
}

impl PortType {
    /// Reads a written type. Names that are no parameter's are artifacts; `Artifact` (also `system.Artifact`) is generic.
    pub fn from_spec(spec: &TypeSpec) -> Self {
        let name = spec.name();
        if let Some(parameter) = ParameterType::from_name(name) {
            return Self::Parameter(parameter);
        }
        let name = name.split('@').next().unwrap_or(name);
        let name = name.strip_prefix("system.").or_else(|| name.strip_prefix("google.")).unwrap_or(name);
        if name == "Artifact" || name.is_empty() { Self::Artifact(None) } else { Self::Artifact(Some(name.to_owned())) }
    }

    /// Short name for people: `Integer`, `Model`, `Artifact`.
    pub fn name(&self) -> &str {
        match self {
            Self::Parameter(parameter) => parameter.name(),
            Self::Artifact(Some(name)) => name,
            Self::Artifact(None) => "Artifact",
        }
    }

    /// Whether this is a file or folder.
    pub fn is_artifact(&self) -> bool {
        matches!(self, Self::Artifact(_))
    }

    /// Whether an output of type `self` may feed an input of type `input` (CONTRACTS.md, "Values": same type;
    /// generic fits any artifact both ways; Integer → Double; any parameter → String).
    pub fn fits(&self, input: &PortType) -> bool {
        match (self, input) {
            (Self::Artifact(from), Self::Artifact(to)) => from.is_none() || to.is_none() || from == to,
            (Self::Parameter(from), Self::Parameter(to)) => {
                from == to
                    || *to == ParameterType::String
                    || (*from == ParameterType::Integer && *to == ParameterType::Double)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_what_fits() {
        let parameter = |name| PortType::from_spec(&TypeSpec::Named(String::from(name)));
        for (from, to, fits) in [
            ("Integer", "Float", true),
            ("Float", "Integer", false),
            ("Integer", "String", true),
            ("JsonObject", "String", true),
            ("String", "Integer", false),
            ("Model", "Model", true),
            ("Model", "Dataset", false),
            ("Model", "Artifact", true),
            ("Artifact", "Dataset", true),
            ("Model", "String", false),
            ("Integer", "Artifact", false),
        ] {
            assert_eq!(parameter(from).fits(&parameter(to)), fits, "{from} -> {to}");
        }
    }
}
