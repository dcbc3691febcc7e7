//! Annotations with brackets and bars: `Optional[int]`, `int | None`, `Input[Model]`, `Literal["a"]`.
//! Names and calls are `annotation.rs`.

use super::{
    ARTIFACT_CLASSES, Annotation, Passing, Refusal, forms, last_name, plain_type, read_name, read_nested, refusal,
    value,
};
use crate::literal::literal;
use dagwright_texts::t;
use rustpython_ruff_python_ast::{Expr, ExprSubscript, Operator};
use serde_json::Value;

pub(super) fn read_subscript(
    expression: &Expr,
    subscript: &ExprSubscript,
    depth: usize,
) -> Result<Annotation, Refusal> {
    let name = last_name(&subscript.value).unwrap_or_default();
    let inner = match &*subscript.slice {
        Expr::Tuple(tuple) => tuple.elts.iter().collect(),
        other => vec![other],
    };
    match (name, inner.as_slice()) {
        ("Input" | "Output", [class @ (Expr::Name(_) | Expr::Attribute(_))]) => {
            let passing = if name == "Input" { Passing::InputArtifact } else { Passing::OutputArtifact };
            let class = last_name(class).unwrap_or_default();
            if plain_type(class).is_some() {
                let hint = t!("Use {class} itself for a value, or {name}[Dataset] for a file.", class, name);
                return Err(refusal(expression, t!("{name}[{class}] is no artifact", name, class), &hint));
            }
            Ok(Annotation { passing, ..value(class) })
        }
        ("Input" | "Output", _) => Err(refusal(
            expression,
            t!("{name}[…] takes one artifact class; lists of artifacts cannot be ports yet", name),
            t!("Write Input[Dataset] or Output[Model]."),
        )),
        ("Optional", [member]) => {
            read_nested(member, depth).map(|annotation| Annotation { nullable: true, ..annotation })
        }
        ("Union", members) => read_union(expression, members, depth),
        ("Annotated" | "Final", [first, ..]) => read_nested(first, depth),
        ("Literal", members) => read_literal(expression, members),
        _ => match plain_type(name) {
            Some("List") if inner.iter().any(|member| is_artifact_class(member)) => Err(refusal(
                expression,
                t!("Lists of artifacts cannot be ports yet"),
                t!("Use one parameter for each artifact."),
            )),
            Some(plain @ ("List" | "Dict")) => Ok(value(plain)),
            _ => read_name(&subscript.value)
                .and_then(|_| Err(refusal(expression, t!("{name}[…] is no type that a port can have", name), forms()))),
        },
    }
}

fn is_artifact_class(expression: &Expr) -> bool {
    matches!(expression, Expr::Name(_) | Expr::Attribute(_))
        && last_name(expression).is_some_and(|name| ARTIFACT_CLASSES.contains(&name))
}

pub(super) fn flatten<'a>(expression: &'a Expr, members: &mut Vec<&'a Expr>) {
    match expression {
        Expr::BinOp(binary) if binary.op == Operator::BitOr => {
            flatten(&binary.left, members);
            flatten(&binary.right, members);
        }
        member => members.push(member),
    }
}

/// One type, with or without `None`; `int | float` is a float.
pub(super) fn read_union(expression: &Expr, members: &[&Expr], depth: usize) -> Result<Annotation, Refusal> {
    let mut found: Vec<Annotation> = Vec::new();
    let mut nullable = false;
    for member in members {
        if matches!(member, Expr::NoneLiteral(_)) {
            nullable = true;
        } else {
            let annotation = read_nested(member, depth)?;
            nullable |= annotation.nullable;
            if !found.contains(&annotation) {
                found.push(annotation);
            }
        }
    }
    let is_number = |annotation: &Annotation| annotation.port_type == "Integer" || annotation.port_type == "Float";
    match found.as_slice() {
        [one] => Ok(Annotation { nullable, ..one.clone() }),
        [_, _] if found.iter().all(is_number) => Ok(Annotation { nullable, ..value("Float") }),
        _ => Err(refusal(
            expression,
            t!("A port has one type; this annotation allows several"),
            t!("Choose one of them, with \"| None\" if it may be left out."),
        )),
    }
}

fn read_literal(expression: &Expr, members: &[&Expr]) -> Result<Annotation, Refusal> {
    let choices: Option<Vec<Value>> = members.iter().map(|member| literal(member)).collect();
    let (nothing, choices): (Vec<_>, Vec<_>) = choices.unwrap_or_default().into_iter().partition(Value::is_null);
    let port_type = if choices.iter().all(Value::is_string) {
        "String"
    } else if choices.iter().all(|choice| choice.is_i64() || choice.is_u64()) {
        "Integer"
    } else if choices.iter().all(Value::is_boolean) {
        "Boolean"
    } else {
        ""
    };
    if choices.is_empty() || port_type.is_empty() {
        let hint = t!("Write Literal[\"rbf\", \"linear\"], or whole numbers.");
        return Err(refusal(expression, t!("Literal[…] needs literals of one type"), hint));
    }
    Ok(Annotation { nullable: !nothing.is_empty(), choices, ..value(port_type) })
}
