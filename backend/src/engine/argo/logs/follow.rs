//! Follows one container's log from the pod into the attempt's file, over broken connections, until the container has
//! ended, the pod has gone or nobody waits any longer. Must not know runs.

use super::spool::Spool;
use super::stream::{Place, Reader};
use crate::engine::argo::cluster::Cluster;
use crate::engine::argo::pods::facts::{ContainerState, MAIN, PodFacts};
use crate::engine::log_limit::LogLimit;
use futures::AsyncBufRead;
use futures::AsyncBufReadExt;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::jiff::Timestamp;
use kube::Api;
use kube::api::LogParams;
use std::io;
use std::path::Path;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Wait before a connection is tried again, at first and at most.
const AGAIN: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// A silent connection may be a dead one: it is made anew, which costs one request.
const SILENCE: Duration = Duration::from_secs(90);
/// How often the place is noted.
const NOTE: Duration = Duration::from_millis(500);
/// What a stream gets to come to its end by itself, once the attempt has ended.
const GRACE: Duration = Duration::from_secs(3);

/// What it gets in all, once the attempt has ended: longer than a pod's own grace period is not worth waiting for.
const FINISH: Duration = Duration::from_secs(35);

/// What the follower is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Go on until the container has ended.
    Follow,
    /// The attempt has ended: take what there is and come to an end.
    Finish,
    /// Stop as it is; the next server goes on.
    Stop,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Followed {
    /// Bytes in the file.
    pub(super) size: u64,
    /// Whether it is all that the program wrote.
    pub(super) is_complete: bool,
}

/// How one connection ended.
enum Ended {
    /// The server sent no more.
    AtItsEnd,
    /// It broke, or stood still.
    Broken,
    /// There is no log yet.
    NotYet,
    /// There is no such pod.
    NoPod,
    /// Told to stop.
    Stopped,
}

/// Where the container stands.
enum Standing {
    Ended,
    GoesOn,
    NoPod,
    Unknown,
}

/// Follows until the end; see the module.
pub(super) async fn follow(
    cluster: &Cluster,
    pod: &str,
    folder: &Path,
    limit: LogLimit,
    mut wanted: watch::Receiver<Wanted>,
) -> io::Result<Followed> {
    let api: Api<Pod> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    let (mut spool, mut place) = Spool::open(folder, limit).await?;
    let mut wait = AGAIN.0;
    let mut last_moment = None;
    let finished = loop {
        let before = place.shown;
        let asked = *wanted.borrow_and_update();
        if asked == Wanted::Finish && *last_moment.get_or_insert_with(|| Instant::now() + FINISH) < Instant::now() {
            break false;
        }
        let ended = match asked {
            Wanted::Stop => break false,
            // Everything there is; it ends by itself.
            Wanted::Finish => read(&api, pod, false, &mut place, &mut spool, &mut wanted).await?,
            Wanted::Follow => read(&api, pod, true, &mut place, &mut spool, &mut wanted).await?,
        };
        match ended {
            Ended::Stopped => break false,
            Ended::NoPod if asked == Wanted::Finish => break false,
            // An end may be the log's or the connection's: the pod says which.
            Ended::AtItsEnd => match standing(&api, pod).await {
                Standing::Ended if asked == Wanted::Finish => break true,
                Standing::Ended => {
                    // Once more, for what was written between the stream's end and now.
                    if let Ended::AtItsEnd = read(&api, pod, false, &mut place, &mut spool, &mut wanted).await? {
                        break true;
                    }
                }
                Standing::NoPod if asked == Wanted::Finish => break false,
                Standing::GoesOn | Standing::NoPod | Standing::Unknown => {}
            },
            Ended::Broken | Ended::NotYet | Ended::NoPod => {
                if asked == Wanted::Finish && matches!(standing(&api, pod).await, Standing::NoPod | Standing::Ended) {
                    break false;
                }
            }
        }
        wait = if before < place.shown { AGAIN.0 } else { (wait * 2).min(AGAIN.1) };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = wanted.changed() => {}
        }
    };
    let is_complete = (finished || place.has_exited()) && !place.gap;
    if finished && !place.gap {
        spool.cut(&place).await?;
    }
    spool.note(&place).await?;
    Ok(Followed { size: spool.size().await?, is_complete })
}

/// One connection.
async fn read(
    api: &Api<Pod>,
    pod: &str,
    follow: bool,
    place: &mut Place,
    spool: &mut Spool,
    wanted: &mut watch::Receiver<Wanted>,
) -> io::Result<Ended> {
    let parameters = LogParams {
        container: Some(String::from(MAIN)),
        follow,
        timestamps: true,
        since_time: place.since.and_then(|second| Timestamp::from_second(second).ok()),
        ..LogParams::default()
    };
    let stream = match tokio::time::timeout(SILENCE, api.log_stream(pod, &parameters)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(kube::Error::Api(status))) if status.code == 404 => return Ok(Ended::NoPod),
        // "container "main" in pod … is waiting to start".
        Ok(Err(kube::Error::Api(status))) if status.code == 400 => return Ok(Ended::NotYet),
        Ok(Err(error)) => {
            tracing::debug!("the log of the pod {pod} cannot be read right now: {error}");
            return Ok(Ended::Broken);
        }
        Err(_) => return Ok(Ended::Broken),
    };
    let mut reader = Reader::new(place.clone());
    let ended = pump(stream, &mut reader, follow, spool, wanted).await;
    *place = reader.place();
    spool.note(place).await?;
    ended
}

async fn pump(
    stream: impl AsyncBufRead,
    reader: &mut Reader,
    follow: bool,
    spool: &mut Spool,
    wanted: &mut watch::Receiver<Wanted>,
) -> io::Result<Ended> {
    let mut stream = std::pin::pin!(stream);
    let mut noted = Instant::now();
    let mut deadline: Option<Instant> = None;
    loop {
        let until = deadline.unwrap_or_else(|| Instant::now() + SILENCE);
        let filled = tokio::select! {
            filled = stream.fill_buf() => filled,
            () = tokio::time::sleep_until(until) => return Ok(Ended::Broken),
            changed = wanted.changed() => {
                match (*wanted.borrow_and_update(), changed) {
                    (Wanted::Stop, _) | (_, Err(_)) => return Ok(Ended::Stopped),
                    (Wanted::Finish, _) if follow => deadline = Some(Instant::now() + GRACE),
                    _ => {}
                }
                continue;
            }
        };
        let count = match filled {
            Ok([]) => {
                if !follow {
                    let rest = reader.end();
                    spool.write(&rest).await?;
                }
                return Ok(Ended::AtItsEnd);
            }
            Ok(bytes) => {
                let shown = reader.push(bytes);
                let count = bytes.len();
                if !shown.is_empty() {
                    spool.write(&shown).await?;
                }
                count
            }
            Err(_) => return Ok(Ended::Broken),
        };
        stream.as_mut().consume(count);
        if NOTE <= noted.elapsed() {
            noted = Instant::now();
            spool.note(&reader.place()).await?;
        }
    }
}

async fn standing(api: &Api<Pod>, pod: &str) -> Standing {
    match api.get_opt(pod).await {
        Ok(Some(pod)) => {
            let facts = PodFacts::of(&pod);
            let ended = facts.main().is_some_and(|main| matches!(main.state, ContainerState::Ended { .. }));
            if ended || facts.has_ended() { Standing::Ended } else { Standing::GoesOn }
        }
        Ok(None) => Standing::NoPod,
        Err(_) => Standing::Unknown,
    }
}
