//! A cluster made ready: what the doctor says of it, whether the printed Role is enough and no more, and a server that the
//! manifests brought, which runs a pipeline. Each test takes away what it made.

use crate::harness::{Cluster, PATIENCE};
use dagwright::artifacts::PageRequest;
use reqwest::header::{COOKIE, HOST, SET_COOKIE};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// The doctor's checks, and whether it found nothing wrong. `config`: another KUBECONFIG.
pub(crate) fn doctor(cluster: &Cluster, config: Option<&Path>, more: &[&str]) -> (Vec<Value>, bool) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dagwright"));
    command.args(["doctor", "--output=json", "--namespace", &cluster.namespace]).args(more);
    if let Some(config) = config {
        command.env("KUBECONFIG", config);
    }
    let output = command.env("RUST_LOG", "error").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    (report["checks"].as_array().unwrap().clone(), output.status.success())
}

pub(crate) fn check<'a>(checks: &'a [Value], name: &str) -> &'a Value {
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no check {name}: {checks:?}"))
}

pub(crate) fn manifests(cluster: &Cluster, more: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dagwright"));
    let output = command.args(["manifests", "--namespace", &cluster.namespace]).args(more).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The documents of these kinds.
fn only(text: &str, kinds: &[&str]) -> String {
    let of_kind = |document: &&str| kinds.iter().any(|kind| document.contains(&format!("kind: {kind}\n")));
    text.split("---\n").filter(of_kind).collect::<Vec<_>>().join("---\n")
}

/// Takes objects away again, also when the test fails.
struct Applied<'a> {
    cluster: &'a Cluster,
    text: String,
}

impl<'a> Applied<'a> {
    fn new(cluster: &'a Cluster, text: String) -> Self {
        let applied = Self { cluster, text };
        cluster.kubectl_with(&["apply", "--filename=-"], &applied.text).unwrap();
        applied
    }
}

impl Drop for Applied<'_> {
    fn drop(&mut self) {
        let _ = self.cluster.kubectl_with(&["delete", "--ignore-not-found", "--filename=-"], &self.text);
    }
}

#[tokio::test]
async fn the_doctor_finds_all_in_order_and_the_probe_leaves_nothing() {
    let Some(cluster) = Cluster::find("the_doctor_finds_all_in_order_and_the_probe_leaves_nothing") else { return };
    let store = cluster.store();
    let objects = async || store.list("checks/", &PageRequest::default()).await.unwrap().entries;
    let probes = || {
        let left = cluster.get(&["workflows", "--selector=dagwright.dev/probe"]);
        let left = left["items"].as_array().unwrap().clone();
        left.into_iter().filter(|left| left["metadata"]["deletionTimestamp"].is_null()).count()
    };
    // A doctor that was killed may have left something.
    let before = (objects().await, probes());
    let (checks, well) = doctor(&cluster, None, &[]);
    assert!(well && checks.iter().all(|check| check["state"] == "ok"), "{checks:#?}");
    let probe = check(&checks, "probe")["message"].as_str().unwrap();
    assert!(probe.starts_with("Argo v"), "{probe}");
    assert_eq!((objects().await, probes()), before);
}

#[test]
fn an_image_that_cannot_be_had_is_named() {
    let Some(cluster) = Cluster::find("an_image_that_cannot_be_had_is_named") else { return };
    let (checks, well) = doctor(&cluster, None, &["--probe-image=no-such-image.invalid/probe:1"]);
    let probe = check(&checks, "probe");
    assert!(!well && probe["state"] == "wrong", "{probe}");
    assert!(probe["message"].as_str().unwrap().contains("no-such-image.invalid/probe:1"), "{probe}");
    assert!(probe["mend"].as_str().unwrap().contains("--probe-image"), "{probe}");
}

