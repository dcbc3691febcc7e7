//! What an attempt got: put together from the Plan and what is known of upstream tasks, as Argo put it together.

use super::View;
use crate::artifacts::keys::{self, ArtifactReference};
use dagwright_shared::plan::{PlanSource, PlanTask, PlanValuePiece};
use dagwright_shared::run::PortValue;
use std::collections::BTreeMap;

/// Port slug → what it holds.
pub(super) fn inputs_of(view: &View<'_>, task: &PlanTask) -> BTreeMap<String, PortValue> {
    let mut inputs = BTreeMap::new();
    for argument in &task.arguments {
        let value = match &argument.source {
            PlanSource::Value(pieces) => Some(PortValue::parameter(&text(view, pieces))),
            PlanSource::Artifact { task, output } => {
                view.state.tasks.get(task).and_then(|task| task.outputs.get(output)).cloned()
            }
            PlanSource::Stored(reference) => stored(view, reference),
            PlanSource::StoredParameter(slug) => parameter(view, slug).and_then(|reference| stored(view, &reference)),
        };
        if let Some(value) = value {
            inputs.insert(argument.input.clone(), value);
        }
    }
    inputs
}

fn text(view: &View<'_>, pieces: &[PlanValuePiece]) -> String {
    let piece = |piece: &PlanValuePiece| match piece {
        PlanValuePiece::Text(text) => text.clone(),
        PlanValuePiece::Parameter(slug) => parameter(view, slug).unwrap_or_default(),
        PlanValuePiece::Output { task, output } => upstream(view, task, output),
    };
    pieces.iter().map(piece).collect()
}

fn parameter(view: &View<'_>, slug: &str) -> Option<String> {
    view.plan.parameters.iter().find(|parameter| parameter.slug == slug)?.value.clone()
}

/// The whole text where the Workflow shows it; the log has its beginning only.
fn upstream(view: &View<'_>, task: &str, output: &str) -> String {
    let name = format!("{}.{task}", view.seen.name());
    if let Some(text) = view.by_name.get(name.as_str()).and_then(|node| node.parameter(output)) {
        return text.into_owned();
    }
    match view.state.tasks.get(task).and_then(|task| task.outputs.get(output)) {
        Some(PortValue::Parameter { text, .. }) => text.clone(),
        _ => String::new(),
    }
}

fn stored(view: &View<'_>, reference: &str) -> Option<PortValue> {
    let key = match ArtifactReference::parse(reference).ok()? {
        ArtifactReference::Upload { sha256, .. } => keys::upload_key(&sha256).ok()?,
        // Read from the default repository's bucket by its key, as the Workflow has it.
        ArtifactReference::S3(uri) => uri.key,
    };
    Some(view.artifact(key))
}
