//! What of a plan cannot run on this cluster, said before anything is submitted.

use super::ArgoParts;
use crate::store::{Store, StoreError};
use dagwright_shared::diagnostic::{Diagnostic, DiagnosticCode, Place, Severity, any_error};
use dagwright_shared::export::argo::{export, in_other_buckets};
use dagwright_shared::export::size::too_large;
use dagwright_shared::plan::{Plan, PlanEnvValue, PlanLifetime, PlanVolume};
use dagwright_shared::quantity::bytes;
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Secret};
use kube::Api;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What a person waits at most for an answer of the cluster.
const PATIENCE: Duration = Duration::from_secs(5);

/// All problems; empty: it can run.
pub(super) async fn check(parts: &ArgoParts, plan: &Plan) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if parts.embedded {
        let message = "Pods cannot reach the S3 server inside Dagwright: it listens on this machine alone.";
        found.push(
            Diagnostic::new(DiagnosticCode::EngineCannot, Place::Pipeline, message).with_hint(
                "Set DAGWRIGHT_S3_BUCKET, AWS_ENDPOINT_URL_S3 and the keys of an S3 that the cluster reaches.",
            ),
        );
    }
    found.extend(in_other_buckets(plan, parts.artifacts.bucket()));
    match export(plan) {
        Ok(export) => found.extend(too_large(&export).map(|mut problem| {
            // A file may be made smaller by hand; a run would only be refused by the cluster.
            problem.severity = Severity::Error;
            problem
        })),
        Err(problems) => found.extend(problems),
    }
    if any_error(&found) {
        return found;
    }
    let asked = async { tokio::join!(claims(parts, plan), secrets(parts, plan)) };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok((claims, secrets)) => found.extend(claims.into_iter().chain(secrets)),
        Err(_) => found.push(away(parts, "no answer in 5 s")),
    }
    found
}

async fn claims(parts: &ArgoParts, plan: &Plan) -> Vec<Diagnostic> {
    let api = Api::<PersistentVolumeClaim>::namespaced(parts.cluster.client.clone(), &parts.cluster.namespace);
    let mut found = Vec::new();
    for volume in &plan.volumes {
        let (claim, kept) = match &volume.lifetime {
            PlanLifetime::Kept(claim) => (claim, true),
            PlanLifetime::Claim(claim) => (claim, false),
            PlanLifetime::Run => continue,
        };
        match api.get_opt(claim).await {
            Ok(Some(there)) if kept => found.extend(differs(volume, claim, &there)),
            Ok(Some(_)) => {}
            Ok(None) if kept => {}
            Ok(None) => {
                let namespace = &parts.cluster.namespace;
                let message = format!("There is no claim {claim} in the namespace {namespace}.");
                found.push(
                    at(volume, "claim", message).with_hint("Create it, name another, or let Dagwright keep a volume."),
                );
            }
            // The Role says so when the run is submitted; a listing is not worth a refusal.
            Err(kube::Error::Api(status)) => tracing::warn!("the claim {claim} was not looked at: {}", status.message),
            Err(error) => {
                found.push(away(parts, &error.to_string()));
                break;
            }
        }
    }
    found
}

/// Volumes of a plan whose claims runs that go on have mounted: name and how many runs.
pub(super) async fn claims_in_use(store: &Store, plan: &Plan) -> Result<Vec<(String, usize)>, StoreError> {
    let ours: Vec<(&PlanVolume, String)> =
        plan.volumes.iter().filter_map(|volume| Some((volume, claim_of(volume)?))).collect();
    if ours.is_empty() {
        return Ok(Vec::new());
    }
    let users = users_of_claims(store).await?;
    let counted = ours.into_iter().filter_map(|(volume, claim)| Some((volume.name.clone(), users.get(&claim)?.len())));
    Ok(counted.collect())
}

/// Claims that runs which go on have mounted: name → ids of those runs.
pub(super) async fn users_of_claims(store: &Store) -> Result<BTreeMap<String, BTreeSet<String>>, StoreError> {
    let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for id in store.unfinished_runs(super::NAME).await? {
        let Some(run) = store.run(&id).await? else { continue };
        for claim in run.plan.volumes.iter().filter_map(claim_of) {
            users.entry(claim).or_default().insert(id.clone());
        }
    }
    Ok(users)
}

fn claim_of(volume: &PlanVolume) -> Option<String> {
    match &volume.lifetime {
        PlanLifetime::Kept(claim) | PlanLifetime::Claim(claim) => Some(claim.clone()),
        PlanLifetime::Run => None,
    }
}

