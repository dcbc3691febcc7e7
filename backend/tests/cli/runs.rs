//! Runs from the command line: by a server of its own and by one that runs, to every kind of end.

use crate::harness::{Place, ended, example};
use crate::process::Process;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn an_example_runs_to_its_end_as_plain_processes() {
    let place = Place::new();
    place.write("quartet.pipeline.yaml", example("quartet"));
    let asked = place.run(&["run", "quartet.pipeline.yaml", "--sandbox", "process"]);
    assert!(asked.status == 1 && asked.err.contains("--yes") && asked.err.contains("Python code"), "{}", asked.err);
    let run = place.run(&["run", "quartet.pipeline.yaml", "--sandbox", "process", "--yes", "--output", "json"]);
    assert_eq!(run.status, 0, "{run:?}");
    let run = json(&run.out);
    assert_eq!(run["run"]["phase"], "succeeded");
    assert_eq!(run["run"]["counts"], json!({"succeeded": run["run"]["tasks"]}));

    // The second time nobody asks, and it is the same pipeline.
    let again = place.run(&["run", "quartet.pipeline.yaml", "--sandbox", "process"]);
    assert!(again.status == 0 && again.out.starts_with("quartet 2 succeeded in "), "{again:?}");
    let list = json(&place.run(&["runs", "--output", "json"]).ok());
    assert_eq!((&list["total"], &list["runs"][0]["number"]), (&json!(2), &json!(2)));
    assert_eq!(list["runs"][0]["pipeline"], list["runs"][1]["pipeline"]);
    assert_eq!(place.run(&["runs", "--state", "failed"]).ok(), "");
    let wrong = place.run(&["runs", "--state", "lost"]);
    assert!(wrong.status == 1 && wrong.err.contains("no phase of a run"), "{}", wrong.err);
}

#[test]
fn a_python_file_runs_with_a_file_and_with_a_folder() {
    let place = Place::new();
    place.write(
        "count.py",
        "from kfp.dsl import InputPath\nimport os\n\n\
         def count(table_path: InputPath('Dataset'), factor: int = 1):\n    \
         files = [table_path] if os.path.isfile(table_path) else sorted(os.path.join(r, f) for r, _, fs in os.walk(table_path) for f in fs)\n    \
         for file in files:\n        print(os.path.basename(file) if len(files) > 1 else 'file', len(open(file).read()) * factor)\n",
    );
    place.write("table.csv", "a,b\n");
    std::fs::create_dir_all(place.path("tables/inside")).unwrap();
    place.write("tables/one \"1\".csv", "12345");
    place.write("tables/inside/two.csv", "x".repeat(100_000));
    let run = |arguments: &[&str]| {
        let all = [&["run", "count.py", "--sandbox", "process", "--yes", "--quiet"], arguments].concat();
        place.run(&all)
    };
    assert_eq!(run(&["-a", "table=table.csv", "-p", "factor=2"]).status, 0);
    assert_eq!(place.run(&["logs"]).ok(), "file 8\n");
    assert_eq!(run(&["-a", "table=tables"]).status, 0);
    assert_eq!(place.run(&["logs", "latest", "count"]).ok(), "two.csv 100000\none \"1\".csv 5\n");

    let missing = run(&["-a", "table=nothing.csv"]);
    assert!(missing.status == 1 && missing.err.contains("cannot read nothing.csv"), "{}", missing.err);
    let text = run(&["-a", "table=table.csv", "-p", "factor=two"]);
    assert!(text.status == 1 && text.err.contains("factor: "), "{}", text.err);
    let without = run(&[]);
    assert!(without.status == 1 && without.err.contains("table"), "{}", without.err);
}

const FAILS: &str = "apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: fails}
components:
  say:
    name: say
    implementation:
      container:
        image: busybox
        command: [sh, -c, 'for i in $(seq 30); do echo line $i; done; exit 3']
tasks:
  speak: {component: say}
  after: {component: say, after: [speak]}
";

