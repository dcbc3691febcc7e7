//! Starting the servers that the suite runs against. Each test has its own, over its own folder.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use dagwright::artifacts::{Addressing, ArtifactStore, Artifacts, S3Configuration, S3Credentials, S3Settings};

pub(crate) const SECOND_SERVER: &str = "github.com/versity/versitygw/cmd/versitygw@v1.8.0";

/// A store with the server behind it, ended when dropped.
pub(crate) struct Running {
    pub(crate) store: ArtifactStore,
    pub(crate) folder: tempfile::TempDir,
    _embedded: Option<Artifacts>,
    _second: Option<Ended>,
}

/// A child process that ends with its test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _already_gone = self.0.kill();
        let _status = self.0.wait();
    }
}

impl Running {
    /// The same server by other settings.
    pub(crate) fn with(&self, change: impl FnOnce(&mut S3Configuration)) -> ArtifactStore {
        let mut configuration = self.store.configuration().clone();
        change(&mut configuration);
        ArtifactStore::connect(configuration, self.folder.path().join("spool")).unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

pub(crate) async fn embedded() -> Option<Running> {
    let folder = tempfile::tempdir().unwrap();
    let artifacts = dagwright::artifacts::open(folder.path(), &S3Settings::default()).await.unwrap();
    Some(Running { store: artifacts.store.clone(), folder, _embedded: Some(artifacts), _second: None })
}

/// `None`, with a word about it, where there is neither the server nor a Go to build it.
pub(crate) async fn versitygw() -> Option<Running> {
    versitygw_with(tempfile::tempdir().unwrap(), "http", &[]).await
}

/// With arguments of its own. Over TLS the bucket is not made yet: this process does not trust the certificate.
pub(crate) async fn versitygw_with(
    folder: tempfile::TempDir,
    scheme: &str,
    arguments: &[&std::ffi::OsStr],
) -> Option<Running> {
    static BINARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    let binary = tokio::task::spawn_blocking(|| BINARY.get_or_init(second_server).clone()).await.unwrap()?;
    let root = folder.path().join("gateway");
    std::fs::create_dir(&root).unwrap();
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let child = Command::new(binary)
        .args(["--quiet", "--port", &address.to_string()])
        .args(arguments)
        .arg("posix")
        .arg(&root)
        .env("ROOT_ACCESS_KEY", "dagwright-test")
        .env("ROOT_SECRET_KEY", "only-for-this-test")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let child = Ended(child);
    let configuration = S3Configuration {
        endpoint: format!("{scheme}://{address}"),
        region: "us-east-1".to_owned(),
        bucket: "artifacts".to_owned(),
        addressing: Addressing::Path,
        credentials: S3Credentials {
            access_key_id: "dagwright-test".to_owned(),
            secret_access_key: "only-for-this-test".to_owned(),
            session_token: None,
        },
    };
    for _ in 0..200 {
        if tokio::net::TcpStream::connect(address).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let store = ArtifactStore::connect(configuration, folder.path().join("spool")).unwrap();
    if scheme == "http" {
        store.ensure_bucket().await.unwrap();
    }
    Some(Running { store, folder, _embedded: None, _second: Some(child) })
}

fn second_server() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cache")))?;
    let folder = cache.join("dagwright/tools/versitygw");
    let binary = folder.join("versitygw");
    if !binary.exists() {
        let built = Command::new("go").args(["install", SECOND_SERVER]).env("GOBIN", &folder).status();
        if !built.is_ok_and(|status| status.success()) {
            let _closed = writeln!(std::io::stderr(), "NOT RUN against a second S3 server: there is no Go to build it");
            return None;
        }
    }
    Some(binary)
}
