//! The store's promises: revisions, numbered events, folds, pages, counts. Must not speak HTTP.

use dagwright::store::*;
use dagwright_shared::api::{RunSort, Thumbnail};
use dagwright_shared::plan::{PLAN_VERSION, Plan};
use dagwright_shared::run::{RunFact, RunPhase};
use serde_json::Map;

fn document(name: &str) -> NewPipeline {
    NewPipeline {
        name: String::from(name),
        description: String::new(),
        text: format!("name: {name}"),
        tasks: 1,
        thumbnail: Thumbnail { nodes: vec![[0.0, 1.5]], edges: vec![] },
    }
}

fn plan() -> Plan {
    Plan {
        version: PLAN_VERSION,
        pipeline: String::from("p"),
        slug: String::from("p"),
        description: None,
        service_account: None,
        image_pull_secrets: vec![],
        parameters: vec![],
        volumes: vec![],
        templates: vec![],
        tasks: vec![],
    }
}

fn new_run(id: &str) -> NewRun {
    NewRun {
        id: String::from(id),
        name: String::new(),
        pipeline: String::from("p1"),
        pipeline_name: String::from("first"),
        revision: 1,
        text: String::from("name: first"),
        experiment: String::from("Default"),
        engine: String::from("local"),
        sandbox: String::from("process"),
        created: 5,
        plan: plan(),
        arguments: Map::new(),
        volumes: vec![],
    }
}

async fn open() -> (tempfile::TempDir, Store) {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(&home.path().join("dagwright.db")).await.unwrap();
    store.create_pipeline("p1", 1, Origin::Elsewhere, &document("first")).await.unwrap();
    (home, store)
}

fn starting(task: &str) -> RunFact {
    RunFact::TaskStarting { task: String::from(task), attempt: 1, detail: String::new() }
}

fn finished() -> RunFact {
    RunFact::RunFinished { phase: RunPhase::Succeeded, message: String::new() }
}

#[tokio::test]
async fn a_save_over_another_save_is_a_conflict_and_a_repeated_one_is_not() {
    let (_home, store) = open().await;
    let second = document("second");
    let SaveOutcome::Saved(saved) = store.save_pipeline("p1", 1, 2, &second).await.unwrap() else { panic!() };
    assert_eq!((saved.revision, saved.text.as_str()), (2, "name: second"));
    let SaveOutcome::Saved(again) = store.save_pipeline("p1", 1, 3, &second).await.unwrap() else { panic!() };
    assert_eq!(again, saved);
    let SaveOutcome::Conflict(stored) = store.save_pipeline("p1", 1, 4, &document("third")).await.unwrap() else {
        panic!()
    };
    assert_eq!(stored, saved);
    assert_eq!(store.pipeline("p1").await.unwrap().unwrap(), saved);
    assert_eq!(store.save_pipeline("none", 1, 4, &second).await.unwrap(), SaveOutcome::Missing);
    assert!(store.delete_pipeline("p1").await.unwrap() && !store.delete_pipeline("p1").await.unwrap());
}

