//! Listing keys, page by page.

use super::error::ArtifactError;
use super::retry::with_retries;
use super::store::ArtifactStore;

/// Whether keys below a `/` after the prefix are listed one by one or as one folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    #[default]
    EveryKey,
    ByFolder,
}

/// Which page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageRequest {
    pub grouping: Grouping,
    /// From the page before; `None` for the first.
    pub continuation: Option<String>,
    /// Only keys behind this one; for whoever cannot keep a store's continuation. Not together with it.
    pub after: Option<String>,
    /// At most this many entries (1 to 1000); `None` for 1000.
    pub limit: Option<u32>,
}

/// One page, in the order of the keys' UTF-8 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    pub entries: Vec<ListingEntry>,
    /// Prefixes that stand for folders, each ending in `/`; only with [`Grouping::ByFolder`].
    pub folders: Vec<String>,
    /// For the next [`PageRequest`]; `None` on the last page.
    pub continuation: Option<String>,
}

/// An object in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingEntry {
    pub key: String,
    /// In bytes.
    pub size: u64,
    /// RFC 3339, as the store says it.
    pub modified: Option<String>,
}

impl ArtifactStore {
    /// A page of the keys that begin with `prefix` (plain text: end it with `/` to mean a folder; may be empty).
    ///
    /// # Errors
    /// [`ArtifactError`].
    pub async fn list(&self, prefix: &str, page: &PageRequest) -> Result<Listing, ArtifactError> {
        with_retries(|| async {
            let mut request = self.inner.short.objects().list_v2(&*self.bucket).prefix(prefix);
            request = request.max_keys(page.limit.unwrap_or(1000).clamp(1, 1000));
            if page.grouping == Grouping::ByFolder {
                request = request.delimiter("/");
            }
            if let Some(after) = &page.after {
                request = request.start_after(after);
            }
            if let Some(continuation) = &page.continuation {
                request = request.continuation_token(continuation);
            }
            let answer = request.send().await.map_err(|error| self.request("list", prefix).error(error))?;
            let entry = |object: s3::types::Object| ListingEntry {
                key: object.key,
                size: object.size,
                modified: object.last_modified,
            };
            Ok(Listing {
                entries: answer.contents.into_iter().map(entry).collect(),
                folders: answer.common_prefixes,
                continuation: answer.next_continuation_token.filter(|_| answer.is_truncated),
            })
        })
        .await
    }

    /// Every page of the keys that begin with `prefix`, one in memory at a time.
    pub(super) fn pages(&self, prefix: &str) -> Pages {
        Pages { store: self.clone(), prefix: prefix.to_owned(), next: Some(PageRequest::default()) }
    }
}

/// See [`ArtifactStore::pages`].
pub(super) struct Pages {
    store: ArtifactStore,
    prefix: String,
    next: Option<PageRequest>,
}

impl Pages {
    /// The next page's entries; `None` behind the last.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<ListingEntry>>, ArtifactError> {
        let Some(page) = self.next.take() else { return Ok(None) };
        let listing = self.store.list(&self.prefix, &page).await?;
        self.next = listing.continuation.map(|token| PageRequest { continuation: Some(token), ..page });
        Ok(Some(listing.entries))
    }
}
