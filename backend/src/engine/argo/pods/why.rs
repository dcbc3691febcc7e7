//! Why a pod's program does not run yet, in words a person can act on: the image, room, claims, secrets, inputs. Pure:
//! a pod and its events in, a reason out. The wordings that are read here are Kubernetes 1.28 to 1.34's.

use super::ended;
use super::facts::{ContainerFacts, ContainerState, EventFacts, MAIN, PodFacts};

/// What keeps a pod, or ended it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Why {
    /// What is so; a sentence without its full stop.
    pub reason: String,
    /// What a person can do about it; empty where nothing is wrong.
    pub hint: String,
    /// Whether it stays so until somebody does something.
    pub is_lasting: bool,
}

impl Why {
    /// Something goes on that only takes its time.
    pub(super) fn busy(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..Self::default() }
    }

    /// It may yet mend itself.
    pub(super) fn passing(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: hint.into(), is_lasting: false }
    }

    /// It stays so until somebody does something.
    pub(super) fn lasting(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: hint.into(), is_lasting: true }
    }
}

impl std::fmt::Display for Why {
    /// As a task's detail shows it.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.reason)?;
        if self.hint.is_empty() {
            return Ok(());
        }
        write!(formatter, ". {}", self.hint)?;
        if self.is_lasting { formatter.write_str(" Until then the task waits.") } else { Ok(()) }
    }
}

/// Why the program of a pod does not run. `None`: it runs, or has ended ([`ended::why_ended`] says why).
/// `events` are the pod's own, oldest first; `claims` the warnings about claims by their name.
pub fn why_not_running(pod: &PodFacts, events: &[EventFacts], claims: &[(String, EventFacts)]) -> Option<Why> {
    let main = pod.main()?;
    if pod.has_ended() || matches!(main.state, ContainerState::Running | ContainerState::Ended { .. }) {
        return None;
    }
    if !pod.is_scheduled {
        return Some(unscheduled(pod, events, claims));
    }
    let failed = |container: &&ContainerFacts| matches!(container.state, ContainerState::Ended { exit_code, .. } if exit_code != 0);
    if pod.containers.iter().any(|container| failed(&container)) {
        return ended::why_ended(pod);
    }
    // The one that fails first is what the others wait for; `main` before `wait`, which starts beside it.
    let mut order: Vec<&ContainerFacts> = pod.containers.iter().collect();
    order.sort_by_key(|container| match container.name.as_str() {
        "init" => 0,
        MAIN => 1,
        _ => 2,
    });
    let waiting = order.iter().find_map(|container| match &container.state {
        ContainerState::Waiting { reason, message } => waiting(container, reason, message, events),
        _ => None,
    });
    Some(waiting.or_else(|| before_containers(pod, events)).unwrap_or_else(|| progress(pod, events)))
}

fn progress(pod: &PodFacts, events: &[EventFacts]) -> Why {
    let last = |reason: &str| events.iter().rposition(|event| event.reason == reason);
    if let Some(at) = last("Pulling") {
        let pulled = events.iter().skip(at).any(|event| event.reason == "Pulled" || event.reason == "Failed");
        if let Some(image) = quoted(&events[at].message)
            && !pulled
        {
            return Why::busy(format!("Pulling the image {image}"));
        }
    }
    let init = pod.containers.first().map(|container| &container.state);
    match init {
        Some(ContainerState::Running) => Why::busy("Fetching the inputs"),
        _ => Why::busy("Starting the pod"),
    }
}

fn waiting(container: &ContainerFacts, reason: &str, message: &str, events: &[EventFacts]) -> Option<Why> {
    let image = &container.image;
    let whose = if container.name == MAIN { "The image" } else { "Argo's own image" };
    match reason {
        "ErrImagePull" | "ImagePullBackOff" | "RegistryUnavailable" => {
            let told = events.iter().rev().find(|event| {
                event.message.starts_with("Failed to pull image")
                    && (event.container.is_empty() || event.container == container.name)
            });
            // Newer kubelets repeat the cause while they wait, older ones only in the event.
            let cause = message.split_once("ErrImagePull: ").map_or("", |(_, cause)| cause);
            let cause = match (reason, cause, told) {
                ("ErrImagePull" | "RegistryUnavailable", _, _) if !message.is_empty() => message,
                (_, "", Some(event)) => &event.message,
                (_, cause, _) => cause,
            };
            Some(pull(whose, image, cause))
        }
        "InvalidImageName" => Some(Why::lasting(
            format!("{image:?} is not an image's name"),
            "Correct the task's image (such as python:3.11-slim) and run it again.",
        )),
        "ErrImageNeverPull" => Some(Why::lasting(
            format!("{whose} {image} is not on the node, and its pull policy is Never"),
            "Put the image onto the nodes, or allow it to be pulled.",
        )),
        "CreateContainerConfigError" => Some(configuration(message)),
        "CreateContainerError" | "RunContainerError" => Some(Why::lasting(
            format!("The container cannot be started: {}", last_cause(message)),
            "Check the task's mounts, command and image.",
        )),
        "ImageInspectError" | "SignatureValidationFailed" => Some(Why::lasting(
            format!("{whose} {image} cannot be used: {}", last_cause(message)),
            "Choose another image, or ask whoever runs the cluster.",
        )),
        _ => None,
    }
}

