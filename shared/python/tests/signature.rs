//! Signatures as people write them, and as they must not: ports, problems and their places.

use dagwright_python::analyse;
use dagwright_shared::python::PythonSignature;

/// One line for each port and problem.
fn told(signature: &PythonSignature) -> String {
    let mut lines = Vec::new();
    for input in &signature.inputs {
        let default = input.default.as_ref().map(|value| format!(" = {value}")).unwrap_or_default();
        let choices = if input.choices.is_empty() { String::new() } else { format!(" of {:?}", input.choices) };
        let optional = if input.optional { "?" } else { "" };
        lines.push(format!("in {}{optional}: {}{default}{choices} ({})", input.name, input.port_type, input.parameter));
    }
    for output in &signature.outputs {
        let parameter = output.parameter.as_deref().unwrap_or("returned");
        lines.push(format!("out {}: {} ({parameter})", output.name, output.port_type));
    }
    for problem in &signature.diagnostics {
        let (line, column) = problem.position.map(|at| (at.line, at.column)).unwrap_or_default();
        assert!(!problem.hint.is_empty(), "{} has no hint", problem.message);
        lines.push(format!("{line}:{column} {} {}", problem.code, problem.message));
    }
    lines.join("\n")
}

fn ports(parameters: &str, returns: &str) -> String {
    let arrow = if returns.is_empty() { String::new() } else { format!(" -> {returns}") };
    told(&analyse(&format!("def f({parameters}){arrow}:\n    pass\n"), None))
}

#[test]
fn the_issue_s_own_example() {
    let found = analyse(
        "def train(data: InputPath(\"Dataset\"), model: OutputPath(\"Model\"), epochs: int = 5) -> NamedTuple(\"Outputs\", [(\"accuracy\", float)]):\n    \"\"\"Trains a model.\n\n    Args:\n        epochs: How often.\n    \"\"\"\n",
        None,
    );
    assert_eq!(
        told(&found),
        "in data: \"Dataset\" (data)\nin epochs: \"Integer\" = 5 (epochs)\nout model: \"Model\" (model)\nout accuracy: \"Float\" (returned)"
    );
    assert_eq!(found.function.as_deref(), Some("train"));
    assert_eq!(found.description.as_deref(), Some("Trains a model."));
    assert_eq!(found.inputs[1].description.as_deref(), Some("How often."));
}

#[test]
fn every_kind_of_annotation() {
    for (annotation, expected) in [
        ("str", "in x: \"String\" (x)"),
        ("'int'", "in x: \"Integer\" (x)"),
        ("float", "in x: \"Float\" (x)"),
        ("bool", "in x: \"Boolean\" (x)"),
        ("list", "in x: \"List\" (x)"),
        ("List[int]", "in x: \"List\" (x)"),
        ("typing.Dict[str, typing.Any]", "in x: \"Dict\" (x)"),
        ("Optional[int]", "in x: \"Integer\" (x)"),
        ("int | None", "in x: \"Integer\" (x)"),
        ("Union[None, str]", "in x: \"String\" (x)"),
        ("int | float", "in x: \"Float\" (x)"),
        ("Literal['a', 'b']", "in x: \"String\" of [String(\"a\"), String(\"b\")] (x)"),
        ("Literal[1, 2]", "in x: \"Integer\" of [Number(1), Number(2)] (x)"),
        ("InputPath()", "in x: \"Artifact\" (x)"),
        ("InputPath", "in x: \"Artifact\" (x)"),
        ("InputPath(str)", "in x: \"String\" (x)"),
        ("kfp.components.InputPath('JsonObject')", "in x: \"JsonObject\" (x)"),
        ("\"InputPath('CSV')\"", "in x: \"CSV\" (x)"),
        ("InputPath({'GCSPath': {'data_type': 'CSV'}})", "in x: {\"GCSPath\":{\"data_type\":\"CSV\"}} (x)"),
        ("InputPath(dsl.Dataset)", "in x: \"Dataset\" (x)"),
        ("InputTextFile('Text')", "in x: \"Text\" (x)"),
        ("Input[Dataset]", "in x: \"Dataset\" (x)"),
        ("dsl.Input[dsl.Model]", "in x: \"Model\" (x)"),
        ("Dataset", "in x: \"Dataset\" (x)"),
        ("dsl.Output[dsl.Model]", "out x: \"Model\" (x)"),
        ("kfp.dsl.Output[kfp.dsl.Metrics]", "out x: \"Metrics\" (x)"),
        ("dsl.InputPath('Model')", "in x: \"Model\" (x)"),
        ("OutputPath('Model')", "out x: \"Model\" (x)"),
        ("OutputPath(int)", "out x: \"Integer\" (x)"),
        ("OutputBinaryFile()", "out x: \"Artifact\" (x)"),
        ("Output[ClassificationMetrics]", "out x: \"ClassificationMetrics\" (x)"),
        ("Annotated[int, 'x']", "in x: \"Integer\" (x)"),
    ] {
        assert_eq!(ports(&format!("x: {annotation}"), "").trim_end(), expected, "{annotation}");
    }
}

