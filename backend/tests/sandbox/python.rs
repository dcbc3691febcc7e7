//! Python environments for real: pip installs `six`, a small package without dependencies.

use dagwright::engine::local::sandbox::{End, PythonNeed, SandboxCommand, SandboxKind};

use crate::bench::{Bench, HOST_KINDS, bench, open};

fn importing(bench: &Bench, package: &str, code: &str) -> SandboxCommand {
    let mut command = bench.command(&["python3", "-c", code]);
    command.packages = vec![package.into()];
    command.python = PythonNeed::Required;
    command
}

/// A version that no machine has installed already.
const SIX: &str = "six==1.15.0";

#[tokio::test]
async fn a_package_set_is_installed_once_however_many_tasks_want_it() {
    for kind in HOST_KINDS {
        let Some(bench) = bench(kind).await else { continue };
        let code = "import six, sys; print('six', six.__version__, sys.prefix)";
        let (one, two, three) = tokio::join!(
            bench.run(importing(&bench, SIX, code)),
            bench.run(importing(&bench, &format!(" {SIX} "), code)),
            bench.run(importing(&bench, SIX, code)),
        );
        for (outcome, log) in [&one, &two, &three] {
            assert!(outcome.succeeded(), "{kind:?}: {log}");
            assert!(log.contains("Preparing: ") && log.contains("Successfully installed six-1.15.0"), "{log}");
            assert!(log.contains("six 1.15.0"), "{log}");
        }
        let environments = bench.folder.path().join("sandbox/python/environments");
        assert_eq!(std::fs::read_dir(&environments).unwrap().count(), 1);
        // A later server, and a later task, install nothing.
        let again = Bench { sandbox: open(kind, bench.folder.path()).await.unwrap(), folder: bench.folder };
        let (outcome, log) = again.run(importing(&again, SIX, code)).await;
        assert!(outcome.succeeded() && !log.contains("Preparing"), "{log}");
        assert_eq!(std::fs::read_dir(&environments).unwrap().count(), 1);
        if kind == SandboxKind::Bubblewrap {
            let code = "import six, pathlib; pathlib.Path(six.__file__).write_text('evil')";
            let (outcome, log) = again.run(importing(&again, SIX, code)).await;
            assert!(!outcome.succeeded() && log.contains("Read-only file system"), "{log}");
        }
    }
}

#[tokio::test]
async fn what_the_interpreter_has_is_not_installed_again() {
    for kind in HOST_KINDS {
        let Some(bench) = bench(kind).await else { continue };
        let (outcome, log) = bench.run(importing(&bench, "pip>=1", "print('plain')")).await;
        assert!(outcome.succeeded(), "{log}");
        assert_eq!(log, "plain\n", "{kind:?}");
    }
}

#[tokio::test]
async fn a_package_that_is_not_there_fails_the_task_by_name() {
    let Some(bench) = bench(SandboxKind::Process).await else { return };
    let (outcome, log) = bench.run(importing(&bench, "six==0.0.999", "")).await;
    let End::NotStarted(refusal) = &outcome.end else { panic!("{outcome:?}") };
    assert!(
        refusal.reason.contains("six==0.0.999") && refusal.reason.contains("No matching distribution"),
        "{refusal}"
    );
    assert!(log.contains("No matching distribution"), "{log}");
    let (outcome, _) = bench.run(importing(&bench, "--index-url=http://evil", "")).await;
    let End::NotStarted(refusal) = &outcome.end else { panic!("{outcome:?}") };
    assert!(refusal.reason.contains("option of pip"), "{refusal}");
}

#[tokio::test]
async fn both_python_and_python3_are_this_machines_interpreter() {
    for kind in HOST_KINDS {
        let Some(bench) = bench(kind).await else { continue };
        let script =
            "python -c 'import sys, json, ssl; print(sys.version_info[0])' && python3 -m json.tool --help > /dev/null";
        let (outcome, log) = bench.run(bench.shell(script)).await;
        assert!(outcome.succeeded(), "{kind:?}: {log}");
        assert_eq!(log, "3\n");
    }
}
