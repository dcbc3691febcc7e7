//! Volumes and the mounts of tasks: sizes, modes, paths, hand-overs, and writers that nothing orders.

use super::settings::is_subdomain;
use super::{Report, Scope, in_task, in_volume, listed};
use crate::diagnostic::{DiagnosticCode, Mend};
use crate::graph::TaskGraph;
use crate::pipeline::{Mount, Task, Volume, VolumeLifetime};
use crate::quantity::quantity;
use dagwright_texts::t;

/// Kubernetes' access modes.
const ACCESS_MODES: [&str; 4] = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];

/// Folders that belong to the system, to Argo or to the paths of inputs and outputs.
const RESERVED: [&str; 8] =
    ["/proc", "/sys", "/dev", "/tmp/inputs", "/tmp/outputs", "/var/run/argo", "/argo", "/var/run/secrets"];

pub(super) fn check(scope: &Scope, report: &mut Report) {
    for (name, volume) in &scope.graph.volumes {
        declaration(name, volume, report);
    }
}

fn declaration(name: &str, volume: &Volume, report: &mut Report) {
    for (index, mode) in volume.access_modes.iter().enumerate() {
        if !ACCESS_MODES.contains(&mode.as_str()) {
            let place = in_volume(name, &format!("accessModes/{index}"));
            report.add(
                DiagnosticCode::AccessMode,
                place,
                t!("{mode} is not an access mode.", mode = format!("{mode:?}")),
            );
        }
    }
    if let Some(class) = volume.storage_class.as_deref().filter(|class| !is_subdomain(class)) {
        let message = t!("{class} cannot be the name of a storage class.", class = format!("{class:?}"));
        report.add(DiagnosticCode::KubernetesName, in_volume(name, "storageClass"), message);
    }
    if let VolumeLifetime::Claim(claim) = &volume.lifetime {
        if !is_subdomain(claim) {
            let message = t!("{claim} cannot be the name of a claim.", claim = format!("{claim:?}"));
            report.add(DiagnosticCode::KubernetesName, in_volume(name, "claim"), message);
        }
        return;
    }
    match &volume.size {
        None => {
            report.add(DiagnosticCode::Quantity, in_volume(name, "size"), t!("Volume {name} has no size.", name));
        }
        Some(size) if quantity(size).is_none_or(|bytes| bytes < 1.0) => {
            report.add(
                DiagnosticCode::Quantity,
                in_volume(name, "size"),
                t!("{size} is not a size.", size = format!("{size:?}")),
            );
        }
        Some(_) => {}
    }
}

/// The mounts of one task.
pub(super) fn mounts(scope: &Scope, name: &str, task: &Task, report: &mut Report) {
    for (index, mount) in task.mounts.iter().enumerate() {
        let field = |field: &str| in_task(name, format!("mounts/{index}/{field}"));
        if !scope.graph.volumes.contains_key(&mount.volume) {
            let message = t!("There is no volume {volume}.", volume = mount.volume);
            report.add(DiagnosticCode::VolumeUnknown, field("volume"), message);
        }
        if let Some(problem) = path_problem(&mount.path) {
            report.add(
                DiagnosticCode::MountPath,
                field("path"),
                t!("The mount path {path} {problem}.", path = format!("{:?}", mount.path), problem),
            );
        } else if task.mounts[..index].iter().any(|other| same_path(&other.path, &mount.path)) {
            let message = t!("Two volumes are mounted at {path}.", path = mount.path);
            report.add(DiagnosticCode::MountPath, field("path"), message);
        }
        if let Some(path) = mount.sub_path.as_deref().filter(|path| !is_relative(path)) {
            let message = t!("The folder {path} is not a path inside the volume.", path = format!("{path:?}"));
            let found = report.add(DiagnosticCode::MountPath, field("subPath"), message);
            found.hint = String::from(t!("Write a relative path without '..', such as models/digits."));
        }
        hand_overs(scope, name, index, mount, report);
    }
}

fn hand_overs(scope: &Scope, name: &str, index: usize, mount: &Mount, report: &mut Report) {
    for (position, from) in mount.from.iter().enumerate() {
        let place = in_task(name, format!("mounts/{index}/from/{position}"));
        match scope.graph.tasks.get(from) {
            None => {
                report.add(
                    DiagnosticCode::TaskUnknown,
                    place,
                    t!("There is no task {from} to hand over {volume}.", from, volume = mount.volume),
                );
            }
            Some(other) if other.mounts.iter().all(|theirs| theirs.volume != mount.volume) => {
                let message =
                    t!("{from} hands over volume {volume}, but does not mount it.", from, volume = mount.volume);
                report.add(DiagnosticCode::HandOverWithoutMount, place, message);
            }
            Some(_) => {}
        }
    }
}

/// Volumes that nothing mounts, and tasks that write one volume of a single node without an order.
pub(super) fn use_and_order(scope: &Scope, order: &TaskGraph, report: &mut Report) {
    let tasks = &scope.graph.tasks;
    let mut writers: indexmap::IndexMap<&str, Vec<&str>> = indexmap::IndexMap::new();
    let mut used = std::collections::HashSet::new();
    for (name, task) in tasks {
        for mount in &task.mounts {
            used.insert(mount.volume.as_str());
            if !mount.read_only {
                writers.entry(mount.volume.as_str()).or_default().push(name);
            }
        }
    }
    for (name, volume) in &scope.graph.volumes {
        if !used.contains(name.as_str()) {
            report.add(DiagnosticCode::VolumeUnused, in_volume(name, ""), t!("No task mounts volume {name}.", name));
            continue;
        }
        if volume.access_modes.iter().any(|mode| mode == "ReadWriteMany") {
            continue;
        }
        let Some(tasks) = writers.get(name.as_str()) else { continue };
        for (before, after) in order.unordered_neighbours(tasks) {
            let message = t!("{tasks} write volume {name} in no order.", tasks = listed([before, after]), name);
            let found = report.add(DiagnosticCode::VolumeUnordered, in_task(after, "mounts"), message);
            found.mend = Some(Mend::After { task: String::from(after), before: String::from(before) });
        }
    }
}

/// Why a mount path cannot be; `None` when it can.
fn path_problem(path: &str) -> Option<String> {
    if !path.starts_with('/') {
        return Some(String::from(t!("is not absolute")));
    }
    if path.trim_end_matches('/').is_empty() {
        return Some(String::from(t!("would cover the whole file system")));
    }
    if path.split('/').any(|part| part == ".." || part == ".") {
        return Some(String::from(t!("contains '.' or '..'")));
    }
    if path.contains(':') || path.contains("{{") || path.chars().any(char::is_control) {
        return Some(String::from(t!("contains ':', '{{' or control characters")));
    }
    let reserved = RESERVED.iter().find(|reserved| {
        let rest = path.strip_prefix(**reserved);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    reserved.map(|reserved| t!("lies in {reserved}, which is reserved", reserved))
}

fn is_relative(path: &str) -> bool {
    let plain = !path.contains("{{") && !path.chars().any(char::is_control);
    !path.is_empty() && !path.starts_with('/') && plain && path.split('/').all(|part| part != "..")
}

fn same_path(left: &str, right: &str) -> bool {
    left.trim_end_matches('/') == right.trim_end_matches('/')
}
