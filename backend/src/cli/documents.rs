//! Files on the command line: pipelines, components, Python functions and links, plain or gzipped. Must not check what
//! they mean, nor run anything.

use dagwright_shared::component::{Component, Implementation, PythonImplementation};
use dagwright_shared::diagnostic::{Diagnostic, any_error};
use dagwright_shared::link::{Link, LinkError, TEXT_LIMIT, unpack};
use dagwright_shared::pipeline::file::{Document, ReadOutcome, read_any, write_pipeline};
use dagwright_shared::pipeline::{Argument, Parameter, Pipeline, Task};
use dagwright_shared::ports::ports;
use dagwright_shared::python::DEFAULT_IMAGE;
use dagwright_shared::types::TypeSpec;
use std::io::Read;
use std::path::Path;

/// A file that cannot be taken at all.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system refused.
    #[error("cannot read {file}: {source}")]
    Read {
        /// As typed.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not a text.
    #[error(
        "{0} is no text (UTF-8). Give a pipeline, a component.yaml, a Python file, or one of them compressed by gzip"
    )]
    NoText(String),
    /// More than any reader takes.
    #[error("{0} has more than {most} MiB", most = TEXT_LIMIT >> 20)]
    TooLarge(String),
    /// A link that cannot be opened.
    #[error("{0}. {hint}", hint = .0.hint())]
    Link(#[from] LinkError),
    /// A short link.
    #[error("this is a short link: its pipeline lies on {0}. Open it there and save the file, or copy a full link")]
    ShortLink(String),
    /// A file that is no pipeline where one is needed.
    #[error("{file} cannot be used: {}", first(.diagnostics))]
    Unreadable {
        /// As typed.
        file: String,
        /// What is wrong with it.
        diagnostics: Vec<Diagnostic>,
    },
}

fn first(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().min_by_key(|problem| problem.severity).map_or_else(
        || String::from("it is neither a pipeline nor a component"),
        |problem| format!("{} {} `dagwright check` lists everything", problem.message, problem.hint),
    )
}

/// What a file turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    Pipeline,
    Component,
    Python,
    /// Neither could be made of it.
    Unknown,
}

impl FileKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pipeline => "pipeline",
            Self::Component => "component",
            Self::Python => "Python function",
            Self::Unknown => "unknown",
        }
    }
}

/// A file that was read.
pub(super) struct Opened {
    /// As typed; a link is shortened.
    pub(super) file: String,
    pub(super) kind: FileKind,
    /// As it stands in the file.
    pub(super) text: String,
    /// The pipeline; of a component or function, one task of it whose inputs are the pipeline's parameters.
    pub(super) pipeline: Option<Pipeline>,
    /// What reading it had to say.
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Opened {
    /// Reads a file, standard input (`-`) or a link.
    pub(super) fn read(file: &str) -> Result<Self, FileError> {
        if let Some(link) = Link::find(file) {
            return match link {
                Link::Pipeline(packed) => Ok(Self::of(String::from("the link"), unpack(&packed)?)),
                Link::Shared { base, .. } => Err(FileError::ShortLink(base)),
            };
        }
        let failed = |source| FileError::Read { file: String::from(file), source };
        let bytes = if file == "-" {
            let mut bytes = Vec::new();
            std::io::stdin().lock().take(TEXT_LIMIT as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
            bytes
        } else {
            std::fs::read(file).map_err(failed)?
        };
        let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
            let mut unpacked = Vec::new();
            let decoder = flate2::read::MultiGzDecoder::new(bytes.as_slice());
            decoder.take(TEXT_LIMIT as u64 + 1).read_to_end(&mut unpacked).map_err(failed)?;
            unpacked
        } else {
            bytes
        };
        if bytes.len() > TEXT_LIMIT {
            return Err(FileError::TooLarge(String::from(file)));
        }
        let text = String::from_utf8(bytes).map_err(|_| FileError::NoText(String::from(file)))?;
        let name = if file == "-" { "standard input" } else { file };
        Ok(Self::of(String::from(name), text))
    }

    fn of(file: String, text: String) -> Self {
        let plain = file.strip_suffix(".gz").unwrap_or(&file);
        if Path::new(plain).extension().is_some_and(|ending| ending == "py") {
            return Self::python(file, text);
        }
        let ReadOutcome { value, diagnostics } = read_any(&text);
        let (kind, pipeline) = match value {
            Some(Document::Pipeline(pipeline)) => (FileKind::Pipeline, Some(*pipeline)),
            Some(Document::Component(component)) => (FileKind::Component, Some(alone(*component))),
            None => (FileKind::Unknown, None),
        };
        Self { file, kind, text, pipeline, diagnostics }
    }

    fn python(file: String, text: String) -> Self {
        let signature = dagwright_python::analyse(&text, None);
        let diagnostics = signature.diagnostics.clone();
        let python =
            PythonImplementation { image: String::from(DEFAULT_IMAGE), source: text.clone(), ..Default::default() };
        let mut component = Component {
            implementation: Implementation::Python(python),
            origin: Some(file.clone()),
            ..Component::default()
        };
        signature.apply_to(&mut component);
        let pipeline = signature.function.is_some().then(|| alone(component));
        Self { file, kind: FileKind::Python, text, pipeline, diagnostics }
    }

    /// The pipeline, if nothing about the file forbids it.
    pub(super) fn pipeline(&self) -> Result<&Pipeline, FileError> {
        let refused = || FileError::Unreadable { file: self.file.clone(), diagnostics: self.diagnostics.clone() };
        self.pipeline.as_ref().filter(|_| !any_error(&self.diagnostics)).ok_or_else(refused)
    }

    /// The pipeline's file: the text itself, byte for byte, where that is a pipeline.
    pub(super) fn pipeline_text(&self) -> Result<String, FileError> {
        let pipeline = self.pipeline()?;
        Ok(if self.kind == FileKind::Pipeline { self.text.clone() } else { write_pipeline(pipeline) })
    }
}

/// A pipeline of one task, whose inputs become the pipeline's parameters.
fn alone(component: Component) -> Pipeline {
    let name = if component.name.trim().is_empty() { String::from("task") } else { component.name.clone() };
    let mut pipeline = Pipeline::default();
    pipeline.metadata.name.clone_from(&name);
    pipeline.metadata.description.clone_from(&component.description);
    let mut task = Task { component: name.clone(), ..Task::default() };
    for (input, port) in ports(&component).inputs.into_iter().zip(&component.inputs) {
        // An artifact without a value would ask for a file that the component does without.
        if input.optional && input.default.is_none() && input.port_type.is_artifact() {
            continue;
        }
        let parameter = Parameter {
            type_spec: Some(
                port.type_spec.clone().unwrap_or_else(|| TypeSpec::Named(String::from(input.port_type.name()))),
            ),
            default: input.default,
            description: port.description.clone(),
            choices: input.choices,
            optional: input.optional,
            ..Parameter::default()
        };
        pipeline.graph.parameters.insert(input.name.clone(), parameter);
        task.arguments.insert(input.name.clone(), Argument::Parameter(input.name));
    }
    pipeline.graph.tasks.insert(name.clone(), task);
    pipeline.graph.components.insert(name, component);
    pipeline
}
