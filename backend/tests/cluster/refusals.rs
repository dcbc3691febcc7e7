//! An API server that refuses: 429 on list, watch and create, 410 on watches, in the middle of a run. The run's state converges
//! to the cluster's, and no fact is lost or told twice.

use crate::harness::Cluster;
use crate::interruptions::{CHAIN, begun, check};
use crate::proxy::{Call, Proxy, Refusal};
use crate::server::Server;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How soon a client asks again, with its waits between tries.
const SOON: Duration = Duration::from_secs(60);

/// Waits until everything that was ordered has been refused.
async fn all_refused(proxy: &Proxy) {
    let deadline = Instant::now() + SOON;
    while !proxy.open().is_empty() {
        assert!(Instant::now() < deadline, "nobody asked for {:?}; refused {:?}", proxy.open(), proxy.refused());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_with_429_and_410_lose_nothing() {
    let Some(_cluster) = Cluster::find("refusals_with_429_and_410_lose_nothing") else { return };
    let proxy = Proxy::start().await;
    // At the start, at the submission, and at the first watches.
    for call in [Call::ListWorkflows, Call::ListPods, Call::WatchWorkflows, Call::WatchPods, Call::CreateWorkflow] {
        proxy.refuse(call, Refusal::TooMany, 2);
    }
    let kubeconfig = proxy.kubeconfig().to_owned();
    let server = Server::start_with(move |command| {
        command.arg("--cluster").env("KUBECONFIG", &kubeconfig);
    });
    let run = server.run(CHAIN).await;
    all_refused(&proxy).await;
    begun(&server, &run, "one").await;

    // The watches break, and where they were is forgotten: in a word, and then in an event; the new lists are refused, too.
    for (task, gone) in [("two", Refusal::Gone), ("three", Refusal::GoneAsEvent)] {
        for (list, watch) in [(Call::ListWorkflows, Call::WatchWorkflows), (Call::ListPods, Call::WatchPods)] {
            proxy.refuse(watch, gone, 1);
            proxy.refuse(list, Refusal::TooMany, 2);
        }
        proxy.cut_watches();
        all_refused(&proxy).await;
        begun(&server, &run, task).await;
    }
    check(&server, &run).await;
    let refused = proxy.refused();
    for call in [Call::WatchWorkflows, Call::WatchPods] {
        let count = |refusal| refused.get(&(call, refusal)).copied();
        assert_eq!([Refusal::TooMany, Refusal::Gone, Refusal::GoneAsEvent].map(count), [Some(2), Some(1), Some(1)]);
    }

    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for event in server.events(&run).await {
        let fact = &event["fact"];
        let word = |name: &str| fact[name].as_str().unwrap_or_default();
        *counts.entry(format!("{} {}", word("kind"), word("task"))).or_default() += 1;
    }
    for task in ["one", "two", "three"] {
        for fact in ["taskRunning", "taskSucceeded", "logStored"] {
            assert_eq!(counts.get(&format!("{fact} {task}")), Some(&1), "{counts:#?}");
        }
    }
    assert_eq!((counts.get("runStarted "), counts.get("runFinished ")), (Some(&1), Some(&1)), "{counts:#?}");
}
