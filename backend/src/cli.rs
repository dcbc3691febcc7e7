//! The command line: what can be typed, and what is then started. Must not know HTTP or the database.

mod check;
mod compile;
mod components;
mod doctor;
mod documents;
mod error;
mod link;
mod logs;
mod manifests;
mod new;
mod output;
mod run;
mod runs;
mod server;
mod upload;
mod values;

use crate::artifacts::S3Settings;
use crate::configuration::{Configuration, ConfigurationError};
use crate::data_folder::DataFolder;
use crate::engine::argo::cluster::ClusterSettings;
use crate::engine::local::sandbox::SandboxKind;
use crate::fetch::FetchRules;
use crate::libraries::LibraryRules;
use crate::token::Token;
use crate::{app, http, retention};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use ipnet::IpNet;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

pub use check::CheckArguments;
pub use compile::CompileArguments;
pub use components::ComponentsArguments;
pub use doctor::{DoctorArguments, OutputForm};
pub use documents::FileError;
pub use error::CommandError;
pub use link::LinkArguments;
pub use logs::LogsArguments;
pub use manifests::{ManifestsArguments, ManifestsError, PartArgument};
pub use new::NewArguments;
pub use run::RunArguments;
pub use runs::RunsArguments;
pub use server::{ClientError, DataFolderArguments, OwnServerArguments};
pub use values::Assignment;

/// The port when none is asked for; part of what links rely on.
pub const DEFAULT_PORT: u16 = 7667;

/// How long open requests may go on after a stop was asked for.
const STOP_GRACE: Duration = Duration::from_secs(4);

/// Kubeflow Pipelines in one binary, with a visual editor.
#[derive(Debug, Parser)]
#[command(
    name = "dagwright",
    version,
    about,
    after_help = "Examples:
  dagwright serve --open                         # the editor in the browser
  dagwright new churn && dagwright run churn.pipeline.yaml
  dagwright compile churn.pipeline.yaml | kubectl create -f -"
)]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the server and print the address to open in a browser.
    Serve(ServeArguments),
    /// Check everything that runs need, and say how to mend what is wrong.
    Doctor(DoctorArguments),
    /// Print everything that Dagwright needs in a cluster, as YAML for `kubectl apply -f -`.
    Manifests(Box<ManifestsArguments>),
    /// Write a pipeline file to start from.
    New(NewArguments),
    /// Say what is wrong with files, with line numbers.
    Check(CheckArguments),
    /// Turn a file into the Argo Workflow that a cluster takes.
    Compile(CompileArguments),
    /// Run a file to its end.
    Run(Box<RunArguments>),
    /// Turn a file into a link to send to somebody.
    Link(LinkArguments),
    /// List the components of the palette, or print one.
    Components(ComponentsArguments),
    /// List runs, newest first.
    Runs(RunsArguments),
    /// Print what the tasks of a run have written.
    Logs(LogsArguments),
    /// Print completions for a shell, such as `source <(dagwright completions bash)`.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Arguments of `dagwright serve`.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// Folder for pipelines, runs, artifacts and volumes [default: dagwright under the XDG data home].
    #[arg(long, env = "DAGWRIGHT_DATA_DIR", value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
    /// Port to listen on; 0 takes any free one.
    #[arg(long, env = "DAGWRIGHT_PORT", default_value_t = DEFAULT_PORT)]
    pub port: u16,
    /// Address to listen on. Off the loopback at least one --host must be named.
    #[arg(long, env = "DAGWRIGHT_LISTEN", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_name = "ADDRESS")]
    pub listen: IpAddr,
    /// Name under which browsers reach this server, beside loopback names; may be given again.
    #[arg(long, env = "DAGWRIGHT_HOST", value_delimiter = ',', value_name = "NAME")]
    pub host: Vec<String>,
    /// Base of links to this server, such as https://pipelines.example.org.
    #[arg(long, env = "DAGWRIGHT_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Open the browser when the server is ready.
    #[arg(long)]
    pub open: bool,
    /// Tasks at once [default: one for each processor, at least 2].
    #[arg(long, env = "DAGWRIGHT_SLOTS", value_name = "NUMBER")]
    pub slots: Option<u32>,
    /// Largest upload, in bytes.
    #[arg(long, env = "DAGWRIGHT_UPLOAD_LIMIT", default_value_t = 16 << 30, value_name = "BYTES")]
    pub upload_limit: u64,
    /// The most that the log of one attempt keeps on this machine, in bytes; the rest is cut off, and the log says so.
    #[arg(long, env = "DAGWRIGHT_LOG_LIMIT", default_value_t = 64 << 20, value_name = "BYTES")]
    pub log_limit: u64,
    /// Delete runs with their logs and artifacts this many days after their end [default: never].
    #[arg(long, env = "DAGWRIGHT_KEEP_RUNS", value_name = "DAYS")]
    pub keep_runs: Option<u32>,
    /// Only this kind of sandbox for tasks [default: the best that works here].
    #[arg(long, env = "DAGWRIGHT_SANDBOX", value_name = "KIND")]
    pub sandbox: Option<SandboxArgument>,
    /// The cluster to run on.
    #[command(flatten)]
    pub cluster: ClusterArguments,
    /// Run nothing on this machine, only on the cluster: as a server in a pod does.
    #[arg(long, env = "DAGWRIGHT_NO_LOCAL", action = clap::ArgAction::SetTrue, value_parser = clap::builder::FalseyValueParser::new())]
    pub no_local: bool,
    /// Where libraries of components may come from.
    #[command(flatten)]
    pub libraries: LibraryArguments,
    /// Serve the browser app from this folder instead of the one inside the binary (for working on it).
    #[arg(long, env = "DAGWRIGHT_BROWSER_APP", value_name = "FOLDER")]
    pub browser_app: Option<PathBuf>,
}

