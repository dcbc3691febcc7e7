//! What the server was told: folders, addresses, limits; checked once, then read only. Must not touch the disk.

use crate::cli::ServeArguments;
use crate::engine::argo::cluster::ClusterSettings;
use crate::engine::local::sandbox::SandboxKind;
use crate::libraries::LibraryRules;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// Everything the command line and the environment decide.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The data folder, absolute.
    pub data_dir: PathBuf,
    /// Where the server listens; the port is the real one once it listens.
    pub address: SocketAddr,
    /// Names beside the loopback's that requests may be addressed to, in lower case, without port.
    pub hosts: Vec<String>,
    /// Base of links, without a trailing slash.
    pub public_url: Option<String>,
    /// Tasks at once on the local engine.
    pub slots: u32,
    /// Largest upload, bytes.
    pub upload_limit: u64,
    /// The most that the log of one attempt keeps on the local engine, bytes.
    pub log_limit: u64,
    /// Days that runs are kept after their end; for good when absent.
    pub keep_runs: Option<u32>,
    /// The only kind of sandbox to use; the best that works when absent.
    pub sandbox: Option<SandboxKind>,
    /// The cluster to run on, where one is wanted.
    pub cluster: Option<ClusterSettings>,
    /// Whether runs may happen on this machine.
    pub local: bool,
    /// Where libraries of components may come from.
    pub libraries: LibraryRules,
    /// A folder that stands in for the embedded browser app.
    pub browser_app: Option<PathBuf>,
}

/// An argument that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// Nowhere to run anything.
    #[error("--no-local leaves nothing to run on: name a cluster by --cluster or --context")]
    NoEngine,
    /// Nowhere to put data.
    #[error("there is no home folder to put data into: name a folder with --data-dir")]
    NoDataHome,
    /// Reachable from elsewhere under no known name.
    #[error("--listen {0} is not this machine's loopback: name the host that browsers will use with --host NAME")]
    HostMissing(IpAddr),
    /// A wrong link base.
    #[error("--public-url {0:?} is not an http or https address: write it like https://pipelines.example.org")]
    PublicUrl(String),
    /// A wrong host name.
    #[error("--host {0:?} is not a host name: write it without scheme, port and path")]
    Host(String),
    /// Nothing would be kept.
    #[error("--keep-runs 0 would delete runs as they end: give at least 1, or leave it out to keep them for good")]
    KeepNothing,
    /// A library's folder that depends on where the server was started.
    #[error("--library-folder {0:?} is not absolute: write it from the root, like /srv/components")]
    LibraryFolder(PathBuf),
    /// No time to fetch.
    #[error("--fetch-timeout 0 would fetch nothing: give at least 1")]
    NoFetchTime,
    /// No room for a task.
    #[error("--slots 0 would run no task: give at least 1")]
    NoSlots,
}

impl Configuration {
    /// Checks the arguments and fills in what they leave open.
    ///
    /// # Errors
    /// [`ConfigurationError`] names the argument and how to write it.
    pub fn from_arguments(arguments: ServeArguments) -> Result<Self, ConfigurationError> {
        let data_dir = arguments.data_dir.or_else(default_data_dir).ok_or(ConfigurationError::NoDataHome)?;
        let data_dir = std::path::absolute(&data_dir).unwrap_or(data_dir);
        let public_url = arguments.public_url.map(checked_public_url).transpose()?;
        let mut hosts = arguments.host.into_iter().map(checked_host).collect::<Result<Vec<_>, _>>()?;
        if !arguments.listen.is_loopback() && hosts.is_empty() {
            return Err(ConfigurationError::HostMissing(arguments.listen));
        }
        if let Some(url) = &public_url
            && let Some(name) = url.parse::<::http::Uri>().ok().and_then(|uri| uri.host().map(str::to_lowercase))
        {
            hosts.push(name);
        }
        let processors = std::thread::available_parallelism().map_or(2, |count| count.get() as u32);
        let slots = arguments.slots.unwrap_or(processors.max(2));
        if slots == 0 {
            return Err(ConfigurationError::NoSlots);
        }
        if arguments.keep_runs == Some(0) {
            return Err(ConfigurationError::KeepNothing);
        }
        let cluster = arguments.cluster.settings();
        if arguments.no_local && cluster.is_none() {
            return Err(ConfigurationError::NoEngine);
        }
        Ok(Self {
            data_dir,
            address: SocketAddr::new(arguments.listen, arguments.port),
            hosts,
            public_url,
            slots,
            upload_limit: arguments.upload_limit,
            log_limit: arguments.log_limit,
            keep_runs: arguments.keep_runs,
            sandbox: arguments.sandbox.map(Into::into),
            cluster,
            local: !arguments.no_local,
            libraries: arguments.libraries.rules()?,
            browser_app: arguments.browser_app,
        })
    }

