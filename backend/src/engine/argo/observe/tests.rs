//! Statuses that a real Argo showed, folded in order, with gaps, twice over, out of a
//! restart and from every moment on: always the same state.

use super::*;
use crate::engine::argo::run::PodRunning;
use dagwright_shared::check::Arguments;
use dagwright_shared::compile::compile;
use dagwright_shared::run::TaskState;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
struct Shown {
    at: u64,
    workflow: Workflow,
}

struct Transcript {
    plan: Plan,
    shown: Vec<Shown>,
}

fn recorded(name: &str, form: &str) -> String {
    let folder = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("src/engine/argo/observe/transcripts");
    std::fs::read_to_string(folder.join(format!("{name}.{form}"))).unwrap()
}

fn transcript(name: &str) -> Transcript {
    let (pipeline, _) = crate::documents::from_store(&recorded(name, "yaml")).unwrap();
    let plan = compile(&pipeline, &Arguments::new()).unwrap();
    Transcript { plan, shown: serde_json::from_str(&recorded(name, "json")).unwrap() }
}

fn all() -> [(&'static str, Transcript); 5] {
    ["passing", "failing", "stopped", "terminated", "pod-deleted"].map(|name| (name, transcript(name)))
}

/// Stores facts as the store does: numbered, and refused when they do not follow.
fn store(state: &mut RunState, facts: Vec<TimedFact>) {
    for (time, fact) in facts {
        let event = RunEvent { id: state.last_event + 1, run: String::from("r"), time, fact };
        state.apply(&event).unwrap_or_else(|error| panic!("{error}"));
    }
}

impl Transcript {
    fn see(&self, state: &mut RunState, index: usize) -> usize {
        let Shown { at, workflow } = &self.shown[index];
        let found = observe(&self.plan, state, workflow, &KnownArtifacts::new(), *at);
        let count = found.facts.len();
        store(state, found.facts);
        count
    }

    fn fold(&self, indices: impl IntoIterator<Item = usize>) -> RunState {
        let mut state = RunState::default();
        for index in indices {
            self.see(&mut state, index);
        }
        state
    }

    fn whole(&self) -> RunState {
        self.fold(0..self.shown.len())
    }
}

/// Asserts that two folds are one, but for what depends on who looked when: a pod's running is seen, not dated, and an
/// attempt that Argo showed running only after its end (it batches, seconds at a time) ends no sooner than that.
fn assert_same(left: &RunState, right: &RunState, what: &str) {
    let undated = |state: &RunState| {
        let mut state = state.clone();
        (state.last_event, state.finished) = (0, None);
        for task in state.tasks.values_mut() {
            task.finished = None;
            if task.phase == TaskPhase::Stopped {
                // What it was busy with when it was last looked at.
                task.detail.clear();
            }
            task.attempts.iter_mut().for_each(|attempt| (attempt.running, attempt.finished) = (None, None));
        }
        state
    };
    assert_eq!(undated(left), undated(right), "{what}");
    for (slug, task) in &left.tasks {
        for (attempt, other) in task.attempts.iter().zip(&right.tasks[slug].attempts) {
            let put_off = |attempt: &AttemptState| attempt.finished.is_some() && attempt.finished == attempt.running;
            let alike = attempt.finished == other.finished || put_off(attempt) || put_off(other);
            assert!(alike, "{what}: {slug} ended at {:?} and {:?}", attempt.finished, other.finished);
        }
    }
}

fn phases(state: &RunState) -> Vec<(String, TaskPhase, usize)> {
    let of = |(slug, task): (&String, &TaskState)| (slug.clone(), task.phase, task.attempts.len());
    state.tasks.iter().map(of).collect()
}

/// Subsets of the statuses, the same ones each time.
fn subsets(count: usize) -> impl Iterator<Item = Vec<usize>> {
    let mut seed = 5_u64;
    (0..200).map(move |_| {
        let kept = (0..count).filter(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 60) < 6
        });
        // The last status is always seen at last: the watch shows it, or the next list does.
        let mut kept: Vec<usize> = kept.collect();
        kept.push(count - 1);
        kept
    })
}

