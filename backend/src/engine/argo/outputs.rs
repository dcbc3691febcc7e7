//! What lies in S3 under the keys that a Workflow wrote: sizes, files, digests, small metrics. Facts wait for it, so that
//! an event says all about an artifact at once. Decides nothing about runs.

use super::observe::KnownArtifacts;
use super::run::ActiveRun;
use super::workflow::Workflow;
use crate::artifacts::view::read_inline;
use crate::artifacts::{ArtifactError, ArtifactStore, PageRequest, keys};
use crate::store::TimedFact;
use dagwright_shared::run::{PortValue, RunFact};
use dagwright_shared::types::PortType;
use futures::StreamExt;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;

/// Largest content that an event carries, bytes.
const LARGEST_INLINE: u64 = 64 * 1024;
/// Largest file that is read to know its digest, bytes: a model of many GiB stays without one.
const LARGEST_HASHED: u64 = 64 << 20;
/// Artifacts that are looked at side by side.
const AT_ONCE: usize = 8;
/// Waits between tries while S3 does not answer; then the fact goes without sizes.
const PATIENCE: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
];

/// Looks up every artifact of the facts that is not known yet.
pub(super) async fn look_up(store: &ArtifactStore, run: &ActiveRun, facts: &[TimedFact], known: &mut KnownArtifacts) {
    let mut wanted: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut want = |value: &PortValue, kind: Option<String>| {
        if let PortValue::Artifact { key, size: 0, files: None, sha256: None, inline: None } = value
            && !known.contains_key(key)
        {
            let entry = wanted.entry(key.clone()).or_default();
            *entry = entry.take().or(kind);
        }
    };
    for (_, fact) in facts {
        match fact {
            RunFact::TaskSucceeded { task, outputs, .. } => {
                outputs.iter().for_each(|(output, value)| want(value, kind(run, task, output)));
            }
            RunFact::TaskRunning { inputs, .. } => inputs.values().for_each(|value| want(value, None)),
            _ => {}
        }
    }
    let found = futures::stream::iter(wanted)
        .map(|(key, kind)| async move {
            let value = patient(store, &key, kind.as_deref()).await;
            (key, value)
        })
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    known.extend(found);
}

fn kind(run: &ActiveRun, task: &str, output: &str) -> Option<String> {
    let template = run.plan.template(&run.plan.task(task)?.template)?;
    match &template.outputs.iter().find(|port| port.slug == output)?.port_type {
        PortType::Artifact(kind) => kind.clone(),
        PortType::Parameter(_) => None,
    }
}

async fn patient(store: &ArtifactStore, key: &str, kind: Option<&str>) -> PortValue {
    let mut waits = PATIENCE.into_iter();
    loop {
        match look(store, key, kind).await {
            Ok(value) => return value,
            Err(error) => match waits.next() {
                Some(wait) => tokio::time::sleep(wait).await,
                None => {
                    tracing::warn!("{key} is shown without its size: {error}");
                    return PortValue::Artifact {
                        key: String::from(key),
                        size: 0,
                        files: None,
                        sha256: None,
                        inline: None,
                    };
                }
            },
        }
    }
}

/// What lies under a key: a file, or a folder of files.
///
/// # Errors
/// [`ArtifactError`]: S3 does not answer, or refuses.
pub(super) async fn look(store: &ArtifactStore, key: &str, kind: Option<&str>) -> Result<PortValue, ArtifactError> {
    match store.head(key).await {
        Ok(found) => file(store, key, found.size, found.sha256, kind).await,
        Err(ArtifactError::NotFound { .. }) => folder(store, key).await,
        Err(error) => Err(error),
    }
}

async fn file(
    store: &ArtifactStore,
    key: &str,
    size: u64,
    known: Option<String>,
    kind: Option<&str>,
) -> Result<PortValue, ArtifactError> {
    let mut inline = None;
    let mut sha256 = known;
    if size <= LARGEST_INLINE {
        let bytes = store.get_bytes(key, LARGEST_INLINE).await?;
        // What cannot be read as metrics is still an artifact; its viewer says what is wrong.
        inline = kind.and_then(|kind| read_inline(Some(kind), &bytes).ok().flatten());
        sha256 = sha256.or_else(|| Some(hexadecimal(&Sha256::digest(&bytes))));
    } else if size <= LARGEST_HASHED && sha256.is_none() {
        let (_, mut stream) = store.get_stream(key, None).await?;
        let mut digest = Sha256::new();
        while let Some(chunk) = stream.next().await {
            digest.update(&chunk?);
        }
        sha256 = Some(hexadecimal(&digest.finalize()));
    }
    Ok(PortValue::Artifact { key: String::from(key), size, files: None, sha256, inline })
}

async fn folder(store: &ArtifactStore, key: &str) -> Result<PortValue, ArtifactError> {
    let (mut size, mut files) = (0, 0);
    let mut page = PageRequest::default();
    loop {
        let listing = store.list(&format!("{key}/"), &page).await?;
        for entry in listing.entries.iter().filter(|entry| !entry.key.ends_with('/')) {
            size += entry.size;
            files += 1;
        }
        match listing.continuation {
            Some(token) => page.continuation = Some(token),
            None => break,
        }
    }
    Ok(PortValue::Artifact { key: String::from(key), size, files: Some(files), sha256: None, inline: None })
}

/// Keeps the whole text of parameters of which events hold the beginning only, where the API looks for it.
///
/// # Errors
/// [`ArtifactError`].
pub(super) async fn keep_long_texts(
    store: &ArtifactStore,
    run: &ActiveRun,
    facts: &[TimedFact],
    seen: &Workflow,
) -> Result<(), ArtifactError> {
    let Ok(nodes) = seen.nodes() else { return Ok(()) };
    for (_, fact) in facts {
        let RunFact::TaskSucceeded { task, outputs, .. } = fact else { continue };
        for (output, value) in outputs {
            let PortValue::Parameter { text, size } = value else { continue };
            if text.len() as u64 == *size {
                continue;
            }
            let name = format!("{}.{task}", run.workflow);
            let node = nodes.values().find(|node| node.name == name);
            if let Some(whole) = node.and_then(|node| node.parameter(output)) {
                let key = keys::output_key(&run.id, &[task], output)?;
                store.put_bytes(whole.into_owned().into_bytes(), &key).await?;
            }
        }
    }
    Ok(())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
