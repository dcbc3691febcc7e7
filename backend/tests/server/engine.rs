//! The local engine on real processes: values, files, failures, retries, stop, secrets, volumes.

use crate::harness::Server;
use crate::plans::*;
use dagwright::engine::Urgency;
use dagwright_shared::diagnostic::any_error;
use dagwright_shared::plan::*;
use dagwright_shared::run::{PortValue, RunPhase, TaskPhase};
use std::time::{Duration, Instant};

fn text_of(value: &PortValue) -> &str {
    let PortValue::Parameter { text, .. } = value else { panic!("{value:?}") };
    text
}

async fn log(server: &Server, key: &str) -> String {
    let bytes = server.app.artifacts.store.get_bytes(key, 1 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn values_files_and_folders_go_from_task_to_task() {
    let server = Server::start().await;
    let mut plan = plan();
    let script = "printf 'dollar $HOME \"quote\"\\n\\n' > {out:word}; seq 3 > {out:list}; mkdir -p {out:tree}/sub; echo deep > {out:tree}/sub/leaf";
    add(&mut plan, shell("make", script, &[], &["word", "list:Dataset", "tree:Dataset"]));
    let script = "cat {in:list}; cat {in:tree}/sub/leaf; echo {value:word}; wc -l < {in:word}; printf %s {value:word} > {out:back}";
    let inputs = [
        ("list:Dataset", artifact_of("make", "list")),
        ("tree:Dataset", artifact_of("make", "tree")),
        ("word", value_of("make", "word")),
    ];
    add(&mut plan, shell("use", script, &inputs, &["back"]));
    let state = run(&server, "r1", &plan).await;
    assert_eq!((state.phase, state.message.as_str()), (RunPhase::Succeeded, ""));
    let (make, used) = (&state.tasks["make"], &state.tasks["use"]);
    // One trailing newline is cut, as Argo does.
    assert_eq!(text_of(&make.outputs["word"]), "dollar $HOME \"quote\"\n");
    assert_eq!(text_of(&used.outputs["back"]), "dollar $HOME \"quote\"");
    assert!(matches!(&make.outputs["tree"], PortValue::Artifact { files: Some(1), size: 5, .. }));
    assert!(matches!(&make.outputs["list"], PortValue::Artifact { files: None, size: 6, sha256: Some(_), .. }));
    assert_eq!(make.attempts[0].log_key, None, "an empty log makes no object");
    let log = log(&server, used.attempts[0].log_key.as_ref().unwrap()).await;
    assert_eq!(log, "1\n2\n3\ndeep\ndollar $HOME \"quote\"\n\n1\n");
}

#[tokio::test]
async fn a_long_parameter_arrives_whole_and_a_too_long_one_fails() {
    let server = Server::start().await;
    let mut plan = plan();
    add(&mut plan, shell("make", "head -c 100000 /dev/zero | tr '\\0' x > {out:long}", &[], &["long"]));
    add(
        &mut plan,
        shell("count", "printf %s {value:long} | wc -c > {out:size}", &[("long", value_of("make", "long"))], &["size"]),
    );
    add(&mut plan, shell("more", "head -c 200000 /dev/zero | tr '\\0' x > {out:long}", &[], &["long"]));
    let state = run(&server, "r1", &plan).await;
    assert_eq!(text_of(&state.tasks["count"].outputs["size"]).trim(), "100000");
    assert!(
        matches!(&state.tasks["make"].outputs["long"], PortValue::Parameter { text, size: 100_000 } if text.len() == 4096)
    );
    assert!(state.tasks["more"].phase == TaskPhase::Failed && state.message.contains("131072"), "{}", state.message);
}

#[tokio::test]
async fn what_goes_wrong_is_said_and_others_go_on() {
    let server = Server::start().await;
    let mut plan = plan();
    add(&mut plan, shell("forgets", "true", &[], &["model:Model"]));
    add(&mut plan, shell("follows", "cat {in:model}", &[("model:Model", artifact_of("forgets", "model"))], &[]));
    add(&mut plan, shell("links", "ln -s /etc/passwd {out:file}", &[], &["file:Dataset"]));
    add(&mut plan, shell("exits", "echo told; exit 7", &[], &[]));
    add(&mut plan, shell("sleeps", "sleep 60", &[], &[])).timeout_seconds = Some(1);
    add(&mut plan, shell("fine", "true", &[], &[]));
    let state = run(&server, "r1", &plan).await;
    let detail = |task: &str| state.tasks[task].detail.clone();
    assert_eq!(state.phase, RunPhase::Failed);
    assert!(
        detail("forgets").contains("Output “model”: the task ended well and did not write it"),
        "{}",
        detail("forgets")
    );
    assert!(state.tasks["follows"].phase == TaskPhase::Skipped && detail("follows") == "forgets failed");
    assert!(detail("links").contains("link"), "{}", detail("links"));
    assert_eq!((state.tasks["exits"].attempts[0].exit_code, state.tasks["exits"].attempts[0].log_size), (Some(7), 5));
    assert!(detail("sleeps").contains("timeout"), "{}", detail("sleeps"));
    assert_eq!(state.tasks["fine"].phase, TaskPhase::Succeeded);
    assert!(
        state.message.starts_with("forgets failed") && state.message.contains("3 more failed"),
        "{}",
        state.message
    );
}

#[tokio::test]
async fn a_retry_on_a_volume_that_keeps_what_was_written() {
    let server = Server::start().await;
    let mut plan = plan();
    for (slug, lifetime) in [("kept", PlanLifetime::Kept(String::from("shell-kept"))), ("gone", PlanLifetime::Run)] {
        let (name, size) = (String::from(slug), Some(String::from("1Gi")));
        plan.volumes.push(PlanVolume {
            slug: name.clone(),
            name,
            lifetime,
            size,
            access_modes: vec![],
            storage_class: None,
        });
    }
    let script = "echo x >> /data/count; echo y > /gone/y; test $(wc -l < /data/count) -ge 3";
    let template = add(&mut plan, shell("again", script, &[], &[]));
    template.retry = Some(PlanRetry { limit: 4, backoff_seconds: 0, factor: 1.0, max_backoff_seconds: None });
    for (volume, path) in [("kept", "/data"), ("gone", "/gone")] {
        let (volume, path) = (String::from(volume), String::from(path));
        template.mounts.push(PlanMount { volume, path, read_only: false, sub_path: None });
    }
    if server.app.engines.named("local").unwrap().describe().sandbox == "process" {
        assert!(
            any_error(&server.app.engines.named("local").unwrap().check(&plan).await),
            "a plain process cannot mount"
        );
        return;
    }
    let said = server.app.engines.named("local").unwrap().check(&plan).await;
    assert!(!any_error(&said) && said.len() == 2, "each volume's size is said to be only asked for: {said:?}");
    let state = run(&server, "r1", &plan).await;
    assert_eq!((state.phase, state.tasks["again"].attempts.len()), (RunPhase::Succeeded, 3), "{state:#?}");
    let second = run(&server, "r2", &plan).await;
    assert_eq!(second.tasks["again"].attempts.len(), 1, "runs share a kept volume");
    let mut left = server.app.store.volumes().await.unwrap();
    for _ in 0..50 {
        if left.len() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        left = server.app.store.volumes().await.unwrap();
    }
    assert_eq!(left.iter().map(|volume| volume.id.as_str()).collect::<Vec<_>>(), ["shell-kept"]);
    let folder = server.app.volumes.folder(&left[0]);
    assert!(std::fs::read_to_string(folder.join("count")).unwrap().len() >= 8);
    assert_eq!(std::fs::read_dir(folder.parent().unwrap().parent().unwrap().join("runs")).unwrap().count(), 0);
}

#[tokio::test]
async fn secrets_reach_the_task_and_no_log() {
    let server = Server::start().await;
    server.app.secrets.set("hub", "key", String::from("hunter22-secret")).unwrap();
    let mut plan = plan();
    let template = add(
        &mut plan,
        shell("tell", "printf 'a hunter22'; sleep 0.3; echo '-secret z'; test $(printenv KEY | wc -c) = 16", &[], &[]),
    );
    let secret = |name: &str| PlanEnvValue::Secret { name: String::from(name), key: String::from("key") };
    template.env.push(PlanEnv { name: String::from("KEY"), value: secret("hub") });
    let template = add(&mut plan, shell("lacks", "true", &[], &[]));
    template.env.push(PlanEnv { name: String::from("KEY"), value: secret("none") });
    template.retry = Some(PlanRetry { limit: 3, backoff_seconds: 60, factor: 1.0, max_backoff_seconds: None });
    assert_eq!(server.app.engines.named("local").unwrap().check(&plan).await.len(), 1);
    let state = run(&server, "r1", &plan).await;
    assert_eq!(log(&server, state.tasks["tell"].attempts[0].log_key.as_ref().unwrap()).await, "a *************** z\n");
    assert_eq!(state.tasks["tell"].phase, TaskPhase::Succeeded);
    assert!(state.message.contains("no secret none/key"), "{}", state.message);
    assert_eq!(state.tasks["lacks"].attempts.len(), 1, "another attempt cannot mend it");
}

#[tokio::test]
async fn stop_ends_stubborn_processes_within_five_seconds() {
    let server = Server::start().await;
    let mut plan = plan();
    let script = "trap '' TERM; (trap '' TERM; sleep 61) & sleep 62; sleep 63";
    add(&mut plan, shell("stubborn", script, &[], &[]));
    add(&mut plan, shell("later", "true", &[], &[])).retry = None;
    plan.tasks[1].dependencies.push(String::from("stubborn"));
    start(&server, "r1", &plan).await;
    wait(&server, "r1", |state| state.task_phase("stubborn") == TaskPhase::Running).await;
    let asked = Instant::now();
    server.app.engines.named("local").unwrap().cancel("r1", "a test", Urgency::Gently).await.unwrap();
    let state = wait(&server, "r1", |state| state.phase.is_final()).await;
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    assert_eq!(state.phase, RunPhase::Stopped);
    assert!(state.tasks.values().all(|task| task.phase == TaskPhase::Stopped));

    start(&server, "r2", &plan).await;
    wait(&server, "r2", |state| state.task_phase("stubborn") == TaskPhase::Running).await;
    let asked = Instant::now();
    server.app.engines.named("local").unwrap().cancel("r2", "a test", Urgency::Gently).await.unwrap();
    server.app.engines.named("local").unwrap().cancel("r2", "a test", Urgency::Gently).await.unwrap();
    wait(&server, "r2", |state| state.phase.is_final()).await;
    assert!(asked.elapsed() < Duration::from_millis(2500), "a second press does not wait: {:?}", asked.elapsed());
}

#[tokio::test]
async fn a_server_that_stops_lets_go_and_the_next_goes_on() {
    let mut server = Server::start().await;
    let mut plan = plan();
    add(&mut plan, shell("first", "date +%N > {out:time}", &[], &["time"]));
    let second = "echo began; sleep {value:seconds}; echo done";
    add(&mut plan, shell("second", second, &[("seconds", text("3")), ("time", value_of("first", "time"))], &[]));
    start(&server, "r1", &plan).await;
    let before = wait(&server, "r1", |state| state.task_phase("second") == TaskPhase::Running).await;
    // Running is told when the process is there; it has yet to write.
    tokio::time::sleep(Duration::from_millis(400)).await;
    let stopping = Instant::now();
    server.restart().await;
    assert!(stopping.elapsed() < Duration::from_secs(4), "{:?}", stopping.elapsed());
    let after = wait(&server, "r1", |state| state.phase.is_final()).await;
    assert_eq!(after.phase, RunPhase::Succeeded);
    assert_eq!(after.tasks["first"], before.tasks["first"], "a finished task is not run again");
    let attempts = &after.tasks["second"].attempts;
    assert_eq!((attempts.len(), attempts[0].lost, attempts[0].phase), (2, true, TaskPhase::Failed));
    let cut = attempts[0].log_key.as_ref().unwrap();
    assert!(!attempts[0].log_complete && log(&server, cut).await.starts_with("began"));
}

#[tokio::test]
async fn many_small_tasks_do_not_cost_much() {
    let server = Server::start().await;
    let mut plan = plan();
    for index in 0..40 {
        add(&mut plan, shell(&format!("t{index}"), "true", &[], &[]));
    }
    let began = Instant::now();
    let state = run(&server, "r1", &plan).await;
    assert_eq!(state.phase, RunPhase::Succeeded);
    println!("40 tasks in {:?}", began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}
