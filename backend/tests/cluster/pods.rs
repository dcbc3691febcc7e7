//! What tasks ask of the cluster is on their pods: resources, secrets, volumes, places; and labels to find them by.

use crate::harness::Cluster;
use crate::server::{Server, parameter};
use dagwright_shared::run::RunPhase;
use serde_json::{Value, json};

const ASKING: &str = r##"apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: asking}
volumes:
  - {name: shared, size: 2Mi, accessModes: [ReadWriteMany], lifetime: run}
  - {name: own, size: 3Mi, accessModes: [ReadWriteOnce], lifetime: kept}
components:
  shell:
    name: shell
    inputs: [{name: script, type: String}]
    outputs: [{name: said, type: String}]
    implementation:
      container: {image: "busybox:1", command: [sh, -ec, "eval \"$1\" > \"$0\"", {outputPath: said}, {inputValue: script}]}
tasks:
  write:
    component: shell
    arguments: {script: {value: "echo from write > /shared/text; echo kept > /own/text; echo $PASSWORD; echo $PLAIN"}}
    env: {PASSWORD: {secret: dagwright-test/password}, PLAIN: "{{not}} $(HOME)"}
    resources: {requests: {cpu: 50m, memory: 32Mi}, limits: {cpu: "1", memory: 64Mi}}
    nodeSelector: {kubernetes.io/os: linux}
    tolerations: [{key: gpu, operator: Exists, effect: NoSchedule}]
    mounts: [{volume: shared, path: /shared}, {volume: own, path: /own}]
  read:
    component: shell
    arguments: {script: {value: "cat /shared/text /own/text; touch /own/no 2>/dev/null && echo written; true"}}
    mounts: [{volume: shared, path: /shared, from: [write]}, {volume: own, path: /own, readOnly: true, from: [write]}]
"##;

fn claims(cluster: &Cluster, selector: &str) -> Vec<(Value, Value)> {
    let claims = cluster.get(&["persistentvolumeclaims", "--selector", selector]);
    let spec = |claim: &Value| {
        (claim["spec"]["accessModes"].clone(), claim["spec"]["resources"]["requests"]["storage"].clone())
    };
    claims["items"].as_array().unwrap().iter().map(spec).collect()
}

#[tokio::test]
async fn resources_secrets_volumes_and_labels() {
    let Some(cluster) = Cluster::find("resources_secrets_volumes_and_labels") else { return };
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "dagwright-test"}, "stringData": {"password": "open sesame"}});
    cluster.kubectl_with(&["apply", "--filename=-"], &secret.to_string()).unwrap();
    let server = Server::start();
    let run = server.run(ASKING).await;
    server.until(&run, "write to begin", |state| state.tasks.contains_key("write")).await;

    let ours = format!("dagwright.dev/run={}", run.id);
    let pods = cluster.get(&["pods", "--selector", &ours]);
    let is_write = |pod: &&Value| {
        let node = pod["metadata"]["annotations"]["workflows.argoproj.io/node-name"].as_str();
        node.is_some_and(|node| node.ends_with(".write"))
    };
    let pod = pods["items"].as_array().unwrap().iter().find(is_write).unwrap_or_else(|| panic!("{pods:#}"));
    let containers = pod["spec"]["containers"].as_array().unwrap_or_else(|| panic!("{pods:#}"));
    let main = containers.iter().find(|container| container["name"] == "main").unwrap();
    assert_eq!(
        main["resources"],
        json!({"requests": {"cpu": "50m", "memory": "32Mi"}, "limits": {"cpu": "1", "memory": "64Mi"}})
    );
    assert_eq!(pod["spec"]["nodeSelector"]["kubernetes.io/os"], "linux");
    let tolerations = pod["spec"]["tolerations"].as_array().unwrap();
    assert!(
        tolerations.contains(&json!({"key": "gpu", "operator": "Exists", "effect": "NoSchedule"})),
        "{tolerations:#?}"
    );
    assert_eq!(pod["metadata"]["labels"]["app.kubernetes.io/managed-by"], "dagwright");
    let text = pod.to_string();
    assert!(!text.contains("open sesame"), "a secret's value stands in the pod");

    let state = server.end(&run).await;
    assert_eq!((state.phase, state.message.as_str()), (RunPhase::Succeeded, ""), "{state:#?}");
    assert_eq!(parameter(&state, "write", "said"), "open sesame\n{{not}} $(HOME)");
    assert_eq!(parameter(&state, "read", "said"), "from write\nkept", "a read-only mount cannot be written");

    // The kept claim stays for the next run; the run's own has gone with it.
    let kept = claims(&cluster, "app.kubernetes.io/managed-by=dagwright,dagwright.dev/pipeline");
    assert!(kept.contains(&(json!(["ReadWriteOnce"]), json!("3Mi"))), "{kept:?}");
    let deadline = std::time::Instant::now() + crate::harness::PATIENCE;
    while cluster.get(&["persistentvolumeclaims"])["items"]
        .as_array()
        .unwrap()
        .iter()
        .any(|claim| claim["spec"]["resources"]["requests"]["storage"] == "2Mi")
    {
        assert!(std::time::Instant::now() < deadline, "the run's claim stays");
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    cluster.kubectl(&["delete", "secret/dagwright-test"]).unwrap();
}
