//! Finds a container engine that answers: `DOCKER_HOST` and the usual sockets.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bollard::models::SystemInfoCgroupVersionEnum as SystemInfoCgroupVersion;
use bollard::{API_DEFAULT_VERSION, Docker};

use super::super::record::Records;
use super::{ContainerSandbox, sandbox_folder_caches};

/// How long an engine may take to answer when it is looked for.
const PATIENCE: Duration = Duration::from_secs(10);
/// Seconds that one request may take. A wait is one request, as long as its container runs.
const LONGEST_REQUEST: u64 = 365 * 24 * 3600;

/// The first engine that answers, or why each did not, a sentence each.
pub(crate) async fn connect(
    host: Option<&str>,
    records: Records,
    sandbox_folder: &Path,
) -> Result<ContainerSandbox, Vec<String>> {
    let mut reasons = Vec::new();
    for address in addresses(host) {
        match try_address(&address).await {
            Ok(Found { docker, title, user, keeps_limits }) => {
                return Ok(ContainerSandbox {
                    docker,
                    title,
                    records,
                    user,
                    keeps_limits,
                    caches: sandbox_folder_caches(sandbox_folder),
                    tight_limits: AtomicBool::new(false),
                    passed_over: reasons,
                });
            }
            Err(why) => reasons.push(format!("{address}: {why}")),
        }
    }
    Err(vec![format!("containers: no Docker or Podman answers ({})", reasons.join("; "))])
}

fn addresses(host: Option<&str>) -> Vec<String> {
    // Who names one means that one.
    if let Some(named) =
        host.map(str::to_owned).or_else(|| std::env::var("DOCKER_HOST").ok().filter(|named| !named.is_empty()))
    {
        return vec![named];
    }
    let uid = rustix::process::getuid().as_raw();
    let mut sockets = vec!["/var/run/docker.sock".to_owned()];
    let runtime = std::env::var("XDG_RUNTIME_DIR").unwrap_or_else(|_| format!("/run/user/{uid}"));
    sockets.push(format!("{runtime}/docker.sock"));
    sockets.push(format!("{runtime}/podman/podman.sock"));
    if let Ok(home) = std::env::var("HOME") {
        sockets.push(format!("{home}/.docker/run/docker.sock"));
    }
    sockets.push("/run/podman/podman.sock".to_owned());
    sockets.into_iter().map(|socket| format!("unix://{socket}")).collect()
}

/// An engine that answered.
struct Found {
    docker: Docker,
    title: String,
    user: Option<String>,
    keeps_limits: bool,
}

async fn try_address(address: &str) -> Result<Found, String> {
    let docker = if let Some(socket) = address.strip_prefix("unix://") {
        if !Path::new(socket).exists() {
            return Err("no such socket".into());
        }
        Docker::connect_with_unix(socket, LONGEST_REQUEST, API_DEFAULT_VERSION)
    } else if address.starts_with("tcp://") || address.starts_with("http://") {
        let name = address.split("://").nth(1).unwrap_or_default();
        if !["127.", "localhost", "[::1]"].iter().any(|local| name.starts_with(local)) {
            return Err("on another machine, where this machine's folders cannot be mounted".into());
        }
        Docker::connect_with_http(address, LONGEST_REQUEST, API_DEFAULT_VERSION)
    } else {
        return Err("neither unix:// nor tcp://".into());
    }
    .map_err(|error| error.to_string())?;
    let asked = async {
        docker.ping().await?;
        let docker = docker.negotiate_version().await?;
        let version = docker.version().await?;
        let info = docker.info().await?;
        Ok::<_, bollard::errors::Error>((docker, version, info))
    };
    let (docker, version, info) = tokio::time::timeout(PATIENCE, asked)
        .await
        .map_err(|_| "no answer within 10 seconds".to_owned())?
        .map_err(|error| error.to_string())?;
    let component = version.components.unwrap_or_default().into_iter().next();
    let product = component.map_or_else(|| "Docker".to_owned(), |component| component.name);
    let title = format!("containers by {product} {} at {address}", version.version.unwrap_or_default());
    let (uid, gid) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    // Podman 4 does not list "rootless" among the security options; an engine of this user's own has this user's socket.
    let own_socket = address.strip_prefix("unix://").and_then(|socket| rustix::fs::stat(socket).ok());
    let rootless = own_socket.is_some_and(|socket| socket.st_uid == uid)
        || info.security_options.unwrap_or_default().iter().any(|option| option.contains("rootless"));
    // A root-owned engine would leave files that an ordinary user's server cannot remove.
    let user = (!rootless && uid != 0).then(|| format!("{uid}:{gid}"));
    // Ordinary users cannot write version 1 control groups, and Podman then drops the limits without a word.
    let first_version = info.cgroup_version == Some(SystemInfoCgroupVersion::_1);
    let keeps_limits = info.memory_limit != Some(false) && !(rootless && uid != 0 && first_version);
    Ok(Found { docker, title, user, keeps_limits })
}
