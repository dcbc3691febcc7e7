//! The S3 server inside the binary: loopback only, own keys, objects as plain files in a folder.
//! `s3s` speaks the protocol and checks signatures; what is ours is the storage. It serves no browser.

mod credentials;
mod disk;
mod listing;
mod multipart;
mod names;
mod objects;
mod protocol;
mod receive;
mod record;

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::configuration::{Addressing, S3Configuration};
use super::error::ArtifactError;
use disk::Disk;
use protocol::Protocol;

const REGION: &str = "us-east-1";
const BUCKET: &str = "dagwright";

/// A running embedded server. Dropping it ends it and every connection.
pub struct EmbeddedServer {
    configuration: S3Configuration,
    serving: tokio::task::JoinHandle<()>,
}

impl std::fmt::Debug for EmbeddedServer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("EmbeddedServer").field("endpoint", &self.configuration.endpoint).finish_non_exhaustive()
    }
}

impl EmbeddedServer {
    /// Starts the server over a folder (made if needed) on a free port of 127.0.0.1. What a crash left half written
    /// is removed. One server per folder is the caller's promise.
    ///
    /// # Errors
    /// [`ArtifactError::LocalFile`] when the folder cannot be used; [`ArtifactError::Configuration`] when its keys
    /// are damaged or no port is free.
    pub async fn start(folder: impl AsRef<Path>) -> Result<Self, ArtifactError> {
        let folder = folder.as_ref();
        let disk = Disk::open(folder).map_err(ArtifactError::local("use the folder", folder))?;
        let credentials = credentials::load_or_make(folder)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let bound = listener.and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) = bound.map_err(|error| ArtifactError::Configuration {
            what: format!("no port of 127.0.0.1 can be listened on ({error})"),
            mend: "Check the limits and the firewall of this machine.".to_owned(),
        })?;
        let mut builder = S3ServiceBuilder::new(Protocol::new(disk));
        builder.set_auth(SimpleAuth::from_single(&*credentials.access_key_id, &*credentials.secret_access_key));
        let serving = tokio::spawn(serve(listener, builder.build()));
        let configuration = S3Configuration {
            endpoint: format!("http://{address}"),
            region: REGION.to_owned(),
            bucket: BUCKET.to_owned(),
            addressing: Addressing::Path,
            credentials,
        };
        Ok(Self { configuration, serving })
    }

    /// How to reach it.
    pub fn configuration(&self) -> S3Configuration {
        self.configuration.clone()
    }
}

impl Drop for EmbeddedServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, service: S3Service) {
    let connection_builder = Arc::new(auto::Builder::new(TokioExecutor::new()));
    // Owned here, so that ending this task ends the connections too.
    let mut connections = JoinSet::new();
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, mostly: without a pause this would spin.
                tracing::warn!(%error, "embedded S3: cannot accept a connection");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            }
        };
        // Without it every small answer waits for the client's delayed acknowledgement: 29 ms instead of 0.5.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "embedded S3: cannot set TCP_NODELAY");
        }
        let (builder, service) = (Arc::clone(&connection_builder), service.clone());
        connections.spawn(async move {
            if let Err(error) = builder.serve_connection(TokioIo::new(stream), service).await {
                tracing::debug!(%error, "embedded S3: a connection ended early");
            }
        });
        while connections.try_join_next().is_some() {}
    }
}
