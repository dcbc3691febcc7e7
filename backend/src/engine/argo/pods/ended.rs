//! Why a pod ended before or beside its program: memory, eviction, a node that went, inputs or outputs that S3 refused.
//! Pure; also from the one line that Argo keeps in a Workflow's status when the pod has gone.

use super::facts::{ContainerState, MAIN, PodFacts};
use super::why::{Why, last_cause, quoted};
use crate::engine::argo::workflow::RepositoryRef;

/// Why a pod failed, in words a person can act on. `None`: it did not, or only its program's exit code says why.
pub fn why_ended(pod: &PodFacts) -> Option<Why> {
    if let Some(why) = as_a_whole(pod) {
        return Some(why);
    }
    let image = pod.main().map_or("", |main| main.image.as_str());
    // In Argo's own order: inputs, the program, outputs.
    ["init", MAIN, "wait"].iter().find_map(|name| {
        let container = pod.containers.iter().find(|container| container.name == *name)?;
        let ContainerState::Ended { exit_code, reason, message } = &container.state else { return None };
        let end = End { container: name, exit_code: *exit_code, reason, message, repository: None };
        if *exit_code == 0 { None } else { end.why(pod.memory_limit.as_deref(), image) }
    })
}

/// The same from a node's message in a Workflow's status, such as `init: Error (exit code 64): artifact a failed to load`.
/// `repository`: where the Workflow's artifacts go, which is named where its store refuses.
pub fn why_node_failed(
    message: &str,
    image: &str,
    memory_limit: Option<&str>,
    repository: Option<&RepositoryRef>,
) -> Option<Why> {
    if let Some(why) = whole_pod(message) {
        return Some(why);
    }
    let (container, rest) = message.split_once(": ")?;
    let (reason, rest) = rest.split_once(" (exit code ")?;
    let (code, rest) = rest.split_once(')')?;
    let message = rest.strip_prefix(": ").unwrap_or_default();
    let end = End { container, exit_code: code.parse().ok()?, reason, message, repository };
    end.why(memory_limit, image)
}

/// Where Argo takes over the pod's own words.
fn whole_pod(message: &str) -> Option<Why> {
    let evictions = ["Pod ephemeral local storage usage", "The node was low on resource", "Usage of EmptyDir volume"];
    if evictions.iter().any(|words| message.starts_with(words)) {
        return Some(evicted(message.trim().trim_end_matches('.')));
    }
    (message == "pod deleted").then(|| {
        let hint = "Somebody deleted it, or its node was drained: run it again.";
        Why::passing("The pod was deleted while the task went on", hint)
    })
}

fn evicted(words: &str) -> Why {
    let hint = if words.contains("storage") || words.contains("EmptyDir") || words.contains("DiskPressure") {
        "Let the task write less outside its volumes, or ask for more ephemeral-storage."
    } else if words.contains("memory") || words.contains("MemoryPressure") {
        "Give the task a memory request that it keeps to."
    } else {
        "Ask for the resources that the task really needs."
    };
    Why::passing(format!("The node put the pod out: {words}"), hint)
}

fn as_a_whole(pod: &PodFacts) -> Option<Why> {
    let words = pod.message.trim().trim_end_matches('.');
    match pod.reason.as_str() {
        "Evicted" => return Some(evicted(words)),
        "NodeLost" => return Some(gone_with_node()),
        "Shutdown" | "NodeShutdown" | "Terminated" => {
            return Some(Why::passing(
                "The node was shut down",
                "Run it again; a retry in the task's settings does so by itself.",
            ));
        }
        "UnexpectedAdmissionError" | "OutOfcpu" | "OutOfmemory" | "OutOfpods" | "NodeAffinity" => {
            let reason = format!("The node refused the pod: {words}");
            return Some(Why::passing(reason, "Run it again; a retry in the task's settings does so by itself."));
        }
        _ => {}
    }
    let (reason, _) = pod.disruption.as_ref()?;
    let what = match reason.as_str() {
        "DeletionByTaintManager" => return Some(gone_with_node()),
        "PreemptionByScheduler" => "The pod had to make way for one of higher priority",
        "EvictionByEvictionAPI" => "The pod was evicted, as when a node is drained",
        "TerminationByKubelet" => "The node ended the pod: it lacked room or was shut down",
        "DeletionByPodGC" => return Some(gone_with_node()),
        _ => return None,
    };
    Some(Why::passing(what, "Run it again; a retry in the task's settings does so by itself."))
}

