//! Markdown to HTML that may stand in the application's page: no raw HTML, no image from elsewhere, no link but http,
//! https, mailto and within the page. What is refused stays visible as text.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// Converts CommonMark with tables, strike-through and task lists.
pub fn markdown_to_html(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    // What was decided at a start holds for its end. Images may stand in links and the reverse.
    let (mut links, mut images) = (Vec::new(), Vec::new());
    let events = Parser::new_ext(markdown, options).filter_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::Link { dest_url, title, .. }) => {
            let allowed = is_allowed_link(&dest_url);
            links.push(allowed);
            allowed.then(|| Event::InlineHtml(link(&dest_url, &title)))
        }
        Event::End(TagEnd::Link) => links.pop()?.then_some(Event::InlineHtml(CowStr::Borrowed("</a>"))),
        Event::Start(Tag::Image { ref dest_url, .. }) => {
            let allowed = is_allowed_image(dest_url);
            images.push(allowed);
            // Without its tags, an image's description is plain text.
            allowed.then_some(event)
        }
        Event::End(TagEnd::Image) => images.pop()?.then_some(event),
        other => Some(other),
    });
    let mut output = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut output, events);
    output
}

fn link(destination: &str, title: &str) -> CowStr<'static> {
    let title = if title.is_empty() { String::new() } else { format!(" title=\"{}\"", escape(title)) };
    let elsewhere =
        if destination.starts_with('#') { "" } else { " target=\"_blank\" rel=\"noopener noreferrer nofollow\"" };
    format!("<a href=\"{}\"{title}{elsewhere}>", escape(destination)).into()
}

fn is_allowed_link(destination: &str) -> bool {
    let lower = destination.to_ascii_lowercase();
    let plain = !destination.chars().any(|character| character.is_control() || character.is_whitespace());
    plain && ["https://", "http://", "mailto:", "#"].iter().any(|scheme| lower.starts_with(scheme))
}

fn is_allowed_image(source: &str) -> bool {
    let Some(rest) = source.strip_prefix("data:image/") else { return false };
    let Some((kind, data)) = rest.split_once(";base64,") else { return false };
    let is_base64 = data.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
    matches!(kind, "png" | "jpeg" | "gif" | "webp") && is_base64
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_markdown_is_converted() {
        let html = markdown_to_html("# Result\n\n| a | b |\n|---|---|\n| 1 | **2** |\n\n- [x] ~~done~~ `a < b`\n");
        for part in ["<h1>Result</h1>", "<table>", "<strong>2</strong>", "<del>done</del>", "<code>a &lt; b</code>"] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn raw_html_is_text() {
        for text in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "<svg/onload=alert(1)>",
            "<iframe src='//evil'></iframe>",
            "<!-- <b> --> <b>x</b>",
            "- <details open ontoggle=alert(1)>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "```html\n<script>alert(1)</script>\n```",
        ] {
            let html = markdown_to_html(text);
            for tag in ["<script", "<img", "<svg", "<iframe", "<b>", "<details", "<a "] {
                assert!(!html.contains(tag), "{text} gave {html}");
            }
            assert!(html.contains("&lt;"), "{text} gave {html}");
        }
    }

    #[test]
    fn links_with_code_or_of_unknown_schemes_are_only_text() {
        for target in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "javascript&#58;alert(1)",
            "&#106;avascript:alert(1)",
            "java\u{0}script:alert(1)",
            "<java script:alert(1)>",
            "vbscript:x",
            "data:text/html,<script>alert(1)</script>",
            "data:text/html;base64,PHNjcmlwdD4=",
            "file:///etc/passwd",
            "//evil.example/x",
            "/api/runs",
            "relative",
            "blob:x",
        ] {
            for text in [format!("[shown]({target})"), format!("[shown][r]\n\n[r]: {target}"), format!("<{target}>")] {
                let html = markdown_to_html(&text);
                assert!(!html.contains("<a "), "{text} gave {html}");
                assert!(!html.contains("href"), "{text} gave {html}");
            }
        }
        assert!(markdown_to_html("[shown](javascript:x)").contains("shown"));
    }

    #[test]
    fn ordinary_links_stay_and_cannot_reach_back() {
        let html = markdown_to_html("[a](https://example.org/?q=\"><script>) [b](#part) <me@example.org>");
        assert!(!html.contains("<script"), "{html}");
        let html = markdown_to_html("[a](https://example.org/?a=1&b=%22 \"x\\\" onclick=y\") [b](#part)");
        assert!(
            html.contains("<a href=\"https://example.org/?a=1&amp;b=%22\" title=\"x&quot; onclick=y\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">a</a>"),
            "{html}"
        );
        assert!(html.contains("<a href=\"#part\">b</a>"), "{html}");
    }

    #[test]
    fn images_from_elsewhere_become_their_description() {
        for source in [
            "https://evil.example/track.png",
            "//evil.example/x.png",
            "/api/runs",
            "x.png",
            "javascript:alert(1)",
            "data:image/svg+xml;base64,PHN2Zz4=",
            "data:text/html;base64,PHN2Zz4=",
            "data:image/png;base64,x\"onerror=alert(1)",
        ] {
            let html = markdown_to_html(&format!("![the *curve*]({source})"));
            assert!(!html.contains("<img") && html.contains("the <em>curve</em>"), "{source} gave {html}");
        }
        let html = markdown_to_html("![dot](data:image/png;base64,iVBORw0KGgo=)");
        assert!(html.contains("<img src=\"data:image/png;base64,iVBORw0KGgo=\" alt=\"dot\""), "{html}");
        let html = markdown_to_html("[![logo](https://evil.example/x.png)](https://example.org)");
        assert!(!html.contains("<img") && html.contains("<a href=\"https://example.org\""), "{html}");
    }

    #[test]
    fn nothing_makes_it_panic() {
        for text in [
            "",
            "[",
            "![",
            "![[x](javascript:y)](z)",
            "[![x](a)](b",
            "</a>",
            "\0",
            &"> ".repeat(5_000),
            &"[".repeat(5_000),
        ] {
            markdown_to_html(text);
        }
    }
}
