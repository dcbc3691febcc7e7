//! `dagwright run`: a file run to its end, told in the terminal. The run is the server's, as if a browser had started it.

mod progress;

use super::CommandError;
use super::check::problems;
use super::doctor::OutputForm;
use super::documents::Opened;
use super::output::{duration, print_json, problem, tell};
use super::server::{Client, ClientError, DataFolderArguments, OwnServerArguments, Running, running_or_own};
use super::upload;
use super::values::{Assignment, known, parameters};
use clap::Args;
use dagwright_shared::api::{
    CreatePipeline, ErrorBody, NameVersion, PipelineList, RunDetail, RunSummary, SavePipeline, StartRun,
    StoredPipeline, VersionList, VersionSummary,
};
use dagwright_shared::check::Arguments;
use dagwright_shared::diagnostic::any_error;
use dagwright_shared::run::{RunPhase, RunState};
use progress::Progress;
use serde_json::json;
use std::io::{BufRead, IsTerminal};

/// Arguments of `dagwright run`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  dagwright run digits.pipeline.yaml
  dagwright run digits.pipeline.yaml -p kernel=rbf -p image_number=7
  dagwright run train.py -a table=measurements.csv -p epochs=3
  dagwright run digits.pipeline.yaml --engine argo --context my-cluster

The server that has the data folder runs it; without one, this command is the server until the run has ended.
Exit status: 0 succeeded, 1 failed or not started, 130 stopped. Ctrl-C stops the run, once more ends it at once.")]
pub struct RunArguments {
    /// A pipeline, a component.yaml, a Python file (.py), a link, or `-`; .gz is unpacked.
    #[arg(value_name = "FILE")]
    pub file: String,
    /// A parameter's value; may be given again.
    #[arg(short, long = "parameter", value_name = "NAME=VALUE")]
    pub parameters: Vec<Assignment>,
    /// A file, a folder or an s3:// key for an artifact parameter; may be given again.
    #[arg(short, long = "artifact", value_name = "NAME=PATH")]
    pub artifacts: Vec<Assignment>,
    /// Where it runs: `local` or `argo` [default: the server's].
    #[arg(long, value_name = "ENGINE", default_value = "", hide_default_value = true)]
    pub engine: String,
    /// The run's name.
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub name: String,
    /// The experiment that it belongs to.
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub experiment: String,
    /// Agree to what a run may ask: code from elsewhere, tasks that see your files, a volume in use.
    #[arg(short, long)]
    pub yes: bool,
    /// Say nothing but how it ended.
    #[arg(short, long)]
    pub quiet: bool,
    /// How the end is printed.
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub output: OutputForm,
    /// Which server.
    #[command(flatten)]
    pub data: DataFolderArguments,
    /// Settings of a server of the command's own.
    #[command(flatten)]
    pub own: OwnServerArguments,
}

pub(super) async fn run(arguments: RunArguments) -> Result<(), CommandError> {
    let opened = Opened::read(&arguments.file)?;
    let found = problems(&opened);
    if any_error(&found) {
        return Err(super::compile::refused(&opened, found));
    }
    let values = parameters(opened.pipeline()?, &arguments.parameters)?;
    for Assignment { name, .. } in &arguments.artifacts {
        known(opened.pipeline()?, name)?;
    }
    let server = running_or_own(&arguments.data, &arguments.own).await?;
    if !server.is_own() && (arguments.own.sandbox.is_some() || arguments.own.slots.is_some()) && !arguments.quiet {
        tell(&format!("The server at {} runs it, with its own slots and sandbox.\n", server.client.url()));
    }
    let result = run_there(&arguments, &opened, values, &server).await;
    server.close().await;
    result
}

async fn run_there(
    arguments: &RunArguments,
    opened: &Opened,
    mut values: Arguments,
    server: &Running,
) -> Result<(), CommandError> {
    let client = &server.client;
    for Assignment { name, value } in &arguments.artifacts {
        values.insert(name.clone(), upload::artifact(client, value).await?.into());
    }
    let (pipeline, revision) = store(client, opened).await?;
    let request = StartRun {
        pipeline,
        revision,
        arguments: values,
        name: arguments.name.clone(),
        experiment: arguments.experiment.clone(),
        engine: arguments.engine.clone(),
        confirmed: Vec::new(),
        version: None,
    };
    let summary = start(client, request, arguments.yes, opened).await?;
    let detail: RunDetail = client.get(&format!("/api/runs/{}", summary.id)).await?;
    if !arguments.quiet {
        tell(&format!("{} in {}\n", title(&summary), summary.sandbox));
    }
    let mut progress = Progress::new(&detail.plan, arguments.quiet);
    let state = follow(client, &summary.id, &mut progress).await?;
    report(arguments, client, &summary, &detail, &state, server.is_own()).await
}

fn title(run: &RunSummary) -> String {
    if run.name.is_empty() { format!("{} #{}", run.pipeline_name, run.number) } else { run.name.clone() }
}

