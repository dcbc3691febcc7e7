//! The container command of a Python function: the bootstrap, the source, and one group of arguments for each port.
//! Reads no Python: the bootstrap itself matches ports with parameters when it runs.

use crate::component::{Component, ContainerImplementation, IfCondition, Placeholder, PythonImplementation};
use crate::diagnostic::{Diagnostic, DiagnosticCode, Place};
use crate::types::PortType;
use dagwright_texts::t;
use serde_json::Value;

/// The program that runs a function as a task, for `python3 -c`; the same text for every component, without `{{`.
/// Needs Python 3.7 or newer and nothing else; its first lines say its arguments.
pub const BOOTSTRAP: &str = concat!(
    include_str!("bootstrap.py"),
    include_str!("packages.py"),
    include_str!("kfp.py"),
    "\n\nmain(sys.argv[1:])\n"
);

/// The longest command line, in bytes, that a Python component may become: what Linux takes as one argument,
/// kept for all of them together, so that it also fits a ConfigMap of Argo's.
pub const MAXIMUM_ARGV_BYTES: usize = 128 * 1024;

/// The container that runs `python`, one of `component`'s ports after the other as
/// `--value|--path|--output PORT TYPE placeholder`.
///
/// Inputs that may stay without a value (optional, without a default, or with a null one) are wrapped in `isPresent`,
/// so that the function's own default holds.
pub fn container_implementation(component: &Component, python: &PythonImplementation) -> ContainerImplementation {
    let text = |text: &str| Placeholder::Text(String::from(text));
    let command = ["python3", "-u", "-c", BOOTSTRAP].into_iter().map(text);
    let command = command.chain([Placeholder::Text(shielded(&python.source))]).collect();
    let mut args = vec![text(&python.function)];
    for package in &python.packages {
        args.extend([text("--package"), text(package)]);
    }
    for input in &component.inputs {
        let port_type = input.type_spec.as_ref().map_or(PortType::Artifact(None), PortType::from_spec);
        let (flag, placeholder) = if port_type.is_artifact() {
            ("--path", Placeholder::InputPath(input.name.clone()))
        } else {
            ("--value", Placeholder::InputValue(input.name.clone()))
        };
        let group = [text(flag), text(&input.name), text(port_type.name()), placeholder];
        if input.optional && matches!(input.default, None | Some(Value::Null)) {
            let condition = IfCondition::IsPresent(input.name.clone());
            args.push(Placeholder::If { condition, then: group.into(), otherwise: Vec::new() });
        } else {
            args.extend(group);
        }
    }
    for output in &component.outputs {
        let port_type = output.type_spec.as_ref().map_or(PortType::Artifact(None), PortType::from_spec);
        let path = Placeholder::OutputPath(output.name.clone());
        args.extend([text("--output"), text(&output.name), text(port_type.name()), path]);
    }
    ContainerImplementation {
        image: python.image.clone(),
        command,
        args,
        env: python.env.clone(),
        ..ContainerImplementation::default()
    }
}

/// A diagnostic when `python`'s source makes its command line longer than [`MAXIMUM_ARGV_BYTES`];
/// `key` is the component's.
pub fn oversized(key: &str, python: &PythonImplementation) -> Option<Diagnostic> {
    let bytes =
        BOOTSTRAP.len() + shielded(&python.source).len() + python.packages.iter().map(String::len).sum::<usize>();
    (bytes > MAXIMUM_ARGV_BYTES).then(|| {
        let place =
            Place::Component { component: String::from(key), field: String::from("implementation/python/source") };
        let message = t!(
            "The source of {function} makes a command line of {kib} KiB; {most} KiB is the most.",
            function = python.function,
            kib = bytes.div_ceil(1024),
            most = MAXIMUM_ARGV_BYTES / 1024
        );
        Diagnostic::new(DiagnosticCode::ArgumentTooLong, place, message)
            .with_hint(t!("Move code into a package, or data into a file that the function reads."))
    })
}

/// The source as an argument that no template engine touches: as it is, or, where it has `{{`, as a JSON string with
/// every `{` escaped (the bootstrap reads both).
fn shielded(source: &str) -> String {
    if source.contains("{{") || serde_json::from_str::<String>(source).is_ok() {
        Value::from(source).to_string().replace('{', "\\u007b")
    } else {
        String::from(source)
    }
}

/// The Python type that [`BOOTSTRAP`] reads and writes for each of its type names.
#[cfg(test)]
const TYPE_NAMES: [&str; 6] = ["String", "Integer", "Double", "Boolean", "List", "Dict"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::ParameterType;

    #[test]
    fn the_bootstrap_knows_every_parameter_type_and_no_template() {
        assert_eq!(ParameterType::ALL.map(ParameterType::name), TYPE_NAMES);
        assert!(TYPE_NAMES.iter().all(|name| BOOTSTRAP.contains(&format!("\"{name}\": "))));
        assert!(!BOOTSTRAP.contains("{{"));
    }

    #[test]
    fn only_a_source_that_a_template_engine_would_touch_is_encoded() {
        assert_eq!(shielded("def f(): return '{é}'"), "def f(): return '{é}'");
        assert_eq!(shielded("f'{{x}}'\n"), r#""f'\u007b\u007bx}}'\n""#);
        assert_eq!(shielded("\"a\""), r#""\"a\"""#);
    }
}
