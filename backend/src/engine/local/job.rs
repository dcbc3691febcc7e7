//! One attempt of one task as the engine hands it on, and its command line. Pure: touches nothing.

use super::inputs::Inputs;
use super::sandbox::{Limits, MountAccess, PythonNeed, SandboxCommand, SandboxMount, TaskPaths};
use dagwright_shared::plan::{Plan, PlanEnvValue, PlanPiece, PlanTask, PlanTemplate, PlanText};
use dagwright_shared::quantity;
use dagwright_shared::run::PortValue;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// One attempt of one task.
#[derive(Clone, Debug)]
pub(super) struct Job {
    /// The run's id.
    pub(super) run: String,
    /// What is run.
    pub(super) plan: Arc<Plan>,
    /// The task's slug.
    pub(super) task: String,
    /// From 1.
    pub(super) attempt: u32,
    /// (Task, output) → what it holds, for all outputs so far.
    pub(super) upstream: BTreeMap<(String, String), PortValue>,
    /// Volume slug → its folder.
    pub(super) volumes: Arc<BTreeMap<String, PathBuf>>,
}

/// Why an attempt cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// Why, for people.
    pub(super) message: String,
    /// Whether another attempt may do better.
    pub(super) passing: bool,
}

impl Problem {
    /// Another attempt will meet it again.
    pub(super) fn lasting(message: impl Into<String>) -> Self {
        Self { message: message.into(), passing: false }
    }

    /// Another attempt may not meet it.
    pub(super) fn passing(message: impl Into<String>) -> Self {
        Self { message: message.into(), passing: true }
    }

    /// With what it is about, unless it says so itself.
    pub(super) fn about(self, what: &str) -> Self {
        if self.message.starts_with(what) {
            self
        } else {
            Self { message: format!("{what}: {}", self.message), ..self }
        }
    }
}

/// A secret's value by name and key.
pub(super) type SecretLookup<'a> = dyn Fn(&str, &str) -> Option<String> + Sync + 'a;

impl Job {
    /// The task in the plan.
    pub(super) fn task(&self) -> Result<&PlanTask, Problem> {
        self.plan.task(&self.task).ok_or_else(|| Problem::lasting(format!("the plan has no task {}", self.task)))
    }

    /// The task's template in the plan.
    pub(super) fn template(&self) -> Result<&PlanTemplate, Problem> {
        let slug = &self.task()?.template;
        self.plan.template(slug).ok_or_else(|| Problem::lasting(format!("the plan has no template {slug}")))
    }

    /// The command for the sandbox, and the secret values in it.
    ///
    /// # Errors
    /// [`Problem`]: a secret or a volume is not there, or a quantity cannot be read.
    pub(super) fn command(
        &self,
        inputs: &Inputs,
        paths: &TaskPaths,
        attempt_folder: &Path,
        secrets: &SecretLookup<'_>,
    ) -> Result<(SandboxCommand, Vec<String>), Problem> {
        let template = self.template()?;
        let render = |text: &PlanText| render(text, template, inputs, paths);
        let mut environment = BTreeMap::new();
        let mut hidden = Vec::new();
        for variable in &template.env {
            let value = match &variable.value {
                PlanEnvValue::Text(text) => text.clone(),
                PlanEnvValue::Secret { name, key } => {
                    let value = secrets(name, key).ok_or_else(|| {
                        Problem::lasting(format!("There is no secret {name}/{key}: set it under Settings, Secrets"))
                    })?;
                    hidden.push(value.clone());
                    value
                }
            };
            environment.insert(variable.name.clone(), value);
        }
        let mut mounts = Vec::new();
        for mount in &template.mounts {
            let host = self.volumes.get(&mount.volume).cloned();
            let host = host.ok_or_else(|| Problem::lasting(format!("the volume {} has no folder", mount.volume)))?;
            let access = if mount.read_only { MountAccess::ReadOnly } else { MountAccess::ReadWrite };
            let (path, sub_path) = (mount.path.clone(), mount.sub_path.clone());
            mounts.push(SandboxMount { host, path, access, sub_path });
        }
        let limit = |name: &str| template.resources.limits.get(name);
        let python = template.packages.is_empty() && !starts_python(template);
        let command = SandboxCommand {
            run: self.run.clone(),
            task_path: self.task.clone(),
            attempt: self.attempt,
            image: template.image.clone(),
            command: template.command.iter().map(render).collect(),
            arguments: template.args.iter().map(render).collect(),
            environment,
            attempt_folder: attempt_folder.to_path_buf(),
            mounts,
            limits: Limits {
                cpu_millis: limit("cpu").and_then(|text| quantity::quantity(text)).map(|cores| (cores * 1000.0) as u64),
                memory_bytes: limit("memory").and_then(|text| quantity::bytes(text)),
            },
            timeout: template.timeout_seconds.map(Duration::from_secs),
            packages: template.packages.clone(),
            python: if python { PythonNeed::NotNeeded } else { PythonNeed::Required },
        };
        Ok((command, hidden))
    }
}

/// Whether the command is an interpreter's.
fn starts_python(template: &PlanTemplate) -> bool {
    match template.command.first().map(Vec::as_slice) {
        Some([PlanPiece::Text(program)]) => {
            let name = program.rsplit('/').next().unwrap_or(program);
            name == "python" || name == "python3"
        }
        _ => false,
    }
}

fn render(text: &PlanText, template: &PlanTemplate, inputs: &Inputs, paths: &TaskPaths) -> String {
    let mut rendered = String::new();
    for piece in text {
        match piece {
            PlanPiece::Text(text) => rendered.push_str(text),
            PlanPiece::InputValue(slug) => rendered.push_str(inputs.texts.get(slug).map_or("", String::as_str)),
            PlanPiece::InputPath(slug) => rendered.push_str(&format!("{}/{slug}/data", paths.inputs)),
            PlanPiece::OutputPath(slug) => {
                let literal =
                    template.outputs.iter().find(|output| output.slug == *slug).and_then(|o| o.path.as_deref());
                match literal {
                    Some(path) => rendered.push_str(path),
                    None => rendered.push_str(&format!("{}/{slug}/data", paths.outputs)),
                }
            }
        }
    }
    rendered
}
