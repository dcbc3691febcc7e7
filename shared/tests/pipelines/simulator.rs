//! What Argo and Kubernetes do to the text of a Workflow, as their sources have it: Argo replaces `{{…}}` in the JSON of
//! the spec, of the DAG, of each task, of the template (globals, then inputs) and of the pod; Kubernetes expands `$(NAME)`.
//! Compared once with Argo 3.7.14's own `template.Replace` and `ProcessArgs`: the same for every case of `substitution.rs`.

use serde_json::Value;
use std::collections::BTreeMap;

pub(crate) type Variables = BTreeMap<String, String>;

/// What a task's program sees.
#[derive(Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) command: Vec<String>,
    pub(crate) env: BTreeMap<String, String>,
    /// By path.
    pub(crate) files: BTreeMap<String, String>,
}

/// Runs the Workflow's texts through everything, for one task whose upstream tasks gave `outputs`
/// (`tasks.<task>.outputs.parameters.<name>`).
pub(crate) fn run(workflow: &Value, documents: &[Value], task: &str, outputs: &Variables) -> Result<Seen, String> {
    let spec = &workflow["spec"];
    let mut globals: Variables = [(String::from("workflow.name"), String::from("run-1"))].into();
    for parameter in list(&spec["arguments"]["parameters"]) {
        globals.insert(format!("workflow.parameters.{}", text(&parameter["name"])), text(&parameter["value"]));
    }
    let mut without_templates = spec.clone();
    without_templates["templates"] = Value::Null;
    let spec_again = replace(&without_templates, &globals)?;
    if spec_again["arguments"] != spec["arguments"] {
        return Err(format!("the arguments changed: {}", spec_again["arguments"]));
    }
    let templates = list(&spec["templates"]);
    let find = |name: &Value| templates.iter().find(|template| template["name"] == *name).cloned();
    let entry = find(&spec["entrypoint"]).ok_or("no entrypoint")?;
    let entry = replace(&replace(&entry, &globals)?, &Variables::new())?;
    let task = list(&entry["dag"]["tasks"]).into_iter().find(|found| found["name"] == task).ok_or("no task")?;
    let task = replace(&task, &globals.clone().into_iter().chain(outputs.clone()).collect())?;

    let mut template = find(&task["template"]).ok_or("no template")?;
    let given = |kind: &str, name: &Value| {
        list(&task["arguments"][kind]).into_iter().find(|argument| argument["name"] == *name)
    };
    let mut inputs = Variables::new();
    for parameter in template["inputs"]["parameters"].as_array_mut().into_iter().flatten() {
        let argument = given("parameters", &parameter["name"]).ok_or(format!("no argument {}", parameter["name"]))?;
        parameter["value"] = argument["value"].clone();
    }
    for artifact in template["inputs"]["artifacts"].as_array_mut().into_iter().flatten() {
        if let Some(mut argument) = given("artifacts", &artifact["name"]) {
            argument["path"] = artifact["path"].clone();
            *artifact = argument;
        } else if artifact.get("raw").is_none() {
            return Err(format!("no argument {}", artifact["name"]));
        }
    }
    let template = replace(&template, &globals)?;
    for parameter in list(&template["inputs"]["parameters"]) {
        inputs.insert(format!("inputs.parameters.{}", text(&parameter["name"])), text(&parameter["value"]));
    }
    let template = replace(&template, &inputs)?;

    // The pod holds the container, and the template as JSON in a variable of the executor's container.
    let mut pod =
        serde_json::json!({"spec": {"main": template["container"], "init": template.to_string()}, "status": {}});
    pod = replace(&pod, &globals.into_iter().chain(inputs).collect())?;
    let executor: Value = serde_json::from_str(&expand(&text(&pod["spec"]["init"]), &Variables::new()))
        .map_err(|error| format!("the executor cannot read its template: {error}"))?;

    let main = &pod["spec"]["main"];
    let mut env = Variables::new();
    for variable in list(&main["env"]) {
        let value = variable.get("value").map(|value| expand(&text(value), &env)).unwrap_or_default();
        env.insert(text(&variable["name"]), value);
    }
    let words = list(&main["command"]).into_iter().chain(list(&main["args"]));
    let command = words.map(|word| expand(&text(&word), &env)).collect();
    let mut files = BTreeMap::new();
    for artifact in list(&executor["inputs"]["artifacts"]) {
        if let Some(data) = artifact.get("raw").map(|raw| text(&raw["data"])) {
            files.insert(text(&artifact["path"]), data);
        }
    }
    for mount in list(&main["volumeMounts"]) {
        let volume = list(&spec["volumes"]).into_iter().find(|volume| volume["name"] == mount["name"]);
        let Some(name) = volume.and_then(|volume| volume.get("configMap").map(|map| map["name"].clone())) else {
            continue;
        };
        let document = documents.iter().find(|document| document["metadata"]["name"] == name).ok_or("no ConfigMap")?;
        files.insert(text(&mount["mountPath"]), text(&document["data"][text(&mount["subPath"])]));
    }
    env.retain(|name, _| !name.starts_with("DAGWRIGHT_BRACE"));
    Ok(Seen { command, env, files })
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn text(value: &Value) -> String {
    String::from(value.as_str().unwrap_or_else(|| panic!("Argo wants a text here: {value}")))
}

/// Argo's `template.Replace` on a value's JSON, unresolved tags allowed.
fn replace(value: &Value, variables: &Variables) -> Result<Value, String> {
    let json = value.to_string();
    let mut replaced = String::new();
    let mut rest = json.as_str();
    while let Some(start) = rest.find("{{") {
        replaced.push_str(&rest[..start]);
        let end = rest[start..].find("}}").ok_or(format!("Cannot find end tag=}}}} in {rest}"))? + start;
        let tag = &rest[start + 2..end];
        match tag.strip_prefix('=').map(|expression| (expression, evaluate(expression, variables))) {
            Some((_, Some(value))) => {
                let quoted = value.to_string();
                replaced.push_str(&quoted[1..quoted.len() - 1]);
            }
            Some((expression, None)) => replaced.push_str(&format!("{{{{={expression}}}}}")),
            None => match variables.get(tag.trim()) {
                Some(value) => replaced.push_str(&quoted_like_go(value)),
                None => replaced.push_str(&format!("{{{{{tag}}}}}")),
            },
        }
        rest = &rest[end + 2..];
    }
    replaced.push_str(rest);
    serde_json::from_str(&replaced).map_err(|error| format!("{error} in {replaced}"))
}

/// The expressions that exports use: a place, and `replace(<expression>, 'a', 'b')`, in JSON.
fn evaluate(expression: &str, variables: &Variables) -> Option<Value> {
    let expression: String = serde_json::from_str(&format!("\"{expression}\"")).ok()?;
    text_of(&expression, variables).map(Value::from)
}

fn text_of(expression: &str, variables: &Variables) -> Option<String> {
    let Some(arguments) = expression.strip_prefix("replace(").and_then(|rest| rest.strip_suffix(')')) else {
        return variables.get(&expression.replace("['", ".").replace("']", "")).cloned();
    };
    let (rest, to) = arguments.rsplit_once(", ")?;
    let (rest, from) = rest.rsplit_once(", ")?;
    let literal = |written: &str| written.trim_matches('\'').replace("\\ue07b", "\u{e07b}");
    Some(text_of(rest, variables)?.replace(&literal(from), &literal(to)))
}

/// Go's `strconv.Quote` without the quotes, which Argo takes for JSON.
fn quoted_like_go(value: &str) -> String {
    let mut quoted = String::new();
    for character in value.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{b}' => quoted.push_str("\\v"),
            low if low < ' ' || low == '\u{7f}' => quoted.push_str(&format!("\\x{:02x}", u32::from(low))),
            high if high >= '\u{e0000}' => quoted.push_str(&format!("\\U{:08x}", u32::from(high))),
            other => quoted.push(other),
        }
    }
    quoted
}

/// Kubernetes' expansion of `$(NAME)`; `$$` is a dollar sign, unknown names stay.
fn expand(value: &str, variables: &Variables) -> String {
    let mut expanded = String::new();
    let mut rest = value;
    while let Some(dollar) = rest.find('$') {
        expanded.push_str(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            expanded.push('$');
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|inside| inside.split_once(')')) {
            match variables.get(name) {
                Some(value) => expanded.push_str(value),
                None => expanded.push_str(&format!("$({name})")),
            }
            rest = after;
        } else {
            expanded.push('$');
        }
    }
    expanded.push_str(rest);
    expanded
}
