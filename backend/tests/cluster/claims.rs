//! Volumes of the cluster as the volumes page has them, and what is left of a run that was deleted.

use crate::harness::{Cluster, PATIENCE};
use crate::server::Server;
use dagwright::artifacts::PageRequest;
use dagwright_shared::run::{RunPhase, TaskPhase};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const KEEPING: &str = r##"apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: keeping}
volumes: [{name: kept, size: 4Mi, accessModes: [ReadWriteOnce], lifetime: kept}]
components:
  wait:
    name: wait
    outputs: [{name: long, type: String}, {name: folder, type: Dataset}]
    implementation:
      container: {image: "busybox:1", command: [sh, -c, "echo begun; seq 2000 > \"$0\"; mkdir -p \"$1\"; echo x > \"$1/file\"; until [ -e /kept/end ]; do sleep 0.3; done; rm /kept/end", {outputPath: long}, {outputPath: folder}]}
  end:
    name: end
    implementation: {container: {image: "busybox:1", command: [touch, /kept/end]}}
tasks:
  wait: {component: wait, mounts: [{volume: kept, path: /kept}]}
  end: {component: end, mounts: [{volume: kept, path: /kept}]}
"##;

async fn claim(server: &Server, name: &str) -> Option<Value> {
    let list = server.http().get("/api/claims").await.unwrap();
    let claims = list["claims"].as_array().unwrap();
    claims.iter().find(|claim| claim["name"] == name).cloned()
}

#[tokio::test]
async fn claims_are_listed_with_their_users_and_kept_ones_deleted() {
    let Some(cluster) = Cluster::find("claims_are_listed_with_their_users_and_kept_ones_deleted") else { return };
    let theirs = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "dagwright-theirs"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Mi"}}}});
    cluster.kubectl_with(&["apply", "--filename=-"], &theirs.to_string()).unwrap();
    // A test that was cut may have left it.
    cluster.kubectl(&["delete", "persistentvolumeclaim/keeping-kept", "--ignore-not-found"]).unwrap();
    let server = Server::start();
    // `end` waits until it is let: the first run goes on for as long as the test looks at it.
    let waiting = KEEPING.replace(
        "[touch, /kept/end]",
        "[sh, -c, \"until [ -e /kept/let ]; do sleep 0.3; done; rm /kept/let; touch /kept/end\"]",
    );
    let run = server.run(&waiting).await;
    let running = |state: &dagwright_shared::run::RunState| {
        state.tasks.get("wait").is_some_and(|task| task.phase == TaskPhase::Running)
    };
    server.until(&run, "wait to run", running).await;
    let detail = server.http().get(&format!("/api/runs/{}", run.id)).await.unwrap();
    let pipeline = detail["summary"]["pipeline"].clone();
    let name =
        detail["plan"]["volumes"][0]["lifetime"]["claim"].as_str().unwrap_or_else(|| panic!("{detail:#}")).to_owned();

    let kept = claim(&server, &name).await.unwrap();
    let told = ["lifetime", "phase", "pipeline", "pipelineName", "usedBy"].map(|field| kept[field].clone());
    assert_eq!(told, [json!("kept"), json!("Bound"), pipeline.clone(), json!("keeping"), json!([run.id])], "{kept:#}");
    assert!(kept["size"].as_str().unwrap().ends_with("Mi"), "{kept}");
    let delete = async |name: &str| server.http().status(reqwest::Method::DELETE, &format!("/api/claims/{name}")).await;
    assert_eq!(delete(&name).await, 409, "a run uses it");
    assert_eq!(claim(&server, "dagwright-theirs").await.unwrap()["lifetime"], "claim");
    assert_eq!(delete("dagwright-theirs").await, 403, "it is not ours");
    assert_eq!(delete("dagwright-no-such").await, 404);

    // A second run on the volume asks first; and nothing of it is noted on this machine.
    let request = json!({"pipeline": pipeline, "revision": 1, "engine": "argo"});
    let asked = server.http().post("/api/runs", &request).await;
    assert_eq!((&asked["code"], &asked["details"]["confirm"]), (&json!("confirm"), &json!(["volume"])), "{asked:#}");
    assert!(asked["details"]["lines"].to_string().contains("kept is in use by 1 other run"), "{asked:#}");
    assert_eq!(server.http().get("/api/volumes").await.unwrap()["volumes"], json!([]));

    // Another pod lets it end; it is said to use the claim, too.
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "dagwright-lets"}, "spec": {
        "restartPolicy": "Never",
        "containers": [{"name": "main", "image": "busybox:1", "command": ["sh", "-c", "touch /kept/let; sleep 5"],
            "volumeMounts": [{"name": "kept", "mountPath": "/kept"}]}],
        "volumes": [{"name": "kept", "persistentVolumeClaim": {"claimName": name}}]}});
    cluster.kubectl_with(&["create", "--filename=-"], &pod.to_string()).unwrap();
    let kept = claim(&server, &name).await.unwrap();
    assert_eq!(kept["pods"], json!(["dagwright-lets"]), "{kept:#}");
    assert_eq!(server.end(&run).await.phase, RunPhase::Succeeded);
    cluster.kubectl(&["delete", "pod/dagwright-lets", "--grace-period=1"]).unwrap();

    let deadline = Instant::now() + PATIENCE;
    while delete(&name).await != 204 {
        assert!(Instant::now() < deadline, "{:#}", claim(&server, &name).await.unwrap());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    while claim(&server, &name).await.is_some() {
        assert!(Instant::now() < deadline, "{name} stays");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    cluster.kubectl(&["delete", "persistentvolumeclaim/dagwright-theirs"]).unwrap();
}

#[tokio::test]
async fn a_deleted_run_leaves_nothing_in_the_bucket() {
    let Some(cluster) = Cluster::find("a_deleted_run_leaves_nothing_in_the_bucket") else { return };
    let server = Server::start();
    let run = server.run(&KEEPING.replace("lifetime: kept", "lifetime: run")).await;
    let state = server.end(&run).await;
    assert_eq!(state.phase, RunPhase::Succeeded, "{state:#?}");
    let deadline = Instant::now() + PATIENCE;
    while server.state(&run).await.tasks["wait"].attempts[0].log_key.is_none() {
        assert!(Instant::now() < deadline, "the log is never stored");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let store = cluster.store();
    let keys = async || {
        let workflow = format!("keeping-{}", run.id.rsplit('-').next().unwrap());
        let mut keys = Vec::new();
        // Artifacts and logs; what is too long for an event; where Argo archives logs of its own.
        for prefix in [format!("runs/{workflow}/"), format!("runs/{}/", run.id), format!("{workflow}/")] {
            let listed = store.list(&prefix, &PageRequest::default()).await.unwrap().entries;
            keys.extend(listed.into_iter().map(|entry| entry.key));
        }
        keys
    };
    let before = keys().await;
    for part in ["/wait/folder/file", "/wait/attempts/1/main.log"] {
        assert!(before.iter().any(|key| key.ends_with(part)), "{part} in {before:?}");
    }
    server.http().order(reqwest::Method::DELETE, &format!("/api/runs/{}", run.id)).await;
    assert_eq!(keys().await, Vec::<String>::new());
    assert!(server.http().get(&format!("/api/runs/{}", run.id)).await.is_err());
}
