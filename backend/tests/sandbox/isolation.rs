//! What a task sees, and what it must not.

use dagwright::engine::local::sandbox::{End, MountAccess, SandboxKind};

use crate::bench::{HOST_KINDS, bench};

#[tokio::test]
async fn the_environment_is_empty_but_for_the_tasks_own() {
    // SAFETY of the test: the variable stands in for a server's secret; cargo sets this one for every test.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    for kind in HOST_KINDS {
        let Some(bench) = bench(kind).await else { continue };
        let mut command = bench.command(&["/usr/bin/env"]);
        command.environment =
            [("TOKEN".to_owned(), "s3cr3t \"'$(x)\nsecond line é".to_owned()), ("LANG".to_owned(), "C".to_owned())]
                .into();
        let (outcome, log) = bench.run(command).await;
        assert!(outcome.succeeded(), "{log}");
        assert!(log.contains("TOKEN=s3cr3t \"'$(x)\nsecond line é\n"), "{log}");
        assert!(log.contains("LANG=C\n"), "the task's own value wins: {log}");
        let mut names: Vec<&str> = log.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
        names.retain(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name));
        names.sort_unstable();
        let mut expected = vec!["HOME", "LANG", "PATH", "PYTHONUNBUFFERED", "TMPDIR", "TOKEN"];
        if kind == SandboxKind::Process {
            expected.insert(0, "DAGWRIGHT_ATTEMPT");
        }
        assert_eq!(names, expected, "{kind:?}");
    }
}

#[tokio::test]
async fn secrets_stand_on_no_command_line() {
    for kind in HOST_KINDS {
        let Some(bench) = bench(kind).await else { continue };
        let secret = format!("secret-{}", crate::bench::unique_seconds());
        let mut command = bench.shell("echo ready; sleep 0.5");
        command.environment = [("TOKEN".to_owned(), secret.clone())].into();
        let running = bench.sandbox.start(command);
        crate::bench::until_logged(&running, "ready").await;
        assert_eq!(crate::bench::processes_with(&secret), 0, "{kind:?}");
        let outcome = running.wait().await;
        assert!(outcome.succeeded());
    }
}

#[tokio::test]
async fn in_bubblewrap_a_task_sees_neither_home_nor_data_nor_sockets_nor_other_processes() {
    let Some(bench) = bench(SandboxKind::Bubblewrap).await else { return };
    let data = bench.folder.path().display().to_string();
    std::fs::write(bench.folder.path().join("secrets"), "x").unwrap();
    let home = std::env::var("HOME").unwrap();
    // tidy: allow(machine-path) what a task must not see
    let script = format!(
        "for path in {data}/secrets {data}/runs {data}/sandbox/id {home}/.bashrc {home}/.profile {home}/.kube {home}/.ssh {home}/.cargo \
         /run/systemd /run/user /var/run/docker.sock /run/podman /etc/shadow /etc/ssl/private /var/lib /boot /root/.docker /home; do \
         if [ -e \"$path\" ]; then echo \"SEES $path\"; fi; done; \
         ls /proc | grep -c '^[0-9]'; grep -c . /etc/passwd; id -un; touch /usr/x 2>&1; cat /proc/sys/kernel/hostname > /dev/null; \
         same=$(cat /proc/sys/kernel/panic); (echo $same > /proc/sys/kernel/panic) 2>/dev/null && echo 'WRITES sysctl'; exit 0"
    );
    let (outcome, log) = bench.run(bench.shell(&script)).await;
    assert!(outcome.succeeded(), "{log}");
    assert!(!log.contains("SEES"), "{log}");
    assert!(!log.contains("WRITES"), "{log}");
    assert!(log.contains("Read-only file system") || log.contains("Permission denied"), "{log}");
    let processes: u32 = log.lines().next().unwrap().parse().unwrap();
    assert!(processes <= 6, "only its own processes: {log}");
    assert!(log.contains("\ntask\n"), "the account's stub: {log}");
}

#[tokio::test]
async fn inputs_and_outputs_are_where_paths_says() {
    for kind in HOST_KINDS {
        let Some(bench) = bench(kind).await else { continue };
        let mut command = bench.shell("");
        let paths = bench.sandbox.paths(&command.attempt_folder);
        std::fs::create_dir_all(command.attempt_folder.join("inputs/données")).unwrap();
        std::fs::write(command.attempt_folder.join("inputs/données/data"), "zehn Zeilen ✓").unwrap();
        command.command[2] =
            format!("mkdir -p {0}/o && tr a-z A-Z < {1}/données/data > {0}/o/data", paths.outputs, paths.inputs);
        let written = command.attempt_folder.join("outputs/o/data");
        let (outcome, log) = bench.run(command).await;
        assert!(outcome.succeeded(), "{kind:?}: {log}");
        assert_eq!(std::fs::read_to_string(written).unwrap(), "ZEHN ZEILEN ✓");
    }
}

