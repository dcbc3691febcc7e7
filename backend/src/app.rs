//! The server's parts, put together once and shared by every request. Must not know a single route.

use crate::artifacts::{self, ArtifactError, Artifacts, S3Settings};
use crate::configuration::Configuration;
use crate::documents;
use crate::engine::argo::cluster::{Cluster, ConnectError};
use crate::engine::argo::{ArgoEngine, ArgoParts};
use crate::engine::local::sandbox::{DetectError, SandboxChoice, SandboxConfig, detect};
use crate::engine::local::{LocalEngine, LocalParts};
use crate::engine::log_limit::LogLimit;
use crate::engine::{Engine, EngineError, Engines};
use crate::secrets::{SecretError, Secrets};
use crate::store::{Store, StoreError};
use crate::token::Token;
use crate::volumes::Volumes;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The parts. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// What the server was told.
    pub configuration: Arc<Configuration>,
    /// Who may come in.
    pub token: Token,
    /// Pipelines, runs, events.
    pub store: Store,
    /// Artifacts and logs; the embedded S3 server lives as long as this.
    pub artifacts: Arc<Artifacts>,
    /// What runs plans; the default first.
    pub engines: Engines,
    /// Folders of volumes.
    pub volumes: Volumes,
    /// Secrets of this machine.
    pub secrets: Secrets,
    /// Cancelled when the server is to stop: endless answers end then.
    pub stop: CancellationToken,
}

/// Why the parts cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The artifact store.
    #[error(transparent)]
    Artifacts(#[from] ArtifactError),
    /// The secrets' file.
    #[error(transparent)]
    Secrets(#[from] SecretError),
    /// No sandbox.
    #[error(transparent)]
    Sandbox(#[from] DetectError),
    /// The way to the cluster.
    #[error(transparent)]
    Cluster(#[from] ConnectError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl App {
    /// Starts the parts and takes up the runs that an earlier server left.
    ///
    /// # Errors
    /// [`StartError`], worded for a terminal.
    pub async fn start(
        configuration: Configuration,
        settings: &S3Settings,
        token: Token,
        stop: CancellationToken,
    ) -> Result<Self, StartError> {
        let data_dir = configuration.data_dir.clone();
        let file = data_dir.join("dagwright.db");
        let is_first_start = !file.exists();
        let store = Store::open(&file).await?;
        if is_first_start {
            documents::store_first_example(&store).await?;
        }
        let secrets = Secrets::open(&data_dir)?;
        let artifacts = artifacts::open(&data_dir, settings).await?;
        let volumes = Volumes::new(&data_dir, store.clone());
        let mut engines: Vec<Arc<dyn Engine>> = Vec::new();
        if configuration.local {
            let choice = configuration.sandbox.map_or(SandboxChoice::Best, SandboxChoice::Only);
            let sandbox = SandboxConfig { data_folder: data_dir.clone(), choice, container_host: None, python: None };
            let engine = LocalEngine::start(LocalParts {
                store: store.clone(),
                artifacts: artifacts.store.clone(),
                sandbox: detect(sandbox).await?,
                volumes: volumes.clone(),
                secrets: secrets.clone(),
                data_dir: data_dir.clone(),
                slots: configuration.slots,
                log_limit: configuration.log_limit,
            })
            .await?;
            engines.push(Arc::new(engine));
        }
        if let Some(settings) = &configuration.cluster {
            let cluster = Cluster::connect(settings).await?;
            tracing::info!("the cluster is {}, namespace {}", cluster.server, cluster.namespace);
            let embedded = artifacts.embedded.is_some();
            let parts = ArgoParts {
                store: store.clone(),
                artifacts: artifacts.store.clone(),
                cluster,
                embedded,
                data_dir,
                secrets: secrets.clone(),
                log_limit: LogLimit { bytes: configuration.log_limit },
            };
            engines.insert(0, Arc::new(ArgoEngine::new(parts)));
        }
        for engine in &engines {
            engine.observe().await?;
        }
        Ok(Self {
            configuration: Arc::new(configuration),
            token,
            store,
            artifacts: Arc::new(artifacts),
            engines: Engines::new(engines),
            volumes,
            secrets,
            stop,
        })
    }

    /// Ends the parts in order; what was accepted is stored.
    pub async fn close(&self) {
        self.stop.cancel();
        for engine in self.engines.all() {
            engine.close().await;
        }
        self.store.close().await;
    }
}
