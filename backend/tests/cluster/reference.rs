//! The cluster itself is right: Workflows that Dagwright had no hand in run on it. Must not start a server.

use crate::harness::{Cluster, PATIENCE};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Instant;

fn workflow(name: &str) -> PathBuf {
    PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../e2e/cluster/workflows").join(name)
}

/// Pods of a Workflow that succeeded.
fn succeeded(workflow: &Value) -> usize {
    let nodes = workflow["status"]["nodes"].as_object().unwrap().values();
    nodes.filter(|node| node["type"] == "Pod" && node["phase"] == "Succeeded").count()
}

fn delete(cluster: &Cluster, name: &str) {
    cluster.kubectl(&["delete", "--wait=false", name]).unwrap();
}

#[tokio::test]
async fn a_claim_a_parameter_an_artifact_and_logs() {
    let Some(cluster) = Cluster::find("a_claim_a_parameter_an_artifact_and_logs") else { return };
    let created = cluster.create(&workflow("proof.yaml"));
    let proof = cluster.ended(&created[0]);
    assert_eq!((&proof["status"]["phase"], succeeded(&proof)), (&Value::from("Succeeded"), 2), "{:#}", proof["status"]);

    let name = proof["metadata"]["name"].as_str().unwrap();
    let store = cluster.store();
    let text = store.get_bytes(&format!("runs/{name}/produce/text"), 1024).await.unwrap();
    assert_eq!(text, "naïve {braces}");
    let nodes = proof["status"]["nodes"].as_object().unwrap();
    let consume = nodes.values().find(|node| node["displayName"] == "consume").unwrap();
    let artifacts = consume["outputs"]["artifacts"].as_array().unwrap();
    let log = artifacts.iter().find(|artifact| artifact["name"] == "main-logs").unwrap();
    let log = store.get_bytes(log["s3"]["key"].as_str().unwrap(), 1 << 20).await.unwrap();
    let log = String::from_utf8(log.to_vec()).unwrap();
    assert!(log.contains("1.7.2 kept\n naïve {braces}"), "{log}");

    // The claim was made for the run and goes with it.
    let claim = format!("{name}-work");
    let deadline = Instant::now() + PATIENCE;
    while cluster.kubectl(&["get", "persistentvolumeclaim", &claim]).is_ok() {
        assert!(Instant::now() < deadline, "the claim {claim} stays");
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    delete(&cluster, &created[0]);
}

#[test]
fn a_workflow_survives_restarts_of_the_controller_and_the_api_server() {
    let Some(cluster) = Cluster::find("a_workflow_survives_restarts_of_the_controller_and_the_api_server") else {
        return;
    };
    let created = cluster.create(&workflow("proof.yaml"));
    if cluster.restart("argo") && cluster.restart("apiserver") {
        let ended = cluster.ended(&created[0]);
        assert_eq!((&ended["status"]["phase"], succeeded(&ended)), (&Value::from("Succeeded"), 2));
    }
    delete(&cluster, &created[0]);
}

#[test]
fn workflows_of_kfp_v1_as_they_are() {
    let Some(cluster) = Cluster::find("workflows_of_kfp_v1_as_they_are") else { return };
    let files = ["kfp-v1-parallelfor-item-argument-resolving.yaml", "kfp-v1-volumeop-dag.yaml"];
    let created = files.map(|file| cluster.create(&workflow(file)).remove(0));
    for (name, pods) in created.iter().zip([22, 4]) {
        let ended = cluster.ended(name);
        assert_eq!(
            (&ended["status"]["phase"], succeeded(&ended)),
            (&Value::from("Succeeded"), pods),
            "{name}: {:#}",
            ended["status"]
        );
        delete(&cluster, name);
    }
    // A claim that a step made is nobody's; it stays.
    let (_, volume_operation) = created[1].split_once('/').unwrap();
    delete(&cluster, &format!("persistentvolumeclaim/{volume_operation}-my-pvc"));
}
