//! A text that a person wrote stays theirs when the document is edited and saved: only what changed is written anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by a panic")]

use dagwright_shared::diagnostic::any_error;
use dagwright_shared::pipeline::edit::{EditCommand, TaskField, realise};
use dagwright_shared::pipeline::file::{pipeline_to_value, read_pipeline, update_pipeline, write_pipeline};
use dagwright_shared::pipeline::record::RecordId;
use dagwright_shared::pipeline::{Argument, Mount, Parameter, Pipeline, Point, Retry, Volume};
use proptest::prelude::*;
use serde_json::json;

/// Written by hand: comments everywhere, fields in an order of their own, blocks and flow mixed.
const BY_HAND: &str = include_str!("update/by-hand.yaml");

fn read(text: &str) -> Pipeline {
    let outcome = read_pipeline(text);
    assert_eq!(outcome.diagnostics, [], "{text}");
    outcome.value.unwrap()
}

fn edited(pipeline: &Pipeline, commands: Vec<EditCommand>) -> Pipeline {
    let mut edited = pipeline.clone();
    edited.apply(&realise(pipeline, &EditCommand::Several(commands)).unwrap()).unwrap();
    edited
}

/// The lines that went and came, in order.
fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut lengths = vec![vec![0; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            lengths[i][j] =
                if old[i] == new[j] { lengths[i + 1][j + 1] + 1 } else { lengths[i + 1][j].max(lengths[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && lengths[i + 1][j] >= lengths[i][j + 1]) {
            lines.push(format!("-{}", old[i]));
            i += 1;
        } else {
            lines.push(format!("+{}", new[j]));
            j += 1;
        }
    }
    lines.join("\n")
}

#[test]
fn nothing_changes_nothing() {
    assert_eq!(update_pipeline(BY_HAND, &read(BY_HAND)), BY_HAND);
}

#[test]
fn only_what_changed_is_written_anew() {
    let text = String::from;
    let commands = vec![
        vec![EditCommand::Move { places: vec![(RecordId::Task(text("train")), Point { x: 10.0, y: 20.0 })] }],
        vec![EditCommand::SetParameter {
            name: text("kernel"),
            parameter: Box::new(Parameter {
                default: Some(json!("linear")),
                ..read(BY_HAND).graph.parameters["kernel"].clone()
            }),
        }],
        vec![EditCommand::SetParameter {
            name: text("new"),
            parameter: Box::new(Parameter { description: Some(text("one\ntwo\n")), ..Parameter::default() }),
        }],
        vec![EditCommand::SetTask { task: text("train"), field: TaskField::Timeout(Some(text("1h"))) }],
        vec![EditCommand::SetTask {
            task: text("train"),
            field: TaskField::Retry(Some(Retry { limit: 3, ..Retry::default() })),
        }],
        vec![EditCommand::SetArgument {
            task: text("predict"),
            input: text("image"),
            argument: Argument::Value(json!(3)),
        }],
        vec![EditCommand::Rename { record: RecordId::Task(text("train")), name: text("fit") }],
        vec![EditCommand::Remove { records: vec![RecordId::Task(text("predict"))] }],
        vec![EditCommand::AddAfter { task: text("predict"), before: text("train") }],
        vec![EditCommand::SetVolume { name: text("extra"), volume: Box::new(Volume::default()) }],
        vec![EditCommand::Reorder { record: RecordId::Task(text("predict")), index: 0 }],
        vec![EditCommand::Reorder { record: RecordId::Parameter(text("number")), index: 0 }],
        vec![EditCommand::RemoveMount { task: text("predict"), index: 0 }],
    ];
    let start = read(BY_HAND);
    let mut shown = Vec::new();
    for commands in commands {
        let title = format!("{commands:?}").chars().take(70).collect::<String>();
        let pipeline = edited(&start, commands);
        let updated = update_pipeline(BY_HAND, &pipeline);
        assert_eq!(pipeline_to_value(&read(&updated)).to_string(), pipeline_to_value(&pipeline).to_string());
        assert_ne!(updated, write_pipeline(&pipeline), "{title}");
        shown.push(format!("{title}\n{}\n", difference(BY_HAND, &updated)));
    }
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn what_cannot_be_kept_is_written_canonically() {
    let start = read(BY_HAND);
    for text in ["", "[1, 2]", "kind: Workflow", &BY_HAND.replace('\n', "\r\n"), &pipeline_to_value(&start).to_string()]
    {
        let moved = edited(
            &start,
            vec![EditCommand::Move { places: vec![(RecordId::Task(String::from("train")), Point { x: 1.0, y: 2.0 })] }],
        );
        assert_eq!(update_pipeline(text, &moved), write_pipeline(&moved), "{text}");
    }
    // What one line says for two others is noticed.
    let shared = BY_HAND.replace("image: python:3.11-slim # small", "image: &image python:3.11-slim");
    let shared = shared.replace("image: python:3.11-slim\n", "image: *image\n");
    assert_ne!(shared, BY_HAND);
    let mut pipeline = read(&shared);
    if let dagwright_shared::component::Implementation::Container(container) =
        &mut pipeline.graph.components["train"].implementation
    {
        container.image = String::from("python:3.12");
    }
    let updated = update_pipeline(&shared, &pipeline);
    assert_eq!(read(&updated), pipeline);
}

#[test]
fn saving_renews_the_digest() {
    let text = BY_HAND.replace("  train:\n    name: train", "  train:\n    digest: sha256:0 # old\n    name: train");
    let pipeline = read(&text);
    let stale = |pipeline: &Pipeline| {
        let found = dagwright_shared::check::check(pipeline).into_iter();
        found.filter(|found| found.code == "digest-mismatch").count()
    };
    assert_eq!(stale(&pipeline), 1);
    let saved = update_pipeline(&text, &pipeline);
    assert_eq!(stale(&read(&saved)), 0);
    assert_eq!(difference(&text, &saved).lines().count(), 2, "{}", difference(&text, &saved));
}

/// Any edit of this, on top of any other.
fn command([kind, a, b]: [u8; 3]) -> EditCommand {
    let task = |number: u8| String::from(["train", "predict", "extra"][usize::from(number % 3)]);
    let volume = |number: u8| String::from(["data", "more"][usize::from(number % 2)]);
    let name = |number: u8| {
        String::from(["train", "kernel", "number", "data", "x: y", "# no", "größe", "a"][usize::from(number % 8)])
    };
    let record = |number: u8| match number % 4 {
        0 => RecordId::Parameter(name(number / 4)),
        1 => RecordId::Volume(volume(number / 4)),
        _ => RecordId::Task(task(number / 4)),
    };
    match kind % 12 {
        0 => EditCommand::Move { places: vec![(RecordId::Task(task(a)), Point { x: f64::from(b), y: 0.5 })] },
        1 => EditCommand::Rename { record: record(a), name: name(b) },
        2 => EditCommand::Remove { records: vec![record(a)] },
        3 => EditCommand::Reorder { record: record(a), index: usize::from(b % 3) },
        4 => EditCommand::SetParameter {
            name: name(a),
            parameter: Box::new(Parameter { default: Some(json!(format!("{b}\nline\n"))), ..Parameter::default() }),
        },
        5 => EditCommand::SetVolume {
            name: name(a),
            volume: Box::new(Volume { size: Some(format!("{b}Gi")), ..Volume::default() }),
        },
        6 => EditCommand::SetTask { task: task(a), field: TaskField::Timeout((b % 2 == 0).then(|| format!("{b}s"))) },
        7 => EditCommand::SetArgument {
            task: task(a),
            input: String::from(["data", "kernel", "model", "image"][usize::from(b % 4)]),
            argument: Argument::Value(json!({"deep": [b, "text # no comment"]})),
        },
        8 => EditCommand::ClearArgument { task: task(a), input: String::from(["data", "image"][usize::from(b % 2)]) },
        9 => EditCommand::AddMount {
            task: task(a),
            mount: Mount { volume: volume(b), path: format!("/{b}"), ..Mount::default() },
        },
        10 => EditCommand::RemoveMount { task: task(a), index: usize::from(b % 2) },
        _ => EditCommand::AddAfter { task: task(a), before: task(b) },
    }
}

/// A text as a person changes it: a line doubled, taken out, cut or typed into, a comment put above it, a value replaced.
fn retyped(text: &str, [kind, a, b]: [u8; 3]) -> String {
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    if lines.is_empty() {
        return String::from("# empty");
    }
    let place = usize::from(a) * lines.len() / 256;
    let indent = " ".repeat(lines[place].len() - lines[place].trim_start().len());
    match kind % 6 {
        0 => lines.insert(place, format!("{indent}# typed {b}")),
        1 => drop(lines.remove(place)),
        2 => lines.insert(place, lines[place].clone()),
        3 => {
            let other = usize::from(b) * lines.len() / 256;
            lines.swap(place, other);
        }
        4 => {
            if let Some((key, _)) = lines[place].clone().split_once(": ") {
                lines[place] = format!(
                    "{key}: {}",
                    ["linear", "3", "{x: 1, y: 2}", "[a, b]", "\"# no\"", "1Gi"][usize::from(b % 6)]
                );
            }
        }
        _ => {
            let half: String = lines[place].chars().take(usize::from(b % 20)).collect();
            lines[place] = half;
        }
    }
    lines.join("\n") + "\n"
}

/// Everything with its order, which equality of maps leaves out.
fn written(pipeline: &Pipeline) -> String {
    pipeline_to_value(pipeline).to_string()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Edits on either side, one after the other: text and document always say the same, what a person wrote beside
    /// it stays, a text that cannot be read changes nothing, and undo of all is the start.
    #[test]
    fn text_and_document_agree_whichever_is_edited(choices in prop::collection::vec((any::<bool>(), any::<[u8; 3]>()), 1..20)) {
        let start = read(BY_HAND);
        let mut pipeline = start.clone();
        let mut text = String::from(BY_HAND);
        let mut done = Vec::new();
        for (in_text, choice) in choices {
            let command = if in_text {
                let typed = retyped(&text, choice);
                let outcome = read_pipeline(&typed);
                let Some(meant) = outcome.value.filter(|_| !any_error(&outcome.diagnostics)) else { continue };
                text = typed;
                EditCommand::SetDocument(Box::new(meant))
            } else {
                command(choice)
            };
            let Ok(changes) = realise(&pipeline, &command) else { continue };
            pipeline.apply(&changes).unwrap();
            done.push(changes);
            let comments = |text: &str| text.lines().filter(|line| line.trim_start().starts_with("# typed")).map(String::from).collect::<Vec<_>>();
            let (before, kept) = (comments(&text), update_pipeline(&text, &pipeline));
            if in_text {
                prop_assert!(before == comments(&kept) || !kept.starts_with("# The head"), "{}\n{}", text, kept);
            }
            text = kept;
            let back = read_pipeline(&text).value.unwrap();
            prop_assert_eq!(written(&back), written(&pipeline), "{}", text);
        }
        for changes in done.iter().rev() {
            pipeline.apply(&changes.reversed()).unwrap();
        }
        prop_assert_eq!(written(&pipeline), written(&start));
    }
}

#[test]
fn only_what_differs_is_touched() {
    let start = read(BY_HAND);
    let becomes = |to: &Pipeline| {
        let changes = realise(&start, &EditCommand::SetDocument(Box::new(to.clone()))).unwrap();
        changes.ids().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(becomes(&start), Vec::<String>::new());
    let mut moved = start.clone();
    moved.graph.tasks["train"].position = Some(Point { x: 1.0, y: 2.0 });
    assert_eq!(becomes(&moved), ["the task “train”"]);
    let mut turned = start.clone();
    turned.graph.parameters.reverse();
    assert_eq!(becomes(&turned).len(), turned.graph.parameters.len() - 1, "one stays, the others go round it");
}

/// What was edited on the canvas while the text could not be read stays when the text is read again.
#[test]
fn a_text_is_laid_over_what_was_edited_meanwhile() {
    let base = read(BY_HAND);
    let mut typed = base.clone();
    typed.graph.parameters["kernel"].default = Some(json!("linear"));
    let train = RecordId::Task(String::from("train"));
    let now = edited(&base, vec![EditCommand::Move { places: vec![(train, Point { x: 1.0, y: 2.0 })] }]);
    let changes = realise(&base, &EditCommand::SetDocument(Box::new(typed))).unwrap();
    let both = changes.laid_over(&now);
    assert_eq!(both.graph.parameters["kernel"].default, Some(json!("linear")));
    assert_eq!(both.graph.tasks["train"].position, Some(Point { x: 1.0, y: 2.0 }));
    assert_eq!(both.graph.tasks.len(), base.graph.tasks.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Saved after every edit, the text always means the document, and what was never touched keeps its comments.
    #[test]
    fn an_updated_text_means_the_document(choices in prop::collection::vec(any::<[u8; 3]>(), 1..15)) {
        let mut pipeline = read(BY_HAND);
        let mut text = String::from(BY_HAND);
        for choice in choices {
            let Ok(changes) = realise(&pipeline, &command(choice)) else { continue };
            pipeline.apply(&changes).unwrap();
            text = update_pipeline(&text, &pipeline);
            let back = read_pipeline(&text).value.unwrap();
            prop_assert_eq!(pipeline_to_value(&back).to_string(), pipeline_to_value(&pipeline).to_string(), "{}", text);
            prop_assert!(text.starts_with("# The head"), "written canonically after {:?}:\n{}", command(choice), text);
        }
    }
}
