//! Order, retries, time limits, volumes and what else reaches the pod.

use super::cluster::{Cluster, script};
use crate::sample::*;
use dagwright_shared::check::Arguments;
use dagwright_shared::compile::compile;
use dagwright_shared::export::argo::export;
use dagwright_shared::pipeline::{EnvValue, Pipeline, Retry, VolumeLifetime};
use serde_json::{Value, json};

/// Fails until it has been tried three times; the volume remembers.
const FLAKY: &str = "import os, sys
tries = len(os.listdir('/data')) + 1
open(f'/data/{tries}', 'w').close()
print('try', tries)
open(sys.argv[1], 'w').write(str(tries))
sys.exit(0 if tries == 3 else 3)
";
const COUNT: &str = "import os, sys; open(sys.argv[1], 'w').write(' '.join(sorted(os.listdir('/data'))))";
const SLEEP: &str = "import time; time.sleep(120)";

#[test]
fn retries_time_limits_order_and_a_runs_own_volume() {
    let Some(cluster) = Cluster::find("retries_time_limits_order_and_a_runs_own_volume") else { return };
    let mut pipeline = pipeline("export settings");
    let graph = &mut pipeline.graph;
    let mut data = volume("1Mi");
    data.lifetime = VolumeLifetime::Run;
    add_volume(graph, "data", data);
    add_component(graph, "flaky", script("flaky", &[], &["tries: Integer"], FLAKY, [out("tries")]));
    add_component(graph, "count", script("count", &[], &["seen: String"], COUNT, [out("seen")]));
    add_component(graph, "sleep", script("sleep", &[], &[], SLEEP, []));
    let mut flaky = task("flaky", []);
    flaky.mounts = vec![mount("data", "/data")];
    flaky.retry = Some(Retry { limit: 3, backoff: Some("1s".into()), factor: Some(2.0), ..Retry::default() });
    add_task(graph, "flaky", flaky);
    let mut count = task("count", []);
    let mut reads = mount("data", "/data");
    reads.read_only = true;
    count.mounts = vec![reads];
    count.after = vec![String::from("flaky")];
    add_task(graph, "count", count);
    let mut sleep = task("sleep", []);
    sleep.timeout = Some(String::from("3s"));
    add_task(graph, "slow", sleep);
    let mut never = task("sleep", []);
    never.after = vec![String::from("slow")];
    add_task(graph, "never", never);

    let ended = cluster.run(&pipeline);
    assert_eq!(ended.workflow["status"]["phase"], "Failed", "one task fails, the others go on");
    assert_eq!(ended.output("flaky", "tries"), "3");
    assert_eq!(ended.output("count", "seen"), "1 2 3");
    assert_eq!(ended.node("slow")["phase"], "Failed");
    let message = ended.node("slow")["message"].as_str().unwrap();
    assert!(message.contains("deadline"), "{message}");
    assert_eq!(ended.node("never")["phase"], "Omitted");
}

/// Images that are not root write their outputs too: the folders are for everybody.
#[test]
fn users_who_are_not_root_write_their_outputs() {
    let Some(cluster) = Cluster::find("users_who_are_not_root_write_their_outputs") else { return };
    let mut workflow = workflow(&{
        let mut pipeline = pipeline("export nonroot");
        let code = "import os, sys
open(sys.argv[1], 'w').write(str(os.getuid()))
os.makedirs(sys.argv[2]); open(sys.argv[2] + '/file', 'w').write('x')";
        let words = [out("user"), out("folder")];
        add_component(
            &mut pipeline.graph,
            "write",
            script("write", &[], &["user: Integer", "folder: Dataset"], code, words),
        );
        add_task(&mut pipeline.graph, "write", task("write", []));
        pipeline
    });
    workflow["spec"]["securityContext"] = json!({"runAsUser": 10_001, "runAsNonRoot": true});
    let ended = cluster.run_workflow(&workflow.to_string());
    assert_eq!(ended.succeeded().output("write", "user"), "10001");
}

fn workflow(pipeline: &Pipeline) -> Value {
    export(&compile(pipeline, &Arguments::new()).unwrap()).unwrap().workflow
}

