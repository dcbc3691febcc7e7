//! Transcripts: a plan and what happens → what is decided, as text; and recovery from every prefix of a log.

use super::*;
use dagwright_shared::plan::{PLAN_VERSION, PlanRetry, PlanTemplate};
use dagwright_shared::run::RunEvent;
use std::fmt::Write;

/// `a; b < a; c < a b retry 2x10s`: a task a piece.
fn plan(text: &str) -> Plan {
    let mut plan = Plan {
        version: PLAN_VERSION,
        pipeline: String::from("test"),
        slug: String::from("test"),
        description: None,
        service_account: None,
        image_pull_secrets: vec![],
        parameters: vec![],
        volumes: vec![],
        templates: vec![],
        tasks: vec![],
    };
    for piece in text.split(';') {
        let (piece, retry) = piece.split_once(" retry ").map_or((piece, None), |(piece, retry)| (piece, Some(retry)));
        let (name, dependencies) = piece.split_once('<').unwrap_or((piece, ""));
        let retry = retry.map(|retry| {
            let (limit, backoff) = retry.trim().trim_end_matches('s').split_once('x').unwrap();
            let (limit, backoff_seconds) = (limit.parse().unwrap(), backoff.parse().unwrap());
            PlanRetry { limit, backoff_seconds, factor: 2.0, max_backoff_seconds: Some(60) }
        });
        let slug = String::from(name.trim());
        plan.templates.push(PlanTemplate {
            slug: slug.clone(),
            component: slug.clone(),
            image: String::from("image"),
            command: vec![],
            args: vec![],
            packages: vec![],
            env: vec![],
            inputs: vec![],
            outputs: vec![],
            mounts: vec![],
            resources: Default::default(),
            retry,
            timeout_seconds: None,
            node_selector: Default::default(),
            tolerations: vec![],
        });
        plan.tasks.push(PlanTask {
            name: slug.clone(),
            template: slug.clone(),
            slug,
            arguments: vec![],
            dependencies: dependencies.split_whitespace().map(String::from).collect(),
        });
    }
    plan
}

/// A run of a plan against a script of ends; its time goes on by a second a step.
struct Run<'a> {
    plan: &'a Plan,
    state: RunState,
    events: Vec<RunEvent>,
    alive: BTreeMap<String, u32>,
    now: u64,
    slots: usize,
    /// `task.attempt` → `ok`, `exit 3`, `refused`; `ok` when absent.
    script: BTreeMap<String, &'static str>,
    transcript: String,
}

impl<'a> Run<'a> {
    fn new(plan: &'a Plan, slots: usize, script: &str) -> Self {
        let script = script.split(',').filter_map(|entry| entry.trim().split_once(' '));
        let known = |end: &str| ["exit 3", "refused"].into_iter().find(|known| *known == end).unwrap();
        let script = script.map(|(attempt, end)| (String::from(attempt), known(end))).collect();
        let (state, events, alive) = Default::default();
        Self { plan, state, events, alive, now: 0, slots, script, transcript: String::new() }
    }

    fn record(&mut self, fact: RunFact) {
        let id = self.events.len() as u64 + 1;
        let event = RunEvent { id, run: String::from("r"), time: self.now, fact };
        self.state.apply(&event).unwrap_or_else(|error| panic!("{error}\n{}", self.transcript));
        self.events.push(event);
    }

