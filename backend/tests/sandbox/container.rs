//! Containers for real: a Podman service of the test's own, with an image made from a static busybox. Where there is no
//! Podman, no static busybox, or containers cannot be started, the tests say so and pass.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dagwright::engine::local::sandbox::{
    End, Limits, MountAccess, Phase, SandboxChoice, SandboxCommand, SandboxConfig, SandboxKind, detect,
};
use tempfile::TempDir;

use crate::bench::{Bench, processes_with, unique_seconds, until_logged};
use crate::podman::{LIMITS, Podman, podman_in};

const IMAGE: &str = "dagwright.test/busybox:1";

/// A root of busybox alone, as an image with a command and a working folder of its own.
fn import_image(folder: &Path) -> Result<(), String> {
    let busybox = ["/bin/busybox", "/usr/bin/busybox"].into_iter().find(|path| Path::new(path).exists());
    let busybox = busybox.ok_or("no busybox (`apt install busybox-static`)")?;
    let root = folder.join("image");
    for name in ["bin", "tmp", "work"] {
        std::fs::create_dir_all(root.join(name)).unwrap();
    }
    std::fs::copy(busybox, root.join("bin/busybox")).unwrap();
    for name in ["sh", "echo", "cat", "sleep", "env", "id", "true", "yes", "head", "tr", "mkdir", "setsid", "dd", "ls"]
    {
        std::os::unix::fs::symlink("busybox", root.join("bin").join(name)).unwrap();
    }
    let tar = folder.join("image.tar").display().to_string();
    let packed = Command::new("tar").args(["-C", &root.display().to_string(), "-cf", &tar, "."]).status().unwrap();
    assert!(packed.success());
    podman_in(
        folder,
        &[
            "import",
            "--change",
            "CMD [\"/bin/echo\",\"the image's own\"]",
            "--change",
            "WORKDIR /work",
            "--change",
            "ENV FROM_IMAGE=yes",
            &tar,
            IMAGE,
        ],
    )
}

async fn bench() -> Option<(Bench, Podman)> {
    let podman = Podman::start(import_image, IMAGE)?;
    let data = TempDir::new().unwrap();
    let sandbox = detect(config(data.path(), &podman.socket())).await.unwrap();
    Some((Bench { sandbox, folder: data }, podman))
}

fn config(data_folder: &Path, socket: &str) -> SandboxConfig {
    SandboxConfig {
        data_folder: data_folder.to_owned(),
        choice: SandboxChoice::Only(SandboxKind::Container),
        container_host: Some(socket.to_owned()),
        python: None,
    }
}

fn in_image(bench: &Bench, script: &str) -> SandboxCommand {
    SandboxCommand { image: IMAGE.into(), ..bench.shell(script) }
}

