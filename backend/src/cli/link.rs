//! `dagwright link`: a file as a link to send to somebody, or a link back as a file.

use super::CommandError;
use super::documents::Opened;
use super::output::print;
use super::server::{DataFolderArguments, Running, running};
use clap::Args;
use dagwright_shared::api::{ServerInfo, SharePipeline, SharedPipeline};
use dagwright_shared::link::{LinkError, pipeline_link};

/// Arguments of `dagwright link`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  dagwright link digits.pipeline.yaml
  dagwright link digits.pipeline.yaml --base https://pipelines.example.org
  dagwright link --short large.pipeline.yaml
  dagwright link --open 'https://pipelines.example.org/#pipeline=AQAC…' > digits.pipeline.yaml

The link holds the pipeline itself; no server is sent it. Longer than 32 KiB it becomes a short link, which the running
server keeps.")]
pub struct LinkArguments {
    /// A pipeline, a component.yaml, a Python file (.py), or `-`; with --open a link.
    #[arg(value_name = "FILE")]
    pub file: String,
    /// Base of the link [default: that of the running server, else http://127.0.0.1:7667].
    #[arg(long, value_name = "URL")]
    pub base: Option<String>,
    /// A short link, kept by the running server.
    #[arg(long)]
    pub short: bool,
    /// Print the pipeline that a link holds.
    #[arg(long, conflicts_with_all = ["base", "short"])]
    pub open: bool,
    /// Which server.
    #[command(flatten)]
    pub data: DataFolderArguments,
}

pub(super) async fn run(arguments: LinkArguments) -> Result<(), CommandError> {
    let opened = Opened::read(&arguments.file)?;
    let text = opened.pipeline_text()?;
    if arguments.open {
        print(&text);
        return Ok(());
    }
    let server = running(&arguments.data).await?;
    if arguments.short {
        let server = server.ok_or(CommandError::NoServer)?;
        print(&format!("{}\n", short(&server, text, arguments.base.as_deref()).await?));
        return Ok(());
    }
    let base = match (&arguments.base, &server) {
        (Some(base), _) => base.clone(),
        (None, Some(server)) => public_base(server).await?,
        (None, None) => format!("http://127.0.0.1:{}", super::DEFAULT_PORT),
    };
    let link = match (pipeline_link(&base, &text), server) {
        (Ok(link), _) => link,
        (Err(LinkError::TooLong { .. }), Some(server)) => short(&server, text, arguments.base.as_deref()).await?,
        (Err(error), _) => return Err(CommandError::File(error.into())),
    };
    print(&format!("{link}\n"));
    Ok(())
}

async fn public_base(server: &Running) -> Result<String, CommandError> {
    let information: ServerInfo = server.client.get("/api/server").await?;
    Ok(information.public_url.unwrap_or_else(|| server.client.url().to_owned()))
}

async fn short(server: &Running, text: String, base: Option<&str>) -> Result<String, CommandError> {
    let request = SharePipeline { document: None, text: Some(text) };
    let shared: SharedPipeline = server.client.send("POST", "/api/links", &request).await?;
    Ok(base.map_or(shared.link, |base| dagwright_shared::link::shared_link(base, &shared.id)))
}
