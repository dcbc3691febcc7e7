//! An attempt's outputs: read from its folder, stored in S3, refused when missing. Never follows a link of the task's.

use super::inputs::{LONGEST_VALUE, artifact, problem};
use super::job::{Job, Problem};
use crate::artifacts::view::read_inline;
use crate::artifacts::{ArtifactStore, keys};
use dagwright_shared::plan::PlanOutput;
use dagwright_shared::run::PortValue;
use dagwright_shared::types::PortType;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Largest content that an event carries, bytes.
const LARGEST_INLINE: u64 = 64 * 1024;

/// Where an output stands on this machine, inside the attempt's folder.
///
/// # Errors
/// [`Problem`] for a literal path that no sandbox of this machine can show us.
pub(super) fn place(attempt_folder: &Path, output: &PlanOutput) -> Result<PathBuf, Problem> {
    let Some(path) = &output.path else {
        return Ok(attempt_folder.join("outputs").join(&output.slug).join("data"));
    };
    let inside =
        |prefix: &str, folder: &str| path.strip_prefix(prefix).map(|rest| attempt_folder.join(folder).join(rest));
    let place = inside("/tmp/outputs/", "outputs").or_else(|| inside("/tmp/", "scratch"));
    place.filter(|place| place.components().all(|part| !matches!(part, Component::ParentDir))).ok_or_else(|| {
        Problem::lasting(format!(
            "Output “{}” is written to {path}, which only a path under /tmp can be collected from here: \
             use the placeholder outputPath",
            output.name
        ))
    })
}

/// Reads and stores every output that the template declares.
///
/// # Errors
/// [`Problem`] names the output that is missing or cannot be taken.
pub(super) async fn collect(
    store: &ArtifactStore,
    job: &Job,
    attempt_folder: &Path,
) -> Result<BTreeMap<String, PortValue>, Problem> {
    let mut outputs = BTreeMap::new();
    for output in &job.template()?.outputs {
        let value = one(store, job, attempt_folder, output).await;
        let value = value.map_err(|problem| problem.about(&format!("Output “{}”", output.name)))?;
        outputs.insert(output.slug.clone(), value);
    }
    Ok(outputs)
}

async fn one(store: &ArtifactStore, job: &Job, folder: &Path, output: &PlanOutput) -> Result<PortValue, Problem> {
    let place = place(folder, output)?;
    refuse_links(folder, &place)?;
    let lasting = |error: std::io::Error| Problem::passing(error.to_string());
    let what = match std::fs::symlink_metadata(&place) {
        Ok(what) => what,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Problem::passing("the task ended well and did not write it"));
        }
        Err(error) => return Err(lasting(error)),
    };
    let key = keys::output_key(&job.run, &[&job.task], &output.slug).map_err(problem)?;
    if let PortType::Parameter(_) = output.port_type {
        if !what.is_file() || what.len() > LONGEST_VALUE as u64 {
            let message = format!("it is a parameter: a text file of at most {LONGEST_VALUE} bytes");
            return Err(Problem::lasting(message));
        }
        let bytes = tokio::fs::read(&place).await.map_err(lasting)?;
        let text = String::from_utf8(bytes).map_err(|_| Problem::lasting("it is a parameter and not UTF-8"))?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let shown = PortValue::parameter(text);
        if let PortValue::Parameter { text: kept, size } = &shown
            && kept.len() as u64 != *size
        {
            store.put_bytes(text.as_bytes().to_vec(), &key).await.map_err(problem)?;
        }
        return Ok(shown);
    }
    if job.attempt > 1 {
        // Fresh outputs: nothing of an earlier attempt stays beside the new files.
        store.delete_prefix(&format!("{key}/")).await.map_err(problem)?;
        store.delete(&key).await.map_err(problem)?;
    }
    let fetched = store.put_path(&place, &key).await.map_err(problem)?;
    let mut inline = None;
    if let PortType::Artifact(Some(kind)) = &output.port_type
        && what.is_file()
        && what.len() <= LARGEST_INLINE
    {
        let bytes = tokio::fs::read(&place).await.map_err(lasting)?;
        // What cannot be read as metrics is still an artifact; its viewer says what is wrong.
        inline = read_inline(Some(kind), &bytes).ok().flatten();
    }
    Ok(artifact(&key, &fetched, inline))
}

/// A task may have put a link anywhere on the way: following it could read this user's own files.
fn refuse_links(folder: &Path, place: &Path) -> Result<(), Problem> {
    let relative = place.strip_prefix(folder).unwrap_or(place);
    let mut path = folder.to_path_buf();
    for part in relative.components() {
        path.push(part);
        if std::fs::symlink_metadata(&path).is_ok_and(|what| what.is_symlink()) {
            return Err(Problem::lasting("it is a link, and links are not followed: write the file itself"));
        }
    }
    Ok(())
}

/// Makes the folders that outputs are written into.
///
/// # Errors
/// [`Problem`].
pub(super) fn make_folders(job: &Job, attempt_folder: &Path) -> Result<(), Problem> {
    for output in &job.template()?.outputs {
        let place = place(attempt_folder, output)?;
        let parent = place.parent().unwrap_or(attempt_folder);
        std::fs::create_dir_all(parent).map_err(|error| Problem::passing(error.to_string()))?;
    }
    Ok(())
}
