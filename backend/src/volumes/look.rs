//! Looking into a volume: how much is in it, a folder's entries, a file. Never leads out of it, and changes nothing.

use dagwright_shared::api::FileEntry;
use rustix::fs::{Mode, OFlags, ResolveFlags};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Entries of a folder that are read; a listing is sorted, so all of them must be known.
const MOST_ENTRIES: usize = 100_000;
/// What is looked at inside a volume.
pub enum Looked {
    /// A folder's entries, folders first.
    Folder(Vec<FileEntry>),
    /// A file to read, with its size in bytes.
    File(File, u64),
    /// There, but this server's user may not read it.
    Unreadable,
    /// Nothing, or something that is neither file nor folder, or a way out of the volume.
    Nothing,
}

/// How much is in a volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Bytes of its files.
    pub size: u64,
    /// Files.
    pub files: u64,
    /// There is more: counting took too long.
    pub partial: bool,
}

/// Counts a folder's files until `deadline`; follows no link.
pub(super) fn measure(folder: PathBuf, deadline: Instant) -> Extent {
    let mut extent = Extent::default();
    let mut open = vec![folder];
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            if Instant::now() > deadline {
                return Extent { partial: true, ..extent };
            }
            match entry.metadata() {
                Ok(what) if what.is_dir() => open.push(entry.path()),
                Ok(what) => {
                    extent.size += what.len();
                    extent.files += 1;
                }
                // Gone since: a task may be writing right now.
                Err(_) => {}
            }
        }
    }
    extent
}

/// Looks at `path` under `root`.
pub(super) fn look(root: &Path, path: &str) -> io::Result<Looked> {
    let root = match rustix::fs::open(root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) {
        Ok(root) => root,
        Err(rustix::io::Errno::NOENT) if path.is_empty() => return Ok(Looked::Folder(Vec::new())),
        Err(rustix::io::Errno::NOENT) => return Ok(Looked::Nothing),
        Err(error) => return Err(error.into()),
    };
    let relative = if path.is_empty() { "." } else { path };
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_SYMLINKS;
    let opened: OwnedFd = match rustix::fs::openat2(&root, relative, flags, Mode::empty(), resolve) {
        Ok(opened) => opened,
        Err(
            rustix::io::Errno::NOENT
            | rustix::io::Errno::XDEV
            | rustix::io::Errno::LOOP
            | rustix::io::Errno::NOTDIR
            | rustix::io::Errno::NXIO
            | rustix::io::Errno::NAMETOOLONG
            | rustix::io::Errno::INVAL,
        ) => return Ok(Looked::Nothing),
        Err(rustix::io::Errno::ACCESS | rustix::io::Errno::PERM) => return Ok(Looked::Unreadable),
        Err(error) => return Err(error.into()),
    };
    let file = File::from(opened);
    let what = file.metadata()?;
    if what.is_file() {
        let size = what.len();
        return Ok(Looked::File(file, size));
    }
    if !what.is_dir() {
        return Ok(Looked::Nothing);
    }
    let mut entries = Vec::new();
    for entry in rustix::fs::Dir::read_from(&file)?.take(MOST_ENTRIES) {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else { continue };
        if name == "." || name == ".." {
            continue;
        }
        let Ok(what) = rustix::fs::statat(&file, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW) else { continue };
        let kind = rustix::fs::FileType::from_raw_mode(what.st_mode);
        let folder = kind == rustix::fs::FileType::Directory;
        if folder || kind == rustix::fs::FileType::RegularFile {
            let path =
                if path.is_empty() { String::from(name) } else { format!("{}/{name}", path.trim_end_matches('/')) };
            let size = if folder { 0 } else { u64::try_from(what.st_size).unwrap_or(0) };
            entries.push(FileEntry { path, size, folder });
        }
    }
    entries.sort_by(|one, other| (!one.folder, &one.path).cmp(&(!other.folder, &other.path)));
    Ok(Looked::Folder(entries))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn measuring_follows_no_link_and_ends_in_time() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join("a/b")).unwrap();
        std::fs::write(home.path().join("a/b/file"), "content").unwrap();
        std::fs::write(home.path().join("file"), "x").unwrap();
        std::os::unix::fs::symlink("/usr", home.path().join("a/way")).unwrap();
        let soon = Instant::now() + Duration::from_secs(60);
        let link = "/usr".len() as u64;
        let whole = measure(home.path().to_owned(), soon);
        assert_eq!(whole, Extent { size: 8 + link, files: 3, partial: false });
        assert!(measure(home.path().to_owned(), Instant::now()).partial);
        assert_eq!(measure(home.path().join("none"), soon), Extent::default());
    }

    #[test]
    fn nothing_leads_out_of_a_volume() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("volume");
        std::fs::create_dir_all(root.join("sub")).unwrap();
        std::fs::write(root.join("sub/file"), "content").unwrap();
        std::fs::write(home.path().join("secret"), "secret").unwrap();
        std::os::unix::fs::symlink("../secret", root.join("link")).unwrap();
        std::os::unix::fs::symlink(home.path(), root.join("way")).unwrap();
        let Looked::Folder(entries) = look(&root, "").unwrap() else { panic!() };
        assert_eq!(entries, [FileEntry { path: String::from("sub"), size: 0, folder: true }]);
        let Looked::File(_, 7) = look(&root, "sub/file").unwrap() else { panic!() };
        for path in ["../secret", "link", "way/secret", "sub/../../secret", "/etc/passwd", "missing", "sub/file/more"] {
            assert!(matches!(look(&root, path).unwrap(), Looked::Nothing), "{path}");
        }
        assert!(matches!(look(&home.path().join("none"), "").unwrap(), Looked::Folder(entries) if entries.is_empty()));
    }
}
