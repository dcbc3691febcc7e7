//! Edits: whatever is done in whatever order, nothing refers to what is not there, no circle arises, undo of all gives
//! the start and redo of all the end. Single commands with their reasons stand below.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by a panic")]

use dagwright_shared::component::{
    Component, ContainerImplementation, Implementation, InputPort, OutputPort, Placeholder,
};
use dagwright_shared::graph::{TaskGraph, upstream_references};
use dagwright_shared::pipeline::digest::digest;
use dagwright_shared::pipeline::edit::{EditCommand, ReplaceScope, TaskField, fragment, free_name, realise};
use dagwright_shared::pipeline::file::{pipeline_to_value, read_pipeline};
use dagwright_shared::pipeline::history::History;
use dagwright_shared::pipeline::record::RecordId;
use dagwright_shared::pipeline::text::{self, TextPiece};
use dagwright_shared::pipeline::{Argument, Mount, Parameter, Pipeline, Point, Volume};
use dagwright_shared::ports::ports;
use dagwright_shared::types::TypeSpec;
use proptest::prelude::*;

const START: &str = include_str!("edits/start.yaml");

fn start() -> Pipeline {
    let outcome = read_pipeline(START);
    assert_eq!(outcome.diagnostics, []);
    outcome.value.unwrap()
}

/// Everything with its order, which equality of maps leaves out.
fn written(pipeline: &Pipeline) -> String {
    serde_json::to_string_pretty(&pipeline_to_value(pipeline)).unwrap()
}

/// What every edit keeps, once it holds. `Err` says what is broken.
fn invariants(pipeline: &Pipeline) -> Result<(), String> {
    let graph = &pipeline.graph;
    let output_is_there = |task: &str, output: &str| {
        let task = graph.tasks.get(task)?;
        ports(graph.components.get(&task.component)?).output(output).map(|_| ())
    };
    let argument = |place: &str, argument: &Argument| -> Result<(), String> {
        let parameter = |name: &String| {
            if graph.parameters.contains_key(name) { Ok(()) } else { Err(format!("{place}: no parameter {name}")) }
        };
        let output = |task: &str, output: &str| {
            output_is_there(task, output).ok_or_else(|| format!("{place}: no output {output} of {task}"))
        };
        match argument {
            Argument::Parameter(name) => parameter(name),
            Argument::Output { task, output: port } => output(task, port),
            Argument::Text(written) => text::parse(written).unwrap().iter().try_for_each(|piece| match piece {
                TextPiece::Text(_) => Ok(()),
                TextPiece::Parameter(name) => parameter(name),
                TextPiece::Output { task, output: port } => output(task, port),
            }),
            _ => Ok(()),
        }
    };
    for (name, task) in &graph.tasks {
        let component =
            graph.components.get(&task.component).ok_or_else(|| format!("{name}: no {}", task.component))?;
        let known = ports(component);
        for (input, fed) in &task.arguments {
            if known.input(input).is_none() {
                return Err(format!("{name}: no input {input}"));
            }
            argument(name, fed)?;
        }
        for (upstream, _) in upstream_references(task) {
            if !graph.tasks.contains_key(&*upstream) {
                return Err(format!("{name}: no task {upstream}"));
            }
        }
        for (place, mount) in task.mounts.iter().enumerate() {
            if !graph.volumes.contains_key(&mount.volume) {
                return Err(format!("{name}: no volume {}", mount.volume));
            }
            if task.mounts[..place].iter().any(|other| other.path == mount.path) {
                return Err(format!("{name}: two mounts at {}", mount.path));
            }
        }
        if task.position.is_some_and(|place| !place.x.is_finite() || !place.y.is_finite()) {
            return Err(format!("{name}: stands nowhere"));
        }
    }
    for (key, component) in &graph.components {
        if component.digest.as_ref().is_some_and(|written| *written != digest(component)) {
            return Err(format!("{key}: another digest"));
        }
    }
    if graph.on_exit.as_ref().is_some_and(|task| !graph.tasks.contains_key(task)) {
        return Err(String::from("onExit leads nowhere"));
    }
    graph.outputs.iter().try_for_each(|(name, fed)| argument(name, fed))?;
    TaskGraph::new(graph).order().map(|_| ()).map_err(|circle| format!("{circle:?}"))
}

