//! Reads the tables of `ko/` and writes what `src/` includes: the sorted English texts, against which every `t!` is checked
//! when compiling, and one table for the server. Fails where a translation names other placeholders than its text.

use std::collections::BTreeMap;
use std::path::Path;
// tidy: allow(pure) a build script reads files
use std::{env, fs, io};

#[path = "src/placeholders.rs"]
mod placeholders;

fn main() -> Result<(), io::Error> {
    println!("cargo::rerun-if-changed=ko");
    println!("cargo::rerun-if-changed=src/placeholders.rs");
    let mut table = BTreeMap::new();
    let mut files: Vec<_> =
        fs::read_dir("ko")?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.sort();
    for file in files {
        read(&file, &mut table)?;
    }
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let english: Vec<String> = table.keys().map(|english| format!("{english:?}")).collect();
    fs::write(Path::new(&out).join("english.rs"), format!("[{}]", english.join(",\n")))?;
    fs::write(Path::new(&out).join("ko.json"), serde_json::to_string(&table)?)
}

/// Adds one file's texts.
fn read(file: &Path, table: &mut BTreeMap<String, String>) -> Result<(), io::Error> {
    let wrong = |text: &str, why: &str| io::Error::other(format!("{}: “{text}” {why}", file.display()));
    let texts: BTreeMap<String, String> =
        serde_json::from_str(&fs::read_to_string(file)?).map_err(|error| wrong("", &error.to_string()))?;
    for (english, korean) in texts {
        let named = |text: &str| {
            let mut names: Vec<String> = placeholders::of(text).map(|(_, name)| String::from(name)).collect();
            names.sort_unstable();
            names.dedup();
            names
        };
        if named(&english) != named(&korean) {
            return Err(wrong(&english, "and its translation name different {placeholders}"));
        }
        if korean.trim().is_empty() {
            return Err(wrong(&english, "has an empty translation"));
        }
        if table.get(&english).is_some_and(|other| *other != korean) {
            return Err(wrong(&english, "stands in two files with different translations"));
        }
        table.insert(english, korean);
    }
    Ok(())
}
