//! One watch over the Workflows of all runs. What it sees goes to the run's own task, which keeps the newest only; a list
//! taken anew after a dropped watch, a 410 or an API server's restart says which Workflows are there no more.

use super::Shared;
use super::names;
use super::run::Sighting;
use super::workflow::Workflow;
use futures::StreamExt;
use futures::stream::BoxStream;
use kube::Api;
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, utils::Backoff};
use serde::de::DeserializeOwned;
use std::collections::HashSet;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

/// Workflows of one answer to a list: a whole one may have a MiB.
const PAGE: u32 = 20;

/// Waits between tries while the cluster does not answer: soon at first, never long.
#[derive(Clone, Debug)]
pub(super) struct Patience(Duration);

impl Default for Patience {
    fn default() -> Self {
        Self(Self::FIRST)
    }
}

impl Patience {
    const FIRST: Duration = Duration::from_millis(200);
    const LONGEST: Duration = Duration::from_secs(5);
}

impl Iterator for Patience {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let wait = self.0;
        self.0 = (wait * 2).min(Self::LONGEST);
        Some(wait)
    }
}

impl Backoff for Patience {
    fn reset(&mut self) {
        *self = Self::default();
    }
}

/// Wait before everything is listed anew where the API server has forgotten the watch's place.
const ANEW: Duration = Duration::from_secs(1);

/// Everything and its changes, over broken connections. Where the API server has forgotten the place of a watch and says so by
/// refusing it (410), everything is listed anew: kube's own watcher does so only when it is told by an event.
pub(super) fn watched<K>(api: Api<K>, config: watcher::Config) -> BoxStream<'static, watcher::Result<Event<K>>>
where
    K: kube::Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let begin = move || watcher::watcher(api.clone(), config.clone()).backoff(Patience::default()).boxed();
    let start = (begin(), false);
    futures::stream::unfold((start, begin), |((mut stream, gone), begin)| async move {
        if gone {
            tokio::time::sleep(ANEW).await;
            stream = begin();
        }
        let event = stream.next().await?;
        let gone = matches!(
            &event,
            Err(watcher::Error::WatchStartFailed(kube::Error::Api(status))) if status.code == 410
        );
        Some((event, ((stream, gone), begin)))
    })
    .boxed()
}

/// Watches until the server stops.
pub(super) async fn watch(shared: Arc<Shared>) {
    let config = watcher::Config::default().labels(&names::selector()).page_size(PAGE);
    let mut stream = watched(shared.parts.cluster.workflows(), config);
    let mut listed = HashSet::new();
    let mut well = true;
    loop {
        let event = tokio::select! {
            event = stream.next() => event,
            () = shared.stop.cancelled() => return,
        };
        let Some(event) = event else { return };
        if let Err(error) = &event {
            // Said once for each time that it goes wrong.
            if well {
                tracing::warn!("the Workflows cannot be watched, and are looked for again and again: {error}");
            }
            well = false;
            continue;
        }
        if !well && matches!(event, Ok(Event::InitDone | Event::Apply(_))) {
            tracing::info!("the Workflows are watched again");
            well = true;
        }
        match event {
            Ok(Event::Init) => listed.clear(),
            Ok(Event::InitApply(seen)) => {
                listed.extend(seen.label(names::RUN).map(String::from));
                dispatch(&shared, seen);
            }
            Ok(Event::InitDone) => {
                for run in shared.runs.all().into_iter().filter(|run| !listed.contains(&run.id)) {
                    run.put(Sighting::Unlisted);
                }
                listed = HashSet::new();
            }
            Ok(Event::Apply(seen)) => dispatch(&shared, seen),
            Ok(Event::Delete(seen)) => {
                let run = seen.label(names::RUN).and_then(|run| shared.runs.get(run));
                if let Some(run) = run.filter(|run| run.workflow == seen.name()) {
                    run.put(Sighting::Deleted(Box::new(seen)));
                }
            }
            Err(_) => {}
        }
    }
}

fn dispatch(shared: &Arc<Shared>, seen: Workflow) {
    let Some(id) = seen.label(names::RUN) else { return };
    match shared.runs.get(id) {
        // A copy that somebody made of a run's Workflow has its labels, and another name.
        Some(run) if run.workflow == seen.name() => run.put(Sighting::Seen(Box::new(seen))),
        Some(_) => {}
        None => shared.left_over(seen),
    }
}
