//! What this server is and where its engines run, in words. Fetched once a page; nothing here changes while it is open.

use crate::net::client;
use dagwright_shared::api::ServerInfo;
use leptos::prelude::*;

/// What this server is; `None` when it did not say.
pub fn server_info() -> LocalResource<Option<ServerInfo>> {
    LocalResource::new(|| async { client::get::<ServerInfo>("/api/server").await.ok() })
}

/// Icon and words for where an engine runs.
pub fn place_of(engine: &str) -> (&'static str, &'static str) {
    if engine == "argo" { ("cluster", "Kubernetes") } else { ("local", "This machine") }
}
