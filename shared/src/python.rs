//! A Python function as a component: what its signature says, and the container command it becomes.
//! The parser is not here (crate `dagwright-python`), so that compiling needs none of its weight in the browser.

mod command;
mod signature;

pub use command::{BOOTSTRAP, MAXIMUM_ARGV_BYTES, container_implementation, oversized};
pub use signature::{DEFAULT_IMAGE, FunctionSummary, PythonInput, PythonOutput, PythonSignature, port_name, same_port};
