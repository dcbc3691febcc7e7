//! The claims of the namespace: which there are, who uses them, and deleting those that Dagwright made. Must not delete any
//! other.

use super::check::users_of_claims;
use super::cluster::Cluster;
use super::names::{MANAGED_BY, MANAGER, PIPELINE, RUN};
use super::workflow::Workflow;
use crate::engine::{ClaimError, EngineError};
use crate::store::Store;
use dagwright_shared::api::ClaimSummary;
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod};
use kube::api::{DeleteParams, ListParams};
use kube::{Api, Resource};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What a person waits at most for the cluster's answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Claim's name → runs that use it.
type Users = BTreeMap<String, BTreeSet<String>>;

/// All claims, in name order; pipelines without their names.
pub(super) async fn list(cluster: &Cluster, store: &Store) -> Result<Vec<ClaimSummary>, EngineError> {
    let users = users_of_claims(store).await?;
    let asked = async { tokio::try_join!(all_claims(cluster), pods_that_go_on(cluster)) };
    let (claims, pods) = in_time(asked).await?;
    Ok(summaries(&claims, &pods, &users))
}

/// Deletes a claim that was made for a pipeline and that nobody uses.
pub(super) async fn delete(cluster: &Cluster, store: &Store, name: &str) -> Result<(), ClaimError> {
    let found = list(cluster, store).await?.into_iter().find(|claim| claim.name == name);
    let Some(claim) = found else { return Err(ClaimError::Absent(String::from(name))) };
    if claim.lifetime != "kept" {
        return Err(ClaimError::NotOurs(claim.name));
    }
    if !claim.used_by.is_empty() || !claim.pods.is_empty() {
        return Err(ClaimError::InUse(claim.name));
    }
    // A pod that starts meanwhile keeps it, as Kubernetes does for every claim in use.
    match in_time(async { claims(cluster).delete(name, &DeleteParams::default()).await.map(drop) }).await {
        Ok(()) => Ok(()),
        Err(error) => Err(ClaimError::Engine(error)),
    }
}

fn claims(cluster: &Cluster) -> Api<PersistentVolumeClaim> {
    Api::namespaced(cluster.client.clone(), &cluster.namespace)
}

async fn all_claims(cluster: &Cluster) -> Result<Vec<PersistentVolumeClaim>, kube::Error> {
    Ok(claims(cluster).list(&ListParams::default()).await?.items)
}

async fn pods_that_go_on(cluster: &Cluster) -> Result<Vec<Pod>, kube::Error> {
    let pods = Api::<Pod>::namespaced(cluster.client.clone(), &cluster.namespace);
    let going = ListParams::default().fields("status.phase!=Succeeded,status.phase!=Failed");
    Ok(pods.list(&going).await?.items)
}

async fn in_time<T>(asked: impl Future<Output = Result<T, kube::Error>>) -> Result<T, EngineError> {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(kube::Error::Api(status))) => {
            let hint = "`dagwright manifests` prints the Role that the server needs";
            Err(EngineError::Cluster(format!("{}. {hint}", status.message)))
        }
        Ok(Err(error)) => Err(EngineError::Cluster(error.to_string())),
        Err(_) => Err(EngineError::Cluster(String::from("no answer in 10 s"))),
    }
}

