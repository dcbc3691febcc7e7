//! A source text → its functions, and the ports of one of them. Never fails: what cannot be read is a diagnostic, and
//! the other ports stay. Must not run, import or guess anything.

mod decorator;
mod returned;

use crate::annotation::{self, Annotation, Passing, Refusal, last_name};
use crate::docstring::{self, Docstring};
use crate::literal::literal;
use crate::nesting::{MAXIMUM_DEPTH, too_deep};
use crate::position::Lines;
use dagwright_shared::diagnostic::{Diagnostic, DiagnosticCode, Place};
use dagwright_shared::python::{
    FunctionSummary, MAXIMUM_ARGV_BYTES, PythonInput, PythonOutput, PythonSignature, port_name, same_port,
};
use dagwright_shared::types::ParameterType;
use dagwright_texts::t;
use rustpython_ruff_python_ast::{Expr, ModModule, ParameterWithDefault, Stmt, StmtFunctionDef};
use rustpython_ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use rustpython_ruff_text_size::{Ranged, TextSize};
use serde_json::Value;

/// Problems of the syntax that are listed; the rest are usually consequences.
const SYNTAX_ERRORS_SHOWN: usize = 5;

/// Reads `source` and the signature of `function`; by default the only function at the top level, or the last one
/// whose parameters are all annotated.
pub fn analyse(source: &str, function: Option<&str>) -> PythonSignature {
    let mut reader = Reader { lines: Lines::new(source), found: PythonSignature::default() };
    if let Some(problem) = refused_unread(source) {
        reader.problem(DiagnosticCode::PythonSyntax, TextSize::new(0), problem, None);
        return reader.found;
    }
    let parsed = parse_unchecked(source, ParseOptions::from(Mode::Module));
    for error in parsed.errors().iter().take(SYNTAX_ERRORS_SHOWN) {
        reader.problem(DiagnosticCode::PythonSyntax, error.location.start(), error.error.to_string(), None);
    }
    if let Some(module) = parsed.try_into_module() {
        reader.module(module.syntax(), function);
    }
    reader.found.diagnostics.sort_by_key(|diagnostic| diagnostic.position);
    reader.found
}

/// The parser recurses with the nesting of what it reads: texts that are no component's source are refused before.
fn refused_unread(source: &str) -> Option<String> {
    if source.len() > MAXIMUM_ARGV_BYTES {
        return Some(t!(
            "The source has {size} KiB; {most} KiB is the most",
            size = source.len().div_ceil(1024),
            most = MAXIMUM_ARGV_BYTES / 1024
        ));
    }
    too_deep(source).then(|| t!("The source nests deeper than {levels} levels", levels = MAXIMUM_DEPTH))
}

/// The reading of one source.
struct Reader<'a> {
    lines: Lines<'a>,
    found: PythonSignature,
}

