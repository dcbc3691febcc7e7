//! A component's command line for one task: placeholders become pieces, `if` and `concat` are carried out.

use crate::component::{IfCondition, Placeholder};
use crate::plan::{PlanPiece, PlanText};
use std::collections::HashMap;

/// What rendering asks of a task's inputs.
pub(super) trait Known {
    /// Whether the input has a value.
    fn is_present(&self, input: &str) -> bool;
    /// Its text: `Ok(None)` when it has no value, `Err` when it is only known at run time.
    fn text(&self, input: &str) -> Result<Option<String>, RunTimeCondition>;
}

/// The input whose value an `if` needs before the run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RunTimeCondition(pub(super) String);

/// Renders placeholders; ports become their slugs.
pub(super) struct Renderer<'a, K: Known> {
    pub(super) inputs: &'a HashMap<&'a str, String>,
    pub(super) outputs: &'a HashMap<&'a str, String>,
    pub(super) known: &'a K,
}

impl<K: Known> Renderer<'_, K> {
    /// One argument for each placeholder; none for an input without a value, several for an `if`.
    pub(super) fn arguments(&self, placeholders: &[Placeholder]) -> Result<Vec<PlanText>, RunTimeCondition> {
        let mut arguments = Vec::with_capacity(placeholders.len());
        for placeholder in placeholders {
            self.argument(placeholder, &mut arguments)?;
        }
        Ok(arguments)
    }

    fn argument(&self, placeholder: &Placeholder, arguments: &mut Vec<PlanText>) -> Result<(), RunTimeCondition> {
        let slug = |slugs: &HashMap<&str, String>, name: &str| slugs.get(name).cloned().unwrap_or_default();
        match placeholder {
            Placeholder::Text(text) => arguments.push(vec![PlanPiece::Text(text.clone())]),
            Placeholder::InputValue(name) | Placeholder::InputPath(name) if !self.known.is_present(name) => {}
            Placeholder::InputValue(name) => arguments.push(vec![PlanPiece::InputValue(slug(self.inputs, name))]),
            Placeholder::InputPath(name) => arguments.push(vec![PlanPiece::InputPath(slug(self.inputs, name))]),
            Placeholder::OutputPath(name) => arguments.push(vec![PlanPiece::OutputPath(slug(self.outputs, name))]),
            Placeholder::Concat(pieces) => {
                let joined = self.arguments(pieces)?.into_iter().flatten();
                arguments.push(joined.fold(Vec::new(), |mut text: PlanText, piece| {
                    match (text.last_mut(), piece) {
                        (Some(PlanPiece::Text(before)), PlanPiece::Text(after)) => before.push_str(&after),
                        (_, piece) => text.push(piece),
                    }
                    text
                }));
            }
            Placeholder::If { condition, then, otherwise } => {
                let branch = if self.holds(condition)? { then } else { otherwise };
                arguments.extend(self.arguments(branch)?);
            }
            // `check` has refused these.
            Placeholder::Unknown(_) => {}
        }
        Ok(())
    }

    fn holds(&self, condition: &IfCondition) -> Result<bool, RunTimeCondition> {
        match condition {
            IfCondition::Literal(truth) => Ok(*truth),
            IfCondition::IsPresent(name) => Ok(self.known.is_present(name)),
            IfCondition::Value(value) => Ok(self.text(value)?.trim().eq_ignore_ascii_case("true")),
        }
    }

    fn text(&self, placeholder: &Placeholder) -> Result<String, RunTimeCondition> {
        match placeholder {
            Placeholder::Text(text) => Ok(text.clone()),
            Placeholder::InputValue(name) | Placeholder::InputPath(name) => {
                Ok(self.known.text(name)?.unwrap_or_default())
            }
            Placeholder::Concat(pieces) => pieces.iter().map(|piece| self.text(piece)).collect(),
            Placeholder::If { condition, then, otherwise } => {
                let branch = if self.holds(condition)? { then } else { otherwise };
                branch.iter().map(|piece| self.text(piece)).collect()
            }
            Placeholder::OutputPath(_) | Placeholder::Unknown(_) => Ok(String::new()),
        }
    }
}
