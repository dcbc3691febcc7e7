//! Rules on Rust as the compiler reads it: docstrings, bool parameters, lint exceptions, names of types.
//! Knows nothing of which module may use which.

use crate::{File, Violation};
use syn::{
    Attribute, FnArg, ImplItem, Item, Meta, Pat, Signature, Token, Type, Visibility, punctuated::Punctuated,
    spanned::Spanned, visit::Visit,
};

/// Checks one parsed file.
pub fn check(file: &File, parsed: &syn::File, found: &mut Vec<Violation>) {
    let mut visitor = Syntax { file, found };
    for attribute in &parsed.attrs {
        visitor.visit_attribute(attribute);
    }
    for item in &parsed.items {
        visitor.visit_item(item);
    }
}

/// Whether an item is for tests only.
#[must_use]
pub fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg")
                && matches!(&attribute.meta, Meta::List(list) if list.tokens.to_string().contains("test")))
    })
}

/// The attributes of an item, whichever it is.
#[must_use]
pub fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        _ => &[],
    }
}

struct Syntax<'a> {
    file: &'a File,
    found: &'a mut Vec<Violation>,
}

impl Syntax<'_> {
    fn push(&mut self, line: usize, rule: &'static str, message: String) {
        self.found.push(Violation { path: self.file.path.clone(), line, rule, message });
    }

    fn documented(&mut self, visibility: &Visibility, attributes: &[Attribute], name: &syn::Ident, kind: &str) {
        let has = attributes.iter().any(|attribute| attribute.path().is_ident("doc"));
        if matches!(visibility, Visibility::Public(_)) && !has && !self.file.is_test() {
            let line = name.span().start().line;
            self.push(
                line,
                "docs",
                format!("the public {kind} `{name}` has no docstring: say what it is, its units, errors, source"),
            );
        }
    }

    fn named(&mut self, name: &syn::Ident) {
        let text = name.to_string();
        if ["Manager", "Helper", "Helpers", "Util", "Utils"].iter().any(|end| text.ends_with(end)) {
            self.push(
                name.span().start().line,
                "names",
                format!("`{text}` names no thing: call it after what it is about"),
            );
        }
    }

    fn no_bools(&mut self, visibility: &Visibility, attributes: &[Attribute], signature: &Signature) {
        // A component's parameters are named where it is used, as a struct's fields are.
        let is_component = attributes.iter().any(|attribute| attribute.path().is_ident("component"));
        if !matches!(visibility, Visibility::Public(_)) || is_component || self.file.is_test() {
            return;
        }
        for input in &signature.inputs {
            let FnArg::Typed(input) = input else { continue };
            let Type::Path(kind) = &*input.ty else { continue };
            if kind.path.is_ident("bool") {
                let name = match &*input.pat {
                    Pat::Ident(pattern) => pattern.ident.to_string(),
                    _ => "…".to_owned(),
                };
                self.push(
                    input.span().start().line,
                    "bool-parameter",
                    format!(
                        "`{name}: bool` in public `{}`: nobody can read `true` at the call; two functions, or an enum",
                        signature.ident
                    ),
                );
            }
        }
    }
}

impl<'ast> Visit<'ast> for Syntax<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_test(attributes(item)) {
            return;
        }
        match item {
            Item::Fn(item) => {
                self.documented(&item.vis, &item.attrs, &item.sig.ident, "function");
                self.no_bools(&item.vis, &item.attrs, &item.sig);
            }
            Item::Struct(item) => {
                self.documented(&item.vis, &item.attrs, &item.ident, "struct");
                self.named(&item.ident);
            }
            Item::Enum(item) => {
                self.documented(&item.vis, &item.attrs, &item.ident, "enum");
                self.named(&item.ident);
            }
            Item::Trait(item) => {
                self.documented(&item.vis, &item.attrs, &item.ident, "trait");
                self.named(&item.ident);
            }
            Item::Type(item) => self.documented(&item.vis, &item.attrs, &item.ident, "type"),
            Item::Const(item) => self.documented(&item.vis, &item.attrs, &item.ident, "constant"),
            Item::Impl(item) if item.trait_.is_none() => {
                for member in &item.items {
                    if let ImplItem::Fn(method) = member {
                        if is_test(&method.attrs) {
                            continue;
                        }
                        self.documented(&method.vis, &method.attrs, &method.sig.ident, "method");
                        self.no_bools(&method.vis, &method.attrs, &method.sig);
                    }
                }
            }
            _ => {}
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let line = attribute.span().start().line;
        if attribute.path().is_ident("allow") {
            self.push(
                line,
                "lint-exception",
                "`allow` stays when its cause is gone: `#[expect(lint, reason = \"…\")]`".to_owned(),
            );
        }
        if attribute.path().is_ident("expect") {
            let parts = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
            let has_reason = parts.is_ok_and(|parts| parts.iter().any(|part| part.path().is_ident("reason")));
            if !has_reason {
                self.push(
                    line,
                    "lint-exception",
                    "an exception says why: `#[expect(lint, reason = \"…\")]`".to_owned(),
                );
            }
        }
    }
}
