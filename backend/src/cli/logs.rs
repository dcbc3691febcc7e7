//! `dagwright logs`: what the tasks of a run have written, and what they go on to write.

use super::CommandError;
use super::output::print;
use super::server::{Client, ClientError, DataFolderArguments, running_or_reader};
use clap::Args;
use dagwright_shared::api::{LogPiece, RunDetail, RunList};
use dagwright_shared::plan::PlanTask;
use std::collections::HashMap;
use std::time::Duration;

/// How often live logs are looked at.
const LOOK: Duration = Duration::from_millis(200);

/// Arguments of `dagwright logs`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  dagwright logs                       # of the newest run, all tasks
  dagwright logs -f 0199c1 train
  dagwright logs latest predict --attempt 1")]
pub struct LogsArguments {
    /// The run's id or its beginning or end; `latest` is the newest run.
    #[arg(default_value = "latest", value_name = "RUN")]
    pub run: String,
    /// Only this task, by its name.
    #[arg(value_name = "TASK")]
    pub task: Option<String>,
    /// Go on until the run has ended.
    #[arg(short, long)]
    pub follow: bool,
    /// Which attempt, from 1 [default: all, one after the other].
    #[arg(long, value_name = "NUMBER")]
    pub attempt: Option<u32>,
    /// Which server.
    #[command(flatten)]
    pub data: DataFolderArguments,
}

pub(super) async fn run(arguments: LogsArguments) -> Result<(), CommandError> {
    let server = running_or_reader(&arguments.data).await?;
    let result = show(&arguments, &server.client).await;
    server.close().await;
    result
}

async fn show(arguments: &LogsArguments, client: &Client) -> Result<(), CommandError> {
    let id = find(client, &arguments.run).await?;
    let path = format!("/api/runs/{id}");
    let mut printer = Printer::default();
    loop {
        let detail: RunDetail = client.get(&path).await?;
        let tasks: Vec<&PlanTask> = match &arguments.task {
            None => detail.plan.tasks.iter().collect(),
            Some(wanted) => vec![task(&detail, wanted)?],
        };
        printer.named = detail.plan.tasks.len() > 1 && arguments.task.is_none();
        for task in tasks {
            let attempts = detail.state.tasks.get(&task.slug).map_or(0, |state| state.attempts.len()) as u32;
            let wanted = arguments.attempt.map_or(1..=attempts, |attempt| attempt..=attempt.min(attempts));
            for attempt in wanted {
                printer.print(client, &path, task, attempt).await?;
            }
        }
        if !arguments.follow || detail.state.phase.is_final() {
            printer.finish();
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn task<'a>(detail: &'a RunDetail, wanted: &str) -> Result<&'a PlanTask, CommandError> {
    let tasks = &detail.plan.tasks;
    let found = tasks.iter().find(|task| task.name == wanted).or_else(|| detail.plan.task(wanted));
    found.ok_or_else(|| {
        let known = tasks.iter().map(|task| task.name.as_str()).collect::<Vec<_>>().join(", ");
        CommandError::Unknown { what: "task", name: String::from(wanted), known }
    })
}

async fn find(client: &Client, wanted: &str) -> Result<String, CommandError> {
    let list: RunList = client.get("/api/runs?limit=500").await?;
    let mut found =
        list.runs.iter().filter(|run| wanted == "latest" || run.id.starts_with(wanted) || run.id.ends_with(wanted));
    match (found.next(), found.next()) {
        (Some(run), None) => Ok(run.id.clone()),
        (Some(run), Some(_)) if wanted == "latest" => Ok(run.id.clone()),
        (Some(_), Some(_)) => Err(CommandError::Ambiguous(String::from(wanted))),
        // Beyond the newest 500 the whole id is needed.
        (None, _) if wanted != "latest" => Ok(String::from(wanted)),
        (None, _) => Err(CommandError::NoRuns),
    }
}

/// Prints whole lines, each with its task's name where there are several.
#[derive(Default)]
struct Printer {
    named: bool,
    /// Next byte of each log, and the line that has not ended yet.
    at: HashMap<(String, u32), (u64, String)>,
}

impl Printer {
    async fn print(&mut self, client: &Client, run: &str, task: &PlanTask, attempt: u32) -> Result<(), CommandError> {
        let (from, line) = self.at.entry((task.name.clone(), attempt)).or_default();
        loop {
            let path = format!("{run}/tasks/{}/attempts/{attempt}/log?from={from}", task.slug);
            let piece: LogPiece = match client.get(&path).await {
                Ok(piece) => piece,
                Err(ClientError::Refused { body, .. }) if body.code == "not-found" => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            line.push_str(&piece.text);
            while let Some(end) = line.find('\n') {
                let whole: String = line.drain(..=end).collect();
                if self.named { print(&format!("{} | {whole}", task.name)) } else { print(&whole) }
            }
            if piece.end || piece.to == *from {
                return Ok(());
            }
            *from = piece.to;
        }
    }

    /// Lines without an end.
    fn finish(self) {
        let mut rest: Vec<_> = self.at.into_iter().filter(|(_, (_, line))| !line.is_empty()).collect();
        rest.sort();
        for ((task, _), (_, line)) in rest {
            if self.named { print(&format!("{task} | {line}\n")) } else { print(&format!("{line}\n")) }
        }
    }
}
