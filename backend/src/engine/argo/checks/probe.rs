//! The look from a pod: a Workflow of one task that reads an object which the server wrote and writes it back. It tells Argo's
//! version, and whether pods reach the same bucket. The Workflow and both objects are deleted, however it ends.

use super::{Patient, quoted, reason};
use crate::artifacts::ArtifactStore;
use crate::engine::argo::pods::ended::refuses_keys;
use crate::engine::argo::workflow::RepositoryRef;
use bytes::Bytes;
use dagwright_shared::api::DoctorCheck;
use k8s_openapi::api::core::v1::{ContainerStatus, Event, Pod};
use kube::Api;
use kube::api::{ApiResource, DeleteParams, DynamicObject, ListParams, LogParams, PostParams};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long it may take: the pod's image has to be fetched at the first time.
const LIMIT: Duration = Duration::from_secs(120);
/// How long Argo's controller may take to notice a Workflow.
const NOTICE_LIMIT: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(500);

/// The label of probes: no run has it.
pub const LABEL: &str = "dagwright.dev/probe";
/// An image that the cluster has once a pipeline ran: the one that Python components ask for.
pub const DEFAULT_IMAGE: &str = "python:3.11-slim";

const NAME: &str = "probe";
const TITLE: &str = "Argo and the bucket, from a pod";

/// The probe, not made.
pub fn skipped(why: &str) -> DoctorCheck {
    DoctorCheck::skipped(NAME, TITLE, why)
}

/// How it ended badly: what is wrong, and the command that mends it.
struct Failure {
    message: String,
    mend: String,
}

/// Runs the probe. `image` needs `sh` and `cat`.
pub async fn probe(patient: &Patient, store: &ArtifactStore, image: &str) -> DoctorCheck {
    let folder = format!("checks/{}", uuid::Uuid::new_v4());
    let (given, copy) = (format!("{folder}/given"), format!("{folder}/copy"));
    let content = Bytes::from(format!("{folder}\n"));
    if let Err(error) = store.put_bytes(content.clone(), &given).await {
        return DoctorCheck::skipped(NAME, TITLE, format!("the server itself cannot write: {error}"));
    }
    let result = through_a_pod(patient, image, &given, &copy).await;
    let back = store.get_bytes(&copy, 4096).await;
    // What is left behind is small and under `checks/`; the bucket's own check says why it cannot be deleted.
    let _ = tokio::join!(store.delete(&given), store.delete(&copy));
    match result {
        Err(Failure { message, mend }) => DoctorCheck::wrong(NAME, TITLE, message, mend),
        Ok(version) => match back {
            Ok(bytes) if bytes == content => {
                let message = format!("Argo {version}; a pod read and wrote bucket {}", store.bucket());
                DoctorCheck::ok(NAME, TITLE, message)
            }
            _ => {
                let message = format!(
                    "Argo {version}; what the pod wrote is not in bucket {} at {}: pods use another one of that name",
                    store.bucket(),
                    store.configuration().endpoint
                );
                DoctorCheck::wrong(NAME, TITLE, message, super::repository::mend(patient, Some(store.configuration())))
            }
        },
    }
}

/// Argo's version, once the Workflow has succeeded.
async fn through_a_pod(patient: &Patient, image: &str, given: &str, copy: &str) -> Result<String, Failure> {
    let kind = ApiResource {
        group: String::from("argoproj.io"),
        version: String::from("v1alpha1"),
        api_version: String::from("argoproj.io/v1alpha1"),
        kind: String::from("Workflow"),
        plural: String::from("workflows"),
    };
    let namespace = &patient.cluster.namespace;
    let workflows: Api<DynamicObject> = Api::namespaced_with(patient.cluster.client.clone(), namespace, &kind);
    let can_i = format!("{} auth can-i create workflows.argoproj.io", patient.kubectl());
    let failed = |error: kube::Error| Failure {
        message: format!("the probe cannot be started: {}", reason(&error)),
        mend: can_i.clone(),
    };
    let workflow: DynamicObject = serde_json::from_value(workflow(image, given, copy))
        .map_err(|error| Failure { message: error.to_string(), mend: String::new() })?;
    let created = workflows.create(&PostParams::default(), &workflow).await.map_err(failed)?;
    let name = created.metadata.name.unwrap_or_default();
    let result = watch(patient, &workflows, &name, image).await;
    // Its time to live deletes it otherwise.
    let _ = workflows.delete(&name, &DeleteParams::background()).await;
    result
}

