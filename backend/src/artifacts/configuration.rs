//! Which S3 the artifacts live in: the settings a person gives, checked, or those of the embedded server.
//! Reads no environment by itself; the caller passes the lookup.

use super::error::ArtifactError;

/// Keys for signing. Its `Debug` never shows the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct S3Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
}

impl std::fmt::Debug for S3Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("S3Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// How the bucket stands in the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressing {
    /// `https://endpoint/bucket/key`
    Path,
    /// `https://bucket.endpoint/key`
    VirtualHosted,
}

/// A complete description of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Configuration {
    /// `http://` or `https://`, host and optional port; no path.
    pub endpoint: String,
    pub region: String,
    pub bucket: String,
    pub addressing: Addressing,
    pub credentials: S3Credentials,
}

/// What a person may set, each one optional. Without a bucket the embedded server is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct S3Settings {
    /// `DAGWRIGHT_S3_BUCKET`
    pub bucket: Option<String>,
    /// `AWS_ENDPOINT_URL_S3`, else `AWS_ENDPOINT_URL`; default: AWS in the region.
    pub endpoint: Option<String>,
    /// `AWS_REGION`, else `AWS_DEFAULT_REGION`; default `us-east-1`.
    pub region: Option<String>,
    /// `AWS_ACCESS_KEY_ID`
    pub access_key_id: Option<String>,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: Option<Secret>,
    /// `AWS_SESSION_TOKEN`
    pub session_token: Option<Secret>,
    /// `DAGWRIGHT_S3_PATH_STYLE` (`true` or `false`); default: path style for any endpoint but AWS's own.
    pub path_style: Option<String>,
}

/// A text that `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

impl S3Settings {
    /// Takes the settings from environment variables by the given lookup; empty values count as absent.
    pub fn from_environment(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        Self {
            bucket: get("DAGWRIGHT_S3_BUCKET"),
            endpoint: get("AWS_ENDPOINT_URL_S3").or_else(|| get("AWS_ENDPOINT_URL")),
            region: get("AWS_REGION").or_else(|| get("AWS_DEFAULT_REGION")),
            access_key_id: get("AWS_ACCESS_KEY_ID"),
            secret_access_key: get("AWS_SECRET_ACCESS_KEY").map(Secret),
            session_token: get("AWS_SESSION_TOKEN").map(Secret),
            path_style: get("DAGWRIGHT_S3_PATH_STYLE"),
        }
    }

    /// The checked configuration, or `None` when no bucket is named: then the embedded server is meant.
    ///
    /// # Errors
    /// [`ArtifactError::Configuration`] names the variable that is missing or wrong.
    pub fn resolve(&self) -> Result<Option<S3Configuration>, ArtifactError> {
        let Some(bucket) = self.bucket.clone() else { return Ok(None) };
        let missing = |name: &str| ArtifactError::Configuration {
            what: format!("the bucket \"{bucket}\" is set but {name} is not"),
            mend: format!("Set {name}, or unset DAGWRIGHT_S3_BUCKET to use the embedded store."),
        };
        let region = self.region();
        let endpoint = self.endpoint()?;
        let addressing = match self.path_style.as_deref() {
            Some("true" | "1" | "yes") => Addressing::Path,
            Some("false" | "0" | "no") => Addressing::VirtualHosted,
            Some(other) => {
                return Err(ArtifactError::Configuration {
                    what: format!("DAGWRIGHT_S3_PATH_STYLE is \"{other}\""),
                    mend: "Use true or false.".to_owned(),
                });
            }
            None if endpoint.ends_with(".amazonaws.com") => Addressing::VirtualHosted,
            None => Addressing::Path,
        };
        let credentials = S3Credentials {
            access_key_id: self.access_key_id.clone().ok_or_else(|| missing("AWS_ACCESS_KEY_ID"))?,
            secret_access_key: self.secret_access_key.clone().ok_or_else(|| missing("AWS_SECRET_ACCESS_KEY"))?.0,
            session_token: self.session_token.clone().map(|token| token.0),
        };
        Ok(Some(S3Configuration { endpoint, region, bucket, addressing, credentials }))
    }

    fn region(&self) -> String {
        self.region.clone().unwrap_or_else(|| "us-east-1".to_owned())
    }

    /// The checked endpoint, or that of AWS in the region.
    ///
    /// # Errors
    /// [`ArtifactError::Configuration`] says what is wrong with it.
    pub fn endpoint(&self) -> Result<String, ArtifactError> {
        match &self.endpoint {
            Some(endpoint) => checked_endpoint(endpoint),
            None => Ok(format!("https://s3.{}.amazonaws.com", self.region())),
        }
    }
}

fn checked_endpoint(endpoint: &str) -> Result<String, ArtifactError> {
    let wrong = |what: &str| ArtifactError::Configuration {
        what: format!("the endpoint \"{endpoint}\" {what}"),
        mend: "Give it as http://host:port or https://host, without a path or a bucket.".to_owned(),
    };
    let uri: http::Uri = endpoint.parse().map_err(|_| wrong("is not a URL"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
        return Err(wrong("is not an http or https URL"));
    }
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(wrong("has a user name in it"));
    }
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return Err(wrong("has a path or query"));
    }
    Ok(endpoint.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> S3Settings {
        S3Settings::from_environment(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "very secret")];

    #[test]
    fn without_a_bucket_the_embedded_server_is_meant() {
        assert_eq!(settings(&KEYS).resolve().unwrap(), None);
    }

    #[test]
    fn aws_is_the_default_endpoint_and_another_endpoint_gets_path_style() {
        let mut pairs = KEYS.to_vec();
        pairs.extend([("DAGWRIGHT_S3_BUCKET", "data"), ("AWS_REGION", "eu-central-1")]);
        let aws = settings(&pairs).resolve().unwrap().unwrap();
        assert_eq!(aws.endpoint, "https://s3.eu-central-1.amazonaws.com");
        assert_eq!(aws.addressing, Addressing::VirtualHosted);
        pairs.push(("AWS_ENDPOINT_URL", "http://minio.local:9000/"));
        let minio = settings(&pairs).resolve().unwrap().unwrap();
        assert_eq!((minio.endpoint.as_str(), minio.addressing), ("http://minio.local:9000", Addressing::Path));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let error = settings(&[("DAGWRIGHT_S3_BUCKET", "data")]).resolve().unwrap_err().to_string();
        assert!(error.contains("AWS_ACCESS_KEY_ID"), "{error}");
        for endpoint in
            ["minio:9000", "ftp://minio", "http://u:p@minio", "http://minio/bucket", "http://", "nonsense here"]
        {
            let mut pairs = KEYS.to_vec();
            pairs.extend([("DAGWRIGHT_S3_BUCKET", "data"), ("AWS_ENDPOINT_URL", endpoint)]);
            assert_eq!(settings(&pairs).resolve().unwrap_err().code(), "artifact-configuration", "{endpoint}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let mut pairs = KEYS.to_vec();
        pairs.push(("DAGWRIGHT_S3_BUCKET", "data"));
        let text = format!("{:?} {:?}", settings(&pairs), settings(&pairs).resolve().unwrap());
        assert!(!text.contains("very secret"), "{text}");
    }
}
