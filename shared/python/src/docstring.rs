//! Docstrings: the summary, and what they say about each argument (Google's `Args:` and Sphinx's `:param x:`).

use std::collections::BTreeMap;

/// What a docstring says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Docstring {
    /// The first paragraph, as one line.
    pub(crate) summary: Option<String>,
    /// By the parameter's name.
    pub(crate) arguments: BTreeMap<String, String>,
}

/// Reads a docstring's value.
pub(crate) fn read(text: &str) -> Docstring {
    let lines: Vec<&str> = text.lines().collect();
    let paragraph = lines.iter().map(|line| line.trim()).skip_while(|line| line.is_empty());
    let paragraph: Vec<&str> =
        paragraph.take_while(|line| !line.is_empty() && !is_arguments(line) && !line.starts_with(":param")).collect();
    let summary = Some(paragraph.join(" ")).filter(|summary| !summary.is_empty());
    let mut arguments = BTreeMap::new();
    google(&lines, &mut arguments);
    for line in &lines {
        if let Some((head, description)) = line.trim().strip_prefix(":param ").and_then(|rest| rest.split_once(':')) {
            insert(&mut arguments, head.split_whitespace().next_back().unwrap_or(head), description);
        }
    }
    Docstring { summary, arguments }
}

fn is_arguments(line: &str) -> bool {
    matches!(line.trim(), "Args:" | "Arguments:" | "Parameters:")
}

/// `Args:` and, more deeply indented, `name (type): description` with continuation lines still deeper.
fn google(lines: &[&str], arguments: &mut BTreeMap<String, String>) {
    let Some(head) = lines.iter().position(|line| is_arguments(line)) else { return };
    let indent = |line: &str| line.len() - line.trim_start().len();
    let outer = indent(lines[head]);
    let mut entry: Option<(String, String)> = None;
    let mut level = None;
    for line in lines[head + 1..].iter().filter(|line| !line.trim().is_empty()) {
        let depth = indent(line);
        if depth <= outer {
            break;
        }
        if depth > *level.get_or_insert(depth) {
            if let Some((_, description)) = &mut entry {
                description.push(' ');
                description.push_str(line.trim());
            }
        } else {
            if let Some((name, description)) = entry.take() {
                insert(arguments, &name, &description);
            }
            entry = line.trim().split_once(':').map(|(name, description)| {
                let name = name.split('(').next().unwrap_or(name).trim();
                (String::from(name), String::from(description.trim()))
            });
        }
    }
    if let Some((name, description)) = entry {
        insert(arguments, &name, &description);
    }
}

fn insert(arguments: &mut BTreeMap<String, String>, name: &str, description: &str) {
    if !description.trim().is_empty() {
        arguments.insert(String::from(name.trim_start_matches('*').trim()), String::from(description.trim()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn google_and_sphinx() {
        let read = read(
            "Trains a\n    model.\n\n    More.\n\n    Args:\n        data (str): Where: here\n            and there.\n        kernel: Which\n\n    Returns:\n        accuracy: no\n    :param int epochs: How often\n",
        );
        assert_eq!(read.summary.as_deref(), Some("Trains a model."));
        let arguments: Vec<_> = read.arguments.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(arguments, [("data", "Where: here and there."), ("epochs", "How often"), ("kernel", "Which")]);
    }

    #[test]
    fn nothing_in_nothing_out() {
        assert_eq!(read("  \n "), Docstring::default());
    }
}
