//! The entry template: one DAG task for each task of the Plan, with what feeds its inputs.

use super::object;
use super::shapes::{Inline, InlinePiece, Shape, Shapes, is_artifact, used_input};
use super::stored::artifact_key;
use super::substitution::{carried_tag, doubled_tag, output_place, parameter_place, raw};
use crate::plan::{Plan, PlanInput, PlanSource, PlanTask, PlanValuePiece};
use serde_json::{Map, Value, json};

/// The DAG of the whole Plan.
pub(super) fn dag(plan: &Plan, shapes: &Shapes) -> Value {
    let tasks =
        plan.tasks.iter().zip(&shapes.of_task).map(|(task, index)| self::task(task, &shapes.shapes[*index], shapes));
    let tasks: Vec<Value> = tasks.collect();
    // Independent branches go on to their end when a task fails (CONTRACTS.md, "Failure, stop, crash").
    let dag = object([("failFast", Value::Bool(false)), ("tasks", Value::Array(tasks))]);
    object([("name", Value::from(plan.slug.as_str())), ("dag", dag)])
}

fn task(task: &PlanTask, shape: &Shape, shapes: &Shapes) -> Value {
    let mut parameters = Vec::new();
    let mut artifacts = Vec::new();
    for argument in &task.arguments {
        let Some(input) = used_input(shape.plan, &argument.input) else { continue };
        if let Some(inline) = shape.inline.get(input.slug.as_str()) {
            passed(inline, &mut parameters);
            continue;
        }
        if let Some(value) = value(input, &argument.source, shapes) {
            parameters.push(object([("name", Value::from(input.slug.as_str())), ("value", Value::String(value))]));
        }
        artifacts.extend(artifact(input, &argument.source));
    }
    if shape.passes_task() {
        parameters.push(json!({"name": shape.task_parameter, "value": task.slug}));
    }
    let mut written = Map::with_capacity(4);
    let mut add = |key: &str, value: Value| written.insert(String::from(key), value);
    add("name", Value::from(task.slug.as_str()));
    add("template", Value::from(shape.slug.as_str()));
    if !task.dependencies.is_empty() {
        add("depends", Value::from(task.dependencies.join(" && ")));
    }
    let mut arguments = Map::with_capacity(2);
    if !parameters.is_empty() {
        arguments.insert(String::from("parameters"), Value::Array(parameters));
    }
    if !artifacts.is_empty() {
        arguments.insert(String::from("artifacts"), Value::Array(artifacts));
    }
    if !arguments.is_empty() {
        add("arguments", Value::Object(arguments));
    }
    Value::Object(written)
}

fn passed(inline: &Inline, parameters: &mut Vec<Value>) {
    for piece in &inline.pieces {
        if let InlinePiece::Passed { parameter, value } = piece {
            parameters.push(json!({"name": parameter, "value": value}));
        }
    }
}

/// What goes in as an Argo parameter: every parameter that the command uses, and artifacts whose content it takes.
fn value(input: &PlanInput, source: &PlanSource, shapes: &Shapes) -> Option<String> {
    if is_artifact(input) && !input.as_value {
        return None;
    }
    match source {
        PlanSource::Value(pieces) => Some(pieces.iter().map(|piece| shapes.tag(piece)).collect()),
        PlanSource::Artifact { task, output } => Some(carried_tag(task, output)),
        // Refused before (`Shapes::problems`).
        PlanSource::Stored(_) | PlanSource::StoredParameter(_) => None,
    }
}

/// What goes in as an Argo artifact: artifacts that the command takes as files.
fn artifact(input: &PlanInput, source: &PlanSource) -> Option<Value> {
    if !is_artifact(input) || !input.as_file {
        return None;
    }
    let stored = |key: String| json!({"name": input.slug, "s3": {"key": key}, "archive": {"none": {}}});
    Some(match source {
        PlanSource::Artifact { task, output } => {
            json!({"name": input.slug, "from": format!("{{{{tasks.{task}.outputs.artifacts.{output}}}}}")})
        }
        PlanSource::Value(pieces) => {
            let data: String = pieces.iter().map(raw_piece).collect();
            json!({"name": input.slug, "raw": {"data": data}, "archive": {"none": {}}})
        }
        // The executor gets the key inside a variable, as it gets raw data.
        PlanSource::Stored(reference) => stored(raw(&artifact_key(reference))),
        PlanSource::StoredParameter(slug) => stored(doubled_tag(&parameter_place(slug))),
    })
}

fn raw_piece(piece: &PlanValuePiece) -> String {
    match piece {
        PlanValuePiece::Text(text) => raw(text),
        PlanValuePiece::Parameter(slug) => doubled_tag(&parameter_place(slug)),
        PlanValuePiece::Output { task, output } => doubled_tag(&output_place(task, output)),
    }
}
