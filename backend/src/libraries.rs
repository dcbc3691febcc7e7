//! Libraries of components: the address of a list or of one component, or a folder of this machine, read as a whole. An
//! entry that cannot be taken is a problem of its own. Runs nothing, and knows no HTTP of the server's own.

mod entry;
mod folder;
mod list;

use crate::fetch::{FetchError, FetchRules, address, fetch};
use dagwright_shared::api::LibraryProblem;
use dagwright_shared::component::Component;
use dagwright_shared::pipeline::digest::digest;
use dagwright_shared::pipeline::file::component_to_value;
use dagwright_shared::pipeline::origin::Origin;
use futures::StreamExt;
use list::List;
use reqwest::Url;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Largest file of a component, in bytes.
pub const COMPONENT_LIMIT: usize = 256 << 10;
/// Largest list, in bytes.
const LIST_LIMIT: usize = 1 << 20;
/// Entries of a library that are read.
pub const MOST_ENTRIES: usize = 200;
/// Bytes that the components of a library may have together.
const WHOLE_LIMIT: usize = 4 << 20;
/// Entries that are fetched at once.
const AT_ONCE: usize = 8;
/// How long a whole library may take, in times of one address.
const TIMES: u32 = 6;

/// What may be read.
#[derive(Clone, Debug)]
pub struct LibraryRules {
    /// For addresses.
    pub fetch: FetchRules,
    /// Folders of this machine that libraries may lie in.
    pub folders: Vec<PathBuf>,
}

/// Why nothing of a library can be read.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// Neither address nor folder.
    #[error("{0:?} is neither a web address nor an absolute folder")]
    Source(String),
    /// Folders were not allowed, or not this one.
    #[error("{0:?} does not lie in a folder that this server may read components from")]
    NotAllowed(String),
    /// The folder cannot be read.
    #[error("the folder {folder:?} cannot be read: {reason}")]
    Folder {
        /// The folder.
        folder: String,
        /// The system's words.
        reason: std::io::Error,
    },
    /// The address cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// What came is neither list nor component.
    #[error("{place}: {message}")]
    Content {
        /// Where.
        place: String,
        /// What is wrong.
        message: String,
    },
}

impl LibraryError {
    /// How to mend it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Source(_) => "Write it like https://example.org/components.yaml, or /srv/components.",
            Self::NotAllowed(_) => {
                "Whoever starts the server can allow it: dagwright serve --library-folder /srv/components."
            }
            Self::Folder { .. } => "Look whether it is there, and whether the server's user may read it.",
            Self::Fetch(error) => error.hint(),
            Self::Content { .. } => {
                "A list is YAML or JSON: components: [train/component.yaml, https://…]. A component.yaml alone will do, too."
            }
        }
    }
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    /// For a heading.
    pub name: String,
    /// Components as JSON, with their origins.
    pub components: Vec<Value>,
    /// What could not be taken.
    pub problems: Vec<LibraryProblem>,
}

impl Content {
    fn add(&mut self, place: &str, component: Component) {
        let origin = Origin::of(place, None, &digest(&component)).to_string();
        self.components.push(component_to_value(&Component { origin: Some(origin), digest: None, ..component }));
    }

    fn problem(&mut self, place: &str, message: impl Into<String>, hint: impl Into<String>) {
        let (message, hint) = (message.into(), hint.into());
        self.problems.push(LibraryProblem { place: String::from(place), message, hint });
    }

    fn too_many(&mut self, place: &str) {
        self.problem(place, format!("It has more than {MOST_ENTRIES} entries; the rest was left out"), "Split it.");
    }
}

/// Reads a library as it is now.
///
/// # Errors
/// [`LibraryError`] where nothing of it can be read.
pub async fn read(rules: &LibraryRules, source: &str) -> Result<Content, LibraryError> {
    if source.starts_with('/') {
        let (folders, source) = (rules.folders.clone(), String::from(source));
        let read = tokio::task::spawn_blocking(move || folder::read(&folders, Path::new(&source)));
        let failed = |error| LibraryError::Folder { folder: String::new(), reason: std::io::Error::other(error) };
        return read.await.map_err(failed)?;
    }
    if !source.contains("://") {
        return Err(LibraryError::Source(String::from(source)));
    }
    from_address(&rules.fetch, &address(source)?).await
}