async fn watch(patient: &Patient, workflows: &Api<DynamicObject>, name: &str, image: &str) -> Result<String, Failure> {
    let kubectl = patient.kubectl();
    let pods: Api<Pod> = Api::namespaced(patient.cluster.client.clone(), &patient.cluster.namespace);
    let of_probe = ListParams::default().labels(&format!("workflows.argoproj.io/workflow={name}"));
    let (begun, mut why) = (Instant::now(), String::from("its pod has not started"));
    while begun.elapsed() < LIMIT {
        tokio::time::sleep(PAUSE).await;
        let workflow = match workflows.get(name).await {
            Ok(workflow) => workflow,
            // An API server that is away for a moment is asked again.
            Err(error) => {
                why = format!("it cannot be looked at: {}", reason(&error));
                continue;
            }
        };
        let status = workflow.data.get("status").cloned().unwrap_or_default();
        let phase = status.get("phase").and_then(Value::as_str).unwrap_or_default();
        let pod = pods.list(&of_probe).await.ok().and_then(|list| list.items.into_iter().next());
        match phase {
            "Succeeded" => return Ok(version(&pods, pod.as_ref()).await),
            "Failed" | "Error" => return Err(explain(patient, &status)),
            "" if begun.elapsed() > NOTICE_LIMIT => {
                let namespace = &patient.cluster.namespace;
                return Err(Failure {
                    message: format!(
                        "Argo's controller has not noticed a Workflow in {namespace}: it does not run, or watches other namespaces"
                    ),
                    mend: format!(
                        "kubectl{} get deployments --all-namespaces --field-selector metadata.name=workflow-controller",
                        patient.context_flag()
                    ),
                });
            }
            _ => {}
        }
        if let Some((reason, message)) = pod.as_ref().and_then(waiting) {
            why = format!("its pod waits: {reason}, {message}");
            if ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"].contains(&reason.as_str())
            {
                return Err(Failure {
                    message: format!("the cluster cannot get the image {image}: {message}"),
                    mend: String::from("dagwright doctor --probe-image IMAGE"),
                });
            }
        }
    }
    if let Some(event) = last_warning(patient, name).await {
        why = event;
    }
    Err(Failure {
        message: format!("not done within {} s: {why}", LIMIT.as_secs()),
        mend: format!("{kubectl} get events --sort-by=.lastTimestamp"),
    })
}

/// The most telling message of a Workflow's status: a pod's own, else the Workflow's.
fn message(status: &Value) -> String {
    let nodes = status.get("nodes").and_then(Value::as_object);
    let of_pod = nodes.into_iter().flat_map(|nodes| nodes.values()).filter(|node| node["type"] == "Pod");
    let said = of_pod.filter_map(|node| node.get("message").and_then(Value::as_str)).find(|text| !text.is_empty());
    let said = said.or_else(|| status.get("message").and_then(Value::as_str));
    String::from(said.unwrap_or("it failed and did not say why"))
}

/// What a failed probe is about, by Argo's words for it.
fn explain(patient: &Patient, status: &Value) -> Failure {
    let kubectl = patient.kubectl();
    let said = message(status);
    let repository = serde_json::from_value::<RepositoryRef>(status["artifactRepositoryRef"].clone()).ok();
    let keys = repository.as_ref().and_then(RepositoryRef::secrets).filter(|_| refuses_keys(&said));
    let mend = if let Some([access, secret]) = keys {
        // A Secret that is there already is written anew.
        format!(
            "{kubectl} create secret generic {} --from-literal={}=KEY --from-literal={}=SECRET --dry-run=client -o yaml | {kubectl} apply -f -",
            quoted(&access.name),
            quoted(&access.key),
            quoted(&secret.key)
        )
    } else if said.contains("workflowtaskresults") {
        patient.apply("executor", "")
    } else if said.contains("secret") {
        format!("{kubectl} get secrets")
    } else {
        format!("{kubectl} get configmap {} -o yaml", quoted(super::CONFIG_MAP))
    };
    Failure { message: format!("the pod failed: {said}"), mend }
}

/// What the node last complained of about the pod, which is named like the Workflow.
async fn last_warning(patient: &Patient, pod: &str) -> Option<String> {
    let events: Api<Event> = Api::namespaced(patient.cluster.client.clone(), &patient.cluster.namespace);
    let of_pod = ListParams::default().fields(&format!("involvedObject.name={pod},type=Warning"));
    let warnings = events.list(&of_pod).await.ok()?.items;
    let last = warnings.into_iter().filter(|event| event.reason.as_deref() != Some("DeadlineExceeded"));
    let last = last.max_by_key(|event| event.last_timestamp.as_ref().map(|time| time.0))?;
    Some(format!("{}, {}", last.reason.unwrap_or_default(), last.message.unwrap_or_default()))
}