impl Reader<'_> {
    fn problem(&mut self, code: DiagnosticCode, at: TextSize, message: String, hint: Option<&str>) {
        let place = Place::Component { component: String::new(), field: String::from("implementation/python/source") };
        let mut diagnostic = Diagnostic::new(code, place, message).at(self.lines.position(at));
        if let Some(hint) = hint {
            diagnostic = diagnostic.with_hint(hint);
        }
        self.found.diagnostics.push(diagnostic);
    }

    fn refuse(&mut self, subject: &str, refusal: &Refusal) {
        let message = format!("{subject}: {}", refusal.message);
        self.problem(DiagnosticCode::PythonSignature, refusal.range.start(), message, Some(&refusal.hint));
    }

    fn module(&mut self, module: &ModModule, wanted: Option<&str>) {
        let functions: Vec<&StmtFunctionDef> = module.body.iter().filter_map(Stmt::as_function_def_stmt).collect();
        self.found.functions = functions
            .iter()
            .map(|function| FunctionSummary {
                name: function.name.to_string(),
                line: self.lines.position(function.name.start()).line,
                annotated: is_annotated(function),
            })
            .collect();
        let chosen = match wanted {
            Some(name) => functions.iter().rfind(|function| function.name.as_str() == name),
            None => functions.iter().rfind(|function| is_annotated(function)).or(functions.last()),
        };
        match (chosen, wanted) {
            (Some(function), _) => self.function(module, function),
            (None, Some(name)) => {
                let names: Vec<&str> = functions.iter().map(|function| function.name.as_str()).collect();
                let hint = if names.is_empty() {
                    t!("Write def {name}(…): at the top level of the source.", name)
                } else {
                    t!("The source has {names}; choose one of them.", names = names.join(", "))
                };
                let message = t!("The source has no function {name}", name);
                self.problem(DiagnosticCode::PythonFunctionMissing, TextSize::new(0), message, Some(&hint));
            }
            (None, None) => {
                let message = String::from(t!("The source has no function"));
                let hint = t!("Write def train(epochs: int = 5) -> float: at the top level of the source.");
                self.problem(DiagnosticCode::PythonFunctionMissing, TextSize::new(0), message, Some(hint));
            }
        }
    }

    fn function(&mut self, module: &ModModule, function: &StmtFunctionDef) {
        let docstring = docstring_of(&function.body);
        self.found.function = Some(function.name.to_string());
        self.found.description.clone_from(&docstring.summary);
        self.decorators(function);
        if function.is_async {
            let message = t!("{function} is asynchronous; a task calls a plain function", function = function.name);
            let hint = t!("Write def, and asyncio.run(…) inside.");
            self.problem(DiagnosticCode::PythonSignature, function.start(), message, Some(hint));
        }
        let parameters = &function.parameters;
        for (parameter, stars) in [(&parameters.vararg, "*"), (&parameters.kwarg, "**")] {
            if let Some(parameter) = parameter {
                let message = t!("{stars}{parameter} cannot become a port", stars, parameter = parameter.name);
                let hint = t!("Name every parameter; a list or a dict takes any number of values.");
                self.problem(DiagnosticCode::PythonSignature, parameter.start(), message, Some(hint));
            }
        }
        if let Some(parameter) = parameters.posonlyargs.last() {
            let message = t!("{parameter} is positional-only; a task calls by name", parameter = parameter.name());
            self.problem(
                DiagnosticCode::PythonSignature,
                parameter.start(),
                message,
                Some(t!("Remove the slash from the signature.")),
            );
        }
        let mut listed: Vec<&ParameterWithDefault> = parameters.iter_non_variadic_params().collect();
        listed.sort_by_key(|parameter| parameter.start());
        for parameter in listed {
            self.parameter(parameter, &docstring);
        }
        if let Some(returns) = &function.returns {
            self.returned(module, returns);
        }
    }

    fn parameter(&mut self, parameter: &ParameterWithDefault, docstring: &Docstring) {
        let name = parameter.name().as_str();
        let annotation = match parameter.annotation().map(annotation::read) {
            Some(Ok(annotation)) => annotation,
            Some(Err(refusal)) => {
                self.refuse(&t!("Parameter {name}", name), &refusal);
                fallback()
            }
            None => {
                let message = t!("Parameter {name} has no annotation", name);
                let hint = t!("Write {name}: str, or another type.", name);
                self.problem(DiagnosticCode::PythonSignature, parameter.start(), message, Some(&hint));
                fallback()
            }
        };
        let port = port_name(name, annotation.passing.suffixes());
        let description = docstring.arguments.get(name).cloned();
        if annotation.passing.is_output() {
            if let Some(default) = parameter.default() {
                let message = t!("Parameter {name} is an output and cannot have a default", name);
                self.problem(
                    DiagnosticCode::PythonSignature,
                    default.start(),
                    message,
                    Some(t!("Remove the default.")),
                );
            }
            let output = PythonOutput {
                name: port,
                parameter: Some(String::from(name)),
                port_type: annotation.port_type,
                description,
            };
            self.output(output, parameter.start());
        } else {
            if let Some(other) = self.found.inputs.iter().find(|input| same_port(&input.name, &port)) {
                let message = t!(
                    "Parameters {parameter} and {name} would both be the input {port}",
                    parameter = other.parameter,
                    name,
                    port
                );
                self.problem(
                    DiagnosticCode::PythonSignature,
                    parameter.start(),
                    message,
                    Some(t!("Rename one of them: path parameters lose _path and _file.")),
                );
                return;
            }
            let default = parameter.default().and_then(|default| self.default(name, &annotation, default));
            self.found.inputs.push(PythonInput {
                name: port,
                parameter: String::from(name),
                port_type: annotation.port_type,
                optional: parameter.default.is_some() && default.as_ref().is_none_or(Value::is_null),
                default,
                description,
                choices: annotation.choices,
            });
        }
    }

    /// The default as JSON, if it is a literal that fits; a computed one stays the function's own business.
    fn default(&mut self, name: &str, annotation: &Annotation, expression: &Expr) -> Option<Value> {
        let Some(value) = literal(expression) else {
            let message = t!("The default of {name} is computed: it holds at run time and cannot be shown", name);
            self.problem(DiagnosticCode::PythonDefault, expression.start(), message, None);
            return None;
        };
        if value.is_null() {
            return Some(value);
        }
        let parameter_type = annotation.port_type.as_str().and_then(ParameterType::from_name);
        let fits = match (annotation.passing, parameter_type) {
            (Passing::Value, Some(parameter_type)) => fits(parameter_type, &value),
            _ => {
                let message = t!("Parameter {name} is a file: its default can only be None", name);
                self.problem(DiagnosticCode::PythonSignature, expression.start(), message, Some(t!("Write = None.")));
                return None;
            }
        };
        if !fits || !(annotation.choices.is_empty() || annotation.choices.contains(&value)) {
            let wanted = annotation.port_type.as_str().unwrap_or_default();
            let message = t!("The default of {name}, {value}, is not of its type {wanted}", name, value, wanted);
            let hint = t!("Change the default or the annotation.");
            self.problem(DiagnosticCode::PythonSignature, expression.start(), message, Some(hint));
            return None;
        }
        Some(value)
    }

    fn output(&mut self, output: PythonOutput, at: TextSize) {
        if self.found.outputs.iter().any(|other| same_port(&other.name, &output.name)) {
            let message = t!("Two outputs would be called {output}", output = output.name);
            self.problem(DiagnosticCode::PythonSignature, at, message, Some(t!("Rename one of them.")));
        } else {
            self.found.outputs.push(output);
        }
    }
}

