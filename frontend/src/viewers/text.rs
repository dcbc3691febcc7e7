//! Text and JSON artifacts: the first part of them, with the rest a download away.

use crate::ui::format;
use dagwright_texts::t;
use leptos::prelude::*;

/// Bytes that are fetched to look at.
pub const SHOWN: usize = 128 * 1024;

/// A text.
#[component]
pub fn TextView(
    /// The bytes that were fetched.
    text: String,
    /// Bytes of the whole.
    size: u64,
) -> impl IntoView {
    let cut = (size > SHOWN as u64).then(|| {
        t!(
            "The first {part} of {whole}. Download it for the rest.",
            part = format::bytes(SHOWN as u64),
            whole = format::bytes(size)
        )
    });
    view! {
        <pre data-viewer="text" tabindex="0">{text}</pre>
        {cut.map(|words| view! { <p class="hint">{words}</p> })}
    }
}

/// JSON, indented; the text itself where it does not parse.
pub fn pretty(text: &str) -> String {
    serde_json::from_str::<serde_json::Value>(text)
        .ok()
        .and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| text.to_owned())
}