/// Why a pod does not go on, where it says so.
fn waiting(pod: &Pod) -> Option<(String, String)> {
    let status = pod.status.as_ref()?;
    let unscheduled = status
        .conditions
        .iter()
        .flatten()
        .find(|condition| condition.type_ == "PodScheduled" && condition.status == "False");
    if let Some(condition) = unscheduled {
        return Some((condition.reason.clone()?, condition.message.clone().unwrap_or_default()));
    }
    let statuses = status.init_container_statuses.iter().chain(&status.container_statuses).flatten();
    let waiting = |container: &ContainerStatus| {
        let waiting = container.state.as_ref()?.waiting.as_ref()?;
        Some((waiting.reason.clone()?, waiting.message.clone()?))
    };
    statuses.filter_map(waiting).next()
}

/// Argo's version: its executor says it at the start of its log; its image's tag otherwise.
async fn version(pods: &Api<Pod>, pod: Option<&Pod>) -> String {
    let Some(pod) = pod else { return String::from("of an unknown version") };
    let name = pod.metadata.name.as_deref().unwrap_or_default();
    let start = LogParams { container: Some(String::from("wait")), limit_bytes: Some(4096), ..LogParams::default() };
    let log = pods.logs(name, &start).await.unwrap_or_default();
    version_in(&log).unwrap_or_else(|| {
        let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
        let image =
            containers.filter(|container| container.name == "wait").find_map(|container| container.image.clone());
        let tag = image.as_deref().and_then(|image| image.rsplit_once(':')).map(|(_, tag)| String::from(tag));
        tag.unwrap_or_else(|| String::from("of an unknown version"))
    })
}

fn version_in(log: &str) -> Option<String> {
    let (_, rest) = log.split_once("version=")?;
    let word = rest.trim_start_matches('"').split(|c: char| c.is_whitespace() || c == '"').next()?;
    let is_version = word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
    is_version.then(|| String::from(word.split('+').next().unwrap_or(word)))
}

fn workflow(image: &str, given: &str, copy: &str) -> Value {
    let artifact = |name: &str, path: &str, key: &str| json!({"name": name, "path": path, "archive": {"none": {}}, "s3": {"key": key}});
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "generateName": "dagwright-probe-",
            "labels": {LABEL: "true", "app.kubernetes.io/managed-by": "dagwright"},
        },
        "spec": {
            "entrypoint": "probe",
            "activeDeadlineSeconds": LIMIT.as_secs(),
            "ttlStrategy": {"secondsAfterCompletion": 300},
            "volumes": [{"name": "outputs", "emptyDir": {}}],
            "templates": [{
                "name": "probe",
                "archiveLocation": {"archiveLogs": false},
                "inputs": {"artifacts": [artifact("given", "/tmp/inputs/given/data", given)]},
                "outputs": {"artifacts": [artifact("copy", "/tmp/outputs/copy/data", copy)]},
                "container": {
                    "image": image,
                    "command": ["sh", "-c"],
                    "args": ["cat /tmp/inputs/given/data > /tmp/outputs/copy/data"],
                    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
                    "volumeMounts": [{"name": "outputs", "mountPath": "/tmp/outputs/copy", "subPath": "copy"}],
                },
            }],
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_what_the_executor_says() {
        let text =
            "time=\"2026-11-23T21:36:44Z\" level=info msg=\"Starting Workflow Executor\" version=v3.7.14+unknown\n";
        assert_eq!(version_in(text).as_deref(), Some("v3.7.14"));
        assert_eq!(version_in("msg=x version=\"v4.0.1\" more").as_deref(), Some("v4.0.1"));
        assert_eq!(version_in("version=\"&Version{Version:v3}\""), None);
        assert_eq!(version_in("nothing"), None);
    }

    #[test]
    fn a_pods_own_message_comes_before_the_workflows() {
        let nodes = json!({"a": {"type": "DAG", "message": "child failed"}, "b": {"type": "Pod", "message": "no key"}});
        assert_eq!(message(&json!({"message": "failed", "nodes": nodes})), "no key");
        assert_eq!(message(&json!({"message": "failed"})), "failed");
    }
}
