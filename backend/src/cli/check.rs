//! `dagwright check`: everything that is wrong with files, at their lines.

use super::CommandError;
use super::doctor::OutputForm;
use super::documents::Opened;
use super::output::{print, print_json, problem, tell};
use clap::Args;
use dagwright_shared::check::check;
use dagwright_shared::diagnostic::{Diagnostic, Severity, any_error};
use dagwright_shared::pipeline::file::locate;
use serde::Serialize;

/// Arguments of `dagwright check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  dagwright check digits.pipeline.yaml
  dagwright check pipelines/*.yaml train.py component.yaml
  dagwright check --output json - < digits.pipeline.yaml")]
pub struct CheckArguments {
    /// Pipelines, component.yaml files, Python files (.py), links, or `-` for standard input; .gz is unpacked.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<String>,
    /// How the problems are printed.
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub output: OutputForm,
}

/// A file's report, as `--output json` prints it.
#[derive(Serialize)]
struct Report {
    file: String,
    kind: &'static str,
    name: Option<String>,
    diagnostics: Vec<Diagnostic>,
}

pub(super) fn run(arguments: CheckArguments) -> Result<(), CommandError> {
    let reports = arguments.files.iter().map(|file| report(file)).collect::<Result<Vec<_>, _>>()?;
    match arguments.output {
        OutputForm::Json => print_json(&reports),
        OutputForm::Text => reports.iter().for_each(show),
    }
    let errors = reports.iter().flat_map(|report| &report.diagnostics);
    let errors = errors.filter(|problem| problem.severity == Severity::Error).count();
    if errors == 0 { Ok(()) } else { Err(CommandError::Errors(errors)) }
}

fn report(file: &str) -> Result<Report, CommandError> {
    let opened = Opened::read(file)?;
    let diagnostics = problems(&opened);
    let name = opened.pipeline.map(|pipeline| pipeline.metadata.name);
    Ok(Report { file: opened.file, kind: opened.kind.name(), name, diagnostics })
}

/// What reading and checking say, in the order of the text.
pub(super) fn problems(opened: &Opened) -> Vec<Diagnostic> {
    let mut found = opened.diagnostics.clone();
    if let Some(pipeline) = opened.pipeline.as_ref().filter(|_| !any_error(&found)) {
        let mut checked = check(pipeline);
        locate(&opened.text, &mut checked);
        // What both see is said once.
        checked.retain(|problem| !found.iter().any(|known| known.message == problem.message));
        found.extend(checked);
    }
    found.sort_by_key(|problem| (problem.position.is_none(), problem.position, problem.severity));
    found
}

fn show(report: &Report) {
    report.diagnostics.iter().for_each(|diagnostic| print(&problem(&report.file, diagnostic)));
    if !any_error(&report.diagnostics) {
        let name = report.name.as_deref().unwrap_or_default();
        tell(&format!("{}: {} {name}: no errors\n", report.file, report.kind));
    }
}
