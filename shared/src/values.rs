//! Values of parameters as text and back: the one table that inspector, run form, compiler and server share
//! (CONTRACTS.md, "Values"). Knows nothing of pipelines; messages are for people.

use crate::pipeline::Parameter;
use crate::ports::ResolvedInput;
use crate::types::{ParameterType, PortType};
use dagwright_texts::t;
use serde_json::Value;

/// The longest value, in bytes of UTF-8, that goes into a command line (what Linux takes as one argument).
pub const MAXIMUM_ARGUMENT_BYTES: usize = 128 * 1024;

/// Why a text is refused that no command line can hold.
pub(crate) fn zero_byte() -> &'static str {
    t!("Must not contain a zero byte.")
}

/// What a value has to keep.
#[derive(Clone, Copy, Debug)]
pub struct ValueRules<'a> {
    /// Its type.
    pub parameter_type: ParameterType,
    /// The only values allowed; empty means any.
    pub choices: &'a [Value],
    /// Smallest number allowed.
    pub minimum: Option<f64>,
    /// Largest number allowed.
    pub maximum: Option<f64>,
    /// Named in messages.
    pub default: Option<&'a Value>,
}

/// Why a value is refused; the message is a sentence for people, with the limit and the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueProblem {
    /// Not of the type.
    Form(String),
    /// Of the type, but outside limits or choices.
    Range(String),
}

impl ValueProblem {
    /// The sentence.
    pub fn message(&self) -> &str {
        match self {
            Self::Form(message) | Self::Range(message) => message,
        }
    }
}

impl<'a> ValueRules<'a> {
    /// The rules of a pipeline parameter; `None` when its type is an artifact's.
    pub fn of_parameter(parameter: &'a Parameter) -> Option<Self> {
        let PortType::Parameter(parameter_type) = parameter_port_type(parameter) else { return None };
        Some(Self {
            parameter_type,
            choices: &parameter.choices,
            minimum: parameter.minimum,
            maximum: parameter.maximum,
            default: parameter.default.as_ref(),
        })
    }

    /// The rules of a component's input; `None` when its type is an artifact's. `choices` come with Python's `Literal`.
    pub fn of_input(input: &'a ResolvedInput) -> Option<Self> {
        let PortType::Parameter(parameter_type) = input.port_type else { return None };
        let default = input.default.as_ref();
        Some(Self { parameter_type, choices: &input.choices, minimum: None, maximum: None, default })
    }

    /// Reads what a person typed into a field, as a value to store in the document or to send with a run.
    ///
    /// # Errors
    /// The sentence to show under the field.
    pub fn read(&self, text: &str) -> Result<Value, ValueProblem> {
        let value = from_text(text, self.parameter_type).map_err(|problem| self.with_default(problem))?;
        self.check(&value)?;
        Ok(value)
    }

    /// Checks a value and gives it as the text that tasks see.
    ///
    /// # Errors
    /// The sentence to show.
    pub fn check(&self, value: &Value) -> Result<String, ValueProblem> {
        let text = to_text(value, self.parameter_type).map_err(|problem| self.with_default(problem))?;
        if !self.choices.is_empty() {
            let choices: Vec<String> =
                self.choices.iter().filter_map(|choice| to_text(choice, self.parameter_type).ok()).collect();
            if !choices.contains(&text) {
                let message = t!("Must be one of {choices}.", choices = choices.join(", "));
                return Err(self.with_default(ValueProblem::Range(message)));
            }
        }
        let numeric = matches!(self.parameter_type, ParameterType::Integer | ParameterType::Double);
        let number = text.parse::<f64>().ok().filter(|_| numeric);
        let outside = number.is_some_and(|number| {
            self.minimum.is_some_and(|minimum| number < minimum) || self.maximum.is_some_and(|maximum| number > maximum)
        });
        if outside {
            let message = match (self.minimum, self.maximum) {
                (Some(minimum), Some(maximum)) => {
                    t!("Must be between {minimum} and {maximum}.", minimum = double(minimum), maximum = double(maximum))
                }
                (Some(minimum), None) => t!("Must be at least {minimum}.", minimum = double(minimum)),
                (None, Some(maximum)) => t!("Must be at most {maximum}.", maximum = double(maximum)),
                (None, None) => String::new(),
            };
            return Err(self.with_default(ValueProblem::Range(message)));
        }
        Ok(text)
    }

