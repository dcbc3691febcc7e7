//! The server that a command talks to: the one that has the data folder, or one of the command's own for its duration.
//! Both are asked over HTTP, so that a command can do nothing that a browser cannot.

mod client;

pub(super) use client::Client;
pub use client::ClientError;

use super::{ClusterArguments, CommandError, SandboxArgument, ServeArguments};
use crate::app::App;
use crate::artifacts::S3Settings;
use crate::configuration::{Configuration, ConfigurationError, default_data_dir};
use crate::data_folder::{DataFolder, DataFolderError};
use crate::http;
use crate::token::Token;
use clap::{Args, Parser};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a server may take to say its address after it has taken the folder.
const STARTING: Duration = Duration::from_secs(20);

/// Which data folder.
#[derive(Clone, Debug, Default, Args)]
pub struct DataFolderArguments {
    /// The server's data folder [default: dagwright under the XDG data home].
    #[arg(long, env = "DAGWRIGHT_DATA_DIR", value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
}

impl DataFolderArguments {
    fn path(&self) -> Result<PathBuf, CommandError> {
        let path = self.data_dir.clone().or_else(default_data_dir).ok_or(ConfigurationError::NoDataHome)?;
        Ok(std::path::absolute(&path).unwrap_or(path))
    }
}

/// How a server of the command's own runs tasks; one that runs already has its own settings.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Where no server is running")]
pub struct OwnServerArguments {
    /// Tasks at once [default: one for each processor, at least 2].
    #[arg(long, env = "DAGWRIGHT_SLOTS", value_name = "NUMBER")]
    pub slots: Option<u32>,
    /// Only this kind of sandbox for tasks [default: the best that works here].
    #[arg(long, env = "DAGWRIGHT_SANDBOX", value_name = "KIND")]
    pub sandbox: Option<SandboxArgument>,
    /// The cluster to run on.
    #[command(flatten)]
    pub cluster: ClusterArguments,
}

/// A server that runs.
pub(super) struct Running {
    pub(super) client: Client,
    own: Option<Own>,
}

/// The command's own.
struct Own {
    app: App,
    stop: CancellationToken,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
    // Held until everything else has ended.
    _folder: DataFolder,
}

impl Running {
    /// Whether it ends with the command.
    pub(super) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Ends a server of the command's own; what was accepted is stored.
    pub(super) async fn close(self) {
        let Some(own) = self.own else { return };
        drop(self.client);
        own.stop.cancel();
        own.app.close().await;
        own.served.abort();
    }
}

/// The server that has the data folder; `None` when there is none.
pub(super) async fn running(arguments: &DataFolderArguments) -> Result<Option<Running>, CommandError> {
    let path = arguments.path()?;
    if !path.join("lock").exists() {
        return Ok(None);
    }
    match attach(&path).await? {
        Attached::Folder(_) => Ok(None),
        Attached::Server(server) => Ok(Some(*server)),
    }
}

/// The server that has the data folder, or a new one that can run.
pub(super) async fn running_or_own(
    arguments: &DataFolderArguments,
    settings: &OwnServerArguments,
) -> Result<Running, CommandError> {
    match attach(&arguments.path()?).await? {
        Attached::Folder(folder) => start(folder, Some(settings)).await,
        Attached::Server(server) => Ok(*server),
    }
}

/// The server that has the data folder, or a new one that only reads: no run is taken up just to be looked at.
pub(super) async fn running_or_reader(arguments: &DataFolderArguments) -> Result<Running, CommandError> {
    match attach(&arguments.path()?).await? {
        Attached::Folder(folder) => start(folder, None).await,
        Attached::Server(server) => Ok(*server),
    }
}

/// The same where there is a data folder that a server has used; none is made just to be looked into.
pub(super) async fn reader(arguments: &DataFolderArguments) -> Result<Option<Running>, CommandError> {
    let has_data = arguments.path().is_ok_and(|path| path.join("dagwright.db").exists());
    if has_data { running_or_reader(arguments).await.map(Some) } else { Ok(None) }
}

/// The data folder for oneself, or the server that has it.
enum Attached {
    Folder(DataFolder),
    Server(Box<Running>),
}

async fn attach(path: &Path) -> Result<Attached, CommandError> {
    let deadline = tokio::time::Instant::now() + STARTING;
    loop {
        match DataFolder::open(path) {
            Ok(folder) => return Ok(Attached::Folder(folder)),
            Err(DataFolderError::InUse { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        // Empty while a server starts or only reads; an old one's until the new one writes its own.
        let address = std::fs::read_to_string(path.join("lock")).unwrap_or_default();
        let mut reason = CommandError::Silent(path.to_owned());
        if let Some(url) = address.lines().next().filter(|line| !line.is_empty()) {
            let token = Token::load(path, std::env::var("DAGWRIGHT_TOKEN").ok())?;
            let client = Client::new(String::from(url), &token);
            match client.alive().await {
                Ok(()) => return Ok(Attached::Server(Box::new(Running { client, own: None }))),
                Err(error) => reason = error.into(),
            }
        }
        if tokio::time::Instant::now() >= deadline {
            return Err(reason);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The options of `dagwright serve` with their defaults.
#[derive(Parser)]
struct Defaults {
    #[command(flatten)]
    serve: ServeArguments,
}

async fn start(folder: DataFolder, settings: Option<&OwnServerArguments>) -> Result<Running, CommandError> {
    let mut serve = Defaults::parse_from(["dagwright", "--port=0"]).serve;
    serve.data_dir = Some(folder.path().to_owned());
    serve.listen = std::net::Ipv4Addr::LOCALHOST.into();
    serve.no_local = false;
    let wanted = settings.cloned().unwrap_or_default();
    (serve.slots, serve.sandbox, serve.cluster) = (wanted.slots, wanted.sandbox, wanted.cluster);
    let mut configuration = Configuration::from_arguments(serve)?;
    configuration.local = settings.is_some();
    let token = Token::load(folder.path(), std::env::var("DAGWRIGHT_TOKEN").ok())?;
    let address = configuration.address;
    let failed = |source| CommandError::Listen { address, source };
    let listener = tokio::net::TcpListener::bind(address).await.map_err(failed)?;
    configuration.address = listener.local_addr().map_err(failed)?;
    let stop = CancellationToken::new();
    let bucket = S3Settings::from_environment(|name| std::env::var(name).ok());
    let url = configuration.local_url();
    let app = App::start(configuration, &bucket, token.clone(), stop.clone()).await?;
    // Others that want to run wait for the end of one that only reads.
    folder.write_address(if settings.is_some() { &url } else { "" })?;
    let served = tokio::spawn(http::serve(listener, app.clone(), stop.clone()));
    Ok(Running { client: Client::new(url, &token), own: Some(Own { app, stop, served, _folder: folder }) })
}
