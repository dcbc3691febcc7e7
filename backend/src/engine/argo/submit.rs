//! What is put into the cluster for a run: the very Workflow of "Export", named and labelled, and what has to be there
//! before it. Creating is idempotent: a server that was cut goes on where the other stopped.

use super::cluster::Cluster;
use super::names::{self, RunLabels};
use super::run::ActiveRun;
use super::workflow::Workflow;
use dagwright_shared::export::argo::{ArgoExport, export};
use dagwright_shared::plan::Plan;
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim};
use kube::api::{Patch, PatchParams, PostParams};
use kube::core::Request;
use kube::{Api, Resource};
use serde_json::{Value, json};
use std::collections::HashMap;

/// What a run consists of in the cluster.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Claims of kept volumes; they stay.
    pub claims: Vec<Value>,
    /// Texts for this run alone; they go with the Workflow.
    pub texts: Vec<Value>,
    /// The Workflow.
    pub workflow: Value,
}

/// Why a run is not in the cluster.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// Trying again cannot help.
    #[error("{0}")]
    Lasting(String),
    /// The cluster does not answer, or is busy.
    #[error("{0}")]
    Passing(String),
}

/// Makes the documents. Deterministic.
///
/// # Errors
/// [`SubmitError::Lasting`]: the Plan cannot be a Workflow.
pub fn submission(plan: &Plan, labels: &RunLabels<'_>) -> Result<Submission, SubmitError> {
    let ArgoExport { documents, mut workflow, .. } = export(plan).map_err(|problems| {
        let said: Vec<_> = problems.into_iter().map(|problem| problem.message).collect();
        SubmitError::Lasting(said.join(" "))
    })?;
    let (mut claims, mut texts, mut renamed) = (Vec::new(), Vec::new(), HashMap::new());
    for mut document in documents {
        if document["kind"] == "ConfigMap" {
            // The file's name is the pipeline's; a run's own goes with the run.
            let name = format!("{}-text-{}", labels.workflow, texts.len() + 1);
            let old = document["metadata"]["name"].as_str().unwrap_or_default();
            renamed.insert(String::from(old), name.clone());
            document["metadata"] = json!({"name": name, "labels": labels.of_run("text")});
            texts.push(document);
        } else {
            document["metadata"]["labels"] = Value::Object(labels.of_pipeline("volume"));
            claims.push(document);
        }
    }
    workflow["metadata"] = json!({"name": labels.workflow, "labels": labels.of_run("run")});
    let spec = &mut workflow["spec"];
    spec["podMetadata"] = json!({"labels": labels.of_run("task")});
    for volume in spec["volumes"].as_array_mut().into_iter().flatten() {
        if let Some(name) = volume["configMap"]["name"].as_str().and_then(|name| renamed.get(name)) {
            volume["configMap"]["name"] = json!(name);
        }
    }
    Ok(Submission { claims, texts, workflow })
}

/// Creates what is not there yet and returns the Workflow as the cluster has it.
///
/// # Errors
/// [`SubmitError`].
pub async fn create(cluster: &Cluster, run: &ActiveRun, submission: Submission) -> Result<Workflow, SubmitError> {
    for claim in submission.claims {
        let claim: PersistentVolumeClaim = read(claim)?;
        let api = Api::<PersistentVolumeClaim>::namespaced(cluster.client.clone(), &cluster.namespace);
        let what = format!("the claim {}", claim.metadata.name.as_deref().unwrap_or_default());
        made(&what, api.create(&PostParams::default(), &claim).await)?;
    }
    let texts = Api::<ConfigMap>::namespaced(cluster.client.clone(), &cluster.namespace);
    let mut names = Vec::new();
    for text in submission.texts {
        let text: ConfigMap = read(text)?;
        let name = text.metadata.name.clone().unwrap_or_default();
        made(&format!("the ConfigMap {name}"), texts.create(&PostParams::default(), &text).await)?;
        names.push(name);
    }
    let workflow = workflow(cluster, run, &submission.workflow).await?;
    let owner = json!({"metadata": {"ownerReferences": [{
        "apiVersion": Workflow::api_version(&()),
        "kind": Workflow::kind(&()),
        "name": workflow.name(),
        "uid": workflow.metadata.uid,
    }]}});
    for name in names {
        // An immutable ConfigMap still takes another owner.
        let patched = texts.patch(&name, &PatchParams::default(), &Patch::Merge(&owner)).await;
        patched.map_err(|error| refused(&format!("give the ConfigMap {name} to the Workflow"), error))?;
    }
    Ok(workflow)
}

