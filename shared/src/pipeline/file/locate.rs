//! From a problem's place in the document back to its line in the text: for the command line and for whoever shows a text.
//! Knows the file's form, not what any problem means.

use crate::diagnostic::{Diagnostic, Place, TextPosition};
use crate::yaml::{self, Positions, Step};
use serde_json::Value;

/// Gives the problems of `check` a position in the text that the document was read from: that of the innermost entry that
/// is there, so a missing argument stands at its task. Problems that have one keep it.
pub fn locate(text: &str, diagnostics: &mut [Diagnostic]) {
    if diagnostics.iter().all(|diagnostic| diagnostic.position.is_some()) {
        return;
    }
    let read = yaml::read(text);
    let Some(root) = &read.value else { return };
    for diagnostic in diagnostics.iter_mut().filter(|diagnostic| diagnostic.position.is_none()) {
        diagnostic.position = position(root, &read.positions, &diagnostic.place);
    }
}

fn position(root: &Value, positions: &Positions, place: &Place) -> Option<TextPosition> {
    let mut path = Vec::new();
    let field = match place {
        Place::Pipeline => "",
        Place::Task { task, field } => {
            enter(root, &mut path, &["tasks", task]);
            field
        }
        Place::Component { component, field } => {
            enter(root, &mut path, &["components", component]);
            field
        }
        Place::Parameter { parameter, field } => {
            enter(root, &mut path, &["parameters", parameter]);
            field
        }
        Place::Volume { volume, field } => {
            enter(root, &mut path, &["volumes", volume]);
            field
        }
        Place::File { path } => path,
    };
    enter_field(root, &mut path, field);
    positions.key(root, &path)
}

/// Goes as far along the names as the tree does.
fn enter<'a>(root: &'a Value, path: &mut Vec<Step<'a>>, names: &[&str]) {
    for name in names {
        let Some(step) = step(at(root, path), name) else { return };
        path.push(step);
    }
}

/// The same for a path with slashes; a name may hold slashes itself.
fn enter_field<'a>(root: &'a Value, path: &mut Vec<Step<'a>>, field: &str) {
    let mut rest = field;
    while !rest.is_empty() {
        let here = at(root, path);
        let ends = rest.match_indices('/').map(|(end, _)| end).chain([rest.len()]);
        let Some((end, step)) = ends.filter_map(|end| Some((end, step(here, &rest[..end])?))).next_back() else {
            return;
        };
        path.push(step);
        rest = rest.get(end + 1..).unwrap_or_default();
    }
}

fn at<'a>(root: &'a Value, path: &[Step<'_>]) -> Option<&'a Value> {
    path.iter().try_fold(root, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Item(place) => value.get(place),
    })
}

/// Into a map by key, into a list by number or by the `name` of its entries.
fn step<'a>(value: Option<&'a Value>, name: &str) -> Option<Step<'a>> {
    match value? {
        Value::Object(map) => map.get_key_value(name).map(|(key, _)| Step::Key(key.as_str())),
        Value::Array(items) => {
            let named = items.iter().position(|item| item.get("name").is_some_and(|found| found == name));
            named.or_else(|| name.parse().ok().filter(|place| *place < items.len())).map(Step::Item)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;
    use crate::pipeline::file::read_pipeline;

    const TEXT: &str = "apiVersion: dagwright.dev/v1
kind: Pipeline
metadata:
  name: wrong
parameters:
  - {name: a, type: Integer, default: many}
components:
  show:
    name: show
    inputs:
      - {name: in/put, type: String}
    implementation:
      container:
        image: \"\"
        command: [echo, {inputValue: in/put}]
tasks:
  first:
    component: show
  second:
    component: show
    arguments:
      in/put: {task: nobody, output: x}
";

    #[test]
    fn problems_stand_at_their_lines() {
        let mut found = check(&read_pipeline(TEXT).value.unwrap());
        locate(TEXT, &mut found);
        let shown = found.iter().map(|problem| {
            let position = problem.position.unwrap();
            format!("{}:{} {}", position.line, position.column, problem.code)
        });
        insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"));
    }
}
