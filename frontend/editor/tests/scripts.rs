//! Scripts of actions on the pure editor: what a person does with mouse and keyboard, and what the document says then.
//! After every dispatch the invariants are swept.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by a panic")]

use dagwright_editor::action::{
    Button, Direction, EditorAction as Action, KeyPress, Modifiers, NewItem, Pointer, Step,
};
use dagwright_editor::clipboard;
use dagwright_editor::gesture::Gesture;
use dagwright_editor::keymap::action_of;
use dagwright_editor::scene::{PortRef, Scene, Side};
use dagwright_editor::selection::{Choose, Item, WireId};
use dagwright_editor::session::{Mode, Session};
use dagwright_editor::space::{Point, Size};
use dagwright_editor::update::{Effect, Update};
use dagwright_shared::component::{
    Component, ContainerImplementation, Implementation, InputPort, OutputPort, Placeholder,
};
use dagwright_shared::diagnostic::Place;
use dagwright_shared::pipeline::{Argument, Mount, Pipeline, Task, Volume};
use dagwright_shared::types::TypeSpec;

fn component(name: &str, inputs: &[(&str, &str)], outputs: &[(&str, &str)]) -> Component {
    let spec = |name: &str| Some(TypeSpec::Named(String::from(name)));
    let input = |(port, kind): &(&str, &str)| InputPort {
        name: String::from(*port),
        type_spec: spec(kind),
        ..InputPort::default()
    };
    let output = |(port, kind): &(&str, &str)| OutputPort {
        name: String::from(*port),
        type_spec: spec(kind),
        ..OutputPort::default()
    };
    Component {
        name: String::from(name),
        inputs: inputs.iter().map(input).collect(),
        outputs: outputs.iter().map(output).collect(),
        implementation: Implementation::Container(ContainerImplementation {
            image: String::from("busybox:1"),
            command: vec![Placeholder::Text(String::from("true"))],
            ..ContainerImplementation::default()
        }),
        ..Component::default()
    }
}

fn train() -> Component {
    component("train", &[("epochs", "Integer")], &[("model", "Model"), ("metrics", "Metrics")])
}

fn predict() -> Component {
    component("predict", &[("model", "Model"), ("image", "Integer")], &[("prediction", "Integer")])
}

fn print() -> Component {
    component("print", &[("text", "String")], &[])
}

/// train → predict → print, and a volume above; 320 apart.
fn digits() -> Pipeline {
    let mut document = Pipeline::default();
    for (index, component) in [train(), predict(), print()].into_iter().enumerate() {
        let name = component.name.clone();
        let position = Some(Point { x: 320.0 * index as f64, y: 0.0 });
        let task = Task { component: name.clone(), position, ..Task::default() };
        document.graph.components.insert(name.clone(), component);
        document.graph.tasks.insert(name, task);
    }
    let output = |task: &str, output: &str| Argument::Output { task: String::from(task), output: String::from(output) };
    document.graph.tasks["predict"].arguments.insert(String::from("model"), output("train", "model"));
    document.graph.tasks["print"].arguments.insert(String::from("text"), output("predict", "prediction"));
    let volume = Volume {
        size: Some(String::from("1Gi")),
        access_modes: vec![String::from("ReadWriteOnce")],
        position: Some(Point { x: 0.0, y: -160.0 }),
        ..Volume::default()
    };
    document.graph.volumes.insert(String::from("data"), volume);
    document
}

/// A session driven as by a person; canvas and screen are one to one and start at the same corner.
struct Person {
    session: Session,
    last: Update,
    held: Modifiers,
}

impl Person {
    fn at(document: Pipeline) -> Self {
        let mut person =
            Self { session: Session::open(document, Mode::Edit), last: Update::default(), held: Modifiers::default() };
        person.does(Action::Resize(Size { width: 4000.0, height: 4000.0 }));
        person.does(Action::CentreOn(Point { x: 2000.0, y: 2000.0 }));
        person.does(Action::ZoomToActual);
        person.does(Action::CentreOn(Point { x: 1500.0, y: 1500.0 }));
        person
    }

    fn does(&mut self, action: Action) -> &Update {
        self.last = self.session.dispatch(action);
        sweep(&self.session);
        &self.last
    }

    fn pointer(&self, canvas: Point) -> Pointer {
        Pointer { in_screen: self.session.viewport().screen_from_canvas(canvas), modifiers: self.held }
    }

    fn presses(&mut self, at: Point) {
        let pointer = self.pointer(at);
        self.does(Action::PointerDown(pointer, Button::Primary));
    }

    fn moves(&mut self, to: Point) {
        let pointer = self.pointer(to);
        self.does(Action::PointerMove(pointer));
    }

