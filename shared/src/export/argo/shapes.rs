//! Which Argo templates there will be: the Plan's, and for tasks whose constants Argo would change, a variant each with
//! the constant written into the command. Looks everything up once, so that ten thousand tasks stay quick.

use super::substitution::{Follows, argo_changes, breaks_when_put_in, literal};
use crate::diagnostic::{Diagnostic, DiagnosticCode, Place};
use crate::plan::{
    Plan, PlanArgument, PlanInput, PlanParameter, PlanPiece, PlanSource, PlanTask, PlanTemplate, PlanText,
    PlanValuePiece,
};
use crate::python::BOOTSTRAP;
use crate::types::PortType;
use indexmap::IndexMap;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

/// Arguments of fewer bytes are written out in every template that has them.
const SHORTEST_SHARED: usize = 2048;

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
    /// The name of the parameter that holds the task's path, free of the ports' names.
    pub(super) task_parameter: String,
}

/// A constant that cannot be passed as an argument.
#[derive(Clone, PartialEq)]
pub(super) struct Inline {
    /// The pieces; outputs and parameters are passed by the names beside them.
    pub(super) pieces: Vec<InlinePiece>,
    /// Where the whole text lies as a file, for an input that is read as one.
    pub(super) stored: Option<usize>,
}

#[derive(Clone, PartialEq)]
pub(super) enum InlinePiece {
    Text(String),
    /// An input parameter of the variant, and what feeds it.
    Passed {
        parameter: String,
        value: String,
    },
}

/// A text in a ConfigMap: Argo never looks inside.
#[derive(Clone, PartialEq)]
pub(super) struct StoredText {
    pub(super) name: String,
    pub(super) volume: String,
    pub(super) text: String,
}

