//! A folder of this machine as a library: every YAML file in it that holds a component. Never leads out of the folder, and
//! never reads one that the server was not started with.

use super::entry::{self, Problem};
use super::{COMPONENT_LIMIT, Content, LibraryError, MOST_ENTRIES, WHOLE_LIMIT};
use dagwright_shared::yaml;
use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// Folders inside folders that are looked into.
const DEEPEST: usize = 8;
/// Files and folders that are looked at.
const MOST_FILES: usize = 10_000;

/// Reads a folder.
pub(super) fn read(allowed: &[PathBuf], folder: &Path) -> Result<Content, LibraryError> {
    let text = folder.display().to_string();
    let refused = || LibraryError::NotAllowed(text.clone());
    // A folder that may not be read is not told apart from one that is not there.
    let whole = folder.canonicalize().map_err(|_| refused())?;
    let is_inside = |allowed: &PathBuf| allowed.canonicalize().is_ok_and(|allowed| whole.starts_with(allowed));
    if !allowed.iter().any(is_inside) {
        return Err(refused());
    }
    let failed = |reason: io::Error| LibraryError::Folder { folder: text.clone(), reason };
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let root = rustix::fs::open(&whole, flags, Mode::empty()).map_err(|error| failed(error.into()))?;
    let name = whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut content = Content { name: name.clone(), ..Content::default() };
    let (mut taken, mut bytes) = (0, 0);
    for path in files(&whole).map_err(failed)? {
        let read = open(&root, &path).and_then(entry::text);
        let component = match read {
            Ok(text) if !is_component(&text) => continue,
            Ok(text) if bytes + text.len() > WHOLE_LIMIT => {
                Err(Problem::of(&format!("The library has more than {WHOLE_LIMIT} bytes with it"), "Split the folder."))
            }
            Ok(text) => {
                bytes += text.len();
                entry::component(&text)
            }
            Err(problem) => Err(problem),
        };
        taken += 1;
        if taken > MOST_ENTRIES {
            content.too_many(&text);
            break;
        }
        match component {
            Ok(component) => content.add(&format!("library/{name}/{path}"), component),
            Err(problem) => content.problem(&path, problem.message, problem.hint),
        }
    }
    Ok(content)
}

/// Broken YAML may have been meant as one; what can be read and is something else is none.
fn is_component(text: &str) -> bool {
    yaml::read(text).value.is_none_or(|value| value.get("implementation").is_some())
}

/// The YAML files of a folder by their paths in it, sorted. Hidden ones are left out; links to folders are not followed.
fn files(root: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), 0)];
    let mut seen = 0;
    while let Some((folder, depth)) = open.pop() {
        let entries = match std::fs::read_dir(root.join(&folder)) {
            Ok(entries) => entries,
            Err(error) if folder.is_empty() => return Err(error),
            Err(_) => continue,
        };
        for entry in entries.flatten() {
            seen += 1;
            if seen > MOST_FILES {
                found.sort();
                return Ok(found);
            }
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            if name.starts_with('.') {
                continue;
            }
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if kind.is_dir() && depth < DEEPEST {
                open.push((path, depth + 1));
            } else if !kind.is_dir() && [".yaml", ".yml"].iter().any(|ending| path.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Opens a file under the folder's own handle, so that no link and no rename leads out of it, and reads it.
fn open(root: &OwnedFd, path: &str) -> Result<Vec<u8>, Problem> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let opened = rustix::fs::openat2(root, path, flags, Mode::empty(), resolve).map_err(|error| match error {
        Errno::XDEV | Errno::LOOP => Problem::of(&"It is a link out of the library's folder", "Copy the file into it."),
        error => Problem::of(
            &format!("It cannot be read: {}", io::Error::from(error)),
            "Look whether the server's user may read it.",
        ),
    })?;
    let file = File::from(opened);
    let unreadable = |error: io::Error| Problem::of(&format!("It cannot be read: {error}"), "Read the library again.");
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err(Problem::of(&"It is no file", "Take it away, or give it another ending."));
    }
    let mut bytes = Vec::new();
    file.take(COMPONENT_LIMIT as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > COMPONENT_LIMIT {
        let message = format!("It has more than {COMPONENT_LIMIT} bytes");
        return Err(Problem::of(&message, "Put data into an artifact or an image."));
    }
    Ok(bytes)
}
