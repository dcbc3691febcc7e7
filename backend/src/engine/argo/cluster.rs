//! The way to the cluster: KUBECONFIG and its contexts, or the pod's own service account.

use kube::config::{InferConfigError, KubeConfigOptions, KubeconfigError};
use kube::{Client, Config};

/// Which cluster and where in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterSettings {
    /// A context of KUBECONFIG; `None`: its current one, or else the cluster that this process is in.
    pub context: Option<String>,
    /// Namespace for Workflows; `None`: the context's.
    pub namespace: Option<String>,
}

/// A cluster and the place in it for Workflows. Cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    /// Speaks to its API server.
    pub client: Client,
    /// Where Workflows go.
    pub namespace: String,
    /// The API server's address, for messages.
    pub server: String,
}

/// Why there is no way to the cluster; each says how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A context that cannot be used.
    #[error("the context {context:?} of KUBECONFIG cannot be used: {source}. `kubectl config get-contexts` lists them")]
    Context {
        /// As it was asked for.
        context: String,
        /// What is wrong with it.
        source: Box<KubeconfigError>,
    },
    /// Neither a KUBECONFIG nor a pod's service account.
    #[error("there is no cluster to be found: {0}. Set KUBECONFIG, or leave --cluster out")]
    Nowhere(Box<InferConfigError>),
    /// Certificates or keys of the configuration.
    #[error("the cluster's configuration cannot be used: {0}. `kubectl cluster-info` shows whether it is good")]
    Configuration(Box<kube::Error>),
}

impl Cluster {
    /// Reads the configuration. Speaks to nobody yet: a cluster that is away for a while must not keep the server from starting.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect(settings: &ClusterSettings) -> Result<Self, ConnectError> {
        let config = match &settings.context {
            Some(context) => {
                let options = KubeConfigOptions { context: Some(context.clone()), ..KubeConfigOptions::default() };
                Config::from_kubeconfig(&options)
                    .await
                    .map_err(|source| ConnectError::Context { context: context.clone(), source: Box::new(source) })?
            }
            None => Config::infer().await.map_err(|error| ConnectError::Nowhere(Box::new(error)))?,
        };
        let namespace = settings.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let server = config.cluster_url.to_string();
        let client = Client::try_from(config).map_err(|error| ConnectError::Configuration(Box::new(error)))?;
        Ok(Self { client, namespace, server })
    }
}
