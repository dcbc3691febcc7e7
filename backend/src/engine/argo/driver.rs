//! Follows one run: puts its Workflow there, takes down what the Workflow shows, and removes it when all is stored.
//! Must hold no rule of its own about what a status means: that is `observe`'s.

use super::Shared;
use super::names::RunLabels;
use super::observe::{KnownArtifacts, attempts_of, begun, ended_from_outside, gone, observe};
use super::outputs;
use super::run::{ActiveRun, Sighting};
use super::submit::{SubmitError, create, submission};
use super::watch::Patience;
use super::workflow::Workflow;
use crate::clock::now;
use crate::store::{AppendError, TimedFact};
use dagwright_shared::plan::Plan;
use dagwright_shared::run::{RunPhase, RunState};
use kube::api::DeleteParams;
use std::sync::Arc;
use std::time::Duration;

/// Wait before facts that the database did not take are tried again.
const AGAIN: Duration = Duration::from_secs(2);
/// How often a state that somebody else moved on is compared anew before it waits for the next sighting.
const TRIES: usize = 3;

/// The server stops, or the run is there no more.
pub(super) struct Halt;

/// What submitting needs beside the run itself.
pub(super) struct ToSubmit {
    /// The whole Plan.
    pub(super) plan: Plan,
    /// The pipeline's id.
    pub(super) pipeline: String,
    /// The pipeline's revision.
    pub(super) revision: u64,
}

/// Follows a run to its end and clears it away, or until the server stops.
pub(super) async fn drive(shared: Arc<Shared>, run: Arc<ActiveRun>, to_submit: Option<ToSubmit>) {
    let stop = shared.stop.clone();
    let whole = async {
        if let Some(to_submit) = to_submit {
            submit(&shared, &run, to_submit).await?;
        } else {
            // What happened while no server looked.
            run.put(look(&shared, &run).await?);
        }
        while !run.state().await.phase.is_final() {
            let sighting = run.next().await;
            follow(&shared, &run, sighting).await?;
        }
        close(&shared, &run).await
    };
    tokio::select! {
        _ = whole => {}
        () = stop.cancelled() => {}
    }
    shared.runs.remove(&run.id);
}

/// Creates the Workflow, however long the cluster does not answer; ends the run where it never can be.
async fn submit(shared: &Shared, run: &ActiveRun, to_submit: ToSubmit) -> Result<(), Halt> {
    let ToSubmit { plan, pipeline, revision } = to_submit;
    let labels = RunLabels { run: &run.id, workflow: &run.workflow, pipeline: &pipeline, slug: &plan.slug, revision };
    let mut patience = Patience::default();
    loop {
        if run.state().await.phase == RunPhase::Stopping {
            let message = "Stopped before its Workflow was created.";
            return record(shared, run, |state| ended_from_outside(&run.plan, state, message, now())).await;
        }
        let made = match submission(&plan, &labels) {
            Ok(submission) => create(&shared.parts.cluster, run, submission).await,
            Err(error) => Err(error),
        };
        match made {
            Ok(seen) => {
                run.put(Sighting::Seen(Box::new(seen)));
                return Ok(());
            }
            Err(SubmitError::Lasting(message)) => {
                return record(shared, run, |state| ended_from_outside(&run.plan, state, &message, now())).await;
            }
            Err(SubmitError::Passing(message)) => {
                tracing::warn!("run {} waits: {message}", run.id);
                tokio::time::sleep(patience.next().unwrap_or(AGAIN)).await;
            }
        }
    }
}

/// Asks for the Workflow itself.
async fn look(shared: &Shared, run: &ActiveRun) -> Result<Sighting, Halt> {
    let mut patience = Patience::default();
    loop {
        match shared.parts.cluster.workflows().get_opt(&run.workflow).await {
            Ok(Some(seen)) => return Ok(Sighting::Seen(Box::new(seen))),
            Ok(None) => return Ok(Sighting::Deleted(Box::default())),
            Err(error) => {
                tracing::debug!("run {}: {error}", run.id);
                tokio::time::sleep(patience.next().unwrap_or(AGAIN)).await;
            }
        }
    }
}

async fn follow(shared: &Arc<Shared>, run: &Arc<ActiveRun>, sighting: Sighting) -> Result<(), Halt> {
    let sighting = match sighting {
        // The list may be older than the Workflow.
        Sighting::Unlisted => look(shared, run).await?,
        sighting => sighting,
    };
    match sighting {
        Sighting::Seen(seen) => take_down(shared, run, &seen).await,
        Sighting::Deleted(last) => {
            if last.name() == run.workflow {
                take_down(shared, run, &last).await?;
            }
            record(shared, run, |state| gone(&run.plan, state, &run.workflow, now())).await
        }
        Sighting::PodRuns => tell_begun(shared, run).await,
        Sighting::Unlisted => Ok(()),
    }
}