    fn with_default(&self, problem: ValueProblem) -> ValueProblem {
        let default = self.default.filter(|default| !default.is_null());
        let Some(default) = default.and_then(|default| to_text(default, self.parameter_type).ok()) else {
            return problem;
        };
        if default.is_empty() || default.len() > 60 {
            return problem;
        }
        match problem {
            ValueProblem::Form(message) => {
                ValueProblem::Form(t!("{message} The default is {default}.", message, default))
            }
            ValueProblem::Range(message) => {
                ValueProblem::Range(t!("{message} The default is {default}.", message, default))
            }
        }
    }
}

/// What a pipeline parameter carries; String when nothing is written.
pub fn parameter_port_type(parameter: &Parameter) -> PortType {
    parameter.type_spec.as_ref().map_or(PortType::Parameter(ParameterType::String), PortType::from_spec)
}

/// A value as the text that tasks see: integers without `.0`, shortest doubles, `true` and `false`, compact JSON.
/// A text in place of a number, a boolean or JSON is read as such, since KFP's files write defaults so.
///
/// # Errors
/// [`ValueProblem::Form`] when the value is not of the type.
pub fn to_text(value: &Value, parameter_type: ParameterType) -> Result<String, ValueProblem> {
    if let (Value::String(text), false) = (value, parameter_type == ParameterType::String) {
        return to_text(&from_text(text, parameter_type)?, parameter_type);
    }
    match (parameter_type, value) {
        (ParameterType::String, value) => {
            let text = plain_text(value);
            if text.contains('\0') { Err(ValueProblem::Form(String::from(zero_byte()))) } else { Ok(text) }
        }
        (ParameterType::Boolean, Value::Bool(truth)) => Ok(truth.to_string()),
        (ParameterType::Integer, Value::Number(number)) => {
            let whole = number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 9e15);
            match (number.is_i64() || number.is_u64(), whole) {
                (true, _) => Ok(number.to_string()),
                (false, Some(whole)) => Ok(format!("{whole:.0}")),
                (false, None) => Err(form(parameter_type)),
            }
        }
        (ParameterType::Double, Value::Number(number)) => {
            if number.is_i64() || number.is_u64() {
                return Ok(number.to_string());
            }
            number.as_f64().map(double).ok_or_else(|| form(parameter_type))
        }
        (ParameterType::List, Value::Array(_)) | (ParameterType::Dict, Value::Object(_)) => Ok(value.to_string()),
        _ => Err(form(parameter_type)),
    }
}

/// Reads the text form back. Spaces around numbers, booleans and JSON do not count; `True` and `False` are read too.
///
/// # Errors
/// [`ValueProblem::Form`] when the text is not of the type.
pub fn from_text(text: &str, parameter_type: ParameterType) -> Result<Value, ValueProblem> {
    let trimmed = text.trim();
    let value = match parameter_type {
        ParameterType::String => Some(Value::from(text)),
        ParameterType::Boolean => match trimmed {
            "true" | "True" | "TRUE" => Some(Value::Bool(true)),
            "false" | "False" | "FALSE" => Some(Value::Bool(false)),
            _ => None,
        },
        ParameterType::Integer => {
            let plain = trimmed.strip_suffix(".0").unwrap_or(trimmed);
            plain.parse::<i64>().map(Value::from).or_else(|_| plain.parse::<u64>().map(Value::from)).ok()
        }
        ParameterType::Double => match trimmed.parse::<i64>() {
            Ok(whole) => Some(Value::from(whole)),
            Err(_) => {
                let number = trimmed.parse::<f64>().ok().filter(|number| number.is_finite());
                number.and_then(serde_json::Number::from_f64).map(Value::Number)
            }
        },
        ParameterType::List => serde_json::from_str(trimmed).ok().filter(Value::is_array),
        ParameterType::Dict => serde_json::from_str(trimmed).ok().filter(Value::is_object),
    };
    value.ok_or_else(|| form(parameter_type))
}

