//! Why a command ended badly, worded for a terminal: what, where and how to mend it.

use super::{ClientError, FileError, ManifestsError};
use crate::app;
use crate::configuration::ConfigurationError;
use crate::data_folder::DataFolderError;
use crate::token::TokenError;
use std::path::PathBuf;

/// Why a command ended badly; each says how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// An argument is wrong.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The data folder cannot be used.
    #[error(transparent)]
    DataFolder(#[from] DataFolderError),
    /// The token cannot be read or made.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The server's parts cannot be started.
    #[error(transparent)]
    Start(Box<app::StartError>),
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}. Name another port with --port (0 takes any free one)")]
    Listen {
        /// Where it was tried.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The server stopped by itself.
    #[error("the server failed: {0}")]
    Serve(std::io::Error),
    /// The doctor has found something.
    #[error("{wrong} of {all} checks are wrong; the command below each mends it")]
    Unwell {
        /// How many.
        wrong: usize,
        /// Of how many.
        all: usize,
    },
    /// A file cannot be taken.
    #[error(transparent)]
    File(#[from] FileError),
    /// Files are wrong; what, was printed.
    #[error("{0} error(s)")]
    Errors(usize),
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is there already.
    #[error("{} is there already: name another file with -o, or write over it with --force", .0.display())]
    Exists(PathBuf),
    /// A file or folder for an artifact cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Artifact {
        /// As typed.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A value that does not fit its parameter.
    #[error("{name}: {reason}")]
    Value {
        /// The parameter, as typed.
        name: String,
        /// Why.
        reason: String,
    },
    /// A name that nothing has.
    #[error("there is no {what} {name:?}; there are {known}")]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// As typed.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// A server did not do what was asked.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A server that has the folder says no address.
    #[error("a server has the data folder {} but does not say its address: wait until it has started, or stop it", .0.display())]
    Silent(PathBuf),
    /// No server, where only one helps.
    #[error("a short link is kept by a server, and none is running: start it with `dagwright serve`")]
    NoServer,
    /// The server would not run it.
    #[error("{0}")]
    Refused(String),
    /// Nobody to ask.
    #[error("this needs a yes, and nobody is there to ask: add --yes to agree")]
    NeedsYes,
    /// A person said no.
    #[error("not started")]
    Declined,
    /// The server went away.
    #[error("the server has ended: the run goes on when it is started again")]
    StreamEnded,
    /// The run failed.
    #[error("{title} failed: {message} (dagwright logs {id})")]
    RunFailed {
        /// The run's name.
        title: String,
        /// Why.
        message: String,
        /// Its id.
        id: String,
    },
    /// The run was stopped.
    #[error("{0} was stopped")]
    RunStopped(String),
    /// Several runs begin like this.
    #[error("several runs begin or end with {0}: write more of the id (`dagwright runs` lists them)")]
    Ambiguous(String),
    /// No run yet.
    #[error("there is no run yet: `dagwright run FILE` makes one")]
    NoRuns,
    /// The manifests cannot be made.
    #[error(transparent)]
    Manifests(#[from] ManifestsError),
    /// No room for what is on its way to the bucket.
    #[error("cannot make a temporary folder: {0}. Name a writable one in TMPDIR")]
    Spool(std::io::Error),
}

impl From<app::StartError> for CommandError {
    fn from(error: app::StartError) -> Self {
        Self::Start(Box::new(error))
    }
}

impl CommandError {
    /// The exit status: 130 where a person stopped it, as shells have it; else 1.
    pub fn exit_status(&self) -> u8 {
        if matches!(self, Self::RunStopped(_)) { 130 } else { 1 }
    }
}
