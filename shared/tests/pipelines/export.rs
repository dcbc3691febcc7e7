//! Argo Workflows of whole pipelines.

use crate::layout::grid;
use crate::sample::*;
use dagwright_shared::check::Arguments;
use dagwright_shared::compile::{compile, compile_for_export};
use dagwright_shared::diagnostic::Severity;
use dagwright_shared::export::argo::{export, in_other_buckets};
use dagwright_shared::export::size::{
    MAXIMUM_WORKFLOW_BYTES, pipeline_bytes, too_large, workflow_bytes, workflow_size,
};
use dagwright_shared::pipeline::{Argument, Pipeline};

pub(crate) fn yaml(pipeline: &Pipeline) -> String {
    export(&compile(pipeline, &Arguments::new()).unwrap()).unwrap().to_yaml()
}

#[test]
fn the_pair() {
    insta::assert_snapshot!(yaml(&pair()));
}

#[test]
fn a_grid_is_about_as_small_as_it_can_be() {
    for (width, depth, hera) in [(7, 8, 13_947), (25, 40, 210_118), (100, 100, 2_100_158)] {
        let bytes = yaml(&grid(width, depth)).len();
        assert!(bytes * 10 <= hera * 11, "{bytes} bytes; Hera writes {hera}");
    }
}

#[test]
fn parameters_without_a_value_stay_open() {
    let mut pair = pair();
    pair.graph.parameters["greeting"].default = None;
    assert!(compile(&pair, &Arguments::new()).is_err());
    let plan = compile_for_export(&pair, &Arguments::new()).unwrap();
    let export = export(&plan).unwrap();
    assert_eq!(export.workflow["spec"]["arguments"], serde_json::json!({"parameters": [{"name": "greeting"}]}));
    assert!(export.head.iter().any(|line| line.ends_with("have to be given: greeting.")));
    pair.graph.parameters["greeting"].optional = true;
    let problems = compile_for_export(&pair, &Arguments::new()).unwrap_err();
    assert_eq!(problems[0].message, "Input text has no value.");
}

#[test]
fn the_meter_shows_the_bytes_of_the_object() {
    let pair = pair();
    let exported = export(&compile(&pair, &Arguments::new()).unwrap()).unwrap();
    assert_eq!(workflow_bytes(&exported), serde_json::to_string(&exported.workflow).unwrap().len());
    assert_eq!(pipeline_bytes(&pair), Some(workflow_size(&exported).total()));
    assert_eq!(too_large(&exported), None);
    let large = grid(100, 100);
    let exported = export(&compile(&large, &Arguments::new()).unwrap()).unwrap();
    assert!(workflow_bytes(&exported) > MAXIMUM_WORKFLOW_BYTES);
    insta::assert_json_snapshot!(too_large(&exported));
}

#[test]
fn buckets_that_argo_would_not_read_are_told() {
    let mut pipeline = pair();
    let graph = &mut pipeline.graph;
    add_parameter(graph, "model", typed("Model", "s3://team/models/digits"));
    add_parameter(graph, "upload", typed("Model", format!("upload:{}/a", "0123456789abcdef".repeat(4))));
    for (name, from) in [
        ("by name", Argument::Artifact(String::from("s3://elsewhere/a b/c"))),
        ("by parameter", parameter("model")),
        ("again", parameter("model")),
        ("upload", parameter("upload")),
    ] {
        add_task(graph, name, task("read", [("text", constant("x")), ("model", from)]));
    }
    let plan = compile(&pipeline, &Arguments::new()).unwrap();
    let notes = export(&plan).unwrap().notes;
    assert!(notes.iter().all(|note| note.severity == Severity::Warning), "a file may be right: {notes:?}");
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert_eq!(in_other_buckets(&plan, "team").len(), 1);
    insta::assert_json_snapshot!(in_other_buckets(&plan, "dagwright"));
}

/// What Argo 3.7.14 kept of this very grid once all its tasks had succeeded, in `status.compressedNodes`.
const REAL_STATUS_OF_2000: usize = 128_638;

#[test]
fn the_estimate_of_the_status_covers_a_real_one() {
    let grid = export(&compile(&grid(40, 50), &Arguments::new()).unwrap()).unwrap();
    let size = workflow_size(&grid);
    assert!((REAL_STATUS_OF_2000..3 * REAL_STATUS_OF_2000).contains(&size.status), "{size:?}");
    assert_eq!(too_large(&grid), None, "{size:?}");
}
