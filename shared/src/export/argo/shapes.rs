//! Which Argo templates there will be: the Plan's, and for tasks whose constants Argo would change, a variant each with
//! the constant written into the command. Looks everything up once, so that ten thousand tasks stay quick.

mod inline;
mod parameters;

pub(super) use inline::{Inline, InlinePiece, StoredText};

use super::substitution::{Follows, argo_changes, breaks_when_put_in, carried_tag, holds_braces};
use crate::diagnostic::{Diagnostic, DiagnosticCode, Place};
use crate::plan::{Plan, PlanArgument, PlanInput, PlanParameter, PlanSource, PlanTask, PlanTemplate, PlanValuePiece};
use crate::types::PortType;
use dagwright_texts::t;
use indexmap::IndexMap;
use parameters::referred;
use std::collections::{HashMap, HashSet};

/// Everything that dag and templates look up.
pub(super) struct Shapes<'a> {
    /// Templates in the order of first use.
    pub(super) shapes: Vec<Shape<'a>>,
    /// For each task of the Plan its template.
    pub(super) of_task: Vec<usize>,
    /// Texts kept in ConfigMaps.
    pub(super) texts: Vec<StoredText>,
    /// Long arguments that several templates have, as Workflow parameters of these names.
    pub(super) shared: IndexMap<&'a str, String>,
    /// The volume of empty folders that outputs are written to.
    pub(super) outputs_volume: String,
    parameters: HashMap<&'a str, &'a PlanParameter>,
    /// Each task's template.
    producers: HashMap<&'a str, &'a PlanTemplate>,
    /// Parameters whose values Argo would change; their values stand where they are used.
    written_out: HashSet<&'a str>,
    /// Parameters that tasks refer to.
    referred: HashSet<&'a str>,
}

/// One Argo template.
pub(super) struct Shape<'a> {
    pub(super) plan: &'a PlanTemplate,
    pub(super) slug: String,
    /// By input slug: what stands in its place.
    pub(super) inline: HashMap<&'a str, Inline>,
    /// The task, when it is the only one.
    pub(super) only_task: Option<&'a str>,
    /// Artifact outputs that some task reads as a value.
    pub(super) as_values: HashSet<&'a str>,
    /// Inputs whose values some task has from an output that can hold braces.
    pub(super) carried: HashSet<&'a str>,
    /// The name of the parameter that holds the task's path, free of the ports' names.
    pub(super) task_parameter: String,
}

