//! The attempts of one task: what of their nodes is not in the log yet. Must not look at other tasks, but for inputs.

use super::super::workflow::Node;
use super::{View, artifact_key, inputs, messages};
use crate::engine::rules::retry_at;
use dagwright_shared::plan::{PlanRetry, PlanTask};
use dagwright_shared::run::{PortValue, RunFact, TaskPhase};
use std::collections::{BTreeMap, HashMap};

/// The attempts of a task, from the first: the node itself, or the children of its `Retry` node.
pub(super) fn nodes<'a>(by_name: &HashMap<&'a str, &'a Node>, workflow: &str, task: &str) -> Vec<&'a Node> {
    let name = format!("{workflow}.{task}");
    match by_name.get(name.as_str()) {
        Some(node) if node.kind == "Pod" => vec![node],
        Some(node) if node.kind == "Retry" => {
            (0..).map_while(|index| by_name.get(format!("{name}({index})").as_str()).copied()).collect()
        }
        _ => Vec::new(),
    }
}

impl View<'_> {
    /// Everything that is new about the attempts of a task, whose own node is `whole`.
    pub(super) fn attempts(&mut self, task: &PlanTask, whole: &Node) {
        let attempts = nodes(&self.by_name, self.seen.name(), &task.slug);
        let count = attempts.len();
        for (index, node) in attempts.into_iter().enumerate() {
            let attempt = index as u32 + 1;
            let known = self.state.tasks.get(&task.slug).map_or(0, |task| task.attempts.len());
            if known > attempt as usize {
                continue;
            }
            // Argo begins an attempt only when the one before is at its end.
            let another = attempt < count as u32 || !whole.is_final() || messages::is_stopped_wait(whole);
            self.one(task, attempt, node, another);
            if attempt < count as u32 && self.going(task) {
                self.failed(task, attempt, node, true);
            }
        }
    }

    fn going(&self, task: &PlanTask) -> bool {
        matches!(self.state.task_phase(&task.slug), TaskPhase::Starting | TaskPhase::Running)
    }

    fn one(&mut self, task: &PlanTask, attempt: u32, node: &Node, another: bool) {
        let begun = node.started_at.unwrap_or(self.now);
        let waiting = self.state.task_phase(&task.slug) == TaskPhase::Waiting;
        let known = self.state.tasks.get(&task.slug).map_or(0, |task| task.attempts.len());
        if waiting && known + 1 == attempt as usize {
            let detail = messages::detail(node);
            self.push(begun, RunFact::TaskStarting { task: task.slug.clone(), attempt, detail });
        } else if !self.going(task) {
            return;
        }
        match node.phase.as_str() {
            "Pending" => self.pending(task, attempt, node),
            "Running" => self.running(task, attempt, self.now),
            "Succeeded" if node.task_result_synced != Some(false) || self.seen.is_final() => {
                self.running(task, attempt, begun);
                self.succeeded(task, attempt, node);
            }
            // Argo says Failed as soon as it stops a pod, and dates it when the pod has ended.
            "Failed" | "Error" if node.finished_at.is_some() || self.seen.is_final() => {
                if node.exit_code().is_some() {
                    self.running(task, attempt, begun);
                }
                self.failed(task, attempt, node, another);
            }
            _ => {}
        }
    }

    /// Says why a pod waits where nothing has been said yet: pods themselves are watched more closely elsewhere.
    fn pending(&mut self, task: &PlanTask, attempt: u32, node: &Node) {
        let detail = messages::detail(node);
        let silent = self.state.tasks.get(&task.slug).is_some_and(|task| task.detail.is_empty());
        if silent && !detail.is_empty() {
            self.push(self.now, RunFact::TaskStarting { task: task.slug.clone(), attempt, detail });
        }
    }

    /// Notes that the program of an attempt runs.
    pub(super) fn running(&mut self, task: &PlanTask, attempt: u32, time: u64) {
        if self.state.task_phase(&task.slug) == TaskPhase::Starting {
            let inputs = inputs::inputs_of(self, task);
            self.push(time, RunFact::TaskRunning { task: task.slug.clone(), attempt, inputs });
        }
    }

    fn end_of(&self, node: &Node) -> u64 {
        node.finished_at.or(self.seen.status.finished_at).unwrap_or(self.now)
    }

    fn succeeded(&mut self, task: &PlanTask, attempt: u32, node: &Node) {
        let mut outputs = BTreeMap::new();
        let template = self.plan.template(&task.template);
        for output in template.map(|template| template.outputs.as_slice()).unwrap_or_default() {
            let value = if output.port_type.is_artifact() {
                self.artifact(artifact_key(self.seen.name(), &task.slug, &output.slug))
            } else if let Some(text) = node.parameter(&output.slug) {
                PortValue::parameter(&text)
            } else {
                let message = format!("Output “{}”: Argo reported no value for it", output.name);
                let fact = self.failure(task, attempt, None, message, None);
                return self.push(self.end_of(node), fact);
            };
            outputs.insert(output.slug.clone(), value);
        }
        let time = self.end_of(node);
        self.push(time, RunFact::TaskSucceeded { task: task.slug.clone(), attempt, outputs });
    }

    /// What is known of an artifact, or its key alone.
    pub(super) fn artifact(&self, key: String) -> PortValue {
        let unknown = || PortValue::Artifact { key: key.clone(), size: 0, files: None, sha256: None, inline: None };
        self.known.get(&key).cloned().unwrap_or_else(unknown)
    }

    fn failed(&mut self, task: &PlanTask, attempt: u32, node: &Node, another: bool) {
        let time = self.end_of(node);
        if self.stopping() && messages::is_stop(node) {
            return self.push(time, RunFact::TaskStopped { task: task.slug.clone() });
        }
        let template = self.plan.template(&task.template);
        let message = messages::failure(node, template, self.seen.status.repository.as_ref());
        // Argo knows no longest wait (`export::argo` says so), and waits from the failure on.
        let retry = template.and_then(|template| template.retry).filter(|_| another);
        let retry = retry.map(|retry| PlanRetry { max_backoff_seconds: None, ..retry });
        let retry_at = retry.and_then(|retry| retry_at(&retry, self.state.tasks.get(&task.slug), time));
        let exit_code = node.exit_code().filter(|_| messages::is_exit(node));
        let fact = self.failure(task, attempt, exit_code, message, retry_at);
        self.push(time, fact);
    }

    fn failure(
        &self,
        task: &PlanTask,
        attempt: u32,
        exit_code: Option<i32>,
        message: String,
        retry_at: Option<u64>,
    ) -> RunFact {
        RunFact::AttemptFailed { task: task.slug.clone(), attempt, exit_code, message, retry_at }
    }
}
