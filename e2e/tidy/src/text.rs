//! Rules that need no parser: heads, sizes, names, unfinished work, paths of one machine, folders that are named but missing.

use crate::{File, House, Violation};

const SOFT_LINES: usize = 250;
const HARD_LINES: usize = 500;
/// Words that name no thing: a file of such a name becomes everything's home.
const EMPTY_NAMES: [&str; 12] =
    ["utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "stuff", "lib2", "base", "core"];

/// Checks one file of any kind.
pub fn check(file: &File, found: &mut Vec<Violation>) {
    if file.is_rust() {
        head(file, found);
    }
    size(file, found);
    names(file, found);
    unfinished(file, found);
    machine_paths(file, found);
}

fn push(found: &mut Vec<Violation>, file: &File, line: usize, rule: &'static str, message: impl Into<String>) {
    found.push(Violation { path: file.path.clone(), line, rule, message: message.into() });
}

fn head(file: &File, found: &mut Vec<Violation>) {
    let whole = file.text.lines().take_while(|line| line.starts_with("//!"));
    // A grammar or a picture in a fence is worth its lines.
    let mut is_fenced = false;
    let lines = whole
        .filter(|line| {
            let is_fence = line[3..].trim_start().starts_with("```");
            is_fenced ^= is_fence;
            !is_fenced && !is_fence && !line[3..].trim().is_empty()
        })
        .count();
    let says = file.text.lines().take(lines).map(|line| line[3..].trim().len()).sum::<usize>();
    if lines == 0 {
        push(found, file, 1, "head", "open the file with a `//!` head: what it is, and what it must not do");
    } else if says < 20 || file.text.starts_with("//! Skeleton") {
        push(found, file, 1, "head", "the `//!` head says nothing: say what the file is, and what it must not do");
    } else if 5 < lines {
        push(
            found,
            file,
            1,
            "head",
            format!("the `//!` head has {lines} lines; say it in 5, the rest in ARCHITECTURE.md"),
        );
    }
}

/// Lines of a Rust file without its inline test modules, which stand at its end.
fn lines_without_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.windows(2).position(|pair| {
        pair[0].trim() == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].trim_end().ends_with('{')
    });
    tests.unwrap_or(lines.len())
}

fn size(file: &File, found: &mut Vec<Violation>) {
    let code = [".rs", ".mjs", ".js", ".css", ".sh", ".py"].iter().any(|end| file.path.ends_with(end));
    if !code || file.is_test() || file.text.contains("@generated") {
        return;
    }
    let lines = lines_without_tests(&file.text);
    if HARD_LINES < lines {
        push(
            found,
            file,
            HARD_LINES,
            "size",
            format!("{lines} lines; the hard limit is {HARD_LINES} (soft: {SOFT_LINES}): split it by what it is about"),
        );
    }
}

fn names(file: &File, found: &mut Vec<Violation>) {
    if file.path.ends_with("/mod.rs") {
        push(found, file, 1, "names", "no mod.rs: `foo.rs` beside the folder `foo/`");
    }
    for part in file.path.split('/') {
        let word = part.split('.').next().unwrap_or(part);
        if EMPTY_NAMES.contains(&word) {
            push(found, file, 1, "names", format!("`{part}` names no thing: call it after what it is about"));
        }
    }
}

fn unfinished(file: &File, found: &mut Vec<Violation>) {
    let code = [".rs", ".mjs", ".js", ".sh", ".css"].iter().any(|end| file.path.ends_with(end));
    if !code || file.path.starts_with("e2e/tidy/") {
        return;
    }
    let marks = ["todo!(", "unimplemented!(", "#[ignore", "FIXME", "XXX", "TODO", "test.skip", ".only(", "{ skip:"];
    for (number, line) in file.text.lines().enumerate() {
        if let Some(mark) = marks.iter().find(|mark| line.contains(**mark)) {
            push(
                found,
                file,
                number + 1,
                "unfinished",
                format!("`{mark}`: finish it, or take it out and say in the issue what is missing"),
            );
        }
    }
}

fn machine_paths(file: &File, found: &mut Vec<Violation>) {
    if file.path.starts_with("e2e/tidy/") || file.path.ends_with("Cargo.lock") {
        return;
    }
    // A path starts after one of these, so that `frontend/work/` is none.
    let before = |character: char| character.is_whitespace() || "\"'(=:`<[,".contains(character);
    for (number, line) in file.text.lines().enumerate() {
        for root in ["/work/", "/root/", "/farm/"] {
            let starts = line.match_indices(root).any(|(at, _)| line[..at].chars().next_back().is_none_or(before));
            if starts {
                push(
                    found,
                    file,
                    number + 1,
                    "machine-path",
                    format!("`{root}…` is there on one machine only: start from the repository or from $HOME"),
                );
            }
        }
        for host in ["artifactory", "://registry.", "pypi.org/simple", "://index.crates.io"] {
            if line.contains(host) {
                push(
                    found,
                    file,
                    number + 1,
                    "machine-path",
                    format!("`{host}`: a registry's host; its client knows it"),
                );
            }
        }
    }
}

/// Folders that ARCHITECTURE.md names in backquotes, as `shared/src/`, exist.
pub fn check_named_folders(house: &House, found: &mut Vec<Violation>) {
    let Some(file) = house.file("ARCHITECTURE.md") else { return };
    for (number, line) in file.text.lines().enumerate() {
        for quoted in line.split('`').skip(1).step_by(2) {
            let Some(folder) = quoted.strip_suffix('/') else { continue };
            let is_path =
                folder.chars().all(|character| character.is_ascii_alphanumeric() || "/-_.".contains(character));
            if is_path && folder != "." && !folder.starts_with("..") && !house.has_folder(folder) {
                push(
                    found,
                    file,
                    number + 1,
                    "map",
                    format!("there is no folder `{folder}/`: name what is there, from the root"),
                );
            }
        }
    }
}
