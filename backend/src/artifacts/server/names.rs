//! How a key becomes a path below the bucket's folder, and back. Pure; the table stands at [`Name`].
//! No key can name anything outside: `.` at a segment's start, `%` and control characters are written `%XX`, and
//! whatever ends in a bare `%…` mark is ours.

use std::path::PathBuf;

/// Bytes of a file name we use for a segment; 255 is the usual limit, the marks need room.
const LONGEST_NAME: usize = 200;
pub(super) const RECORD: &str = "%meta";
pub(super) const NEXT_RECORD: &str = "%next";
const FOLDER: &str = "%";
const CONTINUED: &str = "%+";

/// Where an object's bytes lie, below the bucket's folder.
pub(super) fn object_path(key: &str) -> PathBuf {
    let (folders, last) = key.rsplit_once('/').map_or((None, key), |(folders, last)| (Some(folders), last));
    let mut path = folders.map(folder_path).unwrap_or_default();
    push_segment(&mut path, last, "");
    path
}

/// Where the keys lie that begin with `prefix` and `/`.
pub(super) fn folder_path(prefix: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for segment in prefix.split('/') {
        push_segment(&mut path, segment, FOLDER);
    }
    path
}

/// What a name on disk stands for.
///
/// | on disk | is |
/// |---|---|
/// | `seg` | the object whose last segment this is: its bytes, plain |
/// | `seg%meta`, `seg%next` | its record, and the record of a write under way |
/// | `seg%` | the folder of the keys that go on after `seg/`, so `a` and `a/b` live side by side |
/// | `part%+` | a folder: `part` is the beginning of a segment too long for one file name |
/// | `%_` | the empty segment (`a//b`, or a key that ends in `/`) |
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Name {
    Object(String),
    Folder(String),
    /// The (still encoded) beginning of a segment.
    Continued(String),
}

/// Reads a name found in a folder; `begun` is what the [`Name::Continued`] folders above it said. `None` for records
/// and for names we would not have written.
pub(super) fn read_name(begun: &str, name: &str) -> Option<Name> {
    if name.ends_with(RECORD) || name.ends_with(NEXT_RECORD) {
        return None;
    }
    if let Some(part) = name.strip_suffix(CONTINUED) {
        return Some(Name::Continued(format!("{begun}{part}")));
    }
    match name.strip_suffix(FOLDER) {
        Some(part) => decode(&format!("{begun}{part}")).map(Name::Folder),
        None => decode(&format!("{begun}{name}")).map(Name::Object),
    }
}

fn push_segment(path: &mut PathBuf, segment: &str, mark: &str) {
    let mut name = String::new();
    for (index, character) in segment.chars().enumerate() {
        let mut unit = String::new();
        if character == '%' || character.is_ascii_control() || (character == '.' && index == 0) {
            unit = format!("%{:02X}", u32::from(character));
        } else {
            unit.push(character);
        }
        if name.len() + unit.len() > LONGEST_NAME {
            path.push(format!("{name}{CONTINUED}"));
            name.clear();
        }
        name.push_str(&unit);
    }
    if segment.is_empty() {
        name.push_str("%_");
    }
    path.push(format!("{name}{mark}"));
}

fn decode(encoded: &str) -> Option<String> {
    if encoded == "%_" {
        return Some(String::new());
    }
    if encoded.is_empty() {
        return None;
    }
    let mut segment = String::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((plain, escaped)) = rest.split_once('%') {
        segment.push_str(plain);
        let digits = escaped.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        segment.push(char::from(u8::from_str_radix(digits, 16).ok()?));
        rest = escaped.get(2..)?;
    }
    segment.push_str(rest);
    Some(segment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::Component;

    fn key_of(path: &std::path::Path) -> Option<String> {
        let (mut key, mut begun) = (String::new(), String::new());
        for name in path.iter() {
            match read_name(&begun, name.to_str().unwrap())? {
                Name::Object(last) => return Some(key + &last),
                Name::Folder(segment) => {
                    key = key + &segment + "/";
                    begun.clear();
                }
                Name::Continued(part) => begun = part,
            }
        }
        None
    }

    #[test]
    fn ordinary_keys_stay_readable_on_disk() {
        assert_eq!(object_path("runs/x/train/model.csv"), PathBuf::from("runs%/x%/train%/model.csv"));
        assert_eq!(object_path("a//b/"), PathBuf::from("a%/%_%/b%/%_"));
        assert_eq!(object_path("../../etc/passwd"), PathBuf::from("%2E.%/%2E.%/etc%/passwd"));
    }

    #[test]
    fn names_that_are_not_ours_are_passed_over() {
        for name in ["x%meta", "x%next", "100%zz", "%", "50%2", "%é1"] {
            assert_eq!(read_name("", name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_key_has_its_own_path_inside_the_folder(key in "[a.%/é\u{1}_+-]{1,12}|[a-z]{190,420}/é{150}") {
            let path = object_path(&key);
            prop_assert!(path.components().all(|part| matches!(part, Component::Normal(_))));
            prop_assert!(path.iter().all(|name| name.len() + RECORD.len() <= 255));
            prop_assert_eq!(key_of(&path), Some(key));
        }
    }
}
