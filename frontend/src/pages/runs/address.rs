//! What a list of runs shows, as the page's address says it: `/runs?state=failed&pipeline=…&sort=longest`.

use crate::net::client::segment;
use dagwright_shared::api::RunSort;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::{NavigateOptions, params::ParamsMap};

/// What narrows the list down.
const FILTERS: [&str; 5] = ["state", "pipeline", "experiment", "engine", "text"];

/// Orders with their words in addresses.
const SORTS: [(RunSort, &str); 4] =
    [(RunSort::Newest, ""), (RunSort::Longest, "longest"), (RunSort::Largest, "largest"), (RunSort::Name, "name")];

type Go = Box<dyn Fn(&str, NavigateOptions)>;

/// The address of this page. Copied freely.
#[derive(Clone, Copy)]
pub struct ListAddress {
    query: Memo<ParamsMap>,
    go: StoredValue<Go, LocalStorage>,
}

impl ListAddress {
    /// Of the page shown.
    pub fn here() -> Self {
        let go: Go = Box::new(use_navigate());
        Self { query: use_query_map(), go: StoredValue::new_local(go) }
    }

    /// A part of it; empty where it is absent.
    pub fn get(self, key: &str) -> String {
        self.query.with(|query| query.get(key)).unwrap_or_default()
    }

    /// The same without subscribing.
    pub fn get_untracked(self, key: &str) -> String {
        self.query.with_untracked(|query| query.get(key)).unwrap_or_default()
    }

    /// Whether anything narrows the list down.
    pub fn is_filtered(self) -> bool {
        FILTERS.iter().any(|key| !self.get(key).is_empty())
    }

    /// The order.
    pub fn sort(self) -> RunSort {
        let word = self.get("sort");
        SORTS.iter().find(|(_, known)| *known == word).map_or(RunSort::Newest, |(sort, _)| *sort)
    }

    /// Goes to another order, from its first page.
    pub fn sort_by(self, sort: RunSort) {
        let word = SORTS.iter().find(|(known, _)| *known == sort).map_or("", |(_, word)| word);
        self.set(&[("sort", word)]);
    }

    /// Changes some parts, as a step that the browser's Back takes back. Pages start anew unless `before` is among them.
    pub fn set(self, changes: &[(&str, &str)]) {
        self.go_to(changes, NavigateOptions { scroll: false, ..NavigateOptions::default() });
    }

    /// Changes some parts in place, for what is typed.
    pub fn replace(self, changes: &[(&str, &str)]) {
        self.go_to(changes, NavigateOptions { scroll: false, replace: true, ..NavigateOptions::default() });
    }

    /// Takes every filter away; the order stays.
    pub fn clear(self) {
        self.set(&FILTERS.map(|key| (key, "")));
    }

    fn go_to(self, changes: &[(&str, &str)], options: NavigateOptions) {
        let value = |key: &str| {
            let change = changes.iter().find(|(changed, _)| *changed == key).map(|(_, value)| (*value).to_owned());
            change.unwrap_or_else(|| if key == "before" { String::new() } else { self.get_untracked(key) })
        };
        let parts = FILTERS.iter().chain(&["sort", "before"]).filter_map(|key| {
            let value = value(key);
            (!value.is_empty()).then(|| format!("{key}={}", segment(&value)))
        });
        let parts = parts.collect::<Vec<_>>().join("&");
        let address = if parts.is_empty() { String::from("/runs") } else { format!("/runs?{parts}") };
        self.go.with_value(|go| go(&address, options));
    }

    /// What the server is asked.
    pub fn api(self) -> String {
        let mut api = String::from("/api/runs?limit=50");
        for key in FILTERS.iter().chain(&["sort", "before"]) {
            let value = match (*key, self.get(key)) {
                (_, value) if value.is_empty() => continue,
                ("state", value) if value == "active" => String::from("waiting,running,stopping"),
                (_, value) => value,
            };
            api.push_str(&format!("&{key}={}", segment(&value)));
        }
        api
    }
}
