//! Files and folders between tasks, and stored ones: as they were written, whatever they are.

use super::cluster::{Cluster, script};
use crate::sample::*;
use dagwright_shared::pipeline::{Argument, Pipeline};
use serde_json::json;

const MAKE: &str = "import gzip, io, os, sys, tarfile
folder, empty, archive, note = sys.argv[1:]
os.makedirs(folder + '/inner')
open(folder + '/one.txt', 'w').write('one')
open(folder + '/inner/two.txt', 'w').write('two')
open(folder + '/inner/empty', 'w').close()
open(empty, 'w').close()
with tarfile.open(archive, 'w:gz') as tar:
    tar.add(folder, 'folder')
open(note, 'w').write('a note with a newline at its end: 학습 $$ $(HOME)\\n')
";
/// Prints each file below each path with its size.
const LIST: &str = "import os, sys
lines = []
for path in sys.argv[2:]:
    if os.path.isdir(path):
        for folder, _, files in os.walk(path):
            for file in files:
                whole = os.path.join(folder, file)
                lines.append(os.path.relpath(whole, path) + '=' + open(whole).read())
    else:
        content = open(path, 'rb').read()
        lines.append('gzip' if content[:2] == b'\\x1f\\x8b' else 'file=' + content.decode())
open(sys.argv[1], 'w').write(' '.join(sorted(lines)))
";
const SHOW: &str = "import os, sys; open(sys.argv[1], 'w').write(os.fsencode(sys.argv[2]).hex())";

fn made() -> Pipeline {
    let mut pipeline = pipeline("export artifacts");
    let graph = &mut pipeline.graph;
    let outputs = ["folder: Dataset", "empty: Dataset", "archive: Dataset", "note: Dataset"];
    let words = [out("folder"), out("empty"), out("archive"), out("note")];
    add_component(graph, "make", script("make", &[], &outputs, MAKE, words));
    add_component(
        graph,
        "list",
        script("list", &["file: Dataset"], &["seen: String"], LIST, [out("seen"), path("file")]),
    );
    add_component(
        graph,
        "show",
        script("show", &["note: Dataset"], &["seen: String"], SHOW, [out("seen"), value("note")]),
    );
    pipeline
}

const FOLDER: &str = "inner/empty= inner/two.txt=two one.txt=one";

#[test]
fn folders_empty_files_archives_and_contents_arrive() {
    let Some(cluster) = Cluster::find("folders_empty_files_archives_and_contents_arrive") else { return };
    let mut pipeline = made();
    let graph = &mut pipeline.graph;
    add_task(graph, "make", task("make", []));
    for name in ["folder", "empty", "archive"] {
        add_task(graph, name, task("list", [("file", output("make", name))]));
    }
    add_task(graph, "show", task("show", [("note", output("make", "note"))]));
    let count = "import sys; text = open(sys.argv[2]).read(); open(sys.argv[1], 'w').write(f\"{len(text)} {text.count('$$')}\")";
    let count = script("count", &["file: Dataset"], &["seen: String"], count, [out("seen"), path("file")]);
    add_component(graph, "count", count);
    add_task(graph, "long", task("count", [("file", constant("echo $(HOME) $x\n".repeat(9000)))]));
    let mut workflow = cluster.run(&pipeline);
    let ended = workflow.succeeded();
    assert_eq!(ended.output("folder", "seen"), FOLDER);
    assert_eq!(ended.output("empty", "seen"), "file=");
    assert_eq!(ended.output("archive", "seen"), "gzip");
    assert_eq!(ended.output("long", "seen"), "144000 0");
    let note = "a note with a newline at its end: 학습 $$ $(HOME)";
    assert_eq!(ended.output("show", "seen"), note.bytes().map(|byte| format!("{byte:02x}")).collect::<String>());

    // The same, as stored inputs: by reference, by a parameter's default, in the repository's own bucket.
    let digest = "0123456789abcdef".repeat(4);
    cluster.store(&format!("uploads/{digest}"), "uploaded");
    let key = |output: &str| format!("runs/{}/make/{output}", ended.name());
    let mut pipeline = made();
    let graph = &mut pipeline.graph;
    let uploaded = format!("upload:{digest}/my file.txt");
    add_parameter(graph, "file", typed("Dataset", json!(uploaded)));
    add_parameter(graph, "folder", typed("Dataset", json!(format!("s3://{}/{}", cluster.bucket, key("folder")))));
    let reads = |from| task("list", [("file", from)]);
    let stored = |output: &str| Argument::Artifact(format!("s3://{}/{}", cluster.bucket, key(output)));
    add_task(graph, "upload", reads(Argument::Artifact(uploaded)));
    add_task(graph, "folder", reads(stored("folder/")));
    add_task(graph, "plain folder", reads(stored("folder")));
    add_task(graph, "empty", reads(stored("empty")));
    add_task(graph, "by parameter", reads(parameter("file")));
    add_task(graph, "folder by parameter", reads(parameter("folder")));
    workflow = cluster.run(&pipeline);
    let ended = workflow.succeeded();
    assert_eq!(ended.output("upload", "seen"), "file=uploaded");
    assert_eq!(ended.output("by-parameter", "seen"), "file=uploaded");
    assert_eq!(ended.output("empty", "seen"), "file=");
    for folder in ["folder", "plain-folder", "folder-by-parameter"] {
        assert_eq!(ended.output(folder, "seen"), FOLDER, "{folder}");
    }
}
