//! `dagwright runs`: the list of runs, newest first.

use super::CommandError;
use super::doctor::OutputForm;
use super::output::{duration, print, print_json, table};
use super::server::{DataFolderArguments, running_or_reader};
use super::upload::percent_encoded;
use clap::Args;
use dagwright_shared::api::{RunList, RunSummary};

/// Arguments of `dagwright runs`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  dagwright runs
  dagwright runs --state failed,running --limit 5
  dagwright runs --text digits --output json")]
pub struct RunsArguments {
    /// Only these, with commas between: waiting, running, stopping, succeeded, failed, stopped.
    #[arg(long, value_name = "STATES")]
    pub state: Option<String>,
    /// Every word of it in the run's name, its pipeline's or its experiment's.
    #[arg(long, value_name = "WORDS")]
    pub text: Option<String>,
    /// Only runs of this experiment.
    #[arg(long, value_name = "NAME")]
    pub experiment: Option<String>,
    /// How many, up to 500.
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    pub limit: u32,
    /// How they are printed.
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub output: OutputForm,
    /// Which server.
    #[command(flatten)]
    pub data: DataFolderArguments,
}

pub(super) async fn run(arguments: RunsArguments) -> Result<(), CommandError> {
    let server = running_or_reader(&arguments.data).await?;
    let mut path = format!("/api/runs?limit={}", arguments.limit);
    for (key, value) in [("state", &arguments.state), ("text", &arguments.text), ("experiment", &arguments.experiment)]
    {
        if let Some(value) = value {
            path.push_str(&format!("&{key}={}", percent_encoded(value)));
        }
    }
    let list = server.client.get::<RunList>(&path).await;
    server.close().await;
    let list = list?;
    match arguments.output {
        OutputForm::Json => print_json(&list),
        OutputForm::Text => print(&table(&list.runs.iter().map(row).collect::<Vec<_>>())),
    }
    Ok(())
}

fn row(run: &RunSummary) -> [String; 6] {
    let phase = format!("{:?}", run.phase).to_lowercase();
    let name = if run.name.is_empty() { format!("{} #{}", run.pipeline_name, run.number) } else { run.name.clone() };
    let times = run.started.zip(run.finished);
    let took = times.map_or_else(String::new, |(start, end)| duration(end.saturating_sub(start)));
    let done = run.counts.get("succeeded").copied().unwrap_or_default();
    [run.id.clone(), phase, name, run.experiment.clone(), format!("{done}/{} tasks", run.tasks), took]
}