async fn from_address(rules: &FetchRules, url: &Url) -> Result<Content, LibraryError> {
    let started = tokio::time::Instant::now();
    let fetched = fetch(rules, url, LIST_LIMIT).await?;
    let wrong = |message: String| LibraryError::Content { place: url.to_string(), message };
    let text = String::from_utf8(fetched.bytes).map_err(|_| wrong(String::from("this is not text in UTF-8")))?;
    let list = match list::read(&text).map_err(wrong)? {
        List::Component => {
            let component = entry::component(&text).map_err(|problem| wrong(problem.message))?;
            let mut content = Content { name: component.name.clone(), ..Content::default() };
            content.add(url.as_str(), component);
            return Ok(content);
        }
        List::Entries { name, entries } => (name, entries),
    };
    let (name, entries) = list;
    let mut content = Content { name: name.unwrap_or_else(|| name_of(url)), ..Content::default() };
    let too_many = entries.len() > MOST_ENTRIES;
    // Relative to where the list was in the end.
    let base = &fetched.url;
    let whole = rules.time.saturating_mul(TIMES);
    let mut read = futures::stream::iter(entries.into_iter().take(MOST_ENTRIES))
        .map(|entry| async move { (one(rules, base, &entry, started, whole).await, entry) })
        .buffered(AT_ONCE);
    let mut bytes = 0;
    while let Some((read, entry)) = read.next().await {
        match read {
            Ok((place, component, length)) if bytes + length <= WHOLE_LIMIT => {
                bytes += length;
                content.add(&place, component);
            }
            Ok(_) => content.problem(
                &entry,
                format!("The library has more than {WHOLE_LIMIT} bytes with it"),
                "Split the list into several libraries.",
            ),
            Err(problem) => content.problem(&entry, problem.message, problem.hint),
        }
    }
    if too_many {
        content.too_many(url.as_str());
    }
    Ok(content)
}

/// One entry of a list: its address, the component, the bytes of its file.
async fn one(
    rules: &FetchRules,
    base: &Url,
    entry: &str,
    started: tokio::time::Instant,
    whole: Duration,
) -> Result<(String, Component, usize), entry::Problem> {
    if started.elapsed() > whole {
        let message = format!("The library took more than {} s before its turn came", whole.as_secs());
        return Err(entry::Problem { message, hint: String::from("Read it again, or split the list.") });
    }
    let joined = base.join(entry).map_err(|_| FetchError::Address(String::from(entry)));
    let fetched = match joined {
        Ok(url) => fetch(rules, &url, COMPONENT_LIMIT).await.map(|fetched| (url, fetched)),
        Err(error) => Err(error),
    };
    let (url, fetched) = fetched.map_err(|error| entry::Problem::of(&error, error.hint()))?;
    let text = entry::text(fetched.bytes)?;
    Ok((url.to_string(), entry::component(&text)?, text.len()))
}

/// The part of an address that says most: the file's name, or the folder's where every list is called that.
fn name_of(url: &Url) -> String {
    let parts: Vec<&str> =
        url.path_segments().map(|parts| parts.filter(|part| !part.is_empty()).collect()).unwrap_or_default();
    let stem = |part: &str| part.split('.').next().map(String::from).unwrap_or_default();
    let mut names = parts.iter().rev().map(|part| stem(part));
    let telling =
        names.find(|name| !["component", "components", "index", "list", "main", "master", ""].contains(&name.as_str()));
    telling.or_else(|| url.host_str().map(String::from)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_called_by_what_tells_it_apart() {
        for (url, name) in [
            ("https://x.org/team/tools.yaml", "tools"),
            ("https://raw.example.org/org/kit/main/components.yaml", "kit"),
            ("https://x.org/components.yaml", "x.org"),
            ("https://x.org/", "x.org"),
        ] {
            assert_eq!(name_of(&Url::parse(url).unwrap()), name, "{url}");
        }
    }
}
