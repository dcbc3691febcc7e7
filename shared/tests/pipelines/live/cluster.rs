//! The cluster through kubectl.

#![expect(clippy::print_stdout, reason = "a test says when it is skipped")]

use super::kubectl::Kubectl;
use crate::sample::*;
use dagwright_shared::check::Arguments;
use dagwright_shared::compile::compile;
use dagwright_shared::component::{Component, Placeholder};
use dagwright_shared::export::argo::export;
use dagwright_shared::pipeline::Pipeline;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long a Workflow may take; two cores start a pod in 5 to 10 s, and other tests use them too.
const PATIENCE: Duration = Duration::from_secs(300);

/// The cluster under test.
pub(super) struct Cluster {
    kubectl: Kubectl,
    /// The bucket of the default artifact repository.
    pub(super) bucket: String,
}

/// What a Workflow came to.
pub(super) struct Ended {
    pub(super) workflow: Value,
}

impl Cluster {
    /// `None`, with a line about it, outside `make test-cluster`.
    pub(super) fn find(test: &str) -> Option<Self> {
        let variable = |name: &str| std::env::var(name).ok();
        if variable("DAGWRIGHT_TEST_CLUSTER").is_none() {
            println!("skipped: {test}: no cluster; `make test-cluster` brings one");
            return None;
        }
        Some(Self {
            kubectl: Kubectl {
                program: variable("DAGWRIGHT_KUBECTL").unwrap_or_else(|| String::from("kubectl")),
                namespace: variable("DAGWRIGHT_NAMESPACE").unwrap(),
            },
            bucket: variable("DAGWRIGHT_S3_BUCKET").unwrap(),
        })
    }

    pub(super) fn kubectl(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        self.kubectl.run(arguments, input)
    }

    /// Creates what an export consists of, as `kubectl create -f` does with the file, and waits for the Workflow's end.
    /// Nothing stays but what was written to the bucket.
    pub(super) fn run(&self, pipeline: &Pipeline) -> Ended {
        let export = export(&compile(pipeline, &Arguments::new()).unwrap()).unwrap();
        for document in &export.documents {
            // An earlier run of the test may have been cut.
            if let Err(refused) = self.kubectl(&["create", "-f", "-"], &document.to_string()) {
                assert!(refused.contains("AlreadyExists"), "{refused}");
            }
        }
        // The text of the file, as a person has it.
        let yaml = export.to_yaml();
        let ended = self.run_workflow(yaml.rsplit("\n---\n").next().unwrap());
        for document in &export.documents {
            self.kubectl(&["delete", "--wait=false", "-f", "-"], &document.to_string()).unwrap();
        }
        ended
    }

    /// Creates a Workflow and waits for its end.
    pub(super) fn run_workflow(&self, workflow: &str) -> Ended {
        let name = self.create(workflow);
        self.ended(&name)
    }

    /// Creates an object; its name as kubectl prints it.
    pub(super) fn create(&self, object: &str) -> String {
        String::from(self.kubectl(&["create", "--output=name", "-f", "-"], object).unwrap().trim())
    }

    /// Waits for the end of a Workflow.
    pub(super) fn ended(&self, name: &str) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = self.kubectl(&["get", "--output=json", name], "").unwrap();
            let workflow: Value = serde_json::from_str(&text).unwrap();
            if ["Succeeded", "Failed", "Error"].contains(&workflow["status"]["phase"].as_str().unwrap_or_default()) {
                self.delete(name);
                return Ended { workflow };
            }
            assert!(Instant::now() < deadline, "{name} does not end: {:#}", workflow["status"]);
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    pub(super) fn delete(&self, name: &str) {
        self.kubectl(&["delete", "--wait=false", name], "").unwrap();
    }

    /// Stores a text at a key of the default repository, by a pod.
    pub(super) fn store(&self, key: &str, text: &str) {
        let workflow = json!({
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"generateName": "export-store-"},
            "spec": {
                "entrypoint": "store",
                "templates": [{
                    "name": "store",
                    "outputs": {"artifacts": [
                        {"name": "file", "path": "/tmp/file", "archive": {"none": {}}, "s3": {"key": key}},
                    ]},
                    "container": {
                        "image": "python:3.11-slim",
                        "command": ["python3", "-c", "import sys; open('/tmp/file', 'w').write(sys.argv[1])", text],
                    },
                }],
            },
        });
        self.run_workflow(&workflow.to_string()).succeeded();
    }
}

impl Ended {
    pub(super) fn name(&self) -> &str {
        self.workflow["metadata"]["name"].as_str().unwrap()
    }

    /// The node of a task by its slug; of a task with retries the node above the attempts.
    pub(super) fn node(&self, task: &str) -> &Value {
        let name = format!("{}.{task}", self.name());
        let nodes = self.workflow["status"]["nodes"].as_object().unwrap();
        nodes.values().find(|node| node["name"] == name).unwrap_or_else(|| panic!("no {name} in {:#}", json!(nodes)))
    }

    pub(super) fn output(&self, task: &str, output: &str) -> &str {
        let parameters = self.node(task)["outputs"]["parameters"].as_array().unwrap();
        let found = parameters.iter().find(|parameter| parameter["name"] == output).unwrap();
        found["value"].as_str().unwrap()
    }

    pub(super) fn succeeded(&self) -> &Self {
        assert_eq!(self.workflow["status"]["phase"], "Succeeded", "{:#}", self.workflow["status"]);
        self
    }
}

/// A component whose Python code gets the words as `sys.argv[1:]`.
pub(super) fn script<const N: usize>(
    name: &str,
    inputs: &[&str],
    outputs: &[&str],
    code: &str,
    words: [Placeholder; N],
) -> Component {
    let mut component = container(name, inputs, outputs, []);
    let words = [text("python3"), text("-c"), text(code)].into_iter().chain(words);
    command(&mut component).command = words.collect();
    component
}
