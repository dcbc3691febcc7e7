//! What pods show sooner than their Workflow: programs that run. Argo looks at its pods up to 10 s apart. Must say nothing that
//! the Workflow would say otherwise.

use super::{KnownArtifacts, View};
use crate::engine::argo::run::PodRunning;
use crate::engine::argo::workflow::Workflow;
use crate::store::TimedFact;
use dagwright_shared::plan::{Plan, PlanSource, PlanTask, PlanValuePiece};
use dagwright_shared::run::{PortValue, RunFact, RunPhase, RunState, TaskPhase};
use std::collections::HashMap;

/// The facts of attempts whose programs run, as their pods showed; nothing for those that the state knows already, and for
/// those whose inputs are not told yet, which the Workflow tells with their running. `known`: as for `observe`.
pub fn begun(plan: &Plan, state: &RunState, running: &[PodRunning], known: &KnownArtifacts) -> Vec<TimedFact> {
    if !matches!(state.phase, RunPhase::Running | RunPhase::Stopping) {
        return Vec::new();
    }
    let seen = Workflow::default();
    let by_name = HashMap::new();
    let mut view = View { plan, seen: &seen, by_name, known, now: 0, state: state.clone(), facts: Vec::new() };
    for PodRunning { task, attempt, since } in running {
        let Some(task) = plan.task(task) else { continue };
        let (phase, attempts) =
            view.state.tasks.get(&task.slug).map_or((TaskPhase::Waiting, 0), |task| (task.phase, task.attempts.len()));
        if !inputs_are_told(&view.state, task) {
            continue;
        }
        if phase == TaskPhase::Waiting && attempts + 1 == *attempt as usize {
            let (task, attempt, detail) = (task.slug.clone(), *attempt, String::new());
            view.push(*since, RunFact::TaskStarting { task, attempt, detail });
        } else if phase != TaskPhase::Starting || attempts != *attempt as usize {
            continue;
        }
        view.running(task, *attempt, *since);
    }
    view.facts
}

/// Whether everything before a task has ended, and the state holds all of what the task gets from it.
fn inputs_are_told(state: &RunState, task: &PlanTask) -> bool {
    let output = |task: &String, output: &String| state.tasks.get(task).and_then(|task| task.outputs.get(output));
    let is_told = |piece: &PlanValuePiece| match piece {
        // Of a long text the state has the beginning only.
        PlanValuePiece::Output { task, output: name } => {
            matches!(output(task, name), Some(PortValue::Parameter { text, size }) if text.len() as u64 == *size)
        }
        PlanValuePiece::Text(_) | PlanValuePiece::Parameter(_) => true,
    };
    task.dependencies.iter().all(|dependency| state.task_phase(dependency).is_final())
        && task.arguments.iter().all(|argument| match &argument.source {
            PlanSource::Value(pieces) => pieces.iter().all(is_told),
            PlanSource::Artifact { task, output: name } => output(task, name).is_some(),
            PlanSource::Stored(_) | PlanSource::StoredParameter(_) => true,
        })
}
