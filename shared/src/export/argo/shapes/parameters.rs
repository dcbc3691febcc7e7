//! The Workflow's own parameters: the pipeline's, and long texts that several templates have in common.

use super::super::stored::artifact_key;
use super::super::substitution::{Follows, argo_changes, breaks_when_put_in, literal};
use super::{Shapes, unused};
use crate::plan::{Plan, PlanArgument, PlanParameter, PlanPiece, PlanSource, PlanText, PlanValuePiece};
use crate::python::BOOTSTRAP;
use indexmap::IndexMap;
use serde_json::{Value, json};
use std::collections::HashSet;

/// Arguments of fewer bytes are written out in every template that has them.
const SHORTEST_SHARED: usize = 2048;

/// The text of an argument that is worth sharing, and that Argo can put in.
fn long_text(pieces: &PlanText) -> Option<&str> {
    let [PlanPiece::Text(text)] = pieces.as_slice() else { return None };
    let fits = text.len() >= SHORTEST_SHARED && !argo_changes(text, Follows::Nothing) && !breaks_when_put_in(text);
    fits.then_some(text.as_str())
}

/// The parameters that an argument refers to.
pub(super) fn referred(argument: &PlanArgument) -> Vec<&str> {
    match &argument.source {
        PlanSource::StoredParameter(slug) => vec![slug],
        PlanSource::Value(pieces) => {
            let slugs = pieces.iter().map(|piece| match piece {
                PlanValuePiece::Parameter(slug) => Some(slug.as_str()),
                _ => None,
            });
            slugs.flatten().collect()
        }
        _ => Vec::new(),
    }
}

impl<'a> Shapes<'a> {
    /// Finds long arguments that would stand in the Workflow more than once: the bootstrap of Python functions, mostly.
    pub(super) fn share(&mut self, plan: &Plan) {
        let mut counts: IndexMap<&'a str, usize> = IndexMap::new();
        for shape in &self.shapes {
            for text in shape.plan.command.iter().chain(&shape.plan.args).filter_map(|pieces| long_text(pieces)) {
                *counts.entry(text).or_default() += 1;
            }
        }
        let mut taken: HashSet<String> = plan.parameters.iter().map(|parameter| parameter.slug.clone()).collect();
        for text in counts.into_iter().filter(|(_, count)| *count > 1).map(|(text, _)| text) {
            let wanted = if text == BOOTSTRAP { "python-bootstrap" } else { "shared-text" };
            let name = unused(wanted, |name| taken.contains(name));
            taken.insert(name.clone());
            self.shared.insert(text, name);
        }
    }

    /// The value of a parameter by its slug.
    pub(in crate::export::argo) fn value(&self, slug: &str) -> Option<&'a str> {
        self.parameters.get(slug).and_then(|parameter| parameter.value.as_deref())
    }

    /// Whether a parameter's value stands where it is used.
    pub(in crate::export::argo) fn is_written_out(&self, slug: &str) -> bool {
        self.written_out.contains(slug)
    }

    /// The Workflow's own parameters, with this run's values.
    pub(in crate::export::argo) fn parameters(&self, plan: &Plan) -> Vec<Value> {
        let carried = plan.parameters.iter().filter(|parameter| !self.written_out.contains(parameter.slug.as_str()));
        let parameters =
            carried.filter(|parameter| parameter.value.is_some() || self.is_open(parameter)).map(|parameter| {
                let mut argument = json!({"name": parameter.slug});
                if let Some(value) = parameter.value.as_deref() {
                    let is_artifact = parameter.port_type.is_artifact();
                    argument["value"] =
                        Value::from(if is_artifact { artifact_key(value) } else { String::from(value) });
                }
                if let Some(description) =
                    parameter.description.as_ref().filter(|text| !argo_changes(text, Follows::Nothing))
                {
                    argument["description"] = json!(description);
                }
                argument
            });
        // They only ever stand in commands, so Kubernetes reads their dollar signs.
        let shared =
            self.shared.iter().map(|(text, name)| json!({"name": name, "value": literal(text, "", Follows::Nothing)}));
        parameters.chain(shared).collect()
    }

    /// Whether a parameter has no value yet and some task needs one: the Workflow then asks for it.
    pub(in crate::export::argo) fn is_open(&self, parameter: &PlanParameter) -> bool {
        parameter.value.is_none() && self.referred.contains(parameter.slug.as_str())
    }
}
