//! An attempt's inputs: values put together, artifacts fetched into the attempt's folder. Must not start anything.

use super::job::{Job, Problem};
use crate::artifacts::keys::{self, ArtifactReference};
use crate::artifacts::{ArtifactError, ArtifactStore, Fetched};
use dagwright_shared::plan::{PlanInput, PlanSource, PlanValuePiece};
use dagwright_shared::run::PortValue;
use std::collections::BTreeMap;
use std::path::Path;

/// Longest value that may stand on a command line (CONTRACTS.md, "Values"), bytes.
pub(super) const LONGEST_VALUE: usize = 128 * 1024;

/// What the inputs are.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// Port slug → its text, for ports that the command uses as values.
    pub(super) texts: BTreeMap<String, String>,
    /// Port slug → what the event says.
    pub(super) values: BTreeMap<String, PortValue>,
}

/// Brings all inputs of a job below `folder` (`<folder>/<port>/data`).
///
/// # Errors
/// [`Problem`] names the input.
pub(super) async fn prepare(store: &ArtifactStore, job: &Job, folder: &Path) -> Result<Inputs, Problem> {
    let mut inputs = Inputs::default();
    let template = job.template()?;
    for argument in &job.task()?.arguments {
        let input = template.inputs.iter().find(|input| input.slug == argument.input);
        let Some(input) = input else { continue };
        let named = |problem: Problem| problem.about(&format!("Input “{}”", input.name));
        match &argument.source {
            PlanSource::Value(pieces) => {
                let text = value(store, job, pieces).await.map_err(named)?;
                if input.as_file {
                    write(folder, input, text.as_bytes()).await.map_err(named)?;
                }
                inputs.values.insert(input.slug.clone(), PortValue::parameter(&text));
                if input.as_value {
                    inputs.texts.insert(input.slug.clone(), checked(text).map_err(named)?);
                }
            }
            PlanSource::Artifact { task, output } => {
                let Some(value) = job.upstream.get(&(task.clone(), output.clone())) else {
                    return Err(named(Problem::lasting(format!("task {task} has no output {output}"))));
                };
                let PortValue::Artifact { key, .. } = value else {
                    return Err(named(Problem::lasting(format!("output {output} of task {task} is no artifact"))));
                };
                inputs.values.insert(input.slug.clone(), value.clone());
                bring(store, key, folder, input, &mut inputs).await.map_err(named)?;
            }
            PlanSource::Stored(reference) => {
                stored(store, reference, folder, input, &mut inputs).await.map_err(named)?;
            }
            PlanSource::StoredParameter(slug) => {
                let parameter = job.plan.parameters.iter().find(|parameter| parameter.slug == *slug);
                if let Some(reference) = parameter.and_then(|parameter| parameter.value.as_deref()) {
                    stored(store, reference, folder, input, &mut inputs).await.map_err(named)?;
                }
            }
        }
    }
    Ok(inputs)
}

async fn stored(
    store: &ArtifactStore,
    reference: &str,
    folder: &Path,
    input: &PlanInput,
    inputs: &mut Inputs,
) -> Result<(), Problem> {
    let reference = ArtifactReference::parse(reference).map_err(|error| Problem::lasting(error.to_string()))?;
    let (store, key) = match reference {
        ArtifactReference::Upload { sha256, .. } => {
            let key = keys::upload_key(&sha256).map_err(|error| Problem::lasting(error.to_string()))?;
            (store.clone(), key)
        }
        ArtifactReference::S3(uri) => {
            let store = store.in_bucket(&uri.bucket).map_err(|error| Problem::lasting(error.to_string()))?;
            (store, uri.key)
        }
    };
    bring(&store, &key, folder, input, inputs).await
}