/// What the Workflow says is what the pod has; the pod itself may wait for ever.
#[test]
fn settings_reach_the_pod() {
    let Some(cluster) = Cluster::find("settings_reach_the_pod") else { return };
    let mut pipeline = pipeline("export pod");
    pipeline.kubernetes.service_account = Some("pipeline-runner".into());
    pipeline.kubernetes.image_pull_secrets = vec!["export-registry".into()];
    let graph = &mut pipeline.graph;
    add_volume(graph, "scratch", {
        let mut scratch = volume("2Mi");
        scratch.lifetime = VolumeLifetime::Run;
        scratch.access_modes = vec![String::from("ReadWriteMany")];
        scratch.storage_class = Some(String::from("standard"));
        scratch
    });
    add_component(graph, "work", script("work", &[], &[], "pass", []));
    let mut asks = task("work", []);
    asks.resources.requests.extend(
        [("cpu", "10m"), ("memory", "16Mi"), ("nvidia.com/gpu", "1")]
            .map(|(name, amount)| (name.into(), amount.into())),
    );
    asks.resources.limits.extend(
        [("cpu", "500m"), ("memory", "64Mi"), ("nvidia.com/gpu", "1")]
            .map(|(name, amount)| (name.into(), amount.into())),
    );
    asks.node_selector.insert("dagwright.dev/nowhere".into(), "yes".into());
    asks.tolerations.push(json!({"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}));
    asks.env.insert("LEVEL".into(), EnvValue::Value("on".into()));
    asks.env.insert("PASSWORD".into(), EnvValue::Secret { name: "database".into(), key: "password".into() });
    asks.timeout = Some("10m".into());
    let mut inside = mount("scratch", "/scratch");
    inside.sub_path = Some(String::from("models/digits"));
    inside.read_only = true;
    asks.mounts = vec![inside];
    add_task(graph, "asks", asks);

    let name = cluster.create(&workflow(&pipeline).to_string());
    let label = format!("workflows.argoproj.io/workflow={}", name.rsplit('/').next().unwrap());
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
    let pod = loop {
        let pods = cluster.kubectl(&["get", "pods", "--output=json", "--selector", &label], "").unwrap();
        let pods: Value = serde_json::from_str(&pods).unwrap();
        if let Some(pod) = pods["items"].get(0) {
            break pod["spec"].clone();
        }
        assert!(std::time::Instant::now() < deadline, "no pod of {name}");
        std::thread::sleep(std::time::Duration::from_millis(500));
    };
    let claim = format!("{}-scratch", name.rsplit('/').next().unwrap());
    let claim: Value =
        serde_json::from_str(&cluster.kubectl(&["get", "persistentvolumeclaim", "--output=json", &claim], "").unwrap())
            .unwrap();
    cluster.delete(&name);

    let main = pod["containers"].as_array().unwrap().iter().find(|container| container["name"] == "main").unwrap();
    assert_eq!(pod["serviceAccountName"], "pipeline-runner");
    assert_eq!(pod["imagePullSecrets"], json!([{"name": "export-registry"}]));
    assert_eq!(pod["nodeSelector"], json!({"dagwright.dev/nowhere": "yes"}));
    assert_eq!(pod["activeDeadlineSeconds"], 600);
    assert!(pod["tolerations"].as_array().unwrap().iter().any(|toleration| toleration["key"] == "gpu"));
    assert_eq!(main["resources"]["requests"], json!({"cpu": "10m", "memory": "16Mi", "nvidia.com/gpu": "1"}));
    assert_eq!(main["resources"]["limits"], json!({"cpu": "500m", "memory": "64Mi", "nvidia.com/gpu": "1"}));
    let variable =
        |name: &str| main["env"].as_array().unwrap().iter().find(|variable| variable["name"] == name).cloned().unwrap();
    assert_eq!(variable("LEVEL")["value"], "on");
    assert_eq!(variable("PASSWORD")["valueFrom"], json!({"secretKeyRef": {"name": "database", "key": "password"}}));
    let mounted =
        main["volumeMounts"].as_array().unwrap().iter().find(|mount| mount["mountPath"] == "/scratch").unwrap();
    assert_eq!((&mounted["subPath"], &mounted["readOnly"]), (&json!("models/digits"), &json!(true)));
    assert_eq!(claim["spec"]["accessModes"], json!(["ReadWriteMany"]));
    assert_eq!(claim["spec"]["storageClassName"], "standard");
    assert_eq!(claim["spec"]["resources"]["requests"]["storage"], "2Mi");
}