    /// The server's address for a browser on this machine.
    pub fn local_url(&self) -> String {
        let address = self.address;
        let address = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => {
                SocketAddr::new(std::net::Ipv4Addr::LOCALHOST.into(), address.port())
            }
            IpAddr::V6(ip) if ip.is_unspecified() => {
                SocketAddr::new(std::net::Ipv6Addr::LOCALHOST.into(), address.port())
            }
            _ => address,
        };
        format!("http://{address}")
    }

    /// Whether browsers come by TLS.
    pub fn is_tls(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

pub(crate) fn default_data_dir() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")))?;
    Some(home.join("dagwright"))
}

fn checked_public_url(url: String) -> Result<String, ConfigurationError> {
    let parsed: Option<::http::Uri> = url.parse().ok();
    match parsed {
        Some(uri) if matches!(uri.scheme_str(), Some("http" | "https")) && uri.query().is_none() => {
            Ok(String::from(url.trim_end_matches('/')))
        }
        _ => Err(ConfigurationError::PublicUrl(url)),
    }
}

fn checked_host(host: String) -> Result<String, ConfigurationError> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let name = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    if name || bare.parse::<IpAddr>().is_ok() { Ok(host.to_lowercase()) } else { Err(ConfigurationError::Host(host)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Command, CommandLine};
    use clap::Parser;

    fn read(arguments: &str) -> Result<Configuration, ConfigurationError> {
        let line = format!("dagwright serve --data-dir /tmp/x {arguments}");
        let Command::Serve(arguments) = CommandLine::try_parse_from(line.split_whitespace()).unwrap().command else {
            panic!("{line}");
        };
        Configuration::from_arguments(arguments)
    }

    #[test]
    fn off_the_loopback_a_host_must_be_named() {
        let error = read("--listen 0.0.0.0").unwrap_err();
        assert!(matches!(error, ConfigurationError::HostMissing(_)) && error.to_string().contains("--host"));
        let open = read("--listen 0.0.0.0 --host Pipelines.Example.org --port 80").unwrap();
        assert_eq!((open.hosts, open.address.port()), (vec![String::from("pipelines.example.org")], 80));
    }

    #[test]
    fn the_link_base_names_a_host_too_and_tells_about_tls() {
        let tls = read("--public-url https://pipelines.example.org/").unwrap();
        assert_eq!(tls.public_url.as_deref(), Some("https://pipelines.example.org"));
        assert!(tls.is_tls() && tls.hosts == ["pipelines.example.org"]);
        assert!(!read("").unwrap().is_tls());
        assert_eq!(read("").unwrap().local_url(), "http://127.0.0.1:7667");
    }

    #[test]
    fn wrong_arguments_are_named() {
        for wrong in [
            "--public-url pipelines",
            "--public-url ftp://x",
            "--host http://x",
            "--host a/b",
            "--slots 0",
            "--keep-runs 0",
            "--fetch-timeout 0",
            "--library-folder here",
            "--no-local",
        ] {
            let said = read(wrong).unwrap_err().to_string();
            assert!(said.contains(wrong.split(' ').next().unwrap()), "{wrong}: {said}");
        }
    }
}