#[test]
fn the_role_is_enough_a_verb_less_is_not_and_the_command_mends_it() {
    let Some(cluster) = Cluster::find("the_role_is_enough_a_verb_less_is_not_and_the_command_mends_it") else { return };
    let all = manifests(&cluster, &["--part=server", "--s3-bucket=pipelines"]);
    let _account = Applied::new(&cluster, only(&all, &["ServiceAccount", "Role", "RoleBinding"]));
    // The account's own way in: the cluster of KUBECONFIG with a token in place of an administrator's certificate.
    let token = cluster.kubectl(&["create", "token", "dagwright"]).unwrap();
    let view = cluster.kubectl(&["config", "view", "--raw", "--minify", "--flatten", "--output=json"]).unwrap();
    let mut config: Value = serde_json::from_str(&view).unwrap();
    config["users"][0]["user"] = json!({"token": token.trim()});
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kubeconfig");
    std::fs::write(&file, config.to_string()).unwrap();

    let deadline = Instant::now() + PATIENCE;
    let rights = |state: &str| {
        let (checks, _) = doctor(&cluster, Some(&file), &["--no-probe"]);
        let rights: Vec<Value> =
            checks.into_iter().filter(|check| check["name"].as_str().unwrap().starts_with("right-")).collect();
        assert!(rights.len() > 4, "{rights:?}");
        rights.into_iter().filter(|check| check["state"] == state).collect::<Vec<_>>()
    };
    assert_eq!(rights("wrong"), Vec::<Value>::new());

    let role = cluster.get(&["role", "dagwright"]);
    let place = role["rules"].as_array().unwrap().iter().position(|rule| rule["resources"] == json!(["pods/log"]));
    let patch = json!([{"op": "remove", "path": format!("/rules/{}", place.unwrap())}]).to_string();
    cluster.kubectl(&["patch", "role", "dagwright", "--type=json", "--patch", &patch]).unwrap();
    // The API server's authorizer takes a moment to hear of it.
    let wrong = loop {
        let wrong = rights("wrong");
        if !wrong.is_empty() {
            break wrong;
        }
        assert!(Instant::now() < deadline, "a verb less and the doctor finds nothing");
    };
    assert_eq!((wrong.len(), &wrong[0]["name"]), (1, &json!("right-pods-log")), "{wrong:?}");
    assert!(wrong[0]["message"].as_str().unwrap().contains("may not get"), "{wrong:?}");

    let mend = wrong[0]["mend"].as_str().unwrap();
    let mended = Command::new("sh").args(["-c", mend]).output().unwrap();
    assert!(mended.status.success(), "{mend}: {}", String::from_utf8_lossy(&mended.stderr));
    while !rights("wrong").is_empty() {
        assert!(Instant::now() < deadline, "{mend} mends nothing");
    }
    cluster.kubectl(&["delete", "role,rolebinding", "dagwright-pods-log-get"]).unwrap();
}

#[test]
fn the_api_server_takes_the_manifests() {
    let Some(cluster) = Cluster::find("the_api_server_takes_the_manifests") else { return };
    let text =
        manifests(&cluster, &["--s3-bucket=pipelines", "--host=pipelines.example.org", "--storage-class=standard"]);
    let taken = cluster.kubectl_with(&["apply", "--dry-run=server", "--filename=-"], &text).unwrap();
    assert_eq!(taken.lines().count(), 10, "{taken}");
}

