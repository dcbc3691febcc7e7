//! One container template: inputs, outputs, command, environment, volumes and everything else that reaches the pod.

use super::command::{Writer, input_path, output_path};
use super::shapes::{InlinePiece, Shape, Shapes, is_artifact, used_input};
use super::substitution::{Follows, arrived_in_file_tag, doubled_tag, input_place};
use crate::diagnostic::{Diagnostic, DiagnosticCode, Place, Severity};
use crate::plan::{Plan, PlanEnvValue, PlanInput, PlanResources, PlanRetry};
use dagwright_texts::t;
use serde_json::{Map, Value, json};

/// The Argo template of a shape.
pub(super) fn template(shape: &Shape, shapes: &Shapes) -> Value {
    let plan = shape.plan;
    let mut written = Map::new();
    let mut add = |key: &str, value: Value| {
        if value.as_object().is_none_or(|map| !map.is_empty()) {
            written.insert(String::from(key), value);
        }
    };
    add("name", Value::from(shape.slug.as_str()));
    add("inputs", inputs(shape));
    add("outputs", outputs(shape));
    if let Some(retry) = &plan.retry {
        add("retryStrategy", self::retry(retry));
    }
    if let Some(seconds) = plan.timeout_seconds {
        // On the pod, so each attempt has its own; Argo's schema wants text.
        add("activeDeadlineSeconds", Value::from(seconds.to_string()));
    }
    if !plan.node_selector.is_empty() {
        add("nodeSelector", json!(plan.node_selector));
    }
    if !plan.tolerations.is_empty() {
        add("tolerations", json!(plan.tolerations));
    }
    add("container", container(shape, shapes));
    Value::Object(written)
}

/// What Argo does in another way than was asked for.
pub(super) fn notes(plan: &Plan) -> Vec<Diagnostic> {
    let mut notes = Vec::new();
    for template in &plan.templates {
        let Some(retry) = &template.retry else { continue };
        let task = plan.tasks.iter().find(|task| task.template == template.slug);
        let task = task.map(|task| task.name.clone()).unwrap_or_default();
        if retry.factor.fract() != 0.0 {
            let place = Place::Task { task: task.clone(), field: String::from("retry/factor") };
            let message = t!("Argo takes whole factors between waits, not {factor}.", factor = retry.factor);
            notes.push(
                Diagnostic::new(DiagnosticCode::EngineCannot, place, message)
                    .with_hint(t!("Write 2, or leave it out.")),
            );
        }
        if retry.max_backoff_seconds.is_some() {
            let place = Place::Task { task, field: String::from("retry/maxBackoff") };
            let message = t!("Argo before 3.7 knows no longest wait between attempts; it is left out.");
            let mut note = Diagnostic::new(DiagnosticCode::EngineCannot, place, message);
            note.severity = Severity::Warning;
            note.hint = String::from(t!("Choose backoff, factor and limit so that no wait grows too long."));
            notes.push(note);
        }
    }
    notes
}

fn inputs(shape: &Shape) -> Value {
    let mut parameters = Vec::new();
    let mut artifacts = Vec::new();
    for input in &shape.plan.inputs {
        if used_input(shape.plan, &input.slug).is_none() {
            continue;
        }
        if let Some(inline) = shape.inline.get(input.slug.as_str()) {
            for piece in &inline.pieces {
                if let InlinePiece::Passed { parameter, .. } = piece {
                    parameters.push(json!({"name": parameter}));
                }
            }
            continue;
        }
        if !is_artifact(input) || input.as_value {
            parameters.push(json!({"name": input.slug}));
        }
        if input.as_file {
            artifacts.push(input_file(input, shape));
        }
    }
    if shape.passes_task() {
        parameters.push(json!({"name": shape.task_parameter}));
    }
    lists(parameters, artifacts)
}

/// A file made of an artifact, or of a parameter's value.
fn input_file(input: &PlanInput, shape: &Shape) -> Value {
    let mut file = json!({"name": input.slug, "path": input_path(&input.slug), "archive": {"none": {}}});
    if !is_artifact(input) {
        let carried = shape.carried.contains(input.slug.as_str());
        let data = if carried { arrived_in_file_tag(&input.slug) } else { doubled_tag(&input_place(&input.slug)) };
        file["raw"] = json!({"data": data});
    }
    file
}

