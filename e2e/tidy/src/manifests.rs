//! Rules on Cargo.toml files: which member depends on which, one list of versions and features, no features of our own.

use crate::{File, House, Violation};
use toml::Table;

/// Which members a member may depend on.
const ARROWS: [(&str, &[&str]); 8] = [
    ("shared/texts", &[]),
    ("shared", &["dagwright-texts"]),
    ("shared/python", &["dagwright-shared", "dagwright-texts"]),
    ("frontend", &["dagwright-shared", "dagwright-editor", "dagwright-texts"]),
    ("frontend/editor", &["dagwright-shared", "dagwright-texts"]),
    ("frontend/python-module", &["dagwright-shared", "dagwright-python", "dagwright-texts"]),
    ("backend", &["dagwright-shared", "dagwright-python", "dagwright-texts"]),
    ("e2e/tidy", &[]),
];

/// Features of our own, each with a reason: every other build is what all test.
/// `openapi`: the API's types describe themselves for the server; in the browser that would be dead weight.
/// `embedded`: the Korean table inside the server; the browser app fetches it when it is spoken.
/// `testing`: arbitrary documents for other crates' property tests; never in what is shipped.
const FEATURES: [(&str, &str); 3] = [("shared", "openapi"), ("shared", "testing"), ("shared/texts", "embedded")];

/// What never goes to the browser by a direct dependency (DESIGN.md: browser weight is a budget).
const NOT_IN_BROWSER: [&str; 8] =
    ["regex", "chrono", "time", "tokio", "reqwest", "kube", "k8s-openapi", "serde_yaml_ng"];

/// Checks all members' manifests.
pub fn check(house: &House, found: &mut Vec<Violation>) {
    for file in house.files.iter().filter(|file| file.path.ends_with("/Cargo.toml")) {
        let member = file.path.trim_end_matches("/Cargo.toml");
        match file.text.parse::<Table>() {
            Ok(manifest) => check_member(member, file, &manifest, found),
            Err(error) => push(found, file, "", "manifest", format!("{error}")),
        }
    }
}

fn push(found: &mut Vec<Violation>, file: &File, name: &str, rule: &'static str, message: String) {
    let is_place = |line: &str| !name.is_empty() && line.trim_start_matches(['[', '"']).contains(name);
    let line = file.text.lines().position(is_place).unwrap_or(0) + 1;
    found.push(Violation { path: file.path.clone(), line, rule, message });
}

fn check_member(member: &str, file: &File, manifest: &Table, found: &mut Vec<Violation>) {
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == member) else {
        push(
            found,
            file,
            "",
            "arrow",
            format!("a new member `{member}`: say in e2e/tidy/src/manifests.rs what it may depend on"),
        );
        return;
    };
    for name in manifest.get("features").and_then(|section| section.as_table()).into_iter().flat_map(Table::keys) {
        if !FEATURES.contains(&(member, name)) {
            let message =
                format!("a feature `{name}`: one build is what all test; or say in e2e/tidy/src/manifests.rs why");
            push(found, file, name, "manifest", message);
        }
    }
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(dependencies) = manifest.get(section).and_then(|section| section.as_table()) else { continue };
        for (name, value) in dependencies {
            let from_workspace =
                value.as_table().and_then(|table| table.get("workspace")).and_then(toml::Value::as_bool) == Some(true);
            if !from_workspace {
                let message =
                    format!("`{name}`: versions stand in the root Cargo.toml alone; write `{name}.workspace = true`");
                push(found, file, name, "manifest", message);
            }
            if name.starts_with("dagwright") && !allowed.contains(&name.as_str()) {
                push(
                    found,
                    file,
                    name,
                    "arrow",
                    format!("`{member}` does not depend on `{name}` (DESIGN.md: the arrows)"),
                );
            }
            let in_browser = member != "backend" && member != "e2e/tidy" && section == "dependencies";
            if in_browser && NOT_IN_BROWSER.contains(&name.as_str()) {
                push(
                    found,
                    file,
                    name,
                    "browser-weight",
                    format!("`{name}` is too heavy for the browser, or has no place there"),
                );
            }
        }
    }
}
