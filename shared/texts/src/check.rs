//! What the compiler asks of every `t!`: that its text is translated, and that its values are its placeholders.

use crate::placeholders::is_part_of_name;

/// All texts that have a translation, sorted by their bytes.
const ENGLISH: &[&str] = &include!(concat!(env!("OUT_DIR"), "/english.rs"));

/// Compares as bytes: less than 0, 0, or more.
const fn compare(left: &[u8], right: &[u8]) -> i32 {
    let mut at = 0;
    while at < left.len() && at < right.len() {
        if left[at] != right[at] {
            return left[at] as i32 - right[at] as i32;
        }
        at += 1;
    }
    left.len() as i32 - right.len() as i32
}

/// Whether a text has a translation.
pub(crate) const fn is_translated(english: &str) -> bool {
    let (mut low, mut high) = (0, ENGLISH.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let order = compare(ENGLISH[middle].as_bytes(), english.as_bytes());
        if order == 0 {
            return true;
        }
        if order < 0 {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    false
}

/// Whether the text's placeholders, each once, are exactly these names.
pub(crate) const fn are_placeholders(english: &str, names: &[&str]) -> bool {
    let text = english.as_bytes();
    let (mut at, mut found) = (0, 0);
    while at < text.len() {
        if text[at] == b'{' {
            let start = at + 1;
            let mut end = start;
            while end < text.len() && is_part_of_name(text[end]) {
                end += 1;
            }
            if end > start && end < text.len() && text[end] == b'}' {
                let (_, from_start) = text.split_at(start);
                let (name, _) = from_start.split_at(end - start);
                let mut index = 0;
                while index < names.len() && compare(names[index].as_bytes(), name) != 0 {
                    index += 1;
                }
                if index == names.len() {
                    return false;
                }
                found += 1;
            }
        }
        at += 1;
    }
    found == names.len()
}
