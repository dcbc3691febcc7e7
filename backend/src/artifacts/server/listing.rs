//! The keys of a bucket in the order of their bytes, without holding more than one folder of each depth in memory.
//! Blocking. A folder's entries are ordered as `seg` for an object and `seg/` for a folder, which makes a walk in
//! depth the order of the whole keys.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::names::{self, Name};
use super::record::nanoseconds;

/// What a page is asked for.
pub(super) struct Question<'a> {
    pub(super) prefix: &'a str,
    /// Empty for none.
    pub(super) delimiter: &'a str,
    /// Only what comes after this key or common prefix; empty for the beginning.
    pub(super) after: &'a str,
    pub(super) limit: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) size: u64,
    /// Nanoseconds since 1970.
    pub(super) modified: u64,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) objects: Vec<Listed>,
    pub(super) prefixes: Vec<String>,
    /// The last key or prefix of this page, when there are more.
    pub(super) more_after: Option<String>,
}

pub(super) fn page(bucket: &Path, question: &Question<'_>) -> io::Result<Page> {
    let mut page = Page::default();
    let mut last = String::new();
    // A page that ended in a common prefix goes on behind everything below it.
    let passed = Some(question.after)
        .filter(|after| !after.is_empty() && !question.delimiter.is_empty() && after.ends_with(question.delimiter));
    let mut walk = Walk::new(bucket, question.prefix, question.after)?;
    if let Some(passed) = passed.filter(|passed| common_prefix(passed, question) == Some(*passed)) {
        walk.skip(passed.to_owned());
    }
    while let Some((key, path)) = walk.next_key()? {
        let common = common_prefix(&key, question).map(str::to_owned);
        let found = match &common {
            Some(_) => None,
            None => match stat(&path)? {
                Some(found) => Some(found),
                // Deleted since the folder was read.
                None => continue,
            },
        };
        if page.objects.len() + page.prefixes.len() == question.limit {
            page.more_after = Some(last);
            return Ok(page);
        }
        match (common, found) {
            (Some(common), _) => {
                walk.skip(common.clone());
                last.clone_from(&common);
                page.prefixes.push(common);
            }
            (None, Some((size, modified))) => {
                last.clone_from(&key);
                page.objects.push(Listed { key, size, modified });
            }
            (None, None) => {}
        }
    }
    Ok(page)
}

fn common_prefix<'k>(key: &'k str, question: &Question<'_>) -> Option<&'k str> {
    if question.delimiter.is_empty() {
        return None;
    }
    let rest = key.strip_prefix(question.prefix)?;
    let end = question.prefix.len() + rest.find(question.delimiter)? + question.delimiter.len();
    key.get(..end)
}

fn stat(path: &Path) -> io::Result<Option<(u64, u64)>> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => {
            Ok(Some((found.len(), nanoseconds(found.modified().unwrap_or(SystemTime::UNIX_EPOCH)))))
        }
        Ok(_) => Ok(None),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

struct Walk<'a> {
    prefix: &'a str,
    after: &'a str,
    skipped: Option<String>,
    /// One for each depth, the entries last to first.
    depths: Vec<(String, Vec<Found>)>,
}

struct Found {
    /// The segment of an object; the segment and `/` of a folder.
    segment: String,
    path: PathBuf,
}

impl<'a> Walk<'a> {
    fn new(bucket: &Path, prefix: &'a str, after: &'a str) -> io::Result<Self> {
        let mut walk = Self { prefix, after, skipped: None, depths: Vec::new() };
        let (base, folder) = match prefix.rsplit_once('/') {
            Some((folders, _)) => (format!("{folders}/"), bucket.join(names::folder_path(folders))),
            None => (String::new(), bucket.to_owned()),
        };
        walk.enter(base, &folder)?;
        Ok(walk)
    }

