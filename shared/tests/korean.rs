//! What the core says in Korean, and that only what it says changes: a test binary of its own, since a program has one table.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by a panic")]

use dagwright_shared::check::{Arguments, check};
use dagwright_shared::compile::compile;
use dagwright_shared::diagnostic::{Diagnostic, DiagnosticCode};
use dagwright_shared::export::argo::export;
use dagwright_shared::pipeline::file::{read_pipeline, write_pipeline};
use dagwright_texts::{Language, install, set_language};

const TABLE: &str = include_str!("../texts/ko/shared.json");

/// What `act` gives in English and in Korean.
fn in_both<T>(act: impl Fn() -> T) -> (T, T) {
    install(TABLE).unwrap();
    let english = act();
    set_language(Language::Korean);
    let korean = act();
    set_language(Language::English);
    (english, korean)
}

fn is_korean(text: &str) -> bool {
    text.chars().any(|letter| ('가'..='힣').contains(&letter))
}

#[test]
fn every_hint_of_the_table_is_said_in_korean() {
    let (english, korean) = in_both(|| DiagnosticCode::ALL.iter().map(|code| code.hint()).collect::<Vec<_>>());
    for ((code, english), korean) in DiagnosticCode::ALL.iter().zip(english).zip(korean) {
        assert!(!is_korean(english), "{}: {english}", code.code());
        assert!(is_korean(korean), "{}: {korean}", code.code());
    }
}

const BROKEN: &str = "\
apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: broken}
parameters:
  - {name: rate, type: Float, default: fast}
colour: red
volumes:
  - {name: data, size: much}
components:
  train:
    name: train
    inputs:
      - {name: epochs, type: Integer}
    implementation: {container: {image: '', command: [echo, {inputValue: epoch}]}}
tasks:
  a: {component: train, arguments: {epochs: {text: '${'}}, after: [b]}
  b: {component: train, after: [a], mounts: [{volume: date, path: data}], retry: many}
  c: {component: none, timeout: soon}
";

#[test]
fn codes_and_places_are_the_same_in_both_languages() {
    let (english, korean) = in_both(|| {
        let read = read_pipeline(BROKEN);
        let mut found = read.diagnostics;
        found.extend(read.value.iter().flat_map(check));
        found
    });
    let bare = |found: &[Diagnostic]| {
        let bare =
            |one: &Diagnostic| (one.severity, one.code.clone(), one.place.clone(), one.position, one.mend.clone());
        found.iter().map(bare).collect::<Vec<_>>()
    };
    assert!(english.len() > 12, "{english:#?}");
    assert_eq!(bare(&english), bare(&korean));
    for (english, korean) in english.iter().zip(&korean) {
        assert!(!is_korean(&english.message) && is_korean(&korean.message), "{english:?} {korean:?}");
        assert!(!is_korean(&english.hint) && is_korean(&korean.hint), "{english:?} {korean:?}");
    }
}

#[test]
fn what_is_written_and_compiled_is_the_same_in_both_languages() {
    let text = include_str!("../../backend/src/examples/digits.pipeline.yaml");
    let (english, korean) = in_both(|| {
        let pipeline = read_pipeline(text).value.unwrap();
        let plan = compile(&pipeline, &Arguments::new()).unwrap();
        (write_pipeline(&pipeline), format!("{plan:?}"), export(&plan).unwrap().to_yaml())
    });
    assert_eq!(english, korean);
}
