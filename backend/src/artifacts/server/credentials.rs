//! The embedded server's own keys: made at the first start, kept in the data folder, readable by the owner only.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use base64::Engine;
use rand::TryRngCore;

use crate::artifacts::configuration::S3Credentials;
use crate::artifacts::digest::hexadecimal;
use crate::artifacts::error::ArtifactError;

const FILE: &str = "keys.json";

#[derive(serde::Serialize, serde::Deserialize)]
struct KeyFile {
    access_key_id: String,
    secret_access_key: String,
}

/// Reads the keys of a folder, or makes them. A file that others may read is closed to them.
pub(super) fn load_or_make(folder: &Path) -> Result<S3Credentials, ArtifactError> {
    let path = folder.join(FILE);
    let credentials = match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice::<KeyFile>(&bytes).ok().map(into_credentials),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(make(folder, &path)?),
        Err(error) => return Err(ArtifactError::local("read", &path)(error)),
    };
    let damaged = || ArtifactError::Configuration {
        what: format!("{} is not a key file", path.display()),
        mend: "Delete it and start again: new keys are made, the artifacts stay.".to_owned(),
    };
    let credentials = credentials.filter(is_complete).ok_or_else(damaged)?;
    owner_only(&path).map_err(ArtifactError::local("protect", &path))?;
    Ok(credentials)
}

fn make(folder: &Path, path: &Path) -> Result<S3Credentials, ArtifactError> {
    let (mut id, mut secret) = ([0; 10], [0; 32]);
    let mut random = rand::rngs::OsRng;
    let filled = random.try_fill_bytes(&mut id).and_then(|()| random.try_fill_bytes(&mut secret));
    filled.map_err(|error| ArtifactError::Configuration {
        what: format!("the system gives no random numbers ({error})"),
        mend: "Check /dev/urandom.".to_owned(),
    })?;
    let keys = KeyFile {
        access_key_id: hexadecimal(&id).to_uppercase(),
        secret_access_key: base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(secret),
    };
    let temporary = folder.join("keys.json.new");
    let write = || {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&temporary)?;
        owner_only(&temporary)?;
        file.write_all(&serde_json::to_vec_pretty(&keys)?)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(ArtifactError::local("write", path))?;
    Ok(into_credentials(keys))
}

fn into_credentials(keys: KeyFile) -> S3Credentials {
    let KeyFile { access_key_id, secret_access_key } = keys;
    S3Credentials { access_key_id, secret_access_key, session_token: None }
}

/// Whether the keys are as long as ours are made: a file cut short is not a weaker key.
fn is_complete(keys: &S3Credentials) -> bool {
    keys.access_key_id.len() >= 16 && keys.secret_access_key.len() >= 32
}

fn owner_only(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn keys_are_made_once_and_only_the_owner_may_read_them() {
        let folder = tempfile::tempdir().unwrap();
        let first = load_or_make(folder.path()).unwrap();
        assert!(is_complete(&first));
        let path = folder.path().join(FILE);
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(load_or_make(folder.path()).unwrap(), first);
        assert_eq!(mode(), 0o600);
        let other = tempfile::tempdir().unwrap();
        assert_ne!(load_or_make(other.path()).unwrap(), first);
    }

    #[test]
    fn a_damaged_file_is_named_and_not_overwritten() {
        for text in ["", "{}", r#"{"access_key_id": "A", "secret_access_key": ""}"#] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(FILE), text).unwrap();
            assert!(load_or_make(folder.path()).unwrap_err().to_string().contains("keys.json"), "{text}");
            assert_eq!(std::fs::read_to_string(folder.path().join(FILE)).unwrap(), text);
        }
    }
}
