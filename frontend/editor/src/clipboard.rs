//! What is copied, as text on the system's clipboard: a pipeline file with the copied tasks, so that it can be pasted into
//! another tab, a mail, a file. Reads any pipeline or component file.

use dagwright_shared::diagnostic::Severity;
use dagwright_shared::link::Link;
use dagwright_shared::pipeline::file::{Document, read_any, write_pipeline};
use dagwright_shared::pipeline::{Graph, Metadata, Pipeline, Task};
use dagwright_texts::t;

/// Why a text cannot be pasted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasteError {
    /// Not a pipeline, or one with nothing in it.
    #[error("{}", t!("The clipboard holds no tasks. Copy tasks, or the text of a pipeline or component file."))]
    NoTasks,
    /// A pipeline or component that cannot be read.
    #[error("{}", t!("The text on the clipboard cannot be read: {why}", why = .0))]
    Unreadable(String),
}

/// What a text on the clipboard turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Pasted {
    /// Tasks, their components and volumes.
    Tasks(Box<Graph>),
    /// Something that the page can open: a link, or Python.
    ForThePage(String),
    /// Nothing of ours.
    Nothing(PasteError),
}

/// The text of a copied fragment.
pub fn write(fragment: &Graph) -> String {
    let metadata = Metadata { name: String::from("copied"), ..Metadata::default() };
    write_pipeline(&Pipeline { metadata, graph: fragment.clone(), ..Pipeline::default() })
}

/// Whether a text without tasks is something that the page can open: a link, or Python.
fn is_for_the_page(text: &str) -> bool {
    Link::find(text).is_some() || is_python(text)
}

/// Whether a text is a Python module with functions rather than a file of ours.
pub fn is_python(text: &str) -> bool {
    text.lines().any(|line| (line.starts_with("def ") || line.starts_with("async def ")) && line.contains('('))
}

/// What a text holds.
pub fn read(text: &str) -> Pasted {
    match tasks(text) {
        Ok(graph) => Pasted::Tasks(Box::new(graph)),
        Err(_) if is_for_the_page(text) => Pasted::ForThePage(String::from(text)),
        Err(why) => Pasted::Nothing(why),
    }
}

/// The fragment of a text. A component becomes one task.
fn tasks(text: &str) -> Result<Graph, PasteError> {
    let outcome = read_any(text);
    match outcome.value {
        Some(Document::Pipeline(pipeline))
            if !pipeline.graph.tasks.is_empty() || !pipeline.graph.volumes.is_empty() =>
        {
            Ok(pipeline.graph)
        }
        Some(Document::Component(component)) => {
            let mut graph = Graph::default();
            let name = component.name.clone();
            graph.tasks.insert(name.clone(), Task { component: name.clone(), ..Task::default() });
            graph.components.insert(name, *component);
            Ok(graph)
        }
        _ => {
            // Only a text that means to be a file deserves its own errors told.
            let means_to_be = text.contains("dagwright.dev/") || text.contains("implementation:");
            let error = outcome.diagnostics.into_iter().find(|problem| problem.severity == Severity::Error);
            match error {
                Some(error) if means_to_be => Err(PasteError::Unreadable(error.message)),
                _ => Err(PasteError::NoTasks),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_python_are_the_page_s() {
        assert!(is_for_the_page("https://example.org/#pipeline=abc"));
        assert!(is_for_the_page("import os\n\ndef f(a: int):\n    return a\n"));
        assert!(!is_for_the_page("hello"));
        assert!(!is_for_the_page("the def of a word (as said)"));
    }
}