fn component(name: &str, inputs: &[&str], outputs: &[&str]) -> Component {
    let typed = |name: &str| {
        let (name, kind) = name.split_once(':').unwrap_or((name, "String"));
        (String::from(name), Some(TypeSpec::Named(String::from(kind))))
    };
    let args = inputs.iter().map(|port| Placeholder::InputValue(typed(port).0));
    let args = args.chain(outputs.iter().map(|port| Placeholder::OutputPath(typed(port).0)));
    Component {
        name: String::from(name),
        inputs: inputs
            .iter()
            .map(|port| InputPort { name: typed(port).0, type_spec: typed(port).1, ..InputPort::default() })
            .collect(),
        outputs: outputs
            .iter()
            .map(|port| OutputPort { name: typed(port).0, type_spec: typed(port).1, ..OutputPort::default() })
            .collect(),
        implementation: Implementation::Container(ContainerImplementation {
            image: String::from("busybox"),
            args: args.collect(),
            ..ContainerImplementation::default()
        }),
        ..Component::default()
    }
}

fn shelf() -> Vec<Component> {
    vec![
        component("source", &[], &["out", "count:Integer"]),
        component("join", &["left", "right"], &["out"]),
        component("join", &["left", "other"], &["out", "out.txt"]),
        component("my sink", &["in", "count:Integer"], &[]),
        component("", &["in"], &["${odd}\"name"]),
    ]
}

/// Four numbers choose a command by what is there at the moment.
fn command(pipeline: &Pipeline, [kind, a, b, c]: [u8; 4]) -> EditCommand {
    let graph = &pipeline.graph;
    fn pick<T>(map: &indexmap::IndexMap<String, T>, number: u8) -> String {
        let place = usize::from(number) % map.len().max(1);
        map.get_index(place).map_or_else(|| String::from("nothing"), |(name, _)| name.clone())
    }
    let task = |number| pick(&graph.tasks, number);
    let volume = |number| pick(&graph.volumes, number);
    let parameter = |number| pick(&graph.parameters, number);
    let key = |number| pick(&graph.components, number);
    let known = |task: &str| {
        graph.tasks.get(task).and_then(|task| graph.components.get(&task.component)).map(ports).unwrap_or_default()
    };
    let input = |task: &str, number: u8| {
        let inputs = known(task).inputs;
        inputs
            .get(usize::from(number) % inputs.len().max(1))
            .map_or_else(|| String::from("no"), |port| port.name.clone())
    };
    let output = |task: &str, number: u8| {
        let outputs = known(task).outputs;
        let place = usize::from(number) % outputs.len().max(1);
        outputs.get(place).map_or_else(|| String::from("no"), |port| port.name.clone())
    };
    let record = |which: u8, number: u8| match which % 8 {
        0 => RecordId::Parameter(parameter(number)),
        1 => RecordId::Volume(volume(number)),
        2 => RecordId::Component(key(number)),
        _ => RecordId::Task(task(number)),
    };
    let names = ["train", "train-2", "a.b", "${x}", "\"q\"", "größer", " ", "nothing", "report", "one two"];
    let name = |number: u8| String::from(names[usize::from(number) % names.len()]);
    let place = Point { x: f64::from(a) * 10.0, y: f64::from(b) - 100.0 };
    let mount = || Mount {
        volume: volume(b),
        path: format!("/data{}", c % 3),
        from: if c % 4 == 0 { vec![task(c)] } else { Vec::new() },
        ..Mount::default()
    };
    match kind % 24 {
        0 | 1 => EditCommand::AddTask {
            component: Box::new(shelf()[usize::from(a) % shelf().len()].clone()),
            name: (b % 2 == 0).then(|| name(c)),
            position: (b % 3 == 0).then_some(place),
        },
        2 => {
            let records = [record(a, b), record(b, c), record(3, a)];
            EditCommand::AddFragment { fragment: Box::new(fragment(graph, &records)), offset: place }
        }
        3 => EditCommand::Remove { records: vec![record(a, b)] },
        4 => EditCommand::Remove { records: vec![record(a, b), record(b, c), record(c, a)] },
        5 => EditCommand::Move { places: vec![(RecordId::Task(task(a)), place), (RecordId::Volume(volume(b)), place)] },
        6 | 7 => EditCommand::Rename { record: record(a, b), name: name(c) },
        8..=11 => {
            let (from_task, task) = (task(a), task(b));
            EditCommand::Connect { output: output(&from_task, c), input: input(&task, c / 3), from_task, task }
        }
        12 => {
            let task = task(a);
            let from = self::text_of(&task_output(&known, pick(&graph.tasks, b), c), &parameter(c));
            EditCommand::SetArgument { input: input(&task, b), argument: Argument::Text(from), task }
        }
        13 => {
            let task = task(a);
            EditCommand::SetArgument { input: input(&task, b), argument: Argument::Parameter(parameter(c)), task }
        }
        14 => EditCommand::ClearArgument { input: input(&task(a), b), task: task(a) },
        15 => EditCommand::AddMount { task: task(a), mount: mount() },
        16 => EditCommand::SetMount { task: task(a), index: usize::from(c % 2), mount: mount() },
        17 => EditCommand::RemoveMount { task: task(a), index: usize::from(c % 2) },
        18 => EditCommand::HandOver { volume: volume(c), from: task(a), task: task(b) },
        19 => EditCommand::AddAfter { task: task(a), before: task(b) },
        20 => EditCommand::Several(vec![
            EditCommand::RemoveAfter { task: task(a), before: task(b) },
            EditCommand::RemoveHandOver { volume: volume(c), from: task(a), task: task(b) },
            EditCommand::SetTask { task: task(c), field: TaskField::Timeout(Some(format!("{a}s"))) },
        ]),
        21 => EditCommand::Several(vec![
            EditCommand::SetParameter { name: name(a), parameter: Box::new(Parameter::default()) },
            EditCommand::SetVolume { name: name(b), volume: Box::new(Volume::default()) },
        ]),
        22 => EditCommand::Reorder { record: record(a, b), index: usize::from(c % 7) },
        _ => EditCommand::ReplaceComponent {
            key: key(a),
            component: Box::new(shelf()[usize::from(b) % shelf().len()].clone()),
            scope: if c % 2 == 0 { ReplaceScope::EveryTask } else { ReplaceScope::Task(task(c)) },
        },
    }
}

