//! The nodes that Argo writes into the status of an exported Workflow whose tasks have all succeeded: its field names, ids and
//! order, made-up times and values. `status/grid-12.json` is what Argo 3.7.14 wrote for the grid of twelve.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Write;

/// Makes a run's nodes.
pub(crate) struct Nodes<'a> {
    workflow: &'a Value,
    name: &'a str,
    random: u64,
}

impl<'a> Nodes<'a> {
    pub(crate) fn new(workflow: &'a Value, name: &'a str) -> Self {
        Self { workflow, name, random: 1 }
    }

    /// All nodes; tasks for which `is_done` is false have none yet, and the DAG's node is still running.
    pub(crate) fn all(mut self, is_done: impl Fn(&str) -> bool) -> Map<String, Value> {
        let (workflow, name) = (self.workflow, self.name);
        let templates = list(&workflow["spec"]["templates"]);
        let mut children: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let tasks = list(&templates[0]["dag"]["tasks"]);
        for task in tasks.iter().filter(|task| is_done(text(&task["name"]))) {
            let parents = task["depends"].as_str().map_or(vec![""], |depends| depends.split(" && ").collect());
            parents
                .into_iter()
                .for_each(|parent| children.entry(parent).or_default().push(self.id(text(&task["name"]))));
        }
        let mut nodes = Map::new();
        let mut time = 1_795_470_000;
        for task in tasks.iter().filter(|task| is_done(text(&task["name"]))) {
            let template = templates.iter().find(|template| template["name"] == task["template"]).unwrap();
            time += self.any(1, 6);
            let slug = text(&task["name"]);
            let below = children.remove(slug);
            if template["retryStrategy"].is_null() {
                let node = self.pod(task, template, slug, time, below);
                nodes.insert(self.id(slug), node);
                continue;
            }
            let attempt = format!("{slug}(0)");
            let mut node = self.pod(task, template, &attempt, time, below);
            node["nodeFlag"] = json!({"retried": true});
            let mut above = node.clone();
            for (key, value) in [("displayName", json!(slug)), ("id", json!(self.id(slug))), ("type", json!("Retry"))] {
                above[key] = value;
            }
            above["name"] = json!(format!("{name}.{slug}"));
            above["children"] = json!([self.id(&attempt)]);
            above.as_object_mut().unwrap().retain(|key, _| key != "hostNodeName" && key != "nodeFlag");
            nodes.insert(self.id(slug), above);
            nodes.insert(self.id(&attempt), node);
        }
        let all_done = tasks.iter().all(|task| is_done(text(&task["name"])));
        let mut root = json!({
            "children": children.remove("").unwrap_or_default(), "displayName": name, "id": name, "name": name,
            "phase": if all_done { "Succeeded" } else { "Running" }, "progress": format!("{}/{}", nodes.len(), tasks.len()),
            "startedAt": clock(1_795_470_000), "templateName": templates[0]["name"],
            "templateScope": format!("local/{name}"), "type": "DAG",
        });
        if all_done {
            root["finishedAt"] = json!(clock(time + 20));
        }
        nodes.insert(String::from(name), root);
        nodes
    }

    fn pod(&mut self, task: &Value, template: &Value, node: &str, time: u64, children: Option<Vec<String>>) -> Value {
        let (name, id) = (self.name, self.id(node));
        let (_, number) = id.rsplit_once('-').unwrap();
        let template_name = text(&task["template"]);
        let value = |value: &Value, seed: u64| match text(value) {
            reference if reference.starts_with("{{") => format!("value-{}", seed % 97),
            constant => String::from(constant),
        };
        let mut inputs = Map::new();
        let parameters: Vec<Value> = list(&task["arguments"]["parameters"])
            .iter()
            .map(|parameter| json!({"name": parameter["name"], "value": value(&parameter["value"], self.any(0, 97))}))
            .collect();
        if !parameters.is_empty() {
            inputs.insert("parameters".into(), json!(parameters));
        }
        let artifacts: Vec<Value> = list(&template["inputs"]["artifacts"])
            .iter()
            .map(|artifact| {
                let mut artifact = artifact.clone();
                artifact["s3"] = json!({"key": format!("runs/{name}/task-{}/result", self.any(0, 2000))});
                artifact
            })
            .collect();
        if !artifacts.is_empty() {
            inputs.insert("artifacts".into(), json!(artifacts));
        }
        let key =
            |key: &Value| text(key).replace("{{workflow.name}}", name).replace("{{inputs.parameters.task}}", node);
        let mut artifacts: Vec<Value> = list(&template["outputs"]["artifacts"])
            .iter()
            .map(|artifact| {
                let mut artifact = artifact.clone();
                artifact["s3"]["key"] = json!(key(&artifact["s3"]["key"]));
                artifact
            })
            .collect();
        artifacts.push(
            json!({"name": "main-logs", "s3": {"key": format!("{name}/{name}-{template_name}-{number}/main.log")}}),
        );
        let mut outputs = json!({"artifacts": artifacts, "exitCode": "0"});
        let parameters: Vec<Value> = list(&template["outputs"]["parameters"])
            .iter()
            .map(|parameter| {
                let mut parameter = parameter.clone();
                parameter["value"] = json!(format!("value-{}", self.any(0, 97)));
                parameter
            })
            .collect();
        if !parameters.is_empty() {
            outputs["parameters"] = json!(parameters);
        }
        let mut written = json!({
            "boundaryID": name, "displayName": node, "finishedAt": clock(time + self.any(4, 20)), "hostNodeName": "dagwright",
            "id": id, "name": format!("{name}.{node}"), "outputs": outputs, "phase": "Succeeded", "progress": "1/1",
            "resourcesDuration": {"cpu": self.any(0, 6), "memory": self.any(2, 60)}, "startedAt": clock(time),
            "taskResultSynced": true, "templateName": template_name, "templateScope": format!("local/{name}"), "type": "Pod",
        });
        if !inputs.is_empty() {
            written["inputs"] = Value::Object(inputs);
        }
        if let Some(children) = children {
            written["children"] = json!(children);
        }
        written
    }

    /// `<workflow>-<FNV-1a of the node's name>`.
    fn id(&self, node: &str) -> String {
        let name = format!("{}.{node}", self.name);
        let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        format!("{}-{hash}", self.name)
    }

    fn any(&mut self, from: u64, to: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        from + (self.random >> 33) % (to - from)
    }
}

/// Nodes as `status.compressedNodes` has them. Keys in order, as Go writes maps.
pub(crate) fn compressed(nodes: &Map<String, Value>) -> String {
    let sorted = sorted(&Value::Object(nodes.clone()));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(sorted.to_string().as_bytes()).unwrap();
    STANDARD.encode(encoder.finish().unwrap())
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let map: BTreeMap<&String, Value> = map.iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(map.into_iter().map(|(key, value)| (key.clone(), value)).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// A time of the made-up run's first day.
fn clock(seconds: u64) -> String {
    let day = seconds - 1_795_470_000;
    format!("2026-11-{:02}T{:02}:{:02}:{:02}Z", 24 + day / 86_400, day / 3600 % 24, day / 60 % 60, day % 60)
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
