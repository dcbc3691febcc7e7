//! The server's parts, put together once and shared by every request. Must not know a single route.

use crate::configuration::Configuration;
use crate::token::Token;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The parts. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// What the server was told.
    pub configuration: Arc<Configuration>,
    /// Who may come in.
    pub token: Token,
    /// Cancelled when the server is to stop: endless answers end then.
    pub stop: CancellationToken,
}

/// Why the parts cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {}

impl App {
    /// Starts the parts.
    ///
    /// # Errors
    /// [`StartError`], worded for a terminal.
    pub async fn start(
        configuration: Configuration,
        token: Token,
        stop: CancellationToken,
    ) -> Result<Self, StartError> {
        Ok(Self { configuration: Arc::new(configuration), token, stop })
    }

    /// Ends the parts in order; what was accepted is stored.
    pub async fn close(&self) {
        self.stop.cancel();
    }
}