impl StoredText {
    pub(super) fn document(&self) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": self.name},
            "immutable": true,
            "data": {"data": self.text},
        })
    }

    pub(super) fn volume(&self) -> Value {
        json!({"name": self.volume, "configMap": {"name": self.name}})
    }
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
        let names: HashSet<&str> = plan.volumes.iter().map(|volume| volume.slug.as_str()).collect();
        let mut shapes = Self {
            shapes: Vec::with_capacity(plan.templates.len()),
            of_task: Vec::with_capacity(plan.tasks.len()),
            texts: Vec::new(),
            shared: IndexMap::new(),
            outputs_volume: unused("outputs", |name| names.contains(name)),
            written_out: written_out.collect(),
            referred: plan.tasks.iter().flat_map(|task| &task.arguments).flat_map(referred).collect(),
            parameters,
        };
        shapes.assign(plan);
        shapes.share(plan);
        shapes
    }

    /// Finds long arguments that would stand in the Workflow more than once: the bootstrap of Python functions, mostly.
    fn share(&mut self, plan: &Plan) {
        let mut counts: IndexMap<&'a str, usize> = IndexMap::new();
        for shape in &self.shapes {
            for text in shape.plan.command.iter().chain(&shape.plan.args).filter_map(|pieces| long_text(pieces)) {
                *counts.entry(text).or_default() += 1;
            }
        }
        let mut taken: HashSet<String> = plan.parameters.iter().map(|parameter| parameter.slug.clone()).collect();
        for text in counts.into_iter().filter(|(_, count)| *count > 1).map(|(text, _)| text) {
            let wanted = if text == BOOTSTRAP { "python-bootstrap" } else { "shared-text" };
            let name = unused(wanted, |name| taken.contains(name));
            taken.insert(name.clone());
            self.shared.insert(text, name);
        }
    }

    fn assign(&mut self, plan: &'a Plan) {
        let templates: HashMap<&str, &PlanTemplate> =
            plan.templates.iter().map(|template| (template.slug.as_str(), template)).collect();
        let mut slugs: HashSet<String> = plan.templates.iter().map(|template| template.slug.clone()).collect();
        slugs.insert(plan.slug.clone());
        let mut plain: HashMap<&str, usize> = HashMap::new();
        for task in &plan.tasks {
            let Some(template) = templates.get(task.template.as_str()) else { continue };
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

    fn count_uses(&mut self, plan: &'a Plan) {
        let mut uses = vec![0_usize; self.shapes.len()];
        self.of_task.iter().for_each(|index| uses[*index] += 1);
        for (task, index) in plan.tasks.iter().zip(&self.of_task) {
            self.shapes[*index].only_task = (uses[*index] == 1).then_some(task.slug.as_str());
        }
    }

    /// The inputs of a task that a shared template cannot take as arguments.
    fn inlined(&mut self, plan: &Plan, task: &'a PlanTask, template: &'a PlanTemplate) -> HashMap<&'a str, Inline> {
        let mut inlined = HashMap::new();
        for argument in &task.arguments {
            let PlanSource::Value(pieces) = &argument.source else { continue };
            let Some(input) = used_input(template, &argument.input) else { continue };
            if !self.needs_inline(pieces) {
                continue;
            }
            let pieces = self.inline_pieces(&input.slug, pieces, template);
            let text: Option<String> = pieces
                .iter()
                .map(|piece| match piece {
                    InlinePiece::Text(text) => Some(text.as_str()),
                    InlinePiece::Passed { .. } => None,
                })
                .collect();
            let stored = text.filter(|_| input.as_file).map(|text| self.store(plan, text));
            inlined.insert(input.slug.as_str(), Inline { pieces, stored });
        }
        inlined
    }

    fn needs_inline(&self, pieces: &[PlanValuePiece]) -> bool {
        pieces.iter().enumerate().any(|(index, piece)| match piece {
            PlanValuePiece::Text(text) => {
                let follows = if pieces.get(index + 1).is_some() { Follows::Tag } else { Follows::Nothing };
                argo_changes(text, follows)
            }
            PlanValuePiece::Parameter(slug) => self.written_out.contains(slug.as_str()),
            PlanValuePiece::Output { .. } => false,
        })
    }

    fn inline_pieces(&self, input: &str, pieces: &[PlanValuePiece], template: &PlanTemplate) -> Vec<InlinePiece> {
        let mut inline: Vec<InlinePiece> = Vec::new();
        let mut number = 0;
        for piece in pieces {
            let text = match piece {
                PlanValuePiece::Text(text) => Some(text.as_str()),
                PlanValuePiece::Parameter(slug) if self.written_out.contains(slug.as_str()) => self.value(slug),
                _ => None,
            };
            match (text, inline.last_mut()) {
                (Some(text), Some(InlinePiece::Text(before))) => before.push_str(text),
                (Some(text), _) => inline.push(InlinePiece::Text(String::from(text))),
                (None, _) => {
                    number += 1;
                    let is_port = |name: &str| {
                        template.inputs.iter().any(|port| port.slug == name)
                            || template.outputs.iter().any(|port| port.slug == name)
                    };
                    let parameter = unused(&format!("{input}-part-{number}"), is_port);
                    inline.push(InlinePiece::Passed { parameter, value: tag(piece) });
                }
            }
        }
        inline
    }

    fn store(&mut self, plan: &Plan, text: String) -> usize {
        if let Some(index) = self.texts.iter().position(|stored| stored.text == text) {
            return index;
        }
        let digest = Sha256::digest(text.as_bytes());
        let short = format!("{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3]);
        let mut number = 1;
        let mut volume = format!("text-{}", self.texts.len() + 1);
        while plan.volumes.iter().any(|other| other.slug == volume) {
            number += 1;
            volume = format!("text-{}-{number}", self.texts.len() + 1);
        }
        self.texts.push(StoredText { name: format!("{}-text-{short}", plan.slug), volume, text });
        self.texts.len() - 1
    }

    /// The value of a parameter by its slug.
    pub(super) fn value(&self, slug: &str) -> Option<&'a str> {
        self.parameters.get(slug).and_then(|parameter| parameter.value.as_deref())
    }

    /// Whether a parameter's value stands where it is used.
    pub(super) fn is_written_out(&self, slug: &str) -> bool {
        self.written_out.contains(slug)
    }

    /// Whether any template needs folders to write to.
    pub(super) fn writes(&self) -> bool {
        self.shapes.iter().any(|shape| shape.plan.outputs.iter().any(|output| output.path.is_none()))
    }

    /// The Workflow's own parameters, with this run's values.
    pub(super) fn parameters(&self, plan: &Plan) -> Vec<Value> {
        let carried = plan.parameters.iter().filter(|parameter| !self.written_out.contains(parameter.slug.as_str()));
        let parameters =
            carried.filter(|parameter| parameter.value.is_some() || self.is_open(parameter)).map(|parameter| {
                let mut argument = json!({"name": parameter.slug});
                if let Some(value) = parameter.value.as_deref() {
                    let is_artifact = parameter.port_type.is_artifact();
                    argument["value"] =
                        Value::from(if is_artifact { artifact_key(value) } else { String::from(value) });
                }
                if let Some(description) =
                    parameter.description.as_ref().filter(|text| !argo_changes(text, Follows::Nothing))
                {
                    argument["description"] = json!(description);
                }
                argument
            });
        // They only ever stand in commands, so Kubernetes reads their dollar signs.
        let shared =
            self.shared.iter().map(|(text, name)| json!({"name": name, "value": literal(text, "", Follows::Nothing)}));
        parameters.chain(shared).collect()
    }

    /// Whether a parameter has no value yet and some task needs one: the Workflow then asks for it.
    pub(super) fn is_open(&self, parameter: &PlanParameter) -> bool {
        parameter.value.is_none() && self.referred.contains(parameter.slug.as_str())
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
                    let message = format!(
                        "Argo cannot put the content of a stored file into the command (input {}).",
                        input.name
                    );
                    problems.push(cannot(
                        task,
                        input,
                        message,
                        "Use inputPath in place of inputValue, or this machine's engine.",
                    ));
                }
                let mixed = shape.inline.get(input.slug.as_str()).is_some_and(|inline| inline.stored.is_none());
                if mixed && input.as_file {
                    let message = format!(
                        "Argo would change the text of input {}: it has {{{{ beside a value of the run.",
                        input.name
                    );
                    problems.push(cannot(
                        task,
                        input,
                        message,
                        "Use inputValue in place of inputPath, or this machine's engine.",
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
        Self { plan, slug, inline, only_task: None, as_values: HashSet::new(), task_parameter }
    }

    /// Whether tasks pass their path: several of them write artifacts through this template.
    pub(super) fn passes_task(&self) -> bool {
        self.only_task.is_none() && self.plan.outputs.iter().any(|output| output.port_type.is_artifact())
    }
}

/// The text of an argument that is worth sharing, and that Argo can put in.
fn long_text(pieces: &PlanText) -> Option<&str> {
    let [PlanPiece::Text(text)] = pieces.as_slice() else { return None };
    let fits = text.len() >= SHORTEST_SHARED && !argo_changes(text, Follows::Nothing) && !breaks_when_put_in(text);
    fits.then_some(text.as_str())
}

/// The parameters that an argument refers to.
fn referred(argument: &PlanArgument) -> Vec<&str> {
    match &argument.source {
        PlanSource::StoredParameter(slug) => vec![slug],
        PlanSource::Value(pieces) => {
            let slugs = pieces.iter().map(|piece| match piece {
                PlanValuePiece::Parameter(slug) => Some(slug.as_str()),
                _ => None,
            });
            slugs.flatten().collect()
        }
        _ => Vec::new(),
    }
}

/// The input, when the command uses it at all.
pub(super) fn used_input<'a>(template: &'a PlanTemplate, slug: &str) -> Option<&'a PlanInput> {
    template.inputs.iter().find(|input| input.slug == slug).filter(|input| input.as_value || input.as_file)
}

/// The tag of a piece that only the run knows.
pub(super) fn tag(piece: &PlanValuePiece) -> String {
    match piece {
        PlanValuePiece::Text(text) => text.clone(),
        PlanValuePiece::Parameter(slug) => format!("{{{{workflow.parameters.{slug}}}}}"),
        PlanValuePiece::Output { task, output } => format!("{{{{tasks.{task}.outputs.parameters.{output}}}}}"),
    }
}

/// The key of a stored artifact in the default repository: `upload:<sha256>/<name>` and `s3://bucket/key`.
pub(super) fn artifact_key(reference: &str) -> String {
    if let Some(upload) = reference.strip_prefix("upload:") {
        return format!("uploads/{}", upload.split('/').next().unwrap_or(upload));
    }
    let rest = reference.strip_prefix("s3://").unwrap_or(reference);
    String::from(rest.split_once('/').map_or(rest, |(_, key)| key))
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