/// Where libraries of components may come from.
#[derive(Clone, Debug, Args)]
pub struct LibraryArguments {
    /// Let people add component libraries from this folder and those in it; may be given again [default: none].
    #[arg(long, env = "DAGWRIGHT_LIBRARY_FOLDER", value_delimiter = ',', value_name = "FOLDER")]
    pub library_folder: Vec<PathBuf>,
    /// Let component libraries be fetched from this network too, though it is not public; may be given again.
    #[arg(long, env = "DAGWRIGHT_ALLOW_NETWORK", value_delimiter = ',', value_name = "NETWORK", value_parser = network)]
    pub allow_network: Vec<IpNet>,
    /// Seconds that fetching one file of a component library may take.
    #[arg(long, env = "DAGWRIGHT_FETCH_TIMEOUT", default_value_t = 10, value_name = "SECONDS")]
    pub fetch_timeout: u64,
}

/// `10.0.0.0/8`, or one address.
fn network(text: &str) -> Result<IpNet, String> {
    let one = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| one()).map_err(|_| String::from("write it like 10.0.0.0/8 or fd00::/8"))
}

impl LibraryArguments {
    pub(crate) fn rules(self) -> Result<LibraryRules, ConfigurationError> {
        if self.fetch_timeout == 0 {
            return Err(ConfigurationError::NoFetchTime);
        }
        if let Some(relative) = self.library_folder.iter().find(|folder| !folder.is_absolute()) {
            return Err(ConfigurationError::LibraryFolder(relative.clone()));
        }
        let fetch = FetchRules { networks: self.allow_network, time: Duration::from_secs(self.fetch_timeout) };
        Ok(LibraryRules { fetch, folders: self.library_folder })
    }
}

/// Which cluster, and whether one at all.
#[derive(Clone, Debug, Default, Args)]
pub struct ClusterArguments {
    /// Run pipelines on Kubernetes by Argo Workflows: on KUBECONFIG's current context, or the cluster that this is in.
    #[arg(long, env = "DAGWRIGHT_CLUSTER", action = clap::ArgAction::SetTrue, value_parser = clap::builder::FalseyValueParser::new())]
    pub cluster: bool,
    /// The same, on this context of KUBECONFIG.
    #[arg(long, env = "DAGWRIGHT_CONTEXT", value_name = "NAME")]
    pub context: Option<String>,
    /// Namespace for Workflows [default: the context's, or the one that this is in].
    #[arg(long, env = "DAGWRIGHT_NAMESPACE", value_name = "NAME")]
    pub namespace: Option<String>,
}

