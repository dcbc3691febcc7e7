//! The examples and the catalog that ship with the server: what their files say of a Python function is what its
//! signature says, so that opening the code panel changes nothing.

use dagwright_python::analyse;
use dagwright_shared::component::{Component, Implementation};
use dagwright_shared::pipeline::file::{Document, read_any};
use std::path::Path;

#[test]
fn files_say_what_the_signatures_say() {
    let backend = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../backend/src");
    let mut functions = 0;
    for folder in ["examples", "catalog"] {
        for entry in std::fs::read_dir(backend.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "yaml") {
                continue;
            }
            let components: Vec<Component> = match read_any(&std::fs::read_to_string(&path).unwrap()).value.unwrap() {
                Document::Pipeline(pipeline) => pipeline.graph.components.into_values().collect(),
                Document::Component(component) => vec![*component],
            };
            for component in components {
                let Implementation::Python(python) = &component.implementation else { continue };
                let signature = analyse(&python.source, Some(&python.function));
                assert!(signature.diagnostics.is_empty(), "{}: {:?}", path.display(), signature.diagnostics);
                let mut applied = component.clone();
                signature.apply_to(&mut applied);
                assert_eq!(applied, component, "{}", path.display());
                functions += 1;
            }
        }
    }
    assert!(functions >= 10, "{functions}");
}