#[test]
fn gaps_and_repetitions_change_nothing_in_the_end() {
    for (name, transcript) in all() {
        let whole = transcript.whole();
        assert!(whole.phase.is_final(), "{name}: {whole:#?}");
        let count = transcript.shown.len();
        for first in 0..count {
            assert_same(&transcript.fold(first..count), &whole, &format!("{name} from {first}"));
        }
        for kept in subsets(count) {
            assert_same(&transcript.fold(kept.clone()), &whole, &format!("{name}: {kept:?}"));
        }
        let twice = (0..count).flat_map(|index| [index, index]);
        assert_eq!(transcript.fold(twice), whole, "{name}: every status twice brings no other event");
    }
}

/// The attempts that a status shows running or past it, as their pods would have shown them before.
fn pods_of(transcript: &Transcript, index: usize) -> Vec<PodRunning> {
    let Shown { at, workflow } = &transcript.shown[index];
    let nodes = workflow.nodes().unwrap();
    let ran = |node: &Node| matches!(node.phase.as_str(), "Running" | "Succeeded") || node.exit_code().is_some();
    attempts_of(&transcript.plan, workflow)
        .into_iter()
        .filter(|attempt| ran(&nodes[&attempt.node]))
        .map(|AttemptNode { task, attempt, .. }| PodRunning { task, attempt, since: at - at % 1000 })
        .collect()
}

#[test]
fn what_pods_show_sooner_is_told_sooner_and_once() {
    for (name, transcript) in all() {
        let (whole, count) = (transcript.whole(), transcript.shown.len());
        let mut sooner = 0;
        // Pods are ahead of the Workflow by that many statuses.
        for ahead in 1..4 {
            let (mut state, mut told) = (RunState::default(), Vec::new());
            for index in 0..count {
                let Shown { at, workflow } = &transcript.shown[index];
                let seen = observe(&transcript.plan, &state, workflow, &KnownArtifacts::new(), *at).facts;
                store(&mut state, seen.clone());
                let pods = pods_of(&transcript, (index + ahead).min(count - 1));
                let ahead = begun(&transcript.plan, &state, &pods, &KnownArtifacts::new());
                sooner += ahead.iter().filter(|(_, fact)| matches!(fact, RunFact::TaskRunning { .. })).count();
                store(&mut state, ahead.clone());
                assert_eq!(begun(&transcript.plan, &state, &pods, &KnownArtifacts::new()), [], "{name}: again");
                for (_, fact) in seen.into_iter().chain(ahead) {
                    if let RunFact::TaskRunning { task, attempt, .. } = fact {
                        assert!(!told.contains(&(task.clone(), attempt)), "{name}: {task} runs twice");
                        told.push((task, attempt));
                    }
                }
            }
            // A pod that is seen before its node dates the attempt's beginning, too.
            let unbegun = |state: &RunState| {
                let mut state = state.clone();
                state.tasks.values_mut().flat_map(|task| &mut task.attempts).for_each(|attempt| attempt.starting = 0);
                state
            };
            assert_same(&unbegun(&state), &unbegun(&whole), &format!("{name}, pods {ahead} statuses ahead"));
        }
        assert!(sooner > 0, "{name}: nothing is told sooner");
    }
}

#[test]
fn a_status_seen_again_brings_nothing_and_an_older_one_takes_nothing_back() {
    for (name, transcript) in all() {
        let mut state = RunState::default();
        for index in 0..transcript.shown.len() {
            transcript.see(&mut state, index);
            assert_eq!(transcript.see(&mut state, index), 0, "{name}: {index} once more");
            for older in 0..index {
                let before = phases(&state);
                transcript.see(&mut state, older);
                assert_eq!(phases(&state), before, "{name}: {older} after {index}");
            }
        }
    }
}

#[test]
fn times_never_run_backwards_within_a_task() {
    for (name, transcript) in all() {
        for (slug, task) in transcript.whole().tasks {
            let mut last = 0;
            for attempt in &task.attempts {
                for time in [Some(attempt.starting), attempt.running, attempt.finished].into_iter().flatten() {
                    assert!(last <= time, "{name}/{slug}: {task:#?}");
                    last = time;
                }
            }
        }
    }
}

