//! Metrics as a table: name and value.

use crate::ui::format;
use dagwright_texts::t;
use leptos::prelude::*;
use serde_json::Value;

/// Names and values of a Metrics object; what is no number is shown as text.
pub fn entries(value: &Value) -> Vec<(String, String)> {
    let Some(map) = value.as_object() else { return Vec::new() };
    let shown = |value: &Value| match value {
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), format::metric),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    map.iter().map(|(name, value)| (name.clone(), shown(value))).collect()
}

/// The first metric in a few words, for a node's row: `accuracy 0.969`.
pub fn headline(value: &Value) -> Option<String> {
    entries(value).into_iter().next().map(|(name, value)| format!("{name} {value}"))
}

/// The table.
#[component]
pub fn MetricsTable(
    /// A JSON object name → number.
    value: Value,
) -> impl IntoView {
    let rows =
        entries(&value).into_iter().map(|(name, value)| view! { <tr><td>{name}</td><td class="num">{value}</td></tr> });
    view! {
        <table class="t" data-viewer="metrics">
            <thead><tr><th>{t!("Metric")}</th><th class="num">{t!("This run")}</th></tr></thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}
