//! Each rule on a bad snippet, and on its good twin: a rule that cannot fail guards nothing.

use dagwright_tidy::{File, House, Violation, browser, check};

const HEAD: &str = "//! What this is, and what it must not do.\n";

fn judge(path: &str, text: &str) -> Vec<Violation> {
    check(&House { files: vec![File::new(path, text)] })
}

/// The rules that a file with a good head and this body breaks, with their lines (the body starts at line 2).
fn broken(path: &str, body: &str) -> Vec<(&'static str, usize)> {
    judge(path, &format!("{HEAD}{body}")).iter().map(|violation| (violation.rule, violation.line)).collect()
}

#[track_caller]
fn assert_breaks(path: &str, body: &str, rule: &'static str, line: usize) {
    let found = broken(path, body);
    assert!(found.contains(&(rule, line)), "expected [{rule}] at line {line} of {path}, found {found:?}");
}

#[track_caller]
fn assert_keeps(path: &str, body: &str) {
    assert_eq!(broken(path, body), [], "{path}:\n{body}");
}

#[test]
fn translations_that_nobody_says() {
    let table = File::new("shared/texts/ko/app.json", "{\n  \"Gone\": \"a\",\n  \"Said\": \"b\"\n}\n");
    let code = File::new("shared/src/a.rs", &format!("{HEAD}const A: &str = view! {{ {{t!(\"Said\")}} }};\n"));
    let found = check(&House { files: vec![table, code] });
    let places: Vec<_> = found.iter().map(|violation| (violation.rule, violation.line)).collect();
    assert_eq!(places, [("translation", 2)]);
}

#[test]
fn heads() {
    assert_eq!(judge("shared/src/a.rs", "struct A;\n")[0].rule, "head");
    assert_eq!(judge("shared/src/a.rs", "//! Skeleton.\n")[0].rule, "head");
    assert_eq!(judge("shared/src/a.rs", "//! A.\n")[0].rule, "head");
    assert_eq!(judge("shared/src/a.rs", &"//! A long story, line by line.\n".repeat(6))[0].rule, "head");
    assert_keeps(
        "shared/src/a.rs",
        &format!("//!\n//! ```text\n{}//! ```\n//! A line.\nstruct A;\n", "//! a = b\n".repeat(9)),
    );
    assert_keeps("shared/src/a.rs", "struct A;\n");
}

#[test]
fn sizes_without_tests() {
    let long = "// a line\n".repeat(500);
    assert_breaks("shared/src/a.rs", &long, "size", 500);
    assert_keeps("shared/tests/a.rs", &long);
    assert_keeps("shared/src/a/tests.rs", &long);
    assert_keeps("shared/src/a.rs", &format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n{long}}}\n"));
    assert_eq!(judge("frontend/style/a.css", &"a {}\n".repeat(501))[0].rule, "size");
}

#[test]
fn names() {
    assert_breaks("shared/src/utils.rs", "", "names", 1);
    assert_breaks("backend/src/http/helpers/a.rs", "", "names", 1);
    assert_breaks("backend/src/http/mod.rs", "", "names", 1);
    assert_breaks("backend/src/a.rs", "struct RunManager;\n", "names", 2);
    assert_keeps("backend/src/http.rs", "struct Manages;\n");
}

#[test]
fn unfinished_work() {
    assert_breaks("backend/src/a.rs", "fn a() {\n    todo!()\n}\n", "unfinished", 3);
    assert_breaks("backend/src/a.rs", "#[test]\n#[ignore]\nfn a() {}\n", "unfinished", 3);
    assert_breaks("backend/src/a.rs", "// FIXME: later\n", "unfinished", 2);
    assert_eq!(judge("e2e/browser/tests/a.test.mjs", "test.skip(\"a\")\n")[0].rule, "unfinished");
}

#[test]
fn paths_of_one_machine() {
    let place = format!("const A: &str = \"/{}/main\";\n", "work");
    assert_breaks("backend/src/a.rs", &place, "machine-path", 2);
    assert_eq!(judge("README.md", &format!("see `/{}/.cache`\n", "root"))[0].rule, "machine-path");
    assert_keeps("backend/src/a.rs", "const A: &str = \"frontend/work/a\";\n");
}

#[test]
fn docstrings_of_public_items() {
    assert_breaks("backend/src/a.rs", "pub struct A;\n", "docs", 2);
    assert_breaks("backend/src/a.rs", "struct A;\nimpl A {\n    pub fn a(&self) {}\n}\n", "docs", 4);
    assert_keeps("backend/src/a.rs", "/// An a.\npub struct A;\nstruct B;\npub(crate) struct C;\n");
    assert_keeps("backend/src/a.rs", "#[cfg(test)]\nmod tests {\n    pub fn a() {}\n}\n");
}

#[test]
fn bool_parameters() {
    assert_breaks("backend/src/a.rs", "/// A.\npub fn a(now: bool) {}\n", "bool-parameter", 3);
    assert_keeps("backend/src/a.rs", "fn a(now: bool) {}\n");
    assert_keeps("frontend/src/ui/a.rs", "/// A.\n#[component]\npub fn A(open: bool) {}\n");
}

#[test]
fn lint_exceptions_have_reasons() {
    assert_breaks("backend/src/a.rs", "#[allow(dead_code)]\nfn a() {}\n", "lint-exception", 2);
    assert_breaks("backend/src/a.rs", "#[expect(dead_code)]\nfn a() {}\n", "lint-exception", 2);
    assert_keeps("backend/src/a.rs", "#[expect(dead_code, reason = \"called by the linker\")]\nfn a() {}\n");
    assert_eq!(judge("backend/src/a.rs", &format!("{HEAD}#![allow(dead_code)]\n"))[0].rule, "lint-exception");
}

