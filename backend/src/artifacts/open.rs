//! Opening the artifact store of a data folder: the configured S3, or the embedded server with a client for it.

use std::path::Path;

use super::configuration::S3Settings;
use super::error::ArtifactError;
use super::server::EmbeddedServer;
use super::store::ArtifactStore;

/// The store, and the embedded server while there is one. Dropping it stops the server.
#[derive(Debug)]
pub struct Artifacts {
    pub store: ArtifactStore,
    pub embedded: Option<EmbeddedServer>,
}

/// Opens the store. With a bucket in the settings it is that S3, checked once; otherwise the embedded server is
/// started over `<data folder>/artifacts` and its bucket made. Streams are spooled in `<data folder>/spool`, which is
/// emptied: one server per data folder is the caller's promise (its lock file).
///
/// # Errors
/// [`ArtifactError`], in words a person can act on.
pub async fn open(data_folder: impl AsRef<Path>, settings: &S3Settings) -> Result<Artifacts, ArtifactError> {
    let data_folder = data_folder.as_ref();
    let spool = data_folder.join("spool");
    match tokio::fs::remove_dir_all(&spool).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(ArtifactError::local("empty the folder", &spool)(error));
        }
        _ => {}
    }
    if let Some(configuration) = settings.resolve()? {
        let store = ArtifactStore::connect(configuration, spool)?;
        store.check().await?;
        return Ok(Artifacts { store, embedded: None });
    }
    let embedded = EmbeddedServer::start(data_folder.join("artifacts")).await?;
    let store = ArtifactStore::connect(embedded.configuration(), spool)?;
    store.ensure_bucket().await?;
    Ok(Artifacts { store, embedded: Some(embedded) })
}