    /// Asks and obeys until nothing more is decided; returns when to wake.
    fn settle(&mut self, mut ended: Vec<Ended>, stop_at_once: bool) -> Option<u64> {
        loop {
            let observed = Observed {
                now: self.now,
                slots: self.slots - self.alive.len(),
                alive: self.alive.keys().cloned().collect(),
                ended: std::mem::take(&mut ended),
                stop_at_once,
            };
            let actions = decide(self.plan, &self.state, &observed);
            let again = decide(self.plan, &self.state, &observed);
            assert_eq!(actions, again);
            let mut moved = false;
            let mut wake = None;
            for action in actions {
                writeln!(self.transcript, "{:>4}s {}", self.now / 1000, words(&action)).unwrap();
                match action {
                    Action::Record(fact) => {
                        moved = true;
                        self.record(fact);
                    }
                    Action::Start { task, attempt } => {
                        let detail = String::new();
                        self.record(RunFact::TaskStarting { task: task.clone(), attempt, detail });
                        self.record(RunFact::TaskRunning { task: task.clone(), attempt, inputs: BTreeMap::new() });
                        self.alive.insert(task, attempt);
                        moved = true;
                    }
                    Action::WakeAt(at) => wake = Some(at),
                    Action::Stop { .. } | Action::WantSlot => {}
                }
            }
            if !moved {
                return wake;
            }
        }
    }

    /// Ends the first attempt in hand as the script says.
    fn end_one(&mut self) -> Option<Ended> {
        let (task, attempt) = self.alive.pop_first()?;
        let how = if self.state.phase == RunPhase::Stopping {
            HowEnded::Stopped
        } else {
            match self.script.get(&format!("{task}.{attempt}")) {
                None => HowEnded::Succeeded(BTreeMap::new()),
                Some(&"refused") => HowEnded::Refused(String::from("no such secret")),
                Some(_) => HowEnded::Failed { exit_code: Some(3), message: String::from("exit code 3") },
            }
        };
        writeln!(self.transcript, "{:>4}s -- {task} attempt {attempt} ends", self.now / 1000).unwrap();
        Some(Ended { task, attempt, how, log: None })
    }

    fn play_to_end(&mut self) {
        let mut wake = self.settle(vec![], false);
        for _ in 0..1000 {
            if self.state.phase.is_final() {
                return;
            }
            self.now += 1000;
            wake = match self.end_one() {
                Some(ended) => self.settle(vec![ended], false),
                None => {
                    self.now = self.now.max(wake.expect("nothing in hand and nothing to wait for"));
                    self.settle(vec![], false)
                }
            };
        }
        panic!("no end\n{}", self.transcript);
    }
}

fn words(action: &Action) -> String {
    match action {
        Action::Record(fact) => {
            let value = serde_json::to_value(fact).unwrap();
            let fields = value.as_object().unwrap();
            let mut line = String::from(fields["kind"].as_str().unwrap());
            for (name, value) in fields.iter().filter(|(name, _)| *name != "kind" && *name != "outputs") {
                write!(line, " {name}={value}").unwrap();
            }
            line
        }
        other => format!("{other:?}"),
    }
}

fn transcript(plan_text: &str, slots: usize, script: &str) -> String {
    let plan = plan(plan_text);
    let mut run = Run::new(&plan, slots, script);
    run.play_to_end();
    format!("{plan_text}\n{slots} slots; {script}\n\n{}", run.transcript)
}

#[test]
fn a_chain_and_a_fork_with_two_slots() {
    insta::assert_snapshot!(transcript("a; b < a; c < a; d < b c", 2, ""));
}

#[test]
fn a_failure_lets_the_others_finish_and_skips_what_follows() {
    insta::assert_snapshot!(transcript("a; b; c < a; d < c b; e < b", 1, "a.1 exit 3"));
}

#[test]
fn retries_wait_longer_each_time_and_then_give_up() {
    insta::assert_snapshot!(transcript("a retry 2x10s; b < a", 2, "a.1 exit 3,a.2 exit 3,a.3 exit 3"));
}

#[test]
fn a_retry_that_helps() {
    insta::assert_snapshot!(transcript("a retry 1x5s; b < a", 2, "a.1 exit 3"));
}

#[test]
fn what_another_attempt_cannot_mend_is_not_tried_again() {
    insta::assert_snapshot!(transcript("a retry 5x1s; b < a", 2, "a.1 refused"));
}

