//! The headers an artifact's bytes go out with, so that no artifact can act in the application's origin.
//! CONTRACTS.md, "Artifacts": `nosniff`, attachment but for viewer types, HTML in a sandbox, SVG only in `<img>`.

use http::HeaderMap;
use http::header::{
    CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS,
};

use super::kind::{ViewKind, image_type};

/// The policy of HTML artifacts: shown in a frame, with scripts of their own, without an origin and without any network.
pub const HTML_POLICY: &str = "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:";
/// Everything else that a browser might open by itself: nothing runs, nothing is fetched.
const NOTHING_POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// How bytes go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub content_type: &'static str,
    /// The whole `Content-Disposition` header.
    pub disposition: String,
    /// The whole `Content-Security-Policy` header.
    pub policy: &'static str,
}

/// For a viewer: inline where that is harmless. `first` are the first bytes, which tell an image's real type.
pub fn deliver(kind: ViewKind, file_name: &str, first: &[u8]) -> Delivery {
    let inline =
        |content_type| Delivery { content_type, disposition: disposition("inline", file_name), policy: NOTHING_POLICY };
    match kind {
        ViewKind::Image => image_type(first).map_or_else(|| download(file_name), inline),
        // `<img>` draws it all the same; opened by itself it is only downloaded.
        ViewKind::Svg => Delivery { content_type: "image/svg+xml", ..download(file_name) },
        ViewKind::Html => Delivery { policy: HTML_POLICY, ..inline("text/html; charset=utf-8") },
        ViewKind::Json | ViewKind::Metrics | ViewKind::ClassificationMetrics => inline("application/json"),
        ViewKind::Table | ViewKind::Markdown | ViewKind::Text => inline("text/plain; charset=utf-8"),
        ViewKind::Binary => download(file_name),
    }
}

/// For saving: never opened by the browser.
pub fn download(file_name: &str) -> Delivery {
    Delivery {
        content_type: "application/octet-stream",
        disposition: disposition("attachment", file_name),
        policy: NOTHING_POLICY,
    }
}

impl Delivery {
    /// The headers, `nosniff` included.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(self.policy));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        // A page in a sandbox with an opener policy of its own is not opened at all (HTML, "process a navigate fetch").
        headers.insert(OPENER_POLICY, HeaderValue::from_static("unsafe-none"));
        let disposition = HeaderValue::from_str(&self.disposition);
        // Encoded to ASCII below, so this does not fail; were it to, the bytes must still not be opened.
        headers.insert(CONTENT_DISPOSITION, disposition.unwrap_or_else(|_| HeaderValue::from_static("attachment")));
        headers
    }
}

/// RFC 6266: a plain name for old readers and the true one in RFC 5987's encoding.
fn disposition(kind: &str, file_name: &str) -> String {
    use std::fmt::Write;
    let name = file_name.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("artifact");
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "._- ()".contains(c) { c } else { '_' }).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _infallible = write!(encoded, "%{byte:02X}");
        }
    }
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

    #[test]
    fn only_viewer_types_are_inline_and_all_are_nosniff() {
        for (kind, inline) in [
            (ViewKind::Binary, false),
            (ViewKind::Svg, false),
            (ViewKind::Image, true),
            (ViewKind::Html, true),
            (ViewKind::Json, true),
            (ViewKind::Table, true),
            (ViewKind::Markdown, true),
            (ViewKind::Text, true),
        ] {
            let headers = deliver(kind, "f", PNG).headers();
            assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
            let disposition = headers[CONTENT_DISPOSITION].to_str().unwrap();
            assert_eq!(disposition.starts_with("inline"), inline, "{kind:?}");
            assert!(headers[CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("sandbox"), "{kind:?}");
        }
        assert_eq!(download("x.html").content_type, "application/octet-stream");
    }

    #[test]
    fn html_gets_the_agreed_policy_and_markdown_and_text_are_never_html() {
        let headers = deliver(ViewKind::Html, "report.html", b"").headers();
        assert_eq!(
            headers[CONTENT_SECURITY_POLICY],
            "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
        );
        for kind in [ViewKind::Markdown, ViewKind::Text, ViewKind::Table] {
            assert_eq!(deliver(kind, "x.html", b"<script>").content_type, "text/plain; charset=utf-8");
        }
    }

    #[test]
    fn an_image_that_is_none_is_a_download() {
        assert_eq!(deliver(ViewKind::Image, "x.png", b"<script>alert(1)</script>"), download("x.png"));
        assert_eq!(deliver(ViewKind::Image, "x.jpg", PNG).content_type, "image/png");
    }

    #[test]
    fn names_cannot_break_out_of_the_header() {
        let text = download("a/b/Über \"x\"\r\nSet-Cookie: y; 日.csv").disposition;
        assert_eq!(
            text,
            "attachment; filename=\"_ber _x___Set-Cookie_ y_ _.csv\"; filename*=UTF-8''%C3%9Cber%20%22x%22%0D%0ASet-Cookie%3A%20y%3B%20%E6%97%A5.csv"
        );
        assert!(download("a/").disposition.contains("filename=\"artifact\""));
    }
}
