//! What two runs have in common, name by name: parameters, metrics, matrices, durations. Pure; the page draws it.

use crate::ui::format;
use crate::viewers::classification::{Matrix, roc_points};
use dagwright_shared::api::RunDetail;
use dagwright_shared::run::{PortValue, TaskPhase, TaskState};
use serde_json::Value;

/// A name with what it says on either side.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// What it is.
    pub name: String,
    /// In the left run.
    pub left: Option<String>,
    /// In the right run.
    pub right: Option<String>,
    /// From left to right, where both are numbers: `+0.004`.
    pub change: Option<String>,
}

/// The confusion matrix or curve of one output in both runs: KFP's JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixPair {
    /// `train, confusion matrix`.
    pub name: String,
    /// In the left run.
    pub left: Option<Value>,
    /// In the right run.
    pub right: Option<Value>,
}

/// A task in one run.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskSide {
    /// Where it stands.
    pub phase: TaskPhase,
    /// How long its last attempt took.
    pub took: String,
}

/// A task in both runs.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskPair {
    /// Its name.
    pub name: String,
    /// In the left run.
    pub left: Option<TaskSide>,
    /// In the right run.
    pub right: Option<TaskSide>,
    /// `+1.2 s`.
    pub change: String,
}

/// All of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Parameters by name.
    pub parameters: Vec<Pair>,
    /// Metrics by task, output and name.
    pub metrics: Vec<Pair>,
    /// Matrices and curves by task and output.
    pub matrices: Vec<MatrixPair>,
    /// Tasks by name.
    pub durations: Vec<TaskPair>,
}

/// Names of both sides, in the order of the right one, then those that only the left one has; with their values.
fn join<T: Clone>(left: &[(String, T)], right: &[(String, T)]) -> Vec<(String, Option<T>, Option<T>)> {
    let find =
        |list: &[(String, T)], name: &str| list.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let only_left = left.iter().filter(|(name, _)| !right.iter().any(|(known, _)| known == name));
    right.iter().chain(only_left).map(|(name, _)| (name.clone(), find(left, name), find(right, name))).collect()
}

fn with_sign(change: f64, words: &str) -> String {
    format!("{}{words}", if change < 0.0 { "−" } else { "+" })
}

impl Figures {
    /// Of two runs.
    pub fn of(left: &RunDetail, right: &RunDetail) -> Self {
        let parameters = join(&parameters(left), &parameters(right)).into_iter().map(|(name, left, right)| Pair {
            name,
            left: left.flatten(),
            right: right.flatten(),
            change: None,
        });
        let metrics = join(&metrics(left), &metrics(right)).into_iter().map(|(name, left, right)| {
            let change = left.zip(right).map(|(left, right)| right - left).filter(|change| *change != 0.0);
            Pair {
                name,
                left: left.map(format::metric),
                right: right.map(format::metric),
                change: change.map(|change| with_sign(change, &format::metric(change.abs()))),
            }
        });
        let matrices = join(&matrices(left), &matrices(right)).into_iter().map(|(name, left, right)| MatrixPair {
            name,
            left,
            right,
        });
        let durations = join(&tasks(left), &tasks(right)).into_iter().map(|(name, left, right)| {
            let took = |task: &Option<TaskState>| task.as_ref().and_then(took);
            let change = took(&left)
                .zip(took(&right))
                .map(|(left, right)| right as i64 - left as i64)
                .filter(|change| change.abs() >= 100);
            let change = change.map(|change| with_sign(change as f64, &format::duration_exact(change.unsigned_abs())));
            let side = |task: Option<TaskState>| {
                task.map(|task| TaskSide {
                    phase: task.phase,
                    took: self::took(&task).map(format::duration_exact).unwrap_or_default(),
                })
            };
            TaskPair { name, left: side(left), right: side(right), change: change.unwrap_or_default() }
        });
        Self {
            parameters: parameters.collect(),
            metrics: metrics.collect(),
            matrices: matrices.collect(),
            durations: durations.collect(),
        }
    }
}

/// Milliseconds of the last attempt, once it has ended.
fn took(task: &TaskState) -> Option<u64> {
    let last = task.attempts.last()?;
    Some(last.finished?.saturating_sub(last.running.unwrap_or(last.starting)))
}

fn parameters(run: &RunDetail) -> Vec<(String, Option<String>)> {
    run.plan.parameters.iter().map(|parameter| (parameter.name.clone(), parameter.value.clone())).collect()
}

fn tasks(run: &RunDetail) -> Vec<(String, TaskState)> {
    let state = |slug: &str| run.state.tasks.get(slug).cloned().unwrap_or_default();
    run.plan.tasks.iter().map(|task| (task.name.clone(), state(&task.slug))).collect()
}

/// The small contents that came with the events: `task, output` → JSON.
fn contents(run: &RunDetail) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for task in &run.plan.tasks {
        let Some(template) = run.plan.template(&task.template) else { continue };
        let Some(state) = run.state.tasks.get(&task.slug) else { continue };
        for output in &template.outputs {
            if let Some(PortValue::Artifact { inline: Some(value), .. }) = state.outputs.get(&output.slug) {
                found.push((format!("{}, {}", task.name, output.name), value));
            }
        }
    }
    found
}

fn is_classification(value: &Value) -> bool {
    Matrix::read(value).is_some() || !roc_points(value).is_empty()
}

fn matrices(run: &RunDetail) -> Vec<(String, Value)> {
    let drawn = contents(run).into_iter().filter(|(_, value)| is_classification(value));
    drawn.map(|(name, value)| (name, value.clone())).collect()
}

fn metrics(run: &RunDetail) -> Vec<(String, f64)> {
    let numbers = contents(run).into_iter().filter(|(_, value)| !is_classification(value)).flat_map(|(name, value)| {
        let entries = value.as_object().into_iter().flatten();
        let numbers = entries.filter_map(move |(metric, value)| Some((format!("{name}: {metric}"), value.as_f64()?)));
        numbers.collect::<Vec<_>>()
    });
    numbers.collect()
}
