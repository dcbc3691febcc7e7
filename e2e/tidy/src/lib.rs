//! The rules of this house, as a test (`cargo test -p dagwright-tidy`). Reads the repository; changes nothing.
//! A rule takes a [`House`] and returns what breaks it, so that each rule is itself tested on bad snippets.

use std::{fmt, io, path::Path, process::Command};

pub mod arrows;
pub mod browser;
pub mod manifests;
pub mod syntax;
pub mod text;
pub mod translations;

/// A file of the repository, by its path from the root with `/`, and its text.
#[derive(Clone, Debug)]
pub struct File {
    /// From the root, with `/`.
    pub path: String,
    /// UTF-8; files that are not are no [`File`].
    pub text: String,
}

impl File {
    /// A file by path and text, as tests of rules make them.
    #[must_use]
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Whether this is a Rust file.
    #[must_use]
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether the whole file is tests: sizes and purity do not bind it.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.path.contains("/tests/")
            || self.path.ends_with("/tests.rs")
            || self.path.starts_with("e2e/browser/")
            || self.path.contains("/benches/")
    }
}

/// What the rules look at: all text files of the repository that git knows or would add.
#[derive(Clone, Debug, Default)]
pub struct House {
    /// Sorted by path.
    pub files: Vec<File>,
}

impl House {
    /// Reads the repository at `root`.
    ///
    /// # Errors
    /// When git cannot list the files.
    pub fn read(root: &Path) -> io::Result<Self> {
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()?;
        if !listed.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&listed.stderr).into_owned()));
        }
        let mut files: Vec<File> = String::from_utf8_lossy(&listed.stdout)
            .split_terminator('\0')
            .filter_map(|path| {
                Some(File { path: path.to_owned(), text: std::fs::read_to_string(root.join(path)).ok()? })
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        Ok(Self { files })
    }

    /// The Rust files.
    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.is_rust())
    }

    /// The file at that path.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether a folder of that path (from the root, no `/` at its end) has files.
    #[must_use]
    pub fn has_folder(&self, path: &str) -> bool {
        self.files.iter().any(|file| file.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
    }
}

/// One place that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// From the root, with `/`.
    pub path: String,
    /// Counted from 1.
    pub line: usize,
    /// The rule's short name, as `tidy: allow(<rule>)` says it.
    pub rule: &'static str,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: [{}] {}", self.path, self.line, self.rule, self.message)
    }
}

/// All rules that need nothing but the files, on the whole house; sorted by place. What a comment
/// `tidy: allow(<rule>) <reason>` on the line or one of the five above (a long text has no room for it) allows is left out.
#[must_use]
pub fn check(house: &House) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in &house.files {
        text::check(file, &mut found);
    }
    for file in house.rust() {
        match syn::parse_file(&file.text) {
            Ok(parsed) => {
                syntax::check(file, &parsed, &mut found);
                arrows::check(file, &parsed, &mut found);
            }
            Err(error) => found.push(Violation {
                path: file.path.clone(),
                line: error.span().start().line,
                rule: "syntax",
                message: format!("{error}; the rules cannot read this file"),
            }),
        }
    }
    text::check_named_folders(house, &mut found);
    manifests::check(house, &mut found);
    translations::check(house, &mut found);
    found.retain(|violation| !is_allowed(house, violation));
    found.sort();
    found.dedup();
    found
}

fn is_allowed(house: &House, violation: &Violation) -> bool {
    let Some(file) = house.file(&violation.path) else { return false };
    let marker = format!("tidy: allow({})", violation.rule);
    let first = violation.line.saturating_sub(6);
    file.text
        .lines()
        .skip(first)
        .take(violation.line - first)
        .any(|line| line.split_once(&marker).is_some_and(|(_, reason)| reason.trim().len() > 8))
}
