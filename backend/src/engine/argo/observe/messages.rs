//! Argo's messages in the words that the local engine uses for the same thing. What is not known stays as Argo says it.

use super::super::workflow::Node;
use crate::engine::argo::pods::ended::why_node_failed;
use crate::engine::argo::workflow::RepositoryRef;
use crate::engine::local::sandbox::exit_words;
use dagwright_shared::plan::{PlanOutput, PlanTemplate};

/// What a pod that has not begun is busy with; empty where Argo says nothing that helps.
pub(super) fn detail(node: &Node) -> String {
    match node.message.trim() {
        "PodInitializing" | "ContainerCreating" => String::new(),
        message if node.phase == "Pending" => String::from(message),
        _ => String::new(),
    }
}

/// Whether an attempt ended because the run was stopped, and not by itself.
pub(super) fn is_stop(node: &Node) -> bool {
    let message = node.message.as_str();
    let asked = message.starts_with("workflow shutdown with strategy") || message.starts_with("Stopped with strategy");
    // SIGTERM, then SIGKILL; a pod that never began has no exit code.
    asked || matches!(node.exit_code(), None | Some(143 | 137))
}

/// Whether a task was stopped while it waited for its next attempt.
pub(super) fn is_stopped_wait(whole: &Node) -> bool {
    whole.message.starts_with("Stopped with strategy")
}

/// Whether the program itself ended with an error (and not Argo's own container, or Kubernetes).
pub(super) fn is_exit(node: &Node) -> bool {
    node.exit_code().is_some_and(|code| code != 0) && !is_late(node) && !is_out_of_memory(node)
}

/// Why an attempt failed. `repository`: where its Workflow's artifacts go.
pub(super) fn failure(node: &Node, template: Option<&PlanTemplate>, repository: Option<&RepositoryRef>) -> String {
    let message = node.message.trim().trim_end_matches(';');
    if is_late(node) {
        return match template.and_then(|template| template.timeout_seconds) {
            Some(seconds) => format!("ended because it took longer than its timeout of {seconds}s"),
            None => String::from(message),
        };
    }
    if is_out_of_memory(node) {
        let limit = template.and_then(|template| template.resources.limits.get("memory"));
        let limit = limit.map(|limit| format!(": its limit is {limit}")).unwrap_or_default();
        return format!("ran out of memory{limit}; raise the task's memory limit");
    }
    let outputs = template.map(|template| template.outputs.as_slice()).unwrap_or_default();
    if let Some(output) = outputs.iter().find(|output| is_missing(message, output)) {
        return format!("Output “{}”: the task ended well and did not write it", output.name);
    }
    let own = message.strip_prefix("main: ").unwrap_or(message);
    let code = own.strip_prefix("Error (exit code ").and_then(|rest| rest.strip_suffix(')'));
    match code.and_then(|code| code.parse().ok()) {
        Some(code) => exit_words(code),
        None if own.is_empty() => String::from("failed, and Argo does not say why"),
        None => {
            let image = template.map_or("", |template| template.image.as_str());
            why_node_failed(message, image, None, repository).map_or_else(|| String::from(own), |why| why.to_string())
        }
    }
}

fn is_late(node: &Node) -> bool {
    // The pod's own deadline, in Kubernetes' words.
    node.message.starts_with("Pod was active on the node longer than the specified deadline")
}

fn is_out_of_memory(node: &Node) -> bool {
    node.message.contains("OOMKilled")
}

fn is_missing(message: &str, output: &PlanOutput) -> bool {
    let path = output.path.clone().unwrap_or_else(|| format!("/tmp/outputs/{}/data", output.slug));
    message.contains("no such file or directory")
        && message.match_indices(&path).any(|(start, found)| {
            // A path that only begins like this one is another.
            !message[start + found.len()..].starts_with(|next: char| next.is_ascii_alphanumeric() || next == '/')
        })
}