/// The image that the Dockerfile makes, without a registry: the binary and the libraries that it names, as a docker-archive.
fn image(folder: &Path, name: &str) -> std::path::PathBuf {
    let root = folder.join("root");
    let binary = env!("CARGO_BIN_EXE_dagwright");
    let place = |from: &str, to: &Path| {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
    };
    place(binary, &root.join("usr/local/bin/dagwright"));
    let named = Command::new("ldd").arg(binary).output().unwrap();
    for library in String::from_utf8(named.stdout).unwrap().split_whitespace().filter(|word| word.starts_with('/')) {
        place(library, &root.join(library.trim_start_matches('/')));
    }
    let tar = |from: &Path, to: &Path| {
        let mut tar = Command::new("tar");
        tar.args(["--numeric-owner", "--owner=0", "--group=0", "-C"]).arg(from).arg("-cf").arg(to).arg(".");
        assert!(tar.status().unwrap().success());
    };
    let archive = folder.join("archive");
    std::fs::create_dir_all(&archive).unwrap();
    tar(&root, &archive.join("layer.tar"));
    let digest = Sha256::digest(std::fs::read(archive.join("layer.tar")).unwrap());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let config = json!({
        "architecture": if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" },
        "os": "linux",
        "config": {"User": "65532:65532", "Entrypoint": ["/usr/local/bin/dagwright"], "Cmd": ["serve"]},
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{digest}")]},
    });
    let manifest = json!([{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]);
    std::fs::write(archive.join("config.json"), config.to_string()).unwrap();
    std::fs::write(archive.join("manifest.json"), manifest.to_string()).unwrap();
    let file = folder.join("image.tar");
    tar(&archive, &file);
    file
}

#[tokio::test]
async fn the_manifests_bring_a_server_that_runs_a_pipeline() {
    let Some(cluster) = Cluster::find("the_manifests_bring_a_server_that_runs_a_pipeline") else { return };
    let folder = tempfile::tempdir().unwrap();
    let name = "docker.io/library/dagwright-under-test:1";
    if !cluster.load_image(&image(folder.path(), name)) {
        return;
    }
    let token = "0123456789abcdef0123456789abcdef";
    let secret = cluster
        .kubectl(&[
            "create",
            "secret",
            "generic",
            "dagwright-token",
            "--from-literal",
            &format!("token={token}"),
            "--dry-run=client",
            "--output=yaml",
        ])
        .unwrap();
    let _secret = Applied::new(&cluster, secret);
    let endpoint = std::env::var("AWS_ENDPOINT_URL_S3").unwrap();
    let bucket = std::env::var("DAGWRIGHT_S3_BUCKET").unwrap();
    let text = manifests(
        &cluster,
        &[
            "--part=server",
            "--part=executor",
            "--image",
            name,
            "--s3-endpoint",
            &endpoint,
            "--s3-bucket",
            &bucket,
            "--storage=1Gi",
        ],
    );
    let _server = Applied::new(&cluster, text);
    let rolled_out = cluster.kubectl(&["rollout", "status", "deployment/dagwright", "--timeout=180s"]);
    if let Err(error) = rolled_out {
        let logs = cluster.kubectl(&["logs", "deployment/dagwright"]);
        panic!("{error}: {logs:?} {:#}", cluster.get(&["pods", "--selector=app.kubernetes.io/name=dagwright"]));
    }

    // In through the Service, as a browser comes in: the token becomes a cookie.
    let service = cluster.get(&["service", "dagwright"]);
    let url = format!("http://{}:7667", service["spec"]["clusterIP"].as_str().unwrap());
    let host = format!("dagwright.{}.svc", cluster.namespace);
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let deadline = Instant::now() + PATIENCE;
    let entered = loop {
        match client.get(format!("{url}/?token={token}")).header(HOST, &host).send().await {
            Ok(entered) => break entered,
            // kube-proxy takes a moment to hear of a pod that is ready.
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert!(entered.status().is_redirection(), "{}", entered.status());
    let cookie = entered.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let get = async |path: &str| -> Value {
        let sent = client.get(format!("{url}{path}")).header(HOST, &host).header(COOKIE, &cookie).send().await.unwrap();
        sent.error_for_status().unwrap().json().await.unwrap()
    };
    let post = async |path: &str, body: Value| -> Value {
        let request = client.post(format!("{url}{path}")).header(HOST, &host).header(COOKIE, &cookie).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    };
    let server = get("/api/server").await;
    let engines: Vec<_> = server["engines"].as_array().unwrap().iter().map(|engine| engine["name"].clone()).collect();
    assert_eq!(engines, ["argo"], "a pod runs nothing beside itself");

    // By its own account it may do all that it needs, the probe included.
    let report = post("/api/doctor", json!({"probe": true})).await;
    let checks = report["checks"].as_array().unwrap_or_else(|| panic!("{report}"));
    assert!(checks.iter().all(|check| check["state"] == "ok"), "{checks:#?}");

    let pipelines = get("/api/pipelines").await;
    let digits =
        pipelines["pipelines"].as_array().unwrap().iter().find(|pipeline| pipeline["name"] == "digits").unwrap();
    let run = post("/api/runs", json!({"pipeline": digits["id"], "revision": digits["revision"]})).await;
    let id = run["id"].as_str().unwrap_or_else(|| panic!("{run}"));
    assert_eq!((&run["engine"], &run["sandbox"]), (&json!("argo"), &json!(cluster.namespace)));
    let deadline = Instant::now() + 2 * PATIENCE;
    let ended = loop {
        let run = get(&format!("/api/runs/{id}")).await;
        if ["succeeded", "failed", "stopped"].contains(&run["summary"]["phase"].as_str().unwrap()) {
            break run;
        }
        assert!(Instant::now() < deadline, "{:#}", run["state"]);
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    assert_eq!(ended["summary"]["phase"], "succeeded", "{:#}", ended["state"]);
    let removed =
        client.delete(format!("{url}/api/runs/{id}")).header(HOST, &host).header(COOKIE, &cookie).send().await;
    assert_eq!(removed.unwrap().status(), 204);
}