#[tokio::test]
async fn bubblewrap_mounts_volumes_at_the_pipelines_path() {
    let Some(bench) = bench(SandboxKind::Bubblewrap).await else { return };
    let mut command = bench.shell(
        "echo kept > /data/deep/a && echo inner > /data/deep/inside/b && cat /models/c; echo no > /models/d || echo refused; ls /sub",
    );
    let volumes = bench.folder.path().join("volumes");
    std::fs::create_dir_all(volumes.join("models")).unwrap();
    std::fs::write(volumes.join("models/c"), "model\n").unwrap();
    std::fs::create_dir_all(volumes.join("tree/branch")).unwrap();
    std::fs::write(volumes.join("tree/branch/leaf"), "").unwrap();
    let mut sub = bench.volume("tree", "/sub", MountAccess::ReadWrite);
    sub.sub_path = Some("branch".into());
    // The inner one is named first.
    command.mounts = vec![
        bench.volume("inner", "/data/deep/inside", MountAccess::ReadWrite),
        bench.volume("outer", "/data/deep", MountAccess::ReadWrite),
        bench.volume("models", "/models", MountAccess::ReadOnly),
        sub,
    ];
    let (outcome, log) = bench.run(command).await;
    assert!(outcome.succeeded(), "{log}");
    assert_eq!(std::fs::read_to_string(volumes.join("outer/a")).unwrap(), "kept\n");
    assert_eq!(std::fs::read_to_string(volumes.join("inner/b")).unwrap(), "inner\n");
    assert!(log.contains("model\n") && log.contains("refused\n") && log.contains("leaf\n"), "{log}");
    assert!(!volumes.join("models/d").exists());
}

#[tokio::test]
async fn mounts_that_cannot_be_are_refused_with_the_reason() {
    let Some(bench) = bench(SandboxKind::Bubblewrap).await else { return };
    for path in ["data", "/data/../etc", "/", "/tmp", "/proc/x", "/etc/cron.d", "/tmp/inputs/x", "/usr/share/not-there"]
    {
        let mut command = bench.shell("true");
        command.mounts = vec![bench.volume("v", path, MountAccess::ReadWrite)];
        let refusal = bench.sandbox.can_run(&command).unwrap_err();
        assert_eq!(refusal.code, "sandbox.mount");
        assert!(refusal.reason.contains(path), "{refusal}");
    }
    let mut twice = bench.shell("true");
    twice.mounts =
        vec![bench.volume("a", "/d", MountAccess::ReadWrite), bench.volume("b", "/d/", MountAccess::ReadWrite)];
    assert!(bench.sandbox.can_run(&twice).is_err());
    // A link that a task planted in a volume leads nowhere.
    let evil = bench.folder.path().join("volumes/evil");
    std::fs::create_dir_all(&evil).unwrap();
    std::os::unix::fs::symlink("/etc", evil.join("link")).unwrap();
    let mut command = bench.shell("ls /x");
    let mut mount = bench.volume("evil", "/x", MountAccess::ReadWrite);
    mount.sub_path = Some("link".into());
    command.mounts = vec![mount];
    let (outcome, log) = bench.run(command).await;
    assert!(matches!(outcome.end, End::NotStarted(_)), "{log}");
}

#[tokio::test]
async fn a_plain_process_refuses_volumes_at_other_paths_and_takes_one_at_its_own() {
    let Some(bench) = bench(SandboxKind::Process).await else { return };
    let mut command = bench.shell("true");
    command.mounts = vec![bench.volume("v", "/data", MountAccess::ReadWrite)];
    let refusal = bench.sandbox.can_run(&command).unwrap_err();
    assert!(refusal.reason.contains("/data") && refusal.hint.contains("bubblewrap"), "{refusal}");
    let own = bench.folder.path().join("volumes/v").display().to_string();
    let mut command = bench.shell(&format!("echo x > {own}/file"));
    command.mounts = vec![bench.volume("v", &own, MountAccess::ReadWrite)];
    let (outcome, log) = bench.run(command).await;
    assert!(outcome.succeeded(), "{log}");
    assert!(std::path::Path::new(&own).join("file").exists());
    assert!(bench.sandbox.describe().sees_host);
}
