//! Asks the linker of the browser app for relocations: what splits its wasm reads them (scripts/wasm-split.sh). Here and not in
//! the flags of every crate, since the Python module's wasm would grow by them.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    let wasm = std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm");
    let link = if wasm { "cargo::rustc-link-arg-bins=--emit-relocs\n" } else { "" };
    io::stdout().write_all(format!("cargo::rerun-if-changed=build.rs\n{link}").as_bytes())
}
