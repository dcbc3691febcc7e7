//! What a task's container is made of: labels, mounts, limits, user.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use bollard::models::{ContainerCreateBody, HostConfig, Mount, MountType, ResourcesUlimits};
use rustix::process::{Resource, getrlimit};
use sha2::{Digest, Sha256};

use super::super::attempt_folder::{AttemptFolder, private_folder};
use super::super::mounts::ReadyMount;
use super::super::record::{Record, Records};
use super::super::{MountAccess, SandboxCommand};

/// Holds the attempt's id.
pub(super) const ATTEMPT_LABEL: &str = "dev.dagwright.run/attempt";
/// Holds the id of the data folder: another server's containers are never touched.
pub(super) const STORE_LABEL: &str = "dev.dagwright.run/store";
const CACHE_AT: &str = "/tmp/.dagwright-pip-cache";

/// Whose limits of open files and processes a container gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ulimits {
    /// The engine's default.
    OfTheEngine,
    /// This server's own hard limits, or less.
    OfThisServer,
}

/// The container's name: unique over all servers.
pub(super) fn name(id: &str) -> String {
    format!("dagwright-{}", id.replace('.', "-"))
}

#[expect(clippy::too_many_arguments, reason = "each is a different thing of the one container")]
pub(super) fn body(
    command: &SandboxCommand,
    attempt: &Record,
    records: &Records,
    folder: &AttemptFolder,
    mounts: &[ReadyMount],
    cache: Option<&Path>,
    user: Option<String>,
    ulimits: Ulimits,
) -> ContainerCreateBody {
    let mut binds = vec![
        bind(&folder.inputs, "/tmp/inputs", MountAccess::ReadWrite),
        bind(&folder.outputs, "/tmp/outputs", MountAccess::ReadWrite),
    ];
    binds.extend(mounts.iter().map(|mount| bind(&mount.host, &mount.path.to_string_lossy(), mount.access)));
    let mut environment = command.environment.clone();
    // Standard output is a pipe: without this a log would come in blocks and out of order.
    environment.entry("PYTHONUNBUFFERED".into()).or_insert_with(|| "1".into());
    if user.is_some() {
        environment.entry("HOME".into()).or_insert_with(|| "/tmp".into());
    }
    if let Some(cache) = cache {
        binds.push(bind(cache, CACHE_AT, MountAccess::ReadWrite));
        environment.entry("PIP_CACHE_DIR".into()).or_insert_with(|| CACHE_AT.into());
    }
    let labels = [
        (ATTEMPT_LABEL, attempt.id.as_str()),
        (STORE_LABEL, records.store()),
        ("dev.dagwright.run/run", &attempt.run),
        ("dev.dagwright.run/task", &attempt.task_path),
    ];
    let some = |words: &Vec<String>| (!words.is_empty()).then(|| words.clone());
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    ContainerCreateBody {
        image: Some(command.image.clone()),
        // An entrypoint of our own drops the image's arguments, as Kubernetes does.
        entrypoint: some(&command.command),
        cmd: some(&command.arguments),
        env: Some(environment.into_iter().map(|(name, value)| format!("{name}={value}")).collect()),
        labels: Some(labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into()),
        user,
        host_config: Some(HostConfig {
            mounts: Some(binds),
            nano_cpus: command.limits.cpu_millis.map(|millis| whole(millis.saturating_mul(1_000_000))),
            memory: command.limits.memory_bytes.map(whole),
            // Without this a task over its limit swaps instead of ending.
            memory_swap: command.limits.memory_bytes.map(whole),
            ulimits: (ulimits == Ulimits::OfThisServer).then(own_limits),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

fn bind(host: &Path, path: &str, access: MountAccess) -> Mount {
    Mount {
        typ: Some(MountType::BIND),
        source: Some(host.display().to_string()),
        target: Some(path.to_owned()),
        read_only: Some(access == MountAccess::ReadOnly),
        ..Mount::default()
    }
}

fn own_limits() -> Vec<ResourcesUlimits> {
    // Podman lowers its own limit of processes to the kernel's `pid_max`, which may be as low as 32768.
    [("nofile", Resource::Nofile, 1_048_576), ("nproc", Resource::Nproc, 32_768)]
        .into_iter()
        .map(|(name, resource, most)| {
            let own = getrlimit(resource).maximum.and_then(|limit| i64::try_from(limit).ok());
            let limit = own.unwrap_or(most).min(most);
            ResourcesUlimits { name: Some(name.to_owned()), soft: Some(limit), hard: Some(limit) }
        })
        .collect()
}

/// An image's user may be anyone; the folders stay hidden by the data folder around them. Only root's server needs it:
/// for others containers run as the server's own user.
pub(super) fn open_to_any_user(folder: &AttemptFolder, mounts: &[ReadyMount]) -> io::Result<()> {
    if rustix::process::getuid().is_root() {
        let writable = mounts.iter().filter(|mount| mount.access == MountAccess::ReadWrite).map(|mount| &mount.host);
        for path in [&folder.inputs, &folder.outputs].into_iter().chain(writable) {
            fs::set_permissions(path, Permissions::from_mode(0o777))?;
        }
        for entry in fs::read_dir(&folder.outputs)?.flatten().filter(|entry| entry.path().is_dir()) {
            fs::set_permissions(entry.path(), Permissions::from_mode(0o777))?;
        }
    }
    Ok(())
}

/// Where pip, run inside by the component's bootstrap, keeps what it downloaded for this image and set of packages.
pub(super) fn package_cache(caches: &Path, command: &SandboxCommand) -> io::Result<Option<PathBuf>> {
    if command.packages.is_empty() {
        return Ok(None);
    }
    let mut packages = command.packages.clone();
    packages.sort();
    let digest = Sha256::digest(format!("{}\0{}", command.image, packages.join("\0")));
    let folder = caches.join(digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>());
    private_folder(&folder)?;
    Ok(Some(folder))
}
