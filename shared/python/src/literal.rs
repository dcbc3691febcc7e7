//! Python literals as JSON: what a default may be. Evaluates nothing.

use rustpython_ruff_python_ast::{Expr, Number, UnaryOp};
use serde_json::{Map, Value};

/// The value of a literal; `None` for anything that would have to be computed or that JSON cannot hold.
/// Tuples become arrays.
pub(crate) fn literal(expression: &Expr) -> Option<Value> {
    Some(match expression {
        Expr::NoneLiteral(_) => Value::Null,
        Expr::BooleanLiteral(boolean) => Value::from(boolean.value),
        Expr::StringLiteral(string) => Value::from(string.value.to_str()),
        Expr::NumberLiteral(number) => match &number.value {
            Number::Int(integer) => integer.as_i64().map(Value::from).or_else(|| integer.as_u64().map(Value::from))?,
            Number::Float(float) => serde_json::Number::from_f64(*float).map(Value::Number)?,
            Number::Complex { .. } => return None,
        },
        Expr::UnaryOp(unary) => match (unary.op, literal(&unary.operand)?) {
            (UnaryOp::UAdd, Value::Number(number)) => Value::Number(number),
            (UnaryOp::USub, Value::Number(number)) => match number.as_i64() {
                Some(integer) => Value::from(integer.checked_neg()?),
                None if number.is_f64() => Value::from(-number.as_f64()?),
                None => return None,
            },
            _ => return None,
        },
        Expr::List(list) => Value::Array(list.elts.iter().map(literal).collect::<Option<_>>()?),
        Expr::Tuple(tuple) => Value::Array(tuple.elts.iter().map(literal).collect::<Option<_>>()?),
        Expr::Dict(dict) => {
            let mut map = Map::new();
            for item in &dict.items {
                let Value::String(key) = literal(item.key.as_ref()?)? else { return None };
                map.insert(key, literal(&item.value)?);
            }
            Value::Object(map)
        }
        _ => return None,
    })
}
