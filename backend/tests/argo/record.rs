//! Records what a real Argo shows of each pipeline in `src/engine/argo/observe/transcripts`, status by status: the test
//! data of `observe`. Needs KUBECONFIG; run by hand: `DAGWRIGHT_BY_HAND=record cargo test -p dagwright --test argo`.

use dagwright::documents::from_store;
use dagwright::engine::argo::cluster::{Cluster, ClusterSettings};
use dagwright::engine::argo::names::{RunLabels, workflow_name};
use dagwright::engine::argo::submit::submission;
use dagwright_shared::check::Arguments;
use dagwright_shared::compile::compile;
use futures::StreamExt;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{
    ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams, PostParams,
};
use kube::runtime::watcher::{self, Event};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What is done to a Workflow once `slow` runs and every other pod has ended.
fn action(name: &str) -> Option<&'static str> {
    match name {
        "stopped" => Some("Stop"),
        "terminated" => Some("Terminate"),
        "pod-deleted" => Some("delete"),
        _ => None,
    }
}

fn folder() -> PathBuf {
    Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("src/engine/argo/observe/transcripts")
}

/// What observing reads, and nothing that names the machine.
fn kept(object: &DynamicObject) -> Value {
    let mut status = object.data["status"].clone();
    if let Some(status) = status.as_object_mut() {
        for name in ["storedTemplates", "storedWorkflowTemplateSpec", "resourcesDuration", "artifactRepositoryRef"] {
            status.remove(name);
        }
        for node in
            status.get_mut("nodes").and_then(Value::as_object_mut).into_iter().flat_map(|nodes| nodes.values_mut())
        {
            let node = node.as_object_mut().unwrap();
            node.retain(|key, _| {
                !["hostNodeName", "resourcesDuration", "templateScope", "progress"].contains(&key.as_str())
            });
        }
    }
    json!({
        "metadata": {
            "name": object.metadata.name,
            "labels": object.metadata.labels,
            "creationTimestamp": object.metadata.creation_timestamp,
        },
        "spec": {"shutdown": object.data["spec"]["shutdown"]},
        "status": if status.is_null() { json!({}) } else { status },
    })
}

async fn record(cluster: &Cluster, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder().join(format!("{name}.yaml"))).unwrap();
    let (pipeline, _) = from_store(&text).unwrap();
    let plan = compile(&pipeline, &Arguments::new()).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
    let run = uuid::Uuid::now_v7().to_string();
    let workflow = workflow_name(&plan, &run);
    // Not under our label: no server that looks at this cluster shall follow or remove it.
    let labels = RunLabels { run: "recorded", workflow: &workflow, pipeline: "p", slug: &plan.slug, revision: 1 };
    let mut document = submission(&plan, &labels).unwrap().workflow;
    document["metadata"]["labels"] = json!({"recorded": name});
    document["spec"]["podMetadata"] = json!({});
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("argoproj.io", "v1alpha1", "Workflow"));
    let api = Api::<DynamicObject>::namespaced_with(cluster.client.clone(), &cluster.namespace, &resource);
    let object: DynamicObject = serde_json::from_value(document).unwrap();
    api.create(&PostParams::default(), &object).await.unwrap();
    let config = watcher::Config::default().fields(&format!("metadata.name={workflow}"));
    let mut events = pin!(watcher::watcher(api.clone(), config));
    let mut seen: Vec<Value> = Vec::new();
    let mut open = action(name);
    while let Some(event) = events.next().await {
        let (Event::Apply(object) | Event::InitApply(object)) = event.unwrap() else { continue };
        let status = kept(&object);
        let running =
            |node: &Value| node["phase"] == "Running" && node["type"] == "Pod" && node["displayName"] == "slow";
        let nodes = status["status"]["nodes"].as_object();
        let others = |node: &&Value| node["type"] == "Pod" && !running(node);
        let quiet = nodes.is_some_and(|nodes| nodes.values().filter(others).all(|node| node["finishedAt"].is_string()));
        let slow = nodes.and_then(|nodes| nodes.values().find(|node| running(node)).cloned()).filter(|_| quiet);
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
        let ended = status["metadata"]["labels"]["workflows.argoproj.io/completed"] == "true";
        seen.push(json!({"at": at, "workflow": status}));
        if let (Some(node), Some(how)) = (slow, open) {
            open = None;
            tokio::time::sleep(Duration::from_secs(3)).await;
            if how == "delete" {
                let pods = Api::<Pod>::namespaced(cluster.client.clone(), &cluster.namespace);
                let of = ListParams::default().labels(&format!("workflows.argoproj.io/workflow={workflow}"));
                let pods_of = pods.list(&of).await.unwrap();
                let pod = pods_of.items.into_iter().find(|pod| {
                    let annotations = pod.metadata.annotations.as_ref().unwrap();
                    Some(annotations["workflows.argoproj.io/node-id"].as_str()) == node["id"].as_str()
                });
                pods.delete(&pod.unwrap().metadata.name.unwrap(), &DeleteParams::default().grace_period(0))
                    .await
                    .unwrap();
            } else {
                let patch = Patch::Merge(json!({"spec": {"shutdown": how}}));
                api.patch(&workflow, &PatchParams::default(), &patch).await.unwrap();
            }
        }
        if ended {
            break;
        }
    }
    api.delete(&workflow, &DeleteParams::background()).await.unwrap();
    seen
}

#[tokio::test]
async fn record_transcripts() {
    if std::env::var("DAGWRIGHT_BY_HAND").as_deref() != Ok("record") {
        return;
    }
    let cluster = Cluster::connect(&ClusterSettings::default()).await.unwrap();
    let wanted = std::env::var("TRANSCRIPTS").unwrap_or_default();
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().unwrap().strip_suffix(".yaml").map(String::from))
        .filter(|name| wanted.is_empty() || wanted.split(',').any(|wanted| wanted == name))
        .collect();
    names.sort();
    for name in names {
        let seen = tokio::time::timeout(Duration::from_secs(300), record(&cluster, &name)).await.unwrap();
        assert!(seen.len() >= 3, "{name}: {} statuses", seen.len());
        let lines: Vec<String> = seen.iter().map(Value::to_string).collect();
        std::fs::write(folder().join(format!("{name}.json")), format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
    }
}
