//! The arrows between modules (DESIGN.md, "The house"): which path may be named where, and what pure code may not know.
//! A path counts wherever it stands: in a `use`, in an expression or inside a macro.

use crate::{File, Violation, syntax};
use proc_macro2::{TokenStream, TokenTree};
use syn::{Item, ItemUse, Macro, UseTree, visit::Visit};

/// Layers of the frontend, from the leaves up. A module names its own layer and those below.
const FRONTEND_LAYERS: [(&str, u8); 9] = [
    ("i18n", 0),
    ("net", 0),
    ("ui", 1),
    ("store", 2),
    ("viewers", 3),
    ("panels", 3),
    ("canvas", 3),
    ("form", 3),
    ("pages", 4),
];

/// What code without clock, I/O and randomness may not name, as the start of a path.
const IMPURE: [&str; 24] = [
    "std::time::Instant",
    "std::time::SystemTime",
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "std::thread",
    "std::io::stdin",
    "std::io::stdout",
    "tokio",
    "rand",
    "getrandom",
    "chrono",
    "time",
    "web_sys",
    "js_sys",
    "gloo_net",
    "leptos",
    "wasm_bindgen",
    "sqlx",
    "axum",
    "reqwest",
    "hyper",
    "uuid::Uuid::new_v4",
];

/// Checks one parsed file.
pub fn check(file: &File, parsed: &syn::File, found: &mut Vec<Violation>) {
    if file.is_test() {
        return;
    }
    if let Some(inside) = file.path.strip_prefix("frontend/src/") {
        let own = inside.split(['/', '.']).next().unwrap_or_default();
        if !["app", "lib", "main"].contains(&own) && !FRONTEND_LAYERS.iter().any(|(name, _)| *name == own) {
            let message = format!("a new module `{own}`: give it its layer in e2e/tidy/src/arrows.rs");
            found.push(Violation { path: file.path.clone(), line: 1, rule: "arrow", message });
        }
    }
    let mut paths = Paths { module: module_of(&file.path), named: Vec::new() };
    for item in &parsed.items {
        paths.visit_item(item);
    }
    for (path, line) in paths.named {
        for (rule, message) in judge(&file.path, &path) {
            found.push(Violation { path: file.path.clone(), line, rule, message });
        }
    }
}

/// The module a file is, from its crate's root: `backend/src/engine/local.rs` is `engine::local`.
fn module_of(path: &str) -> Vec<String> {
    let inside = path.split_once("src/").map_or(path, |(_, inside)| inside);
    let mut parts: Vec<String> = inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if matches!(parts.last().map(String::as_str), Some("main" | "lib")) && parts.len() == 1 {
        parts.clear();
    }
    parts
}

fn starts(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// What is wrong with naming `path` (crate-absolute where it is of this crate) in the file at `place`.
fn judge(place: &str, path: &str) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    let is_pure = place.starts_with("shared/")
        || place.starts_with("frontend/editor/")
        || (place.starts_with("backend/") && ["/decide", "/observe"].iter().any(|name| place.contains(name)));
    if is_pure && IMPURE.iter().any(|prefix| starts(path, prefix)) {
        wrong.push((
            "pure",
            format!("`{path}` in pure code: no clock, no I/O, no randomness here; take it as a value from the caller"),
        ));
    }
    for (member, others) in [
        ("shared/", &["dagwright_editor", "dagwright_frontend", "dagwright"][..]),
        ("frontend/", &["dagwright"][..]),
        ("frontend/editor/", &["dagwright_frontend", "dagwright_python"][..]),
        ("backend/", &["dagwright_editor", "dagwright_frontend"][..]),
    ] {
        if place.starts_with(member) && others.iter().any(|other| starts(path, other)) {
            wrong.push(("arrow", format!("`{member}` does not know `{path}` (DESIGN.md: the arrows)")));
        }
    }
    if ["kube", "k8s_openapi"].iter().any(|name| starts(path, name)) && !place.starts_with("backend/src/engine/argo") {
        wrong.push(("arrow", format!("`{path}`: Kubernetes is known under backend/src/engine/argo only")));
    }
    if let Some(inside) = place.strip_prefix("frontend/src/") {
        wrong.extend(frontend(inside, path));
    }
    if let Some(inside) = place.strip_prefix("backend/src/") {
        wrong.extend(backend(inside, path));
    }
    wrong
}

