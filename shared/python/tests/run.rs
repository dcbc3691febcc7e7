//! Functions run for real: signature → component → command line → python3, for every kind of port.
#![expect(clippy::unwrap_used, reason = "a test's own folder and process: a failure is the test's failure")]

use dagwright_python::analyse;
use dagwright_shared::component::{Component, IfCondition, Implementation, Placeholder, PythonImplementation};
use dagwright_shared::python::container_implementation;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// What a task left behind.
struct Outcome {
    ok: bool,
    stdout: String,
    stderr: String,
    folder: PathBuf,
}

impl Outcome {
    /// The text of an output's file.
    fn output(&self, port: &str) -> String {
        let path = self.folder.join("outputs").join(port).join("data");
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}; {}", path.display(), self.stderr))
    }
}

impl Drop for Outcome {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Runs a source's function in a fresh folder. `inputs` are values, or the contents of files for artifact ports.
fn run(name: &str, source: &str, inputs: &[(&str, &str)]) -> Outcome {
    run_with(name, source, inputs, &[])
}

fn run_with(name: &str, source: &str, inputs: &[(&str, &str)], packages: &[&str]) -> Outcome {
    run_component(name, &component_of(source, packages), inputs)
}

fn component_of(source: &str, packages: &[&str]) -> Component {
    let mut component = Component {
        implementation: Implementation::Python(PythonImplementation {
            source: String::from(source),
            packages: packages.iter().map(|package| String::from(*package)).collect(),
            ..PythonImplementation::default()
        }),
        ..Component::default()
    };
    let found = analyse(source, None);
    assert!(found.diagnostics.iter().all(|problem| problem.code == "python-default"), "{:?}", found.diagnostics);
    found.apply_to(&mut component);
    component
}

fn run_component(name: &str, component: &Component, inputs: &[(&str, &str)]) -> Outcome {
    let folder = std::env::temp_dir().join(format!("dagwright-python-{}-{name}", std::process::id()));
    std::fs::create_dir_all(folder.join("inputs")).unwrap();
    let Implementation::Python(python) = &component.implementation else { unreachable!() };
    let container = container_implementation(component, python);
    let mut values: BTreeMap<&str, String> = BTreeMap::new();
    for input in &component.inputs {
        if let Some(default) = &input.default {
            values.insert(&input.name, default.as_str().map_or_else(|| default.to_string(), String::from));
        }
    }
    values.extend(inputs.iter().map(|(name, value)| (*name, String::from(*value))));
    let mut arguments = Vec::new();
    for placeholder in container.command.iter().chain(&container.args) {
        resolve(placeholder, &values, &folder, &mut arguments);
    }
    let output = Command::new(&arguments[0]).args(&arguments[1..]).current_dir(&folder).output().unwrap();
    Outcome {
        ok: output.status.success(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        folder,
    }
}

fn resolve(placeholder: &Placeholder, values: &BTreeMap<&str, String>, folder: &PathBuf, arguments: &mut Vec<String>) {
    match placeholder {
        Placeholder::Text(text) => arguments.push(text.clone()),
        Placeholder::InputValue(name) => arguments.push(values[name.as_str()].clone()),
        Placeholder::InputPath(name) => {
            let path = folder.join("inputs").join(name);
            std::fs::write(&path, &values[name.as_str()]).unwrap();
            arguments.push(path.display().to_string());
        }
        Placeholder::OutputPath(name) => {
            arguments.push(folder.join("outputs").join(name).join("data").display().to_string());
        }
        Placeholder::If { condition: IfCondition::IsPresent(name), then, .. } => {
            if values.contains_key(name.as_str()) {
                then.iter().for_each(|piece| resolve(piece, values, folder, arguments));
            }
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_parameter_type_in_and_out() {
    let source = r#"
def f(s: str, i: int, d: float, b: bool, l: list, m: Dict[str, int], n: Optional[int] = None, o: float = 1/4) -> NamedTuple("O", [
        ("s", str), ("i", int), ("d", float), ("b", bool), ("l", list), ("m", dict), ("kinds", str)]):
    return s, i, d, b, l, m, " ".join(type(x).__name__ for x in (s, i, d, b, l, m, n, o))
"#;
    for text in [
        "",
        " ",
        "plain",
        "q\"uo'te\\n$HOME `x` %s",
        "{{x}} {{ '{{' }}",
        "line\nline\n",
        "\n",
        "é😀\u{202e}\t\r\n",
        "-x",
        "\"a\"",
    ] {
        let outcome = run(
            "types",
            source,
            &[("s", text), ("i", "-7"), ("d", "1e-3"), ("b", "True"), ("l", "[1, \"é\", null]"), ("m", "{\"a\": 1}")],
        );
        assert!(outcome.ok, "{}", outcome.stderr);
        // Readers cut one newline at the end.
        let written = outcome.output("s");
        assert_eq!(written.strip_suffix('\n').unwrap_or(&written), text);
        assert_eq!(outcome.output("i"), "-7");
        assert_eq!(outcome.output("d"), "0.001");
        assert_eq!(outcome.output("b"), "true");
        assert_eq!(outcome.output("l"), "[1,\"é\",null]");
        assert_eq!(outcome.output("m"), "{\"a\":1}");
        assert_eq!(outcome.output("kinds"), "str int float bool list dict NoneType float");
    }
}

#[test]
fn wrong_values_say_which_input_and_what_was_expected() {
    for (kind, text, expected) in [
        ("int", "x", "input 'a': expected a whole number, got 'x'"),
        ("int", "1.5", "input 'a': expected a whole number, got '1.5'"),
        ("float", "", "input 'a': expected a number, got ''"),
        ("bool", "yes", "input 'a': expected true or false, got 'yes'"),
        ("list", "{}", "input 'a': expected a JSON array, got '{}'"),
        ("dict", "[", "input 'a': expected a JSON object, got '['"),
    ] {
        let outcome = run("wrong", &format!("def f(a: {kind}): pass"), &[("a", text)]);
        assert!(!outcome.ok);
        assert_eq!(outcome.stderr, format!("dagwright: {expected}\n"));
    }
    assert_eq!(run("whole", "def f(a: int) -> int: return a", &[("a", "3.0")]).output("Output"), "3");
}

#[test]
fn what_a_function_may_return() {
    for (kind, expression, written) in [
        ("float", "0.1 + 0.2", "0.30000000000000004"),
        ("float", "1", "1.0"),
        ("int", "2.0", "2"),
        ("int", "10**20", "100000000000000000000"),
        ("bool", "False", "false"),
        ("str", "True", "true"),
        ("str", "12", "12"),
        ("list", "(1, {2})", "[1,[2]]"),
        ("dict", "{'a': {'b': None}}", "{\"a\":{\"b\":null}}"),
        ("Dataset", "'a,b'", "a,b"),
        ("NamedTuple('O', Output=int)", "{'Output': 3}", "3"),
        ("NamedTuple('O', Output=int)", "(3,)", "3"),
        ("NamedTuple('O', Output=int)", "3", "3"),
        ("NamedTuple('O', [('Output', list)])", "([3],)", "[3]"),
        ("'NamedTuple(\"O\", [(\"Output\", int)])'", "NamedTuple('P', [('Output', int)])(3)", "3"),
    ] {
        let outcome = run("returns", &format!("def f() -> {kind}:\n    return {expression}\n"), &[]);
        assert!(outcome.ok, "{kind} {expression}: {}", outcome.stderr);
        assert_eq!(outcome.output("Output"), written, "{kind} {expression}");
    }
    for (kind, expression, message) in [
        ("int", "'x'", "output 'Output': expected a whole number, the function returned 'x' (invalid literal"),
        ("int", "1.5", "output 'Output': expected a whole number, the function returned 1.5"),
        ("bool", "2", "output 'Output': expected true or false, the function returned 2"),
        ("list", "{}", "output 'Output': expected a JSON array, the function returned {}"),
        ("dict", "{'a': float('nan')}", "output 'Output': expected a JSON object, the function returned {'a': nan}"),
        ("dict", "{'a': object}", "is no JSON value"),
        ("float", "None", "output 'Output': the function returned no value for it (None)"),
        ("NamedTuple('O', a=int, b=int)", "(1,)", "the function returned 1 values, its outputs are a, b"),
        ("NamedTuple('O', a=int, b=int)", "1", "the function returned int, expected the outputs a, b"),
        ("NamedTuple('O', a=int, b=int)", "{'a': 1}", "output 'b': the function returned no value for it (None)"),
    ] {
        let outcome = run("returns-wrong", &format!("def f() -> {kind}:\n    return {expression}\n"), &[]);
        assert!(!outcome.ok, "{kind} {expression}");
        assert!(outcome.stderr.contains(message), "{kind} {expression}: {}", outcome.stderr);
    }
    let class = "class O(NamedTuple):\n    a: int\n    b: str\n\ndef f() -> O:\n    return O(b='x', a=1)\n";
    assert_eq!(run("class", class, &[]).output("b"), "x");
}

#[test]
fn files_and_folders() {
    let source = r#"
def f(data_path: InputPath("CSV"), text_file: InputTextFile(), raw: InputBinaryFile(str), number_path: InputPath(int),
      model_path: OutputPath("Model"), lines_file: OutputTextFile("Text"), count: OutputPath(int), absent: InputPath() = None):
    import os
    assert absent is None
    os.makedirs(os.path.join(model_path, "deep"))
    open(os.path.join(model_path, "deep", "weights"), "w").write(open(data_path).read())
    lines_file.write(text_file.read() + raw.read().decode() + open(number_path).read())
    open(count, "w").write("3")
"#;
    let outcome = run("files", source, &[("data", "a,b\n"), ("text", "é"), ("raw", "{{x}}\n"), ("number", "42")]);
    assert!(outcome.ok, "{}", outcome.stderr);
    assert_eq!(outcome.output("lines"), "é{{x}}\n42");
    assert_eq!(outcome.output("count"), "3");
    let weights = outcome.folder.join("outputs/model/data/deep/weights");
    assert_eq!(std::fs::read_to_string(weights).unwrap(), "a,b\n");
}

#[test]
fn the_artifact_style_of_kfp_2() {
    let source = r#"
from kfp import dsl
from kfp.dsl import Input, Output, Dataset, Model, Metrics, ClassificationMetrics
import kfp.components

@dsl.component(base_image="python:3.11", packages_to_install=["numpy"])
def f(data: Input[Dataset], model: Output[Model], metrics: dsl.Output[dsl.Metrics], matrix: Output[ClassificationMetrics], earlier: Input[Metrics]):
    with open(model.path, "w") as file:
        file.write(open(data.path).read() + data.name + str(earlier.metadata["old"]))
    metrics.log_metric("loss", 0.5)
    matrix.log_confusion_matrix(["a", "b"], [[1, 0], [2, 3]])
    matrix.log_roc_curve([0.0, 1.0], [0.0, 1.0], [float("inf"), 0.1])

@dsl.pipeline
def flow():
    f(data=dsl.importer())
"#;
    let outcome = run("artifacts", source, &[("data", "d"), ("earlier", "{\"old\": 1}")]);
    assert!(outcome.ok, "{}", outcome.stderr);
    assert_eq!(outcome.output("model"), "ddata1");
    assert_eq!(outcome.output("metrics"), "{\"loss\": 0.5}");
    assert_eq!(
        outcome.output("matrix"),
        "{\"confusionMatrix\": {\"annotationSpecs\": [{\"displayName\": \"a\"}, {\"displayName\": \"b\"}], \"rows\": [{\"row\": [1, 0]}, {\"row\": [2, 3]}]}, \"confidenceMetrics\": [{\"confidenceThreshold\": null, \"recall\": 0.0, \"falsePositiveRate\": 0.0}, {\"confidenceThreshold\": 0.1, \"recall\": 1.0, \"falsePositiveRate\": 1.0}]}"
    );
}

#[test]
fn a_port_may_have_spaces_or_the_parameter_s_full_name() {
    let source = "def f(data_path: InputPath(), x_path: str, confusion_matrix: OutputPath('M')):\n    open(confusion_matrix, 'w').write(open(data_path).read() + x_path)\n";
    let mut component = component_of(source, &[]);
    component.inputs[0].name = String::from("data_path");
    component.outputs[0].name = String::from("confusion matrix");
    let outcome = run_component("names", &component, &[("data_path", "a"), ("x_path", "b")]);
    assert!(outcome.ok, "{}", outcome.stderr);
    assert_eq!(outcome.output("confusion matrix"), "ab");
    component.inputs[0].name = String::from("other");
    let outcome = run_component("names-unknown", &component, &[("other", "a"), ("x_path", "b")]);
    assert_eq!(outcome.stderr, "dagwright: the function f has no parameter for the input 'other'\n");
}

#[test]
fn a_missing_output_is_named() {
    let outcome = run("missing", "def f(model_path: OutputPath('Model'), m: Output[Model]): pass", &[]);
    assert!(!outcome.ok);
    assert_eq!(
        outcome.stderr,
        "dagwright: the function f did not write the output 'model' (its path is in the parameter model_path), 'm' (its path is in the parameter m)\n"
    );
}

#[test]
fn tracebacks_show_the_author_s_lines() {
    let source = "import json\n\n@dsl.component\ndef f(a: int):\n    \"\"\"Fails.\n\n    Late.\"\"\"\n    def inner():\n        raise ValueError('é😀')\n    inner()\n";
    let outcome = run("traceback", source, &[("a", "1")]);
    assert!(!outcome.ok);
    assert!(
        outcome.stderr.starts_with("Traceback (most recent call last):\n  File \"f.py\", line 10, in f\n    inner()\n"),
        "{}",
        outcome.stderr
    );
    assert!(
        outcome.stderr.contains("  File \"f.py\", line 9, in inner\n    raise ValueError('é😀')\n"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.ends_with("ValueError: é😀\n"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("<string>"), "{}", outcome.stderr);
    let import = run("import", "import no_such_module\ndef f(): pass", &[]);
    assert!(import.stderr.contains("File \"f.py\", line 1, in <module>"), "{}", import.stderr);
    assert!(import.stderr.ends_with("ModuleNotFoundError: No module named 'no_such_module'\n"), "{}", import.stderr);
}

#[test]
fn the_source_arrives_byte_for_byte_and_its_main_guard_stays_quiet() {
    let source = "TEXT = '''{{workflow.name}} \"q\" \\\\ é😀 $(x) `y`'''\ndef f() -> str:\n    return TEXT + f'{{{1}}}' + __name__\nif __name__ == '__main__':\n    raise SystemExit('run')\n";
    let outcome = run("bytes", source, &[]);
    assert!(outcome.ok, "{}", outcome.stderr);
    assert_eq!(outcome.output("Output"), "{{workflow.name}} \"q\" \\ é😀 $(x) `y`{1}__main__");
}

#[test]
fn exits_threads_and_children() {
    let exit = run("exit", "import sys\ndef f():\n    print('said', flush=True)\n    sys.exit(3)\n", &[]);
    assert!(!exit.ok && exit.stdout == "said\n" && exit.stderr.is_empty());
    assert!(run("exit-zero", "import sys\ndef f():\n    sys.exit(0)\n", &[]).ok);
    let pool = "def square(x):\n    return x * x\n\ndef f(n: int) -> list:\n    import multiprocessing\n    with multiprocessing.get_context('fork').Pool(2) as pool:\n        return pool.map(square, range(n))\n";
    assert_eq!(run("pool", pool, &[("n", "4")]).output("Output"), "[0,1,4,9]");
}

#[test]
fn packages_that_are_there_are_not_installed() {
    let source = "def f() -> int:\n    return 1\n";
    let outcome = run_with(
        "packages",
        source,
        &[],
        &["pip", "pip>=1,!=2.0", "setuptools ; python_version < '3'", "pip~=20.0 ; python_version < '3'"],
    );
    assert!(outcome.ok, "{}", outcome.stderr);
    assert_eq!(outcome.stderr, "");
}