/// Stores what pods show sooner than the Workflow does.
async fn tell_begun(shared: &Shared, run: &ActiveRun) -> Result<(), Halt> {
    let before = run.state().await;
    let running = run.pods_running(&before);
    if running.is_empty() {
        return Ok(());
    }
    let mut known = KnownArtifacts::new();
    let facts = begun(&run.plan, &before, &running, &known);
    outputs::look_up(&shared.parts.artifacts, run, &facts, &mut known).await;
    record(shared, run, |state| begun(&run.plan, state, &running, &known)).await
}

/// Stores what a status brings.
async fn take_down(shared: &Arc<Shared>, run: &Arc<ActiveRun>, seen: &Workflow) -> Result<(), Halt> {
    let attempts = run.keep_nodes(attempts_of(&run.plan, seen));
    let artifacts = &shared.parts.artifacts;
    let mut known = KnownArtifacts::new();
    for _ in 0..TRIES {
        let before = run.state().await;
        let found = observe(&run.plan, &before, seen, &known, now());
        if let Some(error) = found.unreadable {
            tracing::warn!("run {}: {error}", run.id);
        }
        outputs::look_up(artifacts, run, &found.facts, &mut known).await;
        if let Err(error) = outputs::keep_long_texts(artifacts, run, &found.facts, seen).await {
            tracing::warn!("run {}: a long text is kept by its beginning only: {error}", run.id);
        }
        let facts = |state: &RunState| observe(&run.plan, state, seen, &known, now()).facts;
        if record(shared, run, facts).await.is_ok() {
            break;
        }
        if shared.stop.is_cancelled() {
            return Err(Halt);
        }
    }
    shared.logs.seen(run, attempts);
    tell_begun(shared, run).await?;
    if run.state().await.phase == RunPhase::Stopping && seen.spec.shutdown.is_none() && !seen.is_final() {
        // The server was cut between noting that it is to stop and saying so.
        shared.shut_down(run, "Stop");
    }
    Ok(())
}

/// Stores facts, however long the database does not take them.
async fn record(shared: &Shared, run: &ActiveRun, facts: impl Fn(&RunState) -> Vec<TimedFact>) -> Result<(), Halt> {
    loop {
        match run.record(&facts).await {
            Ok(()) => return Ok(()),
            Err(AppendError::Store(error)) => {
                tracing::error!("run {} waits, since its events cannot be stored: {error}", run.id);
                tokio::select! {
                    () = tokio::time::sleep(AGAIN) => {}
                    () = shared.stop.cancelled() => return Err(Halt),
                }
            }
            Err(error) => {
                tracing::error!("run {}: {error}", run.id);
                return Err(Halt);
            }
        }
    }
}

/// After the end: once the logs are stored, the Workflow and its pods go.
async fn close(shared: &Arc<Shared>, run: &Arc<ActiveRun>) -> Result<(), Halt> {
    let settled = shared.logs.settle(run);
    let mut settled = std::pin::pin!(settled);
    loop {
        tokio::select! {
            () = &mut settled => break,
            // Argo archives a log after its task: its key comes with a later status.
            sighting = run.next() => if let Sighting::Seen(seen) = sighting {
                let changed = run.keep_nodes(attempts_of(&run.plan, &seen));
                shared.logs.seen(run, changed);
            },
        }
    }
    delete(shared, &run.workflow).await;
    Ok(())
}

/// Deletes a Workflow with its pods; waits while the cluster does not answer.
pub(super) async fn delete(shared: &Shared, workflow: &str) {
    let mut patience = Patience::default();
    loop {
        match shared.parts.cluster.workflows().delete(workflow, &DeleteParams::background()).await {
            Ok(_) => return,
            Err(kube::Error::Api(status)) if status.code == 404 => return,
            Err(kube::Error::Api(status)) if matches!(status.code, 401 | 403) => {
                tracing::warn!("the Workflow {workflow} stays: {}", status.message);
                return;
            }
            Err(error) => {
                tracing::debug!("the Workflow {workflow} is not deleted yet: {error}");
                tokio::time::sleep(patience.next().unwrap_or(AGAIN)).await;
            }
        }
    }
}

/// A run that had ended when an earlier server was cut: its logs are stored and its Workflow goes.
pub(super) async fn clear_away(shared: Arc<Shared>, run: Arc<ActiveRun>, seen: Workflow) {
    let changed = run.keep_nodes(attempts_of(&run.plan, &seen));
    shared.logs.seen(&run, changed);
    let stop = shared.stop.clone();
    tokio::select! {
        _ = close(&shared, &run) => {}
        () = stop.cancelled() => {}
    }
    shared.runs.remove(&run.id);
}
