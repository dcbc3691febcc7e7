//! A library's list: YAML or JSON, `components:` with addresses of component files, or such a list alone; relative addresses
//! are meant from the list on. Pure.

use dagwright_shared::yaml;
use serde_json::Value;

/// What a text at an address is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum List {
    /// A component itself.
    Component,
    /// A list.
    Entries {
        /// Its `name`.
        name: Option<String>,
        /// Addresses, as written.
        entries: Vec<String>,
    },
}

/// Reads it; what is wrong otherwise.
pub(super) fn read(text: &str) -> Result<List, String> {
    let read = yaml::read(text);
    let first = read.diagnostics.first().map(|problem| {
        let line = problem.position.map(|at| format!("line {}: ", at.line)).unwrap_or_default();
        format!("{line}{}", problem.message)
    });
    let Some(value) = read.value else {
        return Err(first.unwrap_or_else(|| String::from("this is not YAML")));
    };
    if value.get("implementation").is_some() {
        return Ok(List::Component);
    }
    let name = value.get("name").and_then(Value::as_str).map(str::trim).filter(|name| !name.is_empty());
    let Some(entries) = value.get("components").unwrap_or(&value).as_array() else {
        return Err(String::from("this is neither a list of components nor a component"));
    };
    let texts: Option<Vec<String>> =
        entries.iter().map(|entry| entry.as_str().map(str::trim).map(String::from)).collect();
    match texts {
        Some(entries) if !entries.is_empty() => {
            Ok(List::Entries { name: name.map(|name| name.chars().take(80).collect()), entries })
        }
        Some(_) => Err(String::from("the list is empty")),
        None => Err(String::from("an entry of the list is no text: each is the address of a component.yaml")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_yaml_or_json_with_a_name_or_without() {
        let entries = |name: Option<&str>| List::Entries {
            name: name.map(String::from),
            entries: vec![String::from("a.yaml"), String::from("https://x.org/b.yaml")],
        };
        for (text, name) in [
            ("- a.yaml\n- https://x.org/b.yaml\n", None),
            ("name: Team\ncomponents:\n  - a.yaml\n  - https://x.org/b.yaml\n", Some("Team")),
            (r#"{"components": ["a.yaml", "https://x.org/b.yaml"]}"#, None),
        ] {
            assert_eq!(read(text).unwrap(), entries(name), "{text}");
        }
        assert_eq!(read("name: a\nimplementation: {}\n").unwrap(), List::Component);
        for wrong in ["a: [b", "just words", "components: []", "- {url: x}", "<!doctype html>\n<p>hi", ""] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
