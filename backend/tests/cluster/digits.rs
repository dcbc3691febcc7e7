//! The digits pipeline on the cluster: what a person sees during the run, after it, and without its pods; then the same
//! document on this machine.

use crate::harness::Cluster;
use crate::server::{Server, artifact, parameter};
use dagwright_shared::run::{PortValue, RunPhase, RunState};
use serde_json::{Value, json};

pub(crate) const DIGITS: &str = include_str!("../../src/examples/digits.pipeline.yaml");

/// The content that the run page shows at once.
fn inline(state: &RunState, output: &str) -> Value {
    match &state.tasks["train"].outputs[output] {
        PortValue::Artifact { inline: Some(content), .. } => content.clone(),
        other => panic!("{output} holds no content: {other:?}"),
    }
}

/// What a person sees of a run that ended well.
pub(crate) async fn check(server: &Server, run: &crate::server::Run, state: &RunState) {
    assert_eq!((state.phase, state.message.as_str()), (RunPhase::Succeeded, ""), "{state:#?}");
    assert_eq!(parameter(state, "predict", "prediction"), "7");
    assert!(parameter(state, "train", "accuracy").starts_with("0.96"));
    assert!(inline(state, "metrics")["accuracy"].as_f64().unwrap() > 0.96);
    let rows = inline(state, "confusion-matrix")["confusionMatrix"]["rows"].as_array().unwrap().len();
    assert_eq!(rows, 10);
    let (key, size) = artifact(state, "train", "model");
    let model = server.output(run, "train", "model", "").await;
    assert!(key.ends_with("/train/model") && size > 10_000, "{key} has {size} bytes");
    assert_eq!(model.len() as u64, size);
}

#[tokio::test]
async fn digits_on_the_cluster_and_here() {
    let Some(cluster) = Cluster::find("digits_on_the_cluster_and_here") else { return };
    let server = Server::start();
    let run = server.run(DIGITS).await;

    let state = server.end(&run).await;
    check(&server, &run, &state).await;

    // Everything that was seen is in S3: the same without the Workflow and its pods.
    let ours = format!("dagwright.dev/run={}", run.id);
    cluster.kubectl(&["delete", "workflows,pods", "--wait", "--selector", &ours]).unwrap();
    check(&server, &run, &server.state(&run).await).await;

    let here = server.run_on("local", DIGITS, json!({})).await;
    let local = server.end(&here).await;
    check(&server, &here, &local).await;
    assert_eq!(inline(&local, "metrics"), inline(&state, "metrics"));
    let matrix = |state| inline(state, "confusion-matrix")["confusionMatrix"].clone();
    assert_eq!(matrix(&local), matrix(&state));
}