    fn next_key(&mut self) -> io::Result<Option<(String, PathBuf)>> {
        while let Some((base, entries)) = self.depths.last_mut() {
            let Some(found) = entries.pop() else {
                self.depths.pop();
                continue;
            };
            let full = format!("{base}{}", found.segment);
            if self.skipped.as_ref().is_some_and(|skipped| full.starts_with(skipped)) {
                continue;
            }
            // The empty segment's object is `base` itself and ends in `/` too: only a folder's path ends in the mark.
            if found.path.as_os_str().as_encoded_bytes().ends_with(b"%") {
                self.enter(full, &found.path)?;
            } else {
                return Ok(Some((full, found.path)));
            }
        }
        Ok(None)
    }

    /// Passes over everything that begins with `prefix`.
    fn skip(&mut self, prefix: String) {
        self.depths.retain(|(base, _)| !base.starts_with(&prefix));
        self.skipped = Some(prefix);
    }

    fn enter(&mut self, base: String, folder: &Path) -> io::Result<()> {
        let mut entries = Vec::new();
        self.read(&base, folder, "", &mut entries)?;
        entries.sort_unstable_by(|left, right| right.segment.cmp(&left.segment));
        self.depths.push((base, entries));
        Ok(())
    }

    fn read(&self, base: &str, folder: &Path, begun: &str, entries: &mut Vec<Found>) -> io::Result<()> {
        let children = match std::fs::read_dir(folder) {
            Ok(children) => children,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(()),
            Err(error) => return Err(error),
        };
        for child in children {
            let child = child?;
            let name = child.file_name();
            let Some(read) = name.to_str().and_then(|name| names::read_name(begun, name)) else { continue };
            let (kind, path) = (child.file_type()?, child.path());
            match read {
                Name::Continued(part) if kind.is_dir() => self.read(base, &path, &part, entries)?,
                Name::Object(segment) if kind.is_file() => {
                    let full = format!("{base}{segment}");
                    if full.starts_with(self.prefix) && (self.after.is_empty() || full.as_str() > self.after) {
                        entries.push(Found { segment, path });
                    }
                }
                Name::Folder(segment) if kind.is_dir() => {
                    let full = format!("{base}{segment}/");
                    let fits = full.starts_with(self.prefix) || self.prefix.starts_with(&full);
                    if fits && (full.as_str() > self.after || self.after.starts_with(&full)) {
                        entries.push(Found { segment: format!("{segment}/"), path });
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn bucket_of(keys: &BTreeSet<String>) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for key in keys {
            let path = folder.path().join(names::object_path(key));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, key).unwrap();
        }
        folder
    }

    /// S3's definition, over a plain sorted set.
    fn expected(keys: &BTreeSet<String>, prefix: &str, delimiter: &str) -> Vec<String> {
        let question = Question { prefix, delimiter, after: "", limit: 0 };
        let matching = keys.iter().filter(|key| key.starts_with(prefix));
        let mut all: Vec<String> =
            matching.map(|key| common_prefix(key, &question).map_or_else(|| key.clone(), str::to_owned)).collect();
        all.dedup();
        all
    }

    fn listed(bucket: &Path, prefix: &str, delimiter: &str, limit: usize) -> Vec<String> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let page = page(bucket, &Question { prefix, delimiter, after: &after, limit }).unwrap();
            let mut names: Vec<String> =
                page.objects.into_iter().map(|object| object.key).chain(page.prefixes).collect();
            assert!(names.len() <= limit);
            names.sort();
            all.extend(names);
            match page.more_after {
                Some(last) => after = last,
                None => return all,
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn pages_are_what_s3_defines(
            keys in prop::collection::btree_set("[ab.!é/-]{1,6}", 0..14),
            prefix in "[ab/é]{0,3}",
            delimiter in prop::sample::select(vec!["", "/", "a"]),
            limit in 1usize..4,
        ) {
            let bucket = bucket_of(&keys);
            prop_assert_eq!(listed(bucket.path(), &prefix, delimiter, limit), expected(&keys, &prefix, delimiter));
        }
    }
}