#[test]
fn what_passes_has_its_values() {
    let transcript = transcript("passing");
    let state = transcript.whole();
    assert_eq!((state.phase, state.message.as_str()), (RunPhase::Succeeded, ""));
    let produce = &state.tasks["produce"];
    assert_eq!(produce.inputs["word"], PortValue::parameter("hello"));
    assert_eq!(produce.outputs["length"], PortValue::parameter("5"));
    assert!(matches!(&produce.outputs["long"], PortValue::Parameter { text, size: 6000 } if text.len() == 4096));
    let workflow = transcript.shown[0].workflow.name();
    let key = format!("runs/{workflow}/produce/text");
    assert!(matches!(&produce.outputs["text"], PortValue::Artifact { key: found, .. } if *found == key));
    let consume = &state.tasks["consume"];
    assert_eq!(consume.inputs["text"], produce.outputs["text"]);
    assert!(matches!(&consume.inputs["long"], PortValue::Parameter { size: 6000, .. }));
    assert_eq!(consume.outputs["same"], PortValue::parameter("yes"));
}

#[test]
fn known_artifacts_are_in_the_fact_and_in_what_follows() {
    let transcript = transcript("passing");
    let last = transcript.shown.last().unwrap();
    let key = format!("runs/{}/produce/text", last.workflow.name());
    let value =
        PortValue::Artifact { key: key.clone(), size: 5, files: None, sha256: Some(String::from("ab")), inline: None };
    let known = KnownArtifacts::from([(key, value.clone())]);
    let mut state = RunState::default();
    store(&mut state, observe(&transcript.plan, &RunState::default(), &last.workflow, &known, last.at).facts);
    assert_eq!(state.tasks["produce"].outputs["text"], value);
    assert_eq!(state.tasks["consume"].inputs["text"], value);
}

#[test]
fn every_failure_says_why_as_on_this_machine() {
    let state = transcript("failing").whole();
    assert_eq!(state.phase, RunPhase::Failed);
    assert!(state.message.starts_with("bad failed: ended with exit code 3 ("), "{}", state.message);
    let last = |task: &str| {
        let attempt = state.tasks[task].attempts.last().unwrap();
        (attempt.exit_code, attempt.message.as_str())
    };
    assert_eq!(last("bad"), (Some(3), "ended with exit code 3"));
    assert_eq!(last("no-text"), (None, "Output “number”: the task ended well and did not write it"));
    assert_eq!(last("no-file"), (None, "Output “file”: the task ended well and did not write it"));
    assert_eq!(last("slow"), (None, "ended because it took longer than its timeout of 5s"));
    assert_eq!(last("no-image"), (None, "ended because it took longer than its timeout of 15s"));
    assert_eq!(last("greedy"), (None, "ran out of memory: its limit is 32Mi; raise the task's memory limit"));
    let skipped = |task: &str| (state.tasks[task].phase, state.tasks[task].detail.as_str());
    assert_eq!(skipped("after-bad"), (TaskPhase::Skipped, "bad failed"));
    assert_eq!(skipped("after-that"), (TaskPhase::Skipped, "after bad was skipped"));
    let never = &state.tasks["never"];
    assert_eq!((never.phase, never.attempts.len()), (TaskPhase::Failed, 3));
    let second = &state.tasks["second-time"];
    assert_eq!((second.phase, second.attempts.len()), (TaskPhase::Succeeded, 2));
    assert_eq!(second.attempts[0].exit_code, Some(7));
}

#[test]
fn a_failed_attempt_says_when_the_next_begins() {
    let transcript = transcript("failing");
    let mut waits = Vec::new();
    let mut state = RunState::default();
    for Shown { at, workflow } in &transcript.shown {
        let found = observe(&transcript.plan, &state, workflow, &KnownArtifacts::new(), *at);
        for (time, fact) in &found.facts {
            if let RunFact::AttemptFailed { task, retry_at, .. } = fact
                && task == "never"
            {
                waits.push(retry_at.map(|at| at - time));
            }
        }
        store(&mut state, found.facts);
    }
    assert_eq!(waits, [Some(2000), Some(4000), None]);
}

#[test]
fn a_stop_ends_what_ran_and_leaves_what_had_failed() {
    for (name, transcript) in [("stopped", transcript("stopped")), ("terminated", transcript("terminated"))] {
        let state = transcript.whole();
        assert_eq!(state.phase, RunPhase::Stopped, "{name}: {}", state.message);
        let phase = |task: &str| state.task_phase(task);
        assert_eq!(phase("quick"), TaskPhase::Succeeded, "{name}");
        assert_eq!((phase("bad"), phase("after-bad")), (TaskPhase::Failed, TaskPhase::Skipped), "{name}");
        let stopped = ["slow", "after-slow", "retried"].map(phase);
        assert_eq!(stopped, [TaskPhase::Stopped; 3], "{name}");
        assert_eq!(state.tasks["retried"].attempts.len(), 1, "{name}: nothing begins after a stop");
    }
}

