//! `-p name=value` and `-a name=path`: what is typed becomes values of the parameters' types. Must not look at files.

use super::CommandError;
use dagwright_shared::check::Arguments;
use dagwright_shared::pipeline::Pipeline;
use dagwright_shared::values::ValueRules;
use serde_json::Value;
use std::str::FromStr;

/// `name=value`, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Before the first `=`.
    pub name: String,
    /// After it.
    pub value: String,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
        Ok(Self { name: String::from(name), value: String::from(value) })
    }
}

/// The values of a run, each of its parameter's type.
///
/// # Errors
/// [`CommandError::Value`] with the parameter, and the names that there are.
pub(super) fn parameters(pipeline: &Pipeline, given: &[Assignment]) -> Result<Arguments, CommandError> {
    let mut values = Arguments::new();
    for Assignment { name, value } in given {
        let parameter = known(pipeline, name)?;
        let value = match ValueRules::of_parameter(parameter) {
            Some(rules) => rules.read(value).map_err(|problem| CommandError::Value {
                name: name.clone(),
                reason: String::from(problem.message()),
            })?,
            None => Value::from(value.as_str()),
        };
        values.insert(name.clone(), value);
    }
    Ok(values)
}

/// The parameter of that name.
pub(super) fn known<'a>(
    pipeline: &'a Pipeline,
    name: &str,
) -> Result<&'a dagwright_shared::pipeline::Parameter, CommandError> {
    pipeline.graph.parameters.get(name).ok_or_else(|| {
        let names: Vec<&str> = pipeline.graph.parameters.keys().map(String::as_str).collect();
        let reason = if names.is_empty() {
            String::from("the pipeline has no parameters")
        } else {
            format!("the pipeline has no such parameter; it has {}", names.join(", "))
        };
        CommandError::Value { name: String::from(name), reason }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_hold_the_sign_itself() {
        let read: Assignment = "filter=a=b".parse().unwrap();
        assert_eq!((read.name.as_str(), read.value.as_str()), ("filter", "a=b"));
        assert!("filter".parse::<Assignment>().is_err());
    }
}
