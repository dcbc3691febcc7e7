//! `dagwright manifests`: what Dagwright needs in a cluster, printed for `kubectl apply -f -`.

use super::DEFAULT_PORT;
use crate::artifacts::{ArtifactError, S3Settings};
use crate::manifests::{ManifestSettings, Part, to_yaml};
use clap::{Args, ValueEnum};
use std::io::Write;

/// Arguments of `dagwright manifests`.
#[derive(Debug, Args)]
pub struct ManifestsArguments {
    /// Where everything goes; Argo must watch it.
    #[arg(long, env = "DAGWRIGHT_NAMESPACE", default_value = "argo", value_name = "NAME")]
    pub namespace: String,
    /// The server's image, made with the Dockerfile.
    #[arg(long, default_value = concat!("dagwright:", env!("CARGO_PKG_VERSION")), value_name = "IMAGE")]
    pub image: String,
    /// The S3 server as pods reach it [default: AWS in the region].
    #[arg(long, env = "AWS_ENDPOINT_URL_S3", value_name = "URL")]
    pub s3_endpoint: Option<String>,
    /// The bucket for artifacts and logs.
    #[arg(long, env = "DAGWRIGHT_S3_BUCKET", value_name = "NAME")]
    pub s3_bucket: Option<String>,
    /// The bucket's region.
    #[arg(long, env = "AWS_REGION", default_value = "us-east-1", value_name = "NAME")]
    pub s3_region: String,
    /// Secret with the bucket's keys, as `accesskey` and `secretkey`.
    #[arg(long, default_value = "s3", value_name = "NAME")]
    pub s3_secret: String,
    /// Secret with the token that lets people in, as `token`.
    #[arg(long, default_value = "dagwright-token", value_name = "NAME")]
    pub token_secret: String,
    /// Name under which browsers reach the server, beside the Service's; may be given again.
    #[arg(long, value_name = "NAME")]
    pub host: Vec<String>,
    /// Base of links to the server, such as https://pipelines.example.org.
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Size of the claim for pipelines and runs.
    #[arg(long, default_value = "10Gi", value_name = "SIZE")]
    pub storage: String,
    /// Its storage class [default: the cluster's].
    #[arg(long, value_name = "NAME")]
    pub storage_class: Option<String>,
    /// Service account of the tasks' pods.
    #[arg(long, default_value = "default", value_name = "NAME")]
    pub executor_service_account: String,
    /// Only this part; may be given again. A server on a laptop needs executor and artifacts.
    #[arg(long, value_name = "PART")]
    pub part: Vec<PartArgument>,
}

/// Parts, as they are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PartArgument {
    /// The server: Deployment, Service, claim, account, Role, NetworkPolicy.
    Server,
    /// The rights of the tasks' pods.
    Executor,
    /// Where Workflows put artifacts.
    Artifacts,
}

/// Why they cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ManifestsError {
    /// Objects that name the bucket need one.
    #[error("name the bucket for artifacts by --s3-bucket (and its server by --s3-endpoint, unless it is AWS)")]
    BucketMissing,
    /// The S3 server's address.
    #[error(transparent)]
    Endpoint(Box<ArtifactError>),
}

/// Prints them.
pub(super) fn run(arguments: ManifestsArguments) -> Result<(), ManifestsError> {
    let text = to_yaml(&settings(arguments)?);
    // A reader that closed the pipe has seen enough.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(())
}

fn settings(arguments: ManifestsArguments) -> Result<ManifestSettings, ManifestsError> {
    let mut parts: Vec<Part> = arguments.part.iter().map(|part| part_of(*part)).collect();
    if parts.is_empty() {
        parts = vec![Part::Server, Part::Executor, Part::Artifacts];
    }
    let needs_bucket = parts.iter().any(|part| *part != Part::Executor);
    if needs_bucket && arguments.s3_bucket.is_none() {
        return Err(ManifestsError::BucketMissing);
    }
    let place = S3Settings {
        endpoint: arguments.s3_endpoint,
        region: Some(arguments.s3_region.clone()),
        ..S3Settings::default()
    };
    Ok(ManifestSettings {
        namespace: arguments.namespace,
        image: arguments.image,
        s3_endpoint: place.endpoint().map_err(|error| ManifestsError::Endpoint(Box::new(error)))?,
        s3_bucket: arguments.s3_bucket.unwrap_or_default(),
        s3_region: arguments.s3_region,
        s3_secret: arguments.s3_secret,
        token_secret: arguments.token_secret,
        hosts: arguments.host,
        public_url: arguments.public_url,
        storage: arguments.storage,
        storage_class: arguments.storage_class,
        executor_account: arguments.executor_service_account,
        port: DEFAULT_PORT,
        parts,
    })
}

fn part_of(part: PartArgument) -> Part {
    match part {
        PartArgument::Server => Part::Server,
        PartArgument::Executor => Part::Executor,
        PartArgument::Artifacts => Part::Artifacts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Command, CommandLine};
    use clap::Parser;

    fn read(line: &str) -> Result<ManifestSettings, ManifestsError> {
        let line = format!("dagwright manifests {line}");
        let Command::Manifests(arguments) = CommandLine::try_parse_from(line.split_whitespace()).unwrap().command
        else {
            panic!("{line}");
        };
        settings(*arguments)
    }

    #[test]
    fn a_bucket_is_asked_for_where_one_is_written() {
        assert!(matches!(read("--part server"), Err(ManifestsError::BucketMissing)));
        assert!(read("--part executor").is_ok());
        let all = read("--s3-bucket pipelines --s3-region eu-central-1").unwrap();
        assert_eq!(all.s3_endpoint, "https://s3.eu-central-1.amazonaws.com");
        assert_eq!(all.parts.len(), 3);
        let wrong = read("--s3-bucket pipelines --s3-endpoint minio:9000").unwrap_err().to_string();
        assert!(wrong.contains("minio:9000"), "{wrong}");
    }
}