#[test]
fn names_lose_path_and_file() {
    assert_eq!(
        ports(
            "data_path: InputPath('CSV'), model_file_path: OutputPath(), text_file: OutputTextFile(), url_path: str",
            ""
        ),
        "in data: \"CSV\" (data_path)\nin url_path: \"String\" (url_path)\nout model: \"Artifact\" (model_file_path)\nout text: \"Artifact\" (text_file)"
    );
}

#[test]
fn every_kind_of_return() {
    for (returns, expected) in [
        ("float", "out Output: \"Float\" (returned)"),
        ("'int'", "out Output: \"Integer\" (returned)"),
        ("None", ""),
        ("Dataset", "out Output: \"Dataset\" (returned)"),
        ("NamedTuple('O', a=int, b=str)", "out a: \"Integer\" (returned)\nout b: \"String\" (returned)"),
        ("typing.NamedTuple('O', [('a', dict)])", "out a: \"Dict\" (returned)"),
        ("\"NamedTuple('O', [('a', bool)])\"", "out a: \"Boolean\" (returned)"),
        (
            "NamedTuple('O', (('a', 'URI'),))",
            "1:27 python-signature Output a: The type URI is no type that a port can have",
        ),
        ("tuple", "1:12 python-signature The returned value: The type tuple is no type that a port can have"),
        ("OutputPath('Model')", "1:12 python-signature The returned value is a path, which only a parameter can be"),
    ] {
        let told = ports("", returns);
        assert!(told == expected || (expected.contains("URI") && told.contains("The type URI")), "{returns}: {told}");
    }
    let class = "class O(NamedTuple):\n    a: int\n    b: List[str]\n\ndef f() -> O: ...\n";
    assert_eq!(told(&analyse(class, None)), "out a: \"Integer\" (returned)\nout b: \"List\" (returned)");
    let assigned = "O = NamedTuple('O', [('a', int)])\ndef f() -> O: ...\n";
    assert_eq!(told(&analyse(assigned, None)), "out a: \"Integer\" (returned)");
}

