//! One entry of a library: a component's file that came as bytes. Knows not where from.

use dagwright_shared::component::{Component, Implementation};
use dagwright_shared::diagnostic::{Diagnostic, Severity};
use dagwright_shared::pipeline::file::read_component;

/// Why an entry cannot be taken.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) hint: String,
}

impl Problem {
    pub(super) fn of(error: &impl std::fmt::Display, hint: &str) -> Self {
        Self { message: error.to_string(), hint: String::from(hint) }
    }
}

/// The text of a file.
pub(super) fn text(bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes)
        .map_err(|_| Problem::of(&"This is not text in UTF-8", "A component's file is YAML; is it compressed?"))
}

/// The component of a text.
pub(super) fn component(text: &str) -> Result<Component, Problem> {
    let outcome = read_component(text);
    let worst = outcome.diagnostics.iter().find(|problem| problem.severity == Severity::Error);
    if let Some(problem) = worst {
        return Err(told(problem));
    }
    match outcome.value {
        Some(component) if !matches!(component.implementation, Implementation::Unknown(_)) => Ok(component),
        _ => Err(Problem::of(
            &"This is no component",
            "A component.yaml has a name and an implementation with a container or a Python function.",
        )),
    }
}

fn told(problem: &Diagnostic) -> Problem {
    let place = problem.position.map(|at| format!("line {}: ", at.line)).unwrap_or_default();
    Problem { message: format!("{place}{}", problem.message), hint: problem.hint.clone() }
}
