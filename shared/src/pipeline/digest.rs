//! A component's digest: SHA-256 over its canonical JSON, without origin and digest. Says whether two components are one.
//! The same on every machine and in every version that knows the same fields.

use super::Graph;
use super::file::component_to_value;
use crate::component::{Component, Implementation};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// `sha256:` and 64 hexadecimal digits, over the component's JSON with sorted keys and no spaces, `origin` and `digest`
/// left out. The order of ports counts, since it is a list; the order of fields does not.
pub fn digest(component: &Component) -> String {
    let mut value = component_to_value(component);
    if let Value::Object(map) = &mut value {
        map.remove("origin");
        map.remove("digest");
    }
    let mut canonical = String::new();
    write_canonical(&value, &mut canonical);
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(canonical.as_bytes()) {
        for half in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(half), 16));
        }
    }
    text
}

/// Whether a component's digest is no longer its own: it was changed by hand since it was embedded.
pub fn is_stale(component: &Component) -> bool {
    component.digest.as_ref().is_some_and(|written| *written != digest(component))
}

/// Whether [`renew_digests`] has something to do.
pub fn has_stale_digest(graph: &Graph) -> bool {
    graph.components.values().any(|component| {
        let is_inside = match &component.implementation {
            Implementation::Graph(inner) => has_stale_digest(&inner.graph),
            _ => false,
        };
        is_inside || is_stale(component)
    })
}

/// Renews every digest that is no longer its component's own, in sub-pipelines too: saving does that.
pub fn renew_digests(graph: &mut Graph) {
    for component in graph.components.values_mut() {
        if let Implementation::Graph(inner) = &mut component.implementation {
            renew_digests(&mut inner.graph);
        }
        if is_stale(component) {
            component.digest = Some(digest(component));
        }
    }
}

/// Whether two components are the same but for where they came from.
pub fn same_component(one: &Component, other: &Component) -> bool {
    one.name == other.name
        && one.description == other.description
        && one.inputs == other.inputs
        && one.outputs == other.outputs
        && one.implementation == other.implementation
        && one.extra == other.extra
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            text.push('{');
            for (place, (key, item)) in entries.into_iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                text.push_str(&Value::String(key.clone()).to_string());
                text.push(':');
                write_canonical(item, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                write_canonical(item, text);
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}