/// Secrets that tasks name and that are not there. A Role without `get` on them leaves it to the pods to find out.
async fn secrets(parts: &ArgoParts, plan: &Plan) -> Vec<Diagnostic> {
    let namespace = &parts.cluster.namespace;
    let api = Api::<Secret>::namespaced(parts.cluster.client.clone(), namespace);
    let mut known: BTreeMap<&str, Option<Secret>> = BTreeMap::new();
    let mut found = Vec::new();
    for task in &plan.tasks {
        for variable in plan.template(&task.template).into_iter().flat_map(|template| &template.env) {
            let PlanEnvValue::Secret { name, key } = &variable.value else { continue };
            if !known.contains_key(name.as_str()) {
                match api.get_opt(name).await {
                    Ok(secret) => known.insert(name, secret),
                    Err(error) => {
                        tracing::debug!("the Secret {name} was not looked at: {error}");
                        return found;
                    }
                };
            }
            let secret = known.get(name.as_str()).and_then(Option::as_ref);
            if secret.is_some_and(|secret| secret.data.as_ref().is_some_and(|data| data.contains_key(key))) {
                continue;
            }
            let what = if secret.is_some() {
                format!("no key {key} in the Secret {name}")
            } else {
                format!("no Secret {name}")
            };
            let place = Place::Task { task: task.name.clone(), field: format!("env/{}", variable.name) };
            let message = format!("There is {what} in the namespace {namespace}.");
            let hint =
                format!("kubectl --namespace {namespace} create secret generic {name} --from-literal={key}=VALUE");
            found.push(Diagnostic::new(DiagnosticCode::EngineCannot, place, message).with_hint(hint));
        }
    }
    found
}

/// A claim is made once: what it lacks of what is asked for now, Kubernetes will not add.
fn differs(volume: &PlanVolume, claim: &str, there: &PersistentVolumeClaim) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let Some(spec) = &there.spec else { return found };
    let held = spec.resources.as_ref().and_then(|resources| resources.requests.as_ref());
    let held = held.and_then(|requests| requests.get("storage")).map(|quantity| quantity.0.as_str());
    if let (Some(held), Some(asked)) = (held, volume.size.as_deref())
        && bytes(held) < bytes(asked)
    {
        let message = format!("The claim {claim} was made with {held}, and {asked} are asked for now.");
        let hint = format!("Set the size back to {held}, expand the claim, or delete it with what it holds.");
        found.push(at(volume, "size", message).with_hint(hint));
    }
    let modes = spec.access_modes.as_deref().unwrap_or_default();
    if let Some(missing) = volume.access_modes.iter().find(|mode| !modes.contains(mode)) {
        let message = format!("The claim {claim} was made for {}, not for {missing}.", modes.join(", "));
        let hint = "Set the access modes back, or delete the claim with what it holds.";
        found.push(at(volume, "accessModes", message).with_hint(hint));
    }
    found
}

fn at(volume: &PlanVolume, field: &str, message: String) -> Diagnostic {
    let place = Place::Volume { volume: volume.name.clone(), field: String::from(field) };
    Diagnostic::new(DiagnosticCode::EngineCannot, place, message)
}

fn away(parts: &ArgoParts, why: &str) -> Diagnostic {
    let message = format!("The cluster {} does not answer: {why}.", parts.cluster.server);
    Diagnostic::new(DiagnosticCode::EngineCannot, Place::Pipeline, message)
        .with_hint("`kubectl get workflows` and `dagwright doctor` show what is wrong; try again when it is there.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::NewRun;
    use dagwright_shared::check::Arguments;
    use dagwright_shared::compile::compile;
    use dagwright_shared::run::{RunFact, RunPhase};

    const DOCUMENT: &str = "apiVersion: dagwright.dev/v1\nkind: Pipeline\nmetadata: {name: uses}\n\
        volumes: [{name: own, size: 1Gi, lifetime: kept}, {name: theirs, claim: shared-data}, {name: brief, size: 1Gi, lifetime: run}]\n\
        components:\n  a: {name: a, implementation: {container: {image: 'busybox:1', command: ['true']}}}\n\
        tasks:\n  a: {component: a, mounts: [{volume: own, path: /a}, {volume: theirs, path: /b}, {volume: brief, path: /c}]}\n";

    #[tokio::test]
    async fn claims_are_in_use_by_runs_of_the_cluster_that_go_on() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&home.path().join("store.db")).await.unwrap();
        let (pipeline, _) = crate::documents::from_store(DOCUMENT).unwrap();
        let plan = compile(&pipeline, &Arguments::new()).unwrap();
        assert_eq!(claims_in_use(&store, &plan).await.unwrap(), []);
        for (id, engine) in [("r1", super::super::NAME), ("r2", super::super::NAME), ("r3", "local")] {
            let new = NewRun {
                id: String::from(id),
                name: String::new(),
                pipeline: String::from("p1"),
                pipeline_name: String::from("uses"),
                revision: 1,
                text: String::from(DOCUMENT),
                experiment: String::from("Default"),
                engine: String::from(engine),
                sandbox: String::new(),
                created: 1,
                plan: plan.clone(),
                arguments: serde_json::Map::new(),
                volumes: Vec::new(),
            };
            store.create_run(&new).await.unwrap();
        }
        let used = |runs: usize| vec![(String::from("own"), runs), (String::from("theirs"), runs)];
        assert_eq!(
            claims_in_use(&store, &plan).await.unwrap(),
            used(2),
            "a run's own is nobody else's, and folders are not claims"
        );
        let ended = RunFact::RunFinished { phase: RunPhase::Succeeded, message: String::new() };
        store.append_timed("r1", vec![(2, RunFact::RunStarted), (3, ended)]).await.unwrap();
        assert_eq!(claims_in_use(&store, &plan).await.unwrap(), used(1));
        let users = users_of_claims(&store).await.unwrap();
        assert_eq!(users["shared-data"], BTreeSet::from([String::from("r2")]));
    }
}
