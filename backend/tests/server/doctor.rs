//! The doctor without a cluster, with one that is away and with settings that cannot be: the binary and the API.

use crate::harness::Server;
use http::StatusCode;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};

/// Runs `dagwright` with nothing of this machine's cluster and bucket in its environment.
fn dagwright(home: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dagwright"));
    command.args(arguments).env_clear().env("HOME", home).env("TMPDIR", home).env("RUST_LOG", "error");
    command.envs(environment.iter().copied()).output().unwrap()
}

fn report(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    report["checks"].as_array().unwrap().clone()
}

fn check<'a>(checks: &'a [Value], name: &str) -> &'a Value {
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no check {name}: {checks:?}"))
}

/// A KUBECONFIG whose server is a port that nobody listens on.
fn config_of_nobody(folder: &Path) -> String {
    let path = folder.join("kubeconfig");
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "away",
        "clusters": [{"name": "away", "cluster": {"server": "http://127.0.0.1:9"}}],
        "users": [{"name": "nobody", "user": {}}],
        "contexts": [{"name": "away", "context": {"cluster": "away", "user": "nobody", "namespace": "somewhere"}}],
    });
    std::fs::write(&path, config.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn without_a_cluster_only_the_bucket_is_looked_at() {
    let home = tempfile::tempdir().unwrap();
    let output = dagwright(home.path(), &["doctor", "--output", "json"], &[]);
    let checks = report(&output);
    assert!(output.status.success(), "{checks:?}");
    assert_eq!(check(&checks, "cluster")["state"], "skipped");
    assert_eq!(check(&checks, "rights")["state"], "skipped");
    assert_eq!(check(&checks, "bucket")["state"], "ok");
}

#[test]
fn a_cluster_that_is_away_and_a_bucket_that_no_pod_reaches_are_wrong() {
    let home = tempfile::tempdir().unwrap();
    let config = config_of_nobody(home.path());
    let output = dagwright(home.path(), &["doctor", "--cluster", "--output", "json"], &[("KUBECONFIG", &config)]);
    assert_eq!(output.status.code(), Some(1));
    let checks = report(&output);
    let cluster = check(&checks, "cluster");
    assert_eq!(cluster["state"], "wrong");
    assert!(cluster["message"].as_str().unwrap().contains("127.0.0.1:9"), "{cluster}");
    assert_eq!(cluster["mend"], "kubectl cluster-info");
    assert_eq!(check(&checks, "argo")["state"], "skipped");
    let bucket = check(&checks, "bucket");
    assert_eq!(bucket["state"], "wrong");
    for variable in ["DAGWRIGHT_S3_BUCKET", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        assert!(bucket["mend"].as_str().unwrap().contains(variable), "{bucket}");
    }
}

#[test]
fn a_context_that_is_not_there_and_a_store_that_is_away_say_so_in_lines() {
    let home = tempfile::tempdir().unwrap();
    let config = config_of_nobody(home.path());
    let environment = [
        ("KUBECONFIG", config.as_str()),
        ("DAGWRIGHT_S3_BUCKET", "pipelines"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "very-secret"),
    ];
    let output = dagwright(home.path(), &["doctor", "--context", "production"], &environment);
    assert_eq!(output.status.code(), Some(1));
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("wrong    Way to the cluster: the context \"production\""), "{text}");
    assert!(text.contains("$ kubectl config get-contexts"), "{text}");
    assert!(text.contains("wrong    Bucket, from the server: The artifact store at http://127.0.0.1:9"), "{text}");
    assert!(text.contains("$ curl --head http://127.0.0.1:9"), "{text}");
    assert!(errors.contains("2 of 4 checks are wrong"), "{errors}");
    assert!(!text.contains("very-secret") && !errors.contains("very-secret"));
}

#[tokio::test]
async fn the_settings_page_gets_the_same() {
    let server = Server::start().await;
    let answer = server.send("POST", "/api/doctor", json!({})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let checks = answer.json()["checks"].as_array().unwrap().clone();
    assert_eq!(check(&checks, "bucket")["state"], "ok");
    let cluster = check(&checks, "cluster");
    assert_eq!(cluster["state"], "skipped");
    assert!(cluster["message"].as_str().unwrap().contains("--cluster"), "{cluster}");
    let refused = server.send("POST", "/api/doctor", json!({"pod": true})).await;
    assert_eq!(refused.code(), "field-unknown");
}

#[test]
fn the_manifests_are_printed_without_a_cluster() {
    let home = tempfile::tempdir().unwrap();
    let output = dagwright(home.path(), &["manifests", "--s3-bucket", "pipelines"], &[]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("kind: Deployment"), "{text}");
    let refused = dagwright(home.path(), &["manifests"], &[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--s3-bucket"));
}