    fn releases(&mut self, at: Point) {
        let pointer = self.pointer(at);
        self.does(Action::PointerUp(pointer));
    }

    fn clicks(&mut self, at: Point) {
        self.presses(at);
        self.releases(at);
    }

    fn drags(&mut self, from: Point, to: Point) {
        self.presses(from);
        self.moves(Point { x: (from.x + to.x) / 2.0, y: (from.y + to.y) / 2.0 });
        self.moves(to);
        self.releases(to);
    }

    fn types(&mut self, keys: &str) {
        let mut parts: Vec<&str> = keys.split(' ').collect();
        let key = parts.pop().unwrap();
        let held = |name| parts.contains(&name);
        let modifiers = Modifiers { control: held("Ctrl"), shift: held("Shift"), alt: held("Alt") };
        let press = KeyPress { key: String::from(key), code: String::new(), modifiers };
        self.does(action_of(&press).unwrap_or_else(|| panic!("{keys} does nothing")));
    }

    fn port(&self, task: &str, side: Side, port: &str) -> Point {
        let port = PortRef { task: String::from(task), side, port: String::from(port) };
        self.session.scene().port_at(&port).unwrap_or_else(|| panic!("no port {port:?}"))
    }

    fn output(&self, task: &str, port: &str) -> Point {
        self.port(task, Side::Output, port)
    }

    fn input(&self, task: &str, port: &str) -> Point {
        self.port(task, Side::Input, port)
    }

    fn head(&self, task: &str) -> Point {
        let rect = self.session.scene().rect(&item(task)).unwrap();
        Point { x: rect.x + 90.0, y: rect.y + 20.0 }
    }

    fn task(&self, name: &str) -> &Task {
        &self.session.document().graph.tasks[name]
    }

    fn argument(&self, task: &str, input: &str) -> Option<String> {
        self.task(task).arguments.get(input).map(|argument| match argument {
            Argument::Output { task, output } => format!("{task}.{output}"),
            Argument::Parameter(name) => format!("${name}"),
            other => format!("{other:?}"),
        })
    }

    fn selected(&self) -> Vec<&str> {
        self.session.selection().tasks().collect()
    }

    fn refusal(&self) -> &str {
        let mut refusals = self.last.effects.iter().filter_map(|effect| match effect {
            Effect::Refused(why) => Some(why.as_str()),
            _ => None,
        });
        refusals.next_back().unwrap_or("")
    }

    fn tip(&self) -> String {
        self.session.gesture().preview(self.session.scene()).text
    }
}

fn item(task: &str) -> Item {
    Item::Task(String::from(task))
}

/// What holds after every action, whatever it was.
fn sweep(session: &Session) {
    let fresh = Scene::of(session.document());
    let scene = session.scene();
    let wires = |scene: &Scene| {
        let mut wires: Vec<_> = scene.wires().map(|wire| (wire.id.clone(), wire.port_type.clone())).collect();
        wires.sort_by(|one, other| one.0.cmp(&other.0));
        wires
    };
    assert_eq!(wires(scene), wires(&fresh), "the scene's wires are those of the document");
    let mut names: Vec<_> = scene.tasks().map(|(name, _)| name.clone()).collect();
    let mut expected: Vec<_> = session.document().graph.tasks.keys().cloned().collect();
    names.sort();
    expected.sort();
    assert_eq!(names, expected, "the scene's nodes are those of the document");
    for (name, task) in &session.document().graph.tasks {
        if let Some(position) = task.position {
            let rect = scene.rect(&item(name)).unwrap();
            assert_eq!((rect.x, rect.y), (position.x, position.y), "{name} stands where the document says");
        }
    }
    for item in &session.selection().items {
        assert!(scene.rect(item).is_some(), "{item:?} is selected and not there");
    }
    for wire in &session.selection().wires {
        assert!(scene.wire(wire).is_some(), "{wire:?} is selected and not there");
    }
    assert!(session.focus().is_none_or(|item| scene.rect(item).is_some()), "the focus is on something that is there");
    let zoom = session.viewport().zoom;
    assert!((0.01..=4.0).contains(&zoom), "zoom {zoom}");
    assert!(session.gesture().holds_only(scene), "a gesture holds what is gone");
}

#[test]
fn a_node_follows_the_pointer_in_steps_of_8_and_undo_takes_it_back() {
    let mut person = Person::at(digits());
    let (from, before) = (person.head("train"), person.task("train").position);
    person.drags(from, Point { x: from.x + 101.0, y: from.y + 50.0 });
    assert_eq!(person.task("train").position, Some(Point { x: 104.0, y: 48.0 }));
    assert_eq!(person.selected(), ["train"]);
    assert_eq!(person.session.history_labels().0, Some("move train"));
    person.types("Ctrl z");
    assert_eq!(person.task("train").position, before);
    person.types("Ctrl Shift z");
    assert_eq!(person.task("train").position, Some(Point { x: 104.0, y: 48.0 }));
}

