//! Files in and out: what a person writes opens with nothing lost, wrong files say what, where and how to mend it, and
//! what is written reads back equal and writes the same bytes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by a panic")]

use dagwright_shared::component::{Component, IfCondition, Implementation, Placeholder};
use dagwright_shared::diagnostic::Diagnostic;
use dagwright_shared::pipeline::file::{
    Document, component_from_value, component_to_value, pipeline_from_value, pipeline_to_value, read_any,
    read_component, read_pipeline, write_component, write_pipeline,
};
use std::path::{Path, PathBuf};

fn told(diagnostics: &[Diagnostic]) -> String {
    let line = |diagnostic: &Diagnostic| {
        let at = diagnostic.position.map_or(String::new(), |at| format!("{}:{} ", at.line, at.column));
        format!("{at}{}: {}\n    {}", diagnostic.code, diagnostic.message, diagnostic.hint)
    };
    diagnostics.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn root() -> PathBuf {
    Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).parent().unwrap().to_path_buf()
}

fn texts_in(folder: &Path) -> Vec<(String, String)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut texts: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap()))
        .collect();
    texts.sort();
    texts
}

/// Reads, writes, reads and writes again: equal, and the same bytes. Gives the text.
fn assert_stable(name: &str, text: &str) -> String {
    let first = read_any(text);
    let document = first.value.unwrap_or_else(|| panic!("{name}: {}", told(&first.diagnostics)));
    let (written, again) = match &document {
        Document::Pipeline(pipeline) => {
            let written = write_pipeline(pipeline);
            let outcome = pipeline_from_value(&pipeline_to_value(pipeline));
            assert_eq!(outcome.value.as_ref(), Some(&**pipeline), "{name} as a value");
            let read = read_pipeline(&written);
            assert_eq!(read.value.as_ref(), Some(&**pipeline), "{name} as a file:\n{written}");
            (written, write_pipeline(&read.value.unwrap()))
        }
        Document::Component(component) => {
            let written = write_component(component);
            let outcome = component_from_value(&component_to_value(component));
            assert_eq!(outcome.value.as_ref(), Some(&**component), "{name} as a value");
            let read = read_component(&written);
            assert_eq!(read.value.as_ref(), Some(&**component), "{name} as a file:\n{written}");
            (written, write_component(&read.value.unwrap()))
        }
    };
    assert_eq!(written, again, "{name}");
    written
}

#[test]
fn examples_and_catalog_open_clean_and_stay_as_they_are() {
    let mut texts = texts_in(&root().join("backend/src/examples"));
    texts.extend(texts_in(&root().join("backend/src/catalog")));
    assert!(texts.len() >= 15, "{}", texts.len());
    for (name, text) in texts {
        let outcome = read_any(&text);
        assert!(outcome.diagnostics.is_empty(), "{name}: {}", told(&outcome.diagnostics));
        let written = assert_stable(&name, &text);
        if std::env::var_os("SHOW").is_some() && written != text {
            std::fs::write(std::env::temp_dir().join(&name), written).unwrap();
        }
    }
}

