//! How commands print: results on standard output, as text or JSON; everything else on standard error.

use dagwright_shared::diagnostic::{Diagnostic, Place, Severity};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::Write;

/// Prints to standard output. A reader that closed the pipe has seen enough.
pub(super) fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Prints to standard error.
pub(super) fn tell(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// JSON for programs, on several lines.
pub(super) fn print_json(value: &impl Serialize) {
    print(&serde_json::to_string_pretty(value).map(|text| text + "\n").unwrap_or_default());
}

/// A problem as compilers say it: `file:line:column: error: what [code]`, and below how to mend it.
pub(super) fn problem(file: &str, diagnostic: &Diagnostic) -> String {
    let mut text = String::from(file);
    if let Some(position) = diagnostic.position {
        let _ = write!(text, ":{}:{}", position.line, position.column);
    }
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let _ = writeln!(
        text,
        ": {severity}: {}{} [{}]",
        place(&diagnostic.place, &diagnostic.message),
        diagnostic.message,
        diagnostic.code
    );
    if !diagnostic.hint.is_empty() {
        let _ = writeln!(text, "    {}", diagnostic.hint);
    }
    text
}

/// Whose problem it is, where the message does not say so itself.
fn place(place: &Place, message: &str) -> String {
    let (what, name) = match place {
        Place::Task { task, .. } => ("task", task),
        Place::Component { component, .. } => ("component", component),
        Place::Parameter { parameter, .. } => ("parameter", parameter),
        Place::Volume { volume, .. } => ("volume", volume),
        Place::Pipeline | Place::File { .. } => return String::new(),
    };
    if name.is_empty() || message.contains(name.as_str()) { String::new() } else { format!("{what} {name}: ") }
}

/// Rows as columns of even width, two spaces between them.
pub(super) fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell}{}", " ".repeat(width.saturating_sub(cell.chars().count()))))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// A length of time for people: `0.8 s`, `12 s`, `3 min 5 s`, `2 h 10 min`.
pub(super) fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        0..10 => format!("{}.{} s", seconds, milliseconds % 1000 / 100),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_even_and_times_short() {
        let cell = String::from;
        assert_eq!(table(&[[cell("a"), cell("b")], [cell("학습"), cell("")]]), "a   b\n학습\n");
        let times = [0, 1_250, 12_999, 185_000, 7_800_000].map(duration);
        assert_eq!(times, ["0.0 s", "1.2 s", "12 s", "3 min 5 s", "2 h 10 min"]);
    }
}
