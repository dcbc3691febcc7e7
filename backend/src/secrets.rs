//! Secrets of this machine: values by name and key in one file that only its owner may read (0600).
//! Values leave by `value` alone, which engines call; nothing here writes them to a log.

use crate::data_folder::write_private;
use dagwright_shared::api::SecretEntry;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Values = BTreeMap<String, BTreeMap<String, String>>;

/// Longest value, bytes (Kubernetes' limit for a whole secret).
pub const LONGEST_VALUE: usize = 1 << 20;

/// The secrets. Cheap to clone.
#[derive(Clone)]
pub struct Secrets {
    file: PathBuf,
    values: Arc<Mutex<Values>>,
}

/// Why a secret was not stored or read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// A name or key that Kubernetes would refuse.
    #[error("{what} {text:?} is not one that Kubernetes takes")]
    Name {
        /// `The name` or `The key`.
        what: &'static str,
        /// As given.
        text: String,
    },
    /// Too long.
    #[error("the value has more than {LONGEST_VALUE} bytes")]
    TooLong,
    /// The file cannot be read or written.
    #[error("cannot use the secrets' file {}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why; never any of its content.
        reason: String,
    },
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secrets(…)")
    }
}

impl Secrets {
    /// Reads the data folder's secrets; none when there is no file yet.
    ///
    /// # Errors
    /// [`SecretError::File`].
    pub fn open(data_dir: &Path) -> Result<Self, SecretError> {
        let file = data_dir.join("secrets.json");
        let failed = |reason: String| SecretError::File { path: file.clone(), reason };
        let values = match std::fs::read(&file) {
            // serde's own message could hold a piece of a value.
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| failed(format!("line {} is not what it should be", error.line())))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Values::new(),
            Err(error) => return Err(failed(error.to_string())),
        };
        Ok(Self { file, values: Arc::new(Mutex::new(values)) })
    }

    /// Names and keys, in order.
    pub fn list(&self) -> Vec<SecretEntry> {
        let values = self.lock();
        values
            .iter()
            .map(|(name, keys)| SecretEntry { name: name.clone(), keys: keys.keys().cloned().collect() })
            .collect()
    }

    /// A value, for the task that may have it.
    pub fn value(&self, name: &str, key: &str) -> Option<String> {
        self.lock().get(name)?.get(key).cloned()
    }

    /// Sets a value.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn set(&self, name: &str, key: &str, value: String) -> Result<(), SecretError> {
        check_name(name)?;
        if !is_key(key) {
            return Err(SecretError::Name { what: "The key", text: String::from(key) });
        }
        if value.len() > LONGEST_VALUE {
            return Err(SecretError::TooLong);
        }
        self.change(|values| {
            values.entry(String::from(name)).or_default().insert(String::from(key), value);
            true
        })
        .map(|_| ())
    }

    /// Removes one key. False: it was not there.
    ///
    /// # Errors
    /// [`SecretError::File`].
    pub fn remove(&self, name: &str, key: &str) -> Result<bool, SecretError> {
        self.change(|values| {
            let Some(keys) = values.get_mut(name) else { return false };
            let removed = keys.remove(key).is_some();
            if keys.is_empty() {
                values.remove(name);
            }
            removed
        })
    }

    fn change(&self, change: impl FnOnce(&mut Values) -> bool) -> Result<bool, SecretError> {
        let mut values = self.lock();
        let mut next = values.clone();
        if !change(&mut next) {
            return Ok(false);
        }
        let failed = |reason: String| SecretError::File { path: self.file.clone(), reason };
        let text = serde_json::to_vec_pretty(&next).map_err(|error| failed(error.to_string()))?;
        write_private(&self.file, &text).map_err(|error| failed(error.to_string()))?;
        *values = next;
        Ok(true)
    }

    fn lock(&self) -> MutexGuard<'_, Values> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A DNS subdomain, as Kubernetes names secrets.
fn check_name(name: &str) -> Result<(), SecretError> {
    let label = |label: &str| {
        let inner = label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        !label.is_empty() && inner && !label.starts_with('-') && !label.ends_with('-')
    };
    if name.len() <= 253 && name.split('.').all(label) {
        Ok(())
    } else {
        Err(SecretError::Name { what: "The name", text: String::from(name) })
    }
}

fn is_key(key: &str) -> bool {
    let known = |byte| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    (1..=253).contains(&key.len()) && key.bytes().all(known) && key != "." && key != ".."
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn kept_privately_and_shown_by_name_only() {
        let home = tempfile::tempdir().unwrap();
        let secrets = Secrets::open(home.path()).unwrap();
        secrets.set("hub", "token", String::from("very-secret")).unwrap();
        secrets.set("hub", "user", String::from("me")).unwrap();
        let mode = std::fs::metadata(home.path().join("secrets.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = Secrets::open(home.path()).unwrap();
        assert_eq!(again.value("hub", "token").unwrap(), "very-secret");
        assert_eq!(
            again.list(),
            [SecretEntry { name: String::from("hub"), keys: vec!["token".into(), "user".into()] }]
        );
        assert!(!format!("{again:?}").contains("secret-"));
        assert!(again.remove("hub", "token").unwrap() && !again.remove("hub", "token").unwrap());
        assert!(again.remove("hub", "user").unwrap() && again.list().is_empty());
        for (name, key) in [("Hub", "a"), ("", "a"), ("a/b", "a"), ("a", ""), ("a", ".."), ("a", "b c"), ("-a", "b")] {
            assert!(again.set(name, key, String::new()).is_err(), "{name}/{key}");
        }
    }
}
