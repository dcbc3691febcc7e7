//! Ends: exit codes, signals, stops, timeouts, memory, and what a killed server leaves.

use std::time::{Duration, Instant};

use dagwright::engine::local::sandbox::{End, Limits, Phase, PythonNeed, SandboxKind};

use crate::bench::{HOST_KINDS, bench, open, processes_with, unique_seconds, until_logged};

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
    for kind in HOST_KINDS {
        let seconds = unique_seconds();
        let Some(bench) = bench(kind).await else { continue };
        let running = bench.sandbox.start(bench.shell(&DAEMON.replace("SECONDS", &seconds)));
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
        let seconds = unique_seconds();
        let mut command = bench.shell(&format!("echo begun; sleep {seconds}"));
        command.timeout = Some(Duration::from_millis(700));
        let (outcome, log) = bench.run(command).await;
        assert_eq!(outcome.end, End::TimedOut { after: Duration::from_millis(700) });
        assert!(outcome.message().contains("700ms"), "{}", outcome.message());
        assert!(log.starts_with("begun\n"), "{log}");
        assert_eq!(processes_with(&format!("sleep {seconds}")), 0);
    }
}

#[tokio::test]
async fn what_a_task_leaves_in_the_background_ends_with_it() {
    for kind in HOST_KINDS {
        let seconds = unique_seconds();
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
    let Some(bench) = bench(SandboxKind::Process).await else { return };
    let [own, others] = [unique_seconds(), unique_seconds()];
    let mut bystander = std::process::Command::new("sleep").arg(unique_seconds()).spawn().unwrap();
    let other_store = crate::bench::bench(SandboxKind::Process).await.unwrap();
    let other = other_store.sandbox.start(other_store.shell(&format!("echo ready; sleep {others}")));
    until_logged(&other, "ready").await;
    let running = bench.sandbox.start(bench.shell(&DAEMON.replace("SECONDS", &own)));
    until_logged(&running, "ready").await;

    let next = open(SandboxKind::Process, bench.folder.path()).await.unwrap();
    let reaped = next.reap_leftovers().await;
    assert_eq!(reaped.attempts, ["digits/train/1"]);
    assert!(reaped.ended >= 3, "{reaped:?}");
    assert_eq!(reaped.failures, [""; 0]);
    assert_eq!(processes_with(&format!("sleep {own}")), 0);
    assert!(bystander.try_wait().unwrap().is_none(), "a process of nobody's must live");
    assert_eq!(processes_with(&format!("sleep {others}")), 2, "another data folder's task must live");
    assert_eq!(next.reap_leftovers().await.attempts, [""; 0]);

    bystander.kill().unwrap();
    bystander.wait().unwrap();
    other.stopper().stop(Duration::ZERO);
    other.wait().await;
}

const VICTIM: &str = "DAGWRIGHT_TEST_VICTIM_FOLDER";

/// Not a test by itself: the server that [`kill_nine_in_the_middle_leaves_nothing_that_the_next_server_does_not_end`] kills.
#[tokio::test]
async fn victim() {
    let Some(folder) = std::env::var_os(VICTIM) else { return };
    let seconds = std::env::var("DAGWRIGHT_TEST_VICTIM_SECONDS").unwrap();
    let kind = if std::env::var_os("DAGWRIGHT_TEST_VICTIM_PLAIN").is_some() {
        SandboxKind::Process
    } else {
        SandboxKind::Bubblewrap
    };
    let sandbox = open(kind, folder.as_ref()).await.unwrap();
    let bench = crate::bench::Bench { sandbox, folder: tempfile::TempDir::new().unwrap() };
    let mut command = bench.shell(&DAEMON.replace("SECONDS", &seconds));
    command.attempt_folder = std::path::Path::new(&folder).join("attempt");
    bench.sandbox.start(command).wait().await;
}

#[tokio::test]
async fn kill_nine_in_the_middle_leaves_nothing_that_the_next_server_does_not_end() {
    for kind in HOST_KINDS {
        let Some(bench) = bench(kind).await else { continue };
        let folder = bench.folder.path().join("data");
        let seconds = unique_seconds();
        let mut server = std::process::Command::new(std::env::current_exe().unwrap());
        server
            .args(["ending::victim", "--exact"])
            .env(VICTIM, &folder)
            .env("DAGWRIGHT_TEST_VICTIM_SECONDS", &seconds)
            .stdout(std::process::Stdio::null());
        if kind == SandboxKind::Process {
            server.env("DAGWRIGHT_TEST_VICTIM_PLAIN", "1");
        }
        let mut server = server.spawn().unwrap();
        let log = folder.join("attempt/main.log");
        let begin = Instant::now();
        while !std::fs::read_to_string(&log).is_ok_and(|text| text.contains("ready")) {
            assert!(begin.elapsed() < Duration::from_secs(30), "the task never began");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(processes_with(&format!("sleep {seconds}")) >= 2);
        server.kill().unwrap();
        server.wait().unwrap();
        let next = open(kind, &folder).await.unwrap();
        let reaped = next.reap_leftovers().await;
        assert_eq!(
            (reaped.attempts.as_slice(), reaped.failures.as_slice()),
            (&["digits/train/1".to_owned()][..], &[][..])
        );
        assert_eq!(processes_with(&format!("sleep {seconds}")), 0, "{kind:?}");
    }
}

#[tokio::test]
async fn a_stop_ends_an_installation_of_packages_that_nobody_else_waits_for() {
    for kind in HOST_KINDS {
        let Some(bench) = bench(kind).await else { continue };
        let mut command = bench.command(&["python3", "-c", ""]);
        // An address that takes a connection and never answers.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap();
        let package = format!("silent @ http://{address}/silent-{}.tar.gz", kind as u8);
        command.packages = vec![package];
        command.python = PythonNeed::Required;
        let running = bench.sandbox.start(command);
        until_logged(&running, "Collecting silent").await;
        assert!(matches!(&*running.phase().borrow(), Phase::Preparing(what) if what.contains("silent")));
        let marker = format!("http://{address}/");
        assert!(processes_with(&marker) >= 1, "{kind:?}");
        running.stopper().stop(Duration::from_secs(1));
        assert_eq!(running.wait().await.end, End::Stopped);
        let begin = Instant::now();
        while processes_with(&marker) > 0 {
            assert!(begin.elapsed() < Duration::from_secs(5), "{kind:?}: pip goes on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
