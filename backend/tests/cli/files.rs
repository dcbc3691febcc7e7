//! Commands that need no server: new, check, compile, link, components.

use crate::harness::{Place, example};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::io::{Read, Write};

const WRONG: &str = "apiVersion: dagwright.dev/v1
kind: Pipeline
metadata:
  name: wrong
  colour: blue
parameters:
  - {name: times, type: Integer, default: many}
components:
  show:
    name: show
    inputs:
      - {name: text, type: String}
    implementation:
      container:
        image: python:3.11-slim
        command: [echo, {inputValue: text}]
tasks:
  first:
    component: show
  second:
    component: shown
";

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn check_tells_each_mistake_at_its_line() {
    let place = Place::new();
    place.write("wrong.pipeline.yaml", WRONG);
    insta::assert_snapshot!(place.run(&["check", "wrong.pipeline.yaml"]).shown());
    let json = place.run(&["check", "--output", "json", "wrong.pipeline.yaml"]);
    assert_eq!(json.status, 1);
    let report: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((&report[0]["kind"], &report[0]["name"]), (&Value::from("pipeline"), &Value::from("wrong")));
    assert!(report[0]["diagnostics"][0]["position"]["line"].is_u64());
}

#[test]
fn every_kind_of_file_is_read_and_named() {
    let place = Place::new();
    place.write("digits.yaml", example("digits"));
    place.write("digits.yaml.gz", gzip(&example("digits")));
    place.write(
        "train.py",
        "from kfp import dsl\n\ndef train(rows: int, model_path: dsl.OutputPath('Model')):\n    \"\"\"Trains.\"\"\"\n",
    );
    place.write("wrong.py", "def train(rows):\n    return rows +\n");
    let component = place.run(&["components", "train_classifier"]).ok();
    place.write("component.yaml", &component);
    place.write("picture.yaml", [0xff, 0xd8, 0x00, 0xff]);
    place.write("workflow.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {}\n");
    let good = place.run(&["check", "digits.yaml", "digits.yaml.gz", "train.py", "component.yaml"]);
    insta::assert_snapshot!("good", good.shown());
    let shown =
        ["wrong.py", "picture.yaml", "workflow.yaml", "missing.yaml"].map(|file| place.run(&["check", file]).shown());
    insta::assert_snapshot!("bad", shown.join("\n"));
    assert_eq!(place.pipe(&["check", "-"], &example("quartet")).status, 0);
}

#[test]
fn a_new_pipeline_is_without_a_fault_and_is_not_written_over() {
    let place = Place::new();
    place.run(&["new", "churn"]).ok();
    assert_eq!(place.run(&["check", "churn.pipeline.yaml"]).err, "churn.pipeline.yaml: pipeline churn: no errors\n");
    let again = place.run(&["new", "churn"]);
    assert!(again.status == 1 && again.err.contains("--force"), "{}", again.err);
    place.run(&["new", "churn", "--force"]).ok();
    place.run(&["new", "--example", "digits"]).ok();
    assert_eq!(place.read("digits.pipeline.yaml"), example("digits"));
    let unknown = place.run(&["new", "--example", "digit"]);
    assert!(unknown.err.contains("there are digits, quartet, retry"), "{}", unknown.err);
    assert_eq!(place.run(&["new", "a/b"]).status, 2);
}

#[test]
fn compile_writes_the_workflow_plain_and_compressed() {
    let place = Place::new();
    place.run(&["new", "churn"]).ok();
    let plain = place.run(&["compile", "churn.pipeline.yaml"]).ok();
    insta::assert_snapshot!(plain.split("  - {name: python-bootstrap").next().unwrap());
    place.run(&["compile", "churn.pipeline.yaml", "-o", "churn.workflow.yaml.gz"]).ok();
    let mut unpacked = String::new();
    GzDecoder::new(std::fs::File::open(place.path("churn.workflow.yaml.gz")).unwrap())
        .read_to_string(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, plain);
    let other = place.run(&["compile", "churn.pipeline.yaml", "-p", "text=a=b c"]).ok();
    assert!(other.contains("value: a=b c"), "{other}");
    let unknown = place.run(&["compile", "churn.pipeline.yaml", "-p", "txt=a"]);
    assert_eq!(
        (unknown.status, unknown.err.as_str()),
        (1, "dagwright: txt: the pipeline has no such parameter; it has text\n")
    );
    place.write("wrong.yaml", WRONG);
    let wrong = place.run(&["compile", "wrong.yaml", "-o", "none.yaml"]);
    assert!(wrong.status == 1 && wrong.err.contains("wrong.yaml:21:"), "{}", wrong.err);
    assert!(!place.path("none.yaml").exists());
}

#[test]
fn a_link_holds_the_file_and_gives_it_back() {
    let place = Place::new();
    place.write("digits.yaml", example("digits"));
    let link = place.run(&["link", "digits.yaml", "--base", "https://pipelines.example.org/"]).ok();
    assert!(link.starts_with("https://pipelines.example.org/#pipeline=") && link.trim().len() < 4000, "{link}");
    assert_eq!(place.run(&["link", "--open", link.trim()]).ok(), example("digits"));
    assert!(place.run(&["link", "digits.yaml"]).ok().starts_with("http://127.0.0.1:7667/#pipeline="));
    let cut = place.run(&["check", &link[..link.len() - 9]]);
    assert!(
        cut.status == 1 && cut.err.contains("the link is cut") && cut.err.contains("Copy the whole link"),
        "{}",
        cut.err
    );
    let short = place.run(&["link", "--short", "digits.yaml"]);
    assert!(short.status == 1 && short.err.contains("dagwright serve"), "{}", short.err);
}

#[test]
fn components_are_listed_and_shown() {
    let place = Place::new();
    insta::assert_snapshot!(place.run(&["components"]).ok());
    let all: Value = serde_json::from_str(&place.run(&["components", "--output", "json"]).ok()).unwrap();
    for entry in all.as_array().unwrap() {
        let text = place.run(&["components", entry["name"].as_str().unwrap()]).ok();
        assert!(text.starts_with("name: "), "{text}");
    }
    let unknown = place.run(&["components", "train"]);
    assert!(unknown.status == 1 && unknown.err.contains("train_classifier"), "{}", unknown.err);
}
