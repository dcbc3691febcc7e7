//! Removing a volume's folder: out of its place in one step, then file by file. Follows no link.

use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Where folders stand while they are removed.
const REMOVING: &str = "removing";

/// Removes `folder`, which stands under `root`. When that fails, what is left of it is back in its place.
///
/// # Errors
/// Whatever the system says; `PermissionDenied` for what another user's task left.
pub(super) fn remove(root: &Path, folder: &Path) -> io::Result<()> {
    let removing = root.join(REMOVING);
    std::fs::create_dir_all(&removing)?;
    let aside = removing.join(Uuid::new_v4().to_string());
    match std::fs::rename(folder, &aside) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        result => result?,
    }
    remove_all(&aside).inspect_err(|_| {
        if let Err(error) = std::fs::rename(&aside, folder) {
            tracing::warn!("{} could not be put back: {error}", folder.display());
        }
    })
}

/// Removes what an earlier server had set aside and not removed. Returns at once.
pub(super) fn sweep(root: &Path) {
    let Ok(entries) = std::fs::read_dir(root.join(REMOVING)) else { return };
    let left: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    if left.is_empty() {
        return;
    }
    std::thread::spawn(move || {
        for folder in left {
            if let Err(error) = remove_all(&folder) {
                tracing::warn!("{} could not be removed: {error}", folder.display());
            }
        }
    });
}

fn remove_all(folder: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            make_writable(folder);
            std::fs::remove_dir_all(folder)
        }
        result => result,
    }
}

/// A task may have taken the right to write from its own folders; what is not ours stays as it is.
fn make_writable(folder: &Path) {
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        if !std::fs::symlink_metadata(&folder).is_ok_and(|what| what.is_dir()) {
            continue;
        }
        let _other_users_folder = std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700));
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        let folders = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        open.extend(folders.map(|entry| entry.path()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_whole_and_links_in_it_lead_nowhere() {
        let home = tempfile::tempdir().unwrap();
        let (root, outside) = (home.path().join("volumes"), home.path().join("outside"));
        let folder = root.join("kept/data");
        std::fs::create_dir_all(folder.join("locked/deep")).unwrap();
        std::fs::create_dir(&outside).unwrap();
        std::fs::write(outside.join("file"), "stays").unwrap();
        std::fs::write(folder.join("locked/deep/file"), "goes").unwrap();
        std::os::unix::fs::symlink(&outside, folder.join("locked/way")).unwrap();
        std::fs::set_permissions(folder.join("locked/deep"), std::fs::Permissions::from_mode(0o555)).unwrap();
        std::fs::set_permissions(folder.join("locked"), std::fs::Permissions::from_mode(0o000)).unwrap();
        remove(&root, &folder).unwrap();
        assert!(!folder.exists() && root.join("kept").exists());
        assert_eq!(std::fs::read_dir(root.join(REMOVING)).unwrap().count(), 0);
        assert_eq!(std::fs::read_to_string(outside.join("file")).unwrap(), "stays");
        remove(&root, &folder).unwrap();
    }

    #[test]
    fn what_was_left_aside_goes_at_the_next_start() {
        let home = tempfile::tempdir().unwrap();
        let left = home.path().join(REMOVING).join("one");
        std::fs::create_dir_all(left.join("sub")).unwrap();
        sweep(home.path());
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while left.exists() && std::time::Instant::now() < deadline {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert!(!left.exists());
    }
}