#[test]
fn pure_code_knows_no_clock() {
    assert_breaks("shared/src/a.rs", "use std::time::{Duration, Instant};\n", "pure", 2);
    assert_breaks("shared/src/a.rs", "fn a() { let _ = std::fs::read(\"a\"); }\n", "pure", 2);
    assert_breaks("shared/src/a.rs", "fn a() { let _ = vec![std::env::var(\"A\")]; }\n", "pure", 2);
    assert_breaks("frontend/editor/src/a.rs", "use web_sys as browser;\n", "pure", 2);
    assert_breaks("backend/src/engine/local/decide.rs", "use std::time::SystemTime;\n", "pure", 2);
    assert_keeps("backend/src/engine/local/driver.rs", "use std::time::SystemTime;\n");
    assert_keeps("shared/src/a.rs", "use std::time::Duration;\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n");
}

#[test]
fn arrows_in_the_frontend() {
    assert_breaks("frontend/src/store/a.rs", "use crate::pages::Home;\n", "arrow", 2);
    assert_breaks("frontend/src/canvas/a.rs", "use crate::{ui::Button, pages::Home};\n", "arrow", 2);
    assert_breaks("frontend/src/ui/a.rs", "use super::super::store::Store;\n", "arrow", 2);
    assert_breaks("frontend/src/ui.rs", "fn a() { view! { <p>{crate::store::name()}</p> } }\n", "arrow", 2);
    assert_breaks("frontend/src/panels/a.rs", "use gloo_net::http::Request;\n", "arrow", 2);
    assert_breaks("frontend/src/newcomer.rs", "", "arrow", 1);
    assert_breaks("frontend/src/main.rs", "use dagwright::http;\n", "arrow", 2);
    assert_keeps("frontend/src/pages/a.rs", "use crate::{canvas::Canvas, net, store::Store, ui};\n");
    assert_keeps("frontend/src/net/a.rs", "use gloo_net::http::Request;\n");
}

#[test]
fn arrows_in_the_backend() {
    assert_breaks("backend/src/engine/local.rs", "use crate::http::Error;\n", "arrow", 2);
    assert_breaks("backend/src/store/a.rs", "use crate::engine::Engine;\n", "arrow", 2);
    assert_breaks("backend/src/store/a.rs", "use axum::http::StatusCode;\n", "arrow", 2);
    assert_breaks("backend/src/store/a.rs", "use kube::Client;\n", "arrow", 2);
    assert_breaks("backend/src/a.rs", "use dagwright_editor::Session;\n", "arrow", 2);
    assert_breaks("shared/src/a.rs", "use dagwright_editor::Session;\n", "arrow", 2);
    assert_keeps("backend/src/engine/argo/submit.rs", "use kube::Client;\n");
    assert_keeps("backend/src/http/runs.rs", "use crate::{engine::Engine, store::Store};\n");
}

#[test]
fn manifests() {
    let rules = |member: &str, text: &str| {
        let found = judge(&format!("{member}/Cargo.toml"), text);
        found.iter().map(|violation| (violation.rule, violation.line)).collect::<Vec<_>>()
    };
    assert_eq!(rules("shared", "[dependencies]\nserde = \"1\"\n"), [("manifest", 2)]);
    assert_eq!(rules("shared", "[dependencies]\ndagwright-python.workspace = true\n"), [("arrow", 2)]);
    assert_eq!(rules("frontend", "[dependencies]\ndagwright.workspace = true\n"), [("arrow", 2)]);
    assert_eq!(rules("shared", "[dependencies]\nregex.workspace = true\n"), [("browser-weight", 2)]);
    assert_eq!(rules("shared", "[features]\nfast = []\n"), [("manifest", 2)]);
    assert_eq!(rules("newcomer", "[dependencies]\n"), [("arrow", 1)]);
    assert_eq!(
        rules("backend", "[dependencies]\ntime.workspace = true\ndagwright-shared = { workspace = true }\n"),
        []
    );
}

#[test]
fn folders_on_the_map() {
    assert_eq!(judge("ARCHITECTURE.md", "The engines: `backend/src/engine/`.\n")[0].rule, "map");
    let files = vec![File::new("ARCHITECTURE.md", "`shared/src/`"), File::new("shared/src/a.rs", HEAD)];
    assert_eq!(check(&House { files }), []);
}

#[test]
fn exceptions_need_a_reason() {
    assert_keeps(
        "backend/src/a.rs",
        "// tidy: allow(bool-parameter) a name the trait of clap gives\n/// A.\npub fn a() {}\n",
    );
    let line =
        "/// A.\n// tidy: allow(bool-parameter) the signature is what wasm-bindgen exports\npub fn a(now: bool) {}\n";
    assert_keeps("backend/src/a.rs", line);
    assert_breaks(
        "backend/src/a.rs",
        "/// A.\n// tidy: allow(bool-parameter)\npub fn a(now: bool) {}\n",
        "bool-parameter",
        4,
    );
}

#[test]
fn the_browser_list_is_closed_both_ways() {
    let listed = browser::listed("# why\nserde # the files\nregex\n");
    let crates = ["serde", "tokio"].map(str::to_owned).into();
    let differences = browser::differences(&crates, &listed);
    assert_eq!(differences.len(), 2, "{differences:?}");
    assert!(differences[0].starts_with("`tokio`") && differences[1].starts_with("`regex`"), "{differences:?}");
    assert!(browser::differences(&crates, &crates).is_empty());
}
