//! Text that passes through Argo's templates (`{{…}}`, replaced several times over) and Kubernetes' `$(NAME)` arrives byte
//! for byte. Nothing else may put a text into a Workflow.

// - Kubernetes makes `$$` of a command, an argument or a variable into `$`: dollar signs that it would read are doubled.
// - `{{` of a command, an argument or a variable becomes `{$(DAGWRIGHT_BRACE)`: Argo sees no braces, Kubernetes puts the
//   second one in from a variable that holds `{`.
// - Values in a command are doubled when they are put in: `{{=replace(inputs.parameters.x, '$', '$$')}}`.
// - A value that only the run brings can hold `{{` too: on its way from task to task it is `BRACES`, one character, and
//   becomes `{$(DAGWRIGHT_BRACE)` where it is put into a command. A tag ends at the first `}}`, so `{{` may stand in it.
// - `raw` data reaches the executor inside a variable, so its dollar signs are doubled too.

use crate::types::{ParameterType, PortType};

/// What stands for `{{` on the way between tasks: a character of the private use area, so that lists and dictionaries of
/// JSON, which have single braces, stay as they are for who looks at them.
const BRACES: char = '\u{e07b}';
/// The same in Argo's expressions.
const BRACES_ESCAPED: &str = "\\ue07b";

/// A text for `command`, `args` or `env`; `brace` names the variable that holds `{`. `before_tag` is whether a `{{…}}`
/// follows directly.
pub(super) fn literal(text: &str, brace: &str, before_tag: Follows) -> String {
    let mut written = String::with_capacity(text.len() + 16);
    let doubled = needs_doubling(text);
    let mut characters = text.chars().peekable();
    let mut last_is_brace = false;
    while let Some(character) = characters.next() {
        match character {
            '$' if doubled => {
                written.push_str("$$");
                last_is_brace = false;
            }
            '{' if last_is_brace || (before_tag == Follows::Tag && characters.peek().is_none()) => {
                written.push_str("$(");
                written.push_str(brace);
                written.push(')');
                last_is_brace = false;
            }
            other => {
                written.push(other);
                last_is_brace = other == '{';
            }
        }
    }
    written
}

/// What comes directly after a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Follows {
    /// The end, or nothing that matters.
    Nothing,
    /// A `{{…}}` of ours.
    Tag,
}

/// Whether [`literal`] needs the variable that holds `{`.
pub(super) fn needs_brace(text: &str, follows: Follows) -> bool {
    text.contains("{{") || (follows == Follows::Tag && text.ends_with('{'))
}

/// A text for `raw` data: only dollar signs can be helped there.
pub(super) fn raw(text: &str) -> String {
    if needs_doubling(text) { text.replace('$', "$$") } else { String::from(text) }
}

/// Whether Argo would change or refuse a text wherever it stands outside a container: in a task's arguments, in a
/// parameter's value, in `raw` data.
pub(super) fn argo_changes(text: &str, follows: Follows) -> bool {
    needs_brace(text, follows) || text.contains(BRACES)
}

/// Whether a text breaks when Argo puts it in for a tag: Argo quotes as Go does, and then reads that as JSON, which knows
/// no `\x1b` and no `\U000e0001`.
pub(super) fn breaks_when_put_in(text: &str) -> bool {
    let breaks = |character: char| match character {
        '\u{8}' | '\t' | '\n' | '\u{c}' | '\r' => false,
        '\u{0}'..='\u{1f}' | '\u{7f}' => true,
        other => other >= '\u{e0000}',
    };
    text.chars().any(breaks)
}

/// Whether values of the type can hold braces.
pub(super) fn holds_braces(port_type: &PortType) -> bool {
    let PortType::Parameter(parameter) = port_type else { return true };
    !matches!(parameter, ParameterType::Integer | ParameterType::Double | ParameterType::Boolean)
}

/// The tag for an input's value inside a command.
pub(super) fn value_tag(input: &str, port_type: &PortType) -> String {
    if holds_braces(port_type) {
        doubled_tag(&input_place(input))
    } else {
        format!("{{{{inputs.parameters.{input}}}}}")
    }
}

/// The same for a value that came by [`carried_tag`]; `brace` names the variable that holds `{`.
pub(super) fn arrived_tag(input: &str, brace: &str) -> String {
    restored(input, &format!("'{{$({brace})'"))
}

/// The same for the content of a file, where no variable helps: Argo changes braces there after all.
pub(super) fn arrived_in_file_tag(input: &str) -> String {
    restored(input, "'{{'")
}

fn restored(input: &str, braces: &str) -> String {
    format!("{{{{=replace({}, '{BRACES_ESCAPED}', {braces})}}}}", doubled(&input_place(input)))
}

/// The tag for an upstream output on its way into a task's arguments, if its value can hold braces.
pub(super) fn carried_tag(task: &str, output: &str) -> String {
    format!("{{{{=replace({}, '{{{{', '{BRACES_ESCAPED}')}}}}", output_place(task, output))
}

/// A tag whose value has its dollar signs doubled; `place` is an expression of Argo's.
pub(super) fn doubled_tag(place: &str) -> String {
    format!("{{{{={}}}}}", doubled(place))
}

fn doubled(place: &str) -> String {
    format!("replace({place}, '$', '$$')")
}

/// An input in Argo's expressions.
pub(super) fn input_place(input: &str) -> String {
    format!("inputs.parameters{}", member(input))
}

/// A Workflow's parameter in Argo's expressions.
pub(super) fn parameter_place(parameter: &str) -> String {
    format!("workflow.parameters{}", member(parameter))
}

/// A task's output in Argo's expressions.
pub(super) fn output_place(task: &str, output: &str) -> String {
    format!("tasks{}.outputs.parameters{}", member(task), member(output))
}

/// `.name`, or `['name']` where an expression would take a dash for a minus.
fn member(name: &str) -> String {
    let is_plain = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    if is_plain { format!(".{name}") } else { format!("['{name}']") }
}

/// Kubernetes reads `$$` and `$(`; a dollar sign at the end could meet a bracket that follows.
pub(super) fn needs_doubling(text: &str) -> bool {
    text.contains("$$") || text.contains("$(") || text.ends_with('$')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_would_be_read_is_changed() {
        assert_eq!(literal("echo $HOME ${x} {a: {b}}", "B", Follows::Nothing), "echo $HOME ${x} {a: {b}}");
        assert_eq!(literal("$(date) $x", "B", Follows::Nothing), "$$(date) $$x");
        assert_eq!(literal("{{x}} {{{", "B", Follows::Nothing), "{$(B)x}} {$(B){");
        assert_eq!(literal("{", "B", Follows::Tag), "$(B)");
        assert_eq!(literal("{", "B", Follows::Nothing), "{");
        assert_eq!(raw("a $$ b"), "a $$$$ b");
        assert!(breaks_when_put_in("\u{1b}[1m") && !breaks_when_put_in("a\tb\n가🙂\u{a0}"));
    }
}
