//! ASCII slugs of free Unicode names: deterministic and free of collisions inside one space (CONTRACTS.md, "Names").
//! Slugs are made once, for the Plan; nothing may undo one.

use sha2::{Digest, Sha256};
use std::collections::HashSet;

/// What a slug may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlugStyle {
    /// Tasks, templates and ports: `[a-z][-a-z0-9]*`, at most 128; none of the words of Argo's expressions.
    Task,
    /// Pipeline parameters, which people type on command lines: `[-a-zA-Z0-9_]+`, at most 128.
    Parameter,
    /// Pipelines: a DNS label of at most 40, room for a suffix to 63.
    Pipeline,
    /// Volumes: a DNS label of at most 22, so that it fits behind a pipeline's slug and a hyphen.
    Volume,
}

/// Words that Argo's `depends` would read as operators or constants.
const EXPRESSION_WORDS: [&str; 12] =
    ["and", "or", "not", "in", "matches", "contains", "true", "false", "nil", "let", "if", "else"];

impl SlugStyle {
    fn longest(self) -> usize {
        match self {
            Self::Task | Self::Parameter => 128,
            Self::Pipeline => 40,
            Self::Volume => 22,
        }
    }
}

/// The slugs of one space, such as a Plan's tasks.
#[derive(Clone, Debug)]
pub struct Slugs {
    style: SlugStyle,
    taken: HashSet<String>,
}

impl Slugs {
    /// An empty space.
    pub fn new(style: SlugStyle) -> Self {
        Self { style, taken: HashSet::new() }
    }

    /// Keeps a slug from being given to a name.
    pub fn reserve(&mut self, slug: &str) {
        self.taken.insert(String::from(slug));
    }

    /// One slug for each name, in order. Names that are slugs already stay as they are; `word` starts the slug of a name
    /// that has no letter to start with.
    pub fn assign<'a>(&mut self, names: impl IntoIterator<Item = &'a str>, word: &str) -> Vec<String> {
        let names: Vec<&str> = names.into_iter().collect();
        let plain: Vec<String> = names.iter().map(|name| base(name, self.style, word)).collect();
        let mut slugs = vec![String::new(); names.len()];
        for (index, name) in names.iter().enumerate() {
            if plain[index] == *name && self.taken.insert(plain[index].clone()) {
                slugs[index].clone_from(&plain[index]);
            }
        }
        for (index, plain) in plain.into_iter().enumerate() {
            if slugs[index].is_empty() {
                slugs[index] = self.unused(plain);
            }
        }
        slugs
    }

    /// `slug`, or `slug-2`, `slug-3`, … when it is taken; taken from now on.
    pub fn unused(&mut self, slug: String) -> String {
        if self.taken.insert(slug.clone()) {
            return slug;
        }
        let mut number = 2_usize;
        loop {
            let suffix = format!("-{number}");
            let room = self.style.longest() - suffix.len();
            let next = format!("{}{suffix}", slug[..slug.len().min(room)].trim_end_matches('-'));
            if self.taken.insert(next.clone()) {
                return next;
            }
            number += 1;
        }
    }
}

/// The slug of a pipeline's name: a DNS label of at most 40 characters.
pub fn pipeline_slug(name: &str) -> String {
    base(name, SlugStyle::Pipeline, "pipeline")
}

/// The slug before collisions: letters and digits kept, all else `-`; six hexadecimal digits of the name's SHA-256 where
/// letters were lost or the name was cut, so that two long or two Korean names stay apart.
fn base(name: &str, style: SlugStyle, word: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    let mut lost = false;
    for character in name.chars() {
        match character {
            'a'..='z' | '0'..='9' => slug.push(character),
            'A'..='Z' if style == SlugStyle::Parameter => slug.push(character),
            'A'..='Z' => slug.push(character.to_ascii_lowercase()),
            '_' if style == SlugStyle::Parameter => slug.push('_'),
            other => {
                lost |= other.is_alphanumeric();
                if !slug.is_empty() && !slug.ends_with('-') {
                    slug.push('-');
                }
            }
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    let starts_well = match style {
        SlugStyle::Parameter => !slug.is_empty(),
        SlugStyle::Task | SlugStyle::Pipeline | SlugStyle::Volume => {
            slug.starts_with(|first: char| first.is_ascii_lowercase())
        }
    };
    let is_word = style == SlugStyle::Task && EXPRESSION_WORDS.contains(&slug.as_str());
    if slug.is_empty() {
        lost = true;
        slug.push_str(word);
    } else if !starts_well || is_word {
        slug = format!("{word}-{slug}");
    }
    if !lost && slug.len() <= style.longest() {
        return slug;
    }
    let digest = Sha256::digest(name.as_bytes());
    slug.truncate(style.longest() - 7);
    slug.truncate(slug.trim_end_matches('-').len());
    format!("{slug}-{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tasks(names: &[&str]) -> Vec<String> {
        Slugs::new(SlugStyle::Task).assign(names.iter().copied(), "task")
    }

    #[test]
    fn names_become_slugs() {
        assert_eq!(
            tasks(&["print_prediction", "Train model!", "7", "in"]),
            ["print-prediction", "train-model", "task-7", "task-in"]
        );
        assert_eq!(tasks(&["학습", "훈련"]), ["task-2b8403", "task-99639e"]);
        assert_eq!(tasks(&["train 모델"]), ["train-2e19e9"]);
        let mut parameters = Slugs::new(SlugStyle::Parameter);
        assert_eq!(parameters.assign(["data_path", "data path", "7"], "parameter"), ["data_path", "data-path", "7"]);
        assert_eq!(pipeline_slug("Digits"), "digits");
        assert_eq!(pipeline_slug(&"long ".repeat(20)).len(), 40);
    }

    #[test]
    fn nothing_collides_and_slugs_stay_themselves() {
        assert_eq!(tasks(&["a!", "a", "a?", "a-2"]), ["a-3", "a", "a-4", "a-2"]);
        let long = "x".repeat(200);
        let slugs = tasks(&[&long, &format!("{long}y"), &"x".repeat(128)]);
        assert!(slugs.iter().all(|slug| slug.len() <= 128));
        assert_eq!(slugs.iter().collect::<HashSet<_>>().len(), 3);
    }
}