/// Any JSON value as text: texts as they are, all else as compact JSON (`1.0` stays `1.0`: in a text it may be a version),
/// nothing for null.
pub fn plain_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The shortest text that reads back as this number, without `.0`; exponents only where digits would be many.
fn double(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 || (1e-5..1e16).contains(&size) { format!("{number}") } else { format!("{number:e}") }
}

fn form(parameter_type: ParameterType) -> ValueProblem {
    ValueProblem::Form(String::from(match parameter_type {
        ParameterType::String => t!("Must be a text."),
        ParameterType::Integer => t!("Must be a whole number."),
        ParameterType::Double => t!("Must be a number."),
        ParameterType::Boolean => t!("Must be true or false."),
        ParameterType::List => t!("Must be a JSON list, such as [1, 2]."),
        ParameterType::Dict => t!("Must be a JSON object, such as {\"a\": 1}."),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_as_text() {
        use ParameterType::{Boolean, Dict, Double, Integer, List, String};
        for (value, parameter_type, text) in [
            (json!(3), Integer, Some("3")),
            (json!(3.0), Integer, Some("3")),
            (json!("100"), Integer, Some("100")),
            (json!(3.5), Integer, None),
            (json!(u64::MAX), Integer, Some("18446744073709551615")),
            (json!(0.1), Double, Some("0.1")),
            (json!(3.0), Double, Some("3")),
            (json!(1e300), Double, Some("1e300")),
            (json!(0.00000015), Double, Some("1.5e-7")),
            (json!("1e-3"), Double, Some("0.001")),
            (json!("nan"), Double, None),
            (json!(true), Boolean, Some("true")),
            (json!("False"), Boolean, Some("false")),
            (json!("yes"), Boolean, None),
            (json!(1), Boolean, None),
            (json!([1, 2.5, "ü"]), List, Some("[1,2.5,\"ü\"]")),
            (json!("[1, 2]"), List, Some("[1,2]")),
            (json!({"b": 1, "a": 2}), Dict, Some("{\"b\":1,\"a\":2}")),
            (json!([1]), Dict, None),
            (json!(" a\n"), String, Some(" a\n")),
            (json!(true), String, Some("true")),
            (json!(1.0), String, Some("1.0")),
            (json!({"a": 1}), String, Some("{\"a\":1}")),
            (json!(null), Integer, None),
            (json!("a\u{0}b"), String, None),
        ] {
            assert_eq!(to_text(&value, parameter_type).ok().as_deref(), text, "{value} as {parameter_type:?}");
        }
    }

    #[test]
    fn texts_read_back() {
        for parameter_type in ParameterType::ALL {
            for text in ["0", "-12", "2.5", "true", "[]", "{\"a\":[1]}", "text", "1e300"] {
                if let Ok(value) = from_text(text, parameter_type) {
                    assert_eq!(to_text(&value, parameter_type).as_deref(), Ok(text), "{parameter_type:?}");
                }
            }
        }
    }

    #[test]
    fn refusals_say_the_limit_and_the_default() {
        let default = json!(0.9);
        let rules = ValueRules {
            parameter_type: ParameterType::Double,
            choices: &[],
            minimum: Some(0.0),
            maximum: Some(1.0),
            default: Some(&default),
        };
        assert_eq!(rules.read("1.5").unwrap_err().message(), "Must be between 0 and 1. The default is 0.9.");
        assert_eq!(rules.read("a").unwrap_err().message(), "Must be a number. The default is 0.9.");
        assert_eq!(rules.read(" 0.5 "), Ok(json!(0.5)));
        let choices = [json!("rbf"), json!("linear")];
        let rules = ValueRules { parameter_type: ParameterType::String, choices: &choices, default: None, ..rules };
        assert_eq!(rules.read("poly"), Err(ValueProblem::Range(String::from("Must be one of rbf, linear."))));
        assert_eq!(rules.check(&json!("rbf")).as_deref(), Ok("rbf"));
    }
}
