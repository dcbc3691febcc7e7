//! Which language is spoken, and its table. A thread speaks one language at a time; English unless told.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};

/// The languages there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Language {
    /// As the code says it.
    #[default]
    English,
    /// 한국어.
    Korean,
}

impl Language {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::English, Self::Korean];

    /// The tag of BCP 47: `en`, `ko`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    /// What its speakers call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Korean => "한국어",
        }
    }

    /// The first language we speak of a list of tags, best first, as browsers keep it and `Accept-Language` has it (RFC 9110,
    /// section 12.5.4; weights are taken to be in falling order, as all browsers send them). `None`: none of them.
    #[must_use]
    pub fn best(tags: &str) -> Option<Self> {
        tags.split(',').find_map(|tag| {
            let tag = tag.split(';').next().unwrap_or_default().trim();
            let primary = tag.split('-').next().unwrap_or_default();
            Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
        })
    }
}

thread_local! {
    static SPOKEN: Cell<Language> = const { Cell::new(Language::English) };
}

static KOREAN: OnceLock<BTreeMap<String, String>> = OnceLock::new();

/// What this thread speaks.
#[must_use]
pub fn language() -> Language {
    SPOKEN.get()
}

/// From now on this thread speaks that language.
pub fn set_language(language: Language) {
    SPOKEN.set(language);
}

/// Why a table could not be taken.
#[derive(Debug)]
pub struct TableError(serde_json::Error);

impl fmt::Display for TableError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the table of Korean texts cannot be read: {}", self.0)
    }
}

impl std::error::Error for TableError {}

/// Takes the Korean table, a JSON object from English to Korean, for the whole program. The first one stays.
///
/// # Errors
/// When it is no such object.
pub fn install(table: &str) -> Result<(), TableError> {
    let table = serde_json::from_str(table).map_err(TableError)?;
    KOREAN.get_or_init(|| table);
    Ok(())
}

/// The text in the language of this thread; `None` in English, and where its table lacks it (an older table).
pub(crate) fn translation(english: &str) -> Option<&'static str> {
    match language() {
        Language::English => None,
        Language::Korean => korean()?.get(english).map(String::as_str),
    }
}

#[cfg(feature = "embedded")]
fn korean() -> Option<&'static BTreeMap<String, String>> {
    const TABLE: &str = include_str!(concat!(env!("OUT_DIR"), "/ko.json"));
    Some(KOREAN.get_or_init(|| serde_json::from_str(TABLE).unwrap_or_default()))
}

#[cfg(not(feature = "embedded"))]
fn korean() -> Option<&'static BTreeMap<String, String>> {
    KOREAN.get()
}

/// A future that speaks a language whenever it is polled, on whichever thread; what it spawns speaks English.
#[derive(Debug)]
pub struct Spoken<F> {
    language: Language,
    future: Pin<Box<F>>,
}

impl<F> Spoken<F> {
    /// The future, in that language.
    pub fn new(language: Language, future: F) -> Self {
        Self { language, future: Box::pin(future) }
    }
}

/// Gives the thread its language back, after a panic too.
struct Restore(Language);

impl Drop for Restore {
    fn drop(&mut self) {
        SPOKEN.set(self.0);
    }
}

impl<F: Future> Future for Spoken<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _restore = Restore(SPOKEN.replace(self.language));
        self.future.as_mut().poll(context)
    }
}
