//! What a function returns: the outputs after the arrow. Parameters are `signature.rs`.

use super::Reader;
use crate::annotation::{self, Annotation, Passing, last_name};
use crate::literal::literal;
use dagwright_shared::diagnostic::DiagnosticCode;
use dagwright_shared::python::PythonOutput;
use dagwright_texts::t;
use rustpython_ruff_python_ast::{Arguments, Expr, Keyword, ModModule, Stmt, StmtClassDef};
use rustpython_ruff_text_size::{Ranged, TextSize};
use serde_json::Value;

impl Reader<'_> {
    /// The outputs after the arrow: the fields of a named tuple, or one called `Output`, as in KFP.
    pub(super) fn returned(&mut self, module: &ModModule, returns: &Expr) {
        if let Expr::StringLiteral(string) = returns
            && let Some(parsed) = annotation::parsed_string(string.value.to_str())
            && !parsed.is_string_literal_expr()
        {
            let known = self.found.diagnostics.len();
            self.returned(module, &parsed);
            // Offsets inside the string are not the source's.
            let position = self.lines.position(returns.start());
            for diagnostic in &mut self.found.diagnostics[known..] {
                diagnostic.position = Some(position);
            }
            return;
        }
        if matches!(returns, Expr::NoneLiteral(_)) {
            return;
        }
        if let Expr::Call(call) = returns
            && last_name(&call.func) == Some("NamedTuple")
        {
            self.named_tuple(&call.arguments);
        } else if let Some(class) = named_tuple_class(module, returns) {
            for field in class.body.iter().filter_map(Stmt::as_ann_assign_stmt) {
                if let Some(name) = last_name(&field.target) {
                    self.field(name, &field.annotation, field.start());
                }
            }
        } else if let Some(arguments) = named_tuple_assignment(module, returns) {
            self.named_tuple(arguments);
        } else {
            self.field("Output", returns, returns.start());
        }
    }

    /// `NamedTuple("Outputs", [("accuracy", float)])` or `NamedTuple("Outputs", accuracy=float)`.
    fn named_tuple(&mut self, arguments: &Arguments) {
        for keyword in &arguments.keywords {
            match &keyword.arg {
                Some(name) if name.as_str() != "typename" && name.as_str() != "fields" => {
                    self.field(name.as_str(), &keyword.value, keyword.start());
                }
                _ => {}
            }
        }
        let fields = arguments.args.get(1).or_else(|| {
            let named = |keyword: &&_| -> bool {
                let keyword: &Keyword = keyword;
                keyword.arg.as_ref().is_some_and(|name| name.as_str() == "fields")
            };
            arguments.keywords.iter().find(named).map(|keyword| &keyword.value)
        });
        let fields = match fields {
            Some(Expr::List(list)) => &list.elts,
            Some(Expr::Tuple(tuple)) => &tuple.elts,
            Some(other) => {
                let message = String::from(t!("The fields of the NamedTuple are no list"));
                let hint = t!("Write NamedTuple(\"Outputs\", [(\"accuracy\", float)]).");
                return self.problem(DiagnosticCode::PythonSignature, other.start(), message, Some(hint));
            }
            None => return,
        };
        for field in fields {
            match field {
                Expr::Tuple(pair) if pair.elts.len() == 2 && pair.elts[0].is_string_literal_expr() => {
                    if let Some(Value::String(name)) = literal(&pair.elts[0]) {
                        self.field(&name, &pair.elts[1], field.start());
                    }
                }
                _ => {
                    let message = String::from(t!("A field of the NamedTuple is no pair of a name and a type"));
                    self.problem(
                        DiagnosticCode::PythonSignature,
                        field.start(),
                        message,
                        Some(t!("Write (\"accuracy\", float).")),
                    );
                }
            }
        }
    }

    fn field(&mut self, name: &str, expression: &Expr, at: TextSize) {
        let subject = if name == "Output" { String::from(t!("The returned value")) } else { t!("Output {name}", name) };
        let port_type = match annotation::read(expression) {
            Ok(Annotation { passing: Passing::Value | Passing::InputArtifact, port_type, .. }) => port_type,
            Ok(_) => {
                let hint = t!("Make it a parameter of the function: model: OutputPath(\"Model\").");
                let message = t!("{subject} is a path, which only a parameter can be", subject);
                return self.problem(DiagnosticCode::PythonSignature, expression.start(), message, Some(hint));
            }
            Err(mut refusal) => {
                if name == "Output" {
                    refusal.hint =
                        String::from(t!("Return one plain type, or NamedTuple(\"Outputs\", [(\"accuracy\", float)])."));
                }
                return self.refuse(&subject, &refusal);
            }
        };
        self.output(PythonOutput { name: String::from(name), parameter: None, port_type, description: None }, at);
    }
}

/// The class of this name in the same source, if it derives from `NamedTuple`.
fn named_tuple_class<'a>(module: &'a ModModule, returns: &Expr) -> Option<&'a StmtClassDef> {
    let Expr::Name(name) = returns else { return None };
    let class = module.body.iter().filter_map(Stmt::as_class_def_stmt).rfind(|class| class.name.id == name.id)?;
    class.bases().iter().any(|base| last_name(base) == Some("NamedTuple")).then_some(class)
}

/// The arguments of `Outputs = NamedTuple(…)` in the same source.
fn named_tuple_assignment<'a>(module: &'a ModModule, returns: &Expr) -> Option<&'a Arguments> {
    let Expr::Name(name) = returns else { return None };
    let is_it = |target: &Expr| matches!(target, Expr::Name(target) if target.id == name.id);
    let mut assignments = module.body.iter().filter_map(Stmt::as_assign_stmt);
    let assignment = assignments.rfind(|assignment| assignment.targets.iter().any(is_it))?;
    match &*assignment.value {
        Expr::Call(call) if last_name(&call.func) == Some("NamedTuple") => Some(&call.arguments),
        _ => None,
    }
}
