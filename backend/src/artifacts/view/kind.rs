//! Which viewer an artifact gets: by its type, else its file name, else its first bytes. Bytes never make it HTML or
//! SVG: only somebody who says so does.

/// The viewers there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ViewKind {
    Metrics,
    ClassificationMetrics,
    Table,
    Image,
    /// Drawn in `<img>` only, where it has no scripts.
    Svg,
    Markdown,
    /// In a frame without origin.
    Html,
    Json,
    Text,
    /// Download only.
    Binary,
}

/// How many first bytes [`kind_of`] wants to see.
pub const FIRST_BYTES: usize = 4096;

/// Decides the viewer. `artifact_type` is KFP's name (`HTML`, `Dataset`, …) without `system.`; `first` are the first
/// bytes of the file (at most [`FIRST_BYTES`] are looked at).
pub fn kind_of(artifact_type: Option<&str>, file_name: &str, first: &[u8]) -> ViewKind {
    let first = first.get(..FIRST_BYTES).unwrap_or(first);
    let by_type = match artifact_type.unwrap_or_default() {
        "Metrics" | "mlpipeline-metrics" => Some(ViewKind::Metrics),
        "ClassificationMetrics" => Some(ViewKind::ClassificationMetrics),
        "HTML" => Some(ViewKind::Html),
        "Markdown" => Some(ViewKind::Markdown),
        "CSV" | "TSV" | "Table" => Some(ViewKind::Table),
        _ => None,
    };
    by_type.or_else(|| by_name(file_name)).unwrap_or_else(|| by_bytes(artifact_type, first))
}

fn by_name(file_name: &str) -> Option<ViewKind> {
    let (_, extension) = file_name.rsplit_once('/').map_or(file_name, |(_, name)| name).rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "csv" | "tsv" => ViewKind::Table,
        "png" | "jpg" | "jpeg" | "gif" | "webp" => ViewKind::Image,
        "svg" => ViewKind::Svg,
        "md" | "markdown" => ViewKind::Markdown,
        "html" | "htm" => ViewKind::Html,
        "json" | "ipynb" => ViewKind::Json,
        "txt" | "log" | "yaml" | "yml" | "py" | "toml" | "xml" | "js" | "css" | "sql" | "sh" | "jsonl" | "ini"
        | "cfg" => ViewKind::Text,
        _ => return None,
    })
}

fn by_bytes(artifact_type: Option<&str>, first: &[u8]) -> ViewKind {
    if image_type(first).is_some() {
        return ViewKind::Image;
    }
    let Some(text) = as_text(first) else { return ViewKind::Binary };
    if text.trim_start().starts_with(['{', '[']) {
        return ViewKind::Json;
    }
    if artifact_type == Some("Dataset") && looks_like_table(text) {
        return ViewKind::Table;
    }
    ViewKind::Text
}

/// The MIME type of an image by its magic number; only those that browsers show without any code in them.
pub(super) fn image_type(first: &[u8]) -> Option<&'static str> {
    match first {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some("image/png"),
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// The bytes as text, if they are UTF-8 (a character cut at the end is forgiven) without control characters.
fn as_text(first: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(first) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => std::str::from_utf8(first.get(..error.valid_up_to())?).ok()?,
        Err(_) => return None,
    };
    let binary = |character: char| character.is_control() && !matches!(character, '\n' | '\r' | '\t' | '\u{1b}');
    (!text.contains(binary)).then_some(text)
}

fn looks_like_table(text: &str) -> bool {
    let mut lines = text.lines();
    let (Some(header), Some(row)) = (lines.next(), lines.next()) else { return false };
    [',', '\t', ';'].into_iter().any(|delimiter| {
        let columns = header.matches(delimiter).count();
        columns > 0 && row.matches(delimiter).count() == columns
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_then_name_then_bytes_decide() {
        assert_eq!(kind_of(Some("HTML"), "data", b"<h1>"), ViewKind::Html);
        assert_eq!(kind_of(Some("Metrics"), "m.html", b"{}"), ViewKind::Metrics);
        assert_eq!(kind_of(Some("Model"), "a/plot.PNG", b""), ViewKind::Image);
        assert_eq!(kind_of(None, "model", b"\x89PNG\r\n\x1a\n..."), ViewKind::Image);
        assert_eq!(kind_of(Some("Dataset"), "data", b"a,b\n1,2\n"), ViewKind::Table);
        assert_eq!(kind_of(Some("Dataset"), "data", b"one line of prose, really"), ViewKind::Text);
        assert_eq!(kind_of(None, "data", b" {\"a\": 1}"), ViewKind::Json);
        assert_eq!(kind_of(Some("Model"), "model", b"\x80\x04\x95pickle"), ViewKind::Binary);
        assert_eq!(kind_of(None, "data", &"ü".repeat(FIRST_BYTES).as_bytes()[..FIRST_BYTES - 1]), ViewKind::Text);
    }

    #[test]
    fn bytes_never_make_it_html_or_svg() {
        for text in ["<!doctype html><script>alert(1)</script>", "<svg onload=alert(1)>", "<html>"] {
            assert_eq!(kind_of(None, "data", text.as_bytes()), ViewKind::Text);
            assert_eq!(kind_of(Some("Model"), "data.bin", text.as_bytes()), ViewKind::Text);
        }
    }
}
