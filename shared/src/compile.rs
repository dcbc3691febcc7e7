//! Pipeline and arguments → Plan: checked, resolved, ordered. Pure and deterministic; the browser and the server call the
//! very same function. What is only doubtful (warnings, notes) is `check`'s to tell.

mod inputs;
mod render;
mod settings;
mod templates;

use crate::check::tasks::argument_place;
use crate::check::{Arguments, Scope, check, check_arguments};
use crate::diagnostic::{Diagnostic, DiagnosticCode, any_error};
use crate::graph::TaskGraph;
use crate::pipeline::{Pipeline, Volume, VolumeLifetime};
use crate::plan::{PLAN_VERSION, Plan, PlanLifetime, PlanParameter, PlanTask, PlanVolume};
use crate::slug::{SlugStyle, Slugs, pipeline_slug};
use crate::values::{ValueRules, parameter_port_type};
use inputs::Inputs;
use std::collections::{HashMap, HashSet};
use templates::Templates;

/// Compiles a pipeline with a run's values for its parameters.
///
/// # Errors
/// Every diagnostic of the pipeline and the arguments, warnings included, when at least one forbids the run.
pub fn compile(pipeline: &Pipeline, arguments: &Arguments) -> Result<Plan, Vec<Diagnostic>> {
    compile_with(pipeline, arguments, Missing::Refused)
}

/// Compiles a pipeline for a file that somebody else will submit: parameters without a value stay open (their value in the
/// Plan is `None`, and tasks refer to them all the same). Such a Plan is for exports; engines must not run it.
///
/// # Errors
/// As [`compile`], but for parameters without a value.
pub fn compile_for_export(pipeline: &Pipeline, arguments: &Arguments) -> Result<Plan, Vec<Diagnostic>> {
    compile_with(pipeline, arguments, Missing::LeftOpen)
}

/// What becomes of required parameters without a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Refused,
    LeftOpen,
}

fn compile_with(pipeline: &Pipeline, arguments: &Arguments, missing: Missing) -> Result<Plan, Vec<Diagnostic>> {
    let mut found = check(pipeline);
    found.extend(check_arguments(pipeline, arguments));
    if missing == Missing::LeftOpen {
        found.retain(|diagnostic| diagnostic.code != DiagnosticCode::ParameterWithoutValue.code());
    }
    if any_error(&found) {
        return Err(found);
    }
    let graph = &pipeline.graph;
    let scope = Scope::new(graph);
    let view = TaskGraph::new(graph);
    let Ok(order) = view.order() else { return Err(found) };
    let slug = pipeline_slug(&pipeline.metadata.name);
    let parameters = parameters(pipeline, arguments);
    let volume_slugs = named_slugs(SlugStyle::Volume, graph.volumes.keys(), "volume");
    let task_slugs = named_slugs(SlugStyle::Task, graph.tasks.keys(), "task");
    let dependencies = view.dependency_places();

    let mut templates = Templates::new(&scope, &slug, &volume_slugs);
    let inputs = Inputs::new(&scope, &parameters, &task_slugs, missing);
    let mut tasks = Vec::with_capacity(order.len());
    let mut mounted = HashSet::new();
    for name in order {
        let Some((place, _, task)) = graph.tasks.get_full(name) else { continue };
        mounted.extend(task.mounts.iter().map(|mount| mount.volume.as_str()));
        let compiled = inputs
            .resolve(name, task, &templates)
            .and_then(|resolved| templates.of_task(name, task, &resolved).map(|template| (resolved, template)));
        match compiled {
            Ok((resolved, template)) => tasks.push(PlanTask {
                name: String::from(name),
                slug: slug_of(&task_slugs, name),
                template,
                arguments: resolved.into_arguments(),
                dependencies: dependencies[place]
                    .iter()
                    .filter_map(|place| graph.tasks.get_index(*place))
                    .map(|(name, _)| slug_of(&task_slugs, name))
                    .collect(),
            }),
            Err(problems) => found.extend(problems),
        }
    }
    if any_error(&found) {
        return Err(found);
    }
    let volumes = graph.volumes.iter().filter(|(name, _)| mounted.contains(name.as_str()));
    Ok(Plan {
        version: PLAN_VERSION,
        pipeline: pipeline.metadata.name.clone(),
        description: pipeline.metadata.description.clone(),
        service_account: pipeline.kubernetes.service_account.clone(),
        image_pull_secrets: pipeline.kubernetes.image_pull_secrets.clone(),
        volumes: volumes
            .map(|(name, volume)| plan_volume(name, volume, &slug, &slug_of(&volume_slugs, name)))
            .collect(),
        parameters,
        templates: templates.into_plan(),
        tasks,
        slug,
    })
}

fn parameters(pipeline: &Pipeline, arguments: &Arguments) -> Vec<PlanParameter> {
    let declared = &pipeline.graph.parameters;
    let slugs = Slugs::new(SlugStyle::Parameter).assign(declared.keys().map(String::as_str), "parameter");
    let parameters = declared.iter().zip(slugs).map(|((name, parameter), slug)| {
        let given = arguments.get(name).filter(|value| !value.is_null());
        let value = given.or(parameter.default.as_ref().filter(|default| !default.is_null()));
        let text = value.and_then(|value| match ValueRules::of_parameter(parameter) {
            Some(rules) => rules.check(value).ok(),
            None => value.as_str().map(String::from),
        });
        PlanParameter {
            name: name.clone(),
            slug,
            port_type: parameter_port_type(parameter),
            value: text,
            description: parameter.description.clone(),
        }
    });
    parameters.collect()
}

fn plan_volume(name: &str, volume: &Volume, pipeline: &str, slug: &str) -> PlanVolume {
    let lifetime = match &volume.lifetime {
        VolumeLifetime::Kept => PlanLifetime::Kept(format!("{pipeline}-{slug}")),
        VolumeLifetime::Run => PlanLifetime::Run,
        VolumeLifetime::Claim(claim) => PlanLifetime::Claim(claim.clone()),
    };
    let access_modes =
        if volume.access_modes.is_empty() { vec![String::from("ReadWriteOnce")] } else { volume.access_modes.clone() };
    let is_claim = matches!(lifetime, PlanLifetime::Claim(_));
    PlanVolume {
        name: String::from(name),
        slug: String::from(slug),
        lifetime,
        size: volume.size.clone().filter(|_| !is_claim),
        access_modes,
        storage_class: volume.storage_class.clone(),
    }
}

/// Name → slug, for names that are unique already.
fn named_slugs<'a>(
    style: SlugStyle,
    names: impl Iterator<Item = &'a String> + Clone,
    word: &str,
) -> HashMap<&'a str, String> {
    let slugs = Slugs::new(style).assign(names.clone().map(String::as_str), word);
    names.map(String::as_str).zip(slugs).collect()
}

fn slug_of(slugs: &HashMap<&str, String>, name: &str) -> String {
    slugs.get(name).cloned().unwrap_or_default()
}

/// A problem that only the values of this run bring out.
fn problem(code: DiagnosticCode, task: &str, input: &str, message: String) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(code, argument_place(task, input), message))
}