/// Fetches a file or folder and reads it where the command wants its text.
async fn bring(
    store: &ArtifactStore,
    key: &str,
    folder: &Path,
    input: &PlanInput,
    inputs: &mut Inputs,
) -> Result<(), Problem> {
    if input.as_value {
        let bytes = store.get_bytes(key, LONGEST_VALUE as u64).await.map_err(problem)?;
        let text = String::from_utf8(bytes.to_vec())
            .map_err(|_| Problem::lasting("it is used as text and is not UTF-8: use inputPath in the component"))?;
        inputs.texts.insert(input.slug.clone(), checked(text)?);
    }
    if input.as_file || !input.as_value {
        let target = folder.join(&input.slug).join("data");
        make_parent(&target).await?;
        let fetched = store.fetch(key, &target).await.map_err(problem)?;
        inputs.values.entry(input.slug.clone()).or_insert_with(|| artifact(key, &fetched, None));
    } else if !inputs.values.contains_key(&input.slug) {
        let size = inputs.texts.get(&input.slug).map_or(0, |text| text.len() as u64);
        let value = PortValue::Artifact { key: String::from(key), size, files: None, sha256: None, inline: None };
        inputs.values.insert(input.slug.clone(), value);
    }
    Ok(())
}

/// What an event says of stored files.
pub(super) fn artifact(key: &str, fetched: &Fetched, inline: Option<serde_json::Value>) -> PortValue {
    let key = String::from(key.trim_end_matches('/'));
    match fetched {
        Fetched::File(file) => {
            PortValue::Artifact { key, size: file.size, files: None, sha256: Some(file.sha256.clone()), inline }
        }
        Fetched::Folder(files) => {
            let size = files.iter().map(|file| file.size).sum();
            PortValue::Artifact { key, size, files: Some(files.len() as u64), sha256: None, inline }
        }
    }
}

async fn value(store: &ArtifactStore, job: &Job, pieces: &[PlanValuePiece]) -> Result<String, Problem> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            PlanValuePiece::Text(piece) => text.push_str(piece),
            PlanValuePiece::Parameter(slug) => {
                let found = job.plan.parameters.iter().find(|parameter| parameter.slug == *slug);
                text.push_str(found.and_then(|parameter| parameter.value.as_deref()).unwrap_or_default());
            }
            PlanValuePiece::Output { task, output } => {
                let found = job.upstream.get(&(task.clone(), output.clone()));
                match found {
                    Some(PortValue::Parameter { text: piece, size }) if *size == piece.len() as u64 => {
                        text.push_str(piece);
                    }
                    // The event holds its beginning only.
                    Some(PortValue::Parameter { .. }) => {
                        let key = keys::output_key(&job.run, &[task], output)
                            .map_err(|error| Problem::lasting(error.to_string()))?;
                        let bytes = store.get_bytes(&key, LONGEST_VALUE as u64).await.map_err(problem)?;
                        text.push_str(&String::from_utf8_lossy(&bytes));
                    }
                    _ => return Err(Problem::lasting(format!("task {task} has no output {output}"))),
                }
            }
        }
    }
    Ok(text)
}

async fn write(folder: &Path, input: &PlanInput, content: &[u8]) -> Result<(), Problem> {
    let target = folder.join(&input.slug).join("data");
    make_parent(&target).await?;
    tokio::fs::write(&target, content).await.map_err(|error| Problem::passing(error.to_string()))
}

async fn make_parent(target: &Path) -> Result<(), Problem> {
    let parent = target.parent().unwrap_or(target);
    tokio::fs::create_dir_all(parent).await.map_err(|error| Problem::passing(error.to_string()))
}

fn checked(text: String) -> Result<String, Problem> {
    if text.len() > LONGEST_VALUE {
        let message = format!("it has {} bytes, and a command line takes {LONGEST_VALUE}: use inputPath", text.len());
        return Err(Problem::lasting(message));
    }
    if text.contains('\0') {
        return Err(Problem::lasting("it holds a NUL character, which no command line takes: use inputPath"));
    }
    Ok(text)
}

/// The store may answer another time; a wrong key will not.
pub(super) fn problem(error: ArtifactError) -> Problem {
    if error.is_transient() { Problem::passing(error.to_string()) } else { Problem::lasting(error.to_string()) }
}