#[test]
fn alt_drags_without_snapping() {
    let mut person = Person::at(digits());
    let from = person.head("train");
    person.presses(from);
    person.held.alt = true;
    person.moves(Point { x: from.x + 101.0, y: from.y + 50.0 });
    person.releases(Point { x: from.x + 101.0, y: from.y + 50.0 });
    assert_eq!(person.task("train").position, Some(Point { x: 101.0, y: 50.0 }));
}

#[test]
fn nothing_is_edited_while_a_drag_goes_on_and_escape_gives_it_up() {
    let mut person = Person::at(digits());
    let start = person.session.document().clone();
    let from = person.head("train");
    person.presses(from);
    person.moves(Point { x: from.x + 300.0, y: from.y + 90.0 });
    assert_eq!(*person.session.document(), start);
    assert_eq!(person.session.place(&item("train")).unwrap().x, 304.0);
    person.types("Escape");
    assert_eq!(person.session.place(&item("train")).unwrap().x, 0.0);
    person.releases(from);
    assert_eq!(*person.session.document(), start);
    assert_eq!(person.session.history_labels(), (None, None));
}

#[test]
fn a_selection_moves_as_one_and_is_one_step_of_undo() {
    let mut person = Person::at(digits());
    let start = person.session.document().clone();
    person.types("Ctrl a");
    let from = person.head("predict");
    person.drags(from, Point { x: from.x, y: from.y + 80.0 });
    let heights: Vec<f64> = ["train", "predict", "print"].map(|name| person.task(name).position.unwrap().y).into();
    assert_eq!(heights, [80.0, 80.0, 80.0]);
    assert_eq!(person.session.document().graph.volumes["data"].position, Some(Point { x: 0.0, y: -80.0 }));
    person.types("Ctrl z");
    assert_eq!(*person.session.document(), start);
}

#[test]
fn a_wire_is_drawn_from_an_output_to_an_input_that_fits() {
    let mut document = digits();
    document.graph.tasks["predict"].arguments.clear();
    let mut person = Person::at(document);
    let from = person.output("train", "model");
    person.presses(from);
    person.moves(Point { x: from.x + 20.0, y: from.y });
    let Gesture::Wiring(wiring) = person.session.gesture() else { panic!("no wire is held") };
    let lit: Vec<String> =
        wiring.candidates.fitting().iter().map(|port| format!("{}.{}", port.task, port.port)).collect();
    assert_eq!(lit, ["predict.model"]);
    let to = person.input("predict", "model");
    person.moves(Point { x: to.x - 20.0, y: to.y + 6.0 });
    assert_eq!(person.tip(), "model to model");
    person.releases(Point { x: to.x - 20.0, y: to.y + 6.0 });
    assert_eq!(person.argument("predict", "model").as_deref(), Some("train.model"));
    person.types("Ctrl z");
    assert_eq!(person.argument("predict", "model"), None);
}

#[test]
fn a_wire_may_be_drawn_backwards() {
    let mut document = digits();
    document.graph.tasks["predict"].arguments.clear();
    let mut person = Person::at(document);
    let (from, to) = (person.input("predict", "model"), person.output("train", "model"));
    person.drags(from, to);
    assert_eq!(person.argument("predict", "model").as_deref(), Some("train.model"));
}

#[test]
fn ports_refuse_with_the_reason() {
    let mut person = Person::at(digits());
    let before = person.session.document().clone();
    let (from, to) = (person.output("train", "metrics"), person.input("predict", "image"));
    person.presses(from);
    person.moves(to);
    assert_eq!(person.tip(), "Metrics does not fit Integer");
    person.releases(to);
    assert_eq!(person.refusal(), "Metrics does not fit Integer");

    // predict already comes after train: train may not wait for it.
    let (from, to) = (person.output("predict", "prediction"), person.input("train", "epochs"));
    person.presses(from);
    person.moves(to);
    assert_eq!(person.tip(), "predict already waits for train: that would be a circle");
    person.releases(to);

    let (from, to) = (person.output("predict", "prediction"), person.input("predict", "image"));
    person.presses(from);
    person.moves(to);
    assert_eq!(person.tip(), "predict cannot feed itself");
    person.releases(to);
    assert_eq!(*person.session.document(), before);
}

#[test]
fn a_wired_input_gives_up_its_wire() {
    let mut person = Person::at(digits());
    let from = person.input("predict", "model");
    person.presses(from);
    person.moves(Point { x: from.x - 60.0, y: from.y + 200.0 });
    assert_eq!(person.session.gesture().held_wire().map(|wire| wire.ends()), Some((item("train"), item("predict"))));
    person.releases(Point { x: from.x - 60.0, y: from.y + 200.0 });
    assert_eq!(person.argument("predict", "model"), None);
    person.types("Ctrl z");
    assert_eq!(person.argument("predict", "model").as_deref(), Some("train.model"));
}

