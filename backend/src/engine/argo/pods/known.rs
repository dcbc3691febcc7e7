//! What the watch keeps in mind: pods that go on, their latest events, claims in trouble. Says what is new. Pure.

use super::facts::{ContainerState, EventFacts, PodFacts};
use super::why::why_not_running;
use super::{PodNews, Stage, ended};
use std::collections::{HashMap, HashSet, VecDeque};

/// Events kept for a pod; the newest count.
const EVENTS: usize = 12;
/// Names of pods that are not known (yet) whose events are kept.
const STRANGERS: usize = 512;
/// Claims in trouble that are kept.
const CLAIMS: usize = 512;

#[derive(Debug, Default)]
struct Entry {
    facts: PodFacts,
    told: Option<PodNews>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Known {
    pods: HashMap<String, Entry>,
    events: HashMap<String, VecDeque<EventFacts>>,
    claims: Vec<(String, EventFacts)>,
}

impl Known {
    /// A pod as it is now.
    pub(super) fn pod(&mut self, facts: PodFacts) -> Vec<PodNews> {
        let name = facts.name.clone();
        self.pods.entry(name.clone()).or_default().facts = facts;
        self.tell(&name)
    }

    /// A pod that is not there any more.
    pub(super) fn gone(&mut self, name: &str) -> Vec<PodNews> {
        self.events.remove(name);
        let Some(entry) = self.pods.remove(name) else { return Vec::new() };
        let last = entry.told;
        // Why it ended stays worth knowing.
        let why = ended::why_ended(&entry.facts)
            .or_else(|| last.filter(|news| news.stage == Stage::Ended).and_then(|news| news.why));
        vec![PodNews { stage: Stage::Gone, why, ..news(&entry.facts, Stage::Gone) }]
    }

    /// After a new beginning of the watch: whatever it did not list has gone.
    pub(super) fn still_there(&mut self, listed: &HashSet<String>) -> Vec<PodNews> {
        let gone: Vec<String> = self.pods.keys().filter(|name| !listed.contains(*name)).cloned().collect();
        gone.iter().flat_map(|name| self.gone(name)).collect()
    }

    /// An event about a pod, maybe one that is not known yet.
    pub(super) fn event(&mut self, pod: &str, event: EventFacts) -> Vec<PodNews> {
        if !self.events.contains_key(pod) && !self.pods.contains_key(pod) && self.events.len() >= STRANGERS {
            let pods = &self.pods;
            self.events.retain(|name, _| pods.contains_key(name));
        }
        let events = self.events.entry(String::from(pod)).or_default();
        // The same again is the newest now.
        events.retain(|known| known.reason != event.reason || known.message != event.message);
        events.push_back(event);
        if events.len() > EVENTS {
            events.pop_front();
        }
        self.tell(pod)
    }

    /// A warning about a claim.
    pub(super) fn claim(&mut self, claim: String, event: EventFacts) -> Vec<PodNews> {
        self.claims.retain(|(name, _)| *name != claim);
        if self.claims.len() >= CLAIMS {
            self.claims.remove(0);
        }
        let users = self.pods.iter().filter(|(_, entry)| entry.facts.claims.contains(&claim));
        let users: Vec<String> = users.map(|(name, _)| name.clone()).collect();
        self.claims.push((claim, event));
        users.iter().flat_map(|name| self.tell(name)).collect()
    }

    fn tell(&mut self, name: &str) -> Vec<PodNews> {
        let Some(entry) = self.pods.get_mut(name) else { return Vec::new() };
        let stage = stage(&entry.facts);
        let mut news = news(&entry.facts, stage);
        news.why = match stage {
            Stage::Waiting => {
                let events = self.events.get_mut(name).map(|events| &*events.make_contiguous()).unwrap_or_default();
                why_not_running(&entry.facts, events, &self.claims)
            }
            Stage::Ended => ended::why_ended(&entry.facts),
            Stage::Running | Stage::Gone => None,
        };
        if stage != Stage::Waiting {
            self.events.remove(name);
        }
        if entry.told.as_ref() == Some(&news) {
            return Vec::new();
        }
        entry.told = Some(news.clone());
        vec![news]
    }
}

fn news(facts: &PodFacts, stage: Stage) -> PodNews {
    PodNews {
        pod: facts.name.clone(),
        run: facts.run.clone(),
        workflow: facts.workflow.clone(),
        node_id: facts.node_id.clone(),
        node_name: facts.node_name.clone(),
        stage,
        since: facts.running_since.filter(|_| stage == Stage::Running),
        why: None,
    }
}

fn stage(facts: &PodFacts) -> Stage {
    if facts.has_ended() {
        return Stage::Ended;
    }
    match facts.main().map(|main| &main.state) {
        Some(ContainerState::Running) => Stage::Running,
        Some(ContainerState::Ended { .. }) => Stage::Ended,
        _ => Stage::Waiting,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(name: &str, phase: &str) -> PodFacts {
        let main = super::super::facts::ContainerFacts { name: String::from("main"), ..Default::default() };
        PodFacts { name: String::from(name), phase: String::from(phase), containers: vec![main], ..PodFacts::default() }
    }

    fn event(reason: &str, message: &str) -> EventFacts {
        EventFacts {
            reason: String::from(reason),
            message: String::from(message),
            is_warning: true,
            ..EventFacts::default()
        }
    }

    #[test]
    fn only_what_is_new_is_told_whatever_comes_first() {
        let mut known = Known::default();
        let unschedulable = "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No \
            preemption victims found for incoming pod.";
        assert!(known.event("a", event("FailedScheduling", unschedulable)).is_empty(), "the pod is not known yet");
        let first = known.pod(pod("a", "Pending"));
        assert!(first[0].why.as_ref().unwrap().reason.contains("enough cpu free"), "{first:?}");
        assert!(known.pod(pod("a", "Pending")).is_empty(), "nothing is new");
        assert!(known.event("a", event("FailedScheduling", unschedulable)).is_empty(), "nothing is new");
        let ended = known.pod(pod("a", "Succeeded"));
        assert_eq!((ended.len(), ended[0].stage, &ended[0].why), (1, Stage::Ended, &None));
        assert_eq!(known.gone("a")[0].stage, Stage::Gone);
        assert!(known.gone("a").is_empty());
    }

    #[test]
    fn a_watch_that_begins_anew_finds_who_has_gone() {
        let mut known = Known::default();
        known.pod(pod("a", "Running"));
        known.pod(pod("b", "Running"));
        let gone = known.still_there(&HashSet::from([String::from("b")]));
        assert_eq!((gone.len(), gone[0].pod.as_str(), gone[0].stage), (1, "a", Stage::Gone));
    }

    #[test]
    fn events_of_strangers_do_not_pile_up() {
        let mut known = Known::default();
        known.pod(pod("mine", "Pending"));
        known.event("mine", event("FailedMount", "x"));
        for number in 0..10_000 {
            known.event(&format!("stranger-{number}"), event("BackOff", "x"));
        }
        assert!(known.events.len() <= STRANGERS + 1, "{}", known.events.len());
        assert!(known.events.contains_key("mine"));
        for number in 0..100 {
            known.event("mine", event("BackOff", &number.to_string()));
        }
        assert_eq!(known.events["mine"].len(), EVENTS);
    }
}
