//! Mounts and hand-overs: volumes in tasks, and the order that handing them over makes.
//! Whether a path or an access mode is a good one is check's to say.

use super::EditError;
use super::draft::Draft;
use super::wires::{refuse_circle, task, task_mut};
use crate::pipeline::Mount;
use crate::pipeline::record::RecordId;

/// Mounts a volume.
pub(super) fn add(draft: &mut Draft<'_>, name: &str, mount: &Mount) -> Result<(), EditError> {
    refuse(draft, name, mount, None)?;
    task_mut(draft, name)?.mounts.push(mount.clone());
    Ok(())
}

/// Changes one mount.
pub(super) fn set(draft: &mut Draft<'_>, name: &str, index: usize, mount: &Mount) -> Result<(), EditError> {
    refuse(draft, name, mount, Some(index))?;
    let found = task_mut(draft, name)?.mounts.get_mut(index);
    *found.ok_or_else(|| not_there(name, index))? = mount.clone();
    Ok(())
}

/// Takes a mount away.
pub(super) fn remove(draft: &mut Draft<'_>, name: &str, index: usize) -> Result<(), EditError> {
    if task(draft, name)?.mounts.len() <= index {
        return Err(not_there(name, index));
    }
    task_mut(draft, name)?.mounts.remove(index);
    Ok(())
}

/// Hands a volume from one task to another.
pub(super) fn hand_over(draft: &mut Draft<'_>, volume: &str, from: &str, name: &str) -> Result<(), EditError> {
    let given = task(draft, from)?.mounts.iter().find(|mount| mount.volume == volume);
    let path = given
        .map(|mount| mount.path.clone())
        .ok_or_else(|| EditError::NotMounted { task: String::from(from), volume: String::from(volume) })?;
    let place = task(draft, name)?.mounts.iter().position(|mount| mount.volume == volume);
    let Some(place) = place else {
        let mount = Mount { volume: String::from(volume), path, from: vec![String::from(from)], ..Mount::default() };
        return add(draft, name, &mount);
    };
    if task(draft, name)?.mounts[place].from.iter().any(|listed| listed == from) {
        return Ok(());
    }
    refuse_circle(draft, from, name)?;
    if let Some(mount) = task_mut(draft, name)?.mounts.get_mut(place) {
        mount.from.push(String::from(from));
    }
    Ok(())
}

/// Takes a hand-over back.
pub(super) fn remove_hand_over(draft: &mut Draft<'_>, volume: &str, from: &str, name: &str) -> Result<(), EditError> {
    for mount in &mut task_mut(draft, name)?.mounts {
        if mount.volume == volume {
            mount.from.retain(|listed| listed != from);
        }
    }
    Ok(())
}

fn not_there(name: &str, index: usize) -> EditError {
    EditError::MountNotThere { task: String::from(name), number: index + 1 }
}

/// Refuses a mount of an unknown volume, at a path that another mount has, or handed over in a circle.
fn refuse(draft: &Draft<'_>, name: &str, mount: &Mount, index: Option<usize>) -> Result<(), EditError> {
    let mounts = &task(draft, name)?.mounts;
    if draft.volumes.get(&mount.volume).is_none() {
        return Err(EditError::NotThere(RecordId::Volume(mount.volume.clone())));
    }
    let is_other = |place: usize| index != Some(place);
    let taken = |(place, other): (usize, &Mount)| is_other(place) && !mount.path.is_empty() && other.path == mount.path;
    if mounts.iter().enumerate().any(taken) {
        return Err(EditError::MountPathTaken { task: String::from(name), path: mount.path.clone() });
    }
    let old = index.and_then(|index| mounts.get(index));
    for from in &mount.from {
        if old.is_some_and(|old| old.from.contains(from)) {
            continue;
        }
        task(draft, from)?;
        refuse_circle(draft, from, name)?;
    }
    Ok(())
}
