//! Where Workflows of the namespace put artifacts: Argo's ConfigMap `artifact-repositories`, held against the server's bucket.

use super::{PATIENCE, Patient, is_status, quoted, reason};
use crate::artifacts::S3Configuration;
use dagwright_shared::api::DoctorCheck;
use dagwright_shared::yaml;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use serde_json::Value;

/// The ConfigMap that Argo looks for where a Workflow names no repository.
pub const CONFIG_MAP: &str = "artifact-repositories";
/// Its annotation that names the entry to take.
pub const DEFAULT_ENTRY: &str = "workflows.argoproj.io/default-artifact-repository";

const NAME: &str = "artifact-repository";
const TITLE: &str = "Artifact repository of Workflows";

/// Whether Workflows use the bucket that the server reads.
pub async fn repository(patient: &Patient, ours: Option<&S3Configuration>) -> DoctorCheck {
    let maps: Api<ConfigMap> = Api::namespaced(patient.cluster.client.clone(), &patient.cluster.namespace);
    let mend = mend(patient, ours);
    let map = match tokio::time::timeout(PATIENCE, maps.get(CONFIG_MAP)).await {
        Err(_) => return DoctorCheck::skipped(NAME, TITLE, "no answer"),
        Ok(Err(error)) if is_status(&error, 404) => {
            let message = format!("there is no ConfigMap {CONFIG_MAP} in {}", patient.cluster.namespace);
            return DoctorCheck::wrong(NAME, TITLE, message, mend);
        }
        Ok(Err(error)) => return DoctorCheck::skipped(NAME, TITLE, reason(&error)),
        Ok(Ok(map)) => map,
    };
    match judge(&map, ours) {
        Ok(found) => DoctorCheck::ok(NAME, TITLE, found),
        Err(problem) => DoctorCheck::wrong(NAME, TITLE, problem, mend),
    }
}

/// The command that writes the map anew.
pub(super) fn mend(patient: &Patient, ours: Option<&S3Configuration>) -> String {
    let (endpoint, bucket) =
        ours.map_or(("http://HOST:9000", "BUCKET"), |ours| (ours.endpoint.as_str(), ours.bucket.as_str()));
    patient.apply("artifacts", &format!(" --s3-endpoint {} --s3-bucket {}", quoted(endpoint), quoted(bucket)))
}

/// What the map says, in a sentence.
fn judge(map: &ConfigMap, ours: Option<&S3Configuration>) -> Result<String, String> {
    let annotations = map.metadata.annotations.as_ref();
    let entry = annotations.and_then(|annotations| annotations.get(DEFAULT_ENTRY)).ok_or_else(|| {
        format!("ConfigMap {CONFIG_MAP} has no annotation {DEFAULT_ENTRY}, so Argo takes none of its entries")
    })?;
    let text = map.data.as_ref().and_then(|data| data.get(entry));
    let text =
        text.ok_or_else(|| format!("ConfigMap {CONFIG_MAP} has no entry {entry:?}, which its annotation names"))?;
    let place = format!("entry {entry} of ConfigMap {CONFIG_MAP}");
    let value = yaml::read(text).value.unwrap_or(Value::Null);
    let field = |name: &str| value.pointer(&format!("/s3/{name}")).and_then(Value::as_str).unwrap_or_default();
    let (endpoint, bucket) = (field("endpoint"), field("bucket"));
    if bucket.is_empty() {
        return Err(format!("the {place} names no S3 bucket"));
    }
    let host = endpoint.rsplit_once(':').map_or(endpoint, |(host, _)| host);
    if host == "localhost" || host == "[::1]" || host.starts_with("127.") {
        return Err(format!("the {place} names {endpoint}, which is each pod's own loopback"));
    }
    let Some(ours) = ours else { return Ok(format!("bucket {bucket} at {endpoint}")) };
    if ours.bucket != bucket {
        return Err(format!("the {place} names bucket {bucket}, and this server reads {}", ours.bucket));
    }
    let is_plain = value.pointer("/s3/insecure").and_then(Value::as_bool).unwrap_or_default();
    let our_host = ours.endpoint.split_once("://").map_or(ours.endpoint.as_str(), |(_, host)| host);
    if our_host == endpoint && is_plain != ours.endpoint.starts_with("http://") {
        return Err(format!("the {place} says insecure: {is_plain}, and this server reads {}", ours.endpoint));
    }
    // A bucket has other addresses from inside; only the probe can tell whether it is the same.
    let aside =
        if our_host == endpoint { String::new() } else { format!(" (this server reads it at {})", ours.endpoint) };
    Ok(format!("bucket {bucket} at {endpoint}{aside}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifacts::{Addressing, S3Credentials};
    use std::collections::BTreeMap;

    fn ours() -> S3Configuration {
        S3Configuration {
            endpoint: String::from("http://minio:9000"),
            region: String::from("us-east-1"),
            bucket: String::from("pipelines"),
            addressing: Addressing::Path,
            credentials: S3Credentials {
                access_key_id: String::from("id"),
                secret_access_key: String::from("secret"),
                session_token: None,
            },
        }
    }

    fn map(annotation: Option<&str>, entry: &str, text: &str) -> ConfigMap {
        let mut map = ConfigMap::default();
        map.metadata.annotations =
            annotation.map(|name| BTreeMap::from([(String::from(DEFAULT_ENTRY), String::from(name))]));
        map.data = Some(BTreeMap::from([(String::from(entry), String::from(text))]));
        map
    }

    #[test]
    fn what_argo_would_take_is_held_against_our_bucket() {
        let good = "s3: {endpoint: 'minio:9000', bucket: pipelines, insecure: true}";
        let told = judge(&map(Some("default"), "default", good), Some(&ours())).unwrap();
        assert_eq!(told, "bucket pipelines at minio:9000");
        let inside = good.replace("minio:9000", "minio.storage.svc:9000");
        let told = judge(&map(Some("default"), "default", &inside), Some(&ours())).unwrap();
        assert!(told.contains("this server reads it at http://minio:9000"), "{told}");
        for (annotation, entry, text, word) in [
            (None, "default", String::from(good), "annotation"),
            (Some("other"), "default", String::from(good), "no entry \"other\""),
            (Some("default"), "default", good.replace("pipelines", "models"), "this server reads pipelines"),
            (Some("default"), "default", good.replace("true", "false"), "insecure: false"),
            (Some("default"), "default", good.replace("minio", "localhost"), "own loopback"),
            (Some("default"), "default", String::from("gcs: {bucket: pipelines}"), "no S3 bucket"),
        ] {
            let problem = judge(&map(annotation, entry, &text), Some(&ours())).unwrap_err();
            assert!(problem.contains(word), "{word}: {problem}");
        }
    }
}
