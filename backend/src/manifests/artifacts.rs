//! The ConfigMap that tells Argo where key-only artifacts lie.

use super::{ManifestSettings, S3_SECRET_KEYS, STYLE};
use crate::engine::argo::checks::{CONFIG_MAP, DEFAULT_ENTRY};
use dagwright_shared::yaml::write;
use serde_json::{Value, json};

/// The entry's name.
const ENTRY: &str = "dagwright";

/// `artifact-repositories`, whose only entry is the namespace's default.
pub(super) fn repositories(settings: &ManifestSettings) -> Value {
    let (scheme, host) = settings.s3_endpoint.split_once("://").unwrap_or(("https", &settings.s3_endpoint));
    let [access, secret] = S3_SECRET_KEYS;
    let key = |key: &str| json!({"name": settings.s3_secret, "key": key});
    let entry = json!({
        "archiveLogs": true,
        "s3": {
            "endpoint": host,
            "insecure": scheme == "http",
            "bucket": settings.s3_bucket,
            "region": settings.s3_region,
            // For what a Workflow gives no key: logs beside the outputs, all of a run under one prefix.
            "keyFormat": "runs/{{workflow.name}}/{{pod.name}}",
            "accessKeySecret": key(access),
            "secretKeySecret": key(secret),
        },
    });
    let mut metadata = settings.metadata(CONFIG_MAP);
    metadata["annotations"] = json!({DEFAULT_ENTRY: ENTRY});
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata,
        "data": {ENTRY: write(&entry, &STYLE)},
    })
}