#[test]
fn a_pod_that_somebody_deleted_fails_its_task() {
    let state = transcript("pod-deleted").whole();
    assert_eq!((state.phase, state.task_phase("slow")), (RunPhase::Failed, TaskPhase::Failed));
    let message = &state.tasks["slow"].attempts[0].message;
    assert!(message.starts_with("The pod was deleted"), "{message}");
    assert_eq!((state.task_phase("quick"), state.task_phase("after-slow")), (TaskPhase::Succeeded, TaskPhase::Skipped));
}

#[test]
fn a_workflow_that_goes_ends_its_run_from_any_moment() {
    for (name, transcript) in all() {
        for until in 0..=transcript.shown.len() {
            let mut state = transcript.fold(0..until);
            let ended = state.phase.is_final();
            let before = state.clone();
            store(&mut state, gone(&transcript.plan, &before, "w", 1));
            assert!(state.phase.is_final(), "{name} after {until}");
            if ended {
                assert_eq!(state, before, "{name}: a run that has ended never changes");
                continue;
            }
            assert!(state.message.contains("deleted from the cluster"), "{}", state.message);
            for task in &transcript.plan.tasks {
                assert!(state.task_phase(&task.slug).is_final(), "{name} after {until}: {}", task.name);
            }
        }
    }
}

#[test]
fn compressed_nodes_are_read_and_offloaded_ones_are_said_to_be_so() {
    use base64::Engine as _;
    use std::io::Write;
    let transcript = transcript("failing");
    let mut statuses: serde_json::Value = serde_json::from_str(&recorded("failing", "json")).unwrap();
    let packed = statuses.as_array_mut().unwrap().iter_mut().map(|shown| {
        let status = shown["workflow"]["status"].as_object_mut().unwrap();
        if let Some(nodes) = status.remove("nodes") {
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            writer.write_all(nodes.to_string().as_bytes()).unwrap();
            let text = base64::engine::general_purpose::STANDARD.encode(writer.finish().unwrap());
            status.insert(String::from("compressedNodes"), text.into());
        }
        serde_json::from_value(shown.clone()).unwrap()
    });
    let packed = Transcript { plan: transcript.plan.clone(), shown: packed.collect() };
    assert_eq!(packed.whole(), transcript.whole());

    let mut last = statuses.as_array().unwrap().last().unwrap()["workflow"].clone();
    let status = last["status"].as_object_mut().unwrap();
    status.remove("compressedNodes");
    status.insert(String::from("offloadNodeStatusVersion"), "fnv:1".into());
    let seen: Workflow = serde_json::from_value(last).unwrap();
    let found = observe(&transcript.plan, &RunState::default(), &seen, &KnownArtifacts::new(), 1);
    assert_eq!(found.unreadable, Some(NodesError::Offloaded));
    let mut state = RunState::default();
    store(&mut state, found.facts);
    assert_eq!(state.phase, RunPhase::Failed);
    assert!(state.message.contains("nodeStatusOffLoad"), "{}", state.message);
}

#[test]
fn attempts_are_found_by_their_pods() {
    let transcript = transcript("failing");
    let attempts = attempts_of(&transcript.plan, &transcript.shown.last().unwrap().workflow);
    let never: Vec<_> = attempts.iter().filter(|attempt| attempt.task == "never").collect();
    assert_eq!(never.iter().map(|attempt| attempt.attempt).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(never.iter().all(|attempt| attempt.ended));
    assert!(never.iter().all(|attempt| attempt.archived.as_deref().is_some_and(|key| key.ends_with("/main.log"))));
}

#[test]
fn a_workflow_that_argo_refuses_ends_the_run_with_its_words() {
    let transcript = transcript("stopped");
    let seen: Workflow = serde_json::from_value(serde_json::json!({
        "metadata": {"name": "w"},
        "status": {"phase": "Error", "message": "invalid spec: no such template", "finishedAt": "2026-11-23T21:00:00Z"},
    }))
    .unwrap();
    let mut state = RunState::default();
    store(&mut state, observe(&transcript.plan, &RunState::default(), &seen, &KnownArtifacts::new(), 1).facts);
    assert_eq!((state.phase, state.message.as_str()), (RunPhase::Failed, "invalid spec: no such template"));
    assert!(transcript.plan.tasks.iter().all(|task| state.task_phase(&task.slug) == TaskPhase::Skipped));
}
