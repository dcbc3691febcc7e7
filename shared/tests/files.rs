//! Files in and out: what a person writes opens with nothing lost, wrong files say what, where and how to mend it, and
//! what is written reads back equal and writes the same bytes.

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
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
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
    assert_eq!(texts.len(), 97);
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
