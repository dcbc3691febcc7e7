//! What people read, in their language. English stands in the code, where it is used; other languages stand in tables
//! (`ko/*.json`: English text → Korean text) that are checked when compiling.

mod check;
mod placeholders;
mod speak;

pub use speak::{Language, Spoken, TableError, install, language, set_language};

use std::fmt::Display;

/// One text, checked; made by [`t!`].
#[derive(Clone, Copy, Debug)]
pub struct Text {
    english: &'static str,
}

impl Text {
    /// A text with its placeholders' names, in any order.
    ///
    /// # Panics
    /// When the text has no translation, or the names are not its placeholders: in [`t!`], that is a compile error.
    #[must_use]
    pub const fn new(english: &'static str, names: &[&str]) -> Self {
        assert!(check::is_translated(english), "this text has no Korean: add it to a file of shared/texts/ko");
        assert!(check::are_placeholders(english, names), "the values are not the text's placeholders, each once");
        Self { english }
    }

    /// In the language of this thread.
    #[must_use]
    pub fn plain(self) -> &'static str {
        speak::translation(self.english).unwrap_or(self.english)
    }

    /// In the language of this thread, with the values in the place of the placeholders.
    #[must_use]
    pub fn with(self, values: &[(&str, &dyn Display)]) -> String {
        let template = self.plain();
        let mut text = String::with_capacity(template.len() + 16);
        let mut from = 0;
        for (at, name) in placeholders::of(template) {
            if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
                text.push_str(&template[from..at]);
                text.push_str(&value.to_string());
                from = at + name.len() + 2;
            }
        }
        text.push_str(&template[from..]);
        text
    }
}

/// A text in the reader's language; `String` with values that implement [`Display`], else `&'static str`. Any other brace
/// than a placeholder's is a brace. A text without a translation, or with other values than its placeholders, is a compile
/// error.
///
/// ```
/// use dagwright_texts::t;
/// let name = "train";
/// assert_eq!(t!("Delete {name}?", name), "Delete train?");
/// assert_eq!(t!("Delete {name}?", name = name.to_uppercase()), "Delete TRAIN?");
/// assert_eq!(t!("Save"), "Save");
/// ```
///
/// No library: leptos_i18n makes types for every key and brings ICU into the browser, and knows only Leptos; fluent parses
/// its tables at run time, and its keys are not checked. Here a text in English costs what a literal costs, the other tables
/// are fetched by who reads them, and the pure core's diagnostics and the server's errors use the same macro.
#[macro_export]
macro_rules! t {
    ($english:literal $(,)?) => {{
        const TEXT: $crate::Text = $crate::Text::new($english, &[]);
        TEXT.plain()
    }};
    ($english:literal, $($name:ident $(= $value:expr)?),+ $(,)?) => {{
        const TEXT: $crate::Text = $crate::Text::new($english, &[$(stringify!($name)),+]);
        TEXT.with(&[$((stringify!($name), &$crate::t!(@value $name $(= $value)?) as &dyn ::std::fmt::Display)),+])
    }};
    (@value $name:ident) => { $name };
    (@value $name:ident = $value:expr) => { $value };
}

#[cfg(test)]
mod tests;