fn task_output(known: &dyn Fn(&str) -> dagwright_shared::ports::Ports, task: String, number: u8) -> Option<TextPiece> {
    let outputs = known(&task).outputs;
    let port = outputs.get(usize::from(number) % outputs.len().max(1))?;
    Some(TextPiece::Output { task, output: port.name.clone() })
}

fn text_of(output: &Option<TextPiece>, parameter: &str) -> String {
    let mut pieces = vec![TextPiece::Text(String::from("costs $5: "))];
    pieces.extend(output.clone());
    if parameter != "nothing" {
        pieces.push(TextPiece::Parameter(String::from(parameter)));
    }
    text::print(&pieces)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_keeps_the_invariants_and_can_be_undone(
        choices in prop::collection::vec(any::<[u8; 4]>(), 1..50),
        keys in prop::collection::vec(0u8..6, 50),
    ) {
        let mut pipeline = start();
        let beginning = written(&pipeline);
        let mut history = History::default();
        let mut steps = vec![beginning.clone()];
        for (choice, key) in choices.into_iter().zip(keys) {
            let command = command(&pipeline, choice);
            let before = written(&pipeline);
            match realise(&pipeline, &command) {
                Err(reason) => prop_assert!(!reason.to_string().is_empty()),
                Ok(changes) => {
                    // The set takes itself back, and fits only the pipeline it was made for.
                    let mut there = pipeline.clone();
                    there.apply(&changes).unwrap();
                    let after = written(&there);
                    prop_assert_eq!(changes.is_empty(), after == before, "{:?}", command);
                    prop_assert!(changes.is_empty() || there.apply(&changes).is_err() || written(&there) == after);
                    there = pipeline.clone();
                    there.apply(&changes).unwrap();
                    there.apply(&changes.reversed()).unwrap();
                    prop_assert_eq!(&written(&there), &before, "{:?}", command);

                    pipeline.apply(&changes).unwrap();
                    let squash = (key < 3).then(|| key.to_string());
                    history.record("edit", changes, squash);
                    steps.push(after);
                }
            }
            let kept = invariants(&pipeline);
            prop_assert!(kept.is_ok(), "{}\nafter {:?}\nof {}", kept.unwrap_err(), command, before);
        }
        let end = written(&pipeline);
        while history.undo(&mut pipeline).unwrap().is_some() {
            // Every state on the way back is one that was there, squashed ones left out.
            prop_assert!(steps.contains(&written(&pipeline)));
        }
        prop_assert_eq!(written(&pipeline), beginning);
        while history.redo(&mut pipeline).unwrap().is_some() {}
        prop_assert_eq!(written(&pipeline), end);
    }
}

