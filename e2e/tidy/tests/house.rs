//! The whole repository against the rules of the house.

use dagwright_tidy::{House, browser, check};
use std::{fs, path::Path};

/// Cargo runs tests in their package's folder; a path compiled in would be another checkout's where they share a target folder.
fn root() -> &'static Path {
    Path::new("../..")
}

#[test]
fn every_file_keeps_the_rules() {
    let house = House::read(root()).unwrap();
    assert!(house.rust().count() > 10, "the rules must see the repository");
    let found = check(&house);
    let list: String = found.iter().map(|violation| format!("{violation}\n")).collect();
    assert!(found.is_empty(), "{} places break the rules of the house:\n{list}", found.len());
}

#[test]
fn what_goes_to_the_browser_is_a_closed_list() {
    let listed = browser::listed(&fs::read_to_string(root().join(browser::LIST)).unwrap());
    let differences = browser::differences(&browser::crates(root()).unwrap(), &listed);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
