//! The Plan's templates: one for each distinct rendering; tasks of a component share it when all but their arguments is
//! equal. A key that is cheap to make finds it again, so that ten thousand tasks render only a few times.

use super::inputs::{Resolved, ResolvedArgument};
use super::render::{Known, Renderer, RunTimeCondition};
use super::settings::{environment, key, retry};
use super::{Scope, slug_of};
use crate::check::in_task;
use crate::check::tasks::condition_at_run_time;
use crate::component::{Component, ContainerImplementation, IfCondition, Implementation, Placeholder};
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::pipeline::Task;
use crate::plan::{PlanInput, PlanMount, PlanOutput, PlanPiece, PlanResources, PlanTemplate, PlanText};
use crate::ports::Ports;
use crate::python::container_implementation;
use crate::quantity::seconds;
use crate::slug::{SlugStyle, Slugs};
use crate::values::MAXIMUM_ARGUMENT_BYTES;
use dagwright_texts::t;
use std::borrow::Cow;
use std::collections::HashMap;

/// All templates made so far.
pub(super) struct Templates<'a> {
    components: HashMap<&'a str, ComponentTemplates<'a>>,
    volume_slugs: &'a HashMap<&'a str, String>,
    slugs: Slugs,
    made: Vec<PlanTemplate>,
    /// For each template the bytes of its literal texts, and how many pieces its longest argument has.
    measures: Vec<(usize, usize)>,
}

/// What is worked out once for a component.
struct ComponentTemplates<'a> {
    component: &'a Component,
    ports: &'a Ports,
    container: Option<Cow<'a, ContainerImplementation>>,
    slug: String,
    input_slugs: Vec<String>,
    output_slugs: Vec<String>,
    /// Whether an `if` depends on the value of an input, so that texts belong to the key.
    asks_values: bool,
    by_key: HashMap<String, usize>,
    made: Vec<usize>,
}

impl<'a> Templates<'a> {
    pub(super) fn new(scope: &'a Scope<'a>, entrypoint: &str, volume_slugs: &'a HashMap<&'a str, String>) -> Self {
        let mut slugs = Slugs::new(SlugStyle::Task);
        slugs.reserve(entrypoint);
        let keys = scope.graph.components.keys().map(String::as_str);
        let components = scope.graph.components.iter().zip(slugs.assign(keys, "component"));
        let components = components.filter_map(|((key, component), slug)| {
            let ports = scope.ports_of_component(key)?;
            Some((key.as_str(), ComponentTemplates::new(component, ports, slug)))
        });
        Self { components: components.collect(), volume_slugs, slugs, made: Vec::new(), measures: Vec::new() }
    }

    /// The slugs of a component's inputs, in its order.
    pub(super) fn input_slugs(&self, component: &str) -> &[String] {
        self.components.get(component).map(|found| found.input_slugs.as_slice()).unwrap_or_default()
    }

    /// The slugs of a component's outputs, in its order.
    pub(super) fn output_slugs(&self, component: &str) -> &[String] {
        self.components.get(component).map(|found| found.output_slugs.as_slice()).unwrap_or_default()
    }

    /// The slug of the template that this task runs; made if there is none yet.
    pub(super) fn of_task(&mut self, name: &str, task: &Task, resolved: &Resolved) -> Result<String, Vec<Diagnostic>> {
        let index = self.index_of_task(name, task, resolved)?;
        let template = &self.made[index];
        let known: usize = resolved.inputs.iter().filter_map(|input| input.text.as_ref()).map(String::len).sum();
        // Only what could be too long is looked at closely: there may be ten thousand tasks.
        let (literal, pieces) = self.measures[index];
        if known * pieces + literal > MAXIMUM_ARGUMENT_BYTES {
            let longest =
                template.command.iter().chain(&template.args).map(|pieces| known_bytes(pieces, resolved)).max();
            if let Some(bytes) = longest.filter(|bytes| *bytes > MAXIMUM_ARGUMENT_BYTES) {
                let message = t!(
                    "An argument of the command is {kib} KiB long; 128 KiB is the most.",
                    kib = bytes.div_ceil(1024)
                );
                return Err(vec![Diagnostic::new(
                    DiagnosticCode::ArgumentTooLong,
                    in_task(name, "arguments"),
                    message,
                )]);
            }
        }
        Ok(template.slug.clone())
    }

    fn index_of_task(&mut self, name: &str, task: &Task, resolved: &Resolved) -> Result<usize, Vec<Diagnostic>> {
        let Some(shared) = self.components.get_mut(task.component.as_str()) else { return Err(Vec::new()) };
        let key = key(task, resolved, shared.asks_values);
        if let Some(index) = shared.by_key.get(&key) {
            return Ok(*index);
        }
        let mut template = shared
            .render(task, resolved, self.volume_slugs)
            .map_err(|RunTimeCondition(input)| vec![condition_at_run_time(name, &input)])?;
        // Different settings may come to the same: a variable that the component has already, say.
        for index in &shared.made {
            template.slug.clone_from(&self.made[*index].slug);
            if template == self.made[*index] {
                shared.by_key.insert(key, *index);
                return Ok(*index);
            }
        }
        template.slug =
            if shared.made.is_empty() { shared.slug.clone() } else { self.slugs.unused(shared.slug.clone()) };
        let index = self.made.len();
        shared.by_key.insert(key, index);
        shared.made.push(index);
        let arguments = || template.command.iter().chain(&template.args);
        let literal = arguments().flatten();
        let literal = literal.map(|piece| if let PlanPiece::Text(text) = piece { text.len() } else { 0 }).sum();
        self.measures.push((literal, arguments().map(Vec::len).max().unwrap_or(0)));
        self.made.push(template);
        Ok(index)
    }