/// The pipeline of this name with this very text: as it is stored, or stored now. What a person had stored under the name
/// stays as a version.
async fn store(client: &Client, opened: &Opened) -> Result<(String, u64), CommandError> {
    let text = opened.pipeline_text()?;
    let name = &opened.pipeline()?.metadata.name;
    let list: PipelineList = client.get("/api/pipelines").await?;
    let Some(known) = list.pipelines.into_iter().find(|pipeline| pipeline.name == *name) else {
        let request = CreatePipeline { document: None, text: Some(text), example: None };
        let stored: StoredPipeline = client.send("POST", "/api/pipelines", &request).await?;
        return Ok((stored.id, stored.revision));
    };
    let path = format!("/api/pipelines/{}", known.id);
    if client.text(&format!("{path}/file")).await? == text {
        return Ok((known.id, known.revision));
    }
    let versions: VersionList = client.get(&format!("{path}/versions")).await?;
    if !versions.versions.iter().any(|version| version.revision == known.revision) {
        let request = NameVersion { name: format!("before {} was run", opened.file) };
        let versions = format!("{path}/versions");
        client.send_over::<VersionSummary>("POST", &versions, Some(known.revision), &request).await?;
    }
    let request = SavePipeline { document: None, text: Some(text) };
    let stored: StoredPipeline = client.send_over("PUT", &path, Some(known.revision), &request).await?;
    Ok((stored.id, stored.revision))
}

/// Starts the run; what needs a person's yes is asked for.
async fn start(client: &Client, mut request: StartRun, yes: bool, opened: &Opened) -> Result<RunSummary, CommandError> {
    loop {
        let body = match client.send::<RunSummary>("POST", "/api/runs", &request).await {
            Ok(summary) => return Ok(summary),
            Err(ClientError::Refused { body, .. }) if body.code == "confirm" => body,
            Err(ClientError::Refused { body, .. }) if !body.diagnostics.is_empty() => {
                body.diagnostics.iter().for_each(|found| tell(&problem(&opened.file, found)));
                return Err(CommandError::Refused(body.message));
            }
            Err(error) => return Err(error.into()),
        };
        let (confirm, lines) = asked(&body);
        if confirm.is_empty() || confirm.iter().all(|what| request.confirmed.contains(what)) {
            return Err(CommandError::Refused(body.message));
        }
        if !yes {
            lines.iter().for_each(|line| tell(&format!("{line}\n")));
            if !std::io::stdin().is_terminal() {
                return Err(CommandError::NeedsYes);
            }
            tell("Run it? [y/N] ");
            let mut answer = String::new();
            let read = std::io::stdin().lock().read_line(&mut answer);
            if read.is_err() || !matches!(answer.trim(), "y" | "Y" | "yes") {
                return Err(CommandError::Declined);
            }
        }
        request.confirmed.extend(confirm);
    }
}

fn asked(body: &ErrorBody) -> (Vec<String>, Vec<String>) {
    let texts = |key: &str| -> Vec<String> {
        let list = body.details.as_ref().and_then(|details| details.get(key)?.as_array());
        list.into_iter().flatten().filter_map(|text| text.as_str().map(String::from)).collect()
    };
    (texts("confirm"), texts("lines"))
}

/// Follows the run to its end; Ctrl-C stops it.
async fn follow(client: &Client, run: &str, progress: &mut Progress<'_>) -> Result<RunState, CommandError> {
    let mut state = RunState::default();
    let mut events = client.events(run).await?;
    while !state.phase.is_final() {
        let event = tokio::select! {
            event = events.next() => event?,
            pressed = tokio::signal::ctrl_c() => {
                // Without a signal handler the run simply goes on.
                if pressed.is_ok() {
                    tell("Stopping. Once more ends it at once.\n");
                    match client.order(&format!("/api/runs/{run}/stop")).await {
                        Ok(()) | Err(ClientError::Refused { .. }) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                continue;
            }
        };
        let Some(event) = event else { return Err(CommandError::StreamEnded) };
        state.apply(&event).map_err(|error| ClientError::Unreadable(error.to_string()))?;
        progress.tell(&event, &state);
    }
    Ok(state)
}

async fn report(
    arguments: &RunArguments,
    client: &Client,
    summary: &RunSummary,
    detail: &RunDetail,
    state: &RunState,
    is_own: bool,
) -> Result<(), CommandError> {
    let title = title(summary);
    if arguments.output == OutputForm::Json {
        let now: RunDetail = client.get(&format!("/api/runs/{}", summary.id)).await?;
        print_json(&json!({"run": now.summary, "arguments": now.arguments, "state": now.state}));
    }
    let took = duration(state.finished.unwrap_or_default().saturating_sub(state.started.unwrap_or_default()));
    match state.phase {
        RunPhase::Succeeded => {
            let ended = format!("{title} succeeded in {took}\n");
            if arguments.output == OutputForm::Json {
                tell(&ended)
            } else {
                super::output::print(&ended)
            }
            if !is_own && !arguments.quiet {
                tell(&format!("{}/runs/{}\n", client.url(), summary.id));
            }
            Ok(())
        }
        RunPhase::Stopped => Err(CommandError::RunStopped(title)),
        _ => {
            progress::failures(client, summary, &detail.plan, state).await;
            Err(CommandError::RunFailed { title, message: state.message.clone(), id: summary.id.clone() })
        }
    }
}
