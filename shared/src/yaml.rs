//! YAML as files hold it: text to a value tree with positions, and a value tree to text in a style of our own.
//! Knows nothing of pipelines. Reads YAML 1.2 (core schema); what it writes, YAML 1.1 readers take the same way.

mod lenient;
mod position;
mod read;
mod scalar;
mod update;
mod write;

pub use position::{Positions, Step};
pub use read::{Yaml, read, read_documents};
pub use update::update;
pub use write::{Dashes, Layout, Style, write};

/// The longest text that is read, in bytes: 8 MiB (CONTRACTS.md, "Safety": a link's size unpacked).
pub const LARGEST_TEXT: usize = 8 * 1024 * 1024;

/// The deepest nesting of lists and maps that is read.
pub const DEEPEST_NESTING: usize = 100;
