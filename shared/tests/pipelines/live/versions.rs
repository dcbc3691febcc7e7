//! Exports are Workflows to every version of Argo that they are for: its own types, unknown fields refused, and its own
//! `validate.ValidateWorkflow` (`e2e/cluster/validate`). 4.x is tested by its schema (`features.rs`).

use crate::features::features;
use crate::layout::grid;
use crate::sample::*;
use dagwright_shared::check::Arguments;
use dagwright_shared::compile::compile;
use dagwright_shared::export::argo::export;
use std::path::Path;
use std::process::Command;

const VERSIONS: [&str; 2] = ["3.5", "3.7"];

/// What a version says of files: a line for each Workflow, and whether it takes all.
fn said(validators: &Path, version: &str, files: &[std::path::PathBuf]) -> (String, bool) {
    let output = Command::new(validators.join(format!("argo-validate-{version}"))).args(files).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.is_empty(), "{stderr}");
    (String::from_utf8(output.stdout).unwrap(), output.status.success())
}

#[test]
fn every_version_takes_what_is_exported() {
    let Some(validators) = std::env::var_os("DAGWRIGHT_ARGO_VALIDATORS") else {
        println!(
            "skipped: every_version_takes_what_is_exported: the one-machine cluster of `make test-cluster` builds what it needs"
        );
        return;
    };
    let validators = Path::new(&validators);
    let folder = std::env::temp_dir().join(format!("dagwright-versions-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let pipelines = features().into_iter().chain([("pair", pair()), ("grid", grid(7, 8))]);
    let files: Vec<_> = pipelines
        .map(|(name, pipeline)| {
            let file = folder.join(format!("{name}.yaml"));
            let export = export(&compile(&pipeline, &Arguments::new()).unwrap()).unwrap();
            std::fs::write(&file, export.to_yaml()).unwrap();
            file
        })
        .collect();
    let wrong = folder.join("wrong.yaml");
    let spec = "{entrypoint: go, templates: [{name: stay, container: {image: 'busybox:1', command: [ls]}}]}";
    let head = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {generateName: wrong-}\n";
    let unknown = spec.replace("entrypoint: go", "entrypoint: stay, podGroup: x");
    std::fs::write(&wrong, format!("{head}spec: {spec}\n---\n{head}spec: {unknown}\n")).unwrap();
    for version in VERSIONS {
        let (lines, all) = said(validators, version, &files);
        assert!(all && lines.lines().all(|line| line.ends_with("\tok")), "Argo {version} refuses:\n{lines}");
        assert_eq!(lines.lines().count(), files.len());
        let (lines, all) = said(validators, version, std::slice::from_ref(&wrong));
        assert!(!all && lines.contains("'go' undefined") && lines.contains("\"podGroup\""), "it refuses: {lines}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
