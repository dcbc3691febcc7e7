//! What differs between two documents: tasks, wires, parameters, volumes, in words. Places on the canvas do not count.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by a panic")]

use dagwright_shared::compare::{Difference, Standing, compare};
use dagwright_shared::pipeline::Pipeline;
use dagwright_shared::pipeline::file::read_pipeline;

const START: &str = "apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: compare}
parameters:
  - {name: epochs, type: Integer, default: 3}
volumes: [{name: data, size: 1Gi}]
components:
  train:
    name: train
    inputs: [{name: epochs, type: Integer}, {name: kernel, type: String}]
    outputs: [{name: model, type: Model}]
    implementation:
      python:
        image: python:3.12
        function: train
        source: |
          def train(epochs: int, kernel: str, model_path: OutputPath(\"Model\")): pass
  show:
    name: show
    inputs: [{name: model, type: Model}]
    implementation: {container: {image: busybox, command: [cat, {inputPath: model}]}}
tasks:
  train: {component: train, arguments: {epochs: {parameter: epochs}, kernel: {value: rbf}}}
  show: {component: show, arguments: {model: {task: train, output: model}}}
layout:
  tasks: {train: [0, 0], show: [320, 0]}
";

fn read(text: &str) -> Pipeline {
    let outcome = read_pipeline(text);
    assert!(outcome.diagnostics.is_empty(), "{:?}", outcome.diagnostics);
    outcome.value.unwrap()
}

/// What differs when each text is replaced by the other in the document.
fn after(changes: &[(&str, &str)]) -> Difference {
    let mut text = String::from(START);
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    compare(&read(START), &read(&text))
}

fn words(difference: &Difference) -> Vec<String> {
    let tasks = difference.tasks.iter().filter(|task| task.standing != Standing::Same);
    let tasks = tasks.map(|task| format!("{} {:?}: {}", task.name, task.standing, task.changes.join("; ")));
    tasks.chain(difference.others.iter().cloned()).collect()
}

#[test]
fn nothing_differs_but_places() {
    assert!(after(&[]).is_none());
    let moved = after(&[("[320, 0]", "[640, 80]")]);
    assert!(moved.is_none(), "{moved:?}");
    assert_eq!((moved.tasks[1].place.x, moved.edges.as_slice()), (640.0, &[(0, 1, Standing::Same)][..]));
}

#[test]
fn what_changed_is_said_in_words() {
    let changed = after(&[("{value: rbf}", "{value: linear}"), ("pass", "return"), ("default: 3", "default: 4")]);
    assert_eq!(words(&changed), ["train Changed: code; input kernel: rbf, now linear", "parameter epochs changed"]);
    let unwired = after(&[("epochs: {parameter: epochs}, ", ""), ("[cat,", "[wc,"), ("size: 1Gi", "size: 2Gi")]);
    assert_eq!(
        words(&unwired),
        [
            "train Changed: input epochs: parameter epochs, now its default",
            "show Changed: command",
            "volume data changed"
        ]
    );
    let set = after(&[(
        "tasks:\n  train: {component: train,",
        "tasks:\n  train: {component: train, timeout: 5m, after: [],",
    )]);
    assert_eq!(words(&set), ["train Changed: time limit"]);
    let long = after(&[("value: rbf", &format!("value: {}", "ü".repeat(60)))]);
    assert!(words(&long)[0].ends_with(&format!("now {}…", "ü".repeat(40))), "{:?}", words(&long));
}

#[test]
fn tasks_come_and_go_with_their_wires() {
    let renamed = after(&[
        ("  show: {component", "  print: {component"),
        ("show: [", "print: ["),
        (
            "- {name: epochs, type: Integer, default: 3}",
            "- {name: epochs, type: Integer, default: 3}\n  - {name: seed, type: Integer, default: 1}",
        ),
    ]);
    assert_eq!(words(&renamed), ["print Added: ", "show Removed: ", "parameter seed is new"]);
    assert_eq!(renamed.edges, [(0, 1, Standing::Added), (0, 2, Standing::Removed)]);
    let (added, removed) = (&renamed.tasks[1].place, &renamed.tasks[2].place);
    assert!((added.x, added.y) != (removed.x, removed.y), "what is gone is not hidden by what came");
    let backwards = compare(&read(&START.replace("volumes: [{name: data, size: 1Gi}]\n", "")), &read(START));
    assert_eq!(words(&backwards), ["volume data is new"]);
}
