//! What goes in and out of tasks on the cluster, byte for byte: texts, folders, empty files, archives, large files.

use crate::harness::Cluster;
use crate::server::{Server, artifact, parameter};
use dagwright_shared::run::{PortValue, RunPhase};
use serde_json::json;

/// Texts that Argo, Kubernetes, a shell or YAML would like to change. Line breaks at the end are left to the contract.
const TEXTS: &[&str] = &[
    "{{workflow.name}} {{inputs.parameters.text}} {{=1 + 1}}",
    "{\"a\": {\"b\": {}}} {{ }} {{{",
    "$ $$ $(HOME) ${HOME} $HOME ends with $",
    "\"double\" 'single' `back` \\ \\n",
    "two\nlines",
    "학습 é 🙂 \u{a0}\u{200b}",
    "yes",
    "1e3",
];

/// Each text as a value and as a constant, as an argument and as a file, and from the task before, except where only the run
/// brings doubled braces: those stay Argo's (ARCHITECTURE.md).
fn texts() -> String {
    let parameters =
        (0..TEXTS.len()).map(|at| format!("  - {{name: text{at}, type: String, default: \"\"}}\n")).collect::<String>();
    let tasks = TEXTS.iter().enumerate().map(|(at, text)| {
        let upstream = if text.contains("{{") {
            format!("parameter: text{at}")
        } else {
            format!("task: constant{at}, output: copied")
        };
        let text = serde_json::to_string(text).unwrap();
        format!(
            "  constant{at}: {{component: copy, arguments: {{text: {{value: {text}}}, file: {{value: {text}}}}}}}\n  \
             value{at}: {{component: copy, arguments: {{text: {{parameter: text{at}}}, file: {{{upstream}}}}}}}\n"
        )
    });
    format!(
        r##"apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {{name: texts}}
parameters:
{parameters}components:
  copy:
    name: copy
    inputs: [{{name: text, type: String}}, {{name: file, type: String}}]
    outputs: [{{name: copied, type: String}}, {{name: both, type: Dataset}}]
    implementation:
      container:
        image: busybox:1
        command: [sh, -c, 'printf %s "$1" > "$0"; {{ printf "%s\n" "$1"; cat "$2"; }} > "$3"', {{outputPath: copied}}, {{inputValue: text}}, {{inputPath: file}}, {{outputPath: both}}]
tasks:
{}"##,
        tasks.collect::<String>()
    )
}

#[tokio::test]
async fn texts_arrive_byte_for_byte() {
    let Some(_cluster) = Cluster::find("texts_arrive_byte_for_byte") else { return };
    let server = Server::start();
    let arguments: serde_json::Map<_, _> =
        TEXTS.iter().enumerate().map(|(at, text)| (format!("text{at}"), json!(text))).collect();
    let run = server.run_on("argo", &texts(), json!(arguments)).await;
    let state = server.end(&run).await;
    assert_eq!((state.phase, state.message.as_str()), (RunPhase::Succeeded, ""), "{state:#?}");
    for (at, text) in TEXTS.iter().enumerate() {
        for task in [format!("constant{at}"), format!("value{at}")] {
            assert_eq!(parameter(&state, &task, "copied"), *text, "{task}");
            let both = String::from_utf8(server.output(&run, &task, "both", "").await).unwrap();
            assert_eq!(both, format!("{text}\n{text}"), "{task}");
        }
    }
}

const FILES: &str = r##"apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: files}
components:
  make:
    name: make
    outputs:
      - {name: folder, type: Dataset}
      - {name: empty, type: Dataset}
      - {name: archive, type: Dataset}
      - {name: large, type: Dataset}
    implementation:
      container:
        image: busybox:1
        command:
          - sh
          - -ec
          - |
            mkdir -p "$0/deep er"; printf one > "$0/1"; printf two > "$0/deep er/zwei ü"; : > "$0/nothing"
            : > "$1"
            tar -C "$0" -czf "$2" .
            dd if=/dev/zero bs=1M count=100 2>/dev/null | tr '\000' x > "$3"
          - {outputPath: folder}
          - {outputPath: empty}
          - {outputPath: archive}
          - {outputPath: large}
  take:
    name: take
    inputs: [{name: folder, type: Dataset}, {name: empty, type: Dataset}, {name: archive, type: Dataset}, {name: large, type: Dataset}]
    outputs: [{name: seen, type: String}]
    implementation:
      container:
        image: busybox:1
        command:
          - sh
          - -ec
          - |
            { (cd "$0"; find . -type f | sort | while read -r file; do wc -c "$file"; done); wc -c < "$1"; tar -tzf "$2" | grep -c zwei; wc -c < "$3"; } > "$4"
          - {inputPath: folder}
          - {inputPath: empty}
          - {inputPath: archive}
          - {inputPath: large}
          - {outputPath: seen}
tasks:
  make: {component: make}
  take:
    component: take
    arguments:
      folder: {task: make, output: folder}
      empty: {task: make, output: empty}
      archive: {task: make, output: archive}
      large: {task: make, output: large}
"##;

#[tokio::test]
async fn folders_empty_files_archives_and_100_mib() {
    let Some(_cluster) = Cluster::find("folders_empty_files_archives_and_100_mib") else { return };
    let server = Server::start();
    let run = server.run(FILES).await;
    let state = server.end(&run).await;
    assert_eq!((state.phase, state.message.as_str()), (RunPhase::Succeeded, ""), "{state:#?}");
    let seen = "3 ./1\n3 ./deep er/zwei ü\n0 ./nothing\n0\n1\n104857600";
    assert_eq!(parameter(&state, "take", "seen"), seen);
    let files = |output: &str| match &state.tasks["make"].outputs[output] {
        PortValue::Artifact { files, size, .. } => (*files, *size),
        other @ PortValue::Parameter { .. } => panic!("{output}: {other:?}"),
    };
    assert_eq!(files("folder"), (Some(3), 6), "a folder is one object per file");
    assert_eq!(files("empty"), (None, 0));
    assert_eq!(files("large"), (None, 100 << 20));
    assert_eq!(server.output(&run, "make", "folder", "deep%20er/zwei%20%C3%BC").await, b"two");
    let archive = server.output(&run, "make", "archive", "").await;
    assert_eq!((archive.len() as u64, &archive[..2]), (artifact(&state, "make", "archive").1, &[0x1f, 0x8b][..]));
}