impl ClusterArguments {
    /// What was asked for; `None`: no cluster.
    pub fn settings(self) -> Option<ClusterSettings> {
        let wanted = self.cluster || self.context.is_some() || self.namespace.is_some();
        wanted.then_some(ClusterSettings { context: self.context, namespace: self.namespace })
    }
}

/// Kinds of sandbox, as they are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SandboxArgument {
    /// A container through the Docker or Podman API.
    Container,
    /// A bubblewrap namespace on this machine's own tools.
    Bubblewrap,
    /// A plain process, which sees this user's files.
    Process,
}

impl From<SandboxArgument> for SandboxKind {
    fn from(argument: SandboxArgument) -> Self {
        match argument {
            SandboxArgument::Container => Self::Container,
            SandboxArgument::Bubblewrap => Self::Bubblewrap,
            SandboxArgument::Process => Self::Process,
        }
    }
}

/// Carries out a command line.
///
/// # Errors
/// [`CommandError`], worded for a terminal.
pub async fn run(command_line: CommandLine) -> Result<(), CommandError> {
    // Only the server tells what it does; of all others, standard error is for people.
    let level = if matches!(command_line.command, Command::Serve(_)) { "info" } else { "warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    // A second subscriber in one process (tests) is no error: the first stays.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    match command_line.command {
        Command::Serve(arguments) => serve(arguments).await,
        Command::Doctor(arguments) => doctor::run(arguments).await,
        Command::Manifests(arguments) => Ok(manifests::run(*arguments)?),
        Command::New(arguments) => new::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Compile(arguments) => compile::run(arguments),
        Command::Run(arguments) => run::run(*arguments).await,
        Command::Link(arguments) => link::run(arguments).await,
        Command::Components(arguments) => components::run(arguments).await,
        Command::Runs(arguments) => runs::run(arguments).await,
        Command::Logs(arguments) => logs::run(arguments).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut CommandLine::command(), "dagwright", &mut script);
            output::print(&String::from_utf8_lossy(&script));
            Ok(())
        }
    }
}

async fn serve(arguments: ServeArguments) -> Result<(), CommandError> {
    let open = arguments.open;
    let mut configuration = Configuration::from_arguments(arguments)?;
    let folder = DataFolder::open(&configuration.data_dir)?;
    let token = Token::load(folder.path(), std::env::var("DAGWRIGHT_TOKEN").ok())?;
    let address = configuration.address;
    let failed = |source| CommandError::Listen { address, source };
    let listener = tokio::net::TcpListener::bind(address).await.map_err(failed)?;
    configuration.address = listener.local_addr().map_err(failed)?;

    let stop = CancellationToken::new();
    let settings = S3Settings::from_environment(|name| std::env::var(name).ok());
    let app = app::App::start(configuration, &settings, token, stop.clone()).await?;
    if let Some(days) = app.configuration.keep_runs {
        tokio::spawn(retention::keep(app.clone(), days));
    }
    let url = app.configuration.local_url();
    folder.write_address(&url)?;
    let sign_in = format!("{url}/?token={}", app.token.text());
    // Standard output may be closed; the server is none the worse for it.
    let _ = writeln!(std::io::stdout(), "Dagwright is ready. Open this address in a browser:\n\n    {sign_in}\n");
    if open {
        open_browser(&sign_in);
    }

    tokio::spawn(stop_on_signal(stop.clone()));
    let served = http::serve(listener, app.clone(), stop.clone());
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(STOP_GRACE).await;
    };
    let result = tokio::select! {
        result = served => result.map_err(CommandError::Serve),
        () = late => Ok(()),
    };
    app.close().await;
    result
}

async fn stop_on_signal(stop: CancellationToken) {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! { () = interrupt => {}, () = terminate => {} }
    tracing::info!("stopping");
    stop.cancel();
}

fn open_browser(url: &str) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    if let Err(error) = std::process::Command::new(opener).arg(url).spawn() {
        tracing::warn!("cannot open a browser by {opener}: {error}; open the address by hand");
    }
}
