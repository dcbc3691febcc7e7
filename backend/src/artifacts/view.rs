//! How artifacts are shown: what a viewer gets, and in which safe form. Pure functions over bytes and names; the HTTP
//! layer fetches and answers. Whatever is not certainly harmless in the application's origin is a download.

pub mod delivery;
pub mod kind;
pub mod markdown;
pub mod metrics;
pub mod table;

pub use delivery::{Delivery, HTML_POLICY, deliver, download};
pub use kind::{ViewKind, kind_of};
pub use markdown::markdown_to_html;
pub use metrics::{Metrics, read_classification_metrics, read_inline, read_metrics};
pub use table::{TableQuestion, table_page};

/// Why an artifact cannot be shown as asked. It can always be downloaded.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// Not the table it was taken for.
    #[error("This is not a table that can be shown: {0}. Download it to see all of it.")]
    Table(String),
    /// Not metrics.
    #[error("These metrics cannot be read: {0}.")]
    Metrics(String),
    /// Too large to be shown as a whole.
    #[error("This is too large to show ({size} bytes; at most {limit}). Download it instead.")]
    TooLarge { size: u64, limit: u64 },
    /// The bytes could not be read.
    #[error("The artifact could not be read: {0}")]
    Unreadable(String),
}

impl ViewError {
    /// A stable code for API answers and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Table(_) => "view-table",
            Self::Metrics(_) => "view-metrics",
            Self::TooLarge { .. } => "view-too-large",
            Self::Unreadable(_) => "view-unreadable",
        }
    }
}
