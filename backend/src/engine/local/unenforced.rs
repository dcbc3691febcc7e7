//! What of a plan is without effect on this machine: said as warnings and notes, so that nobody takes it for kept. Pure.

use super::sandbox::{Keeps, MemoryLimit};
use dagwright_shared::diagnostic::{Diagnostic, DiagnosticCode, Place, Severity};
use dagwright_shared::plan::{Plan, PlanLifetime, PlanTemplate};

/// What is ignored or not kept, a diagnostic for each task and setting, `engine-cannot`, none an error.
pub(super) fn unenforced(plan: &Plan, keeps: Keeps) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for task in &plan.tasks {
        let Some(template) = plan.template(&task.template) else { continue };
        for (severity, field, message, hint) in of_template(template, keeps) {
            let place = Place::Task { task: task.name.clone(), field };
            found.push(told(severity, place, message, hint));
        }
    }
    for volume in plan.volumes.iter().filter(|volume| !matches!(volume.lifetime, PlanLifetime::Claim(_))) {
        let place = |field: &str| Place::Volume { volume: volume.name.clone(), field: String::from(field) };
        if let Some(size) = &volume.size {
            let message = format!("The volume {} is a folder here: nothing keeps it under {size}.", volume.name);
            found.push(told(Severity::Note, place("size"), message, "The size counts on a cluster."));
        }
        if let Some(class) = &volume.storage_class {
            let message = format!("The storage class {class} of {} is ignored on this machine.", volume.name);
            found.push(told(Severity::Note, place("storageClass"), message, "It counts on a cluster."));
        }
    }
    if plan.service_account.is_some() {
        let message = "The service account is ignored on this machine.";
        found.push(told(Severity::Note, Place::Pipeline, String::from(message), "It counts on a cluster."));
    }
    if !plan.image_pull_secrets.is_empty() {
        let message = if keeps.images {
            "Image pull secrets are ignored on this machine: images are pulled without signing in."
        } else {
            "Image pull secrets are ignored on this machine: no images are pulled."
        };
        found.push(told(Severity::Note, Place::Pipeline, String::from(message), "They count on a cluster."));
    }
    found
}

type Told = (Severity, String, String, &'static str);

fn of_template(template: &PlanTemplate, keeps: Keeps) -> Vec<Told> {
    let mut found = Vec::new();
    let resources = &template.resources;
    for (name, amount) in &resources.limits {
        let field = format!("resources/limits/{name}");
        match name.as_str() {
            "cpu" if keeps.cpu => {}
            "cpu" => found.push((
                Severity::Warning,
                field,
                format!("Nothing keeps this task under {amount} CPUs on this machine."),
                "Run with Docker or Podman, or as a user who can write control groups.",
            )),
            "memory" => match keeps.memory {
                MemoryLimit::Together => {}
                MemoryLimit::EachProcess => found.push((
                    Severity::Warning,
                    field,
                    format!(
                        "The limit of {amount} memory holds for each process of this task by itself on this machine."
                    ),
                    "Run with Docker or Podman, or as a user who can write control groups.",
                )),
                MemoryLimit::None => found.push((
                    Severity::Warning,
                    field,
                    format!("Nothing keeps this task under {amount} of memory on this machine."),
                    "Give the container engine control groups, or run on a cluster.",
                )),
            },
            _ => found.push((
                Severity::Warning,
                field,
                format!("{amount} {name} are neither counted nor handed out on this machine."),
                "Tasks see the devices that their sandbox shows them; run on a cluster to have them to themselves.",
            )),
        }
    }
    for (name, amount) in resources.requests.iter().filter(|(name, _)| !resources.limits.contains_key(*name)) {
        found.push((
            Severity::Note,
            format!("resources/requests/{name}"),
            format!("The request of {amount} {name} is ignored: this machine reserves nothing."),
            "It counts on a cluster.",
        ));
    }
    if !template.node_selector.is_empty() {
        let message = String::from("The node selector is ignored: there is one machine.");
        found.push((Severity::Note, String::from("nodeSelector"), message, "It counts on a cluster."));
    }
    if !template.tolerations.is_empty() {
        let message = String::from("Tolerations are ignored: there is one machine.");
        found.push((Severity::Note, String::from("tolerations"), message, "They count on a cluster."));
    }
    found
}

fn told(severity: Severity, place: Place, message: String, hint: &str) -> Diagnostic {
    Diagnostic { severity, ..Diagnostic::new(DiagnosticCode::EngineCannot, place, message).with_hint(hint) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dagwright_shared::check::Arguments;
    use dagwright_shared::compile::compile;

    const DOCUMENT: &str = "apiVersion: dagwright.dev/v1\nkind: Pipeline\nmetadata: {name: asks}\n\
        kubernetes: {serviceAccount: runner, imagePullSecrets: [registry]}\n\
        volumes: [{name: data, size: 1Gi, storageClass: fast}]\n\
        components:\n  work:\n    name: work\n    implementation: {container: {image: 'busybox:1', command: [true]}}\n\
        tasks:\n  plain: {component: work}\n  asks:\n    component: work\n    mounts: [{volume: data, path: /data}]\n    \
        resources: {requests: {cpu: '1', ephemeral-storage: 1Gi}, limits: {cpu: '2', memory: 1Gi, nvidia.com/gpu: '1'}}\n    \
        nodeSelector: {disk: ssd}\n    tolerations: [{operator: Exists}]\n    retry: {limit: 1}\n    timeout: 5m\n";

    fn told_of(keeps: Keeps) -> Vec<String> {
        let (pipeline, _) = crate::documents::from_store(DOCUMENT).unwrap();
        let plan = compile(&pipeline, &Arguments::new()).unwrap();
        let line = |found: Diagnostic| {
            assert!(!found.hint.is_empty(), "{found:?}");
            let place = match found.place {
                Place::Task { task, field } => format!("{task}/{field}"),
                Place::Volume { volume, field } => format!("{volume}/{field}"),
                _ => String::from("pipeline"),
            };
            format!("{:?} {place}", found.severity)
        };
        unenforced(&plan, keeps).into_iter().map(line).collect()
    }

    #[test]
    fn what_is_not_kept_is_said_and_what_is_kept_is_not() {
        let always = [
            "Warning asks/resources/limits/nvidia.com/gpu",
            "Note asks/resources/requests/ephemeral-storage",
            "Note asks/nodeSelector",
            "Note asks/tolerations",
            "Note data/size",
            "Note data/storageClass",
            "Note pipeline",
            "Note pipeline",
        ];
        let groups = Keeps { cpu: true, memory: MemoryLimit::Together, images: false };
        assert_eq!(told_of(groups), always);
        for memory in [MemoryLimit::EachProcess, MemoryLimit::None] {
            let found = told_of(Keeps { cpu: false, memory, images: true });
            assert_eq!(found[..2], ["Warning asks/resources/limits/cpu", "Warning asks/resources/limits/memory"]);
            assert_eq!(found[2..], always);
        }
    }
}
