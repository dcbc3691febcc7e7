//! Plans of shell tasks, made by hand, and runs of them. Must not go through the compiler: the engine takes any Plan.

use crate::harness::Server;
use dagwright::store::NewRun;
use dagwright_shared::plan::*;
use dagwright_shared::run::{RunFact, RunState};
use dagwright_shared::types::{ParameterType, PortType};
use std::time::Duration;

pub(crate) fn plan() -> Plan {
    Plan {
        version: PLAN_VERSION,
        pipeline: String::from("shell"),
        slug: String::from("shell"),
        description: None,
        service_account: None,
        image_pull_secrets: vec![],
        parameters: vec![],
        volumes: vec![],
        templates: vec![],
        tasks: vec![],
    }
}

/// A port: `name` is a parameter, `name:Type` an artifact.
fn port(text: &str) -> (String, PortType) {
    match text.split_once(':') {
        None => (String::from(text), PortType::Parameter(ParameterType::String)),
        Some((name, kind)) => (String::from(name), PortType::Artifact(Some(String::from(kind)))),
    }
}

/// A shell script; `{in:x}`, `{value:x}`, `{out:x}` are placeholders, which reach it as `$1`, `$2`, … in that order.
pub(crate) fn shell(
    name: &str,
    script: &str,
    inputs: &[(&str, PlanSource)],
    outputs: &[&str],
) -> (PlanTemplate, PlanTask) {
    let mut text = String::new();
    let mut args = Vec::new();
    let mut rest = script;
    while let Some((before, after)) = rest.split_once('{') {
        let (inside, after) = after.split_once('}').unwrap();
        let piece = match inside.split_once(':').unwrap() {
            ("in", slug) => PlanPiece::InputPath(String::from(slug)),
            ("value", slug) => PlanPiece::InputValue(String::from(slug)),
            (_, slug) => PlanPiece::OutputPath(String::from(slug)),
        };
        args.push(vec![piece]);
        text.push_str(&format!("{before}\"${}\"", args.len()));
        rest = after;
    }
    text.push_str(rest);
    let command = ["sh", "-c", &text, "sh"].map(|word| vec![PlanPiece::Text(String::from(word))]).to_vec();
    let template = PlanTemplate {
        slug: String::from(name),
        component: String::from(name),
        image: String::from("docker.io/library/busybox:1"),
        command,
        args,
        packages: vec![],
        env: vec![],
        inputs: inputs
            .iter()
            .map(|(text, _)| {
                let (name, port_type) = port(text);
                let as_file = script.contains(&format!("{{in:{name}}}"));
                let as_value = script.contains(&format!("{{value:{name}}}"));
                PlanInput { slug: name.clone(), name, port_type, as_value, as_file }
            })
            .collect(),
        outputs: outputs
            .iter()
            .map(|text| {
                let (name, port_type) = port(text);
                PlanOutput { slug: name.clone(), name, port_type, path: None }
            })
            .collect(),
        mounts: vec![],
        resources: PlanResources::default(),
        retry: None,
        timeout_seconds: None,
        node_selector: Default::default(),
        tolerations: vec![],
    };
    let arguments: Vec<_> =
        inputs.iter().map(|(text, source)| PlanArgument { input: port(text).0, source: source.clone() }).collect();
    let mut dependencies = Vec::new();
    for argument in &arguments {
        let pieces = match &argument.source {
            PlanSource::Artifact { task, .. } => vec![task.clone()],
            PlanSource::Value(pieces) => {
                let task = |piece: &PlanValuePiece| match piece {
                    PlanValuePiece::Output { task, .. } => Some(task.clone()),
                    _ => None,
                };
                pieces.iter().filter_map(task).collect()
            }
            _ => vec![],
        };
        dependencies.extend(pieces);
    }
    let slug = String::from(name);
    (template, PlanTask { name: slug.clone(), template: slug.clone(), slug, arguments, dependencies })
}

pub(crate) fn add(plan: &mut Plan, (template, task): (PlanTemplate, PlanTask)) -> &mut PlanTemplate {
    plan.tasks.push(task);
    plan.templates.push(template);
    plan.templates.last_mut().unwrap()
}

pub(crate) fn text(text: &str) -> PlanSource {
    PlanSource::Value(vec![PlanValuePiece::Text(String::from(text))])
}

pub(crate) fn value_of(task: &str, output: &str) -> PlanSource {
    PlanSource::Value(vec![PlanValuePiece::Output { task: String::from(task), output: String::from(output) }])
}

pub(crate) fn artifact_of(task: &str, output: &str) -> PlanSource {
    PlanSource::Artifact { task: String::from(task), output: String::from(output) }
}

/// Stores and starts a run of a plan.
pub(crate) async fn start(server: &Server, id: &str, plan: &Plan) {
    let app = &server.app;
    let volumes = app.volumes.of_plan(plan, "p", id).await.unwrap();
    let new = NewRun {
        id: String::from(id),
        name: String::new(),
        pipeline: String::from("p"),
        pipeline_name: plan.pipeline.clone(),
        revision: 1,
        text: String::new(),
        experiment: String::from("Default"),
        engine: String::from("local"),
        sandbox: app.engines.named("local").unwrap().describe().sandbox,
        created: 1,
        plan: plan.clone(),
        arguments: Default::default(),
        volumes: volumes.values().map(|volume| volume.id.clone()).collect(),
    };
    app.store.create_run(&new).await.unwrap();
    app.engines.named("local").unwrap().submit(id).await.unwrap();
}

/// Waits until a run's fold is as wanted.
pub(crate) async fn wait(server: &Server, id: &str, wanted: impl Fn(&RunState) -> bool) -> RunState {
    let mut events = server.app.store.follow();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(40);
    loop {
        let state = server.app.store.run_state(id).await.unwrap();
        if wanted(&state) {
            return state;
        }
        let next = tokio::time::timeout_at(deadline, events.recv()).await;
        let event = next.unwrap_or_else(|_| panic!("not reached: {state:#?}")).unwrap();
        let _ = matches!(event.fact, RunFact::RunFinished { .. });
    }
}

/// Runs a plan to its end.
pub(crate) async fn run(server: &Server, id: &str, plan: &Plan) -> RunState {
    start(server, id, plan).await;
    wait(server, id, |state| state.phase.is_final()).await
}