impl<'a> Shapes<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        let parameters: HashMap<&str, &PlanParameter> =
            plan.parameters.iter().map(|parameter| (parameter.slug.as_str(), parameter)).collect();
        let changes = |value: &str| argo_changes(value, Follows::Nothing) || breaks_when_put_in(value);
        let written_out = plan
            .parameters
            .iter()
            .filter(|parameter| !parameter.port_type.is_artifact())
            .filter(|parameter| parameter.value.as_deref().is_some_and(changes))
            .map(|parameter| parameter.slug.as_str());
        let templates: HashMap<&str, &PlanTemplate> =
            plan.templates.iter().map(|template| (template.slug.as_str(), template)).collect();
        let producers = plan.tasks.iter().filter_map(|task| {
            let template = templates.get(task.template.as_str())?;
            Some((task.slug.as_str(), *template))
        });
        let names: HashSet<&str> = plan.volumes.iter().map(|volume| volume.slug.as_str()).collect();
        let mut shapes = Self {
            shapes: Vec::with_capacity(plan.templates.len()),
            of_task: Vec::with_capacity(plan.tasks.len()),
            texts: Vec::new(),
            shared: IndexMap::new(),
            outputs_volume: unused("outputs", |name| names.contains(name)),
            written_out: written_out.collect(),
            referred: plan.tasks.iter().flat_map(|task| &task.arguments).flat_map(referred).collect(),
            producers: producers.collect(),
            parameters,
        };
        shapes.assign(plan);
        shapes.share(plan);
        shapes
    }

    fn assign(&mut self, plan: &'a Plan) {
        let mut slugs: HashSet<String> = plan.templates.iter().map(|template| template.slug.clone()).collect();
        slugs.insert(plan.slug.clone());
        let mut plain: HashMap<&str, usize> = HashMap::new();
        for task in &plan.tasks {
            let Some(template) = self.producers.get(task.slug.as_str()).copied() else { continue };
            let inline = self.inlined(plan, task, template);
            let index = if inline.is_empty() {
                *plain.entry(task.template.as_str()).or_insert_with(|| {
                    self.shapes.push(Shape::new(template, template.slug.clone(), HashMap::new()));
                    self.shapes.len() - 1
                })
            } else {
                let slug = unused(&format!("{}-{}", template.slug, task.slug), |slug| slugs.contains(slug));
                slugs.insert(slug.clone());
                self.shapes.push(Shape::new(template, slug, inline));
                self.shapes.len() - 1
            };
            self.of_task.push(index);
        }
        self.count_uses(plan);
        for (task, index) in plan.tasks.iter().zip(&self.of_task) {
            let carried = task.arguments.iter().filter(|argument| self.carries_braces(&argument.source));
            let carried: Vec<&str> = carried.map(|argument| argument.input.as_str()).collect();
            self.shapes[*index].carried.extend(carried);
        }
        let producers: HashMap<&str, usize> =
            plan.tasks.iter().map(|task| task.slug.as_str()).zip(self.of_task.iter().copied()).collect();
        for (task, index) in plan.tasks.iter().zip(&self.of_task.clone()) {
            let inputs = &self.shapes[*index].plan.inputs;
            for PlanArgument { input, source } in &task.arguments {
                let PlanSource::Artifact { task: producer, output } = source else { continue };
                let as_value = inputs.iter().any(|known| known.slug == *input && known.as_value);
                if let Some(producer) = producers.get(producer.as_str()).filter(|_| as_value) {
                    self.shapes[*producer].as_values.insert(output);
                }
            }
        }
    }

    /// Whether a value comes from an output that can hold braces.
    fn carries_braces(&self, source: &PlanSource) -> bool {
        let from = |task: &str, output: &str| self.output_holds_braces(task, output);
        match source {
            PlanSource::Value(pieces) => pieces.iter().any(|piece| match piece {
                PlanValuePiece::Output { task, output } => from(task, output),
                PlanValuePiece::Text(_) | PlanValuePiece::Parameter(_) => false,
            }),
            PlanSource::Artifact { .. } => true,
            PlanSource::Stored(_) | PlanSource::StoredParameter(_) => false,
        }
    }

    fn output_holds_braces(&self, task: &str, output: &str) -> bool {
        let outputs = self.producers.get(task).map(|template| template.outputs.as_slice()).unwrap_or_default();
        outputs.iter().find(|port| port.slug == output).is_none_or(|port| holds_braces(&port.port_type))
    }

    /// The tag of a piece that only the run knows; a text as it is.
    pub(super) fn tag(&self, piece: &PlanValuePiece) -> String {
        match piece {
            PlanValuePiece::Text(text) => text.clone(),
            PlanValuePiece::Parameter(slug) => format!("{{{{workflow.parameters.{slug}}}}}"),
            PlanValuePiece::Output { task, output } => self.output_tag(task, output),
        }
    }

    /// The tag of an upstream output as a value.
    pub(super) fn output_tag(&self, task: &str, output: &str) -> String {
        if self.output_holds_braces(task, output) {
            carried_tag(task, output)
        } else {
            format!("{{{{tasks.{task}.outputs.parameters.{output}}}}}")
        }
    }

    fn count_uses(&mut self, plan: &'a Plan) {
        let mut uses = vec![0_usize; self.shapes.len()];
        self.of_task.iter().for_each(|index| uses[*index] += 1);
        for (task, index) in plan.tasks.iter().zip(&self.of_task) {
            self.shapes[*index].only_task = (uses[*index] == 1).then_some(task.slug.as_str());
        }
    }

    /// Whether any template needs folders to write to.
    pub(super) fn writes(&self) -> bool {
        self.shapes.iter().any(|shape| shape.plan.outputs.iter().any(|output| output.path.is_none()))
    }

    /// What a Workflow cannot do.
    pub(super) fn problems(&self, plan: &Plan) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        for (task, index) in plan.tasks.iter().zip(&self.of_task) {
            let shape = &self.shapes[*index];
            for argument in &task.arguments {
                let Some(input) = used_input(shape.plan, &argument.input) else { continue };
                let is_stored = matches!(argument.source, PlanSource::Stored(_) | PlanSource::StoredParameter(_));
                if is_stored && input.as_value {
                    let message = t!(
                        "Argo cannot put the content of a stored file into the command (input {input}).",
                        input = input.name
                    );
                    problems.push(cannot(
                        task,
                        input,
                        message,
                        t!("Use inputPath in place of inputValue, or this machine's engine."),
                    ));
                }
                let mixed = shape.inline.get(input.slug.as_str()).is_some_and(|inline| inline.stored.is_none());
                if mixed && input.as_file {
                    let message = t!(
                        "Argo would change the text of input {input}: it has {{ beside a value of the run.",
                        input = input.name
                    );
                    problems.push(cannot(
                        task,
                        input,
                        message,
                        t!("Use inputValue in place of inputPath, or this machine's engine."),
                    ));
                }
            }
        }
        problems
    }
}

impl<'a> Shape<'a> {
    fn new(plan: &'a PlanTemplate, slug: String, inline: HashMap<&'a str, Inline>) -> Self {
        let is_port = |name: &str| plan.inputs.iter().any(|input| input.slug == name);
        let task_parameter = unused("task", is_port);
        Self { plan, slug, inline, only_task: None, as_values: HashSet::new(), carried: HashSet::new(), task_parameter }
    }

    /// Whether tasks pass their path: several of them write artifacts through this template.
    pub(super) fn passes_task(&self) -> bool {
        self.only_task.is_none() && self.plan.outputs.iter().any(|output| output.port_type.is_artifact())
    }
}

/// The input, when the command uses it at all.
pub(super) fn used_input<'a>(template: &'a PlanTemplate, slug: &str) -> Option<&'a PlanInput> {
    template.inputs.iter().find(|input| input.slug == slug).filter(|input| input.as_value || input.as_file)
}

/// Whether an input is passed as an Argo artifact.
pub(super) fn is_artifact(input: &PlanInput) -> bool {
    matches!(input.port_type, PortType::Artifact(_))
}

fn cannot(task: &PlanTask, input: &PlanInput, message: String, hint: &str) -> Diagnostic {
    let place = Place::Task { task: task.name.clone(), field: format!("arguments/{}", input.name) };
    Diagnostic::new(DiagnosticCode::EngineCannot, place, message).with_hint(hint)
}

/// `name`, or `name-2`, `name-3`, …
pub(super) fn unused(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2_usize..).map(|number| format!("{name}-{number}"));
    std::iter::once(String::from(name)).chain(numbered).find(|name| !is_taken(name)).unwrap_or_default()
}
