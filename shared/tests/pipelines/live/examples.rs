//! The examples that come with Dagwright, from their files, as a person would submit what "Export" gives.

use super::cluster::Cluster;
use dagwright_shared::pipeline::Pipeline;
use dagwright_shared::pipeline::file::read_pipeline;

fn example(name: &str) -> Pipeline {
    let path = format!("{}/../backend/src/examples/{name}.pipeline.yaml", std::env::var("CARGO_MANIFEST_DIR").unwrap());
    let mut pipeline = read_pipeline(&std::fs::read_to_string(path).unwrap()).value.unwrap();
    // Volumes and texts of its own.
    pipeline.metadata.name = format!("export {name}");
    pipeline
}

#[test]
fn the_examples_run() {
    let Some(cluster) = Cluster::find("the_examples_run") else { return };
    for name in ["digits", "quartet", "retry"] {
        let pipeline = example(name);
        let ended = cluster.run(&pipeline);
        let nodes = ended.succeeded().workflow["status"]["nodes"].as_object().unwrap();
        let done = nodes.values().filter(|node| node["type"] == "Pod" && node["phase"] == "Succeeded");
        assert_eq!(done.count(), pipeline.graph.tasks.len(), "{name}");
    }
}
