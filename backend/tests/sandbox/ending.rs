//! Ends: exit codes, signals, stops, timeouts, memory, and what a killed server leaves.

use std::time::{Duration, Instant};

use dagwright::engine::local::sandbox::{End, Limits, Phase};

use crate::bench::{HOST_KINDS, bench, open, processes_with, until_logged};

#[tokio::test]
async fn exit_codes_and_signals_come_through() {
    for kind in HOST_KINDS {
        let Some(bench) = bench(kind).await else { continue };
        for (script, code) in [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143), ("kill -SEGV $$", 139)] {
            let (outcome, log) = bench.run(bench.shell(script)).await;
            assert_eq!(outcome.end, End::Exited { code }, "{kind:?}: {script}: {log}");
            assert_eq!(outcome.succeeded(), code == 0);
            assert!(outcome.took.is_some());
        }
        let (outcome, _) = bench.run(bench.shell("kill -KILL $$")).await;
        assert_eq!(outcome.message(), "ended by signal SIGKILL (exit code 137)");
    }
}

#[tokio::test]
async fn a_program_that_is_not_there_is_refused_by_name() {
    for kind in HOST_KINDS {
        let Some(bench) = bench(kind).await else { continue };
        let (outcome, _) = bench.run(bench.command(&["no-such-program"])).await;
        let End::NotStarted(refusal) = &outcome.end else { panic!("{outcome:?}") };
        assert_eq!(refusal.code, "sandbox.command");
        assert!(refusal.reason.contains("no-such-program") && refusal.reason.contains("python:3.11"), "{refusal}");
        assert_eq!(outcome.took, None);
        let (outcome, _) = bench.run(bench.command(&[])).await;
        assert!(matches!(outcome.end, End::NotStarted(_)));
    }
}

/// A child that left its session and its parent still belongs to the task.
const DAEMON: &str = "(setsid sleep SECONDS >/dev/null 2>&1 &) ; echo ready; sleep SECONDS";

#[tokio::test]
async fn a_stop_ends_every_process_even_those_that_left_their_session() {
    for (kind, seconds) in HOST_KINDS.into_iter().zip(["71001", "71002"]) {
        let Some(bench) = bench(kind).await else { continue };
        let running = bench.sandbox.start(bench.shell(&DAEMON.replace("SECONDS", seconds)));
        until_logged(&running, "ready").await;
        assert_eq!(*running.phase().borrow(), Phase::Running);
        assert!(processes_with(&format!("sleep {seconds}")) >= 2, "{kind:?}");
        let begin = Instant::now();
        running.stopper().stop(Duration::from_secs(3));
        let outcome = running.wait().await;
        assert_eq!(outcome.end, End::Stopped);
        assert!(
            begin.elapsed() < Duration::from_secs(2),
            "{kind:?}: SIGTERM is enough for sleep: {:?}",
            begin.elapsed()
        );
        assert_eq!(processes_with(&format!("sleep {seconds}")), 0, "{kind:?}");
    }
}

#[tokio::test]
async fn a_task_that_ignores_sigterm_is_killed_after_the_grace_and_one_that_heeds_it_may_clear_up() {
    for kind in HOST_KINDS {
        let Some(bench) = bench(kind).await else { continue };
        let running = bench.sandbox.start(bench.shell("trap '' TERM; echo ready; while :; do sleep 0.1; done"));
        until_logged(&running, "ready").await;
        let begin = Instant::now();
        running.stopper().stop(Duration::from_secs(60));
        running.stopper().stop(Duration::from_secs(1));
        assert_eq!(running.wait().await.end, End::Stopped);
        let took = begin.elapsed();
        assert!(took > Duration::from_millis(900) && took < Duration::from_secs(4), "{kind:?}: {took:?}");

        let running = bench
            .sandbox
            .start(bench.shell("trap 'echo cleared; exit 3' TERM; echo ready; while :; do sleep 0.1; done"));
        let log = running.log().to_owned();
        until_logged(&running, "ready").await;
        running.stopper().stop(Duration::from_secs(3));
        assert_eq!(running.wait().await.end, End::Stopped);
        assert!(std::fs::read_to_string(log).unwrap().contains("cleared"), "{kind:?}");
    }
}