#[test]
fn a_wire_dropped_on_empty_canvas_asks_for_a_component_that_fits() {
    let mut person = Person::at(digits());
    let from = person.output("train", "model");
    person.drags(from, Point { x: from.x + 100.0, y: from.y + 500.0 });
    let Gesture::QuickAdd(open) = person.session.gesture().clone() else { panic!("the search is not open") };
    assert_eq!(open.from.as_ref().map(|(_, wanted)| wanted.port_type.name().to_owned()).as_deref(), Some("Model"));
    person.does(Action::QuickAdd(Box::new(predict())));
    assert_eq!(person.selected(), ["predict-2"]);
    assert_eq!(person.argument("predict-2", "model").as_deref(), Some("train.model"));
    assert_eq!(person.task("predict-2").component, "predict");
    person.types("Ctrl z");
    assert!(!person.session.document().graph.tasks.contains_key("predict-2"));
    assert!(person.session.gesture().is_idle());
}

#[test]
fn wires_by_keyboard_alone() {
    let mut document = digits();
    document.graph.tasks["predict"].arguments.clear();
    document.graph.tasks["print"].arguments.clear();
    let mut person = Person::at(document);
    person.does(Action::Choose(item("predict"), Choose::Only));
    person.types("w");
    assert_eq!(person.tip(), "prediction to text");
    person.types("Tab");
    assert_eq!(person.tip(), "prediction to epochs");
    person.types("Tab");
    assert_eq!(person.tip(), "prediction to text");
    person.types("Enter");
    assert_eq!(person.argument("print", "text").as_deref(), Some("predict.prediction"));
    // The next port of predict is its input model; the only Model is train's.
    person.types("w");
    person.types("w");
    assert_eq!(person.tip(), "model to model");
    person.types("Enter");
    assert_eq!(person.argument("predict", "model").as_deref(), Some("train.model"));
    person.types("w");
    person.types("Escape");
    assert!(person.session.gesture().is_idle());
}

#[test]
fn a_wire_is_chosen_and_deleted_by_keyboard() {
    let mut person = Person::at(digits());
    let announced = |person: &Person| {
        let told = person.last.effects.iter().find_map(|effect| match effect {
            Effect::Announced(text) => Some(text.clone()),
            _ => None,
        });
        told.unwrap_or_default()
    };
    person.types("e");
    assert!(matches!(&person.last.effects[..], [Effect::Told(_)]), "nothing has the focus yet");
    person.does(Action::Choose(item("predict"), Choose::Only));
    person.types("e");
    assert_eq!(announced(&person), "Wire 1 of 2: predict / prediction feeds print / text");
    person.types("e");
    assert_eq!(announced(&person), "Wire 2 of 2: train / model feeds predict / model");
    person.types("e");
    person.types("Shift e");
    assert_eq!(announced(&person), "Wire 2 of 2: train / model feeds predict / model");
    let chosen = person.session.selection().single_wire().cloned();
    assert!(matches!(&chosen, Some(WireId::Data { task, .. }) if task == "predict"));
    assert_eq!(person.session.focus(), Some(&item("predict")), "the focus stays");
    // Enter goes to the other end, from where the wire can be walked on.
    person.types("Enter");
    assert_eq!(person.selected(), ["train"]);
    person.types("e");
    person.types("Delete");
    assert_eq!(announced(&person), "Deleted: train / model feeds predict / model");
    assert_eq!(person.argument("predict", "model"), None);
    assert_eq!(person.session.focus(), Some(&item("train")));
    person.types("e");
    assert!(matches!(&person.last.effects[..], [Effect::Told(text)] if text == "train has no wires."));
    person.types("Ctrl z");
    assert_eq!(person.argument("predict", "model").as_deref(), Some("train.model"));
}

#[test]
fn order_only_wires() {
    let mut person = Person::at(digits());
    person.held.control = true;
    let (from, to) = (person.head("train"), person.head("print"));
    person.drags(from, to);
    assert_eq!(person.task("print").after, ["train"]);
    let (from, to) = (person.head("print"), person.head("train"));
    person.drags(from, to);
    assert_eq!(person.refusal(), "print already waits for train: that would be a circle");
    person.held.control = false;
    let wire = WireId::Order { before: String::from("train"), task: String::from("print") };
    person.does(Action::ChooseWire(wire, Choose::Only));
    person.types("Delete");
    assert!(person.task("print").after.is_empty());
}

