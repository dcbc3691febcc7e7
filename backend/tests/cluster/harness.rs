//! The cluster of `make test-cluster` as the tests see it: through kubectl and the S3 client, never through Dagwright.

use crate::kubectl::Kubectl;
use dagwright::artifacts::{ArtifactStore, S3Settings};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long anything on the cluster may take. Two cores start a pod in 5 to 10 s, busy ones in a minute.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

/// The cluster under test.
pub(crate) struct Cluster {
    kubectl: String,
    pub(crate) namespace: String,
    script: Option<PathBuf>,
    spool: tempfile::TempDir,
}

impl Cluster {
    /// `None`, with a line about it, outside `make test-cluster`.
    pub(crate) fn find(test: &str) -> Option<Self> {
        let Ok(kind) = std::env::var("DAGWRIGHT_TEST_CLUSTER") else {
            println!("skipped: {test}: no cluster; `make test-cluster` brings one");
            return None;
        };
        let variable = |name: &str| {
            std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; see scripts/test-cluster.sh"))
        };
        Some(Self {
            kubectl: variable("DAGWRIGHT_KUBECTL"),
            namespace: variable("DAGWRIGHT_NAMESPACE"),
            script: (kind == "one-machine").then(|| variable("DAGWRIGHT_CLUSTER_SCRIPT").into()),
            spool: tempfile::tempdir().unwrap(),
        })
    }

    /// The same cluster, looked at in another namespace.
    pub(crate) fn in_namespace(&self, name: &str) -> Self {
        Self {
            kubectl: self.kubectl.clone(),
            namespace: String::from(name),
            script: self.script.clone(),
            spool: tempfile::tempdir().unwrap(),
        }
    }

    /// Whether it is the one-machine cluster, with which tests may do as they like.
    pub(crate) fn is_ours(&self) -> bool {
        self.script.is_some()
    }

    /// What kubectl prints, in the test's namespace.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        self.kubectl_with(arguments, "")
    }

    /// The same, with something on its standard input.
    pub(crate) fn kubectl_with(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        let kubectl = Kubectl { program: self.kubectl.clone(), namespace: self.namespace.clone() };
        kubectl.run(arguments, input)
    }

    /// Objects as JSON.
    pub(crate) fn get(&self, arguments: &[&str]) -> Value {
        let arguments = [&["get", "--output=json"], arguments].concat();
        let mut answer = self.kubectl(&arguments);
        // The API server may be on its way back.
        for _ in 0..60 {
            if answer.is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_secs(1));
            answer = self.kubectl(&arguments);
        }
        serde_json::from_str(&answer.unwrap()).unwrap()
    }

    /// Creates what a file holds; returns the names, such as `workflow.argoproj.io/proof-x7k2p`.
    pub(crate) fn create(&self, file: &Path) -> Vec<String> {
        let file = file.to_str().unwrap();
        let names = self.kubectl(&["create", "--output=name", "--filename", file]).unwrap();
        names.lines().map(String::from).collect()
    }

    /// The Workflow once it has ended. `name`: as `create` returns it.
    pub(crate) fn ended(&self, name: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let workflow = self.get(&[name]);
            let phase = workflow["status"]["phase"].as_str().unwrap_or_default();
            if ["Succeeded", "Failed", "Error"].contains(&phase) {
                return workflow;
            }
            assert!(Instant::now() < deadline, "{name} does not end: {:#}", workflow["status"]);
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// The bucket that pods write to, as this machine reaches it.
    pub(crate) fn store(&self) -> ArtifactStore {
        let settings = S3Settings::from_environment(|name| std::env::var(name).ok());
        let configuration = settings.resolve().unwrap().expect("DAGWRIGHT_S3_BUCKET is set");
        ArtifactStore::connect(configuration, self.spool.path()).unwrap()
    }

    /// Gives the one-machine cluster an image, a docker-archive. `false`, with a line about it, where the cluster is somebody
    /// else's.
    pub(crate) fn load_image(&self, archive: &Path) -> bool {
        let Some(script) = &self.script else {
            println!("skipped: an image of our own: the cluster is not ours");
            return false;
        };
        let import = ["inside", "ctr", "-n", "k8s.io", "images", "import"];
        let output = Command::new(script).args(import).arg(archive).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        true
    }

    /// Kills components of the one-machine cluster and starts them again. `false`, with a line about it, where the cluster
    /// is somebody else's.
    pub(crate) fn restart(&self, component: &str) -> bool {
        let Some(script) = &self.script else {
            println!("skipped: a restart of {component}: the cluster is not ours");
            return false;
        };
        let status = Command::new(script).args(["restart", component]).status().unwrap();
        assert!(status.success(), "cluster.sh restart {component}");
        true
    }
}