#[tokio::test]
async fn a_timeout_ends_the_task_and_says_so() {
    for kind in HOST_KINDS {
        let Some(bench) = bench(kind).await else { continue };
        let mut command = bench.shell("echo begun; sleep 72001");
        command.timeout = Some(Duration::from_millis(700));
        let (outcome, log) = bench.run(command).await;
        assert_eq!(outcome.end, End::TimedOut { after: Duration::from_millis(700) });
        assert!(outcome.message().contains("700ms"), "{}", outcome.message());
        assert!(log.starts_with("begun\n"), "{log}");
        assert_eq!(processes_with("sleep 72001"), 0);
    }
}

#[tokio::test]
async fn what_a_task_leaves_in_the_background_ends_with_it() {
    for (kind, seconds) in HOST_KINDS.into_iter().zip(["73001", "73002"]) {
        let Some(bench) = bench(kind).await else { continue };
        let (outcome, _) = bench.run(bench.shell(&format!("(setsid sleep {seconds} &); exit 0"))).await;
        assert!(outcome.succeeded());
        for _ in 0..100 {
            if processes_with(&format!("sleep {seconds}")) == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(processes_with(&format!("sleep {seconds}")), 0, "{kind:?}");
    }
}

#[tokio::test]
async fn a_task_over_its_memory_limit_fails() {
    for kind in HOST_KINDS {
        let Some(bench) = bench(kind).await else { continue };
        let mut command = bench.command(&["python3", "-c", "x = bytearray(400 << 20); print(len(x))"]);
        let (outcome, log) = bench.run(command.clone()).await;
        assert!(outcome.succeeded(), "{kind:?}: without a limit it fits: {log}");
        command.attempt_folder = bench.attempt_folder();
        command.limits = Limits { memory_bytes: Some(100 << 20), cpu_millis: Some(500) };
        let (outcome, log) = bench.run(command).await;
        assert!(!outcome.succeeded(), "{kind:?}: {log}");
        let meaning = bench.sandbox.describe().meaning.join(" ");
        if meaning.contains("control group") && !meaning.contains("cannot be written") {
            assert_eq!(outcome.end, End::OutOfMemory { limit: Some(100 << 20) }, "{log}");
            assert!(outcome.message().contains("100Mi"));
        }
    }
}

/// The server dies without a word: here, by forgetting the sandbox while the task's processes go on.
#[tokio::test]
async fn the_next_server_ends_what_a_killed_one_left_and_nothing_else() {
    let Some(bench) = bench(dagwright::engine::local::sandbox::SandboxKind::Process).await else { return };
    let mut bystander = std::process::Command::new("sleep").arg("74002").spawn().unwrap();
    let other_store = crate::bench::bench(dagwright::engine::local::sandbox::SandboxKind::Process).await.unwrap();
    let other = other_store.sandbox.start(other_store.shell("echo ready; sleep 74003"));
    until_logged(&other, "ready").await;
    let running = bench.sandbox.start(bench.shell(&DAEMON.replace("SECONDS", "74001")));
    until_logged(&running, "ready").await;

    let next = open(dagwright::engine::local::sandbox::SandboxKind::Process, bench.folder.path()).await.unwrap();
    let reaped = next.reap_leftovers().await;
    assert_eq!(reaped.attempts, ["digits/train/1"]);
    assert!(reaped.ended >= 3, "{reaped:?}");
    assert_eq!(reaped.failures, [""; 0]);
    assert_eq!(processes_with("sleep 74001"), 0);
    assert!(bystander.try_wait().unwrap().is_none(), "a process of nobody's must live");
    assert_eq!(processes_with("sleep 74003"), 2, "another data folder's task must live");
    assert_eq!(next.reap_leftovers().await.attempts, [""; 0]);

    bystander.kill().unwrap();
    bystander.wait().unwrap();
    other.stopper().stop(Duration::ZERO);
    other.wait().await;
}