fn edited(pipeline: &Pipeline, command: EditCommand) -> Pipeline {
    let mut edited = pipeline.clone();
    edited.apply(&realise(pipeline, &command).unwrap()).unwrap();
    edited
}

fn refused(pipeline: &Pipeline, command: &EditCommand) -> String {
    realise(pipeline, command).unwrap_err().to_string()
}

fn connect(from_task: &str, output: &str, task: &str, input: &str) -> EditCommand {
    let text = String::from;
    EditCommand::Connect { from_task: text(from_task), output: text(output), task: text(task), input: text(input) }
}

#[test]
fn refusals_say_what_where_and_how_to_mend() {
    let start = start();
    let text = String::from;
    let commands = [
        connect("report", "out", "train", "kernel"),
        connect("train", "model", "train", "kernel"),
        connect("train", "model", "report", "in"),
        connect("train", "weights", "predict", "model"),
        connect("train", "model", "predict", "engine"),
        connect("nobody", "out", "predict", "model"),
        EditCommand::AddAfter { task: text("train"), before: text("report") },
        EditCommand::AddAfter { task: text("train"), before: text("train") },
        EditCommand::Rename { record: RecordId::Task(text("train")), name: text("predict") },
        EditCommand::Rename { record: RecordId::Task(text("train")), name: text("  ") },
        EditCommand::Rename { record: RecordId::Metadata, name: text("x") },
        EditCommand::Remove { records: vec![RecordId::Component(text("train"))] },
        EditCommand::HandOver { volume: text("data"), from: text("report"), task: text("predict") },
        EditCommand::HandOver { volume: text("data"), from: text("predict"), task: text("train") },
        EditCommand::AddMount {
            task: text("train"),
            mount: Mount { volume: text("data"), path: text("/data"), ..Mount::default() },
        },
        EditCommand::RemoveMount { task: text("train"), index: 4 },
        EditCommand::Move { places: vec![(RecordId::Task(text("train")), Point { x: f64::NAN, y: 0.0 })] },
        EditCommand::SetArgument {
            task: text("predict"),
            input: text("image"),
            argument: Argument::Parameter(text("kernel")),
        },
    ];
    let reasons: Vec<String> = commands.iter().map(|command| refused(&start, command)).collect();
    insta::assert_snapshot!(reasons.join("\n"));
}

#[test]
fn a_rename_is_followed_everywhere() {
    let text = String::from;
    let mut pipeline = start();
    for (record, name) in [
        (RecordId::Task(text("train")), "fit.it"),
        (RecordId::Parameter(text("kernel")), "the kernel"),
        (RecordId::Volume(text("data")), "disk"),
        (RecordId::Component(text("train")), "trainer"),
    ] {
        pipeline = edited(&pipeline, EditCommand::Rename { record, name: text(name) });
    }
    insta::assert_snapshot!(dagwright_shared::pipeline::file::write_pipeline(&pipeline));
}

#[test]
fn a_removed_task_takes_its_edges_and_its_component_along() {
    let start = start();
    let removed = edited(&start, EditCommand::Remove { records: vec![RecordId::Task(String::from("train"))] });
    assert!(!removed.graph.components.contains_key("train"));
    assert_eq!(invariants(&removed), Ok(()));
    assert!(removed.graph.tasks["predict"].arguments.get("model").is_none());
    assert!(removed.graph.tasks["predict"].mounts[0].from.is_empty());
    assert_eq!(removed.graph.on_exit.as_deref(), Some("report"));
}