fn gone_with_node() -> Why {
    Why::passing(
        "The node that the pod ran on is gone or does not answer",
        "Run it again; a retry in the task's settings does so by itself.",
    )
}

/// How a container ended.
struct End<'a> {
    container: &'a str,
    exit_code: i32,
    reason: &'a str,
    message: &'a str,
    repository: Option<&'a RepositoryRef>,
}

impl End<'_> {
    fn why(&self, memory_limit: Option<&str>, image: &str) -> Option<Why> {
        let message = self.message.trim().trim_end_matches([';', ' ']);
        match self.container {
            "init" => Some(inputs(message, self.repository)),
            "wait" => (self.exit_code != 137 || !message.is_empty()).then(|| outputs(message, self.repository)),
            MAIN if self.reason == "OOMKilled" => {
                let limit = memory_limit.map(|limit| format!(" ({limit})")).unwrap_or_default();
                Some(Why::passing(
                    format!("The program used more memory than its limit{limit} and was ended"),
                    "Give the task more memory under Resources, or let it take less at once.",
                ))
            }
            MAIN if message.contains("failed to find name in PATH") => {
                let program = quoted(message).unwrap_or_default();
                Some(Why::passing(
                    format!("The image {image} has no program {program:?}"),
                    "Correct the command, or choose an image that has it.",
                ))
            }
            _ => None,
        }
    }
}

fn inputs(message: &str, repository: Option<&RepositoryRef>) -> Why {
    let input = message.strip_prefix("artifact ").and_then(|rest| rest.split_once(" failed to load"));
    let input = input.map(|(name, _)| name);
    let what = input.map_or_else(
        || String::from("The inputs cannot be fetched"),
        |input| format!("The input {input} cannot be fetched"),
    );
    if message.contains("key does not exist") || message.contains("NoSuchKey") || message.contains("artifact not found")
    {
        return Why::passing(
            format!("{what}: the store has nothing under its key"),
            "It may have been deleted: run the task that makes it again, or upload the file again.",
        );
    }
    store(&what, message, repository)
}

fn outputs(message: &str, repository: Option<&RepositoryRef>) -> Why {
    if message.contains("no such file or directory") {
        return Why::passing(
            format!("An output was not written: {}", last_cause(message)),
            "Let the program write every output that its component declares.",
        );
    }
    store("The outputs cannot be stored", message, repository)
}

/// Whether S3 refused the pod's keys, in the words of the servers that are known.
pub fn refuses_keys(message: &str) -> bool {
    let words = [
        "access key ID",
        "Access Key Id",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "signature we calculated",
        "Access Denied",
        "AccessDenied",
    ];
    words.iter().any(|word| message.contains(word))
}

/// What S3 said to a pod.
fn store(what: &str, message: &str, repository: Option<&RepositoryRef>) -> Why {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let place = repository.map_or_else(|| String::from("the ConfigMap artifact-repositories"), RepositoryRef::place);
    if says(&["bucket does not exist", "NoSuchBucket"]) {
        return Why::passing(
            format!("{what}: the bucket does not exist"),
            format!("Correct the bucket in {place}, or make it."),
        );
    }
    if refuses_keys(message) {
        let secret = repository.and_then(RepositoryRef::secrets).map_or_else(
            || format!("the S3 secret that {place} names"),
            |[access, secret]| {
                format!("{} and {} of the Secret {}, which {place} names", access.key, secret.key, access.name)
            },
        );
        return Why::passing(
            format!("{what}: the store refuses the keys of the pods ({})", last_cause(message)),
            format!("Correct {secret}, and run again: `dagwright doctor` tries them from a pod and has the command."),
        );
    }
    if says(&["dial tcp", "connection refused", "no such host", "i/o timeout", "unreachable", "connection reset"]) {
        return Why::passing(
            format!("{what}: pods do not reach the store ({})", last_cause(message)),
            format!("Correct the endpoint in {place}; localhost means the pod itself there."),
        );
    }
    if says(&["x509", "certificate"]) {
        return Why::passing(
            format!("{what}: pods do not trust the store's certificate ({})", last_cause(message)),
            format!("Name its certificate authority in {place} (caSecret)."),
        );
    }
    let words = if message.is_empty() { "no reason is given" } else { message };
    Why::passing(format!("{what}: {words}"), "The pod's container of the same name may have more in its log.")
}
