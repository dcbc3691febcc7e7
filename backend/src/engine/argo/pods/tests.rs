//! What a person is told, from pods and events as Kubernetes 1.34.4 and Argo 3.7.14 recorded them when each fault was
//! caused for real on the test cluster (`recorded.json`, without what nothing reads).

use super::ended::{why_ended, why_node_failed};
use super::facts::{EventFacts, PodFacts};
use super::known::Known;
use super::why::{Why, why_not_running};
use super::{Stage, why};
use k8s_openapi::api::core::v1::{Event, Pod};
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};

#[derive(Deserialize)]
struct Recorded {
    pod: Pod,
    events: Vec<Event>,
}

fn recorded() -> BTreeMap<String, Recorded> {
    serde_json::from_str(include_str!("recorded.json")).unwrap()
}

fn facts(recorded: &Recorded) -> (PodFacts, Vec<EventFacts>, Vec<(String, EventFacts)>) {
    let of = |kind: &str| {
        let events = recorded.events.iter().filter(|event| event.involved_object.kind.as_deref() == Some(kind));
        let named = |event: &Event| (event.involved_object.name.clone().unwrap(), EventFacts::of(event));
        events.map(named).collect::<Vec<_>>()
    };
    let events = of("Pod").into_iter().map(|(_, event)| event).collect();
    (PodFacts::of(&recorded.pod), events, of("PersistentVolumeClaim"))
}

/// Fault → what is said of it, whether it lasts, a part of the hint.
const WAITING: [(&str, &str, bool, &str); 17] = [
    (
        "image",
        "The image images.example.org/team/train:1.2 cannot be pulled: its registry cannot be reached",
        false,
        "Check the image's name",
    ),
    (
        "imagetag",
        "The image busybox:9.9 cannot be pulled: its registry cannot be reached",
        false,
        "Check the image's name",
    ),
    ("imagename", "\"Not A Name\" is not an image's name", true, "Correct the task's image"),
    (
        "never",
        "The image busybox:8.8 is not on the node, and its pull policy is Never",
        true,
        "Put the image onto the nodes",
    ),
    ("cpu", "No node is big enough: the task asks for more cpu than any has", true, "Lower the task's resources"),
    ("memory", "No node is big enough: the task asks for more memory than any has", true, "Lower the task's resources"),
    (
        "gpu",
        "No node is big enough: the task asks for more nvidia.com/gpu than any has",
        true,
        "Lower the task's resources",
    ),
    ("selector", "No node has the labels of the task's node selector", true, "Correct the node selector"),
    ("taint", "The nodes keep pods away that do not tolerate their taint", false, "toleration"),
    ("claim", "There is no claim \"pods-none\" in the namespace", true, "Create the PersistentVolumeClaim"),
    (
        "unbound",
        "The claim pods-unbound-v has no volume: the cluster has no storage class \"pods-fast\"",
        true,
        "kubectl get storageclass",
    ),
    ("pvmode", "The claim pods-pvmode-v has no volume: none fits its size and access mode", true, "access mode"),
    ("secret", "There is no secret \"pods-token\" in the namespace", true, "kubectl create secret generic pods-token"),
    ("secretkey", "There is no key \"nothing\" in the Secret argo/s3", true, "Add the key"),
    ("configmap", "There is no ConfigMap \"pods-settings\" in the namespace", true, "Create it"),
    (
        "secretvolume",
        "There is no secret \"pods-files\" in the namespace",
        true,
        "kubectl create secret generic pods-files",
    ),
    ("artifactnosecret", "There is no secret \"pods-no-s3\" in the namespace", true, "Create it"),
];

const ENDED: [(&str, &str, &str); 8] = [
    (
        "artifactkey",
        "The input a cannot be fetched: the store has nothing under its key",
        "run the task that makes it again",
    ),
    (
        "artifactsecret",
        "The input a cannot be fetched: the store refuses the keys of the pods (No user exists with the provided access key ID)",
        "Correct the S3 secret",
    ),
    ("artifactbucket", "The input a cannot be fetched: the bucket does not exist", "Correct the bucket"),
    (
        "artifactunreachable",
        "The input a cannot be fetched: pods do not reach the store (dial tcp 10.213.0.1:9999: connect: connection refused)",
        "Correct the endpoint",
    ),
    (
        "output",
        "The outputs cannot be stored: the store refuses the keys of the pods (No user exists with the provided access key ID)",
        "Correct the S3 secret",
    ),
    ("oom", "The program used more memory than its limit (60Mi) and was ended", "more memory"),
    (
        "evicted",
        "The node put the pod out: Pod ephemeral local storage usage exceeds the total limit of containers 10Mi",
        "write less",
    ),
    ("command", "The image busybox:1 has no program \"no-such-program\"", "Correct the command"),
];