fn fallback() -> Annotation {
    Annotation { passing: Passing::Value, port_type: Value::from("String"), nullable: false, choices: Vec::new() }
}

/// Whether every parameter has an annotation and no decorator makes it a pipeline.
fn is_annotated(function: &StmtFunctionDef) -> bool {
    let is_pipeline = |expression: &Expr| matches!(last_name(expression), Some("pipeline" | "graph_component"));
    function.parameters.iter_non_variadic_params().all(|parameter| parameter.annotation().is_some())
        && !function.decorator_list.iter().any(|decorator| is_pipeline(&decorator.expression))
}

fn docstring_of(body: &[Stmt]) -> Docstring {
    match body.first() {
        Some(Stmt::Expr(statement)) => match &*statement.value {
            Expr::StringLiteral(string) => docstring::read(string.value.to_str()),
            _ => Docstring::default(),
        },
        _ => Docstring::default(),
    }
}

fn fits(parameter_type: ParameterType, value: &Value) -> bool {
    match parameter_type {
        ParameterType::String => value.is_string(),
        ParameterType::Integer => value.is_i64() || value.is_u64(),
        ParameterType::Double => value.is_number(),
        ParameterType::Boolean => value.is_boolean(),
        ParameterType::List => value.is_array(),
        ParameterType::Dict => value.is_object(),
    }
}
