//! What is compiled for the browser is a closed list, `e2e/tidy/browser-dependencies.txt`: a new crate there is a decision.
//! Asks cargo for the tree; must not reach for the network.

use std::{collections::BTreeSet, io, path::Path, process::Command};

/// The list's path from the root.
pub const LIST: &str = "e2e/tidy/browser-dependencies.txt";

/// The names of all crates that cargo compiles into the browser's two wasm modules, without those that only run at build time.
///
/// # Errors
/// When cargo cannot tell, with what it said.
pub fn crates(root: &Path) -> io::Result<BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--target", "wasm32-unknown-unknown", "--edges", "normal,no-proc-macro"])
        .args([
            "--package",
            "dagwright-frontend",
            "--package",
            "dagwright-python-module",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .current_dir(root)
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!(
            "{}\n(after a change of Cargo.toml: `cargo fetch`)",
            String::from_utf8_lossy(&output.stderr)
        )));
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect())
}

/// The names in the list: one a line, comments after `#`.
#[must_use]
pub fn listed(list: &str) -> BTreeSet<String> {
    list.lines().filter_map(|line| line.split('#').next()?.split_whitespace().next()).map(str::to_owned).collect()
}

/// What differs, said so that it can be mended; empty when nothing does.
#[must_use]
pub fn differences(crates: &BTreeSet<String>, listed: &BTreeSet<String>) -> Vec<String> {
    let new = crates.difference(listed).map(|name| {
        format!("`{name}` would go to the browser: do without it, or add it to {LIST} in a commit that says why")
    });
    let gone =
        listed.difference(crates).map(|name| format!("`{name}` no longer goes to the browser: take it out of {LIST}"));
    new.chain(gone).collect()
}