#[test]
fn every_recorded_fault_is_told_in_words_to_act_on() {
    let recorded = recorded();
    let mut tested: HashSet<&str> = HashSet::from(["exit", "lines"]);
    for (fault, reason, is_lasting, hint) in WAITING {
        let (pod, events, claims) = facts(&recorded[fault]);
        let why = why_not_running(&pod, &events, &claims).unwrap_or_else(|| panic!("{fault}: nothing is said"));
        assert!(why.reason.starts_with(reason), "{fault}: {why:?}");
        assert!(why.hint.contains(hint) && why.is_lasting == is_lasting, "{fault}: {why:?}");
        assert_eq!(why_ended(&pod), None, "{fault}");
        tested.insert(fault);
    }
    for (fault, reason, hint) in ENDED {
        let (pod, events, claims) = facts(&recorded[fault]);
        let why = why_ended(&pod).unwrap_or_else(|| panic!("{fault}: nothing is said"));
        assert_eq!(why.reason, reason, "{fault}");
        assert!(why.hint.contains(hint), "{fault}: {why:?}");
        assert_eq!(why_not_running(&pod, &events, &claims), None, "{fault}: it waits for nothing");
        tested.insert(fault);
    }
    for fault in ["exit", "lines"] {
        assert_eq!(why_ended(&facts(&recorded[fault]).0), None, "{fault}: its exit code says it all");
    }
    let untested: Vec<_> = recorded.keys().filter(|fault| !tested.contains(fault.as_str())).collect();
    assert!(untested.is_empty(), "recorded in vain: {untested:?}");
}

#[test]
fn no_words_of_kubernetes_are_left_as_they_are_without_a_hint() {
    for (fault, recorded) in recorded() {
        let (pod, events, claims) = facts(&recorded);
        let why = why_not_running(&pod, &events, &claims).or_else(|| why_ended(&pod));
        let Some(why) = why else { continue };
        let text = why.to_string();
        assert!(!why.hint.is_empty() && text.len() < 400 && !text.contains("Back-off"), "{fault}: {text}");
        assert!(!why.reason.ends_with('.') && why.hint.ends_with('.'), "{fault}: {text}");
    }
}

/// As Argo keeps it in a Workflow's status.
#[test]
fn argos_own_line_is_enough_when_the_pod_has_gone() {
    let told = |message: &str| why_node_failed(message, "busybox:1", Some("60Mi"), None).map(|why| why.reason);
    let starts = |message: &str, wanted: &str| {
        let reason = told(message).unwrap_or_default();
        assert!(reason.starts_with(wanted), "{message}: {reason}");
    };
    starts(
        "init: Error (exit code 64): artifact a failed to load: The specified key does not exist.",
        "The input a cannot be fetched",
    );
    starts("main: OOMKilled (exit code 137)", "The program used more memory than its limit (60Mi)");
    starts(
        "wait: Error (exit code 64): failed to put file: No user exists with the provided access key ID.; ",
        "The outputs cannot be stored",
    );
    starts(
        "main: Error (exit code 64): failed to find name in PATH: exec: \"no-such-program\": executable file not found in $PATH",
        "The image busybox:1 has no program \"no-such-program\"",
    );
    for plain in [
        "main: Error (exit code 3)",
        "child 'x' failed",
        "",
        "Pod was active on the node longer than the specified deadline",
    ] {
        assert_eq!(told(plain), None, "{plain}");
    }
}

/// With the Workflow's own word about where its artifacts go, the Secret is named.
#[test]
fn keys_that_s3_refuses_are_told_with_their_secret() {
    let repository = serde_json::from_value(serde_json::json!({
        "configMap": "artifact-repositories", "key": "default", "namespace": "lab", "default": true,
        "artifactRepository": {"archiveLogs": true, "s3": {"endpoint": "minio:9000", "bucket": "pipelines",
            "accessKeySecret": {"name": "keys", "key": "id"}, "secretKeySecret": {"name": "keys", "key": "secret"}}},
    }))
    .unwrap();
    let message = "wait: Error (exit code 64): failed to put file: No user exists with the provided access key ID.; ";
    let why = why_node_failed(message, "busybox:1", None, Some(&repository)).unwrap();
    assert!(why.reason.contains("No user exists with the provided access key ID"), "{why:?}");
    assert_eq!(
        why.hint,
        "Correct id and secret of the Secret keys, which the entry default of the ConfigMap artifact-repositories in the \
         namespace lab names, and run again: `dagwright doctor` tries them from a pod and has the command."
    );
}

