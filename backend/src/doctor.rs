//! Whether everything that runs need is there: the cluster, Argo, rights, the bucket. Each check says what is wrong and the
//! one command that mends it. Knows neither HTTP nor the terminal.

use crate::artifacts::{ArtifactError, ArtifactStore};
use crate::engine::argo::checks::{self, Patient, Reach, probe, quoted};
use crate::engine::argo::cluster::{Cluster, ClusterSettings, ConnectError};
use crate::engine::argo::rights::RIGHTS;
use dagwright_shared::api::{CheckState, DoctorCheck, DoctorReport};

/// What is to be looked at.
pub struct Examination {
    /// Which cluster.
    pub cluster: ClusterChoice,
    /// Which bucket.
    pub bucket: Bucket,
    /// With which image to look from a pod too; empty: the usual one. `None`: from no pod.
    pub probe_image: Option<String>,
}

/// Which cluster is to be looked at.
pub enum ClusterChoice {
    /// None: the server runs without one.
    None,
    /// The one that KUBECONFIG or the pod names, where one does.
    IfAny,
    /// This one.
    Asked(ClusterSettings),
}

/// Which bucket is to be looked at.
pub enum Bucket {
    /// That of the S3 server inside Dagwright.
    Embedded,
    /// One elsewhere.
    Store(ArtifactStore),
    /// What was set cannot be used.
    Unusable(ArtifactError),
}

/// What stands in for the values that are not known here.
const S3_VARIABLES: &str = "export DAGWRIGHT_S3_BUCKET=BUCKET AWS_ENDPOINT_URL=http://HOST:9000 \
                            AWS_ACCESS_KEY_ID=KEY AWS_SECRET_ACCESS_KEY=SECRET";

/// Looks at everything. What cannot be looked at because something before it is wrong is skipped.
pub async fn examine(examination: &Examination) -> DoctorReport {
    let patient = match patient(&examination.cluster).await {
        Ok(patient) => patient,
        Err(check) => {
            let has_cluster = check.state == CheckState::Wrong;
            let mut checks = vec![check];
            checks.extend(skipped("there is no way to a cluster"));
            checks.push(bucket(&examination.bucket, has_cluster).await);
            return DoctorReport { checks };
        }
    };
    let (reach, bucket) = tokio::join!(patient.reach(), bucket(&examination.bucket, true));
    let mut checks = Vec::new();
    match reach {
        Reach::Away(check) => {
            checks.push(check);
            checks.extend(skipped("the cluster does not answer"));
            checks.push(bucket);
        }
        Reach::There(check) => {
            let ours = match &examination.bucket {
                Bucket::Store(store) => Some(store),
                _ => None,
            };
            let configuration = ours.map(ArtifactStore::configuration);
            let (argo, rights, repository) =
                tokio::join!(patient.argo(), checks::rights(&patient), checks::repository(&patient, configuration));
            checks.extend([check, argo]);
            checks.extend(rights);
            checks.extend([bucket, repository]);
            if let Some(image) = &examination.probe_image {
                checks.push(from_a_pod(&patient, ours, image, &checks).await);
            }
        }
    }
    DoctorReport { checks }
}

/// The look from a pod, unless what it needs is known to be wrong.
async fn from_a_pod(
    patient: &Patient,
    store: Option<&ArtifactStore>,
    image: &str,
    before: &[DoctorCheck],
) -> DoctorCheck {
    let needed = ["cluster", "argo", "right-workflows", "right-pods", "bucket", "artifact-repository"];
    let wrong = before.iter().find(|check| check.state == CheckState::Wrong && needed.contains(&check.name.as_str()));
    match (wrong, store) {
        (None, Some(store)) => {
            let image = if image.is_empty() { probe::DEFAULT_IMAGE } else { image };
            probe::probe(patient, store, image).await
        }
        (Some(check), _) => probe::skipped(&format!("first mend: {}", check.title)),
        (None, None) => probe::skipped("there is no bucket to look at"),
    }
}

/// The way to the cluster, or the check that says why there is none.
async fn patient(choice: &ClusterChoice) -> Result<Patient, DoctorCheck> {
    let (name, title) = ("cluster", "Way to the cluster");
    let (settings, is_asked) = match choice {
        ClusterChoice::None => {
            let message = "this server runs without a cluster (dagwright serve --cluster)";
            return Err(DoctorCheck::skipped(name, title, message));
        }
        ClusterChoice::IfAny => (ClusterSettings::default(), false),
        ClusterChoice::Asked(settings) => (settings.clone(), true),
    };
    match Cluster::connect(&settings).await {
        Ok(cluster) => Ok(Patient { cluster, context: settings.context }),
        Err(ConnectError::Nowhere(_)) if !is_asked => Err(DoctorCheck::skipped(
            name,
            title,
            "no cluster is configured: there is no KUBECONFIG, and this is not a pod",
        )),
        Err(error) => {
            let mend = match &error {
                ConnectError::Context { .. } => "kubectl config get-contexts",
                ConnectError::Nowhere(_) => "export KUBECONFIG=FILE",
                ConnectError::Configuration(_) => "kubectl cluster-info",
            };
            Err(DoctorCheck::wrong(name, title, error.to_string(), mend))
        }
    }
}

/// The checks that need the cluster, not made.
fn skipped(why: &str) -> Vec<DoctorCheck> {
    let mut checks = vec![DoctorCheck::skipped("argo", "Argo Workflows", why)];
    checks.push(DoctorCheck::skipped("rights", format!("Rights on {} kinds of objects", RIGHTS.len()), why));
    checks
}

/// Writes, reads and deletes in the bucket.
async fn bucket(bucket: &Bucket, has_cluster: bool) -> DoctorCheck {
    let (name, title) = ("bucket", "Bucket, from the server");
    let store = match bucket {
        Bucket::Embedded if has_cluster => {
            let message = "artifacts would go to the S3 server inside Dagwright, which pods of a cluster cannot reach: \
                           name a bucket that both reach";
            return DoctorCheck::wrong(name, title, message, S3_VARIABLES);
        }
        Bucket::Embedded => {
            return DoctorCheck::ok(
                name,
                title,
                "the S3 server inside Dagwright; for a cluster name another by DAGWRIGHT_S3_BUCKET",
            );
        }
        Bucket::Unusable(error) => return DoctorCheck::wrong(name, title, error.to_string(), mend(error)),
        Bucket::Store(store) => store,
    };
    match store.check().await {
        Ok(()) => {
            let found = format!("{} at {}: written, read, deleted", store.bucket(), store.configuration().endpoint);
            DoctorCheck::ok(name, title, found)
        }
        Err(error) => DoctorCheck::wrong(name, title, error.to_string(), mend(&error)),
    }
}

fn mend(error: &ArtifactError) -> String {
    match error {
        ArtifactError::Unreachable { endpoint, .. } => format!("curl --head {}", quoted(endpoint)),
        ArtifactError::NoSuchBucket { endpoint, bucket } => {
            format!("aws s3 mb s3://{bucket} --endpoint-url {}", quoted(endpoint))
        }
        ArtifactError::Refused { endpoint, bucket, .. } | ArtifactError::Store { endpoint, bucket, .. } => {
            format!("aws s3 ls s3://{bucket} --endpoint-url {}", quoted(endpoint))
        }
        _ => String::from(S3_VARIABLES),
    }
}