async fn workflow(cluster: &Cluster, run: &ActiveRun, document: &Value) -> Result<Workflow, SubmitError> {
    let what = format!("create the Workflow {}", run.workflow);
    let bytes = serde_json::to_vec(document).map_err(|error| SubmitError::Lasting(error.to_string()))?;
    let request = Request::new(Workflow::url_path(&(), Some(&cluster.namespace)));
    let request = request.create(&PostParams::default(), bytes);
    let mut request = request.map_err(|error| SubmitError::Lasting(format!("cannot {what}: {error}")))?;
    request.extensions_mut().insert("create");
    match cluster.client.request::<Workflow>(request).await {
        Ok(workflow) => Ok(workflow),
        Err(kube::Error::Api(status)) if status.reason == "AlreadyExists" => {
            let found = cluster.workflows().get(&run.workflow).await.map_err(|error| refused(&what, error))?;
            if found.label(names::RUN) == Some(run.id.as_str()) {
                // An earlier server of ours was cut between creating it and noting so.
                return Ok(found);
            }
            let namespace = &cluster.namespace;
            Err(SubmitError::Lasting(format!(
                "cannot {what}: the namespace {namespace} has another of that name; delete that one and run again"
            )))
        }
        Err(error) => Err(refused(&what, error)),
    }
}

fn made<T>(what: &str, answer: Result<T, kube::Error>) -> Result<(), SubmitError> {
    match answer {
        Err(kube::Error::Api(status)) if status.reason == "AlreadyExists" => Ok(()),
        Err(error) => Err(refused(&format!("create {what}"), error)),
        Ok(_) => Ok(()),
    }
}

/// What a refusal means for a person, and whether another try may help.
pub(super) fn refused(what: &str, error: kube::Error) -> SubmitError {
    let kube::Error::Api(status) = error else {
        return SubmitError::Passing(format!("cannot {what}: the cluster does not answer: {error}"));
    };
    let said = status.message.trim();
    match status.code {
        404 if said.contains("namespaces") => {
            SubmitError::Lasting(format!("cannot {what}: {said}. Create the namespace, or name another by --namespace"))
        }
        404 => SubmitError::Lasting(format!(
            "cannot {what}: the cluster knows no Workflows ({said}). Install Argo Workflows: `dagwright doctor` says how"
        )),
        401 | 403 => SubmitError::Lasting(format!(
            "cannot {what}: {said}. `dagwright manifests` prints the Role that the server needs"
        )),
        400 | 409 | 413 | 422 => SubmitError::Lasting(format!("cannot {what}: {said}")),
        _ => SubmitError::Passing(format!("cannot {what}: {said} (HTTP {})", status.code)),
    }
}

fn read<T: serde::de::DeserializeOwned>(document: Value) -> Result<T, SubmitError> {
    serde_json::from_value(document).map_err(|error| SubmitError::Lasting(error.to_string()))
}

impl Cluster {
    /// The Workflows of the namespace.
    pub fn workflows(&self) -> Api<Workflow> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Sets `spec.shutdown`: `Stop` lets exit handlers run, `Terminate` does not.
    ///
    /// # Errors
    /// The cluster's refusal.
    pub async fn shut_down(&self, workflow: &str, how: &str) -> Result<(), kube::Error> {
        let patch = Patch::Merge(json!({"spec": {"shutdown": how}}));
        self.workflows().patch(workflow, &PatchParams::default(), &patch).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dagwright_shared::check::Arguments;
    use dagwright_shared::compile::compile;

    const DOCUMENT: &str = "apiVersion: dagwright.dev/v1\nkind: Pipeline\nmetadata: {name: Texts}\n\
        volumes: [{name: data, size: 1Gi, accessModes: [ReadWriteOnce]}]\n\
        components:\n  read:\n    name: read\n    inputs: [{name: text, type: String}]\n    implementation:\n      \
        container: {image: 'busybox:1', command: [cat, {inputPath: text}]}\n\
        tasks:\n  read: {component: read, arguments: {text: {value: '{{workflow.name}}'}}, mounts: [{volume: data, path: /data}]}\n";

    #[test]
    fn the_workflow_is_the_exported_one_named_and_labelled_and_texts_are_the_runs_own() {
        let (pipeline, _) = crate::documents::from_store(DOCUMENT).unwrap();
        let plan = compile(&pipeline, &Arguments::new()).unwrap();
        let exported = export(&plan).unwrap();
        let labels = RunLabels { run: "r-1", workflow: "texts-1", pipeline: "p1", slug: &plan.slug, revision: 4 };
        let made = submission(&plan, &labels).unwrap();
        assert_eq!((made.claims.len(), made.texts.len()), (1, 1), "{made:#?}");
        assert_eq!(made.claims[0]["spec"], exported.documents[0]["spec"]);
        assert_eq!(made.texts[0]["metadata"]["name"], "texts-1-text-1");
        assert_eq!(made.texts[0]["data"], exported.documents[1]["data"]);
        assert_eq!(made.workflow["metadata"]["name"], "texts-1");
        assert_eq!(made.workflow["metadata"]["labels"][names::RUN], "r-1");
        assert_eq!(made.workflow["metadata"]["labels"][names::REVISION], "4");
        let volumes = made.workflow["spec"]["volumes"].to_string();
        assert!(volumes.contains("texts-1-text-1"), "{volumes}");
        // Beside that, nothing differs from the file.
        let mut spec = made.workflow["spec"].clone();
        spec.as_object_mut().unwrap().remove("podMetadata");
        spec["volumes"] = exported.workflow["spec"]["volumes"].clone();
        assert_eq!(spec, exported.workflow["spec"]);
    }
}