fn frontend(inside: &str, path: &str) -> Option<(&'static str, String)> {
    let layer_of = |name: &str| FRONTEND_LAYERS.iter().find(|(layer, _)| *layer == name).map(|(_, height)| *height);
    let own = inside.split(['/', '.']).next()?;
    if ["gloo_net", "web_sys::EventSource", "web_sys::Request", "web_sys::XmlHttpRequest"]
        .iter()
        .any(|name| starts(path, name))
        && own != "net"
    {
        return Some(("arrow", format!("`{path}`: the network is reached through frontend/src/net only")));
    }
    let named = path.strip_prefix("crate::")?.split("::").next()?;
    let (own_height, named_height) = (layer_of(own)?, layer_of(named)?);
    (own_height < named_height).then(|| {
        let arrow = "pages → panels|canvas|form|viewers → store → ui → net, i18n";
        ("arrow", format!("`{own}` does not know `{named}` ({arrow})"))
    })
}

fn backend(inside: &str, path: &str) -> Option<(&'static str, String)> {
    let own = inside.split(['/', '.']).next()?;
    if starts(path, "axum") && ["engine", "store", "artifacts"].contains(&own) {
        return Some((
            "arrow",
            format!("`{path}` in `{own}`: only http/ knows HTTP; return a value or a domain error"),
        ));
    }
    let named = path.strip_prefix("crate::")?.split("::").next()?;
    let forbidden = match own {
        "engine" => named == "http" || named == "cli",
        "store" | "artifacts" => ["http", "engine", "cli"].contains(&named),
        "http" => named == "cli",
        _ => false,
    };
    forbidden.then(|| ("arrow", format!("`{own}` does not know `{named}` (http → engine|store|artifacts → shared)")))
}

/// All paths that are named outside tests, with their lines.
struct Paths {
    module: Vec<String>,
    named: Vec<(String, usize)>,
}

impl Paths {
    fn name(&mut self, parts: &[String], line: usize) {
        let Some(first) = parts.first() else { return };
        let mut absolute: Vec<String> = match first.as_str() {
            "super" => {
                let ups = parts.iter().take_while(|part| *part == "super").count();
                let kept = self.module.len().saturating_sub(ups);
                let mut start = vec!["crate".to_owned()];
                start.extend(self.module[..kept].iter().cloned());
                start.extend(parts[ups..].iter().cloned());
                start
            }
            "self" => {
                let mut start = vec!["crate".to_owned()];
                start.extend(self.module.iter().cloned());
                start.extend(parts[1..].iter().cloned());
                start
            }
            _ => parts.to_vec(),
        };
        absolute.retain(|part| part != "self");
        self.named.push((absolute.join("::"), line));
    }

    fn tree(&mut self, before: &[String], tree: &UseTree) {
        let mut parts = before.to_vec();
        match tree {
            UseTree::Path(path) => {
                parts.push(path.ident.to_string());
                self.tree(&parts, &path.tree);
            }
            UseTree::Name(name) => {
                parts.push(name.ident.to_string());
                self.name(&parts, name.ident.span().start().line);
            }
            UseTree::Rename(name) => {
                parts.push(name.ident.to_string());
                self.name(&parts, name.ident.span().start().line);
            }
            UseTree::Glob(glob) => self.name(&parts, glob.star_token.spans[0].start().line),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(&parts, item)),
        }
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let mut parts: Vec<String> = Vec::new();
        let (mut line, mut colons) = (0, 0);
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.end(&mut parts, line);
                        line = ident.span().start().line;
                    }
                    colons = 0;
                    parts.push(ident.to_string());
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !parts.is_empty() => colons += 1,
                other => {
                    self.end(&mut parts, line);
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.end(&mut parts, line);
    }

    fn end(&mut self, parts: &mut Vec<String>, line: usize) {
        if 1 < parts.len() {
            self.name(parts, line);
        }
        parts.clear();
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item(&mut self, item: &'ast Item) {
        if syntax::is_test(syntax::attributes(item)) {
            return;
        }
        if let Item::Mod(module) = item {
            self.module.push(module.ident.to_string());
            syn::visit::visit_item(self, item);
            self.module.pop();
        } else {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if 1 < path.segments.len() {
            let parts: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.name(&parts, path.segments[0].ident.span().start().line);
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.tokens(call.tokens.clone());
        syn::visit::visit_macro(self, call);
    }
}
