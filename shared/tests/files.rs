//! Files in and out: what a person writes opens with nothing lost, wrong files say what, where and how to mend it, and
//! what is written reads back equal and writes the same bytes.

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
