//! Lists over 100,000 runs: which index gives them, and how many steps of SQLite's machine they take, which is the same
//! on every machine. Times are printed only.

use super::*;
use sqlx::AssertSqlSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

const RUNS: i64 = 100_000;
/// A page of 50 may take so many steps: some hundred rows. All runs have millions.
const STEPS: u64 = 30_000;

/// 40 pipelines, 100 experiments, two engines, one run in twenty failed, ten go on.
async fn filled() -> (tempfile::TempDir, Store) {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(&home.path().join("dagwright.db")).await.unwrap();
    let fill = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {RUNS})
         INSERT INTO runs (id, name, number, pipeline, pipeline_name, version, experiment, engine, sandbox, phase, created,
             started, finished, tasks, counts, size)
         SELECT printf('0190%032d', i), 'digits ' || i, i, 'p' || (i % 40), 'digits', 1, 'e' || (i % 100),
             iif(i % 10 = 0, 'argo', 'local'), 'bubblewrap',
             CASE WHEN i > {RUNS} - 10 THEN 'running' WHEN i % 20 = 0 THEN 'failed' ELSE 'succeeded' END,
             i, i, iif(i > {RUNS} - 10, NULL, i + (i * 7919) % 100000), 5, '{{\"succeeded\":5}}', (i * 104729) % 1000000
         FROM n"
    );
    sqlx::query(AssertSqlSafe(fill)).execute(&store.write).await.unwrap();
    (home, store)
}

struct Cost {
    rows: usize,
    steps: u64,
    plan: String,
    milliseconds: f64,
}

async fn cost(store: &Store, query: impl Fn() -> QueryBuilder<Sqlite>) -> Cost {
    let mut connection = store.read.acquire().await.unwrap();
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", query().sql().as_str()));
    let plan = sqlx::query(explain).fetch_all(&mut *connection).await.unwrap();
    let plan = plan.iter().map(|row| row.get::<String, _>("detail")).collect::<Vec<_>>().join("; ");
    let steps = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&steps);
    connection.lock_handle().await.unwrap().set_progress_handler(1, move || {
        counter.fetch_add(1, Ordering::Relaxed);
        true
    });
    query().build().fetch_all(&mut *connection).await.unwrap();
    connection.lock_handle().await.unwrap().remove_progress_handler();
    let start = Instant::now();
    let rows = query().build().fetch_all(&mut *connection).await.unwrap().len();
    Cost { rows, steps: steps.load(Ordering::Relaxed), plan, milliseconds: start.elapsed().as_secs_f64() * 1000.0 }
}

fn some(text: &str) -> Option<String> {
    Some(String::from(text))
}

#[tokio::test]
async fn a_page_of_a_hundred_thousand_runs_reads_hundreds_of_rows() {
    let (_home, store) = filled().await;
    let all = RunFilter::default;
    let going_on = vec![RunPhase::Waiting, RunPhase::Running, RunPhase::Stopping];
    let failed = vec![RunPhase::Failed];
    for (what, filter, index) in [
        ("all", all(), ""),
        ("active", RunFilter { phases: going_on, ..all() }, "runs_by_phase"),
        ("failed", RunFilter { phases: failed.clone(), ..all() }, "runs_by_phase"),
        ("a pipeline", RunFilter { pipeline: some("p3"), ..all() }, "runs_by_pipeline"),
        (
            "a pipeline's failed",
            RunFilter { pipeline: some("p20"), phases: failed.clone(), ..all() },
            "runs_by_pipeline_and_phase",
        ),
        (
            "an experiment's failed",
            RunFilter { experiment: some("e20"), phases: failed, ..all() },
            "runs_by_experiment_and_phase",
        ),
        ("an engine", RunFilter { engine: some("argo"), ..all() }, "runs_by_engine"),
        ("a text in all", RunFilter { text: some("DIGITS"), ..all() }, "run_texts"),
        ("a text in few", RunFilter { text: some("digits 4711"), ..all() }, "run_texts"),
        ("a text in none", RunFilter { text: some("nowhere"), ..all() }, "run_texts"),
        ("a short text", RunFilter { text: some("99"), ..all() }, ""),
    ] {
        let middle = RunCursor { seq: RUNS / 2, key: None };
        for behind in [None, Some(&middle)] {
            let found = cost(&store, || page(&filter, RunSort::Newest, behind, 51)).await;
            let place = if behind.is_some() { "from the middle" } else { "newest" };
            println!(
                "{what}, {place}: {} rows, {} steps, {:.2} ms: {}",
                found.rows, found.steps, found.milliseconds, found.plan
            );
            assert!(found.steps < STEPS, "{what}: {} steps", found.steps);
            assert!(found.plan.contains(index), "{what}: {}", found.plan);
            assert!(what == "active" || !found.plan.contains("TEMP B-TREE"), "{what}: {}", found.plan);
        }
        let counted = cost(&store, || count(&filter)).await;
        println!("    counted: {} steps, {:.2} ms: {}", counted.steps, counted.milliseconds, counted.plan);
        // Words of one or two letters have no index: those alone are looked for in all runs.
        assert!(what == "a short text" || counted.steps < 10 * RUNS_COUNTED, "{what}: {} steps", counted.steps);
    }
}

#[tokio::test]
async fn every_order_has_its_index_and_its_pages_meet() {
    let (_home, store) = filled().await;
    let all = RunFilter::default();
    let ended = RunFilter { phases: vec![RunPhase::Succeeded, RunPhase::Failed], ..RunFilter::default() };
    for (sort, index) in
        [(RunSort::Longest, "runs_by_time"), (RunSort::Largest, "runs_by_size"), (RunSort::Name, "runs_by_name")]
    {
        let first = store.run_page(&all, sort, None, 50).await.unwrap();
        let next = first.next.unwrap();
        assert_eq!(RunCursor::read(&next.to_string(), sort), Some(next.clone()));
        assert_eq!(RunCursor::read(&next.to_string(), RunSort::Newest), None, "a place in another order");
        for (filter, behind) in [(&all, None), (&all, Some(&next)), (&ended, Some(&next))] {
            let found = cost(&store, || page(filter, sort, behind, 51)).await;
            println!("{sort:?}: {} steps, {:.2} ms: {}", found.steps, found.milliseconds, found.plan);
            assert!(found.steps < STEPS, "{sort:?}: {} steps", found.steps);
            assert!(found.plan.contains(index) && !found.plan.contains("TEMP B-TREE"), "{sort:?}: {}", found.plan);
        }
        let second = store.run_page(&all, sort, Some(&next), 50).await.unwrap();
        let whole = store.run_page(&all, sort, None, 100).await.unwrap();
        let both: Vec<_> = first.runs.iter().chain(&second.runs).collect();
        assert_eq!(both, whole.runs.iter().collect::<Vec<_>>(), "{sort:?}");
    }
    let longest = store.run_page(&all, RunSort::Longest, None, 1).await.unwrap();
    let took = longest.runs[0].finished.unwrap() - longest.runs[0].started.unwrap();
    assert_eq!((took, longest.total), (99_999, RUNS as u64));
    let text = RunFilter { text: some("digits"), ..RunFilter::default() };
    let by_text = store.run_page(&text, RunSort::Longest, None, 1).await.unwrap();
    assert_eq!((&by_text.runs[0].id, by_text.total), (&longest.runs[0].id, RUNS_COUNTED));
}
