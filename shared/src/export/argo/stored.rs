//! Stored files and folders as inputs: `upload:<sha256>/<name>` and `s3://bucket/key`. Argo takes them by key, from the
//! namespace's default artifact repository; a bucket beside a key would need an endpoint and a secret in the file.

use crate::diagnostic::{Diagnostic, DiagnosticCode, Place, Severity};
use crate::plan::{Plan, PlanSource};
use dagwright_texts::t;

/// The key of a stored artifact in the default repository.
pub(super) fn artifact_key(reference: &str) -> String {
    if let Some(upload) = reference.strip_prefix("upload:") {
        return format!("uploads/{}", upload.split('/').next().unwrap_or(upload));
    }
    let rest = reference.strip_prefix("s3://").unwrap_or(reference);
    String::from(rest.split_once('/').map_or(rest, |(_, key)| key))
}

/// The inputs that lie in another bucket than the default repository's, which is `bucket`: a Workflow would read another
/// file of the same key, or none. For engines, which know the bucket; errors, `engine-cannot`.
pub fn in_other_buckets(plan: &Plan, bucket: &str) -> Vec<Diagnostic> {
    let others = in_buckets(plan).into_iter().filter(|(_, named, _)| *named != bucket);
    let told = others.map(|(place, _, reference)| {
        let message = t!("{reference} is not in the bucket that pods read from, {bucket}.", reference, bucket);
        let hint = t!("Upload the file, or copy it to s3://{bucket}/ and name it there.", bucket);
        Diagnostic::new(DiagnosticCode::EngineCannot, place, message).with_hint(hint)
    });
    told.collect()
}

/// What a file cannot say: which bucket is meant.
pub(super) fn notes(plan: &Plan) -> Vec<Diagnostic> {
    let told = in_buckets(plan).into_iter().map(|(place, bucket, reference)| {
        let message =
            t!("Argo reads {reference} by its key, from the bucket of the default artifact repository.", reference);
        let hint = t!("Right where that bucket is {bucket}; elsewhere copy the file there, or upload it.", bucket);
        let note = Diagnostic::new(DiagnosticCode::EngineCannot, place, message).with_hint(hint);
        Diagnostic { severity: Severity::Warning, ..note }
    });
    told.collect()
}

/// Where an `s3://` reference stands, its bucket, and the reference; a parameter's once, however many tasks take it.
fn in_buckets(plan: &Plan) -> Vec<(Place, &str, &str)> {
    let parameters = plan.parameters.iter().filter(|parameter| parameter.port_type.is_artifact());
    let by_parameter = parameters.filter_map(|parameter| {
        let reference = parameter.value.as_deref()?;
        let place = Place::Parameter { parameter: parameter.name.clone(), field: String::from("default") };
        Some((place, bucket(reference)?, reference))
    });
    let arguments = plan.tasks.iter().flat_map(|task| task.arguments.iter().map(move |argument| (task, argument)));
    let by_argument = arguments.filter_map(|(task, argument)| {
        let PlanSource::Stored(reference) = &argument.source else { return None };
        let inputs = plan.template(&task.template).map(|template| template.inputs.as_slice()).unwrap_or_default();
        let name = inputs.iter().find(|input| input.slug == argument.input).map_or("", |input| input.name.as_str());
        let place = Place::Task { task: task.name.clone(), field: format!("arguments/{name}") };
        Some((place, bucket(reference)?, reference.as_str()))
    });
    by_parameter.chain(by_argument).collect()
}

fn bucket(reference: &str) -> Option<&str> {
    Some(reference.strip_prefix("s3://")?.split_once('/')?.0)
}