fn pull(whose: &str, image: &str, cause: &str) -> Why {
    let says = |words: &[&str]| words.iter().any(|word| cause.contains(word));
    let reason = format!("{whose} {image} cannot be pulled");
    if says(&["401 Unauthorized", "403 Forbidden", "authorization failed", "authentication required", "denied"]) {
        return Why::passing(
            format!("{reason}: the registry refuses access"),
            "Check its name; a private image needs an image pull secret (see the pipeline's settings).",
        );
    }
    if says(&["not found", "manifest unknown", "does not exist"]) && !says(&["no such host"]) {
        return Why::passing(
            format!("{reason}: the registry has no such image or tag"),
            "Correct the task's image, or push it; Kubernetes goes on trying.",
        );
    }
    if says(&["dial tcp", "i/o timeout", "no such host", "unreachable", "connection refused", "lookup "]) {
        return Why::passing(
            format!("{reason}: its registry cannot be reached ({})", last_cause(cause)),
            "Check the image's name and whether the nodes reach that registry; Kubernetes goes on trying.",
        );
    }
    let cause = last_cause(cause);
    let reason = if cause.is_empty() { reason } else { format!("{reason}: {cause}") };
    Why::passing(reason, "Check the image's name and tag; Kubernetes goes on trying.")
}

/// What the kubelet misses before it can make the container.
fn configuration(message: &str) -> Why {
    let named = |kind: &str| message.strip_prefix(kind).and_then(quoted);
    if let Some(secret) = named("secret ").filter(|_| message.contains("not found")) {
        return no_secret(&secret);
    }
    if let Some(map) = named("configmap ").filter(|_| message.contains("not found")) {
        return no_map(&map);
    }
    if let Some((key, place)) = message.strip_prefix("couldn't find key ").and_then(|rest| rest.split_once(" in ")) {
        return Why::lasting(
            format!("There is no key {key:?} in the {place}"),
            "Add the key to it, or correct it in the task's environment.",
        );
    }
    Why::lasting(
        format!("The container cannot be made: {message}"),
        "Check the task's environment, secrets and security settings.",
    )
}

fn no_secret(name: &str) -> Why {
    Why::lasting(
        format!("There is no secret {name:?} in the namespace"),
        format!("Create it (kubectl create secret generic {name} --from-literal=key=value), or name another one."),
    )
}

fn no_map(name: &str) -> Why {
    Why::lasting(format!("There is no ConfigMap {name:?} in the namespace"), "Create it, or name another one.")
}

/// Volumes and the network, before any container.
fn before_containers(pod: &PodFacts, events: &[EventFacts]) -> Option<Why> {
    let began =
        |container: &ContainerFacts| matches!(container.state, ContainerState::Running | ContainerState::Ended { .. });
    if pod.containers.iter().any(began) {
        return None;
    }
    let event = events.iter().rev().find(|event| {
        matches!(
            event.reason.as_str(),
            "FailedMount" | "FailedAttachVolume" | "FailedMapVolume" | "FailedCreatePodSandBox"
        )
    })?;
    let message = event.message.as_str();
    if event.reason == "FailedCreatePodSandBox" {
        let reason = format!("The pod's network or sandbox cannot be made: {}", last_cause(message));
        return Some(Why::passing(reason, "Ask whoever runs the cluster; Kubernetes goes on trying."));
    }
    if message.contains("Multi-Attach error") {
        return Some(Why::passing(
            "A volume is in use on another node, and its access mode is for one node only",
            "Give the volume the access mode ReadWriteMany, or let its tasks run after one another.",
        ));
    }
    let missing = message.rsplit_once(" : ").map_or(message, |(_, missing)| missing);
    if missing.contains("not found") {
        if let Some(secret) = missing.strip_prefix("secret ").and_then(quoted) {
            return Some(no_secret(&secret));
        }
        if let Some(map) = missing.strip_prefix("configmap ").and_then(quoted) {
            return Some(no_map(&map));
        }
    }
    if message.contains("references non-existent secret key") || message.contains("references non-existent config key")
    {
        return Some(Why::lasting(
            format!("A secret or ConfigMap lacks a key: {}", last_cause(message)),
            "Add the key to it.",
        ));
    }
    let reason = format!("A volume cannot be mounted: {}", last_cause(message));
    Some(Why::passing(reason, "Check the volume's claim and storage class; Kubernetes goes on trying."))
}