#[test]
fn a_copy_stands_beside_its_original() {
    let start = start();
    let records = ["train", "predict"].map(|name| RecordId::Task(String::from(name)));
    let piece = fragment(&start.graph, &records);
    let offset = Point { x: 40.0, y: 40.0 };
    let pasted = edited(&start, EditCommand::AddFragment { fragment: Box::new(piece.clone()), offset });
    assert_eq!(pasted.graph.components, start.graph.components);
    assert_eq!(pasted.graph.volumes, start.graph.volumes);
    let wire = Argument::Output { task: String::from("train-2"), output: String::from("model") };
    assert_eq!(pasted.graph.tasks["predict-2"].arguments["model"], wire);
    assert_eq!(pasted.graph.tasks["train-2"].position, Some(Point { x: 40.0, y: 40.0 }));
    // Into another pipeline all of it comes along.
    let elsewhere = edited(&Pipeline::default(), EditCommand::AddFragment { fragment: Box::new(piece), offset });
    assert_eq!(invariants(&elsewhere), Ok(()));
    assert_eq!(elsewhere.graph.volumes.len(), 1);
    assert!(elsewhere.graph.parameters.contains_key("kernel"));
}

#[test]
fn a_replaced_component_keeps_the_wires_of_renamed_ports() {
    let start = start();
    let mut component = start.graph.components["train"].clone();
    component.outputs[0].name = String::from("weights");
    component.inputs.remove(0);
    let replaced = edited(
        &start,
        EditCommand::ReplaceComponent {
            key: String::from("train"),
            component: Box::new(component),
            scope: ReplaceScope::EveryTask,
        },
    );
    assert_eq!(invariants(&replaced), Ok(()));
    let wire = Argument::Output { task: String::from("train"), output: String::from("weights") };
    assert_eq!(replaced.graph.tasks["predict"].arguments["model"], wire);
    assert!(replaced.graph.tasks["train"].arguments.is_empty());
}

#[test]
fn one_drag_is_one_step() {
    let mut pipeline = start();
    let beginning = written(&pipeline);
    let mut history = History::default();
    let saved = history.mark();
    for step in 1..=5 {
        let place = Point { x: f64::from(step), y: 0.0 };
        let command = EditCommand::Move { places: vec![(RecordId::Task(String::from("train")), place)] };
        let changes = realise(&pipeline, &command).unwrap();
        pipeline.apply(&changes).unwrap();
        history.record("Move", changes, Some(String::from("drag 1")));
    }
    assert!(!history.is_at(saved));
    assert_eq!(history.undo_label(), Some("Move"));
    history.undo(&mut pipeline).unwrap();
    assert_eq!(written(&pipeline), beginning);
    assert!(history.is_at(saved));
    assert_eq!(history.undo(&mut pipeline).unwrap(), None);
    history.redo(&mut pipeline).unwrap();
    history.roll_back(saved, &mut pipeline).unwrap();
    assert_eq!(written(&pipeline), beginning);
    assert_eq!(history.redo_label(), None);
}

#[test]
fn names_count_on() {
    let mut map = indexmap::IndexMap::new();
    for _ in 0..40 {
        let name = free_name(&map, "train");
        map.insert(name, ());
    }
    assert_eq!(map.get_index(39).map(|(name, ())| name.as_str()), Some("train-40"));
    assert_eq!(free_name(&map, "train-7"), "train-41");
    assert_eq!(free_name(&map, "predict"), "predict");
}

#[test]
fn ten_thousand_tasks_stay_quick() {
    let source = Box::new(shelf().remove(0));
    let add = |number: usize| EditCommand::AddTask {
        component: source.clone(),
        name: None,
        position: Some(Point { x: number as f64, y: 0.0 }),
    };
    let pipeline = edited(&Pipeline::default(), EditCommand::Several((0..10_000).map(add).collect()));
    assert_eq!(pipeline.graph.tasks.len(), 10_000);
    assert_eq!(pipeline.graph.components.len(), 1);
    let records: Vec<RecordId> = pipeline.graph.tasks.keys().cloned().map(RecordId::Task).collect();
    let piece = Box::new(fragment(&pipeline.graph, &records));
    let doubled = edited(&pipeline, EditCommand::AddFragment { fragment: piece, offset: Point::default() });
    assert_eq!(doubled.graph.tasks.len(), 20_000);
    let emptied = edited(&doubled, EditCommand::Remove { records });
    assert_eq!(emptied.graph.tasks.len(), 10_000);
}
