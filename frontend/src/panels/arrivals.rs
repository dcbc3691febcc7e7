//! What somebody drops or pastes: a link, a pipeline's file, a component's, Python, a folder of them. Says what it is; what
//! becomes of it is for the page. Fetches and runs nothing.

use crate::net::files;
use crate::net::python;
use crate::ui::format::sentences;
use dagwright_editor::clipboard::is_python;
use dagwright_shared::component::{Component, Implementation, PythonImplementation};
use dagwright_shared::diagnostic::{Severity, any_error};
use dagwright_shared::link::Link;
use dagwright_shared::pipeline::Pipeline;
use dagwright_shared::pipeline::file::{Document, read_any};
use dagwright_shared::python::DEFAULT_IMAGE;
use dagwright_texts::t;

/// Endings of files that may hold something, with or without `.gz`.
const ENDINGS: [&str; 4] = [".yaml", ".yml", ".json", ".py"];

/// What it turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrived {
    /// A link to a pipeline.
    Link(Link),
    /// A pipeline, with its file's text.
    Pipeline(Box<Pipeline>, String),
    /// Components: one, or several to choose from.
    Components(Vec<Component>),
}

/// Sorts a text; `name` is the file's, empty for what was pasted.
///
/// # Errors
/// A text for people: what it is not, and why.
pub async fn sort(name: &str, text: &str) -> Result<Arrived, String> {
    if let Some(link) = Link::find(text) {
        return Ok(Arrived::Link(link));
    }
    if name.trim_end_matches(".gz").ends_with(".py") || (name.is_empty() && is_python(text)) {
        return functions(text).await.map(Arrived::Components);
    }
    let outcome = read_any(text);
    if let Some(kind) = foreign_kind(text) {
        return Err(t!("This is {kind}, which Dagwright does not open. Open the pipeline's own file instead.", kind));
    }
    let first = outcome.diagnostics.iter().find(|problem| problem.severity == Severity::Error).map(|problem| {
        let words = sentences(&problem.message, &problem.hint);
        match problem.position {
            Some(at) => t!("Line {line}: {words}", line = at.line, words),
            None => words,
        }
    });
    match outcome.value {
        Some(Document::Pipeline(pipeline)) if !any_error(&outcome.diagnostics) => {
            Ok(Arrived::Pipeline(pipeline, String::from(text)))
        }
        Some(Document::Component(component)) => Ok(Arrived::Components(vec![*component])),
        _ => Err(first.unwrap_or_else(|| String::from(t!("This is neither a pipeline nor a component.")))),
    }
}

/// What a file of somebody else's kind is called.
fn foreign_kind(text: &str) -> Option<&'static str> {
    let has = |word: &str| text.lines().any(|line| line.trim_end() == word);
    if has("kind: Workflow") || text.contains("\"kind\": \"Workflow\"") || text.contains("\"kind\":\"Workflow\"") {
        return Some(t!("an Argo Workflow"));
    }
    (text.contains("pipelineInfo:") && text.contains("deploymentSpec:")).then(|| t!("a compiled KFP pipeline"))
}

/// Each annotated function at the top level of a Python source, as a component.
async fn functions(source: &str) -> Result<Vec<Component>, String> {
    let all = python::analyse(source, None).await?;
    let mut found = Vec::new();
    for function in all.functions.iter().filter(|function| function.annotated) {
        let signature = python::analyse(source, Some(&function.name)).await?;
        if signature.function.as_deref() != Some(function.name.as_str()) || any_error(&signature.diagnostics) {
            continue;
        }
        let python = PythonImplementation {
            image: String::from(DEFAULT_IMAGE),
            function: function.name.clone(),
            source: String::from(source),
            ..PythonImplementation::default()
        };
        let mut component = Component {
            name: function.name.clone(),
            implementation: Implementation::Python(python),
            ..Component::default()
        };
        signature.apply_to(&mut component);
        found.push(component);
    }
    if found.is_empty() {
        let first = all.diagnostics.first().map(|problem| sentences(&problem.message, &problem.hint));
        let words = first.unwrap_or_else(|| String::from(t!("Give a function at its top level annotations.")));
        return Err(t!("No function of this source can become a component. {words}", words));
    }
    Ok(found)
}

/// What was found in the files of a drop.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gathered {
    /// Everything that could be opened, in order.
    pub arrived: Vec<Arrived>,
    /// What could not, in sentences.
    pub problems: Vec<String>,
}

/// Reads and sorts the files of a drop. In folders, only files that may be something are looked at, and others are no problem.
pub async fn gather(files: Vec<(String, web_sys::Blob)>) -> Gathered {
    let mut gathered = Gathered::default();
    let mut unread = 0_u64;
    for (path, blob) in files {
        let in_folder = path.contains('/');
        let may_be = ENDINGS.iter().any(|ending| path.trim_end_matches(".gz").ends_with(ending));
        if in_folder && !may_be {
            continue;
        }
        let arrived = match files::text_of(&blob).await {
            Ok(text) => sort(&path, &text).await,
            Err(problem) => Err(problem),
        };
        match arrived {
            Ok(arrived) => gathered.arrived.push(arrived),
            Err(_) if in_folder => unread += 1,
            Err(problem) => gathered.problems.push(format!("{path}: {problem}")),
        }
    }
    if unread > 0 {
        gathered.problems.push(if unread == 1 {
            String::from(t!("1 file of the folder could not be opened."))
        } else {
            t!("{count} files of the folder could not be opened.", count = unread)
        });
    }
    gathered
}
