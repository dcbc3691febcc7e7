//! The keys of artifacts and the rules they keep, in one place. Pure functions.
//! Names come in as the slugs of the Plan; a text that could leave its place is refused, never repaired.

use super::error::ArtifactError;

/// S3's own limit for a key, in bytes of UTF-8.
pub const LONGEST_KEY: usize = 1024;

/// The prefix of everything a run wrote: `runs/<run>/`.
///
/// # Errors
/// [`ArtifactError::InvalidKey`] when the run's name is not one plain segment.
pub fn run_prefix(run: &str) -> Result<String, ArtifactError> {
    Ok(format!("runs/{}/", segment(run)?))
}

/// An output of a task: `runs/<run>/<task path>/<output>`. The task path has one segment for a task, more for
/// sub-pipelines and iterations. The same text is a file's key or, with `/` after it, a folder's prefix.
///
/// # Errors
/// [`ArtifactError::InvalidKey`] when a name is not one plain segment, or the task path is empty.
pub fn output_key(run: &str, task_path: &[&str], output: &str) -> Result<String, ArtifactError> {
    Ok(format!("{}{}", task_prefix(run, task_path)?, segment(output)?))
}

/// The prefix of everything a task wrote: `runs/<run>/<task path>/`.
///
/// # Errors
/// As [`output_key`].
pub fn task_prefix(run: &str, task_path: &[&str]) -> Result<String, ArtifactError> {
    if task_path.is_empty() {
        return Err(ArtifactError::InvalidKey { key: String::new(), why: "the task's path is empty" });
    }
    let mut prefix = run_prefix(run)?;
    for name in task_path {
        prefix.push_str(segment(name)?);
        prefix.push('/');
    }
    Ok(prefix)
}

/// The log of one attempt, counted from 1: `runs/<run>/<task path>/attempts/<n>/main.log`.
///
/// # Errors
/// As [`output_key`].
pub fn log_key(run: &str, task_path: &[&str], attempt: u32) -> Result<String, ArtifactError> {
    Ok(format!("{}attempts/{attempt}/main.log", task_prefix(run, task_path)?))
}

/// An uploaded file's key, or an uploaded folder's prefix without its last `/`: `uploads/<sha256>`.
///
/// # Errors
/// [`ArtifactError::InvalidKey`] when the digest is not 64 lower-case hexadecimal digits.
pub fn upload_key(sha256: &str) -> Result<String, ArtifactError> {
    if sha256.len() == 64 && sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        Ok(format!("uploads/{sha256}"))
    } else {
        Err(ArtifactError::InvalidKey { key: sha256.to_owned(), why: "it is not a SHA-256 digest" })
    }
}

/// Checks a whole key (or a prefix that ends in `/`) before it goes to the store.
///
/// # Errors
/// [`ArtifactError::InvalidKey`] for an empty key, one over [`LONGEST_KEY`], control characters, or segments `.` and
/// `..` (HTTP clients and servers fold these, so the object would land elsewhere).
pub fn check_key(key: &str) -> Result<(), ArtifactError> {
    let refuse = |why| Err(ArtifactError::InvalidKey { key: key.to_owned(), why });
    if key.is_empty() {
        return refuse("it is empty");
    }
    if key.len() > LONGEST_KEY {
        return refuse("it is longer than 1024 bytes");
    }
    if key.chars().any(char::is_control) {
        return refuse("it contains control characters");
    }
    if key.split('/').any(|segment| matches!(segment, "." | "..")) {
        return refuse("it contains . or .. as a segment");
    }
    if key.starts_with('/') {
        return refuse("it begins with /");
    }
    Ok(())
}

/// Checks the path of a file inside a folder, as uploads and listings name it: relative, `/` between the names.
/// Gives it back when it is safe to join to a folder and to a key.
///
/// # Errors
/// [`ArtifactError::UnsafePath`] for absolute paths, `.`/`..`, empty names, backslashes, control characters, and names
/// over 255 bytes (no file system takes them).
pub fn check_relative_path(path: &str) -> Result<&str, ArtifactError> {
    let refuse = |why| Err(ArtifactError::UnsafePath { path: path.to_owned(), why });
    if path.starts_with('/') {
        return refuse("it is absolute");
    }
    for name in path.split('/') {
        match name {
            "" => return refuse("it contains an empty name"),
            "." | ".." => return refuse("it contains . or .."),
            _ if name.contains('\\') => return refuse("it contains a backslash"),
            _ if name.chars().any(char::is_control) => return refuse("it contains control characters"),
            _ if name.len() > 255 => return refuse("one of its names is longer than 255 bytes"),
            _ => {}
        }
    }
    Ok(path)
}

/// An object outside our own layout: `s3://bucket/key`, or `s3://bucket/prefix/` for a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Uri {
    pub bucket: String,
    pub key: String,
}

