//! What an artifact can be shown as, from its type and its first bytes. Pure.

use dagwright_shared::types::PortType;

/// How an artifact is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A table of numbers by name.
    Metrics,
    /// Confusion matrix and ROC curve.
    Classification,
    /// A picture.
    Image,
    /// A page in a frame without origin.
    Html,
    /// Rendered by the server without raw HTML.
    Markdown,
    /// Rows and columns.
    Table,
    /// Indented JSON.
    Json,
    /// Text as it is.
    Text,
    /// Nothing to look at; download only.
    Binary,
}

/// The form that the type alone decides.
pub fn by_type(port_type: &PortType) -> Option<Form> {
    let PortType::Artifact(Some(name)) = port_type else { return None };
    Some(match name.as_str() {
        "Metrics" => Form::Metrics,
        "ClassificationMetrics" => Form::Classification,
        "HTML" => Form::Html,
        "Markdown" => Form::Markdown,
        "CSV" | "TSV" => Form::Table,
        _ => return None,
    })
}

/// How much of a file is at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// Its first bytes; more follow.
    Start,
}

/// The form that these bytes suggest.
pub fn by_content(port_type: &PortType, bytes: &[u8], extent: Extent) -> Form {
    if let Some(form) = by_type(port_type) {
        return form;
    }
    if is_image(bytes) {
        return Form::Image;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        // A cut in the middle of a character is no reason to call a text binary.
        Err(error) if extent == Extent::Start && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return Form::Binary,
    };
    if text.contains('\0') {
        return Form::Binary;
    }
    let start = text.trim_start();
    if start.starts_with("<svg") || (start.starts_with("<?xml") && start.contains("<svg")) {
        return Form::Image;
    }
    if extent == Extent::Whole
        && (start.starts_with('{') || start.starts_with('['))
        && serde_json::from_str::<serde_json::Value>(text).is_ok()
    {
        return Form::Json;
    }
    let named_dataset = matches!(port_type, PortType::Artifact(Some(name)) if name == "Dataset" || name == "Table");
    if looks_like_table(text, extent, named_dataset) { Form::Table } else { Form::Text }
}

fn is_image(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n")
        || bytes.starts_with(b"\xff\xd8\xff")
        || bytes.starts_with(b"GIF8")
        || (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"))
}

/// The same number of commas (or tabs, or semicolons) in the first rows; one such row is enough where the type says so.
fn looks_like_table(text: &str, extent: Extent, named: bool) -> bool {
    [',', '\t', ';'].into_iter().any(|separator| {
        let mut counts = separators_in_rows(text, separator);
        if extent == Extent::Start && counts.len() < ROWS_LOOKED_AT {
            // What is cut off belongs to the last row.
            counts.pop();
        }
        let enough = counts.len() >= if named { 1 } else { 2 };
        enough && counts.first().is_some_and(|first| *first > 0 && counts.iter().all(|count| count == first))
    })
}

/// So many rows decide.
const ROWS_LOOKED_AT: usize = 5;

/// How often a separator stands in each of the first rows. What is quoted counts for nothing, line ends included (RFC 4180).
fn separators_in_rows(text: &str, separator: char) -> Vec<usize> {
    let (mut counts, mut count, mut quoted, mut empty) = (Vec::new(), 0, false, true);
    for letter in text.chars() {
        match letter {
            '"' => (quoted, empty) = (!quoted, false),
            '\n' if !quoted => {
                if !empty {
                    counts.push(count);
                }
                if counts.len() == ROWS_LOOKED_AT {
                    return counts;
                }
                (count, empty) = (0, true);
            }
            '\r' => {}
            _ => {
                empty = false;
                count += usize::from(letter == separator && !quoted);
            }
        }
    }
    if !empty {
        counts.push(count);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let generic = PortType::Artifact(None);
        let dataset = PortType::Artifact(Some(String::from("Dataset")));
        assert_eq!(by_content(&generic, b"\x89PNG\r\n\x1a\nrest", Extent::Start), Form::Image);
        assert_eq!(by_content(&generic, b"{\"a\": 1}", Extent::Whole), Form::Json);
        assert_eq!(by_content(&generic, b"a,b\n1,2\n3,4\n", Extent::Whole), Form::Table);
        assert_eq!(by_content(&generic, b"Hello, world\nno table\n", Extent::Whole), Form::Text);
        assert_eq!(by_content(&dataset, b"a,b\n", Extent::Whole), Form::Table);
        assert_eq!(by_content(&generic, b"a,b\r\n1,\"2, or\n3\"\r\n\r\n4,5", Extent::Whole), Form::Table);
        assert_eq!(by_content(&generic, b"a,b,c\n1,2,3\n4,5", Extent::Start), Form::Table);
        assert_eq!(by_content(&generic, b"a,b,c\n1,2,3\n4,5", Extent::Whole), Form::Text);
        assert_eq!(by_content(&generic, b"\x80\x04\x95pickle", Extent::Whole), Form::Binary);
        assert_eq!(by_content(&generic, "né".as_bytes().get(..2).unwrap(), Extent::Start), Form::Text);
        assert_eq!(by_content(&PortType::Artifact(Some(String::from("HTML"))), b"<p>", Extent::Whole), Form::Html);
        assert_eq!(by_content(&generic, b"<svg xmlns=''></svg>", Extent::Whole), Form::Image);
    }
}