#[tokio::test]
async fn containers_run_as_the_task_says() {
    let Some((bench, _podman)) = bench().await else { return };
    assert!(bench.sandbox.describe().title.contains("Podman Engine"), "{:?}", bench.sandbox.describe());

    // Exit codes, environment, working folder, inputs, outputs, volumes.
    let mut command = in_image(
        &bench,
        "echo $FROM_IMAGE $TOKEN $PWD; tr a-z A-Z < /tmp/inputs/i/data > /tmp/outputs/o/data; echo kept > /data/file; \
         echo no > /models/file || echo refused; exit 7",
    );
    command.environment = [("TOKEN".to_owned(), "a 'b' ✓".to_owned())].into();
    command.mounts = vec![
        bench.volume("data", "/data", MountAccess::ReadWrite),
        bench.volume("models", "/models", MountAccess::ReadOnly),
    ];
    for part in ["inputs/i", "outputs/o"] {
        std::fs::create_dir_all(command.attempt_folder.join(part)).unwrap();
    }
    std::fs::write(command.attempt_folder.join("inputs/i/data"), "zehn ✓").unwrap();
    let written = command.attempt_folder.join("outputs/o/data");
    let (outcome, log) = bench.run(command).await;
    assert_eq!(outcome.end, End::Exited { code: 7 }, "{log}");
    assert!(log.starts_with("yes a 'b' ✓ /work\n") && log.contains("refused"), "{log}");
    assert_eq!(std::fs::read_to_string(written).unwrap(), "ZEHN ✓");
    assert_eq!(std::fs::read_to_string(bench.folder.path().join("volumes/data/file")).unwrap(), "kept\n");

    // The image's own command; a command that is not in it; an image that is nowhere.
    let mut own = in_image(&bench, "");
    own.command.clear();
    let (outcome, log) = bench.run(own).await;
    assert!(outcome.succeeded());
    assert_eq!(log, "the image's own\n");
    let (outcome, _) = bench.run(SandboxCommand { image: IMAGE.into(), ..bench.command(&["no-such-program"]) }).await;
    let End::NotStarted(refusal) = &outcome.end else { panic!("{outcome:?}") };
    assert!(refusal.reason.contains("no-such-program"), "{refusal}");
    let (outcome, _) =
        bench.run(SandboxCommand { image: "127.0.0.1:1/nowhere:1".into(), ..in_image(&bench, "true") }).await;
    let End::NotStarted(refusal) = &outcome.end else { panic!("{outcome:?}") };
    assert!(refusal.code == "sandbox.image" && refusal.reason.contains("127.0.0.1:1/nowhere:1"), "{refusal}");

    // A long log, whole, without a last line's end.
    let (outcome, log) =
        bench.run(in_image(&bench, "yes 0123456789abcdef | head -c 10485760; echo err >&2; printf end")).await;
    assert!(outcome.succeeded(), "{outcome:?}");
    assert_eq!(log.len(), (10 << 20) + "err\nend".len());
    // The two streams are two pipes of the engine's: each is in order, they are not in order with each other.
    assert!(log.replacen("err\n", "", 1).ends_with("0123456end"));
}

#[tokio::test]
async fn containers_end_when_they_must() {
    let Some((bench, podman)) = bench().await else { return };
    // Stop, with a child that left its session.
    let [stopped, left, strange] = [unique_seconds(), unique_seconds(), unique_seconds()];
    let running =
        bench.sandbox.start(in_image(&bench, &format!("(setsid sleep {stopped} &); echo ready; sleep {stopped}")));
    until_logged(&running, "ready").await;
    assert_eq!(*running.phase().borrow(), Phase::Running);
    assert!(processes_with(&format!("sleep {stopped}")) >= 2);
    let begin = Instant::now();
    running.stopper().stop(Duration::from_secs(1));
    while processes_with(&format!("sleep {stopped}")) > 0 {
        assert!(begin.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(running.wait().await.end, End::Stopped);
    assert_eq!(processes_with(&format!("sleep {stopped}")), 0);

    let mut command = in_image(&bench, "trap 'exit 0' TERM; sleep 600 & wait");
    command.timeout = Some(Duration::from_millis(700));
    let (outcome, _) = bench.run(command).await;
    assert_eq!(outcome.end, End::TimedOut { after: Duration::from_millis(700) });

    let mut command = in_image(&bench, "dd if=/dev/zero of=/dev/null bs=200M count=1");
    command.limits = Limits { memory_bytes: Some(32 << 20), cpu_millis: Some(500) };
    let (outcome, log) = bench.run(command).await;
    let unlimited = bench.sandbox.describe().meaning.iter().any(|sentence| sentence.contains("not limited"));
    assert_eq!(outcome.succeeded(), unlimited, "{log}");

    // The server dies: the next one removes what it left, and only that.
    let running = bench.sandbox.start(in_image(&bench, &format!("echo ready; sleep {left}")));
    until_logged(&running, "ready").await;
    podman
        .command(&[&["run", "-d"], &LIMITS[..], &[IMAGE, "/bin/sh", "-c", &format!("sleep 60; : {strange}")]].concat())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    // The next server may have been told to use another kind; it still knows what the last one used.
    let plain = SandboxChoice::Only(SandboxKind::Process);
    let next = detect(SandboxConfig { choice: plain, ..config(bench.folder.path(), &podman.socket()) }).await.unwrap();
    let reaped = next.reap_leftovers().await;
    assert_eq!((reaped.attempts, reaped.ended), (vec!["digits/train/1".to_owned()], 1), "{:?}", reaped.failures);
    let begin = Instant::now();
    while processes_with(&format!("sleep {left}")) > 0 {
        assert!(begin.elapsed() < Duration::from_secs(5), "the container is gone, its process is not");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(processes_with(&format!(": {strange}")) >= 1, "a stranger's container must live");
}