/// The world's components (KFP's repository over the years), where they are beside the repository.
#[test]
fn kfp_components_open() {
    let texts = texts_in(&root().join("../shared/corpus/kfp-component"));
    if texts.is_empty() {
        println!("skipped: the corpus of KFP's components is not here");
        return;
    }
    let mut told_of = Vec::new();
    for (name, text) in &texts {
        let outcome = read_component(text);
        if !outcome.diagnostics.is_empty() {
            told_of.push(format!("{name}\n{}", told(&outcome.diagnostics)));
        }
        let component = outcome.value.unwrap_or_else(|| panic!("{name} does not open: {}", told_of[told_of.len() - 1]));
        let unknown = unknown_parts(&component);
        if !unknown.is_empty() {
            told_of.push(format!("{name}\n{}", unknown.join("\n")));
        }
        assert_stable(name, text);
    }
    println!("{} components, {} of them with something to tell:\n{}", texts.len(), told_of.len(), told_of.join("\n"));
    insta::assert_snapshot!(told_of.join("\n"), @r#"
    components__XGBoost__Train_and_cross-validate_regression__from_CSV__component.yaml
    graph
    components__XGBoost__Train_regression_and_calculate_metrics__from_CSV__component.yaml
    graph
    components__google-cloud__google_cloud_pipeline_components__experimental__tensorflow_probability__anomaly_detection__component.yaml
    {"executorInput":null}
    "#);
}

/// What is kept without being understood; `check` reports it.
fn unknown_parts(component: &Component) -> Vec<String> {
    fn walk(placeholder: &Placeholder, into: &mut Vec<String>) {
        match placeholder {
            Placeholder::Unknown(value) => into.push(value.to_string()),
            Placeholder::Concat(pieces) => pieces.iter().for_each(|piece| walk(piece, into)),
            Placeholder::If { condition, then, otherwise } => {
                if let IfCondition::Value(value) = condition {
                    walk(value, into);
                }
                then.iter().chain(otherwise).for_each(|piece| walk(piece, into));
            }
            _ => {}
        }
    }
    let mut unknown = Vec::new();
    match &component.implementation {
        Implementation::Container(container) => {
            container.command.iter().chain(&container.args).for_each(|piece| walk(piece, &mut unknown));
            unknown.extend(container.extra.keys().cloned());
        }
        Implementation::Python(_) | Implementation::Graph(_) => unknown.push(String::from("not a container")),
        Implementation::Unknown(value) => {
            unknown.extend(value.as_object().into_iter().flat_map(|map| map.keys().cloned()))
        }
    }
    unknown.extend(component.extra.keys().filter(|key| *key != "metadata").cloned());
    unknown
}

fn pipeline_told(text: &str) -> String {
    told(&read_pipeline(text).diagnostics)
}

const HEAD: &str = "apiVersion: dagwright.dev/v1\nkind: Pipeline\nmetadata: {name: p}\n";

#[test]
fn what_is_not_a_pipeline_is_told() {
    insta::assert_snapshot!(pipeline_told(""), @r#"
    file-kind: the file is empty, and should be a Dagwright pipeline
        A pipeline file starts with apiVersion: dagwright.dev/v1 and kind: Pipeline.
    "#);
    insta::assert_snapshot!(pipeline_told("- a\n- b\n"), @r#"
    1:1 file-kind: the file is a list, and should be a Dagwright pipeline
        A pipeline file starts with apiVersion: dagwright.dev/v1 and kind: Pipeline.
    "#);
    insta::assert_snapshot!(pipeline_told("apiVersion: dagwright.dev/v2\nkind: Pipeline\n"), @r#"
    1:1 file-version: the file is of version “dagwright.dev/v2”, and this Dagwright reads “dagwright.dev/v1”
        Open it with a newer Dagwright.
    "#);
    insta::assert_snapshot!(pipeline_told("apiVersion: dagwright.dev/v1\nkind: Pipelines\n"), @r#"
    1:1 file-kind: the file is of a kind that is not known, and should be a Dagwright pipeline
        A pipeline file starts with apiVersion: dagwright.dev/v1 and kind: Pipeline.
    "#);
    insta::assert_snapshot!(pipeline_told("apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n"), @r#"
    1:1 file-kind: the file is a file of Argo Workflows, and should be a Dagwright pipeline
        A pipeline file starts with apiVersion: dagwright.dev/v1 and kind: Pipeline.
    "#);
    insta::assert_snapshot!(pipeline_told("name: a\nimplementation: {container: {image: b}}\n"), @r#"
    1:1 file-kind: the file is a component, and should be a Dagwright pipeline
        A pipeline file starts with apiVersion: dagwright.dev/v1 and kind: Pipeline.
    "#);
    insta::assert_snapshot!(pipeline_told("pipelineInfo: {name: a}\nroot: {}\n"), @r#"
    1:1 file-kind: the file is a pipeline compiled by KFP, and should be a Dagwright pipeline
        A pipeline file starts with apiVersion: dagwright.dev/v1 and kind: Pipeline.
    "#);
    insta::assert_snapshot!(pipeline_told("metadata: {name: a}\ntasks: {}\n"), @r#"
    1:1 file-kind: the file has no “apiVersion: dagwright.dev/v1”
        A pipeline file starts with apiVersion: dagwright.dev/v1 and kind: Pipeline.
    "#);
    insta::assert_snapshot!(told(&read_component("apiVersion: v1\nkind: Pod\n").diagnostics), @r#"
    1:1 file-kind: the file is a Kubernetes object, and should be a component
        A component file has a name, inputs, outputs and an implementation.
    "#);
    insta::assert_snapshot!(told(&read_component("just text").diagnostics), @r#"
    1:1 file-kind: the file is a single value, and should be a component
        A component file has a name, inputs, outputs and an implementation.
    "#);
    for text in ["", "- a\n", "apiVersion: dagwright.dev/v2\nkind: Pipeline\n", "a: 1\n", "a: [\n"] {
        assert_eq!(read_any(text).value, None, "{text}");
    }
}

#[test]
fn every_wrong_field_is_told_with_its_place_and_all_of_it_is_kept() {
    let text = r#"apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {title: p, labels: {team: vision}}
parameters:
  - {name: a, type: [], default: 1.10, minimum: low}
  - {name: a, type: Integer}
  - {type: String}
  - rows
  - {name: "", optional: maybe}
volumes:
  - {name: data, size: 1Gi, lifetime: forever, acessModes: [ReadWriteOnce]}
  - {name: claimed, claim: c, lifetime: run}
components:
  train:
    inputs:
      - {name: x, type: Integer, defualt: 3}
      - {name: x}
    implementation:
      container:
        args: [a, null, 1.50, {inputValue: x}, {if: {cond: true}}]
        env: {LEVEL: 1, LIST: []}
  empty: {name: empty}
tasks:
  one:
    component: train
    argument: {x: {value: 1}}
    mounts: [{volume: data}, /data]
    resources: {cpu: 0.50, memroy: 1Gi, gpu: {}}
    env: {A: yes, B: {secret: s/k}, C: {secret: plain}}
    retry: {limit: many, backof: 1s}
    cache: "no"
    timeout: [1m]
    after: two
  two: train
  three:
    arguments: {x: {task: one}, y: 3}
    retry: -1
    forEach: {as: x}
layout: {tasks: {one: [0, left], four: [0, 0]}, notes: [hello]}
onExit: {task: one}
"#;
    let outcome = read_pipeline(text);
    insta::assert_snapshot!(told(&outcome.diagnostics), @r#"
    3:11 field-missing: “metadata” has no “name”, and a pipeline's metadata needs it
        Add “name”.
    3:12 field-unknown: “metadata/title” is not a field of a pipeline's metadata; it is kept
        It is kept in the file and has no effect. Check its spelling.
    3:22 field-unknown: “metadata/labels” is not a field of a pipeline's metadata; it is kept
        It is kept in the file and has no effect. Check its spelling.
    5:21 field-form: “parameters/a/type” is a list, and should be a type's name, or a map with it as the key
        Write it in the form that the message names.
    5:49 field-form: “parameters/a/minimum” is the text “low”, and should be a number
        Write it in the form that the message names.
    6:5 name-twice: “a” stands twice among the parameters; the first one is used
        Give one of them another name.
    7:5 field-missing: “parameters/2” has no “name”, and a parameter needs it
        Add “name”.
    8:5 field-form: “parameters/3” is the text “rows”, and should be a parameter: a map with fields such as “name”, “type”, “default”
        Write it in the form that the message names.
    9:5 name-empty: “parameters/4” has an empty name
        Give it a name.
    9:26 field-form: “parameters/4/optional” is the text “maybe”, and should be true or false
        Write it in the form that the message names.
    11:39 field-form: “volumes/data/lifetime” is the text “forever”, and should be “kept” or “run”
        Write it in the form that the message names.
    11:48 field-unknown: “volumes/data/acessModes” is not a field of a volume; it is kept
        Did you mean “accessModes”? As it is, it has no effect.
    12:41 field-form: “volumes/claimed/lifetime” is the text “run”, and should be left out, since the volume is an existing claim
        Write it in the form that the message names.
    16:34 field-unknown: “components/train/inputs/x/defualt” is not a field of an input; it is kept
        Did you mean “default”? As it is, it has no effect.
    17:9 name-twice: “x” stands twice among the inputs
        Give one of them another name.
    20:9 field-missing: “components/train/implementation/container” has no “image”, and a container needs it
        Add “image”.
    20:19 field-form: “components/train/implementation/container/args/1” is empty, and should be a text or a placeholder
        Write it in the form that the message names.
    21:31 field-form: “components/train/implementation/container/env/LIST” is a list, and should be a text
        Write it in the form that the message names.
    22:10 field-missing: “components/empty” has no “implementation”, and a component needs it
        Add “implementation”.
    26:5 field-unknown: “tasks/one/argument” is not a field of a task; it is kept
        Did you mean “arguments”? As it is, it has no effect.
    27:14 field-missing: “tasks/one/mounts/0” has no “path”, and a mount needs it
        Add “path”.
    27:30 field-form: “tasks/one/mounts/1” is the text “/data”, and should be a mount: a map with fields such as “volume”, “path”, “readOnly”
        Write it in the form that the message names.
    28:28 field-unknown: “tasks/one/resources/memroy” is not a resource; it is kept
        Did you mean “memory”?
    28:46 field-form: “tasks/one/resources/gpu” is a map, and should be a text
        Write it in the form that the message names.
    30:20 field-form: “tasks/one/retry/limit” is the text “many”, and should be a whole number from 0 to 4294967295
        Write it in the form that the message names.
    30:26 field-unknown: “tasks/one/retry/backof” is not a field of a retry; it is kept
        Did you mean “backoff”? As it is, it has no effect.
    31:12 field-form: “tasks/one/cache” is the text “no”, and should be true or false
        Write it in the form that the message names.
    32:14 field-form: “tasks/one/timeout” is a list, and should be a text
        Write it in the form that the message names.
    34:8 field-form: “tasks/two” is the text “train”, and should be a task: a map with fields such as “component”, “arguments”, “mounts”
        Write it in the form that the message names.
    36:5 field-missing: “tasks/three” has no “component”, and a task needs it
        Add “component”.
    37:12 field-form: “tasks/three/retry” is “-1”, and should be a whole number from 0 to 4294967295
        Write it in the form that the message names.
    38:14 field-missing: “tasks/three/forEach” has no “items”, and a loop needs it
        Add “items”.
    39:23 field-form: “layout/tasks/one” is a list, and should be a position such as [0, 320]
        Write it in the form that the message names.
    39:34 field-unknown: “layout/tasks/four” is the position of something that is not in the file; it is kept
        It is kept in the file and has no effect. Check its spelling.
    40:9 field-form: “onExit” is a map, and should be a text
        Write it in the form that the message names.
    "#);
    insta::assert_snapshot!(outcome.diagnostics.iter().map(|it| format!("{:?}", it.place)).collect::<Vec<_>>().join("\n"), @r#"
    File { path: "metadata" }
    File { path: "metadata/title" }
    File { path: "metadata/labels" }
    Parameter { parameter: "a", field: "type" }
    Parameter { parameter: "a", field: "minimum" }
    Parameter { parameter: "a", field: "" }
    File { path: "parameters/2" }
    File { path: "parameters/3" }
    File { path: "parameters/4" }
    File { path: "parameters/4/optional" }
    Volume { volume: "data", field: "lifetime" }
    Volume { volume: "data", field: "acessModes" }
    Volume { volume: "claimed", field: "lifetime" }
    Component { component: "train", field: "inputs/0/defualt" }
    Component { component: "train", field: "inputs/1" }
    Component { component: "train", field: "implementation/container" }
    Component { component: "train", field: "implementation/container/args/1" }
    Component { component: "train", field: "implementation/container/env/LIST" }
    Component { component: "empty", field: "" }
    Task { task: "one", field: "argument" }
    Task { task: "one", field: "mounts/0" }
    Task { task: "one", field: "mounts/1" }
    Task { task: "one", field: "resources/memroy" }
    Task { task: "one", field: "resources/gpu" }
    Task { task: "one", field: "retry/limit" }
    Task { task: "one", field: "retry/backof" }
    Task { task: "one", field: "cache" }
    Task { task: "one", field: "timeout" }
    Task { task: "two", field: "" }
    Task { task: "three", field: "" }
    Task { task: "three", field: "retry" }
    Task { task: "three", field: "forEach" }
    File { path: "layout/tasks/one" }
    File { path: "layout/tasks/four" }
    File { path: "onExit" }
    "#);
    insta::assert_snapshot!(assert_stable("wrong", text), @r#"
    apiVersion: dagwright.dev/v1
    kind: Pipeline
    metadata:
      name: ""
      title: p
      labels:
        team: vision
    parameters:
      - {name: a, default: "1.10", type: [], minimum: low}
      - {name: a, type: Integer}
      - {type: String}
      - rows
      - {name: "", optional: maybe}
    volumes:
      - {name: data, size: 1Gi, storageClass: null, lifetime: forever, acessModes: [ReadWriteOnce]}
      - {name: claimed, claim: c, lifetime: run}
    components:
      train:
        name: train
        inputs:
          - {name: x, type: Integer, defualt: 3}
          - {name: x}
        implementation:
          container:
            image: ""
            args: [a, "1.50", {inputValue: x}, {if: {cond: true}}, null]
            env:
              LEVEL: "1"
              LIST: []
      empty:
        name: empty
    tasks:
      one:
        component: train
        mounts:
          - {volume: data, path: ""}
          - /data
        after: [two]
        resources: {cpu: "0.50", memroy: 1Gi, gpu: {}}
        env:
          A: "yes"
          B: {secret: s/k}
          C: {secret: plain}
        retry: {limit: many, backof: 1s}
        argument:
          x:
            value: 1
        cache: "no"
        timeout: [1m]
      three:
        component: ""
        arguments:
          x: {task: one}
          "y": 3
        retry: -1
        forEach: {as: x}
      two: train
    layout:
      tasks: {one: [0, left], four: [0, 0]}
      notes: [hello]
    onExit:
      task: one
    "#);
    // The problems are still told of what was written; what was missing is now there, and empty.
    let codes = |diagnostics: &[Diagnostic]| {
        let mut codes: Vec<_> =
            diagnostics.iter().map(|it| it.code.clone()).filter(|code| code != "field-missing").collect();
        codes.sort();
        codes
    };
    let again = read_pipeline(&write_pipeline(&outcome.value.unwrap()));
    assert_eq!(codes(&again.diagnostics), codes(&outcome.diagnostics), "{}", told(&again.diagnostics));
}

#[test]
fn yaml_problems_come_with_those_of_the_fields_in_the_order_of_the_text() {
    let text =
        format!("{HEAD}tasks:\n  a: {{component: c, componnt: d, component: e}}\n  a: {{}}\nodd: &x 1\n---\nb: 1\n");
    insta::assert_snapshot!(pipeline_told(&text), @r#"
    5:21 field-unknown: “tasks/a/componnt” is not a field of a task; it is kept
        Did you mean “component”? As it is, it has no effect.
    5:34 yaml-duplicate-key: the key “component” stands twice in this map; the one in line 5 is read
        Remove one of the two.
    6:3 yaml-duplicate-key: the key “a” stands twice in this map; the one in line 5 is read
        Remove one of the two.
    7:1 field-unknown: “odd” is not a field of a pipeline; it is kept
        It is kept in the file and has no effect. Check its spelling.
    9:1 yaml-syntax: a second document begins here, and only the first is read
        Put each document into a file of its own, or remove the line with ---.
    "#);
    insta::assert_snapshot!(pipeline_told(&format!("{HEAD}tasks:\n\ta: 1\n")), @r#"
    5:2 yaml-syntax: this is not YAML: tabs disallowed within this context (block indentation)
        Indent with spaces: YAML takes no tabs there.
    "#);
}

#[test]
fn short_forms_and_null_are_taken() {
    let text = format!(
        "{HEAD}volumes:\n- {{name: v, size: null, accessModes: ReadWriteOnce}}\ntasks:\n  a:\n    component: c\n    after: b\n    \
         mounts: [{{volume: v, path: /v, from: b}}]\n    resources: {{gpu: 1, cpu: 0.50}}\n    retry: 3\n    env: {{A: 1.10, B: yes, C: true}}\n    \
         timeout: ~\n    when:\n"
    );
    let outcome = read_pipeline(&text);
    assert_eq!(told(&outcome.diagnostics), "");
    insta::assert_snapshot!(write_pipeline(&outcome.value.unwrap()), @r#"
    apiVersion: dagwright.dev/v1
    kind: Pipeline
    metadata:
      name: p
    volumes:
      - {name: v, accessModes: [ReadWriteOnce], storageClass: null, lifetime: kept}
    tasks:
      a:
        component: c
        mounts:
          - {volume: v, path: /v, from: [b]}
        after: [b]
        resources: {gpu: "1", cpu: "0.50"}
        env:
          A: "1.10"
          B: "yes"
          C: "true"
        retry: {limit: 3}
    "#);
}

#[test]
fn the_reference_document_opens_and_keeps_its_look() {
    let Ok(text) = std::fs::read_to_string(root().join("../shared/reference/document.yaml")) else {
        println!("skipped: the reference document is not here");
        return;
    };
    let outcome = read_pipeline(&text);
    assert_eq!(told(&outcome.diagnostics), "");
    let written = assert_stable("document.yaml", &text);
    let bare = |text: &str| {
        text.lines()
            .map(|line| line.split("  #").next().unwrap().trim_end().to_owned())
            .filter(|line| !line.starts_with('#'))
            .collect::<Vec<_>>()
    };
    let (ours, theirs) = (bare(&written), bare(&text));
    let differing: Vec<_> = theirs.iter().filter(|line| !ours.contains(line)).map(String::as_str).collect();
    insta::assert_snapshot!(differing.join("\n"), @r#"
      python: {image: python:3.11-slim, packages: [scikit-learn==1.7.2], function: predict, source: "def predict(...): ..."}
    inputs: [{name: prediction, type: Integer}]
    "#);
}

/// No run goes on without what its author wrote: what reading keeps without effect is told by `check` too.
#[test]
fn what_could_not_be_read_forbids_a_run() {
    let component = "components: {c: {name: c, implementation: {container: {image: i, command: [a]}}}}\n";
    let codes = |body: &str| {
        let pipeline = read_pipeline(&format!("{HEAD}{component}{body}")).value.unwrap();
        let found = dagwright_shared::check::check(&pipeline);
        found
            .into_iter()
            .map(|it| format!("{:?} {} {}", it.severity, it.code, it.message))
            .collect::<Vec<_>>()
            .join("\n")
    };
    insta::assert_snapshot!(codes("tasks: {a: {component: c}}\n"), @"");
    insta::assert_snapshot!(codes("tasks: {a: {component: c, timeout: [1m]}}\n"), @r#"Error field-form “tasks/a/timeout” is a list, and should be a text"#);
    insta::assert_snapshot!(codes("tasks: {a: {component: c}, b: c}\nlayout: {frames: [1]}\n"), @r#"Error field-form “tasks/b” is the text “c”, and should be a task: a map with fields such as “component”, “arguments”, “mounts”"#);
    insta::assert_snapshot!(codes("tasks: {a: {component: c, x-note: mine}}\nlayout: {tasks: {b: [0, 0]}}\n"), @r#"
    Warning field-unknown “tasks/a/x-note” is not a field of a task; it is kept
    Warning field-unknown “layout/tasks/b” is the position of something that is not in the file; it is kept
    "#);
}

#[test]
fn a_component_that_is_not_what_its_digest_says_is_told() {
    let embedded = |digest: &str| {
        let component =
            format!("{{digest: '{digest}', name: c, implementation: {{container: {{image: i, command: [a]}}}}}}");
        let text = format!("{HEAD}components: {{c: {component}}}\ntasks: {{a: {{component: c}}}}\n");
        let pipeline = read_pipeline(&text).value.unwrap();
        let right = dagwright_shared::pipeline::digest::digest(&pipeline.graph.components["c"]);
        (right, dagwright_shared::check::check(&pipeline).into_iter().map(|it| it.code).collect::<Vec<_>>())
    };
    let (right, codes) = embedded("sha256:0");
    assert_eq!(codes, ["digest-mismatch"]);
    // The same everywhere and for ever: documents hold it.
    insta::assert_snapshot!(right, @r#"sha256:84e0c05cf88fa842f199597bba79775cbc536dd9dd40f84509d27a36a3226ca1"#);
    assert_eq!(embedded(&right), (right.clone(), vec![]));
}

/// Real files with something changed in them: an answer every time, and whatever still opens keeps its promises.
#[test]
fn broken_files_get_an_answer() {
    let mut texts = texts_in(&root().join("backend/src/examples"));
    texts.extend(texts_in(&root().join("../shared/corpus/kfp-component")).into_iter().step_by(7));
    let pieces = [
        "", " ", "\n", "\t", ":", "- ", "{", "}", "[", "]", "\"", "'", "#", "&a ", "*a", "!t ", "|", "null", "- - -",
        ": {", "\u{0}", "é",
    ];
    let mut random = 1_u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below.max(1)
    };
    let (mut opened, mut refused) = (0, 0);
    for (name, text) in texts.iter().flat_map(|text| std::iter::repeat_n(text, 40)) {
        let mut characters: Vec<char> = text.chars().collect();
        let start = next(characters.len());
        let end = (start + next(4) * next(20)).min(characters.len());
        characters.splice(start..end, pieces[next(pieces.len())].chars());
        let changed: String = characters.into_iter().collect();
        let outcome = read_any(&changed);
        for diagnostic in &outcome.diagnostics {
            assert!(diagnostic.position.is_some() && !diagnostic.message.is_empty() && !diagnostic.hint.is_empty());
        }
        match outcome.value {
            Some(_) => {
                assert_stable(name, &changed);
                opened += 1;
            }
            None => {
                assert!(!outcome.diagnostics.is_empty(), "{changed}");
                refused += 1;
            }
        }
    }
    assert!(opened > 10 && refused > 5, "{opened} opened, {refused} refused");
}
