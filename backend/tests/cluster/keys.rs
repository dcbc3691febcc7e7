//! Keys that S3 refuses, in a namespace of the test's own: what the run says, what the doctor says, and that its command
//! mends it.

use crate::harness::{Cluster, PATIENCE};
use crate::ready::{check, doctor, manifests};
use crate::server::Server;
use dagwright_shared::run::RunPhase;
use std::process::Command;
use std::time::{Duration, Instant};

/// An output, so that the pod has something to store; its log is stored, too.
const WRITES: &str = r##"apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: writes}
components:
  write:
    name: write
    outputs: [{name: text, type: Dataset}]
    implementation: {container: {image: "busybox:1", command: [sh, -c, "echo written; echo text > \"$0\"", {outputPath: text}]}}
tasks:
  write: {component: write}
"##;

/// How long a person may wait until the run says what is wrong, with a pod's start in it.
const SOON: Duration = Duration::from_secs(120);

/// A namespace that goes with the test.
struct OwnNamespace(Cluster);

impl OwnNamespace {
    fn new(cluster: &Cluster, name: &str) -> Self {
        // An earlier test may have been cut.
        let _ = cluster.kubectl(&["delete", "namespace", name, "--ignore-not-found", "--wait"]);
        cluster.kubectl(&["create", "namespace", name]).unwrap();
        let own = Self(cluster.in_namespace(name));
        let deadline = Instant::now() + PATIENCE;
        while own.0.kubectl(&["get", "serviceaccount", "default"]).is_err() {
            assert!(Instant::now() < deadline, "the namespace {name} gets no account for its pods");
            std::thread::sleep(Duration::from_millis(200));
        }
        own
    }
}

impl Drop for OwnNamespace {
    fn drop(&mut self) {
        let _ = self.0.kubectl(&["delete", "namespace", &self.0.namespace, "--wait=false"]);
    }
}

#[tokio::test]
async fn keys_that_s3_refuses_are_named_with_their_secret_and_the_doctors_command_mends_them() {
    let Some(cluster) =
        Cluster::find("keys_that_s3_refuses_are_named_with_their_secret_and_the_doctors_command_mends_them")
    else {
        return;
    };
    if !cluster.is_ours() {
        println!("skipped: keys that S3 refuses: Argo need not watch other namespaces of a cluster that is not ours");
        return;
    }
    let own = OwnNamespace::new(&cluster, "dagwright-test-keys");
    let own = &own.0;
    let variable = |name: &str| std::env::var(name).unwrap();
    let (endpoint, bucket) = (variable("AWS_ENDPOINT_URL_S3"), variable("DAGWRIGHT_S3_BUCKET"));
    let (id, secret) = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"));
    let objects = ["--part=executor", "--part=artifacts", "--s3-endpoint", &endpoint, "--s3-bucket", &bucket];
    own.kubectl_with(&["apply", "--filename=-"], &manifests(own, &objects)).unwrap();
    let wrong = ["--from-literal=secretkey=not-the-key", &format!("--from-literal=accesskey={id}")];
    own.kubectl(&[&["create", "secret", "generic", "s3"], &wrong[..]].concat()).unwrap();

    let server = Server::start_in(&own.namespace);
    let begun = Instant::now();
    let run = server.run(WRITES).await;
    let state = server.end(&run).await;
    assert!(begun.elapsed() < SOON, "it takes {:?} until the run says so", begun.elapsed());
    assert_eq!(state.phase, RunPhase::Failed);
    let said = &state.tasks["write"].attempts[0].message;
    println!("the run says after {:.0?}: {said}", begun.elapsed());
    for words in [
        "the store refuses the keys of the pods",
        "signature",
        "accesskey and secretkey of the Secret s3",
        "the entry dagwright of the ConfigMap artifact-repositories in the namespace dagwright-test-keys",
        "`dagwright doctor`",
    ] {
        assert!(said.contains(words), "{words:?} is not in: {said}");
    }
    assert!(state.message.contains("the store refuses the keys"), "the run itself says it, too: {}", state.message);

    let (checks, well) = doctor(own, None, &[]);
    let probe = check(&checks, "probe");
    assert!(
        !well && probe["state"] == "wrong" && probe["message"].as_str().unwrap().contains("Access Denied"),
        "{probe}"
    );
    let mend = probe["mend"].as_str().unwrap();
    // As a person types it, with the keys in their places.
    let typed = mend.replace("=KEY ", &format!("={id} ")).replace("=SECRET ", &format!("={secret} "));
    assert_ne!(typed, mend);
    let typed = typed.replace("kubectl ", &format!("{} ", variable("DAGWRIGHT_KUBECTL")));
    let mended = Command::new("sh").args(["-c", &typed]).output().unwrap();
    assert!(mended.status.success(), "{mend}: {}", String::from_utf8_lossy(&mended.stderr));
    let (checks, _) = doctor(own, None, &[]);
    assert_eq!(check(&checks, "probe")["state"], "ok", "{checks:#?}");
    let again = server.run(WRITES).await;
    assert_eq!(server.end(&again).await.phase, RunPhase::Succeeded);
}