#[test]
fn mounts_and_hand_overs() {
    let mut person = Person::at(digits());
    let foot = Point { x: 92.0, y: -160.0 + 72.0 };
    let to = person.head("train");
    person.drags(foot, to);
    let expected = Mount { volume: String::from("data"), path: String::from("/data"), ..Mount::default() };
    assert_eq!(person.task("train").mounts, [expected]);
    let field = Place::Task { task: String::from("train"), field: String::from("mounts/0/path") };
    assert!(person.last.effects.contains(&Effect::EditField(field)));
    person.drags(foot, to);
    assert_eq!(person.refusal(), "train already mounts data");

    let mount_port = Point { x: 184.0, y: 0.0 };
    let to = person.head("predict");
    person.drags(mount_port, to);
    assert_eq!(person.task("predict").mounts.len(), 1);
    assert_eq!(person.task("predict").mounts[0].from, ["train"]);
    assert_eq!(person.task("predict").mounts[0].path, "/data");

    let back = Point { x: 320.0 + 184.0, y: 0.0 };
    let to = person.head("train");
    person.drags(back, to);
    assert_eq!(person.refusal(), "predict already waits for train: that would be a circle");
    let hand_over = WireId::HandOver {
        from_task: String::from("train"),
        task: String::from("predict"),
        volume: String::from("data"),
    };
    person.does(Action::ChooseWire(hand_over, Choose::Only));
    person.types("Delete");
    assert!(person.task("predict").mounts[0].from.is_empty());
    person.does(Action::Choose(Item::Volume(String::from("data")), Choose::Only));
    person.types("Delete");
    assert!(person.task("train").mounts.is_empty() && person.task("predict").mounts.is_empty());
}

#[test]
fn a_box_selects_and_empty_pane_pans() {
    let mut person = Person::at(digits());
    let before = person.session.viewport().offset_in_screen;
    // In screen px: the canvas moves under the pointer meanwhile.
    let from = person.pointer(Point { x: 100.0, y: 800.0 });
    let to = Pointer { in_screen: Point { x: from.in_screen.x + 40.0, y: from.in_screen.y + 30.0 }, ..from };
    person.does(Action::PointerDown(from, Button::Primary));
    person.does(Action::PointerMove(to));
    person.does(Action::PointerUp(to));
    let after = person.session.viewport().offset_in_screen;
    assert_eq!((after.x - before.x, after.y - before.y), (40.0, 30.0));
    person.held.shift = true;
    person.drags(Point { x: -20.0, y: 400.0 }, Point { x: 400.0, y: 10.0 });
    assert_eq!(person.selected(), ["predict", "train"]);
    person.held.shift = false;
    person.clicks(Point { x: 100.0, y: 800.0 });
    assert!(person.session.selection().is_empty());
}

#[test]
fn space_and_the_middle_button_pan_over_nodes() {
    let mut person = Person::at(digits());
    let from = person.head("train");
    person.does(Action::HoldSpace);
    person.drags(from, Point { x: from.x + 50.0, y: from.y });
    person.does(Action::ReleaseSpace);
    assert_eq!(person.task("train").position, Some(Point { x: 0.0, y: 0.0 }));
    assert!(person.selected().is_empty());
}

#[test]
fn deleting_takes_the_wires_along_and_healing_joins_the_ends() {
    let mut document = digits();
    document.graph.components["predict"] =
        component("predict", &[("model", "Model")], &[("prediction", "Integer"), ("better", "Model")]);
    let scorer = component("score", &[("model", "Model")], &[]);
    document.graph.components.insert(String::from("score"), scorer);
    let mut task =
        Task { component: String::from("score"), position: Some(Point { x: 640.0, y: 300.0 }), ..Task::default() };
    let better = Argument::Output { task: String::from("predict"), output: String::from("better") };
    task.arguments.insert(String::from("model"), better);
    document.graph.tasks.insert(String::from("score"), task);

    let mut person = Person::at(document.clone());
    person.does(Action::Choose(item("predict"), Choose::Only));
    person.types("Delete");
    assert_eq!(person.argument("score", "model"), None);
    assert_eq!(person.argument("print", "text"), None);
    person.types("Ctrl z");
    assert_eq!(*person.session.document(), document);
    assert_eq!(person.selected(), ["predict"]);

    person.types("Shift Delete");
    assert_eq!(person.argument("score", "model").as_deref(), Some("train.model"));
    assert_eq!(person.argument("print", "text"), None, "a Model does not fit a String");
    person.types("Ctrl z");
    assert_eq!(*person.session.document(), document);
}

