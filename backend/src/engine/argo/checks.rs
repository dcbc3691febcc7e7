//! What the cluster must have for runs: each check says what is wrong and the command that mends it. Changes nothing but
//! for the probe, which deletes what it made.

pub mod probe;
mod repository;
mod rights;

use super::cluster::Cluster;
use dagwright_shared::api::DoctorCheck;
use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use std::time::Duration;

pub use repository::{CONFIG_MAP, DEFAULT_ENTRY, repository};
pub use rights::rights;

/// How long an answer of the API server may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The release that `kubectl apply` is pointed to; tests run on it.
const ARGO_RELEASE: &str = "v3.7.14";

/// A cluster to look at.
pub struct Patient {
    /// The way to it.
    pub cluster: Cluster,
    /// The context that was asked for: commands name it too.
    pub context: Option<String>,
}

/// Whether the API server can be asked anything more.
pub enum Reach {
    /// It can; the check may still say that something is wrong.
    There(DoctorCheck),
    /// It cannot.
    Away(DoctorCheck),
}

/// Why an answer did not come, in words without Rust's names for it.
pub(crate) fn reason(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => status.message.clone(),
        other => {
            let mut deepest: &dyn std::error::Error = other;
            while let Some(inner) = deepest.source() {
                deepest = inner;
            }
            deepest.to_string()
        }
    }
}

fn is_status(error: &kube::Error, code: u16) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == code)
}

impl Patient {
    /// `kubectl` with the context and the namespace of this cluster.
    pub fn kubectl(&self) -> String {
        format!("kubectl{} --namespace {}", self.context_flag(), quoted(&self.cluster.namespace))
    }

    /// `kubectl apply` of a part of the manifests.
    fn apply(&self, part: &str, more: &str) -> String {
        let namespace = quoted(&self.cluster.namespace);
        format!("dagwright manifests --part {part} --namespace {namespace}{more} | {} apply -f -", self.kubectl())
    }

    /// Whether the API server answers, and lets us in.
    pub async fn reach(&self) -> Reach {
        let Cluster { client, namespace, server } = &self.cluster;
        let (name, title) = ("cluster", "Way to the cluster");
        let away = |message: String| Reach::Away(DoctorCheck::wrong(name, title, message, self.cluster_info()));
        let version = match tokio::time::timeout(PATIENCE, client.apiserver_version()).await {
            Err(_) => return away(format!("{server} does not answer within {} s", PATIENCE.as_secs())),
            Ok(Err(error)) if is_status(&error, 401) => {
                return away(format!(
                    "{server} does not know who is asking: the credentials have expired or are wrong"
                ));
            }
            Ok(Err(error)) => return away(format!("{server} does not answer: {}", reason(&error))),
            Ok(Ok(version)) => version,
        };
        let found = format!("Kubernetes {} at {server}, namespace {namespace}", version.git_version);
        // Most people may not look at namespaces; then the other checks tell.
        let namespaces: Api<Namespace> = Api::all(client.clone());
        match tokio::time::timeout(PATIENCE, namespaces.get(namespace)).await {
            Ok(Err(error)) if is_status(&error, 404) => {
                let message = format!("{found}, which is not there");
                let mend = format!("{} create namespace {}", self.kubectl(), quoted(namespace));
                Reach::There(DoctorCheck::wrong(name, title, message, mend))
            }
            _ => Reach::There(DoctorCheck::ok(name, title, found)),
        }
    }

    fn cluster_info(&self) -> String {
        format!("kubectl{} cluster-info", self.context_flag())
    }

    fn context_flag(&self) -> String {
        self.context.as_ref().map(|context| format!(" --context {}", quoted(context))).unwrap_or_default()
    }

    /// Whether the API server knows Workflows, by discovery.
    pub async fn argo(&self) -> DoctorCheck {
        let title = "Argo Workflows";
        let context = self.context_flag();
        let install = format!(
            "kubectl{context} create namespace argo; kubectl{context} apply --server-side --namespace argo -f \
             https://github.com/argoproj/argo-workflows/releases/download/{ARGO_RELEASE}/install.yaml"
        );
        let asked = self.cluster.client.list_api_group_resources("argoproj.io/v1alpha1");
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(list)) if list.resources.iter().any(|resource| resource.name == "workflows") => {
                DoctorCheck::ok("argo", title, "the cluster knows argoproj.io/v1alpha1 workflows")
            }
            Ok(Ok(_)) => {
                DoctorCheck::wrong("argo", title, "argoproj.io/v1alpha1 is there, but without workflows", install)
            }
            Ok(Err(error)) if is_status(&error, 404) => DoctorCheck::wrong(
                "argo",
                title,
                "the cluster does not know argoproj.io/v1alpha1: Argo is not installed",
                install,
            ),
            Ok(Err(error)) => {
                DoctorCheck::wrong("argo", title, format!("discovery failed: {}", reason(&error)), self.cluster_info())
            }
            Err(_) => DoctorCheck::wrong("argo", title, "discovery is not answered", self.cluster_info()),
        }
    }
}

/// A word of a command line, quoted where a shell would read more into it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        String::from(word)
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_command_line_stay_one_word() {
        assert_eq!(quoted("admin@cluster"), "admin@cluster");
        assert_eq!(quoted("it's; rm"), r"'it'\''s; rm'");
        assert_eq!(quoted(""), "''");
    }
}
