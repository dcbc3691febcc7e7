//! What KFP's decorator says of where a function runs: `@dsl.component(base_image=…, packages_to_install=[…])`. Literals are
//! taken, whatever has to be computed is told; evaluates nothing.

use super::Reader;
use crate::annotation::last_name;
use crate::literal::literal;
use dagwright_shared::diagnostic::DiagnosticCode;
use rustpython_ruff_python_ast::{Expr, StmtFunctionDef};
use rustpython_ruff_text_size::Ranged;
use serde_json::Value;

/// KFP v2's decorator, and those of v1 that take the same arguments.
const DECORATORS: [&str; 3] = ["component", "create_component_from_func", "func_to_container_op"];

impl Reader<'_> {
    pub(super) fn decorators(&mut self, function: &StmtFunctionDef) {
        for decorator in &function.decorator_list {
            let Expr::Call(call) = &decorator.expression else { continue };
            if !last_name(&call.func).is_some_and(|name| DECORATORS.contains(&name)) {
                continue;
            }
            for keyword in &call.arguments.keywords {
                match keyword.arg.as_ref().map(|name| name.as_str()) {
                    Some("base_image") => match literal(&keyword.value) {
                        Some(Value::String(image)) => self.found.image = Some(image),
                        Some(Value::Null) => {}
                        _ => self.computed("base_image", "Set the image beside the code.", &keyword.value),
                    },
                    Some("packages_to_install") => match literal(&keyword.value).map(texts) {
                        Some(Some(packages)) => self.found.packages = packages,
                        _ => self.computed("packages_to_install", "List the packages beside the code.", &keyword.value),
                    },
                    _ => {}
                }
            }
        }
    }

    fn computed(&mut self, what: &str, hint: &str, expression: &Expr) {
        let message = format!("{what} is computed, so it is not taken from the decorator");
        self.problem(DiagnosticCode::PythonDefault, expression.start(), message, Some(hint));
    }
}

/// A list of texts; `None` is an empty one.
fn texts(value: Value) -> Option<Vec<String>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(String::from)).collect(),
        _ => None,
    }
}
