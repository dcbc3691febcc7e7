//! Artifacts: files and folders that tasks hand on, uploads, and log text, all kept in S3.
//! `ArtifactStore` is the only way the rest of the backend reaches S3; `server` is the S3 server inside the binary.
//! Nothing here knows HTTP handlers, runs or the database.

pub mod configuration;
mod delete;
mod digest;
pub mod error;
mod get;
pub mod keys;
mod list;
pub mod open;
mod put;
pub mod range;
mod retry;
pub mod server;
pub mod store;
mod tree;
pub mod upload;
pub mod view;

pub use configuration::{Addressing, S3Configuration, S3Credentials, S3Settings};
pub use error::ArtifactError;
pub use get::{ByteStream, ObjectInformation};
pub use list::{Grouping, Listing, ListingEntry, PageRequest};
pub use open::{Artifacts, open};
pub use put::{Stored, StreamLength};
pub use range::ByteRange;
pub use server::EmbeddedServer;
pub use store::ArtifactStore;
pub use tree::Fetched;
pub use upload::{FolderUpload, UploadLimits, Uploaded, UploadedKind};