#[test]
fn duplicates_keep_the_wires_among_them() {
    let mut person = Person::at(digits());
    person.does(Action::Choose(item("train"), Choose::Only));
    person.does(Action::Choose(item("predict"), Choose::Also));
    person.types("Ctrl d");
    assert_eq!(person.selected(), ["predict-2", "train-2"]);
    assert_eq!(person.argument("predict-2", "model").as_deref(), Some("train-2.model"));
    assert_eq!(person.task("train-2").position, Some(Point { x: 32.0, y: 32.0 }));
    person.types("Ctrl z");
    assert_eq!(person.session.document().graph.tasks.len(), 3);
}

#[test]
fn what_is_copied_pastes_into_another_document() {
    let mut person = Person::at(digits());
    person.does(Action::Choose(item("train"), Choose::Only));
    person.does(Action::Choose(item("predict"), Choose::Also));
    person.types("Ctrl c");
    let copied = person.last.effects.iter().find_map(|effect| match effect {
        Effect::WriteClipboard(copied) => Some(clipboard::write(copied)),
        _ => None,
    });
    let mut other = Person::at(Pipeline::default());
    other.does(Action::Paste(clipboard::read(&copied.unwrap())));
    assert_eq!(other.refusal(), "");
    assert_eq!(other.selected(), ["predict", "train"]);
    assert_eq!(other.argument("predict", "model").as_deref(), Some("train.model"));
    assert_eq!(other.session.document().graph.components.len(), 2);
    let copy = other.session.scene().rect(&item("predict")).unwrap();
    assert!(!other.session.scene().rect(&item("train")).unwrap().meets(&copy));

    // A component's file becomes a task, where the view is.
    let text = "name: hello\ninputs: [{name: who, type: String}]\nimplementation: {container: {image: 'busybox:1', command: [echo, {inputValue: who}]}}\n";
    other.does(Action::Paste(clipboard::read(text)));
    assert_eq!((other.refusal(), other.selected()), ("", vec!["hello"]));
    let place = other.session.scene().rect(&item("hello")).unwrap();
    assert!(other.session.viewport().visible_in_canvas().covers(&place), "{place:?}");
    other.types("Ctrl z");

    other.does(Action::Paste(clipboard::read("good morning")));
    assert!(other.refusal().starts_with("The clipboard holds no tasks"), "{}", other.refusal());
    other.types("Ctrl z");
    assert!(other.session.document().graph.tasks.is_empty());
}

#[test]
fn arrows_walk_along_the_wires_and_alt_arrows_move() {
    let mut person = Person::at(digits());
    person.does(Action::Choose(item("train"), Choose::Only));
    person.types("ArrowRight");
    person.types("ArrowRight");
    assert_eq!(person.session.focus(), Some(&item("print")));
    person.types("ArrowLeft");
    assert_eq!(person.selected(), ["predict"]);
    for _ in 0..3 {
        person.does(Action::Nudge(Direction::Down));
    }
    assert_eq!(person.task("predict").position, Some(Point { x: 320.0, y: 24.0 }));
    person.types("Ctrl z");
    assert_eq!(person.task("predict").position, Some(Point { x: 320.0, y: 0.0 }), "one walk of nudges is one step");
    assert_eq!(person.session.next_item(Step::Next), Some(item("print")));
    person.types("Tab");
    assert_eq!(person.session.next_item(Step::Next), None, "after the last item the focus leaves the canvas");
}

#[test]
fn components_volumes_and_parameters_are_dropped_from_outside() {
    let mut document = digits();
    document.graph.parameters.insert(
        String::from("count"),
        dagwright_shared::pipeline::Parameter {
            type_spec: Some(TypeSpec::Named(String::from("Integer"))),
            ..Default::default()
        },
    );
    let mut person = Person::at(document);
    person.does(Action::BeginDrag(NewItem::Component(Box::new(train()))));
    person.moves(Point { x: 500.0, y: 620.0 });
    person.releases(Point { x: 500.0, y: 620.0 });
    assert_eq!(person.task("train-2").position, Some(Point { x: 400.0, y: 600.0 }));

    person.does(Action::BeginDrag(NewItem::Volume));
    person.moves(Point { x: 500.0, y: 1020.0 });
    person.releases(Point { x: 500.0, y: 1020.0 });
    assert!(person.session.document().graph.volumes.contains_key("volume"));

    let to = person.input("train", "epochs");
    person.does(Action::BeginDrag(NewItem::Parameter(String::from("count"))));
    person.moves(to);
    assert_eq!(person.tip(), "count to epochs");
    person.releases(to);
    assert_eq!(person.argument("train", "epochs").as_deref(), Some("$count"));

    let to = person.input("predict", "model");
    person.does(Action::BeginDrag(NewItem::Parameter(String::from("count"))));
    person.moves(to);
    person.releases(to);
    assert_eq!(person.refusal(), "Integer does not fit Model");

    // Let go outside the canvas: nothing comes of it.
    let before = person.session.document().clone();
    person.does(Action::BeginDrag(NewItem::Volume));
    person.does(Action::PointerUp(Pointer { in_screen: Point { x: -40.0, y: 10.0 }, modifiers: Modifiers::default() }));
    assert_eq!(*person.session.document(), before);
}