fn unscheduled(pod: &PodFacts, events: &[EventFacts], claims: &[(String, EventFacts)]) -> Why {
    let told = events.iter().rev().find(|event| event.reason == "FailedScheduling");
    let message = match (pod.unschedulable.as_str(), told) {
        ("", Some(event)) => event.message.as_str(),
        ("", None) => return Why::busy("Waiting for a node"),
        (message, _) => message,
    };
    if let Some(claim) = message.split_once("persistentvolumeclaim ").and_then(|(_, rest)| quoted(rest)) {
        if message.contains("is being deleted") {
            return Why::lasting(
                format!("The claim {claim:?} is being deleted"),
                "Wait until it is gone, then run again.",
            );
        }
        return Why::lasting(
            format!("There is no claim {claim:?} in the namespace"),
            "Create the PersistentVolumeClaim, or choose another volume.",
        );
    }
    if message.contains("unbound immediate PersistentVolumeClaims") {
        let found = claims.iter().find(|(name, _)| pod.claims.contains(name));
        return match found {
            Some((name, event)) => unbound(name, &event.message),
            None => Why::passing(
                format!("No volume is bound yet to the claim {}", pod.claims.join(", ")),
                "Check its storage class, access mode and size (kubectl describe pvc).",
            ),
        };
    }
    if message.contains("volume node affinity conflict") {
        return Why::lasting(
            "The volumes of the task are bound to another node or zone than the one it may run on",
            "Choose another node selector, or volumes of one zone.",
        );
    }
    no_room(message)
}

fn unbound(claim: &str, message: &str) -> Why {
    if let Some(class) = message.split_once("storageclass.storage.k8s.io ").and_then(|(_, rest)| quoted(rest)) {
        return Why::lasting(
            format!("The claim {claim} has no volume: the cluster has no storage class {class:?}"),
            "Choose one of its own (kubectl get storageclass lists them).",
        );
    }
    if message.contains("no persistent volumes available") {
        return Why::lasting(
            format!(
                "The claim {claim} has no volume: none fits its size and access mode, and no storage class makes one"
            ),
            "Choose a storage class, another access mode, or an existing claim.",
        );
    }
    Why::passing(
        format!("The claim {claim} has no volume: {}", last_cause(message)),
        "Check its storage class, access mode and size (kubectl describe pvc).",
    )
}

/// Room on the nodes: `0/3 nodes are available: 2 Insufficient cpu, 1 node(s) had untolerated taint {a: b}. …`
fn no_room(message: &str) -> Why {
    let told = message.split_once("nodes are available: ").map_or(message, |(_, rest)| rest);
    let (told, preemption) = match told.find(" preemption: ") {
        Some(at) => told.split_at(at),
        None => (told, ""),
    };
    let told = told.split(". ").next().unwrap_or(told).trim_end_matches('.');
    let (mut lacks, mut others) = (Vec::new(), Vec::new());
    for part in told.split(", ") {
        let part = part.trim_start_matches(|character: char| character.is_ascii_digit()).trim_start();
        match part.strip_prefix("Insufficient ") {
            Some(what) => lacks.push(what),
            None => others.push(part),
        }
    }
    // Kubernetes weighs whether other pods could make way: where no node is big enough, they cannot.
    let never = preemption.contains("Preemption is not helpful") && !preemption.contains("No preemption victims");
    if !lacks.is_empty() {
        let what = lacks.join(" and ");
        let also = if others.is_empty() { String::new() } else { format!(" (others: {})", others.join(", ")) };
        return if never {
            Why::lasting(
                format!("No node is big enough: the task asks for more {what} than any has{also}"),
                "Lower the task's resources, or add a bigger node.",
            )
        } else {
            Why::passing(
                format!("No node has enough {what} free right now{also}"),
                "It starts when room gets free; lower the task's resources to start sooner.",
            )
        };
    }
    let others = others.join(", ");
    if others.contains("didn't match Pod's node affinity/selector") {
        return Why::lasting(
            "No node has the labels of the task's node selector",
            "Correct the node selector (kubectl get nodes --show-labels), or label a node.",
        );
    }
    if others.contains("untolerated taint") {
        // Newer schedulers do not say which.
        let taint = others.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(taint, _)| taint);
        let taint = taint.map(|taint| format!(" {{{taint}}}")).unwrap_or_default();
        return Why::passing(
            format!("The nodes keep pods away that do not tolerate their taint{taint}"),
            "Give the task a toleration for it (kubectl describe nodes shows taints), or wait if the node only recovers.",
        );
    }
    Why::passing(
        format!("No node takes the pod: {others}"),
        "Check node selector, tolerations and resources of the task.",
    )
}

/// The text between the first pair of quotation marks.
pub(super) fn quoted(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('"')?;
    rest.split_once('"').map(|(inside, _)| String::from(inside))
}

/// The innermost cause of a chain of `a: b: c`, with as many links as say something; quotation marks hold together.
pub(super) fn last_cause(message: &str) -> String {
    let message = message.trim().trim_end_matches(['.', ';', ' ']);
    let mut inside = false;
    let mut links = vec![0];
    for (at, character) in message.char_indices() {
        match character {
            '"' => inside = !inside,
            ':' if !inside && message[at + 1..].starts_with(' ') => links.push(at + 2),
            _ => {}
        }
    }
    let from = links.iter().rev().find(|from| message.len() - **from >= 30);
    String::from(&message[from.copied().unwrap_or_default()..])
}
