//! Whether mounts make sense, and the host folder of each. Follows no symbolic link that a task may have planted.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::attempt_folder::private_folder;
use super::{MountAccess, Refusal, SandboxMount};

const CODE: &str = "sandbox.mount";

/// A mount whose host folder exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReadyMount {
    pub(crate) host: PathBuf,
    pub(crate) path: PathBuf,
    pub(crate) access: MountAccess,
}

/// The rules that hold in every sandbox. Touches nothing.
pub(crate) fn check(mounts: &[SandboxMount]) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for mount in mounts {
        let path = &mount.path;
        let plain = Path::new(path).components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
        if !path.starts_with('/') || !plain || path.contains(['\0', '\n']) {
            return Err(Refusal::new(
                CODE,
                format!("A volume cannot be mounted at `{path}`: not an absolute path without `..`"),
                "Name a path such as /data",
            ));
        }
        let clean: PathBuf = Path::new(path).components().collect();
        let forbidden = clean == Path::new("/")
            || clean == Path::new("/tmp")
            || ["/proc", "/sys", "/dev", "/etc", "/tmp/inputs", "/tmp/outputs"]
                .iter()
                .any(|taken| clean.starts_with(taken));
        if forbidden {
            return Err(Refusal::new(
                CODE,
                format!(
                    "A volume cannot be mounted at `{path}`: that path belongs to the system or to the task's inputs and outputs"
                ),
                "Name a path of its own, such as /data",
            ));
        }
        if !seen.insert(clean) {
            return Err(Refusal::new(
                CODE,
                format!("Two volumes are mounted at `{path}`"),
                "Give each volume of the task its own path",
            ));
        }
        if let Some(sub_path) = &mount.sub_path
            && !Path::new(sub_path).components().all(|part| matches!(part, Component::Normal(_)))
        {
            return Err(Refusal::new(
                CODE,
                format!("The folder `{sub_path}` inside the volume at `{path}` is not a relative path without `..`"),
                "Name a folder such as `models/best`",
            ));
        }
    }
    Ok(())
}

/// Makes the folders, outermost paths first, so that one mount may lie inside another.
pub(crate) fn ready(mounts: &[SandboxMount]) -> Result<Vec<ReadyMount>, Refusal> {
    check(mounts)?;
    let mut ready = Vec::with_capacity(mounts.len());
    for mount in mounts {
        let trouble = |what: String| Refusal::new(CODE, what, "Look at the volume's folder on the volumes page");
        private_folder(&mount.host).map_err(|error| {
            trouble(format!("The folder of the volume at `{}` cannot be made: {error}", mount.path))
        })?;
        let mut host = mount.host.clone();
        for part in mount.sub_path.as_deref().map(Path::new).into_iter().flat_map(Path::components) {
            host.push(part);
            let made = match fs::symlink_metadata(&host) {
                Ok(metadata) if metadata.is_dir() => Ok(()),
                Ok(_) => Err("there is something else than a folder in its way".to_owned()),
                Err(_) => fs::create_dir(&host).map_err(|error| error.to_string()),
            };
            made.map_err(|why| {
                let sub_path = mount.sub_path.as_deref().unwrap_or_default();
                trouble(format!("The folder `{sub_path}` of the volume at `{}` cannot be used: {why}", mount.path))
            })?;
        }
        ready.push(ReadyMount { host, path: Path::new(&mount.path).components().collect(), access: mount.access });
    }
    ready.sort_by_key(|mount| mount.path.components().count());
    Ok(ready)
}