#[test]
fn tidying_is_one_step_and_nothing_overlaps_afterwards() {
    let mut document = digits();
    for task in document.graph.tasks.values_mut() {
        task.position = Some(Point { x: 40.0, y: 24.0 });
    }
    let mut person = Person::at(document.clone());
    person.types("l");
    let rects: Vec<_> = person.session.scene().tasks().map(|(_, task)| task.rect).collect();
    for (index, one) in rects.iter().enumerate() {
        assert!(rects.iter().skip(index + 1).all(|other| !one.meets(other)), "{rects:?}");
    }
    person.types("Ctrl z");
    assert_eq!(*person.session.document(), document);
}

#[test]
fn a_file_without_places_is_laid_out_and_keeps_its_places_with_the_first_move() {
    let mut document = digits();
    document.graph.tasks.values_mut().for_each(|task| task.position = None);
    document.graph.volumes["data"].position = None;
    let mut person = Person::at(document);
    let (train, print) = (person.head("train"), person.session.scene().rect(&item("print")).unwrap());
    assert!(print.x > train.x + 400.0, "data flows left to right");
    person.drags(train, Point { x: train.x, y: train.y + 160.0 });
    assert_eq!(person.task("print").position, Some(Point { x: print.x, y: print.y }));
}

#[test]
fn a_node_with_many_inputs_folds_and_its_wires_follow() {
    let mut document = digits();
    let names: Vec<String> = (0..12).map(|index| format!("option {index}")).collect();
    let inputs: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "Integer")).collect();
    let mut many = component("many", &inputs, &[]);
    for input in many.inputs.iter_mut().skip(2) {
        input.default = Some(serde_json::Value::from(1));
    }
    document.graph.components.insert(String::from("many"), many);
    let mut task =
        Task { component: String::from("many"), position: Some(Point { x: 640.0, y: 400.0 }), ..Task::default() };
    let prediction = Argument::Output { task: String::from("predict"), output: String::from("prediction") };
    task.arguments.insert(String::from("option 9"), prediction);
    document.graph.tasks.insert(String::from("many"), task);
    let mut person = Person::at(document);
    let height = |person: &Person| person.session.scene().rect(&item("many")).unwrap().height;
    assert_eq!(height(&person), 40.0 + 8.0 + 3.0 * 24.0);
    let folded = person.input("many", "option 9");
    person.clicks(Point { x: 640.0 + 60.0, y: folded.y });
    assert_eq!(height(&person), 40.0 + 8.0 + 12.0 * 24.0);
    assert_eq!(person.input("many", "option 9").y, 400.0 + 40.0 + 4.0 + 9.5 * 24.0);
    person.does(Action::Choose(item("many"), Choose::Only));
    person.types("Enter");
    assert_eq!(person.input("many", "option 9"), folded);
}

#[test]
fn another_document_takes_the_place_of_this_one() {
    let mut person = Person::at(digits());
    person.types("Ctrl a");
    let mut other = digits();
    other.graph.tasks.shift_remove("print");
    other.graph.tasks.values_mut().for_each(|task| task.position = None);
    let update = person.session.replace(other.clone());
    sweep(&person.session);
    assert!(update.document && update.membership);
    assert_eq!(*person.session.document(), other);
    assert_eq!(person.session.history_labels(), (None, None));
    assert_eq!(person.selected(), ["predict", "train"]);
}

#[test]
fn a_run_can_be_looked_at_and_not_edited() {
    let mut session = Session::open(digits(), Mode::Look);
    session.dispatch(Action::Resize(Size { width: 1000.0, height: 800.0 }));
    let before = session.document().clone();
    session.dispatch(Action::SelectAll);
    for action in
        [Action::Delete, Action::Duplicate, Action::Nudge(Direction::Up), Action::AddVolume, Action::StartWire]
    {
        let update = session.dispatch(action);
        assert!(!update.document);
    }
    let at = session.viewport().screen_from_canvas(Point { x: 90.0, y: 20.0 });
    let pointer = |x: f64| Pointer { in_screen: Point { x: at.x + x, y: at.y }, modifiers: Modifiers::default() };
    session.dispatch(Action::PointerDown(pointer(0.0), Button::Primary));
    session.dispatch(Action::PointerMove(pointer(90.0)));
    session.dispatch(Action::PointerUp(pointer(90.0)));
    assert_eq!(*session.document(), before);
}