fn outputs(shape: &Shape) -> Value {
    let mut parameters = Vec::new();
    let mut artifacts = Vec::new();
    for output in &shape.plan.outputs {
        let path = output_path(output);
        if !output.port_type.is_artifact() || shape.as_values.contains(output.slug.as_str()) {
            parameters.push(json!({"name": output.slug, "valueFrom": {"path": path}}));
        }
        if output.port_type.is_artifact() {
            let task = match shape.only_task {
                Some(task) => String::from(task),
                None => format!("{{{{inputs.parameters.{}}}}}", shape.task_parameter),
            };
            let key = format!("runs/{{{{workflow.name}}}}/{task}/{}", output.slug);
            artifacts.push(json!({"name": output.slug, "path": path, "archive": {"none": {}}, "s3": {"key": key}}));
        }
    }
    lists(parameters, artifacts)
}

fn lists(parameters: Vec<Value>, artifacts: Vec<Value>) -> Value {
    let mut lists = Map::new();
    if !parameters.is_empty() {
        lists.insert(String::from("parameters"), Value::Array(parameters));
    }
    if !artifacts.is_empty() {
        lists.insert(String::from("artifacts"), Value::Array(artifacts));
    }
    Value::Object(lists)
}

fn retry(retry: &PlanRetry) -> Value {
    let mut strategy = json!({"limit": retry.limit.to_string(), "retryPolicy": "Always"});
    if retry.backoff_seconds > 0 {
        let mut backoff = json!({"duration": retry.backoff_seconds.to_string()});
        if retry.factor != 1.0 {
            backoff["factor"] = Value::from(format!("{:.0}", retry.factor));
        }
        strategy["backoff"] = backoff;
    }
    strategy
}

fn container(shape: &Shape, shapes: &Shapes) -> Value {
    let plan = shape.plan;
    let mut writer = Writer::new(shape, shapes);
    let command = writer.list(&plan.command);
    let args = writer.list(&plan.args);
    let mut env: Vec<Value> = Vec::new();
    for variable in &plan.env {
        env.push(match &variable.value {
            PlanEnvValue::Text(text) => json!({"name": variable.name, "value": writer.text(text, Follows::Nothing)}),
            PlanEnvValue::Secret { name, key } => {
                json!({"name": variable.name, "valueFrom": {"secretKeyRef": {"name": name, "key": key}}})
            }
        });
    }
    if writer.needs_brace {
        // First, since Kubernetes only looks back for variables in a value.
        env.insert(0, json!({"name": writer.brace, "value": "{"}));
    }
    let mut written = Map::new();
    let mut add = |key: &str, value: Value| {
        if value.as_array().is_none_or(|list| !list.is_empty()) {
            written.insert(String::from(key), value);
        }
    };
    add("image", Value::from(plan.image.as_str()));
    add("command", Value::Array(command));
    add("args", Value::Array(args));
    add("env", Value::Array(env));
    if !plan.resources.is_empty() {
        add("resources", resources(&plan.resources));
    }
    add("volumeMounts", Value::Array(mounts(shape, shapes)));
    Value::Object(written)
}

fn resources(resources: &PlanResources) -> Value {
    let mut written = Map::new();
    for (kind, amounts) in [("requests", &resources.requests), ("limits", &resources.limits)] {
        if !amounts.is_empty() {
            written.insert(String::from(kind), json!(amounts));
        }
    }
    Value::Object(written)
}

fn mounts(shape: &Shape, shapes: &Shapes) -> Vec<Value> {
    let mut mounts: Vec<Value> = Vec::new();
    for mount in &shape.plan.mounts {
        let mut written = json!({"name": mount.volume, "mountPath": mount.path});
        if let Some(path) = &mount.sub_path {
            written["subPath"] = json!(path);
        }
        if mount.read_only {
            written["readOnly"] = json!(true);
        }
        mounts.push(written);
    }
    for input in shape.plan.inputs.iter().filter(|input| input.as_file) {
        let stored = shape.inline.get(input.slug.as_str()).and_then(|inline| inline.stored);
        if let Some(text) = stored.and_then(|index| shapes.texts.get(index)) {
            mounts.push(json!({"name": text.volume, "mountPath": input_path(&input.slug), "subPath": "data"}));
        }
    }
    // The folder of each output has to be there before the program writes.
    for output in shape.plan.outputs.iter().filter(|output| output.path.is_none()) {
        let folder = format!("/tmp/outputs/{}", output.slug);
        mounts.push(json!({"name": shapes.outputs_volume, "mountPath": folder, "subPath": output.slug}));
    }
    mounts
}