#[test]
fn stop_ends_what_runs_and_starts_nothing() {
    let plan = plan("a; b; c < a");
    let mut run = Run::new(&plan, 2, "");
    run.settle(vec![], false);
    run.record(RunFact::StopRequested { by: String::from("somebody") });
    run.settle(vec![], false);
    run.settle(vec![], true);
    run.play_to_end();
    insta::assert_snapshot!(run.transcript);
}

const PLANS: [(&str, &str); 4] = [
    ("a; b < a; c < a; d < b c", ""),
    ("a; b; c < a; d < c b; e < b", "a.1 exit 3"),
    ("a retry 2x10s; b < a; c", "a.1 exit 3,a.2 exit 3"),
    ("a retry 1x1s; b < a; c; d < c", "a.1 exit 3,a.2 exit 3"),
];

/// A kill at any moment: the log is cut there and nothing is in hand any more.
#[test]
fn every_prefix_of_a_log_leads_to_the_same_end_and_no_finished_task_runs_again() {
    for (text, script) in PLANS {
        for slots in [1, 3] {
            let plan = plan(text);
            let mut whole = Run::new(&plan, slots, script);
            whole.play_to_end();
            let ends =
                |state: &RunState| plan.tasks.iter().map(|task| state.task_phase(&task.slug)).collect::<Vec<_>>();
            for cut in 0..=whole.events.len() {
                // Attempts after a lost one carry a higher number: the script goes by what is not lost.
                let mut run = Run::new(&plan, slots, "");
                for event in &whole.events[..cut] {
                    run.now = event.time;
                    run.record(event.fact.clone());
                }
                let succeeded: Vec<_> =
                    plan.tasks.iter().filter(|task| run.state.task_phase(&task.slug) == TaskPhase::Succeeded).collect();
                let attempts: Vec<_> =
                    succeeded.iter().map(|task| run.state.tasks[&task.slug].attempts.len()).collect();
                run.script = rescripted(&whole, &run.state);
                run.play_to_end();
                assert_eq!(ends(&run.state), ends(&whole.state), "{text} cut at {cut}\n{}", run.transcript);
                assert_eq!(run.state.phase, whole.state.phase, "{text} cut at {cut}");
                for (task, attempts) in succeeded.iter().zip(attempts) {
                    assert_eq!(run.state.tasks[&task.slug].attempts.len(), attempts, "{} ran again", task.slug);
                }
            }
        }
    }
}

/// The script with every attempt moved behind the one that the cut loses.
fn rescripted(whole: &Run, cut: &RunState) -> BTreeMap<String, &'static str> {
    let mut script = BTreeMap::new();
    for (key, end) in &whole.script {
        let (task, attempt) = key.split_once('.').unwrap();
        let known = cut.tasks.get(task).map_or(0, |task| task.attempts.len());
        let going = matches!(cut.task_phase(task), TaskPhase::Starting | TaskPhase::Running);
        let attempt: usize = attempt.parse().unwrap();
        if attempt >= known || !going {
            let moved = if going { attempt + 1 } else { attempt };
            script.insert(format!("{task}.{moved}"), *end);
        }
    }
    script
}

#[test]
fn a_cut_while_stopping_ends_as_stopped() {
    let plan = plan("a; b < a");
    let mut run = Run::new(&plan, 1, "");
    run.settle(vec![], false);
    run.record(RunFact::StopRequested { by: String::new() });
    run.alive.clear();
    run.play_to_end();
    assert_eq!(run.state.phase, RunPhase::Stopped);
}

#[test]
fn a_lost_attempt_does_not_count_against_the_retries() {
    let plan = plan("a retry 1x1s");
    let mut run = Run::new(&plan, 1, "a.2 exit 3,a.3 exit 3");
    run.settle(vec![], false);
    run.alive.clear();
    run.play_to_end();
    assert_eq!((run.state.phase, run.state.tasks["a"].attempts.len()), (RunPhase::Failed, 3));
}