#[test]
fn defaults() {
    assert_eq!(
        ports(
            "a: str = 'x' 'y', b: int = -3, c: float = 1, d: bool = True, e: list = (1, 'a'), g: Dict = {'k': None}, h: InputPath() = None",
            ""
        ),
        "in a: \"String\" = \"xy\" (a)\nin b: \"Integer\" = -3 (b)\nin c: \"Float\" = 1 (c)\nin d: \"Boolean\" = true (d)\nin e: \"List\" = [1,\"a\"] (e)\nin g: \"Dict\" = {\"k\":null} (g)\nin h?: \"Artifact\" = null (h)"
    );
    assert_eq!(
        ports("a: float = 1/3, b: int = 'x', c: InputPath() = 'x', d: OutputPath() = None, e: Literal['a'] = 'b'", ""),
        "in a?: \"Float\" (a)\nin b?: \"Integer\" (b)\nin c?: \"Artifact\" (c)\nin e?: \"String\" of [String(\"a\")] (e)\nout d: \"Artifact\" (d)\n\
         1:18 python-default The default of a is computed: it holds at run time and cannot be shown\n\
         1:32 python-signature The default of b, \"x\", is not of its type Integer\n\
         1:54 python-signature Parameter c is a file: its default can only be None\n\
         1:77 python-signature Parameter d is an output and cannot have a default\n\
         1:101 python-signature The default of e, \"b\", is not of its type String"
    );
}

#[test]
fn what_cannot_be_a_port_leaves_the_others() {
    assert_eq!(
        ports("a, b: int, /, c: np.ndarray, *args, d: List[Model], e: 'str int', **kwargs", ""),
        "in a: \"String\" (a)\nin b: \"Integer\" (b)\nin c: \"String\" (c)\nin d: \"String\" (d)\nin e: \"String\" (e)\n\
         1:7 python-signature Parameter a has no annotation\n\
         1:10 python-signature b is positional-only; a task calls by name\n\
         1:24 python-signature Parameter c: The type ndarray is no type that a port can have\n\
         1:36 python-signature *args cannot become a port\n\
         1:46 python-signature Parameter d: Lists of artifacts cannot be ports yet\n\
         1:62 python-signature Parameter e: The annotation \"str int\" is no Python expression\n\
         1:73 python-signature **kwargs cannot become a port"
    );
    assert_eq!(
        ports("m_path: InputPath(), m_file: InputPath(), o: OutputPath('A')", "NamedTuple('O', o=int)"),
        "in m: \"Artifact\" (m_path)\nout o: \"A\" (o)\n\
         1:28 python-signature Parameters m_path and m_file would both be the input m\n\
         1:88 python-signature Two outputs would be called o"
    );
}

#[test]
fn lists_of_artifacts_are_refused() {
    assert_eq!(
        ports("a: Input[List[Model]]", ""),
        "in a: \"String\" (a)\n1:10 python-signature Parameter a: Input[…] takes one artifact class; lists of artifacts cannot be ports yet"
    );
}

#[test]
fn syntax_errors_have_places_and_leave_ports() {
    let found = analyse("def f(a: int, b: str):\n    x = (1,\n    return é 3\n", None);
    assert!(told(&found).starts_with("in a: \"Integer\" (a)\nin b: \"String\" (b)\n"), "{}", told(&found));
    assert_eq!(found.diagnostics[0].code, "python-syntax");
    assert!(found.diagnostics[0].position.is_some_and(|at| at.line >= 2));
}

#[test]
fn which_function() {
    let source = "import os\ndef helper(x): ...\ndef first(a: int): ...\n@dsl.component\ndef second(b: int): ...\ndef late(y): ...\n@dsl.pipeline\ndef flow(z: int): ...\nclass C:\n    def method(self): ...\n";
    let found = analyse(source, None);
    assert_eq!(found.function.as_deref(), Some("second"));
    let names: Vec<_> =
        found.functions.iter().map(|function| (function.name.as_str(), function.line, function.annotated)).collect();
    assert_eq!(
        names,
        [("helper", 2, false), ("first", 3, true), ("second", 5, true), ("late", 6, false), ("flow", 8, false)]
    );
    assert_eq!(told(&analyse(source, Some("first"))), "in a: \"Integer\" (a)");
    let missing = analyse(source, Some("third"));
    assert_eq!(told(&missing), "1:1 python-function-missing The source has no function third");
    assert!(missing.diagnostics[0].hint.contains("first, second"));
    assert_eq!(told(&analyse("", None)), "1:1 python-function-missing The source has no function");
}

