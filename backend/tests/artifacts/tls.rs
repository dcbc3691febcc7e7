//! An S3 behind TLS with a company's own certificate: trusted when the machine trusts it, named when it does not.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use dagwright::artifacts::{ArtifactStore, S3Settings};

use crate::servers;

const IN_CHILD: &str = "DAGWRIGHT_TEST_TLS_CHILD";

#[tokio::test(flavor = "multi_thread")]
async fn the_machines_certificates_count() {
    if std::env::var_os(IN_CHILD).is_some() {
        return with_a_trusted_certificate().await;
    }
    let folder = tempfile::tempdir().unwrap();
    let made = make_certificate(folder.path(), "authority", &[]).is_some_and(|()| {
        let [authority, its_key] = ["authority.pem", "authority.key"].map(|name| folder.path().join(name));
        let signed =
            ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE", "-CA"].map(OsStr::new);
        let by = [authority.as_os_str(), OsStr::new("-CAkey"), its_key.as_os_str()];
        make_certificate(folder.path(), "server", &[&signed[..], &by[..]].concat()).is_some()
    });
    if !made {
        let _closed = writeln!(std::io::stderr(), "NOT RUN over TLS: there is no openssl to make a certificate");
        return;
    }
    let [certificate, key, authority] =
        ["server.pem", "server.key", "authority.pem"].map(|name| folder.path().join(name));
    let arguments = [OsStr::new("--cert"), certificate.as_os_str(), OsStr::new("--key"), key.as_os_str()];
    let Some(running) = servers::versitygw_with(folder, "https", &arguments).await else { return };

    let error = running.store.check().await.unwrap_err();
    assert_eq!(error.code(), "artifact-store-unreachable");
    assert!(error.to_string().to_lowercase().contains("certificate"), "{error}");

    let endpoint = running.store.configuration().endpoint.clone();
    let credentials = running.store.configuration().credentials.clone();
    let trusted = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe().unwrap())
            .args(["tls::the_machines_certificates_count", "--exact"])
            .env(IN_CHILD, "yes")
            .env("SSL_CERT_FILE", &authority)
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_ACCESS_KEY_ID", credentials.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key)
            .env("DAGWRIGHT_S3_BUCKET", "over-tls")
            .output()
            .unwrap()
    });
    let output = trusted.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn make_certificate(folder: &Path, name: &str, arguments: &[&OsStr]) -> Option<()> {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", &format!("/CN={name}"), "-out"])
        .arg(folder.join(format!("{name}.pem")))
        .arg("-keyout")
        .arg(folder.join(format!("{name}.key")))
        .args(arguments)
        .output();
    made.is_ok_and(|made| made.status.success()).then_some(())
}

async fn with_a_trusted_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let settings = S3Settings::from_environment(|name| std::env::var(name).ok());
    let configuration = settings.resolve().unwrap().unwrap();
    ArtifactStore::connect(configuration, folder.path().join("first")).unwrap().ensure_bucket().await.unwrap();
    let artifacts = dagwright::artifacts::open(folder.path(), &settings).await.unwrap();
    assert!(artifacts.embedded.is_none());
    let path = folder.path().join("large");
    std::fs::write(&path, vec![7; 70 * 1024 * 1024]).unwrap();
    let stored = artifacts.store.put_file(&path, "large").await.unwrap();
    assert_eq!(artifacts.store.get_to_file("large", folder.path().join("back")).await.unwrap(), stored);
}