#[tokio::test]
async fn runs_are_numbered_paged_filtered_and_counted() {
    let (_home, store) = open().await;
    assert!(store.pipeline("p1").await.unwrap().unwrap().is_foreign);
    for index in 0..7 {
        let summary = store.create_run(&new_run(&format!("r{index}"))).await.unwrap();
        assert_eq!((summary.number, summary.name), (index + 1, format!("first {}", index + 1)));
    }
    assert!(!store.pipeline("p1").await.unwrap().unwrap().is_foreign, "a run makes it ours");
    store.append("r3", 9, vec![RunFact::RunStarted, finished()]).await.unwrap();
    let all = RunFilter::default();
    let ids = |page: &RunPage| page.runs.iter().map(|run| run.id.clone()).collect::<Vec<_>>().join(" ");
    let of = async |filter: &RunFilter| store.run_page(filter, RunSort::Newest, None, 9).await.unwrap();
    let page = store.run_page(&all, RunSort::Newest, None, 3).await.unwrap();
    assert_eq!((ids(&page).as_str(), page.total), ("r6 r5 r4", 7));
    let page = store.run_page(&all, RunSort::Newest, page.next.as_ref(), 9).await.unwrap();
    assert_eq!((ids(&page).as_str(), page.next), ("r3 r2 r1 r0", None));
    let done =
        RunFilter { phases: vec![RunPhase::Succeeded], pipeline: Some(String::from("p1")), ..RunFilter::default() };
    assert_eq!(ids(&of(&done).await), "r3");
    let text = |text: &str| RunFilter { text: Some(String::from(text)), ..RunFilter::default() };
    assert_eq!(ids(&of(&text("FIRST 2")).await), "r1");
    assert_eq!(ids(&of(&text("efaul irst 2")).await), "r1", "words of the experiment and of the pipeline");
    for wild in ["%", "\"", "fir\" OR \"x", "first*"] {
        assert_eq!(of(&text(wild)).await.total, 0, "{wild}");
    }
    let moved = store.change_run("r2", Some("größte"), Some("second")).await.unwrap().unwrap();
    assert_eq!((moved.name.as_str(), moved.experiment.as_str()), ("größte", "second"));
    assert_eq!(ids(&of(&text("GRÖSS")).await), "", "ß is a letter of its own");
    assert_eq!(
        (ids(&of(&text("GRÖß second")).await), ids(&of(&text("default")).await).len()),
        (String::from("r2"), 17)
    );
    assert_eq!(store.change_experiment("second", Some("Default"), None).await.unwrap(), Some(false));
    assert_eq!(store.change_experiment("second", Some("third"), Some("of three")).await.unwrap(), Some(true));
    assert_eq!(store.change_experiment("second", None, None).await.unwrap(), None);
    assert_eq!(ids(&of(&text("third")).await), "r2");
    store.change_run("r2", Some(""), Some("Default")).await.unwrap();
    assert_eq!(store.run_summary("r2").await.unwrap().unwrap().name, "first 3");
    assert_eq!(store.delete_experiment("third").await.unwrap(), Some(true));
    assert_eq!(store.unfinished_runs("local").await.unwrap().len(), 6);
    let experiments = store.experiments().await.unwrap();
    assert_eq!((experiments[0].runs, experiments[0].recent.len()), (7, 7));
    assert_eq!(store.delete_experiment("Default").await.unwrap(), Some(false));
    assert!(store.delete_run("r3").await.unwrap());
    assert_eq!(store.pipelines().await.unwrap()[0].runs, 6);
    assert!(store.run("r3").await.unwrap().is_none() && store.events_after(0, Some("r3"), 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn events_are_numbered_over_all_runs_stored_first_and_never_reuse_an_id() {
    let (home, store) = open().await;
    store.create_run(&new_run("r1")).await.unwrap();
    store.create_run(&new_run("r2")).await.unwrap();
    let mut follower = store.follow();
    let first = store.append("r1", 10, vec![RunFact::RunStarted, starting("a")]).await.unwrap();
    let second = store.append("r2", 11, vec![RunFact::RunStarted]).await.unwrap();
    assert_eq!(first.iter().chain(&second).map(|event| event.id).collect::<Vec<_>>(), [1, 2, 3]);
    let seen = follower.recv().await.unwrap();
    assert_eq!(store.events_after(0, None, 1).await.unwrap(), [(*seen).clone()], "what is published is stored");

    let illegal = store.append(
        "r1",
        12,
        vec![starting("b"), starting("b"), RunFact::TaskSkipped { task: String::from("a"), reason: String::new() }],
    );
    assert!(matches!(illegal.await, Err(AppendError::Illegal(_))));
    assert!(matches!(store.append("none", 12, vec![RunFact::RunStarted]).await, Err(AppendError::UnknownRun(_))));
    assert_eq!(store.last_event(), 3, "nothing of an illegal call is stored");
    assert_eq!(store.events_after(1, Some("r1"), 9).await.unwrap().len(), 1);

    store.append("r2", 13, vec![finished()]).await.unwrap();
    store.delete_run("r2").await.unwrap();
    store.close().await;
    let store = Store::open(&home.path().join("dagwright.db")).await.unwrap();
    assert_eq!(store.last_event(), 4);
    let next = store.append("r1", 14, vec![starting("c")]).await.unwrap();
    assert_eq!(next[0].id, 5);
    let state = store.run_state("r1").await.unwrap();
    assert_eq!((state.last_event, state.tasks.len()), (5, 2));
}

#[tokio::test]
async fn many_appenders_at_once_keep_the_order_of_each_run() {
    let (_home, store) = open().await;
    let mut work = tokio::task::JoinSet::new();
    for index in 0..8 {
        let id = format!("r{index}");
        store.create_run(&new_run(&id)).await.unwrap();
        let store = store.clone();
        work.spawn(async move {
            store.append(&id, 1, vec![RunFact::RunStarted]).await.unwrap();
            for task in 0..20 {
                let task = format!("t{task}");
                let outputs = Default::default();
                let done = RunFact::TaskSucceeded { task: task.clone(), attempt: 1, outputs };
                store.append(&id, 2, vec![starting(&task)]).await.unwrap();
                store.append(&id, 3, vec![done]).await.unwrap();
            }
            store.append(&id, 4, vec![finished()]).await.unwrap();
            store.run_state(&id).await.unwrap()
        });
    }
    for state in work.join_all().await {
        assert_eq!((state.phase, state.tasks.len()), (RunPhase::Succeeded, 20));
    }
    let events = store.events_after(0, None, 10_000).await.unwrap();
    assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), (1..=8 * 42).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_volume_is_one_per_owner_and_name() {
    let (_home, store) = open().await;
    let first = store.volume_of(VolumeLifetime::Kept, "p1", "data", "digits-data").await.unwrap();
    let same = store.volume_of(VolumeLifetime::Kept, "p1", "data", "renamed-data").await.unwrap();
    let other = store.volume_of(VolumeLifetime::Kept, "p2", "data", "digits-data").await.unwrap();
    assert_eq!(
        (first.id.as_str(), same.id.as_str(), other.id.as_str()),
        ("digits-data", "digits-data", "digits-data-2")
    );
    let run = NewRun { volumes: vec![first.id.clone()], ..new_run("r1") };
    store.create_run(&run).await.unwrap();
    assert_eq!(store.volume_users(&first.id).await.unwrap(), ["r1"]);
    store.append("r1", 2, vec![RunFact::RunStarted, finished()]).await.unwrap();
    assert!(store.volume_users(&first.id).await.unwrap().is_empty());
    assert!(store.delete_volume(&first.id).await.unwrap());
}
