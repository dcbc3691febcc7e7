//! The `/etc` that tasks see: a copy of the few files that programs need and that hold no secrets, made once per server.
//! One mount of a copy costs a task less than twenty mounts of files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::super::attempt_folder::private_folder;

/// Files and folders of `/etc` to copy.
const COPIED: [&str; 17] = [
    "alternatives",
    "ca-certificates",
    "crypto-policies",
    "fonts",
    "gai.conf",
    "host.conf",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "magic",
    "mime.types",
    "nsswitch.conf",
    "pki/tls/certs",
    "protocols",
    "ssl/certs",
    "ssl/openssl.cnf",
];
/// Files that change while the server runs (another network): mounted over the copy.
pub(super) const LIVE: [&str; 2] = ["hosts", "resolv.conf"];
/// May hold an index's password: empty for tasks, mounted only where pip runs.
const EMPTY: &str = "pip.conf";
/// Variables of the server that may name further certificates.
const CERTIFICATES: [&str; 4] = ["PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];
/// Links in these folders lead no deeper.
const DEEPEST: u32 = 4;

/// Makes `<sandbox folder>/etc` anew.
pub(super) fn copy_etc(sandbox_folder: &Path) -> io::Result<PathBuf> {
    let etc = sandbox_folder.join("etc");
    if etc.exists() {
        fs::remove_dir_all(&etc)?;
    }
    private_folder(&etc)?;
    let certificates = CERTIFICATES.into_iter().filter_map(|name| std::env::var(name).ok());
    let further = certificates.filter_map(|file| Some(file.strip_prefix("/etc/")?.to_owned()));
    for name in COPIED.into_iter().map(str::to_owned).chain(further) {
        let to = etc.join(&name);
        if !to.exists() {
            to.parent().map_or(Ok(()), private_folder)?;
            copy(&Path::new("/etc").join(&name), &to, DEEPEST)?;
        }
    }
    for name in LIVE.into_iter().chain([EMPTY]) {
        fs::write(etc.join(name), "")?;
    }
    write_accounts(&etc)?;
    Ok(etc)
}

/// What cannot be read is left out: a task could not have read it either.
fn copy(from: &Path, to: &Path, deepest: u32) -> io::Result<()> {
    let Ok(real) = fs::canonicalize(from) else { return Ok(()) };
    if real.starts_with("/usr") {
        return std::os::unix::fs::symlink(real, to);
    }
    if real.is_dir() {
        private_folder(to)?;
        for entry in fs::read_dir(&real).into_iter().flatten().flatten().filter(|_| deepest > 0) {
            copy(&entry.path(), &to.join(entry.file_name()), deepest - 1)?;
        }
    } else if let Ok(content) = fs::read(&real) {
        fs::write(to, content)?;
    }
    Ok(())
}

/// Programs look up who they are; nobody else needs to be known.
fn write_accounts(etc: &Path) -> io::Result<()> {
    let (user, group) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    let root = if user == 0 { "" } else { "root:x:0:0:root:/root:/usr/sbin/nologin\n" };
    let root_group = if group == 0 { "" } else { "root:x:0:\n" };
    let nobody = "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
    fs::write(etc.join("passwd"), format!("task:x:{user}:{group}:task:/tmp:/bin/sh\n{root}{nobody}"))?;
    fs::write(etc.join("group"), format!("task:x:{group}:\n{root_group}nogroup:x:65534:\n"))
}
