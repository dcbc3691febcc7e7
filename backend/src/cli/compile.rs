//! `dagwright compile`: a file as the Argo Workflow that the cluster takes.

use super::CommandError;
use super::check::problems;
use super::documents::Opened;
use super::output::{print, problem, tell};
use super::values::{Assignment, parameters};
use clap::Args;
use dagwright_shared::compile::compile_for_export;
use dagwright_shared::diagnostic::{Diagnostic, any_error};
use dagwright_shared::export::argo::export;
use dagwright_shared::export::size::too_large;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Arguments of `dagwright compile`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  dagwright compile digits.pipeline.yaml -o digits.workflow.yaml
  dagwright compile digits.pipeline.yaml -p kernel=rbf | kubectl create -f -
  dagwright compile large.pipeline.yaml -o large.workflow.yaml.gz")]
pub struct CompileArguments {
    /// A pipeline, a component.yaml, a Python file (.py), a link, or `-`; .gz is unpacked.
    #[arg(value_name = "FILE")]
    pub file: String,
    /// A parameter's value; may be given again. Parameters without one stay open in the Workflow.
    #[arg(short, long = "parameter", value_name = "NAME=VALUE")]
    pub parameters: Vec<Assignment>,
    /// Where the Workflow goes; compressed by gzip when the name ends in .gz [default: standard output].
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

pub(super) fn run(arguments: CompileArguments) -> Result<(), CommandError> {
    let opened = Opened::read(&arguments.file)?;
    let pipeline = opened.pipeline()?;
    let values = parameters(pipeline, &arguments.parameters)?;
    let refused = |found: Vec<Diagnostic>| refused(&opened, found);
    let plan = compile_for_export(pipeline, &values).map_err(refused)?;
    let export = export(&plan).map_err(refused)?;
    for note in export.notes.iter().chain(&too_large(&export)) {
        tell(&problem(&opened.file, note));
    }
    let text = export.to_yaml();
    match &arguments.output {
        None => print(&text),
        Some(path) => {
            let failed = |source| CommandError::Write { path: path.clone(), source };
            let bytes = if is_compressed(path) { gzip(&text).map_err(failed)? } else { text.into_bytes() };
            std::fs::write(path, bytes).map_err(failed)?;
        }
    }
    Ok(())
}

/// Tells what forbids it: with lines, where the file itself is to blame.
pub(super) fn refused(opened: &Opened, found: Vec<Diagnostic>) -> CommandError {
    let located = problems(opened);
    let told = if any_error(&located) { located } else { found };
    told.iter().for_each(|diagnostic| tell(&problem(&opened.file, diagnostic)));
    let errors = told.iter().filter(|found| any_error(std::slice::from_ref(found))).count();
    CommandError::Errors(errors)
}

fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "gz")
}

fn gzip(text: &str) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes())?;
    encoder.finish()
}
