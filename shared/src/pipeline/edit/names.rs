//! Free names for new records: `train`, `train-2`, `train-3`. Decides nothing about which names are good ones.

use indexmap::IndexMap;

/// The wanted name, or the first of `wanted-2`, `wanted-3`, … that the map does not have. A number that `wanted` ends
/// with is counted on: `train-2` gives `train-3`.
pub fn free_name<T>(taken: &IndexMap<String, T>, wanted: &str) -> String {
    first_free(wanted, |name| taken.contains_key(name))
}

pub(super) fn first_free(wanted: &str, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(wanted) {
        return String::from(wanted);
    }
    let numbered = wanted.rsplit_once('-').filter(|(stem, number)| {
        !stem.is_empty() && !number.is_empty() && number.len() < 10 && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    let stem = numbered.map_or(wanted, |(stem, _)| stem);
    let is_free = |number: u64| !is_taken(&format!("{stem}-{number}"));
    // Names made here are without gaps, mostly: double until one is free, then halve back, so that ten thousand
    // tasks of one name do not cost ten thousand tries each.
    let mut high = 2;
    while !is_free(high) {
        high *= 2;
    }
    let mut low = high / 2;
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if is_free(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    format!("{stem}-{high}")
}
