//! The comments at the head of the file: what it is, how it is submitted, and what the reader might wonder about.

use super::shapes::Shapes;
use crate::plan::{Plan, PlanLifetime, PlanSource};

/// Comment lines without `#`; one line each, whatever the names hold.
pub(super) fn head(plan: &Plan, shapes: &Shapes) -> Vec<String> {
    let mut lines = vec![format!("{}, an Argo Workflow made by Dagwright.", one_line(&plan.pipeline))];
    if let Some(description) = plan.description.as_deref().filter(|text| !text.trim().is_empty()) {
        lines.push(one_line(description));
    }
    let kept = plan.volumes.iter().any(|volume| matches!(volume.lifetime, PlanLifetime::Kept(_)));
    lines.push(String::from(if kept || !shapes.texts.is_empty() {
        "Create it with: kubectl create -f this-file (argo submit takes the Workflow alone)."
    } else if plan.parameters.is_empty() {
        "Submit it with: argo submit this-file."
    } else {
        "Submit it with: argo submit this-file -p name=value."
    }));
    let open: Vec<&str> = plan
        .parameters
        .iter()
        .filter(|parameter| shapes.is_open(parameter))
        .map(|parameter| parameter.slug.as_str())
        .collect();
    if !open.is_empty() {
        lines.push(format!("Parameters without a value here have to be given: {}.", open.join(", ")));
    }
    if kept {
        lines.push(String::from(
            "Claims of kept volumes come first and stay when the Workflow goes; the next time kubectl says AlreadyExists for them.",
        ));
    }
    let has_files =
        plan.templates.iter().any(|template| template.outputs.iter().any(|output| output.port_type.is_artifact()));
    let sources = || plan.tasks.iter().flat_map(|task| &task.arguments).map(|argument| &argument.source);
    let takes_files = sources().any(|source| matches!(source, PlanSource::Stored(_) | PlanSource::StoredParameter(_)));
    if has_files || takes_files {
        lines.push(String::from("Files lie in the namespace's default artifact repository (ConfigMap artifact-repositories), under the keys below."));
    }
    if sources().any(|source| matches!(source, PlanSource::Stored(reference) if reference.starts_with("s3://"))) {
        lines.push(String::from("s3:// inputs are read from that repository's bucket by their key."));
    }
    if takes_files && plan.parameters.iter().any(|parameter| parameter.port_type.is_artifact()) {
        lines.push(String::from("Parameters that name a file hold its key there."));
    }
    lines.push(String::from(
        "Kubernetes reads $$ as $ and $(NAME) as a variable, so dollar signs in commands are doubled where it would.",
    ));
    let written_out: Vec<String> = plan
        .parameters
        .iter()
        .filter(|parameter| shapes.is_written_out(&parameter.slug))
        .map(|parameter| one_line(&parameter.name))
        .collect();
    if !written_out.is_empty() {
        lines.push(format!(
            "Argo would change the value of {}: it stands in the commands instead, and -p cannot set it.",
            written_out.join(", ")
        ));
    }
    if shapes.shapes.iter().any(|shape| !shape.carried.is_empty()) {
        lines.push(String::from(
            "Argo would replace {{ in what one task gives another: on its way it is \\ue07b, and {{ again in the command.",
        ));
    }
    if !shapes.shared.is_empty() {
        let names: Vec<&str> = shapes.shared.values().map(String::as_str).collect();
        lines.push(format!(
            "What several commands have in common is a parameter, to be left alone: {}.",
            names.join(", ")
        ));
    }
    if !shapes.texts.is_empty() {
        lines.push(String::from("Texts that Argo would change and that tasks read as files are in ConfigMaps."));
    }
    lines
}

fn one_line(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut line: String = line.chars().filter(|character| !character.is_control()).take(200).collect();
    if line.is_empty() {
        line.push_str("Unnamed");
    }
    line
}