#[test]
fn an_update_names_only_what_a_drag_touches() {
    let mut document = Pipeline::default();
    document.graph.components.insert(String::from("predict"), predict());
    for index in 0..1000 {
        let position = Some(Point { x: f64::from(index % 40) * 320.0, y: f64::from(index / 40) * 200.0 });
        let task = Task { component: String::from("predict"), position, ..Task::default() };
        document.graph.tasks.insert(format!("n{index}"), task);
    }
    let mut session = Session::open(document, Mode::Edit);
    session.dispatch(Action::Resize(Size { width: 1400.0, height: 900.0 }));
    session.dispatch(Action::ZoomToActual);
    session.dispatch(Action::CentreOn(Point { x: 700.0, y: 450.0 }));
    let at = session.viewport().screen_from_canvas(Point { x: 90.0, y: 20.0 });
    let pointer = |by: f64| Pointer { in_screen: Point { x: at.x + by, y: at.y }, modifiers: Modifiers::default() };
    session.dispatch(Action::PointerDown(pointer(0.0), Button::Primary));
    session.dispatch(Action::PointerMove(pointer(40.0)));
    let update = session.dispatch(Action::PointerMove(pointer(48.0)));
    assert!(update.dragged && update.placed.is_empty() && update.redrawn.is_empty() && !update.document);
    let update = session.dispatch(Action::PointerUp(pointer(48.0)));
    assert_eq!(update.placed.iter().collect::<Vec<_>>(), [&item("n0")]);
    assert!(update.redrawn.is_empty(), "a move redraws no content");
    assert!(update.document && !update.membership);
}

mod anything {
    //! Whatever a person does, in whatever order: the invariants hold, and undoing it all gives the start.

    use super::*;
    use proptest::prelude::*;

    fn pointer() -> impl Strategy<Value = Pointer> {
        // Mostly on a grid that ports and headers lie on, so that random presses hit something.
        let place = (0..60_i32, 0..40_i32).prop_map(|(x, y)| Point { x: f64::from(x) * 20.0, y: f64::from(y) * 20.0 });
        let held = (prop::bool::weighted(0.1), prop::bool::weighted(0.2), prop::bool::weighted(0.1));
        (place, held).prop_map(|(in_screen, (control, shift, alt))| Pointer {
            in_screen,
            modifiers: Modifiers { control, shift, alt },
        })
    }

    fn action() -> impl Strategy<Value = Action> {
        let direction =
            prop_oneof![Just(Direction::Left), Just(Direction::Right), Just(Direction::Up), Just(Direction::Down)];
        let component = prop_oneof![Just(train()), Just(predict()), Just(print())].prop_map(Box::new);
        let button = prop_oneof![4 => Just(Button::Primary), 1 => Just(Button::Middle), 1 => Just(Button::Secondary)];
        prop_oneof![
            6 => (pointer(), button).prop_map(|(pointer, button)| Action::PointerDown(pointer, button)),
            8 => pointer().prop_map(Action::PointerMove),
            6 => pointer().prop_map(Action::PointerUp),
            1 => pointer().prop_map(Action::DoubleClick),
            1 => (pointer(), -200.0..200.0f64).prop_map(|(pointer, delta_y)| Action::Wheel { pointer, delta_x: 0.0, delta_y }),
            1 => component.clone().prop_map(Action::AddComponent),
            2 => component.clone().prop_map(Action::QuickAdd),
            1 => component.prop_map(|component| Action::BeginDrag(NewItem::Component(component))),
            1 => Just(Action::AddVolume),
            2 => direction.clone().prop_map(Action::Walk),
            1 => direction.clone().prop_map(Action::WalkOn),
            1 => direction.prop_map(Action::Nudge),
            1 => Just(Action::Advance(Step::Next)),
            1 => Just(Action::StartWire),
            1 => Just(Action::StartOrder),
            1 => Just(Action::Activate),
            1 => Just(Action::Escape),
            1 => Just(Action::Delete),
            1 => Just(Action::DeleteAndHeal),
            1 => Just(Action::Duplicate),
            1 => Just(Action::Tidy),
            1 => Just(Action::SelectAll),
            2 => Just(Action::Undo),
            1 => Just(Action::Redo),
            1 => Just(Action::Fit),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
        #[test]
        fn keeps_the_invariants_and_can_be_undone(actions in prop::collection::vec(action(), 1..60)) {
            let start = digits();
            let mut session = Session::open(start.clone(), Mode::Edit);
            session.dispatch(Action::Resize(Size { width: 1200.0, height: 800.0 }));
            for action in actions {
                session.dispatch(action);
                sweep(&session);
            }
            while session.history_labels().0.is_some() {
                session.dispatch(Action::Undo);
                sweep(&session);
            }
            prop_assert_eq!(session.document(), &start);
        }
    }
}