    pub(super) fn into_plan(self) -> Vec<PlanTemplate> {
        self.made
    }
}

impl<'a> ComponentTemplates<'a> {
    fn new(component: &'a Component, ports: &'a Ports, slug: String) -> Self {
        let container = match &component.implementation {
            Implementation::Container(container) => Some(Cow::Borrowed(container)),
            Implementation::Python(python) => Some(Cow::Owned(container_implementation(component, python))),
            Implementation::Graph(_) | Implementation::Unknown(_) => None,
        };
        let mut asks_values = false;
        for placeholder in container.iter().flat_map(|container| container.command.iter().chain(&container.args)) {
            placeholder.walk(&mut |piece| {
                asks_values |= matches!(piece, Placeholder::If { condition: IfCondition::Value(_), .. });
            });
        }
        let names = ports.inputs.iter().map(|port| &port.name).chain(ports.outputs.iter().map(|port| &port.name));
        let mut input_slugs = Slugs::new(SlugStyle::Task).assign(names.map(String::as_str), "port");
        let output_slugs = input_slugs.split_off(ports.inputs.len());
        Self {
            component,
            ports,
            container,
            slug,
            input_slugs,
            output_slugs,
            asks_values,
            by_key: HashMap::new(),
            made: Vec::new(),
        }
    }

    fn render(
        &self,
        task: &Task,
        resolved: &Resolved,
        volume_slugs: &HashMap<&str, String>,
    ) -> Result<PlanTemplate, RunTimeCondition> {
        let inputs: HashMap<&str, String> =
            self.ports.inputs.iter().map(|port| port.name.as_str()).zip(self.input_slugs.iter().cloned()).collect();
        let outputs: HashMap<&str, String> =
            self.ports.outputs.iter().map(|port| port.name.as_str()).zip(self.output_slugs.iter().cloned()).collect();
        let known = KnownInputs { ports: self.ports, resolved };
        let renderer = Renderer { inputs: &inputs, outputs: &outputs, known: &known };
        let empty = ContainerImplementation::default();
        let container = self.container.as_deref().unwrap_or(&empty);
        let command = renderer.arguments(&container.command)?;
        let args = renderer.arguments(&container.args)?;
        let packages = match &self.component.implementation {
            Implementation::Python(python) => python.packages.clone(),
            _ => Vec::new(),
        };
        let component = if self.component.name.is_empty() { &task.component } else { &self.component.name };
        let mounts = task.mounts.iter().map(|mount| PlanMount {
            volume: slug_of(volume_slugs, &mount.volume),
            path: mount.path.clone(),
            read_only: mount.read_only,
            sub_path: mount.sub_path.clone(),
        });
        Ok(PlanTemplate {
            slug: String::new(),
            component: component.clone(),
            image: container.image.clone(),
            inputs: self.plan_inputs(resolved, &command, &args),
            outputs: self.plan_outputs(),
            command,
            args,
            packages,
            env: environment(container, task),
            mounts: mounts.collect(),
            resources: PlanResources::from(&task.resources),
            retry: task.retry.as_ref().map(retry),
            timeout_seconds: task.timeout.as_deref().and_then(seconds),
            node_selector: task.node_selector.iter().map(|(label, value)| (label.clone(), value.clone())).collect(),
            tolerations: task.tolerations.clone(),
        })
    }

    fn plan_inputs(&self, resolved: &Resolved, command: &[PlanText], args: &[PlanText]) -> Vec<PlanInput> {
        let uses = |wanted: PlanPiece| command.iter().chain(args).flatten().any(|piece| *piece == wanted);
        let given = self.ports.inputs.iter().zip(&resolved.inputs).filter(|(_, input)| input.source.is_some());
        let inputs = given.map(|(port, ResolvedArgument { slug, .. })| PlanInput {
            name: port.name.clone(),
            slug: slug.clone(),
            port_type: port.port_type.clone(),
            as_value: uses(PlanPiece::InputValue(slug.clone())),
            as_file: uses(PlanPiece::InputPath(slug.clone())),
        });
        inputs.collect()
    }

    fn plan_outputs(&self) -> Vec<PlanOutput> {
        let outputs = self.ports.outputs.iter().zip(&self.output_slugs).map(|(port, slug)| PlanOutput {
            name: port.name.clone(),
            slug: slug.clone(),
            port_type: port.port_type.clone(),
            path: port.path.clone(),
        });
        outputs.collect()
    }
}

struct KnownInputs<'a> {
    ports: &'a Ports,
    resolved: &'a Resolved,
}

impl KnownInputs<'_> {
    fn find(&self, input: &str) -> Option<&ResolvedArgument> {
        let index = self.ports.inputs.iter().position(|port| port.name == input)?;
        self.resolved.inputs.get(index).filter(|input| input.source.is_some())
    }
}

impl Known for KnownInputs<'_> {
    fn is_present(&self, input: &str) -> bool {
        self.find(input).is_some()
    }

    fn text(&self, input: &str) -> Result<Option<String>, RunTimeCondition> {
        match self.find(input) {
            None => Ok(None),
            Some(ResolvedArgument { text: Some(text), .. }) => Ok(Some(text.clone())),
            Some(_) => Err(RunTimeCondition(String::from(input))),
        }
    }
}

/// The bytes of an argument that are known before the run.
fn known_bytes(pieces: &PlanText, resolved: &Resolved) -> usize {
    let bytes = pieces.iter().map(|piece| match piece {
        PlanPiece::Text(text) => text.len(),
        PlanPiece::InputValue(slug) => {
            let input = resolved.inputs.iter().find(|input| input.slug == *slug);
            input.and_then(|input| input.text.as_ref()).map_or(0, String::len)
        }
        PlanPiece::InputPath(_) | PlanPiece::OutputPath(_) => 0,
    });
    bytes.sum()
}
