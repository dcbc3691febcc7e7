//! What this server is and where its engines run, in words. Fetched once for all pages; nothing here changes while it runs.

use crate::net::client;
use dagwright_shared::api::{EngineInfo, ServerInfo};
use dagwright_texts::t;
use leptos::prelude::*;

/// What was heard, in context at the root.
#[derive(Clone, Copy)]
struct Heard {
    server: RwSignal<Option<ServerInfo>>,
    asked: StoredValue<bool>,
}

/// Puts the place for it into context; once, at the root.
pub fn provide_server_info() {
    provide_context(Heard { server: RwSignal::new(None), asked: StoredValue::new(false) });
}

/// What this server is; `None` until it said so. Asked for by the first that wants it, and again where that was in vain.
pub fn server_info() -> ReadSignal<Option<ServerInfo>> {
    let heard = expect_context::<Heard>();
    if !heard.asked.get_value() {
        heard.asked.set_value(true);
        leptos::task::spawn_local(async move {
            match client::get::<ServerInfo>("/api/server").await {
                Ok(server) => heard.server.set(Some(server)),
                Err(_) => heard.asked.set_value(false),
            }
        });
    }
    heard.server.read_only()
}

/// What links to this server begin with: its public address where it said one, else the page's own.
pub fn link_base() -> String {
    let heard = use_context::<Heard>();
    let public = heard.and_then(|heard| heard.server.with_untracked(|server| server.as_ref()?.public_url.clone()));
    public.unwrap_or_else(|| window().location().origin().unwrap_or_default())
}

/// Whether an engine runs tasks on a cluster.
pub fn is_cluster(engine: &str) -> bool {
    engine == "argo"
}

/// Icon and words for where an engine runs.
pub fn place_of(engine: &str) -> (&'static str, &'static str) {
    if is_cluster(engine) { ("cluster", "Kubernetes") } else { ("local", t!("This machine")) }
}

/// Where a run took place, in a few words: `Kubernetes, namespace argo`, `local, bubblewrap`.
pub fn place_of_run(engine: &str, sandbox: &str) -> String {
    if is_cluster(engine) { t!("Kubernetes, namespace {sandbox}", sandbox) } else { t!("local, {sandbox}", sandbox) }
}

/// In what an engine's tasks run, and how many at once: `namespace argo`, `bubblewrap, 2 at once`.
pub fn room_of(engine: &EngineInfo) -> String {
    if is_cluster(&engine.name) {
        t!("namespace {sandbox}", sandbox = engine.sandbox)
    } else {
        t!("{sandbox}, {slots} at once", sandbox = engine.sandbox, slots = engine.slots)
    }
}

const LAST_ENGINE: &str = "dagwright-engine";

/// The engine that was chosen last in this browser.
pub fn last_engine() -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(LAST_ENGINE).ok().flatten()
}

/// Keeps a choice of engine for the next run form of this browser.
pub fn remember_engine(name: &str) {
    if let Some(storage) = window().local_storage().ok().flatten() {
        drop(storage.set_item(LAST_ENGINE, name));
    }
}

/// The first sentence of that, for a form.
pub fn summary_of(engine: &EngineInfo) -> &str {
    let meaning = meaning_of(engine);
    meaning.find(". ").and_then(|end| meaning.get(..=end)).unwrap_or(meaning)
}

/// What its sandbox means, without what else was tried.
pub fn meaning_of(engine: &EngineInfo) -> &str {
    engine.meaning.lines().next().unwrap_or_default()
}