/// What is said of each claim.
fn summaries(claims: &[PersistentVolumeClaim], pods: &[Pod], users: &Users) -> Vec<ClaimSummary> {
    let mut found: Vec<ClaimSummary> = claims.iter().map(|claim| summary(claim, pods, users)).collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

fn summary(claim: &PersistentVolumeClaim, pods: &[Pod], users: &Users) -> ClaimSummary {
    let name = claim.metadata.name.clone().unwrap_or_default();
    let label = |key: &str| claim.metadata.labels.as_ref().and_then(|labels| labels.get(key)).cloned();
    let is_kept = label(MANAGED_BY).as_deref() == Some(MANAGER) && label(RUN).is_none() && label(PIPELINE).is_some();
    let owners = claim.metadata.owner_references.iter().flatten();
    let is_of_a_run = owners.into_iter().any(|owner| owner.kind == Workflow::kind(&()));
    let lifetime = if is_of_a_run {
        "run"
    } else if is_kept {
        "kept"
    } else {
        "claim"
    };
    let mut used_by = users.get(&name).cloned().unwrap_or_default();
    let mut others = Vec::new();
    for pod in pods.iter().filter(|pod| mounts(pod, &name)) {
        match pod.metadata.labels.as_ref().and_then(|labels| labels.get(RUN)) {
            Some(run) => drop(used_by.insert(run.clone())),
            None => others.extend(pod.metadata.name.clone()),
        }
    }
    let (spec, status) = (claim.spec.as_ref(), claim.status.as_ref());
    let capacity = status.and_then(|status| status.capacity.as_ref()).and_then(|capacity| capacity.get("storage"));
    let asked = spec.and_then(|spec| spec.resources.as_ref()?.requests.as_ref()?.get("storage"));
    let phase = status.and_then(|status| status.phase.clone()).unwrap_or_else(|| String::from("Pending"));
    let is_going = claim.metadata.deletion_timestamp.is_some();
    ClaimSummary {
        lifetime: String::from(lifetime),
        pipeline: label(PIPELINE).filter(|_| lifetime == "kept"),
        pipeline_name: None,
        size: capacity.or(asked).map(|size| size.0.clone()).unwrap_or_default(),
        phase: if is_going { String::from("Terminating") } else { phase },
        access_modes: spec.and_then(|spec| spec.access_modes.clone()).unwrap_or_default(),
        storage_class: spec.and_then(|spec| spec.storage_class_name.clone()).filter(|class| !class.is_empty()),
        used_by: used_by.into_iter().collect(),
        pods: others,
        name,
    }
}

fn mounts(pod: &Pod, claim: &str) -> bool {
    let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    let mut claims = volumes.filter_map(|volume| volume.persistent_volume_claim.as_ref());
    claims.any(|mounted| mounted.claim_name == claim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whose_a_claim_is_and_who_uses_it() {
        let claim = |name: &str, metadata: serde_json::Value, more: serde_json::Value| {
            let mut all = json!({"metadata": metadata, "spec": {"accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "fast"}, "status": more});
            all["metadata"]["name"] = json!(name);
            serde_json::from_value::<PersistentVolumeClaim>(all).unwrap()
        };
        let ours = json!({MANAGED_BY: MANAGER, PIPELINE: "p1"});
        let workflow = json!([{"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "name": "w", "uid": "u"}]);
        let claims = [
            claim("kept", json!({"labels": ours}), json!({"phase": "Bound", "capacity": {"storage": "2Gi"}})),
            claim("data", json!({}), json!({"phase": "Pending"})),
            claim("w-work", json!({"labels": {"app": "x"}, "ownerReferences": workflow}), json!({"phase": "Bound"})),
            claim(
                "gone",
                json!({"labels": ours, "deletionTimestamp": "2026-11-24T00:00:00Z"}),
                json!({"phase": "Bound"}),
            ),
        ];
        let pod = |name: &str, labels: serde_json::Value, claim: &str| {
            serde_json::from_value::<Pod>(
                json!({"metadata": {"name": name, "labels": labels}, "spec": {"containers": [],
                "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": claim}}]}}),
            )
            .unwrap()
        };
        let pods = [
            pod("task", json!({RUN: "r2"}), "kept"),
            pod("task-2", json!({RUN: "r1"}), "kept"),
            pod("database-0", json!({}), "data"),
        ];
        let users = Users::from([(String::from("kept"), BTreeSet::from([String::from("r1")]))]);
        let found = summaries(&claims, &pods, &users);
        let told: Vec<_> = found
            .iter()
            .map(|claim| {
                let pipeline = claim.pipeline.as_deref().unwrap_or_default();
                let ClaimSummary { name, lifetime, size, phase, used_by, pods, .. } = claim;
                format!("{name} {lifetime} {pipeline} {size} {phase} {} {}", used_by.join(","), pods.join(","))
            })
            .collect();
        assert_eq!(
            told,
            [
                "data claim  1Gi Pending  database-0",
                "gone kept p1 1Gi Terminating  ",
                "kept kept p1 2Gi Bound r1,r2 ",
                "w-work run  1Gi Bound  ",
            ]
        );
        assert_eq!(
            (found[0].access_modes.join(","), found[0].storage_class.as_deref()),
            ("ReadWriteOnce".into(), Some("fast"))
        );
    }
}
