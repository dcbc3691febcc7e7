//! Makes sure that the folder with the browser app exists, since the binary embeds it: without a built app the server
//! still compiles. Must not build anything itself.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    let browser_app = Path::new("../frontend/dist");
    fs::create_dir_all(browser_app)?;
    println!("cargo::rerun-if-changed={}", browser_app.display());
    Ok(())
}