#[test]
fn a_failed_run_ends_with_1_and_the_end_of_the_log() {
    let place = Place::new();
    place.write("fails.yaml", FAILS);
    let run = place.run(&["run", "fails.yaml", "--sandbox", "process", "--yes"]);
    assert!(run.status == 1 && run.out.is_empty(), "{run:?}");
    assert!(run.err.contains("speak  failed") && run.err.contains("after  skipped"), "{}", run.err);
    assert!(run.err.contains("    line 30\n") && !run.err.contains("    line 10\n"), "{}", run.err);
    assert!(run.err.contains("dagwright: fails 1 failed"), "{}", run.err);
    assert_eq!(place.run(&["logs", "latest", "speak"]).ok().lines().count(), 30);
    let unknown = place.run(&["logs", "latest", "spoke"]);
    assert!(unknown.status == 1 && unknown.err.contains("there are speak, after"), "{}", unknown.err);

    // A changed file is the same pipeline; what was stored before stays as a version.
    place.write("fails.yaml", FAILS.replace("exit 3", "exit 0"));
    assert_eq!(place.run(&["run", "fails.yaml", "--sandbox", "process"]).status, 0);
    let list = json(&place.run(&["runs", "--output", "json"]).ok());
    assert_eq!(list["runs"][0]["pipeline"], list["runs"][1]["pipeline"]);
}

/// Says it has begun, and goes on until it is ended.
const LONG: &str = "apiVersion: dagwright.dev/v1
kind: Pipeline
metadata: {name: long}
components:
  wait:
    name: wait
    implementation:
      container:
        image: busybox
        command: [sh, -c, 'echo begun; sleep 600']
tasks:
  wait: {component: wait}
";

#[test]
fn control_c_stops_the_run() {
    let place = Place::new();
    place.write("long.yaml", LONG);
    let run = place.start(&["run", "long.yaml", "--sandbox", "process", "--yes"]);
    // A second command finds the first one's server by the lock file, and follows the log.
    while !std::fs::read_to_string(place.path("data/lock")).is_ok_and(|address| address.starts_with("http")) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let mut logs = loop {
        let mut logs = place.start(&["logs", "-f"]);
        let mut line = String::new();
        BufReader::new(logs.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        if line == "begun\n" {
            break logs;
        }
        // There was no run yet.
        assert!(ended(logs).err.contains("no run yet"));
    };
    kill_process(Pid::from_child(&run), Signal::INT).unwrap();
    let run = ended(run);
    assert_eq!(run.status, 130, "{run:?}");
    assert!(run.err.contains("Stopping.") && run.err.contains("long 1 was stopped"), "{}", run.err);
    // Its server has ended with it.
    logs.wait().unwrap();
    assert!(place.run(&["runs"]).ok().contains("stopped"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_is_asked() {
    let place = Place::new();
    let server = Process::start(&place.data());
    place.run(&["new", "churn"]).ok();
    let run = place.run(&["run", "churn.pipeline.yaml", "--yes"]);
    assert!(run.status == 0 && run.err.contains(&format!("{}/runs/", server.url)), "{run:?}");
    let list = server.get("/api/runs").await.unwrap();
    assert_eq!((&list["total"], &list["runs"][0]["phase"]), (&json!(1), &json!("succeeded")));
    assert_eq!(place.run(&["logs", "latest", "tell"]).ok(), "4 words\n");

    let link = place.run(&["link", "--short", "churn.pipeline.yaml"]).ok();
    let id = link.trim().strip_prefix(&format!("{}/#shared=", server.url)).unwrap();
    let shared = server.get(&format!("/api/links/{id}")).await.unwrap();
    assert_eq!(shared["text"], place.read("churn.pipeline.yaml"));
    let full = place.run(&["link", "churn.pipeline.yaml"]).ok();
    assert!(full.starts_with(&format!("{}/#pipeline=", server.url)), "{full}");

    // What a browser has saved meanwhile is not lost when the file is run again.
    let pipelines = server.get("/api/pipelines").await.unwrap();
    let churn = pipelines["pipelines"].as_array().unwrap().iter().find(|found| found["name"] == "churn").unwrap();
    let path = format!("/api/pipelines/{}", churn["id"].as_str().unwrap());
    let edited = place.read("churn.pipeline.yaml").replace("Counts words", "Counts them");
    let saved = server.save(&path, churn["revision"].as_u64().unwrap(), &json!({"text": edited})).await;
    assert_eq!(saved["revision"], json!(churn["revision"].as_u64().unwrap() + 1), "{saved}");
    assert_eq!(place.run(&["run", "churn.pipeline.yaml", "-q"]).status, 0);
    let versions = server.get(&format!("{path}/versions")).await.unwrap();
    let names: Vec<_> = versions["versions"].as_array().unwrap().iter().map(|version| &version["name"]).collect();
    assert!(names.contains(&&json!("before churn.pipeline.yaml was run")), "{versions}");
}