impl S3Uri {
    /// Reads `s3://bucket/key`. No host can be named: objects come from the configured endpoint only.
    ///
    /// # Errors
    /// [`ArtifactError::InvalidKey`] when the scheme, the bucket or the key is missing or cannot be used.
    pub fn parse(text: &str) -> Result<Self, ArtifactError> {
        let refuse = |why| ArtifactError::InvalidKey { key: text.to_owned(), why };
        let rest = text.strip_prefix("s3://").ok_or_else(|| refuse("it does not begin with s3://"))?;
        let (bucket, key) = rest.split_once('/').ok_or_else(|| refuse("it has a bucket but no key"))?;
        if !is_bucket_name(bucket) {
            return Err(refuse("its bucket is not 3 to 63 lower-case letters, digits, dots and hyphens"));
        }
        check_key(key)?;
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

/// What an artifact argument of a run names: an upload, or an object of the configured S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArtifactReference {
    /// `upload:<sha256>/<name>`; the name is for people and for a file's extension.
    Upload { sha256: String, name: String },
    /// `s3://bucket/key`
    S3(S3Uri),
}

impl ArtifactReference {
    /// Reads either form.
    ///
    /// # Errors
    /// [`ArtifactError::InvalidKey`] or [`ArtifactError::UnsafePath`].
    pub fn parse(text: &str) -> Result<Self, ArtifactError> {
        if text.starts_with("s3://") {
            return S3Uri::parse(text).map(Self::S3);
        }
        let refuse = |why| ArtifactError::InvalidKey { key: text.to_owned(), why };
        let rest = text.strip_prefix("upload:").ok_or_else(|| refuse("it begins with neither upload: nor s3://"))?;
        let (sha256, name) = rest.split_once('/').ok_or_else(|| refuse("it has no name after the digest"))?;
        upload_key(sha256)?;
        if check_relative_path(name)?.contains('/') {
            return Err(refuse("its name contains /"));
        }
        Ok(Self::Upload { sha256: sha256.to_owned(), name: name.to_owned() })
    }
}

impl std::fmt::Display for ArtifactReference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Upload { sha256, name } => write!(formatter, "upload:{sha256}/{name}"),
            Self::S3(uri) => write!(formatter, "s3://{}/{}", uri.bucket, uri.key),
        }
    }
}

/// Amazon's rule for the names of buckets.
pub fn is_bucket_name(name: &str) -> bool {
    (3..=63).contains(&name.len())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.ends_with(|last: char| last.is_ascii_alphanumeric())
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
}

fn segment(name: &str) -> Result<&str, ArtifactError> {
    if name.contains('/') {
        return Err(ArtifactError::InvalidKey { key: name.to_owned(), why: "a name in it contains /" });
    }
    check_key(name)?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_agreed_form() {
        assert_eq!(output_key("digits-x7", &["train"], "model").unwrap(), "runs/digits-x7/train/model");
        assert_eq!(output_key("r", &["sub", "3", "train"], "m").unwrap(), "runs/r/sub/3/train/m");
        assert_eq!(log_key("r", &["train"], 2).unwrap(), "runs/r/train/attempts/2/main.log");
        assert_eq!(run_prefix("r").unwrap(), "runs/r/");
        let digest = "a".repeat(64);
        assert_eq!(upload_key(&digest).unwrap(), format!("uploads/{digest}"));
    }

    #[test]
    fn names_that_would_leave_their_place_are_refused() {
        for name in ["", ".", "..", "a/b", "/a", "a\nb", "a\0b"] {
            assert!(output_key(name, &["t"], "o").is_err(), "run {name:?}");
            assert!(output_key("r", &[name], "o").is_err(), "task {name:?}");
            assert!(output_key("r", &["t"], name).is_err(), "output {name:?}");
        }
        assert!(output_key("r", &[], "o").is_err());
        for digest in ["", "abc", &"A".repeat(64), &"g".repeat(64), &format!("../{}", "a".repeat(61))] {
            assert!(upload_key(digest).is_err(), "{digest}");
        }
        assert!(check_key(&"k".repeat(1025)).is_err());
        assert!(check_key("a/./b").is_err());
    }

    #[test]
    fn relative_paths_stay_inside() {
        for path in ["a", "a/b.txt", "ü/日本 語.csv", "..a/b..", ".hidden"] {
            assert_eq!(check_relative_path(path).unwrap(), path);
        }
        for path in ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "./a", "a\\..\\b", "a\0b", &"n".repeat(256)]
        {
            assert_eq!(check_relative_path(path).unwrap_err().code(), "artifact-path-unsafe", "{path:?}");
        }
    }

    #[test]
    fn s3_uris_name_bucket_and_key_and_nothing_else() {
        let uri = S3Uri::parse("s3://my-data/iris/2024.csv").unwrap();
        assert_eq!((uri.bucket.as_str(), uri.key.as_str()), ("my-data", "iris/2024.csv"));
        for text in [
            "",
            "http://evil/x",
            "s3://",
            "s3://b",
            "s3:///k",
            "s3://data/",
            "s3://evil.example:80/k",
            "s3://u@data/k",
            "s3://data/a/../../other/k",
            "s3://10.0.0.1/k",
            "s3://Data/k",
        ] {
            assert!(S3Uri::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn references_are_read_and_written() {
        let digest = "0".repeat(64);
        for text in [format!("upload:{digest}/iris data.csv"), "s3://my-data/iris/".to_owned()] {
            assert_eq!(ArtifactReference::parse(&text).unwrap().to_string(), text);
        }
        for text in ["", "iris.csv", "file:///etc/passwd", "http://x/y", "upload:", "upload:abc/x"] {
            assert!(ArtifactReference::parse(text).is_err(), "{text}");
        }
        for name in ["", "..", "a/b", "../../keys.json", "a\\b"] {
            assert!(ArtifactReference::parse(&format!("upload:{digest}/{name}")).is_err(), "{name}");
        }
        assert!(ArtifactReference::parse(&format!("upload:{digest}")).is_err());
    }
}
