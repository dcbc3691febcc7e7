//! The built-in examples through everything; KFP's own components, each as a pipeline of one task.

use crate::sample::*;
use dagwright_shared::check::{Arguments, check};
use dagwright_shared::compile::{compile, compile_for_export};
use dagwright_shared::component::Component;
use dagwright_shared::diagnostic::{Severity, any_error};
use dagwright_shared::export::argo::export;
use dagwright_shared::pipeline::file::{read_component, read_pipeline};
use dagwright_shared::pipeline::{Argument, Pipeline};
use dagwright_shared::ports::ports;
use dagwright_shared::types::{ParameterType, PortType};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn example(name: &str) -> Pipeline {
    let folder = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../backend/src/examples");
    let text = std::fs::read_to_string(folder.join(format!("{name}.pipeline.yaml"))).unwrap();
    let read = read_pipeline(&text);
    assert!(!any_error(&read.diagnostics), "{name}: {:#?}", read.diagnostics);
    read.value.unwrap()
}

#[test]
fn the_examples_have_no_problems() {
    for name in ["digits", "quartet", "retry"] {
        assert_eq!(check(&example(name)), [], "{name}");
    }
}

#[test]
fn the_digits_as_a_plan_and_as_a_workflow() {
    let plan = compile(&example("digits"), &Arguments::new()).unwrap();
    let mut without_code = plan.clone();
    for template in &mut without_code.templates {
        // The bootstrap and the source are long; what surrounds them is what matters here.
        template.command.truncate(3);
    }
    insta::assert_json_snapshot!("digits-plan", without_code);
    let text = export(&plan).unwrap().to_yaml();
    let mut shown = String::new();
    // The bootstrap and the sources have their own tests.
    let mut until = None;
    for line in text.lines() {
        let start = line.trim_start();
        if start.starts_with("# Runs one Python function as a task.") {
            until = Some("main(sys.argv[1:])");
        } else if until.is_none() && start.starts_with("def ") {
            until = Some("args:");
        }
        if until.is_some_and(|end| start == end) {
            until = None;
        }
        if until.is_none() {
            shown.push_str(line);
            shown.push('\n');
        }
    }
    insta::assert_snapshot!("digits-workflow", shown);
}

/// A pipeline of one task, with something in every required input.
fn alone(component: &Component) -> Pipeline {
    let mut pipeline = pipeline(&component.name);
    let mut made = task("it", []);
    for (number, input) in ports(component).inputs.iter().enumerate().filter(|(_, input)| input.required()) {
        let argument = match &input.port_type {
            PortType::Artifact(_) if input.as_value => constant("content"),
            PortType::Artifact(_) => Argument::Artifact(format!("s3://bucket/{number}")),
            PortType::Parameter(kind) => constant(match kind {
                ParameterType::String => json!("text {{x}} $$"),
                ParameterType::Integer => json!(3),
                ParameterType::Double => json!(0.5),
                ParameterType::Boolean => json!(true),
                ParameterType::List => json!([1, "two"]),
                ParameterType::Dict => json!({"a": {"b": "{{c}}"}}),
            }),
        };
        made.arguments.insert(input.name.clone(), argument);
    }
    add_component(&mut pipeline.graph, "it", component.clone());
    add_task(&mut pipeline.graph, "it", made);
    pipeline
}

#[test]
fn components_of_the_world_compile_or_say_why_not() {
    let folder = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../shared/corpus/kfp-component");
    let mut files = Vec::new();
    yaml_files(&folder, &mut files);
    if files.is_empty() {
        println!("SKIPPED: KFP's components are not beside this repository");
        return;
    }
    files.sort();
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    let (mut compiled, mut total) = (0, 0);
    for file in &files {
        let read = read_component(&std::fs::read_to_string(file).unwrap());
        let Some(component) = read.value.filter(|_| !any_error(&read.diagnostics)) else { continue };
        total += 1;
        let pipeline = alone(&component);
        match compile_for_export(&pipeline, &Arguments::new()).and_then(|plan| export(&plan)) {
            Ok(export) => {
                compiled += 1;
                assert!(!export.to_yaml().is_empty());
            }
            Err(problems) => {
                let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
                errors.for_each(|problem| {
                    *refused.entry(format!("{}: {}", problem.code, problem.message)).or_default() += 1
                });
            }
        }
    }
    println!("{compiled} of {total} components compile; refused for: {refused:#?}");
    assert!(compiled * 10 >= total * 9, "only {compiled} of {total} compile: {refused:#?}");
}

fn yaml_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            yaml_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            files.push(path);
        }
    }
}