/// Wordings that this cluster does not bring forth: other runtimes, several nodes, attached volumes.
#[test]
fn other_clusters_words() {
    let mut recorded = recorded();
    let (mut pod, _, _) = facts(&recorded.remove("cpu").unwrap());
    let mut unschedulable = |message: &str| {
        pod.unschedulable = String::from(message);
        why_not_running(&pod, &[], &[]).unwrap()
    };
    let busy = unschedulable(
        "0/3 nodes are available: 1 Insufficient memory, 2 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.",
    );
    assert_eq!((busy.reason.as_str(), busy.is_lasting), ("No node has enough memory and cpu free right now", false));
    let taint = unschedulable(
        "0/1 nodes are available: 1 node(s) had untolerated taint {gpu: yes}. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
    );
    assert!(taint.reason.contains("{gpu: yes}"), "{taint:?}");
    let zone = unschedulable("0/2 nodes are available: 2 node(s) had volume node affinity conflict.");
    assert!(zone.reason.contains("another node or zone"), "{zone:?}");

    let (pod, _, _) = facts(&recorded["secretvolume"]);
    let event = |reason: &str, message: &str| EventFacts {
        reason: String::from(reason),
        message: String::from(message),
        is_warning: true,
        ..EventFacts::default()
    };
    let told = |event: EventFacts| why_not_running(&pod, &[event], &[]).unwrap();
    let attached =
        told(event("FailedAttachVolume", "Multi-Attach error for volume \"pvc-1\" Volume is already used by pod(s) x"));
    assert!(attached.hint.contains("ReadWriteMany"), "{attached:?}");
    let network = told(event(
        "FailedCreatePodSandBox",
        "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox \"1\": plugin type=\"calico\" failed (add): no addresses are left in the pool",
    ));
    assert!(network.reason.ends_with("no addresses are left in the pool"), "{network:?}");
    let pulling = told(event("Pulling", "Pulling image \"python:3.11-slim\""));
    assert_eq!(pulling, Why::busy("Pulling the image python:3.11-slim"));

    let (mut pod, _, _) = facts(&recorded["image"]);
    let mut pull = |message: &str| {
        pod.containers.iter_mut().find(|container| container.name == "main").unwrap().state =
            super::facts::ContainerState::Waiting {
                reason: String::from("ErrImagePull"),
                message: String::from(message),
            };
        why_not_running(&pod, &[], &[]).unwrap().reason
    };
    assert!(
        pull("rpc error: code = NotFound desc = failed to pull and unpack image \"x\": x: not found")
            .ends_with("no such image or tag")
    );
    assert!(
        pull("failed to resolve reference \"x\": failed to authorize: 401 Unauthorized").ends_with("refuses access")
    );
    assert!(
        pull("pull access denied, repository does not exist or may require authorization").ends_with("refuses access")
    );
}

#[test]
fn a_chain_of_causes_is_told_by_its_last_link() {
    for (chain, last) in [
        ("a: b: c", "a: b: c"),
        (
            "failed to do: Get \"http://x: y\": dial tcp 10.0.0.1:9000: connect: connection refused",
            "connect: connection refused",
        ),
        ("whole", "whole"),
        ("", ""),
    ] {
        assert!(why::last_cause(chain).ends_with(last), "{chain}: {}", why::last_cause(chain));
    }
}

/// The watch's whole way, for one pod: news come once, and the claim's warning reaches the pod that waits for it.
#[test]
fn a_claims_warning_reaches_the_pods_that_wait_for_it() {
    let recorded = recorded();
    let (pod, events, claims) = facts(&recorded["unbound"]);
    let mut known = Known::default();
    let first = known.pod(pod);
    assert_eq!(first[0].stage, Stage::Waiting);
    assert!(first[0].why.as_ref().unwrap().reason.starts_with("No volume is bound yet"));
    for event in events {
        assert!(known.event("pods-unbound", event).is_empty(), "it says the same as the pod");
    }
    let (claim, event) = claims[0].clone();
    let news = known.claim(claim, event);
    assert!(news[0].why.as_ref().unwrap().reason.contains("no storage class"), "{news:?}");
}