#[test]
fn nothing_overflows_the_stack() {
    let deep = |unit: &str| unit.repeat(100_000 / unit.len());
    for source in [
        deep("("),
        deep("[("),
        deep("-"),
        deep("not "),
        deep("lambda:"),
        deep("lambda x, y: "),
        deep("a if b else "),
        format!("a{}", deep("+a")),
        format!("a{}", deep(".a")),
        format!("a{}", deep("()")),
        format!("a{}", deep("(a)")),
        format!("1{}", deep("**-1")),
        deep("await "),
        deep("f'{"),
        deep("if x:\n "),
        (0..300).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect(),
        deep("x["),
        deep("{"),
        deep("*"),
        deep("@"),
        deep("x: "),
        deep("(a := "),
        deep("\\\n"),
        deep("\""),
        deep("a < "),
        deep("a and "),
        deep("a or not "),
        deep("case "),
        deep("yield "),
        deep("print "),
        format!("match x:\n case {}", deep("[")),
        format!("match x:\n case {}", deep("a|")),
        format!("def f(x: \"{}\"): ...", deep("List[")),
        format!("def f(x: {}int): ...", deep("int|")),
    ] {
        let found = analyse(&source, None);
        assert!(!found.diagnostics.is_empty(), "{}", &source[..20]);
    }
}

#[test]
fn the_decorator_s_image_and_packages_are_taken_where_nobody_chose_others() {
    use dagwright_shared::component::{Component, Implementation, PythonImplementation};
    use dagwright_shared::python::DEFAULT_IMAGE;
    let source = "from kfp import dsl\n@dsl.component(\n    packages_to_install=['pandas==2.2', \"scikit-learn\"],\n    base_image='python:3.12',\n)\ndef fit(data: dsl.Input[dsl.Dataset], model: dsl.Output[dsl.Model]):\n    pass\n";
    let found = analyse(source, None);
    assert_eq!(told(&found), "in data: \"Dataset\" (data)\nout model: \"Model\" (model)");
    assert_eq!(
        (found.image.as_deref(), found.packages.join(" ")),
        (Some("python:3.12"), String::from("pandas==2.2 scikit-learn"))
    );
    let applied = |image: &str, packages: &[&str]| {
        let packages = packages.iter().map(|package| String::from(*package)).collect();
        let python = PythonImplementation { image: String::from(image), packages, ..PythonImplementation::default() };
        let mut component = Component { implementation: Implementation::Python(python), ..Component::default() };
        found.apply_to(&mut component);
        let Implementation::Python(python) = component.implementation else { panic!() };
        (python.image, python.packages.join(" "))
    };
    assert_eq!(applied(DEFAULT_IMAGE, &[]), (String::from("python:3.12"), String::from("pandas==2.2 scikit-learn")));
    assert_eq!(applied("mine:1", &["numpy"]), (String::from("mine:1"), String::from("numpy")));

    // Of the function that is chosen, in v1's words too; what has to be computed is told and not taken.
    let source = "@component(base_image='a')\ndef first(x: int): ...\n@create_component_from_func(base_image=IMAGE, packages_to_install=['x'] + MORE)\ndef second(x: int): ...\n@dsl.component\ndef third(x: int): ...\n@functools.lru_cache(base_image='b')\ndef fourth(x: int): ...\n";
    assert_eq!(analyse(source, Some("first")).image.as_deref(), Some("a"));
    assert_eq!(
        told(&analyse(source, Some("second"))),
        "in x: \"Integer\" (x)\n3:40 python-default base_image is computed, so it is not taken from the decorator\n3:67 python-default packages_to_install is computed, so it is not taken from the decorator"
    );
    for plain in ["third", "fourth"] {
        let found = analyse(source, Some(plain));
        assert_eq!((found.image, found.packages.len()), (None, 0), "{plain}");
    }
    assert!(
        analyse("@component(base_image=None, packages_to_install=None)\ndef f(x: int): ...\n", None)
            .diagnostics
            .is_empty()
    );
}
