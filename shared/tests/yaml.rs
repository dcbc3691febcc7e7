//! YAML in and out: what is written reads back the same, here and in Python's reader of YAML 1.1, and every wrong text
//! gets a position and advice.

use dagwright_shared::diagnostic::Diagnostic;
use dagwright_shared::yaml::{Dashes, Layout, Step, Style, read, read_documents, write};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};

const NASTY: &[&str] = &[
    "",
    " ",
    "  ",
    "\n",
    "\n\n",
    " \n",
    "a\n",
    "a\n\n",
    "a\n\n\n",
    "\na",
    "\n\na\n",
    " a\nb",
    "a\n b\n",
    "\ta\nb\n",
    "a\n  \nb\n",
    "a\n  ",
    "a \nb \n",
    "a\r\nb\n",
    "a\rb",
    "a\tb",
    "\t",
    "y",
    "Y",
    "n",
    "N",
    "yes",
    "No",
    "on",
    "OFF",
    "true",
    "False",
    "null",
    "Null",
    "~",
    "~a",
    "=",
    "<<",
    "1",
    "-1",
    "+1",
    "0x1F",
    "0o17",
    "0b1",
    "1_000",
    "12:30:45",
    "190:20:30.15",
    "1.5",
    ".5",
    "5.",
    "1e3",
    "1.0e+3",
    ".inf",
    "-.Inf",
    ".nan",
    "2026-11-23",
    "2026-11-23T10:00:00Z",
    "007",
    "08",
    "1,000",
    "-",
    "--",
    "---",
    "--- a",
    "-a",
    "- a",
    "...",
    "... a",
    ".",
    "?",
    "? a",
    "?a",
    ":",
    ":a",
    ": a",
    "a:",
    "a: b",
    "a:b",
    "a :b",
    "#",
    "#a",
    "a #b",
    "a#b",
    "&a",
    "*a",
    "!a",
    "!!str a",
    "|",
    "|-",
    ">",
    ">-\n a",
    "%a",
    "@a",
    "`a",
    "'a'",
    "\"a\"",
    "it's",
    "say \"a\"",
    "\\",
    "\\n",
    "a\\",
    "[a]",
    "{a}",
    "a, b",
    "a]",
    "a}",
    "[",
    "{",
    ",",
    "\u{0}",
    "\u{1}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{a0}a\u{a0}",
    "\u{2028}",
    "a\u{2029}b\nc",
    "\u{feff}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{e000}",
    "ключ",
    "数字",
    "😀",
    "e\u{301}",
    "{{workflow.name}}",
    "${a}",
    "$$",
    "a\u{feff}\nb\n",
    "def f():\n    \n    pass\n",
    "# comment\nx\n",
    "---\na\n...\n",
    "- a\n- b\n",
    "%YAML 1.2\n---\n",
    "a\n#b",
    "a\n\tb\n",
    "512Mi",
    "30m",
    "python:3.11-slim",
    "http://a/b?c=d#e",
    "a  b",
    "\u{200d}",
    "\u{202e}",
    "x\n\u{2028}\n",
    "\na",
    "\n a",
    "a\n\t",
    "\u{10ffff}",
    "key with spaces",
    "0.",
    "+",
    "+.",
    "0x",
    "1e",
    "1:2",
    "1.2.3.4",
    "1-2",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::sample::select(NASTY).prop_map(String::from),
        3 => proptest::collection::vec(
            prop_oneof![
                proptest::sample::select(&[" ", "\n", "\t", ":", "#", "-", "'", "\"", "\\", ",", "[", "}", "|", ".", "\r"][..])
                    .prop_map(String::from),
                "[a-z0-9]{1,3}",
                any::<char>().prop_map(String::from),
            ],
            0..12
        )
        .prop_map(|parts| parts.concat()),
        1 => any::<String>(),
    ]
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-20_i64..20).prop_map(Value::from),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::from),
        proptest::sample::select(&[0.0, -0.0, 1.0, 1e16, 1e-7, 1.5e300, f64::MIN_POSITIVE, f64::MAX][..])
            .prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        2 => number(),
        6 => text().prop_map(Value::String),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            proptest::collection::vec((text(), inner), 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Blocks, flow wherever it fits, and a mixture that hangs on the place.
fn in_all_styles(value: &Value, mut use_text: impl FnMut(String)) {
    let mixed = |path: &[Step<'_>], value: &Value| {
        let size = value.as_array().map_or(1, Vec::len) + path.len();
        if size.is_multiple_of(2) { Layout::Flow } else { Layout::Block }
    };
    use_text(write(value, &Style::block()));
    use_text(write(value, &Style { width: 120, layout: &|_, _| Layout::Flow, dashes: Dashes::Indented }));
    use_text(write(value, &Style { width: 40, layout: &mixed, dashes: Dashes::Indented }));
    use_text(write(value, &Style { width: 60, layout: &mixed, dashes: Dashes::Flush }));
}

fn assert_reads_back(value: &Value) -> Result<(), TestCaseError> {
    let mut outcome = Ok(());
    in_all_styles(value, |text| {
        let yaml = read(&text);
        if outcome.is_ok() && (yaml.value.as_ref() != Some(value) || !yaml.diagnostics.is_empty()) {
            outcome = Err(TestCaseError::fail(format!(
                "written:\n{text}\nread: {:?}\nwant: {value:?}\n{:?}",
                yaml.value, yaml.diagnostics
            )));
        }
    });
    outcome
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_back(value in value()) {
        assert_reads_back(&value)?;
    }

    #[test]
    fn any_text_gets_an_answer(text in "[-a-c:,\\[\\]{}&*!|>'\"%@`#?~<. \n\t0-9]{0,60}") {
        for yaml in [vec![read(&text)], read_documents(&text)].concat() {
            prop_assert!(yaml.value.is_some() || !yaml.diagnostics.is_empty());
            for diagnostic in yaml.diagnostics {
                prop_assert!(diagnostic.position.is_some() && !diagnostic.hint.is_empty());
            }
        }
    }

    #[test]
    fn json_is_yaml(value in value()) {
        for text in [serde_json::to_string(&value).unwrap(), serde_json::to_string_pretty(&value).unwrap()] {
            let yaml = read(&text);
            // YAML folds the line breaks that JSON never has; raw NEL and the like in JSON texts stay as they are.
            prop_assert_eq!(yaml.value.as_ref(), Some(&value), "{}: {:?}", text, yaml.diagnostics);
        }
    }
}

#[test]
fn every_nasty_text_reads_back_at_every_place() {
    for text in NASTY {
        let value =
            json!({*text: *text, "list": [text, [text], {*text: *text}], "map": {"k": text, "l": [[text, text]]}});
        assert_reads_back(&value).unwrap();
        assert_reads_back(&json!(text)).unwrap();
        assert_reads_back(&json!([text])).unwrap();
    }
    let long = "k".repeat(2000);
    assert_reads_back(&json!({&long: {&long: [&long]}, "list": [{&long: 1, "b": 2}]})).unwrap();
}

/// PyYAML reads YAML 1.1, as many tools do: what is written must mean the same to it.
#[test]
fn python_reads_the_same() {
    let has_yaml = Command::new("python3").args(["-c", "import yaml"]).stderr(Stdio::null()).status();
    if !has_yaml.is_ok_and(|status| status.success()) {
        println!("skipped: python3 with PyYAML is not here");
        return;
    }
    let mut cases = Vec::new();
    let mut add = |value: &Value| in_all_styles(value, |text| cases.push(json!({"text": text, "value": value})));
    for text in NASTY {
        add(&json!({*text: *text, "list": [text, [text], {*text: *text}], "map": {"k": text}}));
    }
    let mut runner = TestRunner::deterministic();
    for _ in 0..300 {
        add(&value().new_tree(&mut runner).unwrap().current());
    }
    let script = r#"
import json, sys, yaml
loaders = [yaml.SafeLoader] + ([yaml.CSafeLoader] if hasattr(yaml, "CSafeLoader") else [])
cases = json.load(sys.stdin)
wrong = 0
for case in cases:
    for loader in loaders:
        try:
            got = yaml.load(case["text"], loader)
        except Exception as error:
            got = error
        if got != case["value"] or json.dumps(got) != json.dumps(case["value"]):
            wrong += 1
            if wrong < 6:
                print(loader.__name__, "\n" + case["text"], "\nread", repr(got), "\nwant", repr(case["value"]))
print(len(cases), "texts,", wrong, "wrong")
sys.exit(wrong > 0)
"#;
    let mut python = Command::new("python3")
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(Value::Array(cases).to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn told(diagnostics: &[Diagnostic]) -> String {
    let line = |diagnostic: &Diagnostic| {
        let at = diagnostic.position.map_or(String::new(), |at| format!("{}:{} ", at.line, at.column));
        format!("{at}{}: {} [{}]", diagnostic.code, diagnostic.message, diagnostic.hint)
    };
    diagnostics.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn wrong_texts_say_where_and_how_to_mend() {
    insta::assert_snapshot!(told(&read("a: [1, 2\nb: 3\n").diagnostics), @r#"2:2 yaml-syntax: this is not YAML: illegal placement of ':' indicator [Close the bracket that was opened before, or put the text into quotes.]"#);
    insta::assert_snapshot!(told(&read("a:\n\t- b\n").diagnostics), @r#"2:2 yaml-syntax: this is not YAML: tabs disallowed within this context (block indentation) [Indent with spaces: YAML takes no tabs there.]"#);
    insta::assert_snapshot!(told(&read("a: \"b\nc: d\n").diagnostics), @r#"1:4 yaml-syntax: this is not YAML: invalid indentation in quoted scalar [Close the quotes that begin here; lines that go on inside must be indented.]"#);
    insta::assert_snapshot!(told(&read("a: b: c\n").diagnostics), @r#"1:5 yaml-syntax: this is not YAML: mapping values are not allowed in this context [Put a text that holds “: ” into quotes, or mend the indentation.]"#);
    insta::assert_snapshot!(told(&read("a: 1\nb: {c: 2, c: 3}\na: 4\n").diagnostics), @r#"
    2:11 yaml-duplicate-key: the key “c” stands twice in this map; the one in line 2 is read [Remove one of the two.]
    3:1 yaml-duplicate-key: the key “a” stands twice in this map; the one in line 1 is read [Remove one of the two.]
    "#);
    insta::assert_snapshot!(told(&read("a: 1\n---\nb: 2\n").diagnostics), @r#"3:1 yaml-syntax: a second document begins here, and only the first is read [Put each document into a file of its own, or remove the line with ---.]"#);
    insta::assert_snapshot!(told(&read("a: *b\n").diagnostics), @r#"1:4 yaml-syntax: this is not YAML: while parsing node, found unknown anchor [An alias *name needs an anchor &name before it; put a text that begins with * into quotes.]"#);
    insta::assert_snapshot!(told(&read("a: &b [*b]\n").diagnostics), @r#"1:8 yaml-too-large: this alias repeats the list or map that it stands in [Make the file smaller, or write out what its anchors repeat.]"#);
    insta::assert_snapshot!(told(&read("[a, b]: c\n").diagnostics), @r#"1:1 yaml-syntax: a list or map stands as a key, and keys are text [Write a text as the key; quote it if it begins with [ or {.]"#);
    insta::assert_snapshot!(told(&read("a: !thing b\nc: .inf\n").diagnostics), @r#"
    1:4 field-unknown: the tag “!thing” has no meaning here and is not kept [Remove the tag.]
    2:4 field-form: “.inf” is no finite number; it is read as text [Write a finite number, or put it in quotes.]
    "#);
    insta::assert_snapshot!(told(&read("<<: 3\n").diagnostics), @r#"1:1 yaml-syntax: the merge key << takes a map, or a list of maps, and this is neither [Write <<: *name of an anchored map; quote "<<" if it is meant as a key.]"#);
    insta::assert_snapshot!(told(&read(&"[".repeat(300)).diagnostics), @r#"1:256 yaml-syntax: this is not YAML: recursion limit exceeded [Nest lists and maps less deeply.]"#);
    insta::assert_snapshot!(told(&read(&"- ".repeat(300)).diagnostics), @r#"1:203 yaml-too-large: lists and maps are nested more than 100 levels deep here [Make the file smaller, or write out what its anchors repeat.]"#);
    insta::assert_snapshot!(told(&read(&format!("a: {}", "b".repeat(9 << 20))).diagnostics), @r#"1:1 yaml-too-large: the text has 9437187 bytes, and at most 8388608 are read [Make the file smaller, or write out what its anchors repeat.]"#);
}

#[test]
fn a_billion_laughs_are_refused() {
    let mut text = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let yaml = read(&text);
    assert!(yaml.value.is_none());
    insta::assert_snapshot!(told(&yaml.diagnostics), @r#"6:10 yaml-too-large: anchors and aliases repeat more of the text than is allowed [Make the file smaller, or write out what its anchors repeat.]"#);
}

#[test]
fn aliases_and_merge_keys() {
    let text =
        "base: &base {a: 1, b: &b [2, 1.10]}\nown: {<<: *base, a: 3}\nmany: {<<: [*base, {c: 4}]}\ncopy: *b\n*b : 1\n";
    let yaml = read(text.trim_end_matches("*b : 1\n"));
    let value = json!({
        "base": {"a": 1, "b": [2, 1.1]}, "own": {"a": 3, "b": [2, 1.1]},
        "many": {"a": 1, "b": [2, 1.1], "c": 4}, "copy": [2, 1.1],
    });
    assert_eq!(yaml.value.as_ref(), Some(&value));
    assert!(yaml.diagnostics.is_empty());
    let path = [Step::Key("own"), Step::Key("b"), Step::Item(1)];
    assert_eq!(yaml.positions.spelling(&value, &path), Some("1.10"));
    let path = [Step::Key("copy"), Step::Item(1)];
    assert_eq!(yaml.positions.spelling(&value, &path), Some("1.10"));
}

#[test]
fn positions_are_those_of_the_text() {
    let text = "# ключ\nа: &x\n  - b\n  - {c: 1.10, d: [e, *x2]}\n".replace("*x2", "f");
    let yaml = read(&text);
    let root = yaml.value.as_ref().unwrap();
    let at = |path: &[Step<'_>]| {
        let (key, value) = (yaml.positions.key(root, path).unwrap(), yaml.positions.value(root, path).unwrap());
        format!("{}:{} {}:{}", key.line, key.column, value.line, value.column)
    };
    assert_eq!(at(&[Step::Key("а")]), "2:1 2:4");
    assert_eq!(at(&[Step::Key("а"), Step::Item(1)]), "4:5 4:5");
    assert_eq!(at(&[Step::Key("а"), Step::Item(1), Step::Key("d")]), "4:15 4:18");
    assert_eq!(at(&[Step::Key("а"), Step::Item(1), Step::Key("d"), Step::Item(1)]), "4:22 4:22");
    assert_eq!(yaml.positions.value(root, &[Step::Key("z")]), None);
    assert_eq!(yaml.positions.value(root, &[Step::Key("а"), Step::Item(2)]), None);
}

#[test]
fn several_documents() {
    let documents = read_documents("a: 1\n---\n- 2\n---\n--- \n\"three\"\n...\n");
    let values: Vec<_> = documents.into_iter().map(|yaml| yaml.value.unwrap()).collect();
    assert_eq!(values, [json!({"a": 1}), json!([2]), json!(null), json!("three")]);
    assert_eq!(read("").value, Some(Value::Null));
    assert_eq!(read("\u{feff}a: 1\r\nb: |\r\n  c\r\n").value, Some(json!({"a": 1, "b": "c\n"})));
}

#[test]
fn lines_that_are_not_indented_are_read_as_elsewhere() {
    let text = "a:\n  b: [\n\"c\",\nd, \"e\n   f\"\n]\n  g: \"h \\\" \n i\n\n'j\" # k\n  l: 1\n";
    let yaml = read(text);
    assert_eq!(yaml.value, Some(json!({"a": {"b": ["c", "d", "e f"], "g": "h \" i\n'j", "l": 1}})), "{yaml:?}");
    assert!(yaml.diagnostics.is_empty());
    let at = |path: &[Step<'_>]| yaml.position(path).map(|at| (at.line, at.column));
    assert_eq!(at(&[Step::Key("a"), Step::Key("b"), Step::Item(1)]), Some((4, 1)));
    assert_eq!(at(&[Step::Key("a"), Step::Key("b"), Step::Item(2)]), Some((4, 4)));
    assert_eq!(at(&[Step::Key("a"), Step::Key("l")]), Some((11, 6)));
}

#[test]
fn json_that_is_no_yaml_is_read_too() {
    let text = format!("{{\n\t\"a\": \"\\ud83d\\ude00\\/\",\n\t\"{}\": 1}}", "k".repeat(2000));
    let yaml = read(&text);
    assert_eq!(yaml.value, Some(serde_json::from_str(&text).unwrap()));
}

#[test]
fn what_it_looks_like() {
    let value = json!({
        "plain": "text", "quoted": "yes", "number": 1e16, "empty": {}, "none": [],
        "source": "def f():\n    return {\"a\": 1}\n", "no end": "a\nb", "more": "a\nb\n\n", "lead": "  a\nb\n",
        "escaped": "tab\there", "list": ["a", ["b", "c"], {"d": 1, "e": {"f": null}}, "x\ny\n"],
        "flow": {"name": "n", "choices": ["a, b", true, 0.5]},
    });
    let layout = |path: &[Step<'_>], _: &Value| if path == [Step::Key("flow")] { Layout::Flow } else { Layout::Block };
    insta::assert_snapshot!(write(&value, &Style { width: 120, layout: &layout, dashes: Dashes::Indented }), @r#"
    plain: text
    quoted: "yes"
    number: 1.0e+16
    empty: {}
    none: []
    source: |
      def f():
          return {"a": 1}
    no end: |-
      a
      b
    more: |+
      a
      b

    lead: |2
        a
      b
    escaped: "tab\there"
    list:
      - a
      - - b
        - c
      - d: 1
        e:
          f: null
      - |
        x
        y
    flow: {name: "n", choices: ["a, b", true, 0.5]}
    "#);
}

/// Real files of KFP, Argo and Elyra, where they are beside the repository: read as PyYAML reads them, but for what
/// YAML 1.2 takes as text; and what is written of them PyYAML reads back.
#[test]
fn the_worlds_files_read_as_python_reads_them() {
    let corpus = std::path::Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../shared/corpus");
    let has_yaml = Command::new("python3").args(["-c", "import yaml"]).stderr(Stdio::null()).status();
    if !corpus.is_dir() || !has_yaml.is_ok_and(|status| status.success()) {
        println!("skipped: the corpus, or python3 with PyYAML, is not here");
        return;
    }
    let mut cases = Vec::new();
    for folder in std::fs::read_dir(corpus).unwrap().filter_map(|entry| std::fs::read_dir(entry.unwrap().path()).ok()) {
        for path in folder.map(|entry| entry.unwrap().path()) {
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let documents = read_documents(&text);
            let told: Vec<_> = documents.iter().map(|yaml| told(&yaml.diagnostics)).collect();
            let values: Vec<_> = documents.iter().map(|yaml| yaml.value.clone()).collect();
            let written: Vec<_> = values.iter().flatten().map(|value| write(value, &Style::block())).collect();
            let name = path.file_name().unwrap().to_string_lossy();
            cases.push(json!({"name": name, "text": text, "values": values, "written": written, "told": told}));
        }
    }
    let script = r#"
import datetime, json, sys, yaml
def same(one, other):
    if isinstance(one, dict) and isinstance(other, dict):
        return {str(key): None for key in one}.keys() == other.keys() and all(same(one[key], other[str(key)]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, (datetime.date, datetime.datetime, bool)) and isinstance(other, str):
        return True
    if isinstance(other, str) and not isinstance(one, str):
        return True
    if isinstance(one, int) and isinstance(other, int) and oct(one)[2:] == str(other):
        return True # 0755 is a decimal number in YAML 1.2
    return one == other
loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
wrong = 0
for case in json.load(sys.stdin):
    try:
        want = list(yaml.load_all(case["text"], loader))
    except Exception as error:
        want = error
    if isinstance(want, Exception) or any(case["told"]) or not same(want, case["values"]):
        wrong += 1
        print("READ", case["name"], "\n".join(case["told"]), repr(want)[:300], json.dumps(case["values"])[:300])
    for value, text in zip(case["values"], case["written"]):
        if yaml.load(text, loader) != value:
            wrong += 1
            print("WRITTEN", case["name"])
print(wrong, "wrong")
sys.exit(wrong > 0)
"#;
    let mut python =
        Command::new("python3").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    println!("{} files", cases.len());
    python.stdin.take().unwrap().write_all(Value::Array(cases).to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
