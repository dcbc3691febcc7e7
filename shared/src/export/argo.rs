//! A Plan as one plain Argo `Workflow`, with the claims of kept volumes before it. Only fields that Argo 3.5 to 4.x share;
//! S3 by key only, no endpoint and no secret (CONTRACTS.md, "Artifacts").

mod command;
mod dag;
mod head;
mod shapes;
mod stored;
mod substitution;
mod template;

use crate::diagnostic::{Diagnostic, any_error};
use crate::plan::{Plan, PlanLifetime, PlanVolume};
use crate::yaml::{Dashes, Layout, Step, Style, write};
use serde_json::{Value, json};
use shapes::Shapes;

pub use stored::in_other_buckets;

/// What an export is made of. The Workflow is the very one that the Argo engine submits, which only names it.
#[derive(Clone, Debug, PartialEq)]
pub struct ArgoExport {
    /// What has to be there before: claims of kept volumes, texts that Argo would change.
    pub documents: Vec<Value>,
    /// The Workflow.
    pub workflow: Value,
    /// Comment lines for the head of the file, without `#`.
    pub head: Vec<String>,
    /// What the Workflow does not carry, as warnings.
    pub notes: Vec<Diagnostic>,
}

impl ArgoExport {
    /// The whole file: comments, documents, Workflow.
    pub fn to_yaml(&self) -> String {
        let mut text = String::new();
        for line in &self.head {
            text.push_str("# ");
            text.push_str(line);
            text.push('\n');
        }
        for document in &self.documents {
            text.push_str(&write(document, &STYLE));
            text.push_str("---\n");
        }
        text.push_str(&write(&self.workflow, &STYLE));
        text
    }
}

/// What is short stands in one line; the Workflow's own parts are blocks. Wide enough for a wire from task to task.
const STYLE: Style<'static> = Style { width: 132, layout: &layout, dashes: Dashes::Flush };

fn layout(path: &[Step<'_>], _: &Value) -> Layout {
    match path {
        [] | [Step::Key("spec")] => Layout::Block,
        _ => Layout::Flow,
    }
}

/// An object of a few entries, without the copies that `json!` makes of what goes in.
fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (String::from(key), value)).collect())
}

/// Turns a Plan into a Workflow. Deterministic.
///
/// # Errors
/// What no Workflow can express, each as `engine-cannot`.
pub fn export(plan: &Plan) -> Result<ArgoExport, Vec<Diagnostic>> {
    let shapes = Shapes::new(plan);
    let mut notes = shapes.problems(plan);
    if any_error(&notes) {
        return Err(notes);
    }
    notes.extend(template::notes(plan));
    notes.extend(stored::notes(plan));
    if any_error(&notes) {
        return Err(notes);
    }
    let mut documents: Vec<Value> = plan.volumes.iter().filter_map(claim).collect();
    documents.extend(shapes.texts.iter().map(shapes::StoredText::document));

    let mut spec = serde_json::Map::new();
    let mut add = |key: &str, value: Value| spec.insert(String::from(key), value);
    add("entrypoint", json!(plan.slug));
    let parameters: Vec<Value> = shapes.parameters(plan);
    let mut arguments = (!parameters.is_empty()).then(|| object([("parameters", Value::Array(parameters))]));
    // Long texts would push what people look for out of sight.
    if let Some(arguments) = arguments.take_if(|_| shapes.shared.is_empty()) {
        add("arguments", arguments);
    }
    if let Some(account) = &plan.service_account {
        add("serviceAccountName", json!(account));
    }
    if !plan.image_pull_secrets.is_empty() {
        let secrets = plan.image_pull_secrets.iter().map(|name| json!({"name": name}));
        add("imagePullSecrets", Value::Array(secrets.collect()));
    }
    add("archiveLogs", json!(true));
    // The server removes Workflows itself; this is for when it is not there to do so.
    add("ttlStrategy", json!({"secondsAfterCompletion": 7 * 24 * 60 * 60}));
    let volumes = volumes(plan, &shapes);
    if !volumes.is_empty() {
        add("volumes", Value::Array(volumes));
    }
    let made: Vec<Value> = plan.volumes.iter().filter_map(claim_template).collect();
    if !made.is_empty() {
        add("volumeClaimTemplates", Value::Array(made));
        add("volumeClaimGC", json!({"strategy": "OnWorkflowCompletion"}));
    }
    let mut templates = vec![dag::dag(plan, &shapes)];
    templates.extend(shapes.shapes.iter().map(|shape| template::template(shape, &shapes)));
    add("templates", Value::Array(templates));
    if let Some(arguments) = arguments {
        add("arguments", arguments);
    }

    Ok(ArgoExport {
        head: head::head(plan, &shapes),
        documents,
        workflow: object([
            ("apiVersion", Value::from("argoproj.io/v1alpha1")),
            ("kind", Value::from("Workflow")),
            ("metadata", json!({"generateName": format!("{}-", plan.slug)})),
            ("spec", Value::Object(spec)),
        ]),
        notes,
    })
}

/// The claim of a kept volume: made once, kept when Workflows go.
fn claim(volume: &PlanVolume) -> Option<Value> {
    let PlanLifetime::Kept(name) = &volume.lifetime else { return None };
    Some(json!({
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": claim_spec(volume),
    }))
}

/// The claim of a run's own volume: made and removed by Argo.
fn claim_template(volume: &PlanVolume) -> Option<Value> {
    (volume.lifetime == PlanLifetime::Run)
        .then(|| json!({"metadata": {"name": volume.slug}, "spec": claim_spec(volume)}))
}

fn claim_spec(volume: &PlanVolume) -> Value {
    let mut spec = serde_json::Map::new();
    spec.insert(String::from("accessModes"), json!(volume.access_modes));
    if let Some(class) = &volume.storage_class {
        spec.insert(String::from("storageClassName"), json!(class));
    }
    spec.insert(String::from("resources"), json!({"requests": {"storage": volume.size}}));
    Value::Object(spec)
}

/// Volumes that exist before the run, texts, and the empty folders that outputs are written to.
fn volumes(plan: &Plan, shapes: &Shapes) -> Vec<Value> {
    let claims = plan.volumes.iter().filter_map(|volume| match &volume.lifetime {
        PlanLifetime::Kept(claim) | PlanLifetime::Claim(claim) => {
            Some(json!({"name": volume.slug, "persistentVolumeClaim": {"claimName": claim}}))
        }
        PlanLifetime::Run => None,
    });
    let texts = shapes.texts.iter().map(shapes::StoredText::volume);
    let outputs = shapes.writes().then(|| json!({"name": shapes.outputs_volume, "emptyDir": {}}));
    claims.chain(texts).chain(outputs).collect()
}
