//! The tables of translations (`shared/texts/ko`): nothing stands in them that nobody says any more. That nothing is missing
//! is the compiler's matter (`dagwright_texts::t!`).

use crate::{House, Violation};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::HashSet;
use std::str::FromStr;

/// Checks all tables.
pub fn check(house: &House, found: &mut Vec<Violation>) {
    let mut said = HashSet::new();
    for file in house.rust() {
        if let Ok(tokens) = TokenStream::from_str(&file.text) {
            collect(tokens, &mut said);
        }
    }
    for file in &house.files {
        if !file.path.starts_with("shared/texts/ko/") {
            continue;
        }
        let Ok(table) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&file.text) else {
            continue;
        };
        for english in table.keys().filter(|english| !said.contains(*english)) {
            let key = serde_json::Value::from(english.as_str()).to_string();
            found.push(Violation {
                path: file.path.clone(),
                line: file.text.lines().position(|line| line.trim_start().starts_with(&key)).map_or(1, |line| line + 1),
                rule: "translation",
                message: format!("nobody says {key} any more: take it out"),
            });
        }
    }
}

/// All string literals, those in macros too.
fn collect(tokens: TokenStream, said: &mut HashSet<String>) {
    for tree in tokens {
        match tree {
            TokenTree::Group(group) => collect(group.stream(), said),
            TokenTree::Literal(literal) => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    said.insert(text.value());
                }
            }
            _ => {}
        }
    }
}
