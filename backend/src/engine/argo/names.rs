//! Names and labels of what the engine puts into the cluster. Deterministic, so that a server that was cut in the middle
//! finds its own again. Knows no cluster.

use dagwright_shared::plan::Plan;
use serde_json::{Map, Value, json};

/// The label with the run's id, on Workflows and their pods.
pub const RUN: &str = "dagwright.dev/run";
/// The label with the pipeline's id.
pub const PIPELINE: &str = "dagwright.dev/pipeline";
/// The label with the pipeline's revision.
pub const REVISION: &str = "dagwright.dev/revision";
/// The label that everything of ours carries, with [`MANAGER`].
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// See [`MANAGED_BY`].
pub const MANAGER: &str = "dagwright";

/// The label selector of Workflows and pods of runs, of whichever Dagwright.
pub fn selector() -> String {
    format!("{MANAGED_BY}={MANAGER},{RUN}")
}

/// A run's Workflow: the pipeline's slug and the random end of the run's id. A DNS label of at most 63. Also the run's
/// folder in S3: `runs/<workflow>/`.
pub fn workflow_name(plan: &Plan, run: &str) -> String {
    let end = run.rsplit('-').next().unwrap_or(run);
    let end: String = end.chars().filter(|letter| matches!(letter, 'a'..='z' | '0'..='9')).take(20).collect();
    format!("{}-{end}", plan.slug)
}

/// What one run is, as labels.
#[derive(Clone, Debug)]
pub struct RunLabels<'a> {
    /// The run's id.
    pub run: &'a str,
    /// The Workflow's name.
    pub workflow: &'a str,
    /// The pipeline's id.
    pub pipeline: &'a str,
    /// The pipeline's slug.
    pub slug: &'a str,
    /// The pipeline's revision.
    pub revision: u64,
}

impl RunLabels<'_> {
    /// Of the Workflow and everything that is made for this run alone.
    pub fn of_run(&self, component: &str) -> Map<String, Value> {
        let mut labels = self.of_pipeline(component);
        for (key, value) in [
            ("app.kubernetes.io/instance", json!(self.workflow)),
            (RUN, json!(label_value(self.run))),
            (REVISION, json!(self.revision.to_string())),
        ] {
            labels.insert(String::from(key), value);
        }
        labels
    }

    /// Of what outlives a run: claims of kept volumes.
    pub fn of_pipeline(&self, component: &str) -> Map<String, Value> {
        let mut labels = Map::new();
        for (key, value) in [
            ("app.kubernetes.io/name", json!(self.slug)),
            ("app.kubernetes.io/component", json!(component)),
            ("app.kubernetes.io/part-of", json!(MANAGER)),
            (MANAGED_BY, json!(MANAGER)),
            (PIPELINE, json!(label_value(self.pipeline))),
        ] {
            labels.insert(String::from(key), value);
        }
        labels
    }
}

/// An id as Kubernetes takes it for a label's value: ids of ours are such already.
fn label_value(id: &str) -> String {
    let value: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect();
    let value = &value[..value.len().min(63)];
    String::from(value.trim_matches(|c: char| !c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dagwright_shared::check::Arguments;
    use dagwright_shared::compile::compile;

    #[test]
    fn a_workflows_name_is_a_dns_label_and_always_the_same() {
        let text = format!(
            "apiVersion: dagwright.dev/v1\nkind: Pipeline\nmetadata: {{name: {}}}\ncomponents:\n  a: {{name: a, \
             implementation: {{container: {{image: 'busybox:1', command: ['true']}}}}}}\ntasks:\n  a: {{component: a}}\n",
            "very long ".repeat(20)
        );
        let (pipeline, _) = crate::documents::from_store(&text).unwrap();
        let plan = compile(&pipeline, &Arguments::new()).unwrap();
        let run = uuid::Uuid::now_v7().to_string();
        let name = workflow_name(&plan, &run);
        assert!(name.len() <= 63 && name.starts_with(&plan.slug) && name.ends_with(&run[24..]), "{name}");
        assert_eq!(name, workflow_name(&plan, &run));
        assert_ne!(name, workflow_name(&plan, &uuid::Uuid::now_v7().to_string()));
        let labels = RunLabels { run: &run, workflow: &name, pipeline: "-p.1-", slug: &plan.slug, revision: 3 };
        assert_eq!(labels.of_run("run")[RUN], json!(run));
        assert_eq!(labels.of_run("run")[PIPELINE], "p.1");
    }
}
